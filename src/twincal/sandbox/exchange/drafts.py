"""Reading what a client writes: types checked, enumerations in any case, unknown members passed over."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from twincal.sandbox.exchange.errors import GraphError, invalid, unreadable
from twincal.sandbox.exchange.item import Span
from twincal.sandbox.exchange.moments import NEVER, parsed
from twincal.sandbox.exchange.recurrence import canonical_pattern, canonical_range
from twincal.sandbox.exchange.zones import zone_named

ENUMS = {
    "importance": ["low", "normal", "high"],
    "sensitivity": ["normal", "personal", "private", "confidential"],
    "showAs": ["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"],
    "onlineMeetingProvider": ["unknown", "teamsForBusiness", "skypeForBusiness", "skypeForConsumer"],
}
FLAGS = ["isReminderOn", "responseRequested", "allowNewTimeProposals", "hideAttendees", "isOnlineMeeting", "isAllDay"]
ATTENDEES = ["required", "optional", "resource"]
ANSWERS = ["none", "organizer", "tentativelyAccepted", "accepted", "declined", "notResponded"]
BODIES = ["text", "html"]
LOCATIONS = [
    "default", "conferenceRoom", "homeAddress", "businessAddress", "geoCoordinates", "streetAddress", "hotel",
    "restaurant", "localBusiness", "postalAddress",
]  # fmt: skip
Time = tuple[datetime, str | None]


def enum_value(value: object, names: list[str], what: str) -> str:
    """An enumeration's member in lower camel, however it was written. Raises GraphError 400 RequestBodyRead."""
    found = next((name for name in names if name.casefold() == str(value).casefold()), None)
    if found is None or not isinstance(value, str):
        raise unreadable(f"Requested value '{value}' was not found for the property '{what}'.")
    return found


