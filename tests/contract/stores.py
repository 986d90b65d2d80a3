"""A store behind the ports `Ledger` and `Books`: in memory, and in a directory that is closed and opened again in between."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.simulation.notebook import Notebook, NotebookLedger
from twincal.ports import Books, Ledger, Member
from twincal.store.books import StoreBooks
from twincal.store.store import Store

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)


class Clock:
    """Stands still."""

    def now(self) -> datetime:
        return NOW

    async def sleep(self, seconds: float) -> None:
        """Nobody waits for a store."""


class Desk:
    """A ledger and books on one store. `again` lets go of everything that is not written down, where there is a place."""

    def __init__(self, opening: Callable[[], Store], *, lasting: bool) -> None:
        self._opening = opening
        self._lasting = lasting
        self._store = opening()

    @property
    def ledger(self) -> Ledger:
        """The memory of everybody's sync."""
        return self._store.ledger

    @property
    def books(self) -> Books:
        """What people and administrators have said, and the history."""
        return StoreBooks(self._store, Clock())

    def again(self) -> None:
        """The process ends and another one begins."""
        if self._lasting:
            self._store.close()
            self._store = self._opening()

    def close(self) -> None:
        """The end."""
        self._store.close()

    async def person(self, mailbox: str = "ann@northwind.example") -> str:
        """Somebody is added; the id."""
        number = len(await self.books.members()) + 1
        user = f"005{number:012d}AAA"
        member = Member(id="", mailbox=mailbox, salesforce_username=mailbox, salesforce_user_id=user, name="Ann Smith")
        return (await self.books.add_member(member)).id


def in_memory(_: Path) -> Desk:
    """A store that is gone when it is closed."""
    return Desk(Store.in_memory, lasting=False)


def in_a_directory(folder: Path) -> Desk:
    """A store that is there again."""
    return Desk(lambda: Store.open(folder / "home"), lasting=True)


class NotebookDesk(Desk):
    """The ledger that simulations keep, with people from a store in memory."""

    def __init__(self) -> None:
        super().__init__(Store.in_memory, lasting=False)
        self._notebooks: dict[str, Notebook] = {}
        self._cursors: dict[str, str] = {}
        self._ledger = NotebookLedger(self._notebooks, self._cursors)

    @property
    def ledger(self) -> Ledger:
        """Dictionaries."""
        return self._ledger

    def again(self) -> None:
        """The notebooks stay."""
        self._ledger = NotebookLedger(self._notebooks, self._cursors)


STORES: dict[str, Callable[[Path], Desk]] = {"in memory": in_memory, "in a directory": in_a_directory}
LEDGERS = STORES | {"in notebooks": lambda _: NotebookDesk()}
