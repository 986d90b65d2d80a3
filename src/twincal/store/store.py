"""Everything the store offers, opened together."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from twincal.core.vocabulary import Side
from twincal.store.accounts import Accounts
from twincal.store.audit import Audit
from twincal.store.database import Database
from twincal.store.held_plans import HeldPlans
from twincal.store.history import History
from twincal.store.journal import Journal
from twincal.store.keys import KEY_BYTES, keys_of
from twincal.store.lease import LENGTH
from twincal.store.ledger import SqliteLedger
from twincal.store.policies import Policies
from twincal.store.secrets import Sealer, fingerprint_key
from twincal.store.tokens import StoredToken
from twincal.store.visitors import Sessions, Visitors
from twincal.store.wishes import Wishes


class Store:
    """One open data directory."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self.database = database
        self._sealer = sealer
        self.journal = Journal(database, sealer)
        self.ledger = SqliteLedger(database, self.journal.seal)
        self.accounts = Accounts(database, sealer)
        self.policies = Policies(database)
        self.history = History(database)
        self.wishes = Wishes(database)
        self.held_plans = HeldPlans(database)
        self.visitors = Visitors(database)
        self.sessions = Sessions(database)
        self.audit = Audit(database)

    @classmethod
    def open(
        cls, folder: Path, *, writes: bool = True, lease_seconds: float = LENGTH, clock: Callable[[], float] = time.time
    ) -> Self:
        """Open a data directory; made where it is missing, locked with `writes` by a lease of this length on the machine's
        clock. Raises HomeUnusable, WrongInput."""
        database = Database.open(folder, writes=writes, lease_seconds=lease_seconds, clock=clock)
        try:
            return cls(database, Sealer(lambda: keys_of(folder)))
        except BaseException:
            database.close()
            raise

    @classmethod
    def in_memory(cls) -> Self:
        """A store that is gone when it is closed."""
        keys = [os.urandom(KEY_BYTES)]
        return cls(Database.in_memory(), Sealer(lambda: keys))

    def token(self, side: Side) -> StoredToken:
        """The refresh token of a side that is connected by somebody's consent."""
        return StoredToken(self.database, self._sealer, side)

    @property
    def fingerprint_key(self) -> bytes:
        """The key of prints and stamps; made on first use. Raises HomeUnusable."""
        return fingerprint_key(self.database, self._sealer)

    def close(self) -> None:
        """Close the database and let another process write."""
        self.database.close()