def _object(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise unreadable(f"An object was expected for the property '{what}'.")
    return value


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise unreadable(f"A collection was expected for the property '{what}'.")
    return value


def _text(value: object, what: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise unreadable(f"Cannot convert the value of '{what}' to the expected type 'Edm.String'.")
    return value


def _time(value: object, what: str) -> Time:
    given = _object(value, what)
    text = _text(given.get("dateTime"), f"{what}/dateTime")
    if not text:
        raise unreadable(f"The property '{what}' needs a dateTime.")
    moment, zone = parsed(text), _text(given.get("timeZone"), f"{what}/timeZone")
    return moment, zone or ("UTC" if moment.tzinfo else None)


def attendee_status(given: object) -> dict[str, str]:
    """An attendee's answer as Exchange keeps it."""
    status = given if isinstance(given, dict) else {}
    return {
        "response": enum_value(status.get("response") or "none", ANSWERS, "status/response"),
        "time": status.get("time") or NEVER,
    }


def _attendees(value: object) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for entry in _list(value, "attendees"):
        given = _object(entry, "attendees")
        mail = _object(given.get("emailAddress"), "attendees/emailAddress")
        address = _text(mail.get("address"), "emailAddress/address") or ""
        if not address:
            raise invalid("At least one recipient isn't valid: an attendee has no address.")
        found.setdefault(address.casefold(), {
            "type": enum_value(given.get("type") or "required", ATTENDEES, "attendees/type"),
            "status": attendee_status(given.get("status")),
            "emailAddress": {"name": _text(mail.get("name"), "emailAddress/name") or address, "address": address},
        })  # fmt: skip
    return list(found.values())


def _location(value: object) -> dict[str, Any]:
    given = {} if value is None else _object(value, "location")
    name = _text(given.get("displayName"), "location/displayName") or ""
    kept = {key: given[key] for key in ("locationEmailAddress", "address", "coordinates", "locationUri") if given.get(key)}
    kind = enum_value(given.get("locationType") or "default", LOCATIONS, "locationType")
    unique = {"uniqueId": given.get("uniqueId") or name, "uniqueIdType": "private"} if name else {"uniqueIdType": "unknown"}
    return {"displayName": name, "locationType": kind, **unique, **kept}


def _locations(value: object) -> dict[str, Any]:
    entries = [_location(entry) for entry in _list(value, "locations")]
    joined = "; ".join(entry["displayName"] for entry in entries)
    first = entries[0] if len(entries) == 1 else _location({"displayName": joined})
    return {"location": first, "locations": entries}


def _properties(value: object) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in _list(value, "singleValueExtendedProperties"):
        given = _object(entry, "singleValueExtendedProperties")
        name, text = given.get("id"), given.get("value")
        if not isinstance(name, str) or not (text is None or isinstance(text, str)):
            raise unreadable("An extended property needs a string id and a string value.")
        found[name] = text or ""
    return found


def _flag(value: object, what: str) -> bool:
    # Graph's reader takes the words as well: the O365 package for Python has sent "false" for years.
    if isinstance(value, str) and value.casefold() in {"true", "false"}:
        return value.casefold() == "true"
    if not isinstance(value, bool):
        raise unreadable(f"Cannot convert the value of '{what}' to the expected type 'Edm.Boolean'.")
    return value


def _minutes(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise unreadable("Cannot convert the value of 'reminderMinutesBeforeStart' to the expected type 'Edm.Int32'.")
    return value


def _body(value: object) -> dict[str, Any]:
    given = {} if value is None else _object(value, "body")
    kind = enum_value(given.get("contentType") or "html", BODIES, "body/contentType")
    return {"contentType": kind, "content": _text(given.get("content"), "body/content") or ""}


_READERS: dict[str, Callable[[Any], Any]] = {
    "subject": lambda value: _text(value, "subject"),
    "body": _body,
    "start": lambda value: _time(value, "start"),
    "end": lambda value: _time(value, "end"),
    "attendees": _attendees,
    "categories": lambda value: [str(_text(name, "categories")) for name in _list(value, "categories")],
    "reminderMinutesBeforeStart": _minutes,
    "transactionId": lambda value: _text(value, "transactionId"),
    "recurrence": lambda value: None if value is None else _object(value, "recurrence"),
    "singleValueExtendedProperties": _properties,
    "organizer": lambda value: value,
    **{name: partial(enum_value, names=names, what=name) for name, names in ENUMS.items()},
    **{name: partial(_flag, what=name) for name in FLAGS},
}


def read(payload: object, *, subject_limit: int = 0) -> dict[str, Any]:
    """The members of an event that a client may write, in the form Exchange keeps; private `x-` members stay.

    Raises GraphError 400 RequestBodyRead where a type is wrong, ErrorPropertyValidationFailure where a value is.
    """
    given = _object(payload, "event")
    known = {name.casefold(): name for name in _READERS}
    draft: dict[str, Any] = {}
    for key, value in given.items():
        name = known.get(key.casefold(), key)
        if name in _READERS and not (value is None and name in {*ENUMS, *FLAGS, "start", "end", "attendees", "categories"}):
            draft[name] = _READERS[name](value)
        elif key.startswith("x-"):
            draft[key] = value
    if "locations" in given and "location" not in given and given["locations"] is not None:
        draft |= _locations(given["locations"])
    elif "location" in given:
        draft["location"] = _location(given["location"])
        draft["locations"] = [draft["location"]] if draft["location"]["displayName"] else []
    if subject_limit and len(draft.get("subject") or "") > subject_limit:
        raise invalid(f"The subject is longer than {subject_limit} characters.")
    return draft


def _placed(time: Time, zone: str | None, own: str) -> tuple[datetime, str]:
    moment, name = time[0], time[1] or zone or own
    rules = zone_named(name, own=own)
    try:
        aware = moment.replace(tzinfo=rules) if moment.tzinfo is None else moment
        return aware.astimezone(UTC), name
    except OverflowError:
        raise invalid("The date is out of the range Exchange can hold.") from None


def span_of(draft: dict[str, Any], old: Span | None, own: str) -> Span:
    """When an event is after a write. `own` is the mailbox's zone, for times without one and for custom zones.

    Raises GraphError 400 for an end before its start, and for whole days that are not from midnight to midnight, of
    different zones, or of no length (documented rule; the code is not).
    """
    if old is None and not ("start" in draft and "end" in draft):
        raise GraphError(400, "ErrorInvalidRequest", "The properties 'start' and 'end' are required to create an event.")
    all_day = bool(draft.get("isAllDay", old.all_day if old else False))
    if old is not None and "start" not in draft:
        start, start_zone = old.start, old.start_zone
    else:
        start, start_zone = _placed(draft["start"], None, own)
    if old is not None and "end" not in draft:
        end, end_zone = old.end, old.end_zone
    else:
        end, end_zone = _placed(draft["end"], start_zone, own)
    if end < start:
        raise invalid("The event's end is before its start.")
    span = Span(start, end, all_day, start_zone, end_zone, own)
    if all_day:
        _check_days(span)
    return span


def _check_days(span: Span) -> None:
    start = span.start.astimezone(zone_named(span.start_zone, own=span.own_zone))
    end = span.end.astimezone(zone_named(span.end_zone, own=span.own_zone))
    if start.utcoffset() != end.utcoffset() and span.start_zone.casefold() != span.end_zone.casefold():
        raise invalid("The start and end of an all-day event must be in the same time zone.")
    if (start.time(), end.time()) != (datetime.min.time(), datetime.min.time()):
        raise invalid("The Event.Start and Event.End properties of an all-day event need to be set to midnight.")
    if end.date() - start.date() < timedelta(days=1):
        raise invalid("The duration of an all-day event must be at least 24 hours.")


def recurrence_of(given: dict[str, Any], zone: str, span: Span, *, pattern_only: bool = False) -> dict[str, Any]:
    """A recurrence in canonical form.

    Raises GraphError 400 where its range does not start on the event's own day (`pattern_only` passes that over).
    """
    limits = _object(given.get("range"), "recurrence/range")
    rule = {
        "pattern": canonical_pattern(_object(given.get("pattern"), "recurrence/pattern")),
        "range": canonical_range(limits, zone),
    }
    rules = zone_named(rule["range"]["recurrenceTimeZone"], own=span.own_zone)
    first = span.start.astimezone(rules).date().isoformat()
    if span.all_day:
        first = span.days()[0].isoformat()
    if rule["range"]["startDate"] != first and not pattern_only:
        raise invalid("The start date of the recurrence range must be the date of the event's start.")
    return rule
