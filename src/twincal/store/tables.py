"""The tables. Portable SQL: keys of 16 bytes, people as small integers, times as whole seconds since 1970 (UTC).

An item is named by its *reference*, 63 bits of a hash of side and id (packing.reference), so that links, addresses and
series can point to it without a look-up. What is only read back as a whole stands packed in `payload`.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()


def _person() -> Column[int]:
    """Rows of a person go with the person."""
    return Column("person", Integer, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)


organization = Table(
    "organization",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
)
subscription = Table(
    "subscription",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("organization", ForeignKey("organization.id"), nullable=False),
    Column("name", Text, nullable=False, unique=True),
)
profile = Table(
    "profile",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscription", ForeignKey("subscription.id"), nullable=False),
    Column("name", Text, nullable=False, unique=True),
)
person = Table(
    "person",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("profile", ForeignKey("profile.id"), nullable=False),
    Column("mailbox", Text, nullable=False, unique=True),
    Column("aliases", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("salesforce_username", Text, nullable=False),
    Column("salesforce_user_id", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    # When a plan over everything was finished for the first time; until then it is the first sync.
    Column("first_synced", BigInteger),
    sqlite_autoincrement=True,  # the id of somebody who was removed never names anybody else
)
connection = Table(
    "connection",
    metadata,
    Column("subscription", ForeignKey("subscription.id"), primary_key=True),
    Column("side", SmallInteger, primary_key=True, autoincrement=False),
    Column("settings", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("capabilities", Text),
)
sealed = Table(
    "sealed",
    metadata,
    Column("name", Text, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
)
setting = Table(
    "setting",
    metadata,
    Column("key", Text, primary_key=True),
    Column("level", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text),
    Column("lock", Boolean, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", BigInteger),
)
# Who may write: one row. `until` is in seconds of the machine's clock, 0 once given back; `alone` with the lock's file.
lease = Table(
    "lease",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("until", Float, nullable=False),
    Column("alone", Boolean, nullable=False),
)
cursor = Table(
    "cursor",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

item = Table(
    "item",
    metadata,
    _person(),
    Column("ref", BigInteger, primary_key=True, autoincrement=False),
    Column("side", SmallInteger, nullable=False),
    Column("ident", LargeBinary, nullable=False),
    Column("series", BigInteger),
    Column("starts", BigInteger),
    Column("ends", BigInteger),
    # 0 shown, 1 private, 2 the other half of a link whose one half is private
    Column("private", SmallInteger, nullable=False),
    # Grows with each look; NULL once judged
    Column("touched", BigInteger),
    Column("absent", LargeBinary),
    # NULL while nothing but the id is known
    Column("payload", LargeBinary),
)
Index("item_start", item.c.person, item.c.side, item.c.starts)
Index(
    "item_series",
    item.c.person,
    item.c.series,
    sqlite_where=item.c.series.is_not(None),
)
Index(
    "item_touched",
    item.c.person,
    item.c.touched,
    sqlite_where=item.c.touched.is_not(None),
)
Index("item_private", item.c.person, sqlite_where=item.c.private != 0)

series = Table(
    "series",
    metadata,
    _person(),
    Column("ref", BigInteger, primary_key=True, autoincrement=False),
    Column("ident", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
# Whose addresses stand on an item: 32 bits of a hash, enough to find the items a new Contact or Lead may concern.
address = Table(
    "address",
    metadata,
    _person(),
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("ref", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
link = Table(
    "link",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("exchange", BigInteger),
    Column("salesforce", BigInteger),
    Column("series", BigInteger),
    Column("ends", BigInteger),
    Column("payload", LargeBinary, nullable=False),
    UniqueConstraint("person", "key"),
)
Index("link_exchange", link.c.person, link.c.exchange)
Index("link_salesforce", link.c.person, link.c.salesforce)
Index("link_ends", link.c.person, link.c.ends)
Index(
    "link_series",
    link.c.person,
    link.c.series,
    sqlite_where=link.c.series.is_not(None),
)

# What an item was a half of before the pair ended or another took its place.
grave = Table(
    "grave",
    metadata,
    _person(),
    Column("ref", BigInteger, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
)
Index("grave_at", grave.c.at)
Index("grave_key", grave.c.person, grave.c.key)

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("everything", Boolean, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("writes", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("mail", Integer, nullable=False),
    sqlite_autoincrement=True,
)
Index("run_person", run.c.person)
# The primary key lets no second write to the same half of a link begin while the end of one is not known.
intent = Table(
    "intent",
    metadata,
    _person(),
    Column("key", LargeBinary, primary_key=True),
    Column("side", SmallInteger, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("run", Integer, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    # The item as it stood, for the journal; NULL once the item has become private
    Column("before", LargeBinary),
    Index("intent_id", "person", "id"),
)
receipt = Table(
    "receipt",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("run", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    # The item before and the values written, without bodies; NULL once the item has become private
    Column("before", LargeBinary),
    Column("after", LargeBinary),
    # The body that was overwritten or deleted, sealed
    Column("former", LargeBinary),
)
Index("receipt_key", receipt.c.person, receipt.c.key)
history = Table(
    "history",
    metadata,
    _person(),
    Column("key", LargeBinary, primary_key=True),
    Column("tab", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_attempt", BigInteger, nullable=False),
    Column("next_attempt", BigInteger),
    Column("payload", LargeBinary, nullable=False),
    # What rows are sorted and searched by (shelf.py), texts with case folded
    Column("starts", BigInteger),
    Column("ends", BigInteger),
    Column("origin", Text),
    Column("attempts", Integer),
    Column("retry_ends", BigInteger),
    Column("subject", Text),
    Column("organizer", Text),
    Column("participants", Text),
    Column("matched", Text),
    Column("related_to", Text),
    # The addresses that have no record, with a blank between them
    Column("waiting", Text),
    # What stands for the series that it belongs to
    Column("series", BigInteger),
)
Index("history_start", history.c.person, history.c.tab, history.c.starts, history.c.key)
Index("history_count", history.c.person, history.c.tab, history.c.verdict, history.c.code)
Index(
    "history_due",
    history.c.person,
    history.c.next_attempt,
    sqlite_where=history.c.next_attempt.is_not(None),
)
note = Table(
    "note",
    metadata,
    _person(),
    Column("key", LargeBinary, primary_key=True),
    Column("payload", LargeBinary, nullable=False),
)
held = Table(
    "held",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("released_by", Text),
    Column("released_at", BigInteger),
)
Index("held_person", held.c.person)
