"""The sandbox's clock: starts where it is told, and ticks."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day

OPENING = time_of_day(8, 0, tzinfo=UTC)


def opening(today: date) -> datetime:
    """When the sandbox's day starts: 08:00 UTC."""
    return datetime.combine(today, OPENING)


class Clock:
    """What time it is on the other side. `tick` is a monotonic reading in seconds; a simulation passes its own."""

    def __init__(self, start: datetime, *, tick: Callable[[], float] = time.monotonic) -> None:
        self._tick = tick
        self.set(start)

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return self._start + timedelta(seconds=self._tick() - self._since) if self._ticks else self._start

    def set(self, moment: datetime) -> None:
        """Goes on ticking from `moment`, which may lie before or after the present. Raises ValueError when it is naive."""
        if moment.tzinfo is None:
            raise ValueError("A clock needs a moment with a time zone, for example 2027-03-05T09:00:00Z.")
        self._start = moment.astimezone(UTC)
        self._since = self._tick()
        self._ticks = True

    def hold(self, moment: datetime) -> None:
        """Stands still at `moment` until it is set again. Raises ValueError when it is naive."""
        self.set(moment)
        self._ticks = False
