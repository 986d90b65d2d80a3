"""Writing into one mailbox: items made, patched, taken apart. Nobody else hears of it here."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from twincal.sandbox.exchange import bodies
from twincal.sandbox.exchange.drafts import recurrence_of, span_of
from twincal.sandbox.exchange.errors import GraphError, invalid
from twincal.sandbox.exchange.identity import Identity
from twincal.sandbox.exchange.item import CALENDAR, Departure, Item, Ref, Series, Span
from twincal.sandbox.exchange.mailbox import Mailbox
from twincal.sandbox.exchange.moments import NEVER, instant
from twincal.sandbox.exchange.quirks import ExchangeQuirks
from twincal.sandbox.exchange.recurrence import WEEK, Expansion
from twincal.sandbox.exchange.zones import zone_named


class Clock(Protocol):
    """Tells the moment."""

    def now(self) -> datetime:
        """The moment in UTC, aware."""
        ...


_NOWHERE = {"displayName": "", "locationType": "default", "uniqueIdType": "unknown"}
_DEFAULTS: dict[str, Any] = {
    "subject": "", "body": "", "importance": "normal", "sensitivity": "normal", "showAs": "busy", "categories": [],
    "reminderMinutesBeforeStart": 15, "isReminderOn": True, "hideAttendees": False, "responseRequested": True,
    "allowNewTimeProposals": True, "isOnlineMeeting": False, "onlineMeetingProvider": "unknown",
    "onlineMeeting": None, "location": _NOWHERE, "locations": [], "attendees": [],
}  # fmt: skip
_STORED = set(_DEFAULTS) - {"body", "isOnlineMeeting", "onlineMeetingProvider", "onlineMeeting", "attendees"}


def fingerprint(payload: dict[str, Any]) -> bytes:
    """What tells two payloads of one transactionId apart."""
    return hashlib.sha256(msgspec.json.encode(payload, order="sorted")).digest()


class Writer:
    """Makes and changes items. `version` counts every change in the company."""

    def __init__(self, clock: Clock, identity: Identity, quirks: Callable[[], ExchangeQuirks]) -> None:
        self._clock = clock
        self._identity = identity
        self._quirks = quirks
        self.version = 0

    def bump(self, item: Item) -> None:
        """A new version: change key, lastModifiedDateTime, nothing rendered yet."""
        self.version += 1
        item.version = self.version
        item.change_key = self._identity.change_key(self.version)
        item.modified = self._clock.now().astimezone(UTC)
        item.made.clear()

    def create(self, mailbox: Mailbox, draft: dict[str, Any], *, uid: str = "", folder: str = CALENDAR) -> Item:
        """A new item from a draft. Raises GraphError 400."""
        span = span_of(draft, None, mailbox.time_zone)
        now = self._clock.now().astimezone(UTC)
        item = Item(
            immutable_id=self._identity.new("AAkALg", slashes=self._quirks().slash_ids),
            id=self._identity.new("AAMkAG", slashes=self._quirks().slash_ids),
            uid=uid or self._identity.uid(),
            folder=folder,
            span=span,
            fields=dict(_DEFAULTS),
            organizer={"name": mailbox.name, "address": mailbox.address},
            is_organizer=True,
            created=now,
            modified=now,
            transaction_id=draft.get("transactionId"),
        )
        item.fields |= self._fields(draft, item.fields)
        item.properties |= draft.get("singleValueExtendedProperties", {})
        self._make_series(item, draft, mailbox.time_zone)
        self.bump(item)
        item.created_version = item.version
        mailbox.put(item)
        return item

    def _fields(self, draft: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
        """The stored members a draft changes, against what stood there."""
        new = {name: draft[name] for name in _STORED if name in draft}
        if "body" in draft:
            new["body"] = self._body(draft["body"])
        if "attendees" in draft:
            new["attendees"] = draft["attendees"]
        return new | self._online(draft, {**old, **new})

    def _body(self, body: dict[str, Any]) -> str:
        content: str = body["content"]
        if not content:
            return ""
        make = bodies.from_text if body["contentType"] == "text" else bodies.wrapped
        return make(content, charset=self._quirks().charset_meta)

    def _online(self, draft: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
        """The one-way switch of online meetings, and the join block that carries them in the body."""
        if now["isOnlineMeeting"]:
            link = (now["onlineMeeting"] or {}).get("joinUrl", "")
            lost = "body" in draft and link and link not in now["body"]
            return {"onlineMeeting": None} if lost else {}
        if not draft.get("isOnlineMeeting"):
            return {}
        join = f"https://teams.microsoft.com/l/meetup-join/{self._identity.guid(f'meeting{self.version}')}/0"
        body = now["body"] or bodies.wrapped("")
        provider = draft.get("onlineMeetingProvider", "unknown")
        return {
            "isOnlineMeeting": True,
            "onlineMeetingProvider": "teamsForBusiness" if provider == "unknown" else provider,
            "onlineMeeting": {"joinUrl": join},
            "body": body.replace("\r\n</body>", bodies.meeting_block(join) + "\r\n</body>"),
        }

    def _make_series(self, item: Item, draft: dict[str, Any], own: str) -> None:
        explicit = draft.get("x-instances")
        if explicit is not None:
            item.series = explicit_series(item.span, draft.get("recurrence"), explicit)
        elif draft.get("recurrence") is not None:
            rule = recurrence_of(draft["recurrence"], item.span.start_zone, item.span)
            item.series = ruled_series(item.span, rule, own)
        else:
            item.series = None
        if item.series:
            first = item.series.expansion.first()
            if first is None:
                raise invalid("The recurrence has no occurrence within its range.")
            item.span = item.span.at(first.start, first.end)

    def patch(self, mailbox: Mailbox, ref: Ref, draft: dict[str, Any]) -> None:
        """Change an item or one instance. Raises GraphError 400; then nothing has changed."""
        if ref.slot is None:
            self._patch_item(mailbox, ref.item, draft)
        else:
            self._patch_instance(mailbox, ref, draft)

    def _patch_item(self, mailbox: Mailbox, item: Item, draft: dict[str, Any]) -> None:
        span = span_of(draft, item.span, mailbox.time_zone)
        fields = self._fields(draft, item.fields)
        before = (item.span, item.series)
        timed = _times_of(span) != _times_of(item.span)
        item.span = span
        try:
            self._reseries(mailbox, item, draft, timed)
        except GraphError:
            item.span, item.series = before
            raise
        item.fields = {**item.fields, **fields}
        item.properties |= draft.get("singleValueExtendedProperties", {})
        self.bump(item)

    def _reseries(self, mailbox: Mailbox, item: Item, draft: dict[str, Any], timed: bool) -> None:
        """The series after a change of its master: exceptions live only as long as rule and times stay."""
        if "x-instances" in draft or ("recurrence" in draft and (draft["recurrence"] is None or item.series is None)):
            self._make_series(item, draft, mailbox.time_zone)
        elif "recurrence" in draft and item.series:
            rule = recurrence_of(draft["recurrence"], item.series.rule["range"]["recurrenceTimeZone"], item.span)
            if timed or rule != item.series.rule:
                self._make_series(item, draft, mailbox.time_zone)
        elif timed and item.series:
            self._retime(mailbox, item, item.series)

    def _retime(self, mailbox: Mailbox, item: Item, series: Series) -> None:
        old = series.expansion
        if old.explicit is not None:
            shift, length = item.span.start - old.start, item.span.end - item.span.start
            moved = [(start + shift, start + shift + length) for start, _ in old.explicit]
            item.series = explicit_series(item.span, series.rule, moved)
            return
        rules = zone_named(series.rule["range"]["recurrenceTimeZone"], own=mailbox.time_zone)
        first = item.span.days()[0] if item.span.all_day else item.span.start.astimezone(rules).date()
        limits = {**series.rule["range"], "startDate": first.isoformat()}
        item.series = ruled_series(item.span, {**series.rule, "range": limits}, mailbox.time_zone)
        found = item.series.expansion.first()
        if found is None:
            raise invalid("The recurrence has no occurrence within its range.")
        item.span = item.span.at(found.start, found.end)

    def _patch_instance(self, mailbox: Mailbox, ref: Ref, draft: dict[str, Any]) -> None:
        series, slot = ref.item.series, ref.slot
        if series is None or slot is None:
            return
        if draft.get("recurrence") is not None:
            raise GraphError(400, "ErrorInvalidRequest", "An occurrence of a series cannot have a recurrence.")
        span = span_of(draft, ref.span, mailbox.time_zone)
        if _times_of(span) != _times_of(ref.span) and not draft.get("x-anywhere"):
            self._check_neighbours(series, slot, span)
        departure = self.depart(ref, span)
        departure.fields |= self._fields(draft, ref.fields)
        departure.properties |= draft.get("singleValueExtendedProperties", {})

    @staticmethod
    def _check_neighbours(series: Series, slot: str, span: Span) -> None:
        rules = series.expansion.zone
        day = span.start.astimezone(rules).date()
        before, after = series.expansion.neighbours(slot)
        for neighbour, past in ((before, False), (after, True)):
            if neighbour is None or neighbour.slot in series.deleted:
                continue
            departure = series.departures.get(neighbour.slot)
            other = (departure.span.start if departure else neighbour.start).astimezone(rules).date()
            if (day >= other) if past else (day <= other):
                raise GraphError(
                    400, "ErrorOccurrenceCrossingBoundary",
                    "Modified occurrence is crossing or overlapping adjacent occurrence.",
                )  # fmt: skip

    def depart(self, ref: Ref, span: Span) -> Departure:
        """The exception at an instance, made when there is none, with a new version of it and of its series."""
        series, slot = ref.item.series, ref.slot
        if series is None or slot is None:
            raise GraphError(400, "ErrorInvalidRequest", "The event is no occurrence of a series.")
        original = ref.departure.original if ref.departure else ref.span.start
        self.bump(ref.item)
        self.version += 1
        ref.item.version = self.version
        key, now = self._identity.change_key(self.version), ref.item.modified
        departure = series.departures.get(slot)
        if departure is None:
            departure = Departure(original, span, key, now, now, self.version)
            series.departures[slot] = departure
        departure.span, departure.change_key, departure.modified, departure.version = span, key, now, self.version
        return departure

    def delete(self, mailbox: Mailbox, ref: Ref, *, keep: bool = True) -> None:
        """An item into Deleted Items (without `keep`: for good), or one instance out of its series."""
        if ref.slot is None or ref.item.series is None:
            self.version += 1
            mailbox.drop(ref.item, self.version, keep=keep)
            return
        ref.item.series.departures.pop(ref.slot, None)
        ref.item.series.deleted.add(ref.slot)
        self.bump(ref.item)


def _times_of(span: Span) -> tuple[datetime, datetime, bool]:
    return span.start, span.end, span.all_day


def ruled_series(span: Span, rule: dict[str, Any], own: str) -> Series:
    """A series that a rule describes. Whole days repeat in the zone they were made in."""
    name = span.start_zone if span.all_day else rule["range"]["recurrenceTimeZone"]
    return Series(rule, Expansion(rule, zone_named(name, own=own), span.start, span.end, span.all_day))


def explicit_series(span: Span, given: dict[str, Any] | None, instances: list[Any]) -> Series:
    """A series whose instances are given, under a rule that is only shown; without one a weekly rule is made up."""
    pairs = tuple((_moment(start), _moment(end)) for start, end in instances)
    zone = zone_named(span.start_zone, own=span.own_zone)
    days = sorted(start.astimezone(zone).date() for start, _ in pairs) or [span.start.astimezone(zone).date()]
    made_up = {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": sorted({WEEK[day.weekday()] for day in days})},
        "range": {"type": "endDate", "startDate": days[0].isoformat(), "endDate": days[-1].isoformat()},
    }
    rule = recurrence_of(given or made_up, span.start_zone, span, pattern_only=True)
    return Series(rule, Expansion(rule, zone, span.start, span.end, span.all_day, explicit=pairs))


def _moment(value: object) -> datetime:
    return value.astimezone(UTC) if isinstance(value, datetime) else instant(str(value))


def same_series(series: Series | None) -> Series | None:
    """A copy of a series for another mailbox, with departures of its own."""
    if series is None:
        return None
    departures = {slot: replace(each, fields=dict(each.fields), properties={}) for slot, each in series.departures.items()}
    return Series(series.rule, series.expansion, departures, set(series.deleted))


UNANSWERED = {"response": "none", "time": NEVER}
