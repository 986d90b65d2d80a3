"""The series of a row of the history beside it, so that rows are folded without reading each of them whole."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import select, update

from twincal.store.packed import unpack_entry
from twincal.store.packing import moment_at
from twincal.store.shelf import shelved
from twincal.store.tables import history

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Rows that are there get everything they are sorted, searched and folded by."""
    op.add_column("history", sa.Column("series", sa.BigInteger(), nullable=True))
    connection = op.get_bind()
    for row in connection.execute(select(history)).all():
        seen = moment_at(row.first_seen)
        here = (history.c.person == row.person, history.c.key == row.key)
        connection.execute(update(history).where(*here).values(**shelved(unpack_entry(row.payload, "", seen, seen, None))))
