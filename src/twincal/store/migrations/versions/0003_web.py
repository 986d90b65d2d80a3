"""Who may open the web app, their sessions, what administrators changed, what people were told; a history in pages."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """All tables are new and empty."""
    op.create_table(
        "visitor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("person", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("subject"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "authority",
        sa.Column("visitor", sa.Integer(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["visitor"], ["visitor.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("visitor", "level", "name"),
    )
    _sessions()
    _records()
    _shelf()


def _sessions() -> None:
    op.create_table(
        "session",
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("visitor", sa.Integer(), nullable=True),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["visitor"], ["visitor.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("session_seen", "session", ["seen_at"])
    op.create_table(
        "ticket",
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("visitor", sa.Integer(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["visitor"], ["visitor.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token"),
    )


def _records() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=True),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("notice_person", "notice", ["person"])


def _shelf() -> None:
    """The columns that rows are sorted and searched by; the next version fills them."""
    for name in ("starts", "ends", "retry_ends"):
        op.add_column("history", sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column("history", sa.Column("attempts", sa.Integer(), nullable=True))
    for name in ("origin", "subject", "organizer", "participants", "matched", "related_to", "waiting"):
        op.add_column("history", sa.Column(name, sa.Text(), nullable=True))
    op.create_index("history_start", "history", ["person", "tab", "starts", "key"])
