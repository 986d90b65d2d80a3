"""Recurrence rules of imported files, against an independent expander: by hand-picked cases and by search."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import recurring_ical_events
from hypothesis import given
from hypothesis import strategies as st

from tests.calendar_files import read_calendar
from twincal.sandbox.clock import Clock
from twincal.sandbox.exchange import Exchange
from twincal.sandbox.world.icalendar import ImportReport, import_ics

WINDOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
OWNER = "ann@northwind.example"
HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n"


def calendar(*rows: str) -> str:
    events = "".join(f"BEGIN:VEVENT\r\n{row.strip()}\r\nEND:VEVENT\r\n" for row in rows)
    return (HEAD + events + "END:VCALENDAR\r\n").replace("\r\n", "\n").replace("\n", "\r\n")


def imported(text: str, zone: str = "Europe/Berlin") -> tuple[Exchange, ImportReport]:
    exchange = Exchange(Clock(datetime(2026, 6, 1, 8, tzinfo=UTC)))
    exchange.add_mailbox(OWNER, "Ann", time_zone=zone)
    return exchange, import_ics(exchange, OWNER, text)


def shown(exchange: Exchange) -> list[str]:
    found = []
    for ref in exchange.mailbox(OWNER).view(*WINDOW):
        span = ref.span
        found.append(f"{span.days()}" if span.all_day else f"{span.start.isoformat()} {span.end.isoformat()}")
    return sorted(found)


def expanded(text: str) -> list[str]:
    found = []
    for event in recurring_ical_events.of(read_calendar(text)).between(*WINDOW):
        start, end = event["DTSTART"].dt, event["DTEND"].dt
        timed = isinstance(start, datetime)
        found.append(f"{start.astimezone(UTC).isoformat()} {end.astimezone(UTC).isoformat()}" if timed else f"{(start, end)}")
    return sorted(found)


TIMED = "UID:a\nSUMMARY:A\nDTSTART;TZID=Europe/Berlin:20260302T090000\nDTEND;TZID=Europe/Berlin:20260302T100000\n"
DAYS = "UID:a\nSUMMARY:A\nDTSTART;VALUE=DATE:20260331\nDTEND;VALUE=DATE:20260401\n"
CASES = {
    "weekly across summer time": TIMED + "RRULE:FREQ=WEEKLY;BYDAY=MO",
    "every other week, Sunday first": TIMED + "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
    "every other week, Monday first": TIMED + "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
    "until in UTC on the last day": TIMED + "RRULE:FREQ=DAILY;UNTIL=20260310T080000Z",
    "until in UTC a second too early": TIMED + "RRULE:FREQ=DAILY;UNTIL=20260310T075959Z",
    "counted, with holes": TIMED + "RRULE:FREQ=DAILY;COUNT=6\nEXDATE;TZID=Europe/Berlin:20260304T090000,20260305T090000",
    "holes in UTC": TIMED + "RRULE:FREQ=DAILY;COUNT=60\nEXDATE:20260304T080000Z,20260420T070000Z",
    "counted, and over before": TIMED + "RRULE:FREQ=DAILY;COUNT=9;UNTIL=20260305T080000Z",
    "counted, and over before the limit": TIMED + "RRULE:FREQ=DAILY;COUNT=3;UNTIL=20260315T080000Z",
    "extra dates": TIMED + "RRULE:FREQ=WEEKLY;COUNT=3\nRDATE;TZID=Europe/Berlin:20260701T150000",
    "extra dates alone": TIMED + "RDATE;TZID=Europe/Berlin:20260701T150000,20260801T150000",
    "31st of the month": DAYS + "RRULE:FREQ=MONTHLY;UNTIL=20270401",
    "last day of the month": DAYS + "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=9",
    "29 February": DAYS.replace("20260331", "20240229").replace("20260401", "20240301") + "RRULE:FREQ=YEARLY",
    "first Monday": TIMED + "RRULE:FREQ=MONTHLY;BYDAY=1MO",
    "fifth Monday": TIMED.replace("20260302", "20260330") + "RRULE:FREQ=MONTHLY;BYDAY=5MO;COUNT=5",
    "first working day": TIMED + "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
    "last Friday of May": TIMED.replace("20260302", "20260529") + "RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1FR",
    "two months a year": TIMED + "RRULE:FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=2",
    "every six hours": TIMED + "RRULE:FREQ=HOURLY;INTERVAL=6;COUNT=9",
    "by week number": TIMED + "RRULE:FREQ=YEARLY;BYWEEKNO=10;BYDAY=MO;COUNT=3",
    "moved instance": TIMED + "RRULE:FREQ=WEEKLY;COUNT=4\nEND:VEVENT\nBEGIN:VEVENT\nUID:a\nSUMMARY:A\n"
    "RECURRENCE-ID;TZID=Europe/Berlin:20260309T090000\nDTSTART;TZID=Europe/Berlin:20260311T120000\n"
    "DTEND;TZID=Europe/Berlin:20260311T123000",
    "override without a series": TIMED.replace("UID:a", "UID:b\nRECURRENCE-ID:20260302T080000Z"),
    "Windows zone": TIMED.replace("Europe/Berlin", "W. Europe Standard Time") + "RRULE:FREQ=WEEKLY;COUNT=40",
    "duration": "UID:a\nSUMMARY:A\nDTSTART:20260301T100000Z\nDURATION:P1DT2H\nRRULE:FREQ=WEEKLY;COUNT=3",
    "whole days": "UID:a\nSUMMARY:A\nDTSTART;VALUE=DATE:20260301\nDURATION:P3D\nRRULE:FREQ=WEEKLY;COUNT=3",
    "one whole day without an end": "UID:a\nSUMMARY:A\nDTSTART;VALUE=DATE:20260301",
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_same_instances_as_an_independent_expander(name: str) -> None:
    text = calendar(CASES[name])
    exchange, report = imported(text)
    assert report.faults == []
    assert shown(exchange) == expanded(text)
    assert shown(exchange)


@pytest.mark.parametrize(
    ("row", "times"),
    [
        # Half past two does not come on 29 March: the offset before the gap counts, and an hour's half stays half an hour.
        ("20260322T023000", ["2026-03-22T01:30", "2026-03-29T01:30", "2026-04-05T00:30"]),
        # It comes twice on 25 October: the first counts.
        ("20261018T023000", ["2026-10-18T00:30", "2026-10-25T00:30", "2026-11-01T01:30"]),
    ],
)
def test_instances_in_the_hours_that_are_missing_or_come_twice_keep_their_exact_length(row: str, times: list[str]) -> None:
    """RFC 5545 sections 3.3.5 and 3.8.5.3. The expander repeats the wall time of the end instead, and differs here."""
    half_past = f"UID:a\nDTSTART;TZID=Europe/Berlin:{row}\nDURATION:PT30M\nRRULE:FREQ=WEEKLY;COUNT=3"
    exchange, _ = imported(calendar(half_past))
    spans = [ref.span for ref in exchange.mailbox(OWNER).view(*WINDOW)]
    assert [span.start.isoformat()[:16] for span in spans] == times
    assert {span.end - span.start for span in spans} == {timedelta(minutes=30)}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("weekly across summer time", "weekly"), ("first Monday", "relativeMonthly"), ("first working day", "relativeMonthly"),
        ("last Friday of May", "relativeYearly"), ("counted, with holes", "daily"),
    ],
)  # fmt: skip
def test_what_graph_can_say_becomes_a_rule(name: str, kind: str) -> None:
    exchange, _ = imported(calendar(CASES[name]))
    series = next(exchange.mailbox(OWNER).listing()).series
    assert series is not None
    assert series.expansion.explicit is None
    assert series.rule["pattern"]["type"] == kind


def starts() -> st.SearchStrategy[date]:
    return st.dates(date(2025, 12, 1), date(2026, 12, 31))


def rules() -> st.SearchStrategy[str]:
    days = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, max_size=3, unique=True)
    nth = st.tuples(st.sampled_from(["1", "2", "3", "4", "5", "-1", "-2"]), st.sampled_from(["MO", "WE", "SU"]))
    parts = st.one_of(
        st.just("FREQ=DAILY"),
        days.map(lambda names: "FREQ=WEEKLY;BYDAY=" + ",".join(names)),
        st.just("FREQ=WEEKLY"),
        st.just("FREQ=MONTHLY"),
        nth.map(lambda pair: f"FREQ=MONTHLY;BYDAY={pair[0]}{pair[1]}"),
        st.integers(1, 31).map(lambda day: f"FREQ=MONTHLY;BYMONTHDAY={day}"),
        st.just("FREQ=YEARLY"),
        nth.map(lambda pair: f"FREQ=YEARLY;BYMONTH=5;BYDAY={pair[0]}{pair[1]}"),
    )
    limits = st.one_of(
        st.just(""),
        st.integers(1, 40).map(lambda number: f";COUNT={number}"),
        st.dates(date(2027, 1, 2), date(2028, 12, 31)).map(lambda day: f";UNTIL={day:%Y%m%d}T100000Z"),
    )
    wkst = st.sampled_from(["", ";WKST=SU", ";WKST=MO"])
    return st.builds(
        lambda part, every, limit, week: f"{part};INTERVAL={every}{limit}{week}", parts, st.integers(1, 3), limits, wkst
    )


@given(
    first=starts(),
    rule=rules(),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
    hour=st.integers(0, 23),
)
def test_any_rule_that_its_first_instance_follows(first: date, rule: str, zone: str, hour: int) -> None:
    start = datetime.combine(first, datetime.min.time()) + timedelta(hours=hour)
    end = start + timedelta(minutes=50)
    row = f"UID:a\nSUMMARY:A\nDTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}\nDTEND;TZID={zone}:{end:%Y%m%dT%H%M%S}\nRRULE:{rule}"
    text = calendar(row)
    exchange, report = imported(text)
    assert report.faults == []
    expected: Any = expanded(text)
    found = shown(exchange)
    # A first instance that its rule does not name is one all the same (RFC 5545 section 3.8.5.3).
    assert [each for each in found if each not in expected] == []
    assert [each for each in expected if each not in found] == []
