"""Pairs that have ended: what an item was a half of, for when it is taken out of the bin again."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, select

from twincal.core.pairing import item_key
from twincal.core.scene import Grave
from twincal.core.trees import Link
from twincal.core.vocabulary import Side
from twincal.store import links
from twincal.store.batches import AnyRow, chunks, put
from twincal.store.packing import key_bytes, reference, seconds
from twincal.store.tables import grave


class Burial(Struct, frozen=True):
    """A link as it was, and as it is now: None when the pair has ended."""

    before: Link
    now: Link | None = None


def bury(connection: Connection, who: int, burials: Iterable[Burial], at: datetime) -> None:
    """Remember the halves that are no longer halves."""
    rows = [
        {
            "person": who,
            "ref": reference(side, ident),
            "key": key_bytes(one.before.key),
            "generation": one.before.generation,
            "at": seconds(at),
        }
        for one in burials
        for side in Side
        if (ident := one.before.id_on(side)) and (one.now is None or one.now.id_on(side) != ident)
    ]
    if rows:
        put(connection, grave, rows)


def graves(connection: Connection, who: int, free: Mapping[int, tuple[Side, str]]) -> dict[tuple[Side, str], Grave]:
    """What these unlinked items were before, as far as they were anything."""
    found: dict[int, list[AnyRow]] = {}
    for chunk in chunks(free):
        rows = connection.execute(select(grave).where(grave.c.person == who, grave.c.ref.in_(chunk)))
        for row in rows:
            found.setdefault(row.ref, []).append(row)
    if not found:
        return {}
    every = [row for rows in found.values() for row in rows]
    alive = _going_on(connection, who, {row.key for row in every})
    return {free[ref]: _grave(str(who), *free[ref], rows, alive) for ref, rows in found.items()}


def _going_on(connection: Connection, who: int, keys: Collection[bytes]) -> set[bytes]:
    """Which of these pairs go on: under their own key, or as another pair of which a former half is a half."""
    alive = {row.key for row in links.rows_by_key(connection, who, [key.hex() for key in keys])}
    members: dict[int, set[bytes]] = {}
    for chunk in chunks(keys):
        for row in connection.execute(select(grave.c.ref, grave.c.key).where(grave.c.person == who, grave.c.key.in_(chunk))):
            members.setdefault(row.ref, set()).add(row.key)
    linked = links.linked(connection, who, members)
    return alive.union(*(members[ref] for ref in linked))


def _grave(who: str, side: Side, ident: str, rows: list[AnyRow], alive: Collection[bytes]) -> Grave:
    own = key_bytes(item_key(who, side, ident))
    return Grave(
        keys=tuple(row.key.hex() for row in rows),
        generation=max((row.generation for row in rows if row.key == own), default=0),
        replaced=any(row.key in alive for row in rows),
    )
