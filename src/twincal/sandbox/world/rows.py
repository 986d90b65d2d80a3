"""One VEVENT as a row that can be booked: its times, and what it says, in Graph's JSON."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from twincal.sandbox.world.contentlines import Component, Property
from twincal.sandbox.world.moments import Moment, Unreadable, Zones, duration_of

SENSITIVITY = {"PUBLIC": "normal", "PRIVATE": "private", "CONFIDENTIAL": "confidential", "PERSONAL": "personal"}
BUSY = {"FREE": "free", "TENTATIVE": "tentative", "BUSY": "busy", "OOF": "oof", "WORKINGELSEWHERE": "workingElsewhere"}
BY_STATUS = {"TENTATIVE": "tentative", "CANCELLED": "free"}
ANSWERS = {
    "ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentativelyAccepted", "NEEDS-ACTION": "notResponded",
}  # fmt: skip
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose calendar it is. `addresses` are all that mean this person, in lower case."""

    address: str
    name: str
    addresses: frozenset[str]

    def is_me(self, address: str) -> bool:
        """Whether an address of the file is the owner's."""
        return address.casefold() in self.addresses


@dataclass(frozen=True, slots=True)
class Row:
    """One VEVENT that could be read. `original` is its RECURRENCE-ID, by which it replaces an instance of a series."""

    component: Component
    uid: str
    start: Moment
    end: Moment
    original: Moment | None

    @property
    def length(self) -> timedelta:
        """From start to end: exact, or whole days."""
        return self.end.wall - self.start.wall if self.start.all_day else self.end.instant - self.start.instant

    @property
    def is_cancelled(self) -> bool:
        """STATUS:CANCELLED."""
        return self.component.text("STATUS").upper() == "CANCELLED"

    def times_at(self, wall: datetime) -> tuple[datetime, datetime]:
        """The instants of an instance that begins at another wall time."""
        begin = self.start.at(wall)
        return begin, self.start.at(wall + self.length) if self.start.all_day else begin + self.length


def read_row(part: Component, uid: str, zones: Zones) -> Row:
    """The row of a VEVENT. Raises Unreadable, OverflowError for years that no calendar holds."""
    begin, original = part.first("DTSTART"), part.first("RECURRENCE-ID")
    if not part.closed:
        raise Unreadable("the event never ends: the file is cut off", part.line)
    if begin is None:
        raise Unreadable("an event without DTSTART", part.line)
    start = zones.moment(begin)
    row = Row(part, uid, start, _end(part, start, zones), zones.moment(original) if original else None)
    if row.length < timedelta():
        raise Unreadable("it ends before it starts", begin.line)
    return row


def _end(part: Component, start: Moment, zones: Zones) -> Moment:
    given, length = part.first("DTEND"), part.first("DURATION")
    end = start
    if given is not None:
        end = zones.moment(given)
        if end.all_day != start.all_day:
            raise Unreadable("DTSTART and DTEND are not both dates or both times", given.line)
    elif length is not None:
        end = _after(start, duration_of(length))
    # A whole day that ends where it starts is that one day (RFC 5545 section 3.6.1, and as Outlook reads it).
    return _after(start, DAY) if start.all_day and end.wall == start.wall else end


def _after(start: Moment, length: timedelta) -> Moment:
    """Days are days of the calendar, the rest is exact (RFC 5545 section 3.3.6)."""
    days, rest = length - length % DAY, length % DAY
    wall = start.wall + days
    if start.all_day or not rest:
        return Moment(wall, start.zone, start.all_day)
    exact = (start.at(wall) + rest).astimezone(start.zone.rules)
    return Moment(exact.replace(tzinfo=None), start.zone, all_day=False, fold=exact.fold)


def event_of(row: Row, owner: Owner) -> dict[str, Any]:
    """The row as Graph's JSON, without recurrence."""
    return {**_times(row), **_details(row.component), **_people(row.component, owner), **_reminder(row.component)}


