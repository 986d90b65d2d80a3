"""Series: expansion in the zone they were made in, exceptions, deleted instances, changes of the master."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sandbox.graph_company import ANN, START, company, meeting, weekly
from twincal.sandbox.exchange import Exchange, GraphError
from twincal.sandbox.exchange.recurrence import canonical_pattern, canonical_range, days_of

EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC)


def days(pattern: dict[str, Any], start: str, number: int = 5) -> list[str]:
    """The first days of a pattern."""
    limits = canonical_range({"type": "numbered", "startDate": start, "numberOfOccurrences": number}, "UTC")
    return [str(day) for day in days_of({"pattern": canonical_pattern(pattern), "range": limits})]


PATTERNS: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"type": "daily", "interval": 3}, "2026-01-30", ["2026-01-30", "2026-02-02", "2026-02-05"]),
    (
        {"type": "weekly", "interval": 2, "daysOfWeek": ["Monday", "SUNDAY"], "firstDayOfWeek": "monday"},
        "2026-01-05", ["2026-01-05", "2026-01-11", "2026-01-19"],
    ),
    (
        {"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "sunday"]},
        "2026-01-05", ["2026-01-05", "2026-01-18", "2026-01-19"],
    ),
    ({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}, "2026-01-31", ["2026-01-31", "2026-02-28", "2026-03-31"]),
    (
        {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["friday"], "index": "Last"},
        "2026-01-30", ["2026-01-30", "2026-02-27", "2026-03-27"],
    ),
    (
        {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday", "tuesday"], "index": "second"},
        "2026-01-06", ["2026-01-06", "2026-02-03", "2026-03-03"],
    ),
    (
        {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2},
        "2024-02-29", ["2024-02-29", "2025-02-28", "2026-02-28"],
    ),
    (
        {"type": "relativeYearly", "interval": 1, "daysOfWeek": ["thursday"], "index": "fourth", "month": 11},
        "2026-11-26", ["2026-11-26", "2027-11-25", "2028-11-23"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "start", "expected"), PATTERNS)
def test_patterns(pattern: dict[str, Any], start: str, expected: list[str]) -> None:
    assert days(pattern, start, len(expected)) == expected


def series(exchange: Exchange, **more: Any) -> dict[str, Any]:
    """A weekly series at nine in the morning in Berlin, across the end of summer time."""
    zone = "W. Europe Standard Time"
    times = {
        "start": {"dateTime": "2026-10-13T09:00:00", "timeZone": zone},
        "end": {"dateTime": "2026-10-13T10:00:00", "timeZone": zone},
    }
    return exchange.book(ANN, {"subject": "Weekly", **times, "recurrence": weekly(4, "2026-10-13"), **more})


def instances(exchange: Exchange, master: dict[str, Any]) -> list[dict[str, Any]]:
    """All instances."""
    return exchange.occurrences(ANN, master["id"], EARLY, LATE)


def starts(exchange: Exchange, master: dict[str, Any]) -> list[str]:
    """When the instances start, in UTC, to the minute."""
    return [each["start"]["dateTime"][5:16] for each in instances(exchange, master)]


def test_wall_time_holds_across_the_change_of_clocks() -> None:
    exchange = company()
    assert starts(exchange, series(exchange)) == ["10-13T07:00", "10-20T07:00", "10-27T08:00", "11-03T08:00"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "W. Europe Standard Time", "tzone://Microsoft/Custom", "Customized Time Zone"])
def test_zone_names_of_every_kind_echo(zone: str) -> None:
    exchange = company()
    times = {name: {"dateTime": f"2026-07-01T{hour}:00:00", "timeZone": zone} for name, hour in (("start", "09"), ("end", "10"))}
    event = exchange.book(ANN, {"subject": "x", **times})
    assert (event["originalStartTimeZone"], event["start"]["dateTime"][11:16]) == (zone, "07:00")


def test_an_unknown_zone_is_refused() -> None:
    exchange = company()
    with pytest.raises(GraphError, match="Mars") as refusal:
        exchange.book(ANN, meeting(start={"dateTime": "2026-07-01T09:00:00", "timeZone": "Mars Standard Time"}))
    assert refusal.value.code == "TimeZoneNotSupportedException"


def test_unused_members_of_a_recurrence_come_back_filled() -> None:
    rule = series(company())["recurrence"]
    assert rule["pattern"] == {
        "type": "weekly", "interval": 1, "month": 0, "dayOfMonth": 0, "daysOfWeek": ["tuesday"],
        "firstDayOfWeek": "sunday", "index": "first",
    }  # fmt: skip
    assert (rule["range"]["endDate"], rule["range"]["recurrenceTimeZone"]) == ("0001-01-01", "W. Europe Standard Time")


def test_an_exception_remembers_its_slot_and_hears_of_the_master() -> None:
    exchange = company()
    master = series(exchange)
    second = instances(exchange, master)[1]
    changed = exchange.change(
        ANN,
        second["id"],
        {
            "subject": "Other",
            "start": {"dateTime": "2026-10-21T09:00:00", "timeZone": "UTC"},
            "end": {"dateTime": "2026-10-21T10:00:00", "timeZone": "UTC"},
        },
    )
    assert (changed["type"], changed["id"]) == ("exception", second["id"])
    assert changed["originalStart"] == "2026-10-20T07:00:00Z"
    exchange.change(ANN, master["id"], {"subject": "New name", "location": {"displayName": "Hall"}})
    assert [(each["subject"], each["location"]["displayName"]) for each in instances(exchange, master)[:2]] == [
        ("New name", "Hall"), ("Other", "Hall"),
    ]  # fmt: skip


def test_an_instance_cannot_reach_its_neighbours_day() -> None:
    exchange = company()
    second = instances(exchange, series(exchange))[1]
    for day in ("2026-10-13", "2026-10-27", "2026-11-09"):
        with pytest.raises(GraphError) as refusal:
            exchange.change(ANN, second["id"], meeting("x", day))
        assert refusal.value.code == "ErrorOccurrenceCrossingBoundary"
    assert exchange.change(ANN, second["id"], meeting("x", "2026-10-26"))["type"] == "exception"


def test_a_change_of_times_drops_exceptions_and_a_change_of_words_keeps_them() -> None:
    exchange = company()
    master = series(exchange)
    found = instances(exchange, master)
    exchange.change(ANN, found[1]["id"], {"subject": "Other"})
    exchange.remove(ANN, found[2]["id"])
    exchange.change(ANN, master["id"], {"importance": "high"})
    assert [each["type"] for each in instances(exchange, master)] == ["occurrence", "exception", "occurrence"]
    zone = "W. Europe Standard Time"
    exchange.change(
        ANN,
        master["id"],
        {
            "start": {"dateTime": "2026-10-13T11:00:00", "timeZone": zone},
            "end": {"dateTime": "2026-10-13T12:00:00", "timeZone": zone},
        },
    )
    assert [each["type"] for each in instances(exchange, master)] == ["occurrence"] * 4
    assert starts(exchange, master)[-1] == "11-03T10:00"


def test_a_deleted_instance_is_not_found_again() -> None:
    exchange = company()
    master = series(exchange)
    first = instances(exchange, master)[0]
    exchange.remove(ANN, first["id"])
    assert len(instances(exchange, master)) == 3
    with pytest.raises(GraphError, match="ErrorItemNotFound"):
        exchange.change(ANN, first["id"], {"subject": "x"})


def test_a_stale_start_date_is_refused_and_nothing_changes() -> None:
    exchange = company()
    master = series(exchange)
    with pytest.raises(GraphError, match="start date"):
        exchange.change(ANN, master["id"], {"recurrence": weekly(2, "2026-10-20")})
    assert len(instances(exchange, master)) == 4
    exchange.change(ANN, master["id"], {"recurrence": weekly(2, "2026-10-13")})
    assert len(instances(exchange, master)) == 2
    exchange.change(ANN, master["id"], {"recurrence": None})
    assert exchange.change(ANN, master["id"], {})["type"] == "singleInstance"


def test_whole_days_repeat_by_date() -> None:
    exchange = company()
    zone = "W. Europe Standard Time"
    times = {
        "start": {"dateTime": "2026-10-24T00:00:00", "timeZone": zone},
        "end": {"dateTime": "2026-10-26T00:00:00", "timeZone": zone},
    }
    rule = {
        "pattern": {"type": "daily", "interval": 1},
        "range": {"type": "numbered", "startDate": "2026-10-24", "numberOfOccurrences": 2},
    }
    master = exchange.book(ANN, {"subject": "Trip", "isAllDay": True, **times, "recurrence": rule})
    assert [(each["start"]["dateTime"][:10], each["end"]["dateTime"][:10]) for each in instances(exchange, master)] == [
        ("2026-10-24", "2026-10-26"), ("2026-10-25", "2026-10-27"),
    ]  # fmt: skip


def test_instances_can_be_given_outright() -> None:
    exchange = company()
    pairs = [("2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z"), ("2026-12-04T15:00:00Z", "2026-12-04T17:00:00Z")]
    master = exchange.book(ANN, {**meeting("Odd"), "x-instances": pairs})
    assert master["type"] == "seriesMaster"
    assert master["recurrence"]["range"]["endDate"] == "2026-12-04"
    found = exchange.occurrences(ANN, master["id"], START, LATE)
    assert [(each["start"]["dateTime"][5:16], each["end"]["dateTime"][5:16]) for each in found] == [
        ("12-01T09:00", "12-01T10:00"), ("12-04T15:00", "12-04T17:00"),
    ]  # fmt: skip
    exchange.remove(ANN, found[0]["id"])
    assert exchange.change(ANN, found[1]["id"], {"subject": "Moved"})["type"] == "exception"
    assert len(exchange.occurrences(ANN, master["id"], START, LATE)) == 1


def test_an_endless_series_is_expanded_as_far_as_someone_looks() -> None:
    exchange = company()
    rule = {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "noEnd", "startDate": "2026-12-01"}}
    master = exchange.book(ANN, meeting("Daily", recurrence=rule))
    late = exchange.occurrences(ANN, master["id"], datetime(2031, 1, 1, tzinfo=UTC), datetime(2031, 1, 8, tzinfo=UTC))
    assert [each["start"]["dateTime"][:10] for each in late][::6] == ["2031-01-01", "2031-01-07"]


def test_the_ends_of_an_endless_and_of_a_finished_series_have_one_neighbour() -> None:
    exchange = company()
    master = series(exchange)
    last = instances(exchange, master)[-1]
    assert exchange.change(ANN, last["id"], meeting("x", "2027-06-01"))["type"] == "exception"
    rule = {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "noEnd", "startDate": "2026-12-01"}}
    daily = exchange.book(ANN, meeting("Daily", recurrence=rule))
    first = exchange.occurrences(ANN, daily["id"], START, datetime(2026, 12, 2, tzinfo=UTC))[0]
    assert exchange.change(ANN, first["id"], meeting("x", "2026-11-20"))["originalStart"] == "2026-12-01T09:00:00Z"
    with pytest.raises(GraphError, match="Crossing"):
        exchange.change(ANN, first["id"], meeting("x", "2026-12-02"))
