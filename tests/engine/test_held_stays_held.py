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


async def planned(stage: Stage, *changes: tuple[str, str]) -> tuple[int, list[str]]:
    """What the next cycle would delete in Exchange, and what it would hold."""
    await stage.pass_time()
    async with stage.twincal() as service:
        (told,) = await service.plan([ANN], changes)
    counts = told.changed or told.today
    return counts.delete.exchange, sorted(step.subject for step in told.steps if step.held)


async def test_a_plan_shows_what_a_release_in_part_left_and_the_next_cycle_does_the_same(stage: Stage) -> None:
    plan = await held(stage)
    assert await planned(stage) == (0, TALKS[:9])
    async with stage.twincal() as service:
        steps = await service.held_steps(plan)
        await service.release(plan, [step.item for step in steps if step.subject in TALKS[:6]])
    assert await planned(stage) == (0, TALKS[6:9]), "few by now, and yet they wait"
    assert await planned(stage, ("guard.deletion_floor", "9")) == (3, []), "a guard that allows more lets them go on"
    assert of(await stage.sync(full=True)).deleted.exchange == 0
    async with stage.twincal() as service:
        found = (await service.verify([ANN]))[0].findings
    assert [(one.subject, one.kind, one.code) for one in found] == [(name, "held", "L01") for name in TALKS[6:9]]
    await stage.set(guard__deletion_floor="9")
    assert await planned(stage) == (3, [])
    assert of(await stage.sync()).deleted.exchange == 3


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