def _times(row: Row) -> dict[str, Any]:
    def time(moment: Moment) -> dict[str, str]:
        # An instant with the name of its zone: exact also where a wall time comes twice or never.
        text = moment.wall.isoformat() if moment.all_day else moment.instant.isoformat()
        return {"dateTime": text, "timeZone": moment.zone.name}

    return {"start": time(row.start), "end": time(row.end), "isAllDay": row.start.all_day}


def _details(part: Component) -> dict[str, Any]:
    subject, html = part.first("SUMMARY"), part.first("X-ALT-DESC")
    found: dict[str, Any] = {
        "sensitivity": SENSITIVITY.get(part.text("CLASS").upper(), "normal"),
        "showAs": _shown_as(part),
        "importance": _importance(part),
        "categories": [text.strip() for each in part.every("CATEGORIES") for text in each.texts if text.strip()],
        "location": {"displayName": part.text("LOCATION")},
    }
    if subject is not None:
        found["subject"] = subject.text
    if html is not None and html.parameters.get("FMTTYPE") == "text/html":
        found["body"] = {"contentType": "html", "content": html.text}
    elif part.first("DESCRIPTION") is not None:
        found["body"] = {"contentType": "text", "content": part.text("DESCRIPTION")}
    return found


def _shown_as(part: Component) -> str:
    named = BUSY.get(part.text("X-MICROSOFT-CDO-BUSYSTATUS").upper())
    if named:
        return named
    return "free" if part.text("TRANSP").upper() == "TRANSPARENT" else BY_STATUS.get(part.text("STATUS").upper(), "busy")


def _importance(part: Component) -> str:
    own = {"0": "low", "1": "normal", "2": "high"}.get(part.text("X-MICROSOFT-CDO-IMPORTANCE"))
    priority = part.text("PRIORITY")
    if own or not priority.isdigit() or not 1 <= int(priority) <= 9:
        return own or "normal"
    return "high" if int(priority) < 5 else "low" if int(priority) > 5 else "normal"


def _people(part: Component, owner: Owner) -> dict[str, Any]:
    given = part.first("ORGANIZER")
    organizer = _address(given) if given else ""
    mine = not organizer or owner.is_me(organizer)
    attendees = [_attendee(each, owner) for each in part.every("ATTENDEE") if _address(each)]
    boss = owner.address if mine else organizer
    found: dict[str, Any] = {
        "attendees": [each for each in attendees if each["emailAddress"]["address"].casefold() != boss.casefold()]
    }
    if given is not None and not mine:
        found["organizer"] = {"emailAddress": {"address": organizer, "name": given.parameters.get("CN", organizer)}}
    return found


def _address(given: Property) -> str:
    value = given.value.strip()
    address = value[7:] if value[:7].lower() == "mailto:" else given.parameters.get("EMAIL", value)
    return address.strip() if "@" in address else ""


def _attendee(given: Property, owner: Owner) -> dict[str, Any]:
    address = _address(given)
    me = owner.is_me(address)
    parameters = {key: value.upper() for key, value in given.parameters.items()}
    thing = parameters.get("CUTYPE") in {"RESOURCE", "ROOM"}
    kind = (
        "resource" if thing else "required" if parameters.get("ROLE", "REQ") in {"REQ", "REQ-PARTICIPANT", "CHAIR"} else "optional"
    )
    return {
        "type": kind,
        "status": {"response": ANSWERS.get(parameters.get("PARTSTAT", ""), "none")},
        "emailAddress": {
            "address": owner.address if me else address,
            "name": owner.name if me else given.parameters.get("CN", address),
        },
    }


def _reminder(part: Component) -> dict[str, Any]:
    for alarm in part.children:
        trigger = alarm.first("TRIGGER") if alarm.name == "VALARM" else None
        if trigger is not None and trigger.parameters.get("VALUE") != "DATE-TIME":
            try:
                early = -duration_of(trigger)
            except Unreadable:
                continue
            return {"isReminderOn": True, "reminderMinutesBeforeStart": max(0, early // timedelta(minutes=1))}
    return {"isReminderOn": False}
