"""Edits that turn an item into another kind: too long and short again, private and public, timed and of whole days, instance
and exception, another rule, a series that is deleted. Whatever a person does, both calendars say the same afterwards."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.real.calendars import ODD
from tests.real.clouds import Seen
from tests.real.hands import EXCHANGE, SALESFORCE
from tests.real.stage import WINDOW, Stage
from twincal.engine.report import Sides

EVERY_OTHER_DAY = {
    "pattern": {"type": "daily", "interval": 2},
    "range": {"type": "numbered", "startDate": "2015-06-01", "numberOfOccurrences": 6, "recurrenceTimeZone": "Europe/Berlin"},
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The odd calendar in step, and nobody else's."""
    made = Stage(tmp_path_factory.mktemp("turns") / "home")
    try:
        asyncio.run(in_step(made))
        yield made
    finally:
        made.sandbox.stop()


async def in_step(stage: Stage) -> None:
    """Imported, connected, synced."""
    stage.fill(ODD.text(), time_zone=ODD.time_zone)
    await stage.connect()
    await stage.sync()


def times(start: str, end: str) -> dict[str, Any]:
    """Graph's times, in UTC; days when there is no `T`."""
    edges = {"start": start, "end": end}
    told = {edge: {"dateTime": at if "T" in at else f"{at}T00:00:00", "timeZone": "UTC"} for edge, at in edges.items()}
    return {**told, "isAllDay": "T" not in start}


def fields(start: str, end: str) -> dict[str, Any]:
    """Salesforce's times; days, the last one included, when there is no `T`."""
    edges = {"StartDateTime": start, "EndDateTime": end}
    told = {name: at if "T" in at else f"{at}T00:00:00Z" for name, at in edges.items()}
    return {**told, "IsAllDayEvent": "T" not in start}


CHANGES: list[tuple[str, int, dict[str, Any]]] = [
    ("longer than fourteen days", 0, times("2015-07-01T09:00:00", "2015-07-14T09:00:00")),
    ("plain", 0, times("2015-06-03T09:00:00", "2015-06-23T10:00:00")),
    ("private", 0, {"sensitivity": "normal"}),
    ("floating", 0, {"sensitivity": "private"}),
    ("three days", 0, times("2015-06-11T09:00:00", "2015-06-11T11:00:00")),
    ("ship time", 0, times("2015-07-02", "2015-07-03")),
    ("counted", 1, times("2015-10-23", "2015-10-24")),
    ("otherwise", 0, {"location": {"displayName": "Elsewhere"}}),
]
"""What Ann does in Outlook: the subject, the how-manieth with it, and the change."""

TURNS: list[tuple[str, int, dict[str, Any]]] = [
    ("two days by duration", 0, fields("2015-06-15T08:00:00Z", "2015-06-15T09:00:00Z")),
    ("windows zone", 0, fields("2015-07-02", "2015-07-03")),
    ("moved once", 2, fields("2015-06-26", "2015-06-26")),
    ("one becomes a day", 1, {"Subject": "the day, renamed"}),
]
"""What she does in Salesforce."""


async def turn(stage: Stage) -> None:
    """All of it, in one go."""
    rows, pairs = stage.clouds.view(WINDOW), await stage.pairs()
    named: dict[str, list[str]] = {}
    for found, row in sorted(rows.items(), key=lambda entry: str(entry[1]["start"]["dateTime"])):
        named.setdefault(row["subject"], []).append(found)
    masters = {subject: rows[found[0]]["seriesMasterId"] for subject, found in named.items()}
    for subject, number, change in CHANGES:
        stage.act(EXCHANGE, "change", id=named[subject][number], event=change)
    for subject, number, fields in TURNS:
        stage.act(SALESFORCE, "update", id=pairs[named[subject][number]], fields=fields)
    stage.act(EXCHANGE, "remove", id=named["later"][0])
    stage.act(EXCHANGE, "remove", id=masters["hourly"])
    stage.act(EXCHANGE, "change", id=masters["until a date"], event={"subject": "all of them renamed"})
    stage.act(EXCHANGE, "change", id=masters["until a moment"], event={"recurrence": EVERY_OTHER_DAY})


async def test_whatever_turns_into_whatever_both_calendars_say_the_same(stage: Stage) -> None:
    stage.pass_time()
    await turn(stage)
    (person,) = (await stage.sync()).people
    exchange, salesforce = Counter(stage.exchange().values()), Counter(stage.salesforce().values())
    assert (person.failed, person.held, person.unresolved) == (0, 0, 2)
    # What became too long stays in Salesforce as it was, and is listed; what is still private was never there.
    assert exchange - salesforce == Counter([
        Seen("confidential", "", "2015-06-16T11:00:00Z", "2015-06-16T12:00:00Z"),
        Seen("holidays", "", "2015-08-01", "2015-08-16"),
        Seen("plain", "Room 1, left", "2015-06-03T09:00:00Z", "2015-06-23T10:00:00Z"),
    ])  # fmt: skip
    assert salesforce - exchange == Counter([Seen("plain", "Room 1, left", "2015-06-03T09:00:00Z", "2015-06-03T10:00:00Z")])
    subjects = Counter(seen.subject for seen in salesforce.elements())
    expected = {"all of them renamed": 4, "until a date": 0, "until a moment": 6, "hourly": 0, "later": 0, "the day, renamed": 1}
    assert {subject: subjects[subject] for subject in expected} == expected
    assert salesforce[Seen("moved once", "", "2015-06-26", "2015-06-26")] == 1
    assert exchange[Seen("two days by duration", "", "2015-06-15T08:00:00Z", "2015-06-15T09:00:00Z")] == 1
    (again,) = (await stage.sync()).people
    assert again.created == again.updated == again.deleted == Sides()
    assert (Counter(stage.exchange().values()), Counter(stage.salesforce().values())) == (exchange, salesforce)
    assert stage.ask("/mail") == []
