"""The database: opened, brought up to date, and asked one transaction at a time.

A *story* is a plain function of a connection. It runs to its end inside one transaction without giving way to anything
else, on the thread that asked: SQLite answers from memory in microseconds, a thread in between would cost more than the
answers, and a seeded event loop stays deterministic. Another database can run the same stories by `run_sync`.

Every commit is synced to the disk (`synchronous=FULL`), because an intent has to outlive a power failure that its request
outlives. `secure_delete` overwrites what is deleted, so that no text stays in free pages.
"""

import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from twincal.errors import HomeUnusable, TwincalError
from twincal.store.home import Home, full, read_only
from twincal.store.lease import LENGTH, Lease, take

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
HEAD = "0004"
"""The newest version of the schema; that it is the newest migration is tested."""
BUSY_MILLISECONDS = 10_000
CACHE_KIBIBYTES = 8_192
BEGIN_TO_WRITE, BEGIN_TO_READ = "BEGIN IMMEDIATE", "BEGIN"


class Database:
    """One open database. `home` is None for one that lives in memory."""

    def __init__(self, engine: Engine, home: Home | None, *, writes: bool) -> None:
        self._engine = engine
        self.home = home
        self.writes = writes
        self.lease: Lease | None = None

    @classmethod
    def open(
        cls, folder: Path, *, writes: bool = True, lease_seconds: float = LENGTH, clock: Callable[[], float] = time.time
    ) -> Self:
        """Open the database of a data directory, made and brought up to date where needed.

        With `writes` the directory is locked until `close`, by a lease of this length on the machine's clock. Raises
        HomeUnusable.
        """
        home = Home(folder)
        home.prepare()
        alone = writes and home.lock()
        database = cls(_engine(str(home.database), writes=writes), home, writes=writes)
        try:
            database._bring_up_to_date(alone=alone)
            if writes:
                database._take_lease(home, lease_seconds, clock, alone=alone)
        except BaseException:
            database.close()
            raise
        return database

    def _take_lease(self, home: Home, length: float, clock: Callable[[], float], *, alone: bool) -> None:
        self.lease = self.run(take, home.folder, alone=alone, clock=clock, length=length)
        if self.lease is None:
            raise home.in_use

    def renew(self) -> None:
        """Keep the right to write for another length of the lease. Raises TakenOver, HomeUnusable."""
        if self.lease is None:
            return
        fresh = self.home is not None and not self.home.locked and self.home.lock()
        self.run(self.lease.renew, alone=True if fresh else None)

    def may_send(self) -> bool:
        """May a request be sent now? A lease that ends soon, or has run out without anybody taking over, is renewed first.
        Raises TakenOver, so that who lost the lease ends at once instead of trying again for a while."""
        if self.lease is None:
            return True
        if not self.lease.may_send:
            self.renew()
        return self.lease.may_send

    @classmethod
    def beside(cls, folder: Path) -> Self:
        """The database of a data directory, opened beside the process that writes there, for a short transaction that does
        not get in its way. Raises HomeUnusable."""
        Database.open(folder, writes=False).close()
        home = Home(folder)
        return cls(_engine(str(home.database), writes=True), home, writes=True)

    @classmethod
    def in_memory(cls) -> Self:
        """A database that is gone when it is closed."""
        database = cls(_engine(":memory:", writes=True), None, writes=True)
        database._bring_up_to_date()
        return database

    def run(self, story: Callable[Concatenate[Connection, Given], Answer], *given: Given.args, **named: Given.kwargs) -> Answer:
        """Run a story in one transaction: all of it is kept, or nothing. Raises HomeUnusable; TakenOver when the lease is
        another's by now."""
        try:
            with self._engine.begin() as connection:
                if self.lease is not None:
                    self.lease.check(connection)
                return story(connection, *given, **named)
        except DBAPIError as error:
            known = self._explained(error)
            if known is None:
                raise
            raise known from error

    def scrub(self) -> None:
        """Write the log back and empty it, so that what was erased is in no file any more; left for later while a reader
        is at work."""
        self._maintain("PRAGMA wal_checkpoint(TRUNCATE)")

    def shrink(self) -> None:
        """Give room that is no longer used back to the disk."""
        self._maintain("PRAGMA incremental_vacuum", "PRAGMA wal_checkpoint(TRUNCATE)")

    def _maintain(self, *commands: str) -> None:
        """Commands of SQLite's that do not run inside a transaction."""
        if self.home is None or not self.writes:
            return
        with self._engine.connect() as connection:
            driver = connection.connection.driver_connection
            if isinstance(driver, sqlite3.Connection):
                for command in commands:
                    driver.execute(command).fetchall()

    def close(self) -> None:
        """Close the database and let another process write."""
        if self.lease is not None:
            with suppress(TwincalError):
                self.run(self.lease.end)
        self._engine.dispose()
        if self.home is not None:
            self.home.unlock()

    def _bring_up_to_date(self, *, alone: bool = True) -> None:
        version = self.run(_version)
        if version == HEAD:
            return
        from twincal.store.migrations.upgrade import is_known, upgrade

        if version is not None and not is_known(version):
            raise HomeUnusable(
                f"The data directory {self._place} was made by a newer version of Twincal.",
                "Use that version, or name another directory with --home.",
            )
        if self.writes and not alone and self.home is not None:
            raise self.home.in_use
        if self.writes:
            self.run(upgrade)
        elif self.home is not None:
            Database.open(self.home.folder).close()

    @property
    def _place(self) -> str:
        return str(self.home.folder) if self.home else "in memory"

    def _explained(self, error: DBAPIError) -> HomeUnusable | None:
        """The sentence for a failure of the file; None for an error of ours."""
        told = str(error.orig)
        folder = self.home.folder if self.home else Path(":memory:")
        if "disk is full" in told:
            return full(folder)
        if "readonly" in told or "unable to open" in told:
            return read_only(folder)
        if "locked" in told:
            return HomeUnusable(
                f"The database in {folder} is in use by another process.",
                "Try again when that process has finished; one that stands still has to go on or be ended first.",
            )
        if "disk I/O error" in told:
            return HomeUnusable(f"The disk that holds {folder} failed to read or write.", "Check the disk, then try again.")
        if "not a database" in told or "malformed" in told:
            return HomeUnusable(
                f"The file {folder / 'twincal.db'} is damaged, or no database of Twincal's.",
                "Put it aside and restore a backup, or start with another directory (--home).",
            )
        return None


def _engine(path: str, *, writes: bool) -> Engine:
    def connected() -> sqlite3.Connection:
        return sqlite3.connect(path, check_same_thread=False)

    engine = create_engine("sqlite://", creator=connected, poolclass=StaticPool)
    event.listen(engine, "connect", lambda connection, _: _prepare(connection, writes=writes))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(BEGIN_TO_WRITE if writes else BEGIN_TO_READ))
    return engine


def _prepare(connection: Any, *, writes: bool) -> None:
    """Settings that hold for the connection; transactions are begun by us, not by the driver."""
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIBIBYTES}")
    if not writes:
        connection.execute("PRAGMA query_only=ON")


def _version(connection: Connection) -> str | None:
    """The version of the schema, None where there is none yet."""
    found = connection.execute(text("SELECT name FROM sqlite_master WHERE name = 'alembic_version'")).scalar()
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if found else None
