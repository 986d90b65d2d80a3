"""A real calendar, imported, against an independent expander: each instance it finds is one in the mailbox, and no other."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import recurring_ical_events

from tests.calendar_files import read_calendar
from twincal.sandbox.clock import Clock
from twincal.sandbox.exchange import Exchange
from twincal.sandbox.exchange.item import Ref
from twincal.sandbox.world.icalendar import ImportReport, import_ics

WINDOW = datetime(2014, 1, 1, tzinfo=UTC), datetime(2017, 1, 1, tzinfo=UTC)
OWNER = "gabi@northwind.example"
Key = tuple[str, str, str]


@pytest.fixture(scope="module")
def text(shared: Path) -> str:
    return (shared / "data" / "real-calendar.ics").read_bytes().decode()


@pytest.fixture(scope="module")
def imported(text: str) -> tuple[Exchange, ImportReport]:
    exchange = Exchange(Clock(datetime(2015, 6, 1, 8, tzinfo=UTC)))
    exchange.add_mailbox(OWNER, "Gabi", time_zone="Europe/London")
    return exchange, import_ics(exchange, OWNER, text)


def of_library(event: Any) -> Key:
    start = event["DTSTART"].dt
    end = event["DTEND"].dt if "DTEND" in event else start
    subject = str(event.get("SUMMARY", ""))
    if not isinstance(start, datetime):
        return subject, start.isoformat(), end.isoformat()
    return subject, start.astimezone(UTC).isoformat(), end.astimezone(UTC).isoformat()


def of_mailbox(ref: Ref) -> Key:
    subject = ref.fields["subject"] or ""
    if ref.span.all_day:
        first, last = ref.span.days()
        return subject, first.isoformat(), last.isoformat()
    return subject, ref.span.start.isoformat(), ref.span.end.isoformat()


def test_every_row_is_imported(imported: tuple[Exchange, ImportReport]) -> None:
    report = imported[1]
    assert (report.singles, report.series, report.exceptions) == (4604, 166, 8)
    assert report.singles + report.series + report.exceptions == 4778
    assert report.faults == []


def test_the_same_instances_as_an_independent_expander(text: str, imported: tuple[Exchange, ImportReport]) -> None:
    found = recurring_ical_events.of(read_calendar(text)).between(*WINDOW)
    expected = Counter(of_library(event) for event in found)
    shown = Counter(of_mailbox(ref) for ref in imported[0].mailbox(OWNER).view(*WINDOW))
    assert sum(expected.values()) > 1000
    assert shown - expected == Counter()
    assert expected - shown == Counter()


def test_nobody_is_mailed(imported: tuple[Exchange, ImportReport]) -> None:
    assert imported[0].mail == []


def test_meetings_of_others_stay_theirs_and_the_exporting_person_is_the_owner(imported: tuple[Exchange, ImportReport]) -> None:
    items = list(imported[0].mailbox(OWNER).listing())
    organizers = {item.organizer["address"] for item in items if not item.is_organizer}
    assert organizers
    assert "gabi@gmail.com" not in organizers
    assert not any(entry["emailAddress"]["address"] == "gabi@gmail.com" for item in items for entry in item.fields["attendees"])


def test_a_zone_that_only_the_file_defines_has_the_rules_of_the_file(imported: tuple[Exchange, ImportReport]) -> None:
    # The file's "Europe/lisbon" is an hour ahead of Lisbon: CEST in summer.
    refs = imported[0].mailbox(OWNER).view(*WINDOW)
    custom = [ref for ref in refs if ref.span.start_zone == "tzone://Microsoft/Custom"]
    assert custom
    assert all(ref.span.end - ref.span.start < timedelta(days=7) for ref in custom)
