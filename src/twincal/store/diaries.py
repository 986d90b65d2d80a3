"""A stretch of a person's two calendars as they were last seen, each item with its other half and its row of the history."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from twincal.core.decision import Entry
from twincal.core.item import Item
from twincal.core.listing import Noted
from twincal.core.pairing import item_keys
from twincal.core.vocabulary import Side
from twincal.store import links
from twincal.store.batches import AnyRow, chunks
from twincal.store.database import Database
from twincal.store.history import COLUMNS, unpacked
from twincal.store.packed import unpack_item
from twincal.store.packing import SIDE_OF, key_bytes, seconds, unpack_ident
from twincal.store.tables import history, item


async def between(database: Database, person: str, start: datetime, end: datetime) -> list[Noted]:
    """What reaches into the stretch from `start` (included) to `end` (not), by start; private items without any text."""
    return database.run(_between, int(person), seconds(start), seconds(end))


def _between(connection: Connection, who: int, start: int, end: int) -> list[Noted]:
    there = (item.c.person == who, item.c.starts < end, item.c.ends > start, item.c.absent.is_(None), item.c.payload.is_not(None))
    rows = connection.execute(select(item).where(*there)).all()
    tied = {ref: row.key.hex() for row in links.rows_touching(connection, who, [one.ref for one in rows])
            for ref in (row.exchange, row.salesforce) if ref is not None}  # fmt: skip
    items = [(_item(row), tied.get(row.ref, "")) for row in rows]
    keys = {key for one, tie in items for key in ((tie,) if tie else item_keys(str(who), one.side, one.id))}
    listed = _entries(connection, who, keys)
    found: dict[str, Noted] = {}
    for one, tie in items:
        own, other = item_keys(str(who), one.side, one.id)
        key = tie or (other if other in listed else own)
        known = found.get(key, Noted(key=key, linked=bool(tie), entry=listed.get(key)))
        found[key] = Noted(
            key=key, linked=known.linked, entry=known.entry,
            exchange=one if one.side is Side.EXCHANGE else known.exchange,
            salesforce=one if one.side is Side.SALESFORCE else known.salesforce,
        )  # fmt: skip
    return sorted(found.values(), key=lambda noted: noted.start)


def _item(row: AnyRow) -> Item:
    return unpack_item(row.payload, SIDE_OF[row.side], unpack_ident(row.ident), "")


def _entries(connection: Connection, who: int, keys: Iterable[str]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for chunk in chunks(key_bytes(key) for key in keys):
        for row in connection.execute(select(*COLUMNS).where(history.c.person == who, history.c.key.in_(chunk))):
            entry = unpacked(row)
            found[entry.key] = entry
    return found
