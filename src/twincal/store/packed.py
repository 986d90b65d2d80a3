"""Items, links, rows of the history and intents as they stand in a payload: arrays without names, ids left to the columns.

Texts of private items and of bodies never get into a payload of an item: it is `pack_item` that leaves them out.
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder

from twincal.core.decision import Decision, Entry, Matched, ParticipantVerdict
from twincal.core.item import Body, Item, Participant, Times
from twincal.core.privacy import shielded
from twincal.core.scene import Note
from twincal.core.settings_table import PrivateItems
from twincal.core.trees import Link
from twincal.core.vocabulary import Kind, ShowAs, Side
from twincal.core.writes import Absent, Write
from twincal.store.packing import (
    pack_ident,
    pack_moment,
    pack_prints,
    unpack_ident,
    unpack_instant,
    unpack_moment,
    unpack_prints,
)


class PackedItem(Struct, frozen=True, array_like=True):
    """An item without side, id, series and the text of its body."""

    version: str
    mark: str
    private: bool
    times: Times
    subject: str
    place: str
    show_as: ShowAs
    digest: bytes
    masked: bool
    organizer: Participant | None
    organized_by_owner: bool
    people: tuple[Participant, ...]
    categories: tuple[str, ...]
    original_start: int | None
    cancelled: bool
    online_meeting: bool
    stamp: str
    changed_by: str
    changed_at: datetime | None
    created_by: str
    what: str
    what_name: str
    whos: tuple[str, ...]
    source: str
    unnamed: int = 0
    former: tuple[str, ...] = ()


class PackedAbsent(Struct, frozen=True, array_like=True):
    """What is known of an id that is no longer in the calendar."""

    deleted: bool
    by: str
    at: datetime | None
    changed_at: datetime | None


class PackedLink(Struct, frozen=True, array_like=True):
    """A link; key, ids and series are empty where columns hold them."""

    generation: int
    born: Side
    kind: Kind
    prints: bytes
    added: tuple[str, ...]
    whos: tuple[str, ...]
    what: str
    frozen: str
    designated: bool
    masked: bool
    original_start: int | None
    end: int | None
    key: str = ""
    exchange_id: str = ""
    salesforce_id: str = ""
    series: str = ""


class PackedEntry(Struct, frozen=True, array_like=True):
    """A row of the history without its key; what is filtered and retried by stands in columns as well."""

    origin: Side
    decision: Decision
    subject: str
    start: int | None
    end: int | None
    series: bytes
    organizer: str
    participants: tuple[ParticipantVerdict, ...]
    matched: tuple[Matched, ...]
    related_to: str
    exchange_id: bytes
    salesforce_id: str
    source: str
    lost: Mapping[str, str]
    attempts: int
    retry_ends: int | None


class PackedIntent(Struct, frozen=True, array_like=True):
    """A write that was begun, the link it is for, and the payload of the row that a deletion leaves."""

    write: Write
    link: PackedLink | None
    entry: bytes = b""


_encode = Encoder().encode
_items, _absents, _links = Decoder(PackedItem), Decoder(PackedAbsent), Decoder(PackedLink)
_entries, _intents, _notes = Decoder(PackedEntry), Decoder(PackedIntent), Decoder(Note)


def pack_item(item: Item) -> bytes:
    """The payload of an item: the body by its digest alone, a private item without any text."""
    if item.private:
        item = shielded(item, PrivateItems.OFF)
    return _encode(
        PackedItem(
            item.version, item.mark, item.private, item.times, item.subject, item.place, item.show_as, item.body.digest,
            item.masked, item.organizer, item.organized_by_owner, item.people, item.categories,
            pack_moment(item.original_start), item.cancelled, item.online_meeting, item.stamp, item.changed_by,
            item.changed_at, item.created_by, item.what, item.what_name, item.whos, item.source,
            item.unnamed, item.former,
        )
    )  # fmt: skip


def unpack_item(packed: bytes, side: Side, ident: str, series: str) -> Item:
    """The item of a payload; its body has a digest but no text."""
    p = _items.decode(packed)
    return Item(
        side=side, id=ident, series=series, version=p.version, mark=p.mark, private=p.private, times=p.times,
        subject=p.subject, place=p.place, show_as=p.show_as, body=Body(p.digest), masked=p.masked, organizer=p.organizer,
        organized_by_owner=p.organized_by_owner, people=p.people, categories=p.categories,
        original_start=unpack_moment(p.original_start), cancelled=p.cancelled, online_meeting=p.online_meeting,
        stamp=p.stamp, changed_by=p.changed_by, changed_at=p.changed_at, created_by=p.created_by, what=p.what,
        what_name=p.what_name, whos=p.whos, source=p.source, unnamed=p.unnamed,
        former=p.former,
    )  # fmt: skip


def pack_absent(absent: Absent) -> bytes:
    """What is known of an absent id; never the item it was."""
    return _encode(PackedAbsent(absent.deleted, absent.by, absent.at, absent.changed_at))


def unpack_absent(packed: bytes, ident: str) -> Absent:
    """The absent id."""
    p = _absents.decode(packed)
    return Absent(ident, p.deleted, p.by, p.at, p.changed_at)


def packed_link(link: Link, *, whole: bool) -> PackedLink:
    """A link for a payload; `whole` includes what the link's row has in columns."""
    return PackedLink(
        link.generation, link.born, link.kind, pack_prints(link.exchange, link.salesforce), link.added, link.whos, link.what,
        link.frozen, link.designated, link.masked, pack_moment(link.original_start), pack_moment(link.end),
        *((link.key, link.exchange_id, link.salesforce_id, link.series) if whole else ()),
    )  # fmt: skip


