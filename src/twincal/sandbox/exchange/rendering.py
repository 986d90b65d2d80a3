"""Events as Graph's JSON, made once for each version and way of looking."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from twincal.sandbox.exchange.bodies import preview_of, text_of
from twincal.sandbox.exchange.identity import occurrence_id
from twincal.sandbox.exchange.item import Item, Ref, Span
from twincal.sandbox.exchange.moments import stamp, wall
from twincal.sandbox.exchange.zones import zone_named

_ENCODE = msgspec.json.Encoder().encode


class View(NamedTuple):
    """How a client asked to see events: the zone of start and end, body as text, immutable ids."""

    zone: str = "UTC"
    text: bool = False
    immutable: bool = False


PLAIN = View()


def id_of(ref: Ref, view: View) -> str:
    """The id of an event in the form the client asked for."""
    base = ref.item.immutable_id if view.immutable else ref.item.id
    return base if ref.slot is None else occurrence_id(base, ref.slot)


def etag_of(ref: Ref) -> str:
    """The weak etag; a plain instance has that of its series."""
    departure = ref.departure
    return f'W/"{departure.change_key if departure else ref.item.change_key}"'


def type_of(ref: Ref) -> str:
    """Graph's `type`."""
    if ref.slot is None:
        return ref.item.kind
    return "exception" if ref.departure else "occurrence"


def _times(span: Span, zone: str) -> dict[str, Any]:
    if span.all_day:
        first, last = span.days()
        start, end = f"{first}T00:00:00.0000000", f"{last}T00:00:00.0000000"
    elif zone == "UTC":
        start, end = wall(span.start), wall(span.end)
    else:
        rules = zone_named(zone, own=span.own_zone)
        start, end = wall(span.start.astimezone(rules)), wall(span.end.astimezone(rules))
    return {"start": {"dateTime": start, "timeZone": zone}, "end": {"dateTime": end, "timeZone": zone}}


def _body(item: Item, fields: dict[str, Any], text: bool) -> dict[str, Any]:
    content = fields["body"]
    if not text:
        return {"contentType": "html", "content": content}
    return {"contentType": "text", "content": _text(item, content)}


def _text(item: Item, content: str) -> str:
    texts: dict[str, str] = item.made.setdefault("texts", {})
    if content not in texts:
        texts[content] = text_of(content)
    return texts[content]


def _identity(ref: Ref, view: View) -> dict[str, Any]:
    item, departure = ref.item, ref.departure
    made, changed = (departure.created, departure.modified) if departure else (item.created, item.modified)
    return {
        "@odata.etag": etag_of(ref),
        "id": id_of(ref, view),
        "createdDateTime": stamp(made),
        "lastModifiedDateTime": stamp(changed),
        "changeKey": etag_of(ref)[3:-1],
    }


def _series(ref: Ref, view: View) -> dict[str, Any]:
    item = ref.item
    master = None if ref.slot is None else (item.immutable_id if view.immutable else item.id)
    rule = item.series.rule if item.series and ref.slot is None else None
    kind: dict[str, Any] = {"seriesMasterId": master, "type": type_of(ref), "recurrence": rule}
    original = _original(ref)
    if original:
        kind["originalStart"] = stamp(original)
    return kind


def _original(ref: Ref) -> datetime | None:
    if ref.slot is None or ref.item.series is None:
        return None
    departure = ref.departure
    if departure:
        return departure.original
    found = ref.item.series.expansion.at(ref.slot)
    return found.start if found else None


_PLAIN_MEMBERS = [
    "categories", "reminderMinutesBeforeStart", "isReminderOn", "hideAttendees", "subject", "importance",
    "sensitivity", "responseRequested", "allowNewTimeProposals", "showAs", "isOnlineMeeting", "onlineMeetingProvider",
    "location", "locations", "attendees",
]  # fmt: skip


def render(ref: Ref, view: View = PLAIN) -> dict[str, Any]:
    """An event in full. Raises GraphError 400 TimeZoneNotSupportedException for a view in an unknown zone."""
    item, fields, span, departure = ref.item, ref.fields, ref.span, ref.departure
    online = fields.get("onlineMeeting")
    event = {
        **_identity(ref, view),
        **{name: fields[name] for name in _PLAIN_MEMBERS},
        "transactionId": item.transaction_id,
        "originalStartTimeZone": span.start_zone,
        "originalEndTimeZone": span.end_zone,
        "iCalUId": item.uid,
        "hasAttachments": False,
        "bodyPreview": preview_of(_text(item, fields["body"])),
        "isAllDay": span.all_day,
        "isCancelled": item.is_cancelled or bool(departure and departure.cancelled),
        "isDraft": False,
        "isOrganizer": item.is_organizer,
        "webLink": "https://outlook.office365.com/owa/?itemid=" + quote(id_of(ref, view), safe="")
        + "&exvsurl=1&path=/calendar/item",
        "onlineMeetingUrl": None,
        "onlineMeeting": online,
        **_series(ref, view),
        "responseStatus": fields.get("responseStatus", item.response),
        "body": _body(item, fields, view.text),
        **_times(span, view.zone),
        "organizer": {"emailAddress": item.organizer},
    }  # fmt: skip
    if item.transaction_id is None or ref.slot is not None:
        del event["transactionId"]
    return event


def bare(ref: Ref, view: View = PLAIN) -> dict[str, Any]:
    """An instance as a delta row shows it: id, type, series, times, etag, and nothing else."""
    return {
        "@odata.type": "#microsoft.graph.event",
        "@odata.etag": etag_of(ref),
        "seriesMasterId": ref.item.immutable_id if view.immutable else ref.item.id,
        "type": "occurrence",
        **_times(ref.span, view.zone),
        "id": id_of(ref, view),
    }


def removed(event_id: str) -> dict[str, Any]:
    """A tombstone: an id and nothing else."""
    return {"@odata.type": "#microsoft.graph.event", "id": event_id, "@removed": {"reason": "deleted"}}


def encoded(ref: Ref, view: View, make: Callable[[Ref, View], dict[str, Any]] = render) -> bytes:
    """The JSON of an event, made once for a version."""
    key = (make.__name__, ref.slot, view)
    found: bytes | None = ref.item.made.get(key)
    if found is None:
        found = ref.item.made[key] = _ENCODE(make(ref, view))
    return found


def properties_of(ref: Ref, wanted: list[str] | None) -> list[dict[str, str]]:
    """Extended properties for `$expand`, those named by id or all."""
    folded = None if wanted is None else {name.casefold() for name in wanted}
    return [{"id": name, "value": value} for name, value in ref.properties.items() if folded is None or name.casefold() in folded]
