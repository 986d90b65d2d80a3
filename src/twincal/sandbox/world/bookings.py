"""Events as a person would make them, in Graph's JSON."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
POSITIONS = ["first", "second", "third", "fourth"]
Guest = tuple[str, str]


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A wall time, without a zone."""
    return datetime.combine(day, time(hour, minute))


def on_weekday(day: date, weekday: int) -> date:
    """The day itself or the first such weekday (Monday is 0) after it."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def booking(subject: str, start: datetime, minutes: int, zone: str, **more: Any) -> dict[str, Any]:
    """A timed event; `start` is a wall time in `zone`. Further members stand as they are given."""
    end = start + timedelta(minutes=minutes)
    return {"subject": subject, "start": _time(start, zone), "end": _time(end, zone), **more}


def journey(subject: str, start: datetime, zone: str, end: datetime, end_zone: str, **more: Any) -> dict[str, Any]:
    """A timed event that ends in another zone than it starts."""
    return {"subject": subject, "start": _time(start, zone), "end": _time(end, end_zone), **more}


def whole_days(subject: str, first: date, days: int, zone: str, **more: Any) -> dict[str, Any]:
    """An all-day event of so many days."""
    start = at(first, 0)
    times = {"start": _time(start, zone), "end": _time(start + timedelta(days=days), zone)}
    return {"subject": subject, "isAllDay": True, **times, **more}


def _time(moment: datetime, zone: str) -> dict[str, str]:
    return {"dateTime": moment.isoformat(), "timeZone": zone}


def weekly(first: date, *, every: int = 1, until: date | None = None, days: Iterable[int] = ()) -> dict[str, Any]:
    """Each week, or every so many, on the weekday of the first instance and on `days`."""
    names = [DAYS[number] for number in sorted({first.weekday(), *days})]
    pattern = {"type": "weekly", "interval": every, "daysOfWeek": names, "firstDayOfWeek": "monday"}
    return {"pattern": pattern, "range": _range(first, until)}


def monthly(first: date, *, until: date | None = None) -> dict[str, Any]:
    """Each month on the same weekday of the same week; the first instance lies in the first four weeks of its month."""
    index = POSITIONS[(first.day - 1) // 7]
    pattern = {"type": "relativeMonthly", "interval": 1, "daysOfWeek": [DAYS[first.weekday()]], "index": index}
    return {"pattern": pattern, "range": _range(first, until)}


def yearly(first: date) -> dict[str, Any]:
    """Each year on the same date."""
    pattern = {"type": "absoluteYearly", "interval": 1, "dayOfMonth": first.day, "month": first.month}
    return {"pattern": pattern, "range": _range(first, None)}


def _range(first: date, until: date | None) -> dict[str, Any]:
    start = {"startDate": first.isoformat()}
    return {**start, "type": "endDate", "endDate": until.isoformat()} if until else {**start, "type": "noEnd"}


def invited(guests: Iterable[Guest], *, answer: str = "accepted", kind: str = "required") -> list[dict[str, Any]]:
    """Attendees from pairs of name and address, with the answer they have given."""
    return [
        {"type": kind, "status": {"response": answer}, "emailAddress": {"name": name, "address": address}}
        for name, address in guests
    ]


def text(content: str) -> dict[str, str]:
    """A body of plain text."""
    return {"contentType": "text", "content": content}


def html(*paragraphs: str) -> dict[str, str]:
    """A body as Outlook writes it."""
    return {"contentType": "html", "content": "".join(f'<p class="MsoNormal">{each}</p>' for each in paragraphs)}
