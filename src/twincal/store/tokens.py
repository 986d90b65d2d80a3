"""The refresh token of a connection: used by one at a time, and replaced before the next one asks."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from twincal.core.vocabulary import Side
from twincal.errors import WrongInput
from twincal.store.accounts import Accounts
from twincal.store.database import Database
from twincal.store.home import opened_privately, usable
from twincal.store.secrets import Sealer

NAME = "refresh_token"
LOCK = "sign-in.lock"
PAUSE = 0.05
"""Seconds between two looks whether another process is done."""


class StoredToken:
    """The token as it is sealed in the store. Processes that only read keep a new one too, and so does one that has lost the
    right to write: the one before serves nobody any more."""

    def __init__(self, database: Database, sealer: Sealer, side: Side) -> None:
        self._database = database
        self._sealer = sealer
        self._side = side
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[str]:
        """The token of the moment, which no other task and no other process of this home uses meanwhile. Raises WrongInput where
        there is none any more."""
        async with self._turn:
            handle = await _locked(self._database.home.folder) if self._database.home else None
            try:
                yield await self._token()
            finally:
                if handle is not None:
                    os.close(handle)

    async def _token(self) -> str:
        known = await Accounts(self._database, self._sealer).connected(self._side)
        if known is None or not known.secret.get(NAME):
            raise WrongInput(f"{self._side.phrase} is connected in another way by now.", "Start again.")
        return known.secret[NAME]

    async def keep(self, token: str) -> None:
        """Put a new token in the place of the one before."""
        with _beside(self._database) as database:
            await Accounts(database, self._sealer).change_secret(self._side, NAME, token)


@contextmanager
def _beside(database: Database) -> Iterator[Database]:
    if database.home is None:
        yield database
        return
    other = Database.beside(database.home.folder)
    try:
        yield other
    finally:
        other.close()


async def _locked(folder: Path) -> int:
    """Wait for the others; closing what is given back lets them go on. Raises HomeUnusable."""
    while True:
        with usable(folder):
            handle = opened_privately(folder / LOCK)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return handle
            except BlockingIOError:
                os.close(handle)
        await asyncio.sleep(PAUSE)
