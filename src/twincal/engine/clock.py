"""Clocks: the real one, and one that starts where it is told and ticks."""

import asyncio
import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class StartedClock(SystemClock):
    """A clock that was started at a moment of one's choice, for rehearsals; waits take real time."""

    def __init__(self, start: datetime) -> None:
        self._start = start.astimezone(UTC)
        self._began = time.monotonic()

    def now(self) -> datetime:
        """The start and what has passed since."""
        return self._start + timedelta(seconds=time.monotonic() - self._began)
