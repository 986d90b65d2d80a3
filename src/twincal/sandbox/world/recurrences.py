"""Recurrence rules of an iCalendar file: as Graph's pattern where it can say the same, else as the instances themselves."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dateutil.rrule import rrulestr

from twincal.sandbox.world.contentlines import Property
from twincal.sandbox.world.moments import Moment, Unreadable

WEEK = {"MO": "monday", "TU": "tuesday", "WE": "wednesday", "TH": "thursday", "FR": "friday", "SA": "saturday", "SU": "sunday"}
NAMES = list(WEEK.values())
POSITIONS = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
UNITS = {"DAILY": "daily", "WEEKLY": "weekly"}
FINE = {"HOURLY", "MINUTELY", "SECONDLY"}
# A series that must be spelt out goes this far beyond the sandbox's present, and to so many instances.
HORIZON = timedelta(days=3660)
MOST = 4000
_BYDAY = re.compile(r"([+-]?\d+)?(MO|TU|WE|TH|FR|SA|SU)\Z")


@dataclass(frozen=True, slots=True)
class Rule:
    """An RRULE taken apart. `until` is the last wall time, inclusive, in the zone of the series."""

    parts: dict[str, str]
    until: datetime | None
    line: int

    @property
    def frequency(self) -> str:
        """FREQ."""
        return self.parts["FREQ"]

    def number(self, name: str, default: int) -> int:
        """A part that is a whole number. Raises Unreadable."""
        try:
            return int(self.parts.get(name, default))
        except ValueError:
            raise Unreadable(f"{name}={self.parts[name]} is no number", self.line) from None


def read_rule(given: Property, start: Moment) -> Rule:
    """An RRULE. Raises Unreadable."""
    pairs = [part.partition("=") for part in given.value.strip().strip(";").upper().split(";")]
    parts = {name.strip(): value.strip() for name, _, value in pairs}
    if parts.get("FREQ") not in {*UNITS, *FINE, "MONTHLY", "YEARLY"}:
        raise Unreadable(f"the recurrence rule '{given.value}' has no known FREQ", given.line)
    rule = Rule(parts, _until(parts["UNTIL"], start, given) if "UNTIL" in parts else None, given.line)
    if rule.number("INTERVAL", 1) < 1 or rule.number("COUNT", 1) < 1:
        raise Unreadable(f"the recurrence rule '{given.value}' repeats less than once", given.line)
    return rule


def _until(text: str, start: Moment, given: Property) -> datetime:
    """UNTIL as a wall time of the series. A date ends with its day; of whole days only the date counts."""
    found = re.match(r"(\d{8})(?:T(\d{6})(Z?))?\Z", text)
    try:
        day = datetime.strptime(found[1], "%Y%m%d") if found else None  # noqa: DTZ007
        clock = datetime.strptime(found[2] or "235959", "%H%M%S").time() if found else None  # noqa: DTZ007
    except ValueError:
        day = clock = None
    if found is None or day is None or clock is None:
        raise Unreadable(f"UNTIL={text} is no date or time", given.line)
    if start.all_day:
        return day
    wall = datetime.combine(day, clock)
    if not found[3]:
        return wall
    return wall.replace(tzinfo=UTC).astimezone(start.zone.rules).replace(tzinfo=None)


def walls_of(rule: Rule, start: Moment, horizon: datetime) -> list[datetime]:
    """The wall times a rule gives up to `horizon` (a wall time), the first instance always among them.

    RFC 5545 section 3.8.5.3: DTSTART is the first instance, whatever the rule says. Raises Unreadable.
    """
    text = ";".join(f"{name}={value}" for name, value in rule.parts.items() if name != "UNTIL")
    last = min(horizon, rule.until) if rule.until else horizon
    try:
        found = rrulestr(f"RRULE:{text}", dtstart=start.wall)
        walls: list[datetime] = []
        for wall in found:
            if wall > last or len(walls) >= MOST:
                break
            walls.append(wall)
    except (ValueError, TypeError, KeyError) as error:
        raise Unreadable(f"the recurrence rule '{text}' cannot be read: {error}", rule.line) from None
    return walls if start.wall in walls else sorted([start.wall, *walls])


def graph_recurrence(rule: Rule, start: Moment) -> dict[str, Any] | None:
    """The rule in Graph's terms, or None where Graph cannot say exactly the same."""
    pattern = None if start.zone.custom and not start.all_day else _pattern(rule, start)
    limits = _range(rule, start)
    if pattern is None or limits is None:
        return None
    return {"pattern": {"interval": rule.number("INTERVAL", 1), **pattern}, "range": limits}


