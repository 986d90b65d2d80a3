"""A home that a former version has written, and this one opens."""

from pathlib import Path

from sqlalchemy import Connection, text, update

from twincal.store.database import Database
from twincal.store.store import Store
from twincal.store.tables import lease

FORMER = "0002"
NEW_TABLES = ("authority", "session", "ticket", "audit", "notice", "visitor")
NEW_COLUMNS = (
    "starts", "ends", "retry_ends", "attempts", "origin", "subject", "organizer", "participants", "matched", "related_to",
    "waiting", "series",
)  # fmt: skip


def upgraded(store: Store) -> None:
    """Take away what the newest migrations bring, as a home of the former version has it, and migrate. Nobody writes meanwhile."""
    store.database.lease = None
    store.database.run(_former)
    store.database._bring_up_to_date()


def put_back(folder: Path) -> None:
    """Let a home on disk be as the former version left it. Raises HomeUnusable while a process uses it."""
    database = Database.open(folder)
    database.lease = None
    database.run(_former)
    database.close()


def _former(connection: Connection) -> None:
    connection.execute(update(lease).values(until=0.1))
    connection.execute(text("DROP INDEX history_start"))
    for table in NEW_TABLES:
        connection.execute(text(f"DROP TABLE {table}"))
    for column in NEW_COLUMNS:
        connection.execute(text(f"ALTER TABLE history DROP COLUMN {column}"))
    connection.execute(text("UPDATE alembic_version SET version_num = :former"), {"former": FORMER})