def pack_link(link: Link) -> bytes:
    """The payload of a link's row."""
    return _encode(packed_link(link, whole=False))


def link_of(p: PackedLink, key: str, exchange_id: str, salesforce_id: str, series: str) -> Link:
    """The link of a packed one."""
    exchange, salesforce = unpack_prints(p.prints)
    return Link(
        key=key, generation=p.generation, exchange_id=exchange_id, salesforce_id=salesforce_id, born=p.born, kind=p.kind,
        exchange=exchange, salesforce=salesforce, added=p.added, whos=p.whos, what=p.what, frozen=p.frozen,
        designated=p.designated, masked=p.masked, series=series, original_start=unpack_moment(p.original_start),
        end=unpack_instant(p.end),
    )  # fmt: skip


def unpack_link(packed: bytes, key: str, exchange_id: str, salesforce_id: str, series: str) -> Link:
    """The link of a row."""
    return link_of(_links.decode(packed), key, exchange_id, salesforce_id, series)


def pack_intent(write: Write, link: Link | None, entry: Entry | None = None) -> bytes:
    """The payload of an intent."""
    tie = packed_link(link, whole=True) if link else None
    return _encode(PackedIntent(write, tie, pack_entry(entry) if entry else b""))


def unpack_intent(packed: bytes) -> tuple[Write, Link | None]:
    """The write, and the link it is for."""
    p = _intents.decode(packed)
    link = link_of(p.link, p.link.key, p.link.exchange_id, p.link.salesforce_id, p.link.series) if p.link else None
    return p.write, link


def entry_of_intent(packed: bytes, key: str, at: datetime) -> Entry | None:
    """The row of the history that came with an intent."""
    entry = _intents.decode(packed).entry
    return unpack_entry(entry, key, at, at, None) if entry else None


def pack_entry(entry: Entry) -> bytes:
    """The payload of a row of the history."""
    return _encode(
        PackedEntry(
            entry.origin, entry.decision, entry.subject, pack_moment(entry.start), pack_moment(entry.end),
            pack_ident(entry.series), entry.organizer, entry.participants, entry.matched, entry.related_to,
            pack_ident(entry.exchange_id), entry.salesforce_id, entry.source, entry.lost, entry.attempts,
            pack_moment(entry.retry_ends),
        )
    )  # fmt: skip


def unpack_entry(packed: bytes, key: str, first_seen: datetime, last_attempt: datetime, next_attempt: datetime | None) -> Entry:
    """The row of the history."""
    p = _entries.decode(packed)
    return Entry(
        key=key, origin=p.origin, decision=p.decision, subject=p.subject, start=unpack_moment(p.start),
        end=unpack_moment(p.end), series=unpack_ident(p.series), organizer=p.organizer, participants=p.participants,
        matched=p.matched, related_to=p.related_to, exchange_id=unpack_ident(p.exchange_id), salesforce_id=p.salesforce_id,
        source=p.source, lost=p.lost, first_seen=first_seen, last_attempt=last_attempt, attempts=p.attempts,
        next_attempt=next_attempt, retry_ends=unpack_instant(p.retry_ends),
    )  # fmt: skip


def pack_note(note: Note) -> bytes:
    """The payload of a note."""
    return _encode(note)


def unpack_note(packed: bytes) -> Note:
    """The note."""
    return _notes.decode(packed)
