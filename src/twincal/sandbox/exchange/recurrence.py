"""Recurring series: reading Graph's pattern and range, and expanding them in the zone they were made in."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Any

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule, weekday

from twincal.sandbox.exchange.errors import invalid, unreadable
from twincal.sandbox.exchange.moments import day

WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
INDEXES = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
PATTERNS = ["daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"]
RANGES = ["endDate", "noEnd", "numbered"]
# Exchange expands no further than this many instances of one series.
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One instance as the rule gives it. `slot` names it within its series and survives changes of the time of day."""

    slot: str
    start: datetime
    end: datetime


def _one_of(value: object, names: list[str], what: str) -> str:
    found = next((name for name in names if name.casefold() == str(value).casefold()), None)
    if found is None:
        raise unreadable(f"Requested value '{value}' was not found among the members of {what}.")
    return found


def _number(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise unreadable(f"Cannot convert the value of '{what}' to the expected type 'Edm.Int32'.")
    return value


def canonical_pattern(given: dict[str, Any]) -> dict[str, Any]:
    """A pattern as Exchange gives it back: every member filled, unused ones with 0 and "first"."""
    kind = _one_of(given.get("type"), PATTERNS, "recurrencePatternType")
    pattern: dict[str, Any] = {
        "type": kind,
        "interval": _number(given.get("interval", 1), "interval"),
        "month": _number(given.get("month") or 0, "month"),
        "dayOfMonth": _number(given.get("dayOfMonth") or 0, "dayOfMonth"),
        "daysOfWeek": [_one_of(name, WEEK, "dayOfWeek") for name in given.get("daysOfWeek") or []],
        "firstDayOfWeek": _one_of(given.get("firstDayOfWeek") or "sunday", WEEK, "dayOfWeek"),
        "index": _one_of(given.get("index") or "first", list(INDEXES), "weekIndex"),
    }
    if pattern["interval"] < 1:
        raise invalid("The recurrence pattern's interval must be at least 1.")
    if kind in {"weekly", "relativeMonthly", "relativeYearly"} and not pattern["daysOfWeek"]:
        raise invalid(f"A {kind} recurrence pattern needs daysOfWeek.")
    if kind.startswith("absolute") and not 1 <= pattern["dayOfMonth"] <= 31:
        raise invalid(f"A {kind} recurrence pattern needs dayOfMonth from 1 to 31.")
    if kind.endswith("Yearly") and not 1 <= pattern["month"] <= 12:
        raise invalid(f"A {kind} recurrence pattern needs month from 1 to 12.")
    return pattern


def canonical_range(given: dict[str, Any], zone: str) -> dict[str, Any]:
    """A range as Exchange gives it back; a range that names no zone has `zone`."""
    kind = _one_of(given.get("type"), RANGES, "recurrenceRangeType")
    number = _number(given.get("numberOfOccurrences") or 0, "numberOfOccurrences")
    if kind == "numbered" and number < 1:
        raise invalid("A numbered recurrence range needs numberOfOccurrences of at least 1.")
    start = day(given.get("startDate"))
    end = day(given.get("endDate")) if kind == "endDate" else date.min
    if kind == "endDate" and end < start:
        raise invalid("The end date of the recurrence range is before its start date.")
    return {
        "type": kind,
        "startDate": start.isoformat(),
        "endDate": end.isoformat(),
        "recurrenceTimeZone": given.get("recurrenceTimeZone") or zone,
        "numberOfOccurrences": number if kind == "numbered" else 0,
    }


def _rule(pattern: dict[str, Any], first: datetime) -> rrule:
    kind, interval, number = pattern["type"], pattern["interval"], pattern["dayOfMonth"]
    weekdays = [weekday(WEEK.index(name)) for name in pattern["daysOfWeek"]]
    if kind == "daily":
        return rrule(DAILY, dtstart=first, interval=interval)
    if kind == "weekly":
        return rrule(WEEKLY, dtstart=first, interval=interval, byweekday=weekdays, wkst=WEEK.index(pattern["firstDayOfWeek"]))
    if kind.endswith("Yearly"):
        # Twelve months from the month of the rule, which may lie before or after the first day.
        interval *= 12
        first = _in_month(first, pattern["month"])
    if kind.startswith("absolute"):
        # Outlook clamps: day 31 of a shorter month is its last day.
        return rrule(MONTHLY, dtstart=first, interval=interval, bymonthday=range(min(28, number), number + 1), bysetpos=-1)
    position = INDEXES[pattern["index"]]
    return rrule(MONTHLY, dtstart=first, interval=interval, byweekday=weekdays, bysetpos=position)


def _in_month(first: datetime, month: int) -> datetime:
    if first.month == month:
        return first
    return first.replace(year=first.year + (first.month > month), month=month, day=1)


def days_of(rule: dict[str, Any]) -> Iterator[date]:
    """The days of a canonical recurrence, in order, within its range."""
    limits = rule["range"]
    first = datetime.combine(date.fromisoformat(limits["startDate"]), time())
    days: Iterator[date] = (moment.date() for moment in _rule(rule["pattern"], first))
    if limits["type"] == "numbered":
        days = islice(days, limits["numberOfOccurrences"])
    last = date.fromisoformat(limits["endDate"]) if limits["type"] == "endDate" else date.max
    for found in islice(days, LONGEST):
        if found > last:
            return
        yield found


@dataclass(slots=True)
class Expansion:
    """The instances of one series, made as far as someone looked.

    `rule` is the canonical recurrence; `zone` its rules; the wall times and the length are those of the master. With
    `explicit` pairs (UTC) the instances are given and the rule is only shown.
    """

    rule: dict[str, Any]
    zone: tzinfo
    start: datetime
    end: datetime
    all_day: bool
    explicit: tuple[tuple[datetime, datetime], ...] | None = None
    _made: list[Occurrence] = field(default_factory=list)
    _days: Iterator[date] | None = None
    _slots: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.explicit is None:
            self._days = days_of(self.rule)
            return
        for begin, finish in sorted(self.explicit):
            self._keep(Occurrence(begin.astimezone(UTC).strftime("%Y%m%d%H%M"), begin, finish))

    def _keep(self, occurrence: Occurrence) -> None:
        if occurrence.slot not in self._slots:
            self._slots[occurrence.slot] = len(self._made)
            self._made.append(occurrence)

    def _on(self, found: date) -> Occurrence:
        begin = datetime.combine(found, self.start.astimezone(self.zone).time())
        start = begin.replace(tzinfo=self.zone).astimezone(UTC)
        if self.all_day:
            length = self.end.astimezone(self.zone).date() - self.start.astimezone(self.zone).date()
            end = (begin + length).replace(tzinfo=self.zone).astimezone(UTC)
        else:
            end = start + (self.end - self.start)
        return Occurrence(found.strftime("%Y%m%d"), start, end)

    def _grow(self, until: datetime) -> None:
        while self._days is not None and (not self._made or self._made[-1].start < until):
            found = next(self._days, None)
            if found is None:
                self._days = None
                return
            self._keep(self._on(found))

    def before(self, until: datetime) -> list[Occurrence]:
        """Every instance that starts before `until`, and perhaps one later."""
        self._grow(until)
        return self._made

    def between(self, start: datetime, end: datetime) -> list[Occurrence]:
        """Instances that touch the window from start (inclusive) to end (exclusive)."""
        made = self.before(end)
        length = max((o.end - o.start for o in made), default=timedelta()) if self.explicit else self.end - self.start
        low = bisect_left(made, start - length - timedelta(days=1), key=lambda o: o.start)
        return [o for o in made[low:] if o.start < end and (o.end > start or o.start >= start)]

    def at(self, slot: str) -> Occurrence | None:
        """The instance of that name, or None when the rule has none."""
        try:
            until = datetime.strptime(slot[:8], "%Y%m%d").replace(tzinfo=UTC) + timedelta(days=3)
        except (ValueError, OverflowError):
            return None
        self._grow(until)
        index = self._slots.get(slot)
        return None if index is None else self._made[index]

    def first(self) -> Occurrence | None:
        """The earliest instance of the rule."""
        self._grow(datetime.min.replace(tzinfo=UTC))
        return self._made[0] if self._made else None

    def neighbours(self, slot: str) -> tuple[Occurrence | None, Occurrence | None]:
        """The instances of the rule just before and just after."""
        found = self.at(slot)
        if found is None:
            return None, None
        index = self._slots[slot]
        while self._days is not None and len(self._made) <= index + 1:
            self._grow(self._made[-1].start + timedelta.resolution)
        after = self._made[index + 1] if index + 1 < len(self._made) else None
        return (self._made[index - 1] if index else None), after
