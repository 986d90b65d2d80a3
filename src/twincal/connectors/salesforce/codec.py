"""Rows of Event as items, and values as fields of a record. Pure: addresses of people come in as an argument."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from msgspec import UNSET, Struct

from twincal.connectors.salesforce.columns import KEY_FIELD, STAMP_FIELD
from twincal.connectors.salesforce.soql import bare
from twincal.connectors.salesforce.wire import EventRow, RelationRow
from twincal.core.fields import BODY_LIMIT, PLACE_LIMIT, SUBJECT_LIMIT, fitted
from twincal.core.item import AllDay, Body, Item, Participant, Timed, Times
from twincal.core.likeness import former_id
from twincal.core.vocabulary import Operation, RecordKind, Role, ShowAs, Side
from twincal.core.writes import Write
from twincal.ports import Capabilities


class Card(Struct, frozen=True):
    """What of a person is shown: both empty where the record is out of our sight."""

    address: str = ""
    name: str = ""


Cards = Mapping[str, Card]
"""Record id → card."""

KINDS: Mapping[str, RecordKind] = {"003": RecordKind.CONTACT, "00Q": RecordKind.LEAD, "005": RecordKind.USER}
"""Key prefixes of the records that are people."""
RESOURCE = "023"
"""Key prefix of a Calendar: a room or resource when it is invited."""
FORMER_ID = re.compile(r"[^\s<>\"',;=]{8,}")
MOST_IDS = 8
"""So many ids of a former product are looked at in one field; a field full of text holds no more."""
PATTERN = "3"
"""`GroupEventType` of the hidden row that holds the pattern of a series."""

_SHOWN = {"Busy": ShowAs.BUSY, "Free": ShowAs.FREE, "OutOfOffice": ShowAs.OUT_OF_OFFICE}
_PICKED = {shown: text for text, shown in _SHOWN.items()}


def is_appointment(row: EventRow) -> bool:
    """Is this a person's own event? Copies for invited users, patterns of series and rows kept by Salesforce's own sync
    clients are not (Object Reference, Event)."""
    return not (row.is_child or row.is_recurrence or row.group_event_type == PATTERN or row.is_client_managed)


def people_of(rows: Iterable[EventRow]) -> set[str]:
    """The records whose addresses are needed to read these rows."""
    return {record for row in rows for record, _ in _related(row) if record[:3] in KINDS}


def item_of(row: EventRow, cards: Cards, instance_url: str) -> Item:
    """The item a row shows. Raises ValueError when its times cannot be understood."""
    people = tuple(_participant(record, invited, cards) for record, invited in _related(row))
    return Item(
        side=Side.SALESFORCE,
        id=row.id,
        times=_times(row),
        subject=row.subject or "",
        place=row.location or "",
        show_as=_SHOWN.get(row.show_as or "", ShowAs.BUSY),
        body=Body.of(row.description) if row.description else Body(b"", ""),
        private=row.is_private,
        people=people,
        series=row.recurrence_activity_id or "",
        version=row.last_modified_date,
        mark=row.mark or "",
        stamp=row.stamp or "",
        former=_former(getattr(row, "former", None)),
        changed_by=row.last_modified_by_id or "",
        changed_at=noted(row.last_modified_date),
        created_by=row.created_by_id or "",
        what=row.what_id or "",
        what_name=(row.what.name or "") if row.what else "",
        whos=_whos(row),
        source=f"{instance_url}/{row.id}",
    )


def record_of(write: Write, owner: str, capabilities: Capabilities) -> dict[str, Any]:
    """The record to send for a create or an update: the fields that are set, and nothing else."""
    values = write.values
    record: dict[str, Any] = {"attributes": {"type": "Event"}}
    if write.operation is Operation.CREATE:
        record["OwnerId"] = owner
    else:
        record["Id"] = write.item_id
    mark = write.mark if write.operation is Operation.CREATE else values.mark
    if capabilities.key_field and mark:
        record[KEY_FIELD] = mark
    if capabilities.stamp_field and write.stamp:
        record[STAMP_FIELD] = write.stamp
    if values.subject is not UNSET:
        record["Subject"] = fitted(values.subject, SUBJECT_LIMIT)
    if values.times is not UNSET:
        record |= _time_fields(values.times)
    if values.place is not UNSET:
        record["Location"] = fitted(values.place, PLACE_LIMIT)
    if values.show_as is not UNSET:
        record["ShowAs"] = _PICKED[values.show_as]
    if values.body is not UNSET:
        record["Description"] = values.body[:BODY_LIMIT]
    if values.whos is not UNSET:
        record |= _who_fields(values.whos, capabilities)
    if values.what is not UNSET:
        record["WhatId"] = values.what or None
    return record


def parsed(text: str) -> datetime:
    """A point in time as Salesforce writes it (`2026-11-24T09:30:00.000+0000`), in UTC. Raises ValueError."""
    at = datetime.fromisoformat(text)
    try:
        return at if at.tzinfo is UTC else at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


def noted(text: str | None) -> datetime | None:
    """The same, for stamps on which no item depends: None for one that is missing or makes no sense."""
    try:
        return parsed(text) if text else None
    except ValueError:
        return None


def _times(row: EventRow) -> Times:
    start = row.start_date_time or ""
    if row.is_all_day_event:
        # The time part of an all-day row is no moment: the dates are cut out and pass through no zone.
        first = date.fromisoformat(start[:10])
        return AllDay(first, date.fromisoformat(row.end_date_time[:10]) if row.end_date_time else first)
    begins = parsed(start)
    if row.end_date_time:
        return Timed(begins, parsed(row.end_date_time))
    return Timed(begins, begins + timedelta(minutes=row.duration_in_minutes or 0))


def _time_fields(times: Times) -> dict[str, Any]:
    if isinstance(times, AllDay):
        first, last = (f"{at:%Y-%m-%d}T00:00:00.000Z" for at in (times.first, times.last))
        return {"IsAllDayEvent": True, "StartDateTime": first, "EndDateTime": last}
    start, end = (f"{at:%Y-%m-%dT%H:%M:%S}.000Z" for at in (times.start, times.end))
    return {"IsAllDayEvent": False, "StartDateTime": start, "EndDateTime": end}


def _who_fields(whos: tuple[str, ...], capabilities: Capabilities) -> dict[str, Any]:
    primary = whos[0] if whos else None
    if not capabilities.shared_activities:
        return {"WhoId": primary}
    return {"WhoId": primary, "EventWhoIds": list(whos) or None}


def _standing(row: EventRow) -> Iterator[RelationRow]:
    for relation in row.event_relations.records if row.event_relations else ():
        if not (relation.is_deleted or relation.is_what):
            yield relation


def _related(row: EventRow) -> list[tuple[str, bool]]:
    """Everybody on the row but its owner, each once: record id, and whether invited."""
    found = {
        relation.relation_id: relation.is_invitee for relation in _standing(row) if relation.relation_id != row.owner_id
    }  # fmt: skip
    if row.who_id:
        found.setdefault(row.who_id, False)
    return list(found.items())


def _former(text: str | None) -> tuple[str, ...]:
    """Every id in a field that a former product filled, which may have put words around it."""
    return tuple(dict.fromkeys(former_id(word) for word in FORMER_ID.findall(text or "")[:MOST_IDS]))


def _whos(row: EventRow) -> tuple[str, ...]:
    """Related Contacts or Leads, the primary one first."""
    others = [r.relation_id for r in _standing(row) if r.is_parent and r.relation_id != row.who_id]
    return (*([row.who_id] if row.who_id else []), *others)


def _participant(record: str, invited: bool, cards: Cards) -> Participant:
    card = cards.get(bare(record), Card())
    return Participant(
        address=card.address,
        name=card.name,
        role=Role.RESOURCE if record.startswith(RESOURCE) else Role.REQUIRED,
        record=record,
        record_kind=KINDS.get(record[:3]),
        invited=invited,
    )
