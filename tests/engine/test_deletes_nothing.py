"""An answer that shows nothing is no deletion: neither calendar loses anything, and afterwards both are as they should be."""

import pytest

from tests.engine.six_items import ALL, FULL, in_step, in_step_again, nothing_deleted
from tests.engine.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@FULL
async def test_items_that_no_listing_shows_are_still_there(stage: Stage, *, full: bool) -> None:
    await in_step(stage)
    await stage.weather(graph={"withheld": list(ALL)})
    report = await stage.sync(full=full)
    await nothing_deleted(stage, report)
    assert report.failed == 0
    await stage.weather()
    await in_step_again(stage)


@FULL
async def test_a_listing_anew_that_shows_nothing_is_no_emptied_calendar(stage: Stage, *, full: bool) -> None:
    """The delta link has expired, and the first round after it shows nothing at all: each item is asked for by its id."""
    await in_step(stage)
    await stage.weather(graph={"withheld": list(ALL), "sync_generation": 150})
    report = await stage.sync(full=full)
    await nothing_deleted(stage, report)
    assert (report.failed, await stage.codes()) == (0, dict.fromkeys(ALL, "F10"))
    await stage.weather()
    await in_step_again(stage)