def _range(rule: Rule, start: Moment) -> dict[str, Any] | None:
    if "COUNT" in rule.parts and rule.until is not None:
        # RFC 5545 forbids it and files have it: whichever comes first ends it, and Graph's range knows only one end.
        return None
    first = start.wall.date()
    limits = {"startDate": first.isoformat(), "recurrenceTimeZone": start.zone.name}
    if "COUNT" in rule.parts:
        return {**limits, "type": "numbered", "numberOfOccurrences": rule.number("COUNT", 1)}
    if rule.until is None:
        return {**limits, "type": "noEnd"}
    # Graph's end is a day: the last day of which the instance still begins in time.
    last = rule.until.date() - timedelta(days=0 if start.all_day or start.wall.time() <= rule.until.time() else 1)
    return {**limits, "type": "endDate", "endDate": last.isoformat()} if last >= first else None


def _pattern(rule: Rule, start: Moment) -> dict[str, Any] | None:
    by = {name for name in rule.parts if name.startswith("BY")}
    makers = {"DAILY": _daily, "WEEKLY": _weekly, "MONTHLY": _monthly, "YEARLY": _yearly}
    maker = makers.get(rule.frequency)
    return maker(rule, start, by) if maker else None


def _daily(_: Rule, __: Moment, by: set[str]) -> dict[str, Any] | None:
    return None if by else {"type": "daily"}


def _weekly(rule: Rule, start: Moment, by: set[str]) -> dict[str, Any] | None:
    days = _weekdays(rule) if "BYDAY" in by else {NAMES[start.wall.weekday()]: 0}
    plain = days is not None and not any(days.values()) and NAMES[start.wall.weekday()] in days
    if by - {"BYDAY"} or not plain or days is None:
        return None
    first = WEEK.get(rule.parts.get("WKST", "MO"), "monday")
    return {"type": "weekly", "daysOfWeek": list(days), "firstDayOfWeek": first}


def _monthly(rule: Rule, start: Moment, by: set[str]) -> dict[str, Any] | None:
    if not by or by == {"BYMONTHDAY"}:
        day = rule.parts.get("BYMONTHDAY", str(start.wall.day))
        # Exchange moves the 31st of a short month to its last day; RFC 5545 leaves the month out.
        fits = day == str(start.wall.day) and start.wall.day <= 28
        return {"type": "absoluteMonthly", "dayOfMonth": start.wall.day} if fits else None
    relative = _relative(rule, start, by)
    return {"type": "relativeMonthly", **relative} if relative else None


def _yearly(rule: Rule, start: Moment, by: set[str]) -> dict[str, Any] | None:
    month = rule.parts.get("BYMONTH", str(start.wall.month))
    if month.lstrip("0") != str(start.wall.month):
        return None
    if by <= {"BYMONTH", "BYMONTHDAY"}:
        day = rule.parts.get("BYMONTHDAY", str(start.wall.day))
        fits = day.lstrip("0") == str(start.wall.day) and start.wall.day <= calendar.monthrange(2001, start.wall.month)[1]
        unclear = "BYMONTHDAY" in by and "BYMONTH" not in by
        found = {"type": "absoluteYearly", "dayOfMonth": start.wall.day, "month": start.wall.month}
        return found if fits and not unclear else None
    relative = _relative(rule, start, by - {"BYMONTH"}) if "BYMONTH" in by else None
    return {"type": "relativeYearly", **relative, "month": start.wall.month} if relative else None


def _relative(rule: Rule, start: Moment, by: set[str]) -> dict[str, Any] | None:
    """The nth of some weekdays in a month, if that is what the rule says and the first instance is one."""
    days = _weekdays(rule) if "BYDAY" in by else None
    if not days or by - {"BYDAY", "BYSETPOS"}:
        return None
    ordinals = set(days.values())
    position = rule.number("BYSETPOS", 0) if ordinals == {0} else ordinals.pop() if len(days) == 1 else 0
    if position not in POSITIONS or ("BYSETPOS" in by and ordinals - {0}):
        return None
    return {"daysOfWeek": list(days), "index": POSITIONS[position]} if _is_nth(start.wall, set(days), position) else None


def _is_nth(wall: datetime, days: set[str], position: int) -> bool:
    month = range(1, calendar.monthrange(wall.year, wall.month)[1] + 1)
    fitting = [day for day in month if NAMES[wall.replace(day=day).weekday()] in days]
    return fitting[position - 1 if position > 0 else position] == wall.day


def _weekdays(rule: Rule) -> dict[str, int] | None:
    """Weekdays of BYDAY with their ordinals (0: every), or None where it cannot be read."""
    found: dict[str, int] = {}
    for part in rule.parts["BYDAY"].split(","):
        match = _BYDAY.match(part.strip())
        if match is None:
            return None
        found[WEEK[match[2]]] = int(match[1] or 0)
    return found
