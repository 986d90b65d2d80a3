"""What has lived its time goes: rows of the history, the journal and runs after the retention, notes of what is gone."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, select

from twincal.core.pairing import item_keys
from twincal.core.vocabulary import Tab
from twincal.store.database import Database
from twincal.store.history import entries
from twincal.store.notes import expire_losses
from twincal.store.packing import SIDE_OF, key_bytes, seconds, unpack_ident
from twincal.store.tables import address, grave, held, history, item, link, note, person, receipt, run, series

Gone = dict[str, int]
"""How many rows went, by table."""


async def tidy(database: Database, now: datetime, retention_days: int) -> Gone:
    """Erase what is older than the retention, counted from when it was last judged.

    An unresolved item lives by its own clock: its row stays until its retries have ended. Items that are judged anew in
    every full cycle keep their one row. Links and trees stay: they say what is in step, not what happened.
    """
    gone = database.run(_tidied, now, seconds(now - timedelta(days=retention_days)))
    database.shrink()
    return gone


def _tidied(connection: Connection, now: datetime, before: int) -> Gone:
    gone: Gone = {"note": 0}
    settled = delete(history).where(history.c.last_attempt < before, history.c.tab != Tab.UNRESOLVED.value)
    gone["history"] = connection.execute(settled).rowcount
    gone["receipt"] = connection.execute(delete(receipt).where(receipt.c.at < before)).rowcount
    gone["run"] = connection.execute(delete(run).where(run.c.begun_at < before)).rowcount
    gone["grave"] = connection.execute(delete(grave).where(grave.c.at < before)).rowcount
    gone["held"] = connection.execute(delete(held).where(held.c.made_at < before)).rowcount
    for who in list(connection.scalars(select(person.c.id))):
        gone["history"] += _end_retries(connection, who, now, before)
        gone["note"] += _drop_notes(connection, who)
        expire_losses(connection, who, now)
    _drop_loose(connection)
    return gone


def _end_retries(connection: Connection, who: int, now: datetime, before: int) -> int:
    """Rows of unresolved items that have not been judged for long and whose retries have ended."""
    old = [
        entry.key
        for entry in entries(connection, who, Tab.UNRESOLVED)
        if seconds(entry.last_attempt) < before and (entry.retry_ends is None or entry.retry_ends <= now)
    ]
    for key in old:
        connection.execute(delete(history).where(history.c.person == who, history.c.key == key_bytes(key)))
    return len(old)


def _drop_notes(connection: Connection, who: int) -> int:
    """Notes whose item is neither linked nor in a tree any more."""
    noted = set(connection.scalars(select(note.c.key).where(note.c.person == who)))
    if not noted:
        return 0
    noted -= set(connection.scalars(select(link.c.key).where(link.c.person == who)))
    for row in connection.execute(select(item.c.side, item.c.ident).where(item.c.person == who)):
        noted.difference_update(map(key_bytes, item_keys(str(who), SIDE_OF[row.side], unpack_ident(row.ident))))
    for key in noted:
        connection.execute(delete(note).where(note.c.person == who, note.c.key == key))
    return len(noted)


def _drop_loose(connection: Connection) -> None:
    """Addresses and series of items that are gone."""
    same = exists().where(item.c.person == address.c.person, item.c.ref == address.c.ref)
    connection.execute(delete(address).where(~same))
    used = exists().where(item.c.person == series.c.person, item.c.series == series.c.ref)
    tied = exists().where(link.c.person == series.c.person, link.c.series == series.c.ref)
    connection.execute(delete(series).where(~used, ~tied))
