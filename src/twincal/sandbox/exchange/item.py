"""What a mailbox holds: single events and series, with their departures from the rule."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from twincal.sandbox.exchange.moments import NEVER
from twincal.sandbox.exchange.recurrence import Expansion, Occurrence
from twincal.sandbox.exchange.zones import zone_named

CALENDAR = "calendar"
DELETED_ITEMS = "deleteditems"
ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Span:
    """When: instants in UTC, the zones as the client named them; whole days run from midnight to midnight there."""

    start: datetime
    end: datetime
    all_day: bool
    start_zone: str
    end_zone: str
    own_zone: str = "UTC"

    def days(self) -> tuple[date, date]:
        """First day and the day after the last, of an all-day event, whatever zone is asked for."""
        start = self.start.astimezone(zone_named(self.start_zone, own=self.own_zone)).date()
        return start, self.end.astimezone(zone_named(self.end_zone, own=self.own_zone)).date()

    def at(self, start: datetime, end: datetime) -> "Span":
        """The same span at another time."""
        return replace(self, start=start, end=end)

    def touches(self, start: datetime, end: datetime) -> bool:
        """Whether it overlaps the window; a moment without length counts where it begins."""
        return self.start < end and (self.end > start or self.start >= start)


@dataclass(slots=True)
class Departure:
    """An exception: an instance that differs from its series. `fields` holds only what differs."""

    original: datetime
    span: Span
    change_key: str
    created: datetime
    modified: datetime
    version: int
    fields: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    cancelled: bool = False


@dataclass(slots=True)
class Series:
    """A rule, its instances, and what departs from it. `deleted` holds the slots of deleted instances."""

    rule: dict[str, Any]
    expansion: Expansion
    departures: dict[str, Departure] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)

    def instances(self, start: datetime, end: datetime) -> list[str]:
        """The slots of all instances that now touch the window, in order of their times there."""
        found = {
            o.slot: o.start
            for o in self.expansion.between(start, end)
            if o.slot not in self.departures and o.slot not in self.deleted
        }
        found |= {slot: d.span.start for slot, d in self.departures.items() if d.span.touches(start, end)}
        return sorted(found, key=lambda slot: found[slot])

    def occurrence(self, slot: str) -> Occurrence | None:
        """The instance of the rule, unless it was deleted."""
        return None if slot in self.deleted else self.expansion.at(slot)


@dataclass(slots=True)
class Item:
    """A single event or a series master in one mailbox.

    `version` is the company-wide number of its last change; `made` keeps what was rendered from this version.
    """

    immutable_id: str
    id: str
    uid: str
    folder: str
    span: Span
    fields: dict[str, Any]
    organizer: dict[str, str]
    is_organizer: bool
    created: datetime
    modified: datetime
    version: int = 0
    created_version: int = 0
    change_key: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    response: dict[str, str] = field(default_factory=lambda: {"response": "organizer", "time": NEVER})
    is_cancelled: bool = False
    transaction_id: str | None = None
    fingerprint: bytes = b""
    series: Series | None = None
    made: dict[Any, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Graph's `type` of the item as a whole."""
        return "seriesMaster" if self.series else "singleInstance"


class Ref(NamedTuple):
    """An event as a client addresses it: an item, or with a slot one instance of it."""

    item: Item
    slot: str | None = None

    @property
    def departure(self) -> Departure | None:
        """The exception at this slot, if there is one."""
        series = self.item.series
        return series.departures.get(self.slot) if series and self.slot else None

    @property
    def span(self) -> Span:
        """When the event is, as the calendar shows it."""
        if self.slot is None or self.item.series is None:
            return self.item.span
        departure = self.departure
        if departure:
            return departure.span
        found = self.item.series.expansion.at(self.slot)
        return self.item.span if found is None else self.item.span.at(found.start, found.end)

    @property
    def fields(self) -> dict[str, Any]:
        """What the event says, an exception's own words over those of its series."""
        departure = self.departure
        return {**self.item.fields, **departure.fields} if departure else self.item.fields

    @property
    def properties(self) -> dict[str, str]:
        """Extended properties by id."""
        departure = self.departure
        return {**self.item.properties, **departure.properties} if departure else self.item.properties
