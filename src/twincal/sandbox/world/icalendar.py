"""Import of an iCalendar file into a mailbox.

It does what a migration into Exchange does, which is what a file of a real calendar is for: every row stays what it was.
Organizer and attendees are kept with their answers, nobody is mailed, and no copy is delivered to anybody's mailbox; without
an ORGANIZER, or when that is the calendar's own person (also by the address in X-WR-CALNAME), the mailbox's owner is the
organizer. STATUS:CANCELLED imports as an item shown as free, as Outlook reads it; on an override it deletes the instance.
A row that cannot be read is reported with its line and left out; the rest is imported.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from twincal.sandbox.exchange import Exchange, GraphError
from twincal.sandbox.exchange.identity import occurrence_id
from twincal.sandbox.exchange.item import Item
from twincal.sandbox.exchange.zones import zone_named
from twincal.sandbox.switches import Refused
from twincal.sandbox.world.contentlines import Component, Property, read_components
from twincal.sandbox.world.moments import Moment, Unreadable, Zone, Zones
from twincal.sandbox.world.recurrences import HORIZON, MOST, graph_recurrence, read_rule, walls_of
from twincal.sandbox.world.rows import Owner, Row, event_of, read_row

Result = TypeVar("Result")
OUT_OF_RANGE = "its time is out of the range a calendar can hold"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say about one row of the file."""

    uid: str
    line: int
    reason: str


@dataclass(slots=True)
class ImportReport:
    """What became of a file. `faults` are rows left out; `notes` rows imported otherwise than they may have been meant."""

    singles: int = 0
    series: int = 0
    exceptions: int = 0
    deleted_instances: int = 0
    faults: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    passed_over: dict[str, int] = field(default_factory=dict)


def import_ics(exchange: Exchange, address: str, text: str) -> ImportReport:
    """Imports every event of the file. Raises Refused for text that is no calendar, GraphError for an unknown mailbox."""
    mailbox = exchange.mailbox(address)
    calendars = [part for part in read_components(text).children if part.name == "VCALENDAR"]
    if not calendars:
        raise Refused("This is no iCalendar file: it has no line BEGIN:VCALENDAR.")
    zones = Zones(calendars, Zone(mailbox.time_zone, zone_named(mailbox.time_zone)))
    names = {calendar.text("X-WR-CALNAME").casefold() for calendar in calendars}
    addresses = {each.casefold() for each in (mailbox.address, *mailbox.aliases)} | {name for name in names if "@" in name}
    return _Import(exchange, zones, Owner(mailbox.address, mailbox.name, frozenset(addresses))).run(calendars)


