"""Taking back: exact former values on the other side, nobody's later edit lost, and no second thoughts in the next cycle."""

from typing import Any

import pytest

from tests.engine.stage import ANN, CARLA, Stage, changes, of
from twincal.engine.undo import Undone
from twincal.errors import WrongInput

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def undo(stage: Stage, text: str = "", *, do: bool = True, **scope: Any) -> Undone:
    """Take something back a minute later."""
    await stage.pass_time()
    async with stage.twincal() as service:
        return await service.undo(ANN, text=text, do=do, **scope)


async def last_run(stage: Stage) -> str:
    """The latest run that wrote something."""
    async with stage.twincal() as service:
        return (await service.runs(ANN))[0].run


def codes(undone: Undone) -> dict[str, str]:
    """What became of each item, by subject."""
    return {step.subject: step.code for step in undone.steps}


async def stays(stage: Stage) -> None:
    """The next cycles change nothing of what was taken back."""
    before = await stage.versions()
    for full in (False, True):
        report = await stage.sync(full=full)
        assert (changes(report), of(report).failed) == (0, 0), report
    assert await stage.versions() == before


async def moved(stage: Stage) -> None:
    """A meeting with text on both sides, then everything about it changed in Exchange and carried over."""
    await stage.record("Contact", "Carla", CARLA)
    await stage.meet("Review", CARLA, location={"displayName": "Room 1"}, body={"contentType": "text", "content": "First text"})
    await stage.sync()
    await stage.change(
        "Review",
        subject="Retitled",
        location={"displayName": "Room 2"},
        showAs="free",
        body={"contentType": "text", "content": "Second text"},
        start={"dateTime": "2027-03-05T11:00:00", "timeZone": "UTC"},
        end={"dateTime": "2027-03-05T12:30:00", "timeZone": "UTC"},
    )
    await stage.sync()


WRITTEN = ("Subject", "Location", "ShowAs", "Description", "StartDateTime", "EndDateTime", "WhoId", "WhatId", "IsAllDayEvent")


async def test_a_run_is_taken_back_with_every_value_and_the_other_calendar_is_left_alone(stage: Stage) -> None:
    await stage.record("Contact", "Carla", CARLA)
    await stage.meet("Review", CARLA, location={"displayName": "Room 1"}, body={"contentType": "text", "content": "First text"})
    await stage.sync()
    before = {name: value for name, value in (await stage.event("Review")).items() if name in WRITTEN}
    await stage.change(
        "Review", subject="Retitled", location={"displayName": "Room 2"}, showAs="free",
        body={"contentType": "text", "content": "Second text"},
        start={"dateTime": "2027-03-05T11:00:00", "timeZone": "UTC"}, end={"dateTime": "2027-03-05T12:30:00", "timeZone": "UTC"},
    )  # fmt: skip
    await stage.sync()
    assert (await stage.event("Retitled"))["Description"] == "Second text"
    run = await last_run(stage)
    planned = await undo(stage, run=run, do=False)
    assert codes(planned) == {"Retitled": "U01"}
    assert "subject: Review" in planned.steps[0].because and (await stage.event("Retitled"))["Location"] == "Room 2"
    done = await undo(stage, run=run)
    assert [step.done for step in done.steps] == [True]
    assert {name: value for name, value in (await stage.event("Review")).items() if name in WRITTEN} == before
    assert (await stage.item("Retitled"))["location"]["displayName"] == "Room 2"
    assert await stage.mails() == []
    await stays(stage)
    again = await undo(stage, run=run)
    assert codes(again) == {"Retitled": "U03"}, "it says so already"
    assert (await undo(stage, run=await last_run(stage))).steps[0].code == "U01"
    assert (await stage.event("Retitled"))["Description"] == "Second text", "an undo can be undone"


async def test_one_field_is_taken_back_and_the_others_stay(stage: Stage) -> None:
    await moved(stage)
    done = await undo(stage, "Retitled", fields=["place"])
    assert codes(done) == {"Retitled": "U01"}
    event = await stage.event("Retitled")
    assert (event["Location"], event["Description"]) == ("Room 1", "Second text")
    await stays(stage)


