"""Private items: what has to vanish when an item becomes private, and what must not be stored of its other half (SPEC 3.3).

The copy on the other side says what the private item says. So while one half of a link is private, the other half is
stored without text too. When the item is shown again, the other half is read anew: its stream is made to start over.
"""

from collections.abc import Collection, Iterable

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, delete, null, select, update

from twincal.core.item import Item
from twincal.core.pairing import item_keys
from twincal.core.vocabulary import Side
from twincal.core.writes import Values
from twincal.store import notes
from twincal.store.batches import chunks
from twincal.store.links import halves, rows_by_key, rows_touching
from twincal.store.packed import pack_intent, pack_item, unpack_intent, unpack_item
from twincal.store.packing import SIDE_OF, key_bytes, reference, unpack_ident
from twincal.store.tables import address, cursor, history, intent, item, receipt

SHOWN, PRIVATE, OTHER_HALF = 0, 1, 2
STREAMS = {Side.EXCHANGE: "exchange:{}", Side.SALESFORCE: "scanned:{}"}
"""What has to be forgotten so that a side of a person is read in full again."""


class Shade(Struct, frozen=True):
    """What a batch of items means for privacy: references that become private, those shown again, and those of the
    batch that are the other half of something private."""

    fresh: frozenset[int] = frozenset()
    opened: frozenset[int] = frozenset()
    halves: frozenset[int] = frozenset()


def shade_of(connection: Connection, person: int, items: Collection[Item]) -> Shade:
    """Look at a batch before it is stored."""
    known = set(
        connection.scalars(select(item.c.ref).where(item.c.person == person, item.c.private != SHOWN, item.c.private == PRIVATE))
    )
    incoming = {reference(one.side, one.id): one.private for one in items} if known or any(one.private for one in items) else {}
    if not incoming:
        return Shade()
    private = {ref for ref, is_private in incoming.items() if is_private}
    shown = incoming.keys() - private
    remaining = (known | private) - shown
    others = halves(rows_touching(connection, person, remaining)) - remaining if remaining else set()
    return Shade(frozenset(private - known), frozenset(known & shown), frozenset(others & shown))


def erase(connection: Connection, person: int, refs: Collection[int]) -> set[int]:
    """Erase every text of items that have become private: the other halves, the history, what was written and is to be
    written, and whose addresses stood on them. Ids and prints stay.

    The answer are the halves of pairs that go on without such an item under a key made of it: their rows go too, for they may
    tell what it said, and are to be written anew."""
    links = rows_touching(connection, person, refs)
    others = halves(links) - set(refs)
    own = _own_keys(connection, person, refs)
    going_on = halves(rows_by_key(connection, person, own)) - others - set(refs)
    keys = {row.key for row in links} | {key_bytes(key) for key in own}
    for chunk in chunks(keys):
        connection.execute(delete(history).where(history.c.person == person, history.c.key.in_(chunk)))
        gone = update(receipt).where(receipt.c.person == person, receipt.c.key.in_(chunk))
        connection.execute(gone.values(before=null(), after=null(), former=null()))
    notes.erase_losses(connection, person, keys)
    _empty_intents(connection, person, keys)
    for some in chunks(others):
        _veil(connection, person, some)
    for some in chunks(others.union(refs)):
        connection.execute(delete(address).where(address.c.person == person, address.c.ref.in_(some)))
    return going_on


def read_again(connection: Connection, person: int, refs: Iterable[int]) -> None:
    """Let the sides of the other halves be read in full, since what was stored of them has no text."""
    others = halves(rows_touching(connection, person, refs)).difference(refs)
    for chunk in chunks(others):
        veiled = select(item.c.side).where(item.c.person == person, item.c.ref.in_(chunk), item.c.private == OTHER_HALF)
        streams = {STREAMS[SIDE_OF[side]].format(person) for side in connection.scalars(veiled)}
        connection.execute(delete(cursor).where(cursor.c.stream.in_(streams)))


def _own_keys(connection: Connection, person: int, refs: Collection[int]) -> list[str]:
    """The keys that these items have, or had while they were not linked."""
    keys: list[str] = []
    for chunk in chunks(refs):
        rows = connection.execute(select(item.c.side, item.c.ident).where(item.c.person == person, item.c.ref.in_(chunk)))
        keys += [key for row in rows for key in item_keys(str(person), SIDE_OF[row.side], unpack_ident(row.ident))]
    return keys


def _veil(connection: Connection, person: int, refs: Collection[int]) -> None:
    """Take the text out of stored items whose other half has become private."""
    shown = (item.c.person == person, item.c.ref.in_(refs), item.c.private == SHOWN)
    for row in connection.execute(select(item.c.ref, item.c.side, item.c.ident, item.c.payload).where(*shown)).all():
        payload = row.payload and _without_text(unpack_item(row.payload, SIDE_OF[row.side], unpack_ident(row.ident), ""))
        here = (item.c.person == person, item.c.ref == row.ref)
        connection.execute(update(item).where(*here).values(payload=payload, private=OTHER_HALF))


def _without_text(one: Item) -> bytes:
    return pack_item(replace(one, private=True))


def _empty_intents(connection: Connection, person: int, keys: Collection[bytes]) -> None:
    """Take the values out of intents that are still open; mark and link stay, by which they are settled."""
    open_rows = connection.execute(select(intent.c.key, intent.c.side, intent.c.payload).where(intent.c.person == person)).all()
    for row in open_rows:
        if row.key in keys:
            write, link = unpack_intent(row.payload)
            payload = pack_intent(replace(write, values=Values()), link)
            here = (intent.c.person == person, intent.c.key == row.key, intent.c.side == row.side)
            connection.execute(update(intent).where(*here).values(payload=payload, before=null()))
