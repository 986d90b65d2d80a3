"""What a guard has held waits for an administrator, whatever later cycles look at."""

import pytest

from tests.engine.stage import ANN, Stage, of

pytestmark = pytest.mark.asyncio(loop_scope="module")

TALKS = [f"Talk {number:02}" for number in range(12)]


async def held(stage: Stage) -> str:
    """Nine of twelve events were deleted in Salesforce; the name of the plan that waits."""
    for number, name in enumerate(TALKS):
        await stage.book(name, day=number + 5)
    await stage.sync()
    for name in TALKS[:9]:
        await stage.act("salesforce", ANN, "delete", id=(await stage.event(name))["Id"])
    (plan,) = (await stage.sync()).held_plans
    assert plan.steps == 9
    return plan.plan


async def test_a_deletion_that_is_reported_once_more_is_not_few_by_itself(stage: Stage) -> None:
    """Salesforce's deletions are asked for with an overlap, so the last one comes twice; and its event was touched once more."""
    plan = await held(stage)
    async with stage.twincal() as service:
        for _ in range(3):
            report = await service.sync()
            assert of(report).deleted.exchange == 0
            assert [(one.plan, one.steps) for one in report.held_plans] == [(plan, 9)]
    assert (await stage.subjects())[0] == TALKS


async def test_what_was_not_released_waits_though_it_is_few_by_now(stage: Stage) -> None:
    plan = await held(stage)
    async with stage.twincal() as service:
        steps = await service.held_steps(plan)
        report = await service.release(plan, [step.item for step in steps[:6]])
        assert of(report).deleted.exchange == 6
    for full in (False, True, False):
        report = await stage.sync(full=full)
        assert of(report).deleted.exchange == 0
        (left,) = report.held_plans
        assert left.steps == 3
    assert len((await stage.subjects())[0]) == 6
    async with stage.twincal() as service:
        assert {step.item for step in await service.held_steps(left.plan)} == {step.item for step in steps[6:]}
        assert of(await service.release(left.plan)).deleted.exchange == 3
    await stage.both(*TALKS[9:])


async def test_a_guard_that_allows_more_lets_it_go_on(stage: Stage) -> None:
    await held(stage)
    await stage.set(guard__deletion_floor="9")
    report = await stage.sync()
    assert of(report).deleted.exchange == 9
    assert report.held_plans == ()
    await stage.both(*TALKS[9:])


async def test_what_came_back_no_longer_waits_and_the_rest_does(stage: Stage) -> None:
    await held(stage)
    for item in [one for one in (await stage.state())[0] if one["subject"] in TALKS[:3]]:
        await stage.act("exchange", ANN, "change", subject=item["subject"], event={"location": {"displayName": "Room 1"}})
    report = await stage.sync()
    assert of(report).created.salesforce == 3, "edited in Exchange, deleted in Salesforce: created again"
    (left,) = (await stage.sync(full=True)).held_plans
    assert left.steps == 6
