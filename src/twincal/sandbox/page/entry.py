"""What a form of the page holds: one item of either calendar, as text that a person can change."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from twincal.sandbox.switches import Refused

ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\Z")
MINUTE = timedelta(minutes=1)
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class When:
    """When an item is: wall times in the zone of the page. Of whole days, `last` is the last day itself and the times are none."""

    first: date
    last: date
    begins: time | None = None
    ends: time | None = None

    @classmethod
    def between(cls, start: datetime, end: datetime, zone: tzinfo) -> "When":
        """Of two aware moments, to the minute: forms have no seconds."""
        here, there = (moment.astimezone(zone).replace(second=0, microsecond=0) for moment in (start, end))
        return cls(here.date(), there.date(), here.time(), there.time())

    @property
    def all_day(self) -> bool:
        """Whether it is whole days."""
        return self.begins is None

    @property
    def start(self) -> datetime:
        """The wall time of the start; midnight of whole days."""
        return datetime.combine(self.first, self.begins or time())

    @property
    def end(self) -> datetime:
        """The wall time of the end; of whole days the midnight that ends the last one."""
        return datetime.combine(self.last, self.ends or time()) + timedelta(days=self.all_day)

    def instants(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Start and end in UTC."""
        return self.start.replace(tzinfo=zone).astimezone(UTC), self.end.replace(tzinfo=zone).astimezone(UTC)

    def touches(self, day: date) -> bool:
        """Whether it reaches into a day; an end at midnight does not."""
        last = self.end - MINUTE if self.end > self.start else self.start
        return self.first <= day <= last.date()

    def moved(self, minutes: int) -> "When":
        """The same length, so many minutes later by the clock on the wall. Whole days move by whole days."""
        by = timedelta(minutes=minutes)
        if self.all_day:
            return When(self.first + by, self.last + by)
        start, end = self.start + by, self.end + by
        return When(start.date(), end.date(), start.time(), end.time())


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as its form shows it. `people` are the addresses that Outlook invites, `who` a Contact or Lead of Salesforce."""

    subject: str
    when: When
    place: str = ""
    notes: str = ""
    private: bool = False
    people: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    who: str = ""

    def typed(self) -> dict[str, str]:
        """The values of the form."""
        when = self.when
        return {
            "subject": self.subject,
            "all_day": "1" if when.all_day else "",
            "first": when.first.isoformat(),
            "begins": f"{when.begins or time(9):%H:%M}",
            "last": when.last.isoformat(),
            "ends": f"{when.ends or time(10):%H:%M}",
            "place": self.place,
            "notes": self.notes,
            "private": "1" if self.private else "",
            "people": ", ".join(self.people),
            "categories": ", ".join(self.categories),
            "who_id": self.who,
        }


def entered(form: Mapping[str, str]) -> Entry:
    """What was typed. Raises Refused with a sentence for the person who typed it."""
    people = _parts(form.get("people", ""))
    for address in people:
        if not ADDRESS.match(address):
            raise Refused(f"'{address}' is not an address. Write addresses such as carla@acme.example, with commas between.")
    return Entry(
        subject=form.get("subject", "").strip(),
        when=_when(form),
        place=form.get("place", "").strip(),
        notes=plain(form.get("notes", "")),
        private=bool(form.get("private")),
        people=tuple(dict.fromkeys(people)),
        categories=tuple(dict.fromkeys(_parts(form.get("categories", "")))),
        who=form.get("who_id", ""),
    )


def plain(text: str) -> str:
    """A text with one kind of line end and nothing around it, so that a form changes nothing by being sent."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def day_of(text: str, what: str) -> date:
    """A day as a form sends it. Raises Refused."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Refused(f"{what} '{text}' is not a day. Write it as 2027-03-05.") from None
    if not EARLIEST <= found <= LATEST:
        raise Refused(f"{what} {text} is too far away. Choose one from {EARLIEST} to {LATEST}.")
    return found


def _when(form: Mapping[str, str]) -> When:
    first = day_of(form.get("first", ""), "The first day")
    last = day_of(form["last"], "The last day") if form.get("last") else first
    if form.get("all_day"):
        when = When(first, last)
    else:
        when = When(first, last, _time(form.get("begins", ""), "The start"), _time(form.get("ends", ""), "The end"))
    if when.end < when.start:
        raise Refused("The end is before the start. Choose a later end, or an earlier start.")
    return when


def _time(text: str, what: str) -> time:
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise Refused(f"{what} '{text}' is not a time. Write it as 09:30.") from None


def _parts(text: str) -> list[str]:
    return [part for part in (part.strip() for part in re.split(r"[,;\n]", text)) if part]
