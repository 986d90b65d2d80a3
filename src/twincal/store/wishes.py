"""What people say about an item: ignore it, this side is right, try again. Each makes the next cycle judge the item."""

from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Connection, select, update

from twincal.core.pairing import item_keys
from twincal.core.scene import Note
from twincal.core.vocabulary import Side, Tab
from twincal.store import links, trees
from twincal.store.database import Database
from twincal.store.notes import keep_note, read_note
from twincal.store.packing import SIDE_OF, key_bytes, seconds, unpack_ident
from twincal.store.tables import history, item


class Wishes:
    """What may be wished. A person is named by the id that the accounts gave, an item by its key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, person: str, key: str) -> Note:
        """What is remembered of an item; an empty note where nothing is."""
        return self._database.run(read_note, int(person), key)

    async def ignore(self, person: str, key: str) -> None:
        """Leave this item out from now on."""
        self._database.run(_wish, int(person), key, ignored=True)

    async def choose(self, person: str, key: str, side: Side) -> None:
        """Take this side's version of a held item."""
        self._database.run(_wish, int(person), key, choice=side)

    async def pair(self, person: str, here: tuple[str, str], there: tuple[str, str]) -> None:
        """These two are the same: the key and the id of each."""
        self._database.run(_pair, int(person), here, there)

    async def retry(self, person: str, key: str | None, now: datetime) -> None:
        """Try one item again, or every unresolved one; for one item, *ignore* and *given up* are taken back."""
        if key is None:
            self._database.run(_retry_all, int(person), now)
        else:
            self._database.run(_retry, int(person), key, now)

    async def touch_all(self, person: str) -> None:
        """Judge every item in the next cycle."""
        self._database.run(_touch_all, int(person))


def _wish(connection: Connection, who: int, key: str, *, ignored: bool | None = None, choice: Side | None = None) -> None:
    kept = read_note(connection, who, key)
    keep_note(connection, who, replace(kept, ignored=kept.ignored if ignored is None else ignored, choice=choice or kept.choice))
    _touch(connection, who, key)


def _pair(connection: Connection, who: int, here: tuple[str, str], there: tuple[str, str]) -> None:
    for (key, _), (_, other) in ((here, there), (there, here)):
        kept = read_note(connection, who, key)
        keep_note(connection, who, replace(kept, paired=other, choice=None, ignored=False))
        _touch(connection, who, key)


def _retry(connection: Connection, who: int, key: str, now: datetime) -> None:
    kept = replace(read_note(connection, who, key), ignored=False)
    if kept.given_up:
        kept = replace(kept, first_seen=None, given_up=False, attempts=0, seen=b"")
    keep_note(connection, who, kept)
    _touch(connection, who, key)
    row = update(history).where(history.c.person == who, history.c.key == key_bytes(key), history.c.tab == Tab.UNRESOLVED.value)
    connection.execute(row.values(next_attempt=seconds(now)))


def _retry_all(connection: Connection, who: int, now: datetime) -> None:
    rows = update(history).where(history.c.person == who, history.c.tab == Tab.UNRESOLVED.value)
    connection.execute(rows.values(next_attempt=seconds(now)))


def _touch(connection: Connection, who: int, key: str) -> None:
    trees.touch(connection, who, links.halves(links.rows_by_key(connection, who, [key])) or _refs(connection, who, key))


def _refs(connection: Connection, who: int, key: str) -> list[int]:
    """The item that has this key while it is not linked."""
    rows = connection.execute(select(item.c.ref, item.c.side, item.c.ident).where(item.c.person == who))
    return [row.ref for row in rows if key in item_keys(str(who), SIDE_OF[row.side], unpack_ident(row.ident))]


def _touch_all(connection: Connection, who: int) -> None:
    touched = trees.next_touch(connection, who)
    connection.execute(update(item).where(item.c.person == who).values(touched=touched))
