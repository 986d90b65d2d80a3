"""Wire to Item and Values to wire: pure. Enums are read without regard to case; odd values never lose an item."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from twincal.connectors.graph.wire import MARK_PROPERTY, STAMP_PROPERTY, EventRow, Moment, Recipient
from twincal.connectors.html import join_link, marked_up, readable
from twincal.connectors.zones import UTC_NAMES, known_zone, zone
from twincal.core.item import AllDay, Body, Item, Participant, Timed, Times
from twincal.core.likeness import former_id
from twincal.core.vocabulary import Role, ShowAs, Side
from twincal.core.writes import Values, Write

NAMESPACE = uuid.UUID("9c1f8f0e-5d0b-4f57-9a0e-6f4f7c1d2b3a")
SHOW_AS = {"free": ShowAs.FREE, "workingelsewhere": ShowAs.FREE, "oof": ShowAs.OUT_OF_OFFICE}
SHOWN_AS = {ShowAs.BUSY: "busy", ShowAs.FREE: "free", ShowAs.OUT_OF_OFFICE: "oof"}
ROLES = {"optional": Role.OPTIONAL, "resource": Role.RESOURCE}
PRIVATE = frozenset({"private", "confidential"})
"""`personal` is no more than a label (SPEC 3.3)."""


def instant(moment: Moment, otherwise: str | None = None) -> datetime:
    """A wall time with its zone as an instant in UTC, in whole seconds; `otherwise` names the zone where its own is unknown.
    Raises ValueError or OverflowError for what is no time."""
    local = datetime.fromisoformat(moment.date_time[:19])
    if moment.time_zone in UTC_NAMES:
        return local.replace(tzinfo=UTC)
    return local.replace(tzinfo=known_zone(moment.time_zone) or zone(otherwise or "")).astimezone(UTC)


def times_of(row: EventRow, *, all_day: bool | None = None) -> Times:
    """When it is. All-day items are dates: midnight comes in any zone, so only the date part counts."""
    if row.start is None or row.end is None:
        raise ValueError("an event without start or end")
    if row.is_all_day if all_day is None else all_day:
        first, after = date.fromisoformat(row.start.date_time[:10]), date.fromisoformat(row.end.date_time[:10])
        return AllDay(first, max(first, after - timedelta(days=1)))
    start, end = instant(row.start, row.original_start_time_zone), instant(row.end, row.original_start_time_zone)
    return Timed(start, max(start, end))


def whole(row: EventRow, master: EventRow) -> EventRow:
    """A bare occurrence with everything that its series says of it."""
    return replace(
        master,
        id=row.id,
        etag=row.etag or master.etag,
        type="occurrence",
        start=row.start,
        end=row.end,
        series_master_id=master.id,
        original_start=row.original_start,
        transaction_id=None,
        web_link=row.web_link,
        single_value_extended_properties=None,
    )


def sibling_of(first: Item, row: EventRow) -> Item:
    """A bare occurrence as its sibling is, at its own time. Raises ValueError for a row without usable times."""
    times = times_of(row, all_day=isinstance(first.times, AllDay))
    return replace(
        first,
        id=row.id,
        times=times,
        original_start=times.first if isinstance(times, AllDay) else times.start,
        version=row.etag or first.version,
        source=row.web_link or "",
    )


def item_of(row: EventRow) -> Item:
    """The item of a whole row. Raises ValueError or OverflowError for a row without usable times."""
    times = times_of(row)
    body = _body(row)
    people = tuple(person for person in map(_participant, row.attendees or ()) if person is not None)
    found = Item(
        side=Side.EXCHANGE,
        id=row.id,
        times=times,
        subject=row.subject if isinstance(row.subject, str) else "",
        place=(row.location.display_name or "") if row.location else "",
        show_as=SHOW_AS.get((row.show_as or "").lower(), ShowAs.BUSY),
        body=body,
        private=(row.sensitivity or "").lower() in PRIVATE,
        organizer=_participant(row.organizer) if row.organizer else None,
        organized_by_owner=row.is_organizer is not False,
        people=people,
        categories=tuple(row.categories or ()),
        series=row.series_master_id or "",
        original_start=_original(row, times),
        cancelled=bool(row.is_cancelled),
        online_meeting=bool(row.is_online_meeting) or bool(join_link(body.text or "")),
        version=row.etag,
        changed_at=_stamp(row.last_modified_date_time),
        source=row.web_link or "",
        former=(former_id(row.ical_uid),) if row.ical_uid else (),
        created_by=f"transaction:{row.transaction_id}" if row.transaction_id else "",
    )
    return _with_marks(found, row)


def _with_marks(item: Item, row: EventRow) -> Item:
    marks = {prop.id: prop.value or "" for prop in row.single_value_extended_properties or ()}
    return replace(item, mark=marks.get(MARK_PROPERTY, ""), stamp=marks.get(STAMP_PROPERTY, "")) if marks else item


def _body(row: EventRow) -> Body:
    """The readable text: as Exchange made it when it was asked for text, made here where it answered HTML."""
    if row.body is None or not row.body.content:
        return Body.of("")
    content = row.body.content
    return Body.of(content if row.body.content_type.lower() == "text" else readable(content))


def _participant(row: Recipient) -> Participant | None:
    """Somebody with an SMTP address; a legacy Exchange name stands beside the same person's address and is dropped."""
    address = (row.email_address.address or "").strip().lower() if row.email_address else ""
    if "@" not in address:
        return None
    name = (row.email_address.name or "") if row.email_address else ""
    return Participant(address, name, ROLES.get((row.type or "").lower(), Role.REQUIRED))


