"""A calendar in which nothing is left: the plan is held, an administrator is told, and what comes back is in step again."""

import pytest

from tests.engine.six_items import ALL, in_step, in_step_again
from tests.engine.stage import ANN, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
SIDES = pytest.mark.parametrize("side", ["Exchange", "Salesforce"])
REST_OF_A_DAY = 3


async def emptied(stage: Stage, side: str) -> list[str]:
    """Ann deletes everything on one side; the ids to restore it by."""
    exchange, salesforce = await stage.state()
    if side == "Exchange":
        items = list(stage.sandbox.exchange.mailbox(ANN).items)
        for item in exchange:
            await stage.act("exchange", ANN, "remove", id=item["id"])
        return items
    for event in salesforce:
        await stage.act("salesforce", ANN, "delete", id=event["Id"])
    return [event["Id"] for event in salesforce]


async def restored(stage: Stage, side: str, ids: list[str]) -> None:
    for one in ids:
        if side == "Exchange":
            await stage.act("exchange", ANN, "restore", id=one)
        else:
            await stage.act("salesforce", ANN, "undelete", id=one)


@SIDES
async def test_an_emptied_calendar_is_not_believed(stage: Stage, side: str) -> None:
    await in_step(stage)
    ids = await emptied(stage, side)
    left = ([], list(ALL)) if side == "Exchange" else (list(ALL), [])
    for _ in range(REST_OF_A_DAY):
        report = await stage.sync()
        assert await stage.subjects() == left
        (held,) = report.held_plans
        assert (held.code, held.steps) == ("L02", len(ALL))
        assert held.because == f"Nothing is left of 6 items in {side}: a calendar that is suddenly empty is not believed."
    rows = await stage.history()
    assert {(row.code, row.tab) for row in rows} == {("L02", "unresolved")} and len(rows) == len(ALL)
    assert all("An administrator" in row.remedy for row in rows)
    await restored(stage, side, ids)
    await in_step_again(stage)
    assert (await stage.sync(full=True)).held_plans == ()


@SIDES
async def test_a_calendar_emptied_behind_the_delta_link_is_not_believed(stage: Stage, side: str) -> None:
    """The cursors are lost at the same time, so that everything is read anew."""
    await in_step(stage)
    ids = await emptied(stage, side)
    await stage.weather(graph={"sync_generation": 150})
    await stage.set(window__past_days="31")
    report = await stage.sync(full=True)
    assert [plan.code for plan in report.held_plans] == ["L02"]
    assert sorted(map(len, await stage.subjects())) == [0, len(ALL)]
    await stage.weather()
    await restored(stage, side, ids)
    await in_step_again(stage)


async def filled_anew(stage: Stage, side: str) -> None:
    """A copy of the calendar is imported in the place of what was deleted."""
    await in_step(stage)
    await emptied(stage, side)
    for number, subject in enumerate(ALL):
        await (stage.book if side == "Exchange" else stage.enter)(subject, day=4 + number)


async def test_copies_in_the_place_of_emptied_events_wait_for_an_administrator(stage: Stage) -> None:
    await filled_anew(stage, "Salesforce")
    for _ in range(REST_OF_A_DAY):
        report = await stage.sync()
        assert await stage.subjects() == (sorted(ALL * 2), list(ALL))
        (held,) = report.held_plans
        assert (held.code in {"L01", "L02"}, held.steps) == (True, len(ALL))
    async with stage.twincal() as service:
        await service.release(held.plan)
    await stage.rest()
    await stage.both(*ALL)


async def test_copies_in_the_place_of_emptied_items_are_taken_for_them(stage: Stage) -> None:
    await filled_anew(stage, "Exchange")
    before = {event["Id"] for event in (await stage.state())[1]}
    await stage.sync()
    await in_step_again(stage)
    assert {event["Id"] for event in (await stage.state())[1]} == before
