"""THE field table: who owns a field, when two values are equal, how it travels, what it may not exceed (SPEC 5)."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import blake2b

from msgspec import Struct

from twincal.core.item import AllDay, Item, Timed, Times
from twincal.core.trees import Prints
from twincal.core.vocabulary import Field, Side
from twincal.core.writes import Values

SUBJECT_LIMIT = 255
PLACE_LIMIT = 255
BODY_LIMIT = 32_000
LONGEST = timedelta(days=14)
"""Salesforce holds no event longer than 14 days (Object Reference, Event)."""
LONGEST_WITHOUT_MULTIDAY = timedelta(days=1)


class FieldRow(Struct, frozen=True, kw_only=True):
    """One field: `flows_from` are the sides whose edits travel, `name` its name in `Values` (empty: never written)."""

    field: Field
    flows_from: frozenset[Side]
    name: str
    own_form: Callable[[Item], bytes]
    same: Callable[[Item, Item], bool]
    note: str


def fitted(text: str, limit: int) -> str:
    """The text as Salesforce would keep it."""
    return text.strip()[:limit].rstrip()


def whole_seconds(times: Times) -> Times:
    """Times without fractions of a second, which Salesforce does not keep."""
    if isinstance(times, AllDay):
        return times
    return Timed(times.start.replace(microsecond=0), times.end.replace(microsecond=0))


def _time_form(item: Item) -> bytes:
    times = item.times
    if isinstance(times, AllDay):
        return f"D{times.first.toordinal()}-{times.last.toordinal()}".encode()
    return f"T{times.start.timestamp():.0f}-{times.end.timestamp():.0f}".encode()


def _people_form(item: Item) -> bytes:
    people = sorted([f"{p.address or p.record}|{p.role.value}|{p.invited:d}" for p in item.people])
    return ("\n".join(people) + "".join(item.whos)).encode()


def _association_form(item: Item) -> bytes:
    return (item.what or "\n".join(sorted(item.categories))).encode()


BOTH = frozenset(Side)
EXCHANGE_ONLY = frozenset({Side.EXCHANGE})
NEITHER: frozenset[Side] = frozenset()

FIELDS: tuple[FieldRow, ...] = (
    FieldRow(
        field=Field.SUBJECT,
        flows_from=BOTH,
        name="subject",
        own_form=lambda item: item.subject.encode(),
        same=lambda e, s: fitted(e.subject, SUBJECT_LIMIT) == fitted(s.subject, SUBJECT_LIMIT),
        note="Equal when equal after Salesforce's limit of 255 characters.",
    ),
    FieldRow(
        field=Field.TIME,
        flows_from=BOTH,
        name="times",
        own_form=_time_form,
        same=lambda e, s: whole_seconds(e.times) == whole_seconds(s.times),
        note="Instants compared in UTC; all-day items are pairs of dates and pass through no zone.",
    ),
    FieldRow(
        field=Field.PLACE,
        flows_from=BOTH,
        name="place",
        own_form=lambda item: item.place.encode(),
        same=lambda e, s: fitted(e.place, PLACE_LIMIT) == fitted(s.place, PLACE_LIMIT),
        note="Equal when equal after Salesforce's limit of 255 characters.",
    ),
    FieldRow(
        field=Field.SHOW_AS,
        flows_from=BOTH,
        name="show_as",
        own_form=lambda item: item.show_as.value.encode(),
        same=lambda e, s: e.show_as is s.show_as,
        note="Tentative counts as Busy, working elsewhere as Free; an equal mapping is no change.",
    ),
    FieldRow(
        field=Field.BODY,
        flows_from=EXCHANGE_ONLY,
        name="body",
        own_form=lambda item: item.body.digest,
        same=lambda e, s: e.body.digest == s.body.digest,
        note="Exchange edits reach Salesforce; a Salesforce edit never reaches or overwrites the Exchange body.",
    ),
    FieldRow(
        field=Field.PEOPLE,
        flows_from=NEITHER,
        name="",
        own_form=_people_form,
        same=lambda e, s: True,
        note="Attendees become relations by the people rules, additively; Twincal withdraws only what it added itself.",
    ),
    FieldRow(
        field=Field.ASSOCIATION,
        flows_from=NEITHER,
        name="",
        own_form=_association_form,
        same=lambda e, s: True,
        note="What stands in Salesforce is kept; categories stay in Exchange.",
    ),
)

ROWS: Mapping[Field, FieldRow] = {row.field: row for row in FIELDS}
SYNCED: tuple[Field, ...] = tuple(row.field for row in FIELDS if row.flows_from)
_OWN_FORMS = tuple((row.field, row.own_form) for row in FIELDS)


def prints(item: Item, key: bytes) -> Prints:
    """A keyed 8-byte hash of each field in the side's own form: tells that a field changed, not what it was."""
    return {field: blake2b(form(item), key=key, digest_size=8).digest() for field, form in _OWN_FORMS}


