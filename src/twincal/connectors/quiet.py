"""Who asked to be left alone, and until when.

A pause of a few seconds is waited for inside a call. A longer one holds for every call that follows: what is sent before it is over
is refused again and counts against the limit (Microsoft Graph, throttling guidance; RFC 9110, 10.2.3).
"""

from datetime import datetime, timedelta

from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side
from twincal.ports import Clock

EVERYTHING = ""
"""The scope of a pause that a whole service asked for."""


class Quiet:
    """The pauses that one side asked for, by scope (a mailbox, or everything). They are known as long as the process runs."""

    def __init__(self, side: Side, clock: Clock) -> None:
        self._side = side
        self._clock = clock
        self._until: dict[str, tuple[datetime, FaultCode]] = {}

    def keep(self, scope: str, fault: VendorFault, longest: float) -> None:
        """Remember a pause that is longer than this, in seconds, and so is not waited for at once."""
        if (fault.retry_after or 0.0) > longest:
            self._until[scope] = self._clock.now() + timedelta(seconds=fault.retry_after or 0.0), fault.code

    def check(self, scope: str) -> None:
        """Raises the VendorFault that asked for it, with what is left of it in seconds, while a pause lasts."""
        now = self._clock.now()
        for name in (EVERYTHING, scope):
            until, code = self._until.get(name, (now, FaultCode.THROTTLED))
            if now < until:
                raise VendorFault(self._side, code, "still waiting", (until - now).total_seconds())
            self._until.pop(name, None)
