"""Who may write in a home: the rules of `store/lease.py` for notebooks, and the lease itself where there is a database."""

import sqlite3
from collections.abc import Callable
from math import inf
from typing import Protocol

from sqlalchemy import Connection, delete, insert, update

from twincal.errors import TakenOver
from twincal.ports import RESTORED
from twincal.store.database import Database
from twincal.store.lease import LENGTH, SENDS_BEFORE, Lease
from twincal.store.lease import take as take_lease
from twincal.store.store import Store
from twincal.store.tables import cursor, held, lease

RENEWAL = 10.0
"""By how much the last renewal lay back when a process stood still."""
AGES = 1e12


class Claim(Protocol):
    """The right to write as one process has it. It is renewed all the time while the process moves."""

    def may_send(self) -> bool:
        """May a request still be sent? Raises TakenOver."""
        ...

    def stands_still(self) -> None:
        """The process does not move from now on: nobody renews."""
        ...

    def awake(self) -> None:
        """It moves again, and nobody has taken over."""
        ...

    def end(self) -> None:
        """The process is no more, and its lock with it."""
        ...


class Right:
    """The right to write in one home: who has it, and until when unless it is renewed (seconds of the scheduler's clock)."""

    def __init__(self) -> None:
        self.epoch = 0
        self.until = 0.0


class Tenure:
    """The right as one process has it. It is renewed all the time while the process moves."""

    def __init__(self, right: Right, clock: Callable[[], float]) -> None:
        right.epoch += 1
        right.until = inf
        self.epoch = right.epoch
        self._right = right
        self._clock = clock
        self.until = inf

    def may_send(self) -> bool:
        """May a request still be sent? Renewed first where it ends soon. Raises TakenOver."""
        if self._clock() >= self.until - SENDS_BEFORE:
            self.check()
        return self._clock() < self.until - SENDS_BEFORE

    def stands_still(self) -> None:
        """The process does not move from now on: nobody renews."""
        self.until = self._right.until = self._clock() + LENGTH - RENEWAL

    def awake(self) -> None:
        """The check of its first transaction has renewed it."""

    def check(self) -> None:
        """Make sure, in a transaction, that nobody has taken over. Raises TakenOver."""
        if self._right.epoch != self.epoch:
            raise TakenOver("Another process has taken over.", "This one ends here.")
        if self.until != inf:
            self.until = self._right.until = inf

    def end(self) -> None:
        """The process is no more, and its lock with it."""
        if self._right.epoch == self.epoch:
            self._right.until = 0.0


def take(right: Right, clock: Callable[[], float]) -> Tenure | None:
    """Become the one that writes; None while another process is."""
    return None if right.until > clock() else Tenure(right, clock)


class DatabaseTenure:
    """A lease in a database, with a view of that database that belongs to one process."""

    def __init__(self, database: Database, taken: Lease) -> None:
        self.database = database
        self._lease = taken
        self._last(AGES)

    def _last(self, until: float) -> None:
        self._lease.until = until
        self.database.run(_until, self._lease.epoch, until)

    def may_send(self) -> bool:
        """May a request still be sent? Raises TakenOver."""
        return self.database.may_send()

    def stands_still(self) -> None:
        """Nobody renews."""
        self._last(self._lease._clock() + LENGTH - RENEWAL)

    def awake(self) -> None:
        """Renewed all the time again."""
        self._last(AGES)

    def end(self) -> None:
        """The lock of the directory is free."""
        bare = Database(self.database._engine, None, writes=True)
        bare.run(_until, self._lease.epoch, 0.1)


def take_database(store: Store, clock: Callable[[], float]) -> DatabaseTenure | None:
    """Become the one that writes in a database; None while another process is."""
    database = Database(store.database._engine, None, writes=True)
    taken = database.run(take_lease, None, alone=False, clock=clock)
    if taken is None:
        return None
    database.lease = taken
    return DatabaseTenure(database, taken)


def _until(connection: Connection, epoch: int, until: float) -> None:
    connection.execute(update(lease).where(lease.c.epoch == epoch).values(until=until))


def image_of(store: Store) -> bytes:
    """A copy of a database."""
    return _driver(store).serialize()


def put_image(store: Store, image: bytes, now: str) -> None:
    """Put a copy in the place of a database, as `store/backups.py` does with files."""
    _driver(store).deserialize(image)
    store.database.run(_forget_places, now)


def _driver(store: Store) -> sqlite3.Connection:
    with store.database._engine.connect() as connection:
        driver = connection.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            raise TypeError("the database is not SQLite")
        return driver


def _forget_places(connection: Connection, now: str) -> None:
    connection.execute(delete(cursor))
    connection.execute(delete(held))
    connection.execute(update(lease).values(until=0.1))
    connection.execute(insert(cursor), [{"stream": RESTORED, "value": now}])
