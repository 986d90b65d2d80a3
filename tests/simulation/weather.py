"""The weather of one world: which lines are bad, for how long, and what is struck. Kinds are numbered as in the list of
fault classes that the reliability page explains."""

from datetime import datetime, timedelta

from tests.simulation.scheduler import VirtualClock
from tests.simulation.tapes import Strikes
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side

BROWN_OUT = timedelta(hours=3)
SIGNED_OUT = timedelta(minutes=40)
DISK_FULL = timedelta(minutes=30)

RATES: dict[str, float] = {
    "F1 crash": 0.002,
    "F2 reply lost": 0.03,
    "F3 request lost": 0.02,
    "F4 carried out late": 0.02,
    "F5 throttled": 0.01,
    "F6 brown-out begins": 0.0004,
    "F6 gets through": 0.35,
    "F7 cursor expired": 0.01,
    "F9 shown twice": 0.02,
    "F11 change shown late": 0.03,
    "F12 cut within a batch": 0.02,
    "F13 refused version": 0.02,
    "F14 record locked": 0.01,
    "F14 org limit": 0.002,
    "F15 signed out": 0.0004,
    "F18 out of sight": 0.02,
    "F21 claimed to be gone": 0.01,
    "F27 no transaction": 0.002,
    "F27 commit without an answer": 0.002,
    "F28 disk full": 0.0003,
}


WHERE: dict[Side | None, str] = {None: "", **{side: side.value for side in Side}}


class Weather:
    """What strikes, asked at every opportunity. Bad stretches end by themselves."""

    def __init__(self, tape: Strikes, clock: VirtualClock) -> None:
        self.tape = tape
        self._clock = clock
        self._until: dict[tuple[str, Side | None], datetime] = {}

    def calm(self) -> None:
        """From now on nothing goes wrong."""
        self.tape.calm = True
        self._until.clear()

    def strikes(self, kind: str, side: Side | None = None) -> bool:
        """Is this opportunity taken?"""
        return self.tape.strikes(kind, WHERE[side])

    def whole_call(self, side: Side) -> VendorFault | None:
        """The fault that a call as a whole ends with, before anything was carried out; None in fair weather."""
        if self._lasts("F6 brown-out begins", side, BROWN_OUT) and not self.strikes("F6 gets through", side):
            return VendorFault(side, FaultCode.UNAVAILABLE)
        if self._lasts("F15 signed out", side, SIGNED_OUT):
            return VendorFault(side, FaultCode.SIGN_IN_REFUSED)
        if self.strikes("F5 throttled", side):
            return VendorFault(side, FaultCode.THROTTLED, retry_after=10.0)
        if side is Side.SALESFORCE and self.strikes("F14 org limit", side):
            return VendorFault(side, FaultCode.LIMIT_REACHED)
        return None

    def disk_fails(self) -> bool:
        """Can nothing be written down now?"""
        return self._lasts("F28 disk full", None, DISK_FULL) or self.strikes("F27 no transaction")

    def _lasts(self, kind: str, side: Side | None, how_long: timedelta) -> bool:
        if self.tape.strikes(kind, WHERE[side]):
            self._until[kind, side] = self._clock.moment + how_long
        elif not self._until:
            return False
        return self._clock.moment < self._until.get((kind, side), self._clock.moment)
