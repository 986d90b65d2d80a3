"""An undo of an item of which both halves were written to."""

import pytest

from tests.engine.stage import Stage
from tests.engine.test_undo_kinds import Way, last_run, stays, undo
from twincal.core.vocabulary import Side

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_run_that_wrote_to_both_sides_of_an_item_is_taken_back_on_both(stage: Stage) -> None:
    await stage.book("Review")
    await stage.sync()
    before = [await Way(side).values(stage, "Review") for side in Side]
    await stage.change("Review", subject="Retitled")
    await stage.edit("Review", Location="Cellar")
    await stage.sync()
    done = await undo(stage, run=await last_run(stage))
    assert [(step.code, step.done) for step in done.steps] == [("U01", True)] * 2
    assert (await stage.item("Retitled"))["location"] == before[0]["location"], "Exchange says what it said before the run"
    assert (await stage.event("Review"))["Location"] == "Cellar", "and so does Salesforce"
    await stays(stage)


async def test_of_an_item_only_what_was_written_last_is_taken_back(stage: Stage) -> None:
    """It was made in Exchange once; since then only Salesforce has been written to."""
    await stage.enter("Review")
    await stage.sync()
    await stage.change("Review", location={"displayName": "Attic"})
    await stage.sync()
    done = await undo(stage, "Review")
    assert [(step.code, step.side) for step in done.steps] == [("U01", "Salesforce")]
    assert await stage.subjects() == (["Review"], ["Review"])


async def test_a_day_that_made_one_half_and_edited_the_other_is_taken_back(stage: Stage) -> None:
    await stage.enter("Review")
    await stage.sync()
    await stage.change("Review", location={"displayName": "Attic"})
    await stage.sync()
    done = await undo(stage, day=stage.now.date())
    assert sorted((step.code, step.side, step.done) for step in done.steps) == [
        ("U01", "Salesforce", True), ("U06", "Exchange", False),
    ]  # fmt: skip
    assert not (await stage.event("Review")).get("Location")
    await stays(stage)
