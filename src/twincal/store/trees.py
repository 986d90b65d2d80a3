"""The trees of both sides in the database: what was seen, and what is gone."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, case, delete, func, select, update

from twincal.core.item import Item
from twincal.core.pairing import item_keys
from twincal.core.trees import Window
from twincal.core.vocabulary import Side, Tab
from twincal.core.writes import Absent
from twincal.ports import Sighting
from twincal.store import shades
from twincal.store.batches import chunks, inserting, many, put, put_new
from twincal.store.links import linked, rows_by_key
from twincal.store.packed import pack_absent, pack_item
from twincal.store.packing import SIDES, address_hash, key_bytes, pack_ident, reference, seconds, series_reference, unpack_ident
from twincal.store.tables import address, cursor, history, item, note, series

Rows = list[dict[str, Any]]
VALUE = select(cursor.c.value).where(cursor.c.stream == bindparam("stream"))
"""Asked several times in every cycle, so it is put together once."""


def read_cursor(connection: Connection, stream: str) -> str | None:
    """Where reading of a stream stopped."""
    return connection.scalar(VALUE, {"stream": stream})


def record(connection: Connection, sightings: Sequence[Sighting], stream: str, value: str) -> bool:
    """Store what was seen with the cursor behind it; True when text had to be erased."""
    put(connection, cursor, [{"stream": stream, "value": value}])
    erased = [_seen(connection, int(sighting.person), sighting) for sighting in sightings]
    return any(erased)


def _seen(connection: Connection, person: int, sighting: Sighting) -> bool:
    touched = next_touch(connection, person)
    erased = keep(connection, person, sighting.items, touched)
    if sighting.absent:
        _mark_absent(connection, person, sighting.side, sighting.absent, touched)
    if sighting.dropped:
        _drop(connection, person, sighting.side, sighting.dropped)
    return erased


def next_touch(connection: Connection, person: int) -> int:
    """A number above all that stand on touched items, so that a later look is told from what a plan was made of."""
    held = select(func.max(item.c.touched)).where(item.c.person == person, item.c.touched.is_not(None))
    return (connection.scalar(held) or 0) + 1


def keep(connection: Connection, person: int, items: Sequence[Item], touched: int | None) -> bool:
    """Store items as they are. With a number they count as touched, unless they are exactly as they were stored.

    True when text had to be erased because an item has become private.
    """
    if not items:
        return False
    shade = shades.shade_of(connection, person, items)
    rows = [_row(person, one, touched, shade) for one in items]
    shown = [(row["ref"], one) for row, one in zip(rows, items, strict=True) if row["private"] == shades.SHOWN]
    _put_items(connection, rows)
    _put_series(connection, person, items)
    _put_addresses(connection, person, shown)
    if shade.fresh:
        touch(connection, person, shades.erase(connection, person, shade.fresh))
    if shade.opened:
        shades.read_again(connection, person, shade.opened)
    return bool(shade.fresh)


def _row(person: int, one: Item, touched: int | None, shade: shades.Shade) -> dict[str, Any]:
    ref = reference(one.side, one.id)
    start, end = one.times.span
    half = ref in shade.halves
    return {
        "person": person,
        "ref": ref,
        "side": SIDES[one.side],
        "ident": pack_ident(one.id),
        "series": series_reference(one.series) if one.series else None,
        "starts": seconds(start),
        "ends": seconds(end),
        "private": shades.PRIVATE if one.private else shades.OTHER_HALF if half else shades.SHOWN,
        "touched": touched,
        "absent": None,
        "payload": pack_item(replace(one, private=True) if half else one),
    }


def _put_items(connection: Connection, rows: Rows) -> None:
    statement = inserting(connection, item)
    new = statement.excluded
    same = item.c.payload.is_not_distinct_from(new.payload) & item.c.absent.is_(None)
    touched = case((same, item.c.touched), else_=func.coalesce(new.touched, item.c.touched))
    changed: dict[str, Any] = {name: new[name] for name in ("series", "starts", "ends", "private", "absent", "payload")}
    changed["touched"] = touched
    many(connection, statement.on_conflict_do_update(index_elements=["person", "ref"], set_=changed), rows)


def _put_series(connection: Connection, person: int, items: Iterable[Item]) -> None:
    named = {one.series for one in items if one.series}
    put_new(connection, series, [{"person": person, "ref": series_reference(name), "ident": pack_ident(name)} for name in named])


def _put_addresses(connection: Connection, person: int, shown: Iterable[tuple[int, Item]]) -> None:
    standing: dict[str, list[int]] = {}
    for ref, one in shown:
        for found in _addresses(one):
            standing.setdefault(found, []).append(ref)
    hashes = {found: address_hash(found) for found in standing}
    rows = [{"person": person, "hash": hashes[found], "ref": ref} for found, refs in standing.items() for ref in refs]
    put_new(connection, address, rows)


def _addresses(one: Item) -> Iterable[str]:
    yield from (participant.address for participant in one.people if participant.address)
    if one.organizer and one.organizer.address:
        yield one.organizer.address


def _mark_absent(connection: Connection, person: int, side: Side, absent: Iterable[Absent], touched: int) -> None:
    """Keep a linked id that is gone, without what it said, until its pair has been judged."""
    rows = [
        {
            "person": person,
            "ref": reference(side, gone.id),
            "side": SIDES[side],
            "ident": pack_ident(gone.id),
            "private": shades.SHOWN,
            "touched": touched,
            "absent": pack_absent(gone),
            "payload": None,
        }
        for gone in absent
    ]
    put(connection, item, rows, keep=("side", "ident", "private"))


def _drop(connection: Connection, person: int, side: Side, ids: Collection[str]) -> None:
    """Forget unlinked items with their notes and the rows of what never was synced; that a pair was deleted stays told, and what
    is known of a pair that goes on without an item under a key made of it."""
    by_ref = {reference(side, ident): ident for ident in ids}
    for ref in linked(connection, person, by_ref):
        del by_ref[ref]
    for chunk in chunks(by_ref.items()):
        own = {key for _, ident in chunk for key in item_keys(str(person), side, ident)}
        keys = {key_bytes(key) for key in own}.difference(row.key for row in rows_by_key(connection, person, own))
        connection.execute(delete(item).where(item.c.person == person, item.c.ref.in_([ref for ref, _ in chunk])))
        rows = history.c.person == person, history.c.key.in_(keys), history.c.tab != Tab.SYNCED.value
        connection.execute(delete(history).where(*rows))
        connection.execute(delete(note).where(note.c.person == person, note.c.key.in_(keys)))


def know(connection: Connection, person: int, ids: Iterable[tuple[Side, str]]) -> None:
    """Rows for ids that links name but that nobody has read yet, so that a link never loses an id."""
    rows = [
        {
            "person": person,
            "ref": reference(side, ident),
            "side": SIDES[side],
            "ident": pack_ident(ident),
            "private": shades.SHOWN,
        }
        for side, ident in ids
    ]
    put_new(connection, item, rows)


def touch(connection: Connection, person: int, refs: Iterable[int]) -> None:
    """Have items judged in the next cycle."""
    touched = update(item).where(item.c.person == person, item.c.ref == bindparam("one"))
    many(connection, touched.values(touched=next_touch(connection, person)), [{"one": ref} for ref in refs])


def linked_ids(connection: Connection, person: int, side: Side, ids: Collection[str]) -> frozenset[str]:
    """Which of these ids stand in a link."""
    by_ref = {reference(side, ident): ident for ident in ids}
    return frozenset(by_ref[ref] for ref in linked(connection, person, by_ref))


def known_ids(connection: Connection, person: int, side: Side, of: str, window: Window | None) -> frozenset[str]:
    """The ids of one side that are not absent: of one series, or of what reaches into a window."""
    wanted = select(item.c.ident).where(item.c.person == person, item.c.side == SIDES[side], item.c.absent.is_(None))
    if of:
        wanted = wanted.where(item.c.series == series_reference(of))
    if window:
        start, end = seconds(window.start), seconds(window.end)
        reaches = (item.c.ends > start) | ((item.c.ends == item.c.starts) & (item.c.starts >= start))
        wanted = wanted.where(item.c.starts < end, reaches)
    return frozenset(unpack_ident(ident) for ident in connection.scalars(wanted))
