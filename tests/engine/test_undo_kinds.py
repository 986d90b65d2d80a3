"""Each kind of undo, in both directions: a field, an item, a run, a day; series and instances; deletions; the undo of an undo."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec import Struct

from tests.engine.stage import ANN, CARLA, Json, Stage, changes, of
from twincal.core.rules.undo import ROWS
from twincal.core.vocabulary import Side
from twincal.engine.undo import Undone, UndoneStep

pytestmark = pytest.mark.asyncio(loop_scope="module")
BECAUSE = {row.code: row.because for row in ROWS}
REMEDY = {row.code: row.remedy for row in ROWS}
IN_SALESFORCE = ("Subject", "Location", "ShowAs", "Description", "StartDateTime", "EndDateTime", "IsAllDayEvent", "WhoId", "WhatId")
IN_EXCHANGE = ("subject", "location", "showAs", "start", "end", "isAllDay", "body", "attendees")


class Way(Struct, frozen=True):
    """A direction: people edit on one side, Twincal writes on the other (`wrote`)."""

    wrote: Side

    async def change(self, stage: Stage, subject: str, /, **fields: Any) -> None:
        """Somebody edits where Twincal does not write."""
        await _edit(stage, self.wrote.other, subject, fields)

    async def correct(self, stage: Stage, subject: str, /, **fields: Any) -> None:
        """Somebody edits what Twincal has written."""
        await _edit(stage, self.wrote, subject, fields)

    async def make(self, stage: Stage, subject: str, **more: Any) -> None:
        """A new item where Twincal does not write."""
        await (stage.book(subject, **more) if self.wrote is Side.SALESFORCE else stage.enter(subject, **more))

    async def remove(self, stage: Stage, subject: str) -> None:
        """Ann deletes an item where Twincal does not write."""
        await _remove(stage, self.wrote.other, subject)

    async def remove_copy(self, stage: Stage, subject: str) -> None:
        """Ann deletes what Twincal has written."""
        await _remove(stage, self.wrote, subject)

    async def values(self, stage: Stage, subject: str) -> Json:
        """Every value of the one item with this subject where Twincal writes."""
        if self.wrote is Side.SALESFORCE:
            return {name: (await stage.event(subject)).get(name) for name in IN_SALESFORCE}
        return {name: (await stage.item(subject)).get(name) for name in IN_EXCHANGE}

    async def subjects(self, stage: Stage) -> list[str]:
        """What stands where Twincal writes."""
        return (await stage.subjects())[0 if self.wrote is Side.EXCHANGE else 1]

    async def sources(self, stage: Stage) -> list[str]:
        """What stands where people edit."""
        return (await stage.subjects())[1 if self.wrote is Side.EXCHANGE else 0]


async def _remove(stage: Stage, side: Side, subject: str) -> None:
    if side is Side.EXCHANGE:
        await stage.act("exchange", ANN, "remove", subject=subject)
    else:
        await stage.act("salesforce", ANN, "delete", id=(await stage.event(subject))["Id"])


async def _edit(stage: Stage, side: Side, subject: str, fields: dict[str, Any]) -> None:
    if side is Side.EXCHANGE:
        await stage.change(subject, **{name: _graph(name, value) for name, value in fields.items()})
    else:
        await stage.edit(subject, **{SALESFORCE_NAMES[name]: _row(name, value) for name, value in fields.items()})


SALESFORCE_NAMES = {
    "subject": "Subject", "location": "Location", "showAs": "ShowAs", "start": "StartDateTime", "end": "EndDateTime",
}  # fmt: skip


def _graph(name: str, value: str) -> Any:
    if name in ("start", "end"):
        return {"dateTime": value, "timeZone": "UTC"}
    return {"displayName": value} if name == "location" else value


def _row(name: str, value: str) -> str:
    if name in ("start", "end"):
        return f"{value}Z"
    return {"free": "Free", "oof": "OutOfOffice"}.get(value, value) if name == "showAs" else value


WAYS = pytest.mark.parametrize("way", [Way(Side.SALESFORCE), Way(Side.EXCHANGE)], ids=["to_salesforce", "to_exchange"])
EVERYTHING = {
    "subject": "Retitled", "location": "Room 2", "showAs": "free", "start": "2027-03-05T11:00:00", "end": "2027-03-05T12:30:00",
}  # fmt: skip


async def undo(stage: Stage, text: str = "", *, do: bool = True, **scope: Any) -> Undone:
    """Take something back a minute later."""
    await stage.pass_time()
    async with stage.twincal() as service:
        return await service.undo(ANN, text=text, do=do, **scope)


async def last_run(stage: Stage) -> str:
    """The latest run that wrote something."""
    async with stage.twincal() as service:
        return (await service.runs(ANN))[0].run


def by_subject(undone: Undone) -> dict[str, UndoneStep]:
    """Each step by its subject."""
    return {step.subject: step for step in undone.steps}


def codes(undone: Undone) -> dict[str, str]:
    """What became of each item."""
    return {step.subject: step.code for step in undone.steps}


async def stays(stage: Stage) -> None:
    """The next cycles change nothing of what was taken back."""
    before = await stage.versions()
    for full in (False, True):
        report = await stage.sync(full=full)
        assert (changes(report), of(report).failed) == (0, 0), report
    assert await stage.versions() == before


async def changed(stage: Stage, way: Way, subject: str = "Review", day: int = 4) -> tuple[Json, Json]:
    """An item in step, then everything about it changed and carried over; its values before and after."""
    await way.make(stage, subject, day=day)
    await stage.sync()
    before = await way.values(stage, subject)
    await way.change(stage, subject, **EVERYTHING)
    await stage.sync()
    return before, await way.values(stage, "Retitled")


# A field

FIELDS = {
    "subject": ({"subject": "Retitled"}, {"Subject"}, {"subject"}),
    "place": ({"location": "Room 2"}, {"Location"}, {"location"}),
    "show_as": ({"showAs": "free"}, {"ShowAs"}, {"showAs"}),
    "times": ({"start": "2027-03-05T11:00:00", "end": "2027-03-05T12:30:00"}, {"StartDateTime", "EndDateTime"}, {"start", "end"}),
}


@WAYS
@pytest.mark.parametrize("name", FIELDS)
async def test_one_field_comes_back_exactly_and_every_other_stays(stage: Stage, way: Way, name: str) -> None:
    before, after = await changed(stage, way)
    done = await undo(stage, "Retitled", fields=[name])
    assert [(step.code, step.done, step.side) for step in done.steps] == [("U01", True, way.wrote.phrase)]
    mine = FIELDS[name][1 if way.wrote is Side.SALESFORCE else 2]
    now = await way.values(stage, "Review" if name == "subject" else "Retitled")
    assert now == {key: (before if key in mine else after)[key] for key in after}
    assert await way.sources(stage) == ["Retitled"], "where people edit, nothing is touched"
    await stays(stage)


@WAYS
async def test_a_field_that_was_edited_since_is_refused_with_the_reason(stage: Stage, way: Way) -> None:
    _, after = await changed(stage, way)
    await way.correct(stage, "Retitled", location="By hand")
    done = await undo(stage, "Retitled", fields=["place"])
    (step,) = done.steps
    assert (step.code, step.done, done.refused) == ("U02", False, 1)
    assert step.because == "Somebody has changed it since (place: no place), and that edit is kept."
    assert step.remedy == REMEDY["U02"]
    now = await way.values(stage, "Retitled")
    assert {key for key in now if now[key] != after[key]} == ({"Location"} if way.wrote is Side.SALESFORCE else {"location"})


# An item, a run, a day


@WAYS
async def test_a_whole_item_comes_back_and_its_neighbour_stays(stage: Stage, way: Way) -> None:
    before, _ = await changed(stage, way)
    await way.make(stage, "Neighbour", day=9)
    await stage.sync()
    await way.change(stage, "Neighbour", location="There")
    await stage.sync()
    neighbour = await way.values(stage, "Neighbour")
    done = await undo(stage, "Retitled")
    assert codes(done) == {"Retitled": "U01"} and done.steps[0].done
    assert await way.values(stage, "Review") == before
    assert await way.values(stage, "Neighbour") == neighbour
    await stays(stage)


@WAYS
async def test_a_run_is_taken_back_and_what_other_runs_wrote_stays(stage: Stage, way: Way) -> None:
    for number in range(3):
        await way.make(stage, f"Item {number}", day=number + 4)
    await stage.sync()
    before = [await way.values(stage, f"Item {number}") for number in range(3)]
    for number in range(2):
        await way.change(stage, f"Item {number}", location=f"Room {number}")
    await stage.sync()
    run = await last_run(stage)
    await way.change(stage, "Item 2", location="Of a later run")
    await stage.sync()
    later = await way.values(stage, "Item 2")
    done = await undo(stage, run=run)
    assert codes(done) == {"Item 0": "U01", "Item 1": "U01"} and all(step.done for step in done.steps)
    assert [await way.values(stage, f"Item {number}") for number in range(2)] == before[:2]
    assert await way.values(stage, "Item 2") == later
    await stays(stage)


@WAYS
async def test_a_mixed_day_is_taken_back_item_by_item_each_with_its_reason(stage: Stage, way: Way) -> None:
    """Yesterday made five items; today they were written to, made, deleted; meanwhile some were edited or deleted by hand."""
    for number, name in enumerate(("Moved", "Edited", "Gone", "Back", "Half")):
        await way.make(stage, name, day=number + 4)
    await stage.sync()
    before = {name: await way.values(stage, name) for name in ("Moved", "Half")}
    await stage.pass_time(timedelta(days=1))
    for name in ("Moved", "Edited", "Gone", "Back"):
        await way.change(stage, name, location="Room 2")
    await way.change(stage, "Half", location="Room 2", showAs="free")
    await way.make(stage, "Made", day=15)
    await way.make(stage, "Made and edited", day=16)
    await stage.sync()
    await way.correct(stage, "Edited", location="By hand")
    await way.correct(stage, "Back", location="")
    await way.correct(stage, "Half", location="By hand")
    await way.correct(stage, "Made and edited", location="By hand")
    await way.remove_copy(stage, "Gone")
    planned = await undo(stage, day=stage.now.date(), do=False)
    done = await undo(stage, day=stage.now.date())
    assert codes(done) == codes(planned) == {
        "Moved": "U01", "Half": "U01", "Made": "U05", "Edited": "U02", "Made and edited": "U06", "Gone": "U04", "Back": "U03",
    }  # fmt: skip
    found = by_subject(done)
    assert {name for name, step in found.items() if step.done} == {"Moved", "Half", "Made"} and done.refused == 3
    assert found["Moved"].because == "It still says what Twincal wrote, so its former values come back: place: no place."
    assert found["Half"].because == "It still says what Twincal wrote, so its former values come back: show as: Busy."
    assert found["Edited"].because == "Somebody has changed it since (place: no place), and that edit is kept."
    assert found["Gone"].because == BECAUSE["U04"] and found["Gone"].remedy == REMEDY["U04"]
    assert found["Back"].because == BECAUSE["U03"]
    assert found["Made"].because == BECAUSE["U05"]
    assert found["Made and edited"].because == "Twincal made it, but somebody has changed it since (place), so it stays."
    assert await way.values(stage, "Moved") == before["Moved"]
    half = await way.values(stage, "Half")
    place = "Location" if way.wrote is Side.SALESFORCE else "location"
    assert {key for key in half if half[key] != before["Half"][key]} == {place}
    assert await way.subjects(stage) == ["Back", "Edited", "Half", "Made and edited", "Moved"]


@WAYS
async def test_an_edit_that_was_carried_over_since_is_not_overwritten(stage: Stage, way: Way) -> None:
    """The edit is in the base by now, and still nobody may lose it."""
    await way.make(stage, "Review")
    await stage.sync()
    first = await last_run(stage)
    await way.change(stage, "Review", location="Room 2")
    await stage.sync()
    second = await last_run(stage)
    await way.correct(stage, "Review", location="By hand")
    await stage.sync()
    assert codes(await undo(stage, run=second)) == {"Review": "U02"}
    (step,) = (await undo(stage, run=first)).steps
    assert (step.code, step.because) == ("U06", "Twincal made it, but somebody has changed it since (place), so it stays.")
    place = await way.values(stage, "Review")
    assert "By hand" in str(place.get("Location") or place.get("location"))
    await stays(stage)


# Series

THREE_DAYS = {
    "pattern": {"type": "daily", "interval": 1},
    "range": {"type": "numbered", "startDate": "2027-03-04", "numberOfOccurrences": 3},
}


async def series_moved(stage: Stage) -> list[tuple[str, str]]:
    """A series in step, then moved by two hours as a whole; how its events stood before, by id."""
    await stage.book("Standup", recurrence=THREE_DAYS)
    await stage.sync()
    before = await starts(stage)
    times = {name: {"dateTime": f"2027-03-04T{hour}:00:00", "timeZone": "UTC"} for name, hour in (("start", 11), ("end", 12))}
    await stage.change("Standup", **times)
    await stage.sync()
    assert [at[11:13] for _, at in await starts(stage)] == ["11", "11", "11"]
    return before


async def starts(stage: Stage) -> list[tuple[str, str]]:
    """Id and start of each event in Salesforce, in order of time."""
    return sorted(((event["Id"], event["StartDateTime"]) for event in (await stage.state())[1]), key=lambda one: one[1])


async def test_a_whole_series_comes_back_event_for_event(stage: Stage) -> None:
    before = await series_moved(stage)
    done = await undo(stage, run=await last_run(stage))
    assert [(step.code, step.done) for step in done.steps] == [("U01", True)] * 3
    assert await starts(stage) == before
    await stays(stage)


async def test_one_instance_comes_back_and_the_others_of_its_series_stay(stage: Stage) -> None:
    before = await series_moved(stage)
    after = await starts(stage)
    rows = sorted(await stage.history(), key=lambda row: row.start)
    done = await undo(stage, rows[1].item)
    assert [(step.code, step.done) for step in done.steps] == [("U01", True)]
    assert await starts(stage) == [after[0], before[1], after[2]]
    await stays(stage)


async def test_of_a_series_the_edited_instance_is_refused_and_the_others_come_back(stage: Stage) -> None:
    before = await series_moved(stage)
    ident = before[1][0]
    edited = {"StartDateTime": "2027-03-05T15:00:00Z", "EndDateTime": "2027-03-05T16:00:00Z"}
    await stage.act("salesforce", ANN, "update", id=ident, fields=edited)
    done = await undo(stage, run=await last_run(stage))
    assert sorted(step.code for step in done.steps) == ["U01", "U01", "U02"] and done.refused == 1
    (refused,) = [step for step in done.steps if step.code == "U02"]
    assert refused.because == "Somebody has changed it since (time: 2027-03-05 09:00–10:00 UTC), and that edit is kept."
    now = dict(await starts(stage))
    assert (now.pop(ident)[:16], now) == ("2027-03-05T15:00", {key: at for key, at in before if key != ident})


# Deletions, and the undo of an undo


@WAYS
async def test_what_was_deleted_is_created_again_with_every_value_and_left_alone(stage: Stage, way: Way) -> None:
    await way.make(stage, "Review")
    await stage.sync()
    await way.change(stage, "Review", location="Room 2", showAs="oof")
    await stage.sync()
    before = await way.values(stage, "Review")
    await way.remove(stage, "Review")
    await stage.sync()
    assert await stage.subjects() == ([], [])
    done = await undo(stage, run=await last_run(stage))
    assert codes(done) == {"Review": "U08"} and done.steps[0].done
    assert done.steps[0].because == BECAUSE["U08"]
    assert await way.values(stage, "Review") == before
    assert await way.sources(stage) == []
    await stays(stage)


@WAYS
async def test_an_undo_of_an_undo_brings_back_what_was_written(stage: Stage, way: Way) -> None:
    before, after = await changed(stage, way)
    assert codes(await undo(stage, run=await last_run(stage))) == {"Retitled": "U01"}
    assert await way.values(stage, "Review") == before
    assert [step.code for step in (await undo(stage, run=await last_run(stage))).steps] == ["U01"]
    assert await way.values(stage, "Retitled") == after
    await stays(stage)


@WAYS
async def test_an_undone_deletion_can_be_undone(stage: Stage, way: Way) -> None:
    await way.make(stage, "Review")
    await stage.sync()
    await way.remove(stage, "Review")
    await stage.sync()
    await undo(stage, run=await last_run(stage))
    assert await way.subjects(stage) == ["Review"]
    done = await undo(stage, run=await last_run(stage))
    assert codes(done) == {"Review": "U05"}, done
    assert await stage.subjects() == ([], [])
    await stays(stage)


@WAYS
async def test_an_undone_deletion_stays_where_somebody_has_written_into_it_since(stage: Stage, way: Way) -> None:
    await way.make(stage, "Review")
    await stage.sync()
    await way.remove(stage, "Review")
    await stage.sync()
    await undo(stage, run=await last_run(stage))
    if way.wrote is Side.SALESFORCE:
        await stage.edit("Review", Description="Notes")
    else:
        await stage.change("Review", body={"contentType": "text", "content": "Notes"})
    done = await undo(stage, run=await last_run(stage))
    assert [(step.code, step.done) for step in done.steps] == [("U06", False)]
    assert done.steps[0].because == "Twincal made it, but somebody has changed it since (body), so it stays."
    assert await way.subjects(stage) == ["Review"]


async def test_an_undone_creation_can_be_undone(stage: Stage) -> None:
    await stage.meet("Review", CARLA, location={"displayName": "Room 1"}, body={"contentType": "text", "content": "Agenda"})
    await stage.sync()
    before = await Way(Side.SALESFORCE).values(stage, "Review")
    assert codes(await undo(stage, run=await last_run(stage))) == {"Review": "U05"}
    assert await stage.subjects() == (["Review"], [])
    assert codes(await undo(stage, run=await last_run(stage))) == {"Review": "U08"}
    assert await Way(Side.SALESFORCE).values(stage, "Review") == before
    await stays(stage)
