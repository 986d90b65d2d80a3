"""L3 and L5: what is in trouble keeps nobody else waiting, and *slow down* is obeyed across whole cycles."""

from datetime import timedelta

import pytest

from tests.engine.stage import ANN, BEN, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
LATER = timedelta(minutes=10)


async def ann_and_ben(stage: Stage) -> None:
    await stage.open()
    async with stage.twincal() as service:
        await service.add_person(BEN, BEN)
    await stage.sync()


async def test_an_event_that_is_refused_for_good_keeps_none_of_the_others_waiting(stage: Stage) -> None:
    await ann_and_ben(stage)
    for number in range(5):
        await stage.book(f"Item {number}", day=4 + number)
    await stage.weather(salesforce={"write_errors": ["FIELD_CUSTOM_VALIDATION_EXCEPTION"]})
    await stage.sync()
    here, there = await stage.subjects()
    assert (len(here), len(there)) == (5, 4)
    (refused,) = set(here) - set(there)
    assert (await stage.row(refused)).code == "value_refused"


async def test_what_is_refused_for_good_is_not_sent_again_every_cycle(stage: Stage) -> None:
    await ann_and_ben(stage)
    await stage.weather(salesforce={"write_errors": ["FIELD_CUSTOM_VALIDATION_EXCEPTION"] * 50})
    await stage.book("Refused")
    attempts = []
    for _ in range(6):
        await stage.pass_time(LATER)
        await stage.sync()
        attempts.append((await stage.row("Refused")).attempts)
    assert attempts[-1] < 6


async def test_a_mailbox_that_may_not_be_read_keeps_no_colleague_waiting(stage: Stage) -> None:
    await ann_and_ben(stage)
    await stage.weather(graph={"out_of_scope": [ANN]})
    await stage.enter("Call", who=ANN)
    await stage.enter("Call", who=BEN)
    await stage.sync()
    await stage.both("Call", who=BEN)
    assert (await stage.subjects(ANN))[0] == []
    await stage.weather(graph={"out_of_scope": []})
    await stage.rest()
    await stage.both("Call", who=ANN)


@pytest.mark.parametrize(("system", "kind"), [("graph", "throttled"), ("graph", "unavailable"), ("salesforce", "unavailable")])
async def test_who_asks_for_a_long_pause_is_left_alone_until_it_is_over(stage: Stage, system: str, kind: str) -> None:
    await ann_and_ben(stage)
    kinds = {"kinds": [kind], "system": system, "rate": 1.0, "retry_after_seconds": 1800}
    await stage.book("Call")
    async with stage.twincal() as service:
        await service.sync([BEN])
        await stage.weather(transport=kinds)
        await service.sync([])
        struck = stage.struck
        for _ in range(2):
            await service.sync([])
        assert 0 < struck == stage.struck
    await stage.weather(transport=[])
    await stage.sync()
    await stage.both("Call")
