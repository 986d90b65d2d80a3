"""Who may write in a data directory: one process, by a lease that it renews while it runs.

A process that stands still for longer than the lease lasts (stopped, or a laptop asleep) may find that another has taken
over. Then its epoch is an old one: every transaction of its own is refused, and so is every request it was about to send,
already a while before the lease ends (reliability facts 2.6, no. 10). Times are the machine's own clock, in seconds.
"""

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from twincal.errors import TakenOver
from twincal.store.tables import lease

LENGTH = 60.0
"""Seconds a lease lasts unless an operator has set it otherwise; the times below are those of this length, shorter ones have
the same share of theirs."""
RENEWED_BEFORE = 40.0
"""Seconds before its end from which a lease is renewed by whatever transaction comes along."""
EPOCH = select(lease.c.epoch)
"""Asked in every transaction, so it is put together once."""
SENDS_BEFORE = 10.0
"""Seconds before its end from which nothing is sent any more: what was sent has arrived by then."""


class Lease:
    """The right of one process to write. `until` is when it ends unless it is renewed; `length` is in seconds."""

    def __init__(self, folder: Path | None, epoch: int, until: float, clock: Callable[[], float], length: float = LENGTH) -> None:
        self.epoch = epoch
        self.until = until
        self.length = length
        self._folder = folder
        self._clock = clock

    @property
    def may_send(self) -> bool:
        """May a request still be sent under this lease?"""
        return self._clock() < self.until - SENDS_BEFORE * self.length / LENGTH

    def check(self, connection: Connection) -> None:
        """Make sure, inside a transaction, that nobody has taken over; renewed where it ends soon. Raises TakenOver."""
        if connection.scalar(EPOCH) != self.epoch:
            raise TakenOver(
                f"Another Twincal process has taken over the data directory {self._folder}.",
                "This one had stood still for longer than its lease lasts. It ends here; let the other one go on.",
            )
        if self._clock() > self.until - RENEWED_BEFORE * self.length / LENGTH:
            self.renew(connection)

    def renew(self, connection: Connection, *, alone: bool | None = None) -> None:
        """Let it last for its whole length from now; `alone` tells that the lock of the directory has been had since."""
        self.until = self._clock() + self.length
        values = {"until": self.until} | ({} if alone is None else {"alone": alone})
        connection.execute(update(lease).values(values))

    def end(self, connection: Connection) -> None:
        """Give the right back, unless somebody else has it."""
        connection.execute(update(lease).where(lease.c.epoch == self.epoch).values(until=0.0))


def take(
    connection: Connection,
    folder: Path | None,
    *,
    alone: bool,
    clock: Callable[[], float] = time.time,
    length: float = LENGTH,
) -> Lease | None:
    """Become the one that writes; None while another process is.

    `alone` tells that the lock of the directory could be had: whoever had it is no longer alive, and its lease ends with
    it. Without the lock only a lease that has run out can be taken; one that was given back is somebody's who is about to.
    """
    held = connection.execute(select(lease)).first()
    now = clock()
    if held is not None:
        runs = held.until > now
        if (runs and not held.alone) if alone else (runs or held.until == 0.0):
            return None
    epoch: int = (held.epoch if held else 0) + 1
    row = {"epoch": epoch, "until": now + length, "alone": alone}
    connection.execute(update(lease).values(row) if held else insert(lease).values(id=1, **row))
    return Lease(folder, epoch, now + length, clock, length)
