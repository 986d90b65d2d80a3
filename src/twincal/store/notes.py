"""Notes on items: read and kept one by one, and the values in them that lost a conflict."""

from collections.abc import Callable, Collection
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Connection, delete, select

from twincal.core.decision import Plan
from twincal.core.losses import noted, remaining
from twincal.core.scene import Note
from twincal.store.batches import chunks, put
from twincal.store.packed import pack_note, unpack_note
from twincal.store.packing import key_bytes
from twincal.store.tables import note


def read_note(connection: Connection, who: int, key: str) -> Note:
    """What is remembered of an item; an empty note where nothing is."""
    packed = connection.scalar(select(note.c.payload).where(note.c.person == who, note.c.key == key_bytes(key)))
    return replace(unpack_note(packed), key=key) if packed is not None else Note(key=key)


def keep_note(connection: Connection, who: int, kept: Note) -> None:
    """Store a note; an empty one is no note."""
    if kept == Note(key=kept.key):
        connection.execute(delete(note).where(note.c.person == who, note.c.key == key_bytes(kept.key)))
    else:
        put(connection, note, [{"person": who, "key": key_bytes(kept.key), "payload": pack_note(replace(kept, key=""))}])


def keep_losses(connection: Connection, who: int, plan: Plan) -> None:
    """What the writes of a plan are about to overwrite, before they are sent."""
    for step in plan.steps:
        if step.lost:
            keep_note(connection, who, noted(read_note(connection, who, step.key), step, plan.made_at))


def erase_losses(connection: Connection, who: int, keys: Collection[bytes]) -> None:
    """Nothing that lost is left of these items."""
    for chunk in chunks(keys):
        _change(connection, who, lambda kept: replace(kept, losses=()), note.c.key.in_(chunk))


def expire_losses(connection: Connection, who: int, now: datetime) -> None:
    """Values whose time has come go."""
    _change(connection, who, lambda kept: replace(kept, losses=remaining(kept.losses, now)))


def _change(connection: Connection, who: int, change: Callable[[Note], Note], *which: object) -> None:
    rows = connection.execute(select(note.c.key, note.c.payload).where(note.c.person == who, *which)).all()  # type: ignore[arg-type]
    for row in rows:
        kept = replace(unpack_note(row.payload), key=row.key.hex())
        if kept.losses and (changed := change(kept)) != kept:
            keep_note(connection, who, changed)
