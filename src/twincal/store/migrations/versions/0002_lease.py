"""Who may write is a lease; pairs that have ended and what was overwritten are remembered."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """The one row is written by the first process that opens the database to write."""
    op.create_table(
        "lease",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("intent", sa.Column("before", sa.LargeBinary(), nullable=True))
    op.add_column("receipt", sa.Column("former", sa.LargeBinary(), nullable=True))
    op.create_table(
        "grave",
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("ref", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person", "ref", "key"),
    )
    op.create_index("grave_at", "grave", ["at"])
    op.create_index("grave_key", "grave", ["person", "key"])
