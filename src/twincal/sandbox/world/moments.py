"""Dates, times and zones of an iCalendar file, in the file's own terms (RFC 5545 sections 3.3 and 3.6.5)."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from dateutil.rrule import rrulestr
from tzlocal.windows_tz import win_tz

from twincal.sandbox.world.contentlines import Component, Property

_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)\Z")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)\Z")
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)(?::?(\d\d))?\Z")
_DURATION = re.compile(r"([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?\Z")
# How far the rules of a zone that only the file defines are followed.
LAST_ONSET = datetime(2100, 1, 1)  # noqa: DTZ001 compared with wall times
CUSTOM = "tzone://Microsoft/Custom"


class Unreadable(ValueError):
    """A row that cannot be imported; the message is the reason, `line` where it stands."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, slots=True)
class Zone:
    """Rules with the name Exchange knows them by."""

    name: str
    rules: tzinfo

    @property
    def custom(self) -> bool:
        """Whether only the file defines it."""
        return self.name == CUSTOM


@dataclass(frozen=True, slots=True)
class Moment:
    """A point of the calendar: a whole day, or a wall time in a zone; `fold` tells the second of two alike."""

    wall: datetime
    zone: Zone
    all_day: bool
    fold: int = 0

    @property
    def instant(self) -> datetime:
        """In UTC; of a whole day the midnight it begins with."""
        return self.at(self.wall.replace(fold=self.fold))

    def at(self, wall: datetime) -> datetime:
        """Another wall time of the same zone, in UTC. In a gap the offset before it counts (RFC 5545 section 3.3.5)."""
        return wall.replace(tzinfo=self.zone.rules).astimezone(UTC)


class FileZone(tzinfo):
    """A zone as the file's VTIMEZONE tells it."""

    def __init__(self, name: str, before: timedelta, changes: list[tuple[datetime, timedelta, timedelta]]) -> None:
        """`changes` are (wall time in the old offset, old offset, new offset), in order."""
        self._name, self._before, self._changes = name, before, changes
        self._walls = [wall for wall, _, _ in changes]
        self._second = [wall + min(timedelta(), new - old) for wall, old, new in changes]
        self._instants = [wall - old for wall, old, _ in changes]

    def _offset(self, index: int) -> timedelta:
        return self._changes[index - 1][2] if index else self._before

    def utcoffset(self, moment: datetime | None) -> timedelta:
        """The offset at a wall time; `fold` tells the second of two alike."""
        if moment is None:
            return self._before
        wall = moment.replace(tzinfo=None)
        return self._offset(bisect_right(self._second if moment.fold else self._walls, wall))

    def fromutc(self, moment: datetime) -> datetime:
        """The wall time of an instant."""
        index = bisect_right(self._instants, moment.replace(tzinfo=None))
        found = moment + self._offset(index)
        twice = index and found.replace(tzinfo=None) < self._walls[index - 1]
        return found.replace(fold=1) if twice else found

    def dst(self, _: datetime | None) -> timedelta:
        """Not told apart."""
        return timedelta()

    def tzname(self, _: datetime | None) -> str:
        """The file's name for it."""
        return self._name


@cache
def _known_names() -> dict[str, str]:
    names = {name: name for name in available_timezones()}
    return names | {name: iana for name, iana in win_tz.items() if name not in names}


def _known(tzid: str) -> str | None:
    """The name of a well-known zone: its own, a Windows name, or the end of a path such as /mozilla.org/20050126_1/Europe/Rome."""
    names, parts = _known_names(), tzid.strip("/").split("/")
    for count in range(len(parts)):
        found = "/".join(parts[count:])
        if found in names and (count == 0 or tzid.startswith("/")):
            return names[found]
    return None


def zone_of_file(component: Component) -> FileZone:
    """The rules of one VTIMEZONE. Raises Unreadable."""
    changes: list[tuple[datetime, timedelta, timedelta]] = []
    for part in component.children:
        if part.name in {"STANDARD", "DAYLIGHT"}:
            changes += _changes_of(part)
    if not changes:
        raise Unreadable("a VTIMEZONE without a STANDARD or DAYLIGHT part", component.line)
    changes.sort(key=lambda change: change[0] - change[1])
    return FileZone(component.text("TZID"), changes[0][1], changes)


