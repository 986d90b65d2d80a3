"""What an independent expander finds in a file: recurring-ical-events, which shares no line with the sandbox's import."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from tests.calendar_files import read_calendar
from tests.real.clouds import DAY, Seen, Window, fitted, written


def expanded(text: str, window: Window, time_zone: str) -> tuple[Counter[Seen], dict[str, str]]:
    """The instances inside a window, and the UIDs of which the expander can make nothing, with what it says.

    Times without a zone are in the mailbox's (RFC 5545 section 3.3.5: wherever the calendar's person is).
    """
    calendar = read_calendar(text)
    found: Counter[Seen] = Counter()
    unread: dict[str, str] = {}
    for uid, part in _parts(calendar):
        try:
            events = recurring_ical_events.of(part).between(window[0] - DAY, window[1] + DAY)
            found.update(seen(event, ZoneInfo(time_zone)) for event in events)
        except Exception as error:  # a library may fail at an odd row in any way
            unread[uid] = f"{type(error).__name__}: {error}"
    return Counter({each: count for each, count in found.items() if each.within(window)}), unread


def _parts(calendar: Any) -> Iterator[tuple[str, Any]]:
    """The file in one piece where the expander can read it whole; else one calendar for each UID, so that a row that
    breaks the expander costs that row."""
    try:
        recurring_ical_events.of(calendar)
        parts = {"": calendar.walk("VEVENT")}
    except Exception:  # as above
        parts = {}
        for event in calendar.walk("VEVENT"):
            parts.setdefault(str(event.get("UID")), []).append(event)
    for uid, events in parts.items():
        part = icalendar.Calendar()
        for event in events:
            part.add_component(event)
        yield uid, part


def seen(event: Any, own: tzinfo) -> Seen:
    """An instance the expander made; it always gives DTSTART, and no DTEND where a moment has none."""
    start = event["DTSTART"].dt
    end = event["DTEND"].dt if "DTEND" in event else start
    if isinstance(start, datetime) and start.tzinfo is None:
        start = start.replace(tzinfo=own)
    if isinstance(end, datetime) and end.tzinfo is None:
        end = end.replace(tzinfo=own)
    return Seen(fitted(event.get("SUMMARY")), fitted(event.get("LOCATION")), *written(start, end))