def _original(row: EventRow, times: Times) -> datetime | date | None:
    """Which instance of its series it is: an instant, or a date where the series is of whole days."""
    if not row.series_master_id:
        return None
    stamp = _stamp(row.original_start)
    if stamp is None:
        return times.first if isinstance(times, AllDay) else times.start
    return _day(stamp, row) if isinstance(times, AllDay) else stamp


def _day(stamp: datetime, row: EventRow) -> date | datetime:
    """The day that began at this instant where the event was made; in an unknown place, the day whose midnight in UTC is
    nearest. An instant that is no midnight there is one of a timed series, of which an instance was made a whole day."""
    there = known_zone(row.original_start_time_zone or "")
    if there is None:
        return (stamp + timedelta(hours=12)).date()
    local = stamp.astimezone(there)
    return local.date() if local.time() == time.min else stamp


def _stamp(text: str | None) -> datetime | None:
    """A moment in UTC; None for what Graph writes when there is none (`0001-01-01…`)."""
    if not text or text.startswith("0001"):
        return None
    try:
        return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
    except ValueError:
        return None


def transaction_id(mark: str) -> str:
    """The name under which a create can be sent any number of times and makes one event."""
    return str(uuid.uuid5(NAMESPACE, mark))


def created(write: Write) -> dict[str, Any]:
    """The body of a POST."""
    return {**_wire(write.values), "transactionId": transaction_id(write.mark), **_marks((MARK_PROPERTY, write.mark), write)}


def changed(write: Write) -> dict[str, Any]:
    """The body of a PATCH: changed fields, the new stamp, and the mark where it had gone."""
    mark = "" if write.values.mark is UNSET else write.values.mark
    return {**_wire(write.values), **_marks((MARK_PROPERTY, mark), write)}


def _marks(mark: tuple[str, str], write: Write) -> dict[str, Any]:
    told = [{"id": name, "value": value} for name, value in (mark, (STAMP_PROPERTY, write.stamp)) if value]
    return {"singleValueExtendedProperties": told} if told else {}


def _wire(values: Values) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if values.subject is not UNSET:
        told["subject"] = values.subject
    if values.times is not UNSET:
        told |= _times(values.times)
    if values.place is not UNSET:
        told["location"] = {"displayName": values.place}
    if values.show_as is not UNSET:
        told["showAs"] = SHOWN_AS[values.show_as]
    if values.body is not UNSET:
        told["body"] = {"contentType": "html", "content": marked_up(values.body)}
    if values.invitees is not UNSET:
        told["attendees"] = [
            {"type": person.role.value, "emailAddress": {"address": person.address, "name": person.name or person.address}}
            for person in values.invitees
        ]
    return told


def _times(times: Times) -> dict[str, Any]:
    if isinstance(times, AllDay):
        after = times.last + timedelta(days=1)
        return {"isAllDay": True, "start": _midnight(times.first), "end": _midnight(after)}
    return {"isAllDay": False, "start": _utc(times.start), "end": _utc(times.end)}


def _midnight(day: date) -> dict[str, str]:
    return {"dateTime": f"{day.isoformat()}T00:00:00", "timeZone": "UTC"}


def _utc(moment: datetime) -> dict[str, str]:
    return {"dateTime": moment.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}
