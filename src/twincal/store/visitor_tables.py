"""The tables of the web app: who may open it, their sessions, what administrators changed, and what people were told."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from twincal.store.tables import metadata

# Who may open the web app. `subject` names an account of an identity provider; `password` is a hash of argon2's.
visitor = Table(
    "visitor",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("subject", Text, unique=True),
    Column("password", Text),
    Column("person", ForeignKey("person.id", ondelete="CASCADE")),
    Column("active", Boolean, nullable=False),
    sqlite_autoincrement=True,
)
# Of what a visitor is an administrator; a profile has a name.
authority = Table(
    "authority",
    metadata,
    Column("visitor", ForeignKey("visitor.id", ondelete="CASCADE"), primary_key=True),
    Column("level", Text, primary_key=True),
    Column("name", Text, primary_key=True),
)
# `token` is a digest of what the cookie holds; `visitor` is NULL before somebody has signed in.
session = Table(
    "session",
    metadata,
    Column("token", LargeBinary, primary_key=True),
    Column("visitor", ForeignKey("visitor.id", ondelete="CASCADE")),
    Column("csrf", Text, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("data", Text, nullable=False),
)
Index("session_seen", session.c.seen_at)
# Links that open a door once: the first administrator, an invitation.
ticket = Table(
    "ticket",
    metadata,
    Column("token", LargeBinary, primary_key=True),
    Column("visitor", ForeignKey("visitor.id", ondelete="CASCADE")),
    Column("until", BigInteger, nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    # The person it was about goes with the person's rows; what was said of them then goes too
    Column("person", ForeignKey("person.id", ondelete="CASCADE")),
    Column("profile", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    sqlite_autoincrement=True,
)
# What a person is told: an administrator changed a setting that applies to them.
notice = Table(
    "notice",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("seen", Boolean, nullable=False),
)
Index("notice_person", notice.c.person)