def face(item: Item) -> bytes:
    """One digest over all fields of an item, without a key: to see whether it is still as it was, whatever its version."""
    return blake2b(b"\0".join(form(item) for _, form in _OWN_FORMS), digest_size=8).digest()


def flows(field: Field, source: Side, *, masked: bool) -> bool:
    """Does an edit of this field on this side travel? The mask of a private item never flows back (SPEC 3.3)."""
    if masked and source is Side.SALESFORCE and field not in (Field.TIME, Field.SHOW_AS):
        return False
    return source in ROWS[field].flows_from


def same(field: Field, exchange: Item, salesforce: Item) -> bool:
    """Do both sides already say the same in this field?"""
    return ROWS[field].same(exchange, salesforce)


def values_of(item: Item, fields: tuple[Field, ...]) -> Values:
    """What to write to the other side so that it says the same in these fields. An unread body stays unset."""
    chosen: dict[str, object] = {}
    for field in fields:
        if field is Field.SUBJECT:
            chosen["subject"] = item.subject
        elif field is Field.TIME:
            chosen["times"] = item.times
        elif field is Field.PLACE:
            chosen["place"] = item.place
        elif field is Field.SHOW_AS:
            chosen["show_as"] = item.show_as
        elif field is Field.BODY and (item.body.text is not None or not item.body.digest):
            chosen["body"] = item.body.text or ""
    return Values(**chosen)  # type: ignore[arg-type]


def shown(field: Field, item: Item) -> str:
    """A field's value for people: in evidence and in the record of a lost value. Bodies are never shown."""
    if field is Field.SUBJECT:
        return item.subject
    if field is Field.PLACE:
        return item.place or "no place"
    if field is Field.SHOW_AS:
        return item.show_as.phrase
    if field is Field.TIME:
        return shown_times(item.times)
    return "its text" if field is Field.BODY else field.phrase


def shown_edit(field: Field, item: Item) -> str:
    """A changed field with its new value, for evidence; of body and people only the name."""
    if field in (Field.BODY, Field.PEOPLE):
        return field.phrase
    if field is Field.ASSOCIATION and item.side is Side.EXCHANGE:
        return f"categories: {', '.join(item.categories) or 'none'}"
    if field is Field.ASSOCIATION:
        return f"{field.phrase}: {item.what_name or item.what or 'nothing'}"
    return f"{field.phrase}: {shown(field, item)}"


def shown_times(times: Times) -> str:
    """Times in words, in UTC."""
    if isinstance(times, AllDay):
        days = f"{times.first:%Y-%m-%d}"
        return days if times.first == times.last else f"{days} to {times.last:%Y-%m-%d}"
    end = f"{times.end:%H:%M}" if times.start.date() == times.end.date() else f"{times.end:%Y-%m-%d %H:%M}"
    return f"{times.start:%Y-%m-%d %H:%M}–{end} UTC"


def shown_length(length: timedelta) -> str:
    """How long something takes, to the second: who reads a limit has to see by how much it is exceeded."""
    hours, rest = divmod(length.seconds, 3600)
    counts = {"day": length.days, "hour": hours, "minute": rest // 60, "second": rest % 60}
    parts = [f"{count} {unit}" if count == 1 else f"{count} {unit}s" for unit, count in counts.items() if count]
    return " ".join(parts) or "0 minutes"
