"""What a plan is made from: everything of a person, or what was touched with all that may be judged together with it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, exists, func, select

from twincal.core.item import Item
from twincal.core.pairing import item_keys
from twincal.core.scene import Note, Scene, Totals
from twincal.core.trees import Link
from twincal.core.vocabulary import Side
from twincal.core.writes import Absent
from twincal.store import links
from twincal.store.batches import AnyRow, chunks
from twincal.store.graves import graves
from twincal.store.packed import unpack_absent, unpack_entry, unpack_item, unpack_note
from twincal.store.packing import SIDE_OF, address_hash, key_bytes, reference, seconds, unpack_ident
from twincal.store.tables import address, history, item, link, note, person, series

COLUMNS = (item.c.ref, item.c.side, item.c.ident, item.c.series, item.c.starts, item.c.touched, item.c.absent, item.c.payload)
Rows = dict[int, AnyRow]


class Sight(Struct, frozen=True):
    """The touched items a scene was made of, and the highest number of a touch among them; and the references of what
    was absent in it."""

    touched: frozenset[tuple[Side, str]] = frozenset()
    horizon: int = 0
    absent: frozenset[int] = frozenset()


def scene(connection: Connection, who: int, now: datetime, *, everything: bool, addresses: Collection[str]) -> tuple[Scene, Sight]:
    """The scene of a person, with what was touched when it was made."""
    rows = _all_items(connection, who) if everything else _started(connection, who, now, addresses)
    tied = links.all_rows(connection, who) if everything else _completed(connection, who, rows)
    idents = {ref: unpack_ident(row.ident) for ref, row in rows.items()}
    names = _series(connection, who, rows, tied, everything=everything)
    found = links.unpacked(tied, idents, names)
    trees = _trees(rows, idents, names)
    touched = _touched(rows, idents)
    made = Scene(
        exchange=trees[Side.EXCHANGE],
        salesforce=trees[Side.SALESFORCE],
        links=found,
        notes=_notes(connection, who, found, trees, everything=everything),
        totals=totals(connection, who, now),
        everything=everything,
        graves=graves(connection, who, _free(rows, idents, tied)),
        touched=touched,
    )
    absent = frozenset(ref for ref, row in rows.items() if row.absent is not None)
    return made, Sight(touched, max((row.touched or 0 for row in rows.values()), default=0), absent)


def _free(rows: Rows, idents: Mapping[int, str], tied: Iterable[links.LinkRow]) -> dict[int, tuple[Side, str]]:
    """The items that stand alone."""
    held = links.halves(tied)
    return {ref: (SIDE_OF[row.side], idents[ref]) for ref, row in rows.items() if ref not in held and row.absent is None}


def _touched(rows: Rows, idents: Mapping[int, str]) -> frozenset[tuple[Side, str]]:
    return frozenset((SIDE_OF[row.side], idents[ref]) for ref, row in rows.items() if row.touched is not None)


def totals(connection: Connection, who: int, now: datetime) -> Totals:
    """How much is linked, and whether everything has been judged before."""
    count = select(func.count(), func.count().filter(link.c.ends > seconds(now))).where(link.c.person == who)
    linked, linked_future = connection.execute(count).one()
    return Totals(
        linked=linked,
        linked_future=linked_future,
        first_sync=connection.scalar(select(person.c.first_synced).where(person.c.id == who)) is None,
    )


def _all_items(connection: Connection, who: int) -> Rows:
    return {row.ref: row for row in connection.execute(select(*COLUMNS).where(item.c.person == who))}


def _started(connection: Connection, who: int, now: datetime, addresses: Collection[str]) -> Rows:
    """What has to be judged: touched items, those whose retry is due, and those on which an address stands."""
    touched = select(*COLUMNS).where(item.c.person == who, item.c.touched.is_not(None))
    rows = {row.ref: row for row in connection.execute(touched)}
    _add(connection, who, rows, _due(connection, who, now))
    _add(connection, who, rows, _addressed(connection, who, addresses))
    return rows


def _completed(connection: Connection, who: int, rows: Rows) -> list[links.LinkRow]:
    """Add to the rows all that is judged together with them; the links of all of it."""
    whole = {row.series for row in rows.values() if row.series is not None and row.touched is not None}
    _add_where(connection, who, rows, item.c.series, whole)
    tied = {row.key: row for row in links.rows_touching(connection, who, rows)}
    tied.update((row.key, row) for row in links.rows_of_series(connection, who, whole))
    _add(connection, who, rows, links.halves(tied.values()))
    free = rows.keys() - links.halves(tied.values())
    asked: set[int] = set()
    while likely := _likely(connection, who, {ref: rows[ref] for ref in free}) - rows.keys() - asked:
        asked |= likely
        tied.update((row.key, row) for row in links.rows_touching(connection, who, likely))
        _add(connection, who, rows, likely | links.halves(tied.values()))
        free = rows.keys() - links.halves(tied.values())
    starts = {rows[ref].starts for ref in free if rows[ref].payload is not None}
    lonely = ~exists().where(link.c.person == who, links.half_of(item.c.ref))
    _add_where(connection, who, rows, item.c.starts, starts, item.c.side.in_((0, 1)), lonely)
    return list(tied.values())


def _likely(connection: Connection, who: int, rows: Rows) -> set[int]:
    """What the first sync found to be like these items that stand alone, and what a person said is the same."""
    named = {
        key_bytes(key): SIDE_OF[row.side].other
        for row in rows.values()
        for key in item_keys(str(who), SIDE_OF[row.side], unpack_ident(row.ident))
    }
    found: set[int] = set()
    for chunk in chunks(named):
        for row in connection.execute(select(note.c.key, note.c.payload).where(note.c.person == who, note.c.key.in_(chunk))):
            kept = unpack_note(row.payload)
            found |= {reference(named[row.key], one) for one in (*kept.likely, kept.paired) if one}
    return found


def _add(connection: Connection, who: int, rows: Rows, refs: Iterable[int]) -> None:
    for chunk in chunks([ref for ref in refs if ref not in rows]):
        found = connection.execute(select(*COLUMNS).where(item.c.person == who, item.c.ref.in_(chunk)))
        rows.update((row.ref, row) for row in found)


def _add_where(connection: Connection, who: int, rows: Rows, column: Any, values: Iterable[Any], *also: Any) -> None:
    for chunk in chunks(values):
        found = connection.execute(select(*COLUMNS).where(item.c.person == who, column.in_(chunk), *also))
        for row in found:
            rows.setdefault(row.ref, row)


def _due(connection: Connection, who: int, now: datetime) -> set[int]:
    """The items of rows of the history whose next attempt has come."""
    columns = (history.c.key, history.c.payload)
    due = select(*columns).where(
        history.c.person == who, history.c.next_attempt.is_not(None), history.c.next_attempt <= seconds(now)
    )
    refs: set[int] = set()
    for row in connection.execute(due):
        entry = unpack_entry(row.payload, row.key.hex(), now, now, None)
        refs |= {reference(side, ident) for side, ident in _ids(entry.exchange_id, entry.salesforce_id) if ident}
    return refs


def _ids(exchange_id: str, salesforce_id: str) -> tuple[tuple[Side, str], tuple[Side, str]]:
    return (Side.EXCHANGE, exchange_id), (Side.SALESFORCE, salesforce_id)


def _addressed(connection: Connection, who: int, addresses: Collection[str]) -> set[int]:
    refs: set[int] = set()
    for chunk in chunks({address_hash(one) for one in addresses}):
        refs.update(connection.scalars(select(address.c.ref).where(address.c.person == who, address.c.hash.in_(chunk))))
    return refs


def _series(connection: Connection, who: int, rows: Rows, tied: list[links.LinkRow], *, everything: bool) -> dict[int, str]:
    """The names of the series that occur."""
    if everything:
        every = connection.execute(select(series.c.ref, series.c.ident).where(series.c.person == who))
        return {row.ref: unpack_ident(row.ident) for row in every}
    wanted = {row.series for row in rows.values()} | {row.series for row in tied}
    names: dict[int, str] = {}
    for chunk in chunks(wanted - {None}):
        some = connection.execute(select(series.c.ref, series.c.ident).where(series.c.person == who, series.c.ref.in_(chunk)))
        names.update((row.ref, unpack_ident(row.ident)) for row in some)
    return names


def _trees(rows: Rows, idents: Mapping[int, str], names: Mapping[int, str]) -> dict[Side, dict[str, Item | Absent]]:
    trees: dict[Side, dict[str, Item | Absent]] = {side: {} for side in Side}
    for ref, row in rows.items():
        side, ident = SIDE_OF[row.side], idents[ref]
        if row.absent is not None:
            trees[side][ident] = unpack_absent(row.absent, ident)
        elif row.payload is not None:
            trees[side][ident] = unpack_item(row.payload, side, ident, names.get(row.series, ""))
    return trees


def _notes(
    connection: Connection, who: int, found: Iterable[Link], trees: Mapping[Side, Mapping[str, object]], *, everything: bool
) -> dict[str, Note]:
    """The notes of all links and items of the scene."""
    columns = select(note.c.key, note.c.payload).where(note.c.person == who)
    rows: list[AnyRow] = []
    if everything:
        rows += connection.execute(columns)
    else:
        keys = {one.key for one in found}
        keys |= {key for side, tree in trees.items() for ident in tree for key in item_keys(str(who), side, ident)}
        for chunk in chunks(key_bytes(key) for key in keys):
            rows += connection.execute(columns.where(note.c.key.in_(chunk)))
    return {key: replace(unpack_note(row.payload), key=key) for row in rows if (key := row.key.hex())}
