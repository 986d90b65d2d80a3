"""Links in the database: which two items are one, and what both sides agreed on."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, or_, select

from twincal.core.trees import Link
from twincal.core.vocabulary import Side
from twincal.store.batches import AnyRow, chunks, inserting, many
from twincal.store.packed import pack_link, unpack_link
from twincal.store.packing import key_bytes, reference, seconds, series_reference
from twincal.store.tables import link

LinkRow = AnyRow
COLUMNS = (link.c.key, link.c.exchange, link.c.salesforce, link.c.series, link.c.payload)


def all_rows(connection: Connection, person: int) -> list[LinkRow]:
    """Every link of a person."""
    return list(connection.execute(select(*COLUMNS).where(link.c.person == person)))


def rows_touching(connection: Connection, person: int, refs: Iterable[int]) -> list[LinkRow]:
    """The links of which one of these items is a half."""
    found: dict[bytes, LinkRow] = {}
    for chunk in chunks(refs):
        for half in (link.c.exchange, link.c.salesforce):
            rows = connection.execute(select(*COLUMNS).where(link.c.person == person, half.in_(chunk)))
            found.update((row.key, row) for row in rows)
    return list(found.values())


def rows_of_series(connection: Connection, person: int, series: Iterable[int]) -> list[LinkRow]:
    """The links of all instances of these series."""
    found: list[LinkRow] = []
    for chunk in chunks(series):
        found += connection.execute(select(*COLUMNS).where(link.c.person == person, link.c.series.in_(chunk)))
    return found


def rows_by_key(connection: Connection, person: int, keys: Iterable[str]) -> list[LinkRow]:
    """The links with these keys, as far as there are any."""
    found: list[LinkRow] = []
    for chunk in chunks(key_bytes(key) for key in keys):
        found += connection.execute(select(*COLUMNS).where(link.c.person == person, link.c.key.in_(chunk)))
    return found


def halves(rows: Iterable[LinkRow]) -> set[int]:
    """The references of both items of these links."""
    return {ref for row in rows for ref in (row.exchange, row.salesforce) if ref is not None}


def unpacked(rows: Iterable[LinkRow], idents: Mapping[int, str], series: Mapping[int, str]) -> list[Link]:
    """The links of rows, given the ids that the references stand for."""
    return [
        unpack_link(
            row.payload, row.key.hex(), idents.get(row.exchange, ""), idents.get(row.salesforce, ""), series.get(row.series, "")
        )
        for row in rows
    ]


def put_links(connection: Connection, person: int, links: Sequence[Link]) -> None:
    """Store links as they now are."""
    if not links:
        return
    rows = [_row(person, one) for one in links]
    statement = inserting(connection, link)
    changed = {name: statement.excluded[name] for name in ("exchange", "salesforce", "series", "ends", "payload")}
    many(connection, statement.on_conflict_do_update(index_elements=["person", "key"], set_=changed), rows)


def _row(person: int, one: Link) -> dict[str, Any]:
    return {
        "person": person,
        "key": key_bytes(one.key),
        "exchange": reference(Side.EXCHANGE, one.exchange_id) if one.exchange_id else None,
        "salesforce": reference(Side.SALESFORCE, one.salesforce_id) if one.salesforce_id else None,
        "series": series_reference(one.series) if one.series else None,
        "ends": seconds(one.end) if one.end else None,
        "payload": pack_link(one),
    }


def drop_links(connection: Connection, person: int, keys: Iterable[str]) -> None:
    """Forget links."""
    statement = delete(link).where(link.c.person == person, link.c.key == bindparam("gone"))
    many(connection, statement, [{"gone": key_bytes(key)} for key in keys])


def linked(connection: Connection, person: int, refs: Iterable[int]) -> set[int]:
    """Which of these references stand in a link."""
    return halves(rows_touching(connection, person, refs)).intersection(refs)


def half_of(ref: Any) -> Any:
    """The condition that an item's reference is one half of some link of its person."""
    return or_(link.c.exchange == ref, link.c.salesforce == ref)
