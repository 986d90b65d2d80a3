"""A series was moved: the link of an instance names the new one from then on, whatever becomes of the step that says so."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.stores import LEDGERS, NOW, Desk
from tests.store.samples import WINDOW, created, creation, exchange, plan, salesforce
from twincal.core.facts import Context
from twincal.core.item import Item, Timed
from twincal.core.matching import Owner
from twincal.core.plan import make_plan
from twincal.core.policy import Explicit, resolve
from twincal.core.scene import Scene, Settled
from twincal.core.vocabulary import Level, Outcome, Side
from twincal.core.writes import Absent, Receipt
from twincal.ports import Sighting

KEY = b"k" * 32


@pytest.fixture(params=LEDGERS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    opened = LEDGERS[request.param](tmp_path)
    yield opened
    opened.close()


def instance(number: int, later: timedelta = timedelta(0)) -> Item:
    """An instance of the series, or what became of it when the series was moved."""
    start = NOW + timedelta(days=number) + later
    which = number if not later else number + 100
    return exchange(which, series="Standup", original_start=start, times=Timed(start, start + timedelta(hours=1)))


async def linked(desk: Desk, person: str, *numbers: int) -> None:
    """Instances that are in step."""
    items = [instance(number) for number in numbers]
    await see(desk, person, items)
    await desk.ledger.scene(person, NOW, everything=True)
    steps = [creation(item, person) for item in items]
    run = await desk.ledger.begin(plan(person, steps))
    left = [created(step, salesforce(number)) for step, number in zip(steps, numbers, strict=True)]
    await desk.ledger.finish(run, left, NOW)


async def see(desk: Desk, person: str, items: list[Item], gone: tuple[Absent, ...] = ()) -> None:
    sighting = Sighting(person=person, side=Side.EXCHANGE, items=tuple(items), absent=gone)
    await desk.ledger.record([sighting], f"exchange:{person}", "c")


def context(person: str) -> Context:
    policy = resolve([Explicit("mode", Level.SUBSCRIPTION, "", "sync_all")])
    return Context(
        person=person, name="Ann", owner=Owner(("ann@northwind.example",), "005"), policy=policy, window=WINDOW, now=NOW,
        matches={}, key=KEY,
    )  # fmt: skip


async def ids(desk: Desk, person: str) -> dict[str, str]:
    """Salesforce's half by Exchange's."""
    scene: Scene = await desk.ledger.scene(person, NOW, everything=True)
    return {link.exchange_id: link.salesforce_id for link in scene.links}


async def test_the_new_instance_is_remembered_even_where_the_update_failed(desk: Desk) -> None:
    person = await desk.person()
    await linked(desk, person, 1, 2)
    new = [instance(number, timedelta(hours=5)) for number in (1, 2)]
    await see(desk, person, new, tuple(Absent(instance(number).id, deleted=True) for number in (1, 2)))
    scene = await desk.ledger.scene(person, NOW, everything=True)
    made = make_plan(scene, context(person))
    assert [step.tied for step in made.steps] == [True, True]
    run = await desk.ledger.begin(made)
    failed = [
        Settled(
            key=step.key,
            link=step.link,
            receipts=[Receipt(intent=write.intent, outcome=Outcome.NOT_APPLIED) for write in step.writes],
            judged=False,
        )
        for step in made.steps
    ]
    await desk.ledger.finish(run, failed, NOW)
    assert await ids(desk, person) == {item.id: salesforce(number).id for number, item in enumerate(new, 1)}


async def test_the_new_instances_are_remembered_where_the_process_ends_before_anything_came_of_it(desk: Desk) -> None:
    person = await desk.person()
    await linked(desk, person, 1, 2)
    new = [instance(number, timedelta(hours=5)) for number in (1, 2)]
    await see(desk, person, new, tuple(Absent(instance(number).id, deleted=True) for number in (1, 2)))
    await desk.ledger.begin(make_plan(await desk.ledger.scene(person, NOW, everything=True), context(person)))
    assert await ids(desk, person) == {item.id: salesforce(number).id for number, item in enumerate(new, 1)}


async def test_a_plan_about_series_that_were_not_moved_ties_nothing(desk: Desk) -> None:
    person = await desk.person()
    await linked(desk, person, 1, 2)
    made = make_plan(await desk.ledger.scene(person, NOW, everything=True), context(person))
    assert [step.tied for step in made.steps] == [False, False]


async def test_an_instance_that_was_judged_and_not_synced_does_not_take_the_place_of_one_that_is_deleted(desk: Desk) -> None:
    person = await desk.person()
    await linked(desk, person, 1, 2)
    await see(desk, person, [instance(3)])
    made = make_plan(await desk.ledger.scene(person, NOW, everything=True), context(person))
    (excluded,) = [step for step in made.steps if step.link is None]
    run = await desk.ledger.begin(made)
    await desk.ledger.finish(run, [Settled(key=excluded.key, link=None)], NOW)
    await see(desk, person, [], (Absent(instance(2).id, deleted=True),))
    made = make_plan(await desk.ledger.scene(person, NOW, everything=True), context(person))
    assert not any(step.tied for step in made.steps)