def _changes_of(part: Component) -> list[tuple[datetime, timedelta, timedelta]]:
    old, new, begin = (_needed(part, name) for name in ("TZOFFSETFROM", "TZOFFSETTO", "DTSTART"))
    first = _wall(begin)
    pair = (offset_of(old), offset_of(new))
    onsets = {first}
    for rule in part.every("RRULE"):
        text = re.sub(r"(UNTIL=\d{8}(?:T\d{6})?)Z", r"\1", rule.value)
        try:
            onsets |= set(rrulestr(text, dtstart=first).between(first, LAST_ONSET, inc=True))
        except (ValueError, TypeError) as error:
            raise Unreadable(f"the rule '{rule.value}' of a time zone cannot be read: {error}", rule.line) from None
    for extra in part.every("RDATE"):
        onsets |= {_wall(Property("RDATE", {}, value, extra.line)) for value in extra.value.split(",")}
    return [(onset, *pair) for onset in sorted(onsets)]


def _needed(component: Component, name: str) -> Property:
    found = component.first(name)
    if found is None:
        raise Unreadable(f"a {component.name} without {name}", component.line)
    return found


def offset_of(given: Property) -> timedelta:
    """An offset from UTC. Raises Unreadable."""
    found = _OFFSET.match(given.value.strip())
    if found is None:
        raise Unreadable(f"'{given.value}' is no offset from UTC", given.line)
    size = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    return -size if found[1] == "-" else size


def duration_of(given: Property) -> timedelta:
    """A length of time such as PT1H30M. Raises Unreadable."""
    found = _DURATION.match(given.value.strip().upper())
    if found is None or not any(found.groups()[1:]):
        raise Unreadable(f"'{given.value}' is no duration", given.line)
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    size = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -size if found[1] == "-" else size


def _wall(given: Property) -> datetime:
    text = given.value.strip()
    found = _TIME.match(text) or _DATE.match(text)
    if found is None:
        raise Unreadable(f"'{given.value}' is no date or time", given.line)
    try:
        # 60 is the leap second; a calendar knows none.
        numbers = [min(int(part), 59) if place == 5 else int(part) for place, part in enumerate(found.groups()[:6])]
        return datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001 a wall time, its zone comes later
    except ValueError:
        raise Unreadable(f"'{given.value}' is no date or time", given.line) from None


class Zones:
    """The zones a file names. `own` is the mailbox's, for times that name none."""

    def __init__(self, calendars: list[Component], own: Zone) -> None:
        self.own = own
        self._defined = {part.text("TZID"): part for each in calendars for part in each.children if part.name == "VTIMEZONE"}
        self._made: dict[str, Zone] = {}

    def named(self, tzid: str, line: int) -> Zone:
        """A zone by the file's name for it: a well-known one, else as the file defines it. Raises Unreadable."""
        if tzid not in self._made:
            self._made[tzid] = self._make(tzid, line)
        return self._made[tzid]

    def _make(self, tzid: str, line: int) -> Zone:
        known = _known(tzid)
        if known:
            return Zone(known, ZoneInfo(known))
        if tzid in self._defined:
            return Zone(CUSTOM, zone_of_file(self._defined[tzid]))
        raise Unreadable(f"the time zone '{tzid}' is neither known nor defined in the file", line)

    def moments(self, given: Property) -> list[Moment]:
        """The dates or times of a property, one or a list. Raises Unreadable. Of periods only the start is taken."""
        return [self._moment(given, value.split("/")[0]) for value in given.value.split(",")]

    def moment(self, given: Property) -> Moment:
        """The one date or time of a property. Raises Unreadable."""
        return self._moment(given, given.value)

    def _moment(self, given: Property, value: str) -> Moment:
        text = value.strip()
        wall = _wall(Property(given.name, given.parameters, text, given.line))
        if _DATE.match(text):
            return Moment(wall, self.own, all_day=True)
        if text.endswith("Z"):
            return Moment(wall, Zone("UTC", UTC), all_day=False)
        tzid = given.parameters.get("TZID")
        return Moment(wall, self.named(tzid, given.line) if tzid else self.own, all_day=False)