async def test_what_somebody_edited_since_is_left_and_named(stage: Stage) -> None:
    await moved(stage)
    run = await last_run(stage)
    await stage.edit("Retitled", Location="Ann's place")
    done = await undo(stage, run=run)
    assert codes(done) == {"Retitled": "U01"}
    event = await stage.event("Review")
    assert (event["Location"], event["Description"]) == ("Ann's place", "First text")


async def test_nothing_is_taken_back_where_all_of_it_was_edited(stage: Stage) -> None:
    await stage.book("Review")
    await stage.sync()
    await stage.change("Review", subject="Retitled")
    await stage.sync()
    run = await last_run(stage)
    await stage.edit("Retitled", Subject="By hand")
    planned = await undo(stage, run=run)
    assert codes(planned) == {"Retitled": "U02"} and planned.refused == 1
    assert "Somebody has changed it since" in planned.steps[0].because
    await stage.event("By hand")


async def test_what_was_created_is_removed_and_does_not_come_back(stage: Stage) -> None:
    for number in range(3):
        await stage.book(f"Item {number}", day=number + 4)
    await stage.sync()
    await stage.edit("Item 1", Description="Notes")
    done = await undo(stage, run=await last_run(stage))
    assert codes(done) == {"Item 0": "U05", "Item 1": "U06", "Item 2": "U05"}
    assert await stage.subjects() == (["Item 0", "Item 1", "Item 2"], ["Item 1"])
    await stays(stage)
    assert (await stage.codes())["Item 0"] == "A11"
    async with stage.twincal() as service:
        await service.retry(ANN, "Item 0")
    assert await stage.subjects() == (["Item 0", "Item 1", "Item 2"], ["Item 0", "Item 1"])


async def test_what_was_deleted_is_created_again_with_its_notes_and_left_alone(stage: Stage) -> None:
    await stage.record("Contact", "Carla", CARLA)
    await stage.meet("Review", CARLA, body={"contentType": "text", "content": "The agenda"})
    await stage.sync()
    before = {name: value for name, value in (await stage.event("Review")).items() if name in WRITTEN}
    await stage.act("exchange", ANN, "remove", subject="Review")
    await stage.sync()
    assert await stage.subjects() == ([], [])
    done = await undo(stage, day=stage.now.date())
    assert "U08" in codes(done).values()
    assert await stage.subjects() == ([], ["Review"])
    assert {name: value for name, value in (await stage.event("Review")).items() if name in WRITTEN} == before
    await stays(stage)


async def test_what_is_gone_or_as_before_needs_nothing(stage: Stage) -> None:
    await stage.book("Gone")
    await stage.book("Back", day=5)
    await stage.sync()
    run = await last_run(stage)
    await stage.edit("Gone", Location="x")
    await stage.sync()
    await stage.act("salesforce", ANN, "delete", id=(await stage.event("Gone"))["Id"])
    assert codes(await undo(stage, run=run, do=False))["Gone"] == "U07"
    await stage.change("Back", subject="Changed")
    await stage.sync()
    await stage.edit("Changed", Subject="Back")
    assert codes(await undo(stage, "Changed", do=False)) == {"Changed": "U03"}


async def test_an_undo_obeys_the_mail_rule(stage: Stage) -> None:
    await stage.meet("Review", CARLA)
    await stage.sync()
    await stage.edit("Review", Location="Moved")
    await stage.set(notify_attendees="always")
    await stage.sync()
    assert len(await stage.mails()) == 1
    await stage.set(notify_attendees="never")
    done = await undo(stage, run=await last_run(stage))
    assert done.refused == 1 and len(await stage.mails()) == 1
    assert (await stage.item("Review"))["location"]["displayName"] == "Moved"


async def test_an_undo_of_nothing_is_a_sentence(stage: Stage) -> None:
    await stage.book("Review")
    await stage.sync()
    with pytest.raises(WrongInput, match="Nothing was written"):
        await undo(stage, run="4711")
    with pytest.raises(WrongInput, match="Nothing was written"):
        await undo(stage)
