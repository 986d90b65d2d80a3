"""What one app may ask of one mailbox: four requests at a time, so many in ten minutes."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from twincal.sandbox.exchange.company import Exchange
from twincal.sandbox.exchange.errors import GraphError

_TEN_MINUTES = 600.0
_FIVE_MINUTES = 300.0


class Throttle:
    """Counts requests by app and mailbox."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._in_flight: dict[tuple[str, str], int] = {}
        self._recent: dict[tuple[str, str], deque[tuple[float, int]]] = {}

    def free(self, app: str, mailbox: str) -> int:
        """How many more requests may begin now."""
        limit = self._exchange.quirks.in_flight_limit
        return 1_000_000 if not limit else max(0, limit - self._in_flight.get((app, mailbox), 0))

    @contextmanager
    def admitted(self, app: str, mailbox: str, size: int) -> Iterator[None]:
        """For as long as a request is under way. Raises GraphError 429 (or 503, by switch)."""
        key = (app, mailbox)
        if not self.free(app, mailbox):
            raise self.refusal("MailboxConcurrency")
        self._count(key, size)
        self._in_flight[key] = self._in_flight.get(key, 0) + 1
        try:
            yield
        finally:
            self._in_flight[key] -= 1
            if not self._in_flight[key]:
                del self._in_flight[key]

    def _count(self, key: tuple[str, str], size: int) -> None:
        quirks = self._exchange.quirks
        if not (quirks.requests_per_10_minutes or quirks.upload_bytes_per_5_minutes):
            return
        now, recent = self._exchange.now().timestamp(), self._recent.setdefault(key, deque())
        while recent and recent[0][0] <= now - _TEN_MINUTES:
            recent.popleft()
        # Refused requests count as well.
        recent.append((now, size))
        uploaded = sum(each for at, each in recent if at > now - _FIVE_MINUTES)
        if 0 < quirks.requests_per_10_minutes < len(recent):
            raise self.refusal("MailboxRequests")
        if 0 < quirks.upload_bytes_per_5_minutes < uploaded:
            raise self.refusal("MailboxUpload")

    def refusal(self, limit: str) -> GraphError:
        """The refusal, in the form the quirks choose."""
        quirks = self._exchange.quirks
        headers = {"Retry-After": str(quirks.retry_after_seconds)} if quirks.retry_after_seconds else {}
        return GraphError(quirks.throttle_status, quirks.throttle_code, f"Application is over its {limit} limit.", headers=headers)
