"""An answer that shows nothing is no deletion: neither calendar loses anything, and afterwards both are as they should be."""

import pytest

from tests.engine.stage import ANN, Stage, of

pytestmark = pytest.mark.asyncio(loop_scope="module")
FULL = pytest.mark.parametrize("full", [False, True], ids=["delta", "full"])
ALL = tuple(f"Item {number}" for number in range(6))


async def in_step(stage: Stage) -> None:
    """Three items of either origin, the same on both sides."""
    for number, subject in enumerate(ALL):
        await (stage.book if number % 2 else stage.enter)(subject, day=4 + number)
    await stage.rest()


@FULL
async def test_items_that_no_listing_shows_are_still_there(stage: Stage, *, full: bool) -> None:
    await in_step(stage)
    await stage.weather(graph={"withheld": list(ALL)})
    report = await stage.sync(full=full)
    assert (of(report).failed, await stage.subjects()) == (0, (list(ALL), list(ALL)))
    await stage.weather()
    await stage.rest()
    await stage.both(*ALL)


@FULL
async def test_a_mailbox_that_may_no_longer_be_read_loses_nothing(stage: Stage, *, full: bool) -> None:
    await in_step(stage)
    await stage.weather(graph={"out_of_scope": [ANN]})
    await stage.sync(full=full)
    assert await stage.subjects() == (list(ALL), list(ALL))
    await stage.weather()
    await stage.pass_time()
    await stage.rest()
    await stage.both(*ALL)
