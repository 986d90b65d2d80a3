"""Events that are given to somebody else, one or all: the calendar they come from loses nothing on the other side."""

from datetime import timedelta

import pytest

from tests.engine.six_items import ALL, in_step, in_step_again, reasons
from tests.engine.stage import ANN, BEN, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAY = timedelta(days=1)
TWO = ("Item 0", "Item 1")
OUT_OF_SIGHT = "The event is out of sight in Salesforce (archived or not readable), and nothing shows that somebody deleted it."


async def given(stage: Stage, giver: str, taker: str, *subjects: str) -> None:
    """Events with these subjects change hands."""
    owner = stage.people[taker]["salesforce_user_id"]
    for subject in subjects:
        found = await stage.event(subject, giver)
        await stage.act("salesforce", giver, "update", id=found["Id"], fields={"OwnerId": owner})


async def test_events_given_away_are_out_of_sight_and_come_back(stage: Stage) -> None:
    await in_step(stage)
    await given(stage, ANN, BEN, *ALL)
    first = await stage.sync()
    await stage.pass_time(DAY)
    second = await stage.sync(full=True)
    assert await stage.subjects() == (list(ALL), [])
    assert [report.total("deleted").exchange for report in (first, second)] == [0, 0]
    assert await reasons(stage, "F42") == {OUT_OF_SIGHT}
    await stage.rest()
    await given(stage, BEN, ANN, *ALL)
    await in_step_again(stage)


async def test_events_given_to_somebody_who_is_synced_too_appear_there_and_vanish_nowhere(stage: Stage) -> None:
    await in_step(stage)
    async with stage.twincal() as service:
        await service.add_person(BEN, BEN)
    await given(stage, ANN, BEN, *TWO)
    await stage.rest()
    await stage.both(*TWO, who=BEN)
    await stage.pass_time(DAY)
    await stage.rest()
    assert await stage.subjects() == (list(ALL), sorted({*ALL} - {*TWO}))
    assert {subject: code for subject, code in (await stage.codes()).items() if code != "F10"} == dict.fromkeys(TWO, "F42")
    await given(stage, BEN, ANN, *TWO)
    await stage.pass_time(DAY)
    await in_step_again(stage)
    assert await stage.subjects(BEN) == (list(TWO), [])
    assert await stage.codes(BEN) == dict.fromkeys(TWO, "F42")


async def test_an_edit_in_outlook_of_an_event_that_was_given_away_does_not_follow_it(stage: Stage) -> None:
    await in_step(stage)
    await given(stage, ANN, BEN, "Item 1")
    await stage.change("Item 1", location={"displayName": "York"})
    await stage.sync()
    await stage.pass_time(DAY)
    await stage.rest()
    assert not (await stage.event("Item 1", BEN)).get("Location")
    await given(stage, BEN, ANN, "Item 1")
    await in_step_again(stage)
    assert (await stage.event("Item 1"))["Location"] == "York"