class _Import:
    """One import under way."""

    def __init__(self, exchange: Exchange, zones: Zones, owner: Owner) -> None:
        self._exchange, self._zones, self._owner = exchange, zones, owner
        self._report = ImportReport()
        self._horizon = exchange.now().replace(tzinfo=None) + HORIZON
        self._overrides: dict[str, list[Row]] = {}

    def run(self, calendars: list[Component]) -> ImportReport:
        """Books every row; overrides after the series they belong to."""
        rows = [row for calendar in calendars for part in calendar.children if (row := self._read(part))]
        for row in rows:
            if row.original is not None:
                self._overrides.setdefault(row.uid, []).append(row)
        for row in rows:
            if row.original is None:
                self._try(row.component, lambda row=row: self._book(row))  # type: ignore[misc]
        for row in (row for left in list(self._overrides.values()) for row in left):
            # Overrides whose series is not in the file.
            self._try(row.component, lambda row=row: self._book_single(row))  # type: ignore[misc]
        return self._report

    def _read(self, part: Component) -> Row | None:
        if part.name != "VEVENT":
            if part.name != "VTIMEZONE":
                self._report.passed_over[part.name] = self._report.passed_over.get(part.name, 0) + 1
            return None
        for line, reason in part.faults:
            self._report.notes.append(Remark(part.text("UID"), line, f"{reason}; the line is passed over"))
        return self._try(part, lambda: read_row(part, part.text("UID") or f"line {part.line}", self._zones))

    def _try(self, part: Component, do: Callable[[], Result]) -> Result | None:
        """Does it, or reports why that row is left out."""
        try:
            return do()
        except Unreadable as error:
            fault = Remark(part.text("UID"), error.line, str(error))
        except GraphError as error:
            fault = Remark(part.text("UID"), part.line, f"Exchange refuses it: {error.message}")
        except OverflowError:
            fault = Remark(part.text("UID"), part.line, OUT_OF_RANGE)
        self._report.faults.append(fault)
        return None

    def _note(self, row: Row, reason: str) -> None:
        self._report.notes.append(Remark(row.component.text("UID"), row.component.line, reason))

    def _book(self, row: Row) -> None:
        if row.component.first("RRULE") is None and row.component.first("RDATE") is None:
            self._book_single(row)
        else:
            self._book_series(row)

    def _book_single(self, row: Row) -> None:
        self._exchange.book(self._owner.address, event_of(row, self._owner), by="import")
        self._report.singles += 1

    def _book_series(self, row: Row) -> None:
        rule = self._recurrence(row)
        master = self._exchange.book(self._owner.address, {**event_of(row, self._owner), **rule}, by="import")
        self._report.series += 1
        item = self._exchange.mailbox(self._owner.address).find(master["id"]).item
        for given in row.component.every("EXDATE"):
            self._delete(item, row, given)
        for override in self._overrides.pop(row.uid, []):
            self._try(override.component, lambda override=override: self._replace(item, row, override))  # type: ignore[misc]

    def _recurrence(self, row: Row) -> dict[str, Any]:
        """The rule as Graph has it, or every instance."""
        rules = [read_rule(given, row.start) for given in row.component.every("RRULE")]
        extra = [moment for given in row.component.every("RDATE") for moment in self._zones.moments(given)]
        found = graph_recurrence(rules[0], row.start) if len(rules) == 1 and not extra else None
        if found:
            return {"recurrence": found}
        walls = {row.start.wall}.union(*(walls_of(rule, row.start, self._horizon) for rule in rules))
        pairs = {row.times_at(wall) for wall in walls}
        pairs |= {row.times_at(self._wall_of(moment, row.start)) for moment in extra}
        if len(walls) >= MOST:
            self._note(row, f"only the first {MOST} instances of this series are imported")
        return {"x-instances": sorted(pairs)}

    @staticmethod
    def _wall_of(moment: Moment, start: Moment) -> datetime:
        """A moment as a wall time of the series."""
        if start.all_day or moment.all_day:
            return datetime.combine(moment.wall.date(), start.wall.time())
        return moment.instant.astimezone(start.zone.rules).replace(tzinfo=None)

    def _slot(self, item: Item, row: Row, moment: Moment) -> str | None:
        """The instance of a series that originally began at a moment, or None."""
        wall = self._wall_of(moment, row.start)
        begin = row.start.at(wall)
        series = item.series
        if series is None:
            return None
        slot = begin.strftime("%Y%m%d%H%M") if series.expansion.explicit is not None else wall.strftime("%Y%m%d")
        found = series.occurrence(slot)
        return slot if found is not None and found.start == begin else None

    def _delete(self, item: Item, row: Row, given: Property) -> None:
        try:
            moments = self._zones.moments(given)
        except Unreadable as error:
            self._report.notes.append(Remark(row.uid, error.line, f"{error}; this EXDATE is passed over"))
            return
        for moment in moments:
            slot = self._slot(item, row, moment)
            if slot is not None:
                self._exchange.remove(self._owner.address, occurrence_id(item.id, slot), by="import")
                self._report.deleted_instances += 1

    def _replace(self, item: Item, row: Row, override: Row) -> None:
        moment = override.original
        slot = self._slot(item, row, moment) if moment else None
        if override.component.every("RECURRENCE-ID")[0].parameters.get("RANGE"):
            self._note(override, "RANGE is not followed: only this instance differs")
        if slot is None:
            self._note(override, "the series has no instance there, so it is imported as an item of its own")
            self._book_single(override)
        elif override.is_cancelled:
            self._exchange.remove(self._owner.address, occurrence_id(item.id, slot), by="import")
            self._report.deleted_instances += 1
        else:
            event = event_of(override, self._owner)
            self._exchange.change(self._owner.address, occurrence_id(item.id, slot), event, by="import")
            self._report.exceptions += 1
