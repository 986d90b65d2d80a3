"""The port `Ledger`: what was seen stays seen, what was begun is known to have been begun."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.contract.stores import LEDGERS, NOW, Desk
from tests.store.samples import created, creation, exchange, kept, plan, salesforce
from twincal.core.decision import Step
from twincal.core.faults import FaultCode
from twincal.core.item import Item
from twincal.core.scene import Loss, Settled
from twincal.core.trees import Window
from twincal.core.vocabulary import Outcome, Side
from twincal.core.writes import Absent, Receipt
from twincal.ports import Sighting


@pytest.fixture(params=LEDGERS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    opened = LEDGERS[request.param](tmp_path)
    yield opened
    opened.close()


async def see(desk: Desk, person: str, *items: Item, cursor: str = "c", dropped: tuple[str, ...] = ()) -> None:
    sighting = Sighting(person=person, side=Side.EXCHANGE, items=items, dropped=dropped)
    await desk.ledger.record([sighting], f"exchange:{person}", cursor)


async def begun(desk: Desk, person: str, *numbers: int, at: datetime = NOW) -> tuple[str, list[Step]]:
    """Items seen in Exchange, judged, and their creation in Salesforce begun."""
    items = [exchange(number) for number in numbers]
    await see(desk, person, *items)
    await desk.ledger.scene(person, NOW, everything=True)
    steps = [creation(item, person) for item in items]
    return await desk.ledger.begin(plan(person, steps, made_at=at)), steps


async def in_step(desk: Desk, person: str, *numbers: int) -> None:
    run, steps = await begun(desk, person, *numbers)
    settled = [created(step, salesforce(number)) for step, number in zip(steps, numbers, strict=True)]
    await desk.ledger.finish(run, settled, NOW)


async def test_a_stream_begins_without_a_cursor_and_keeps_its_own(desk: Desk) -> None:
    person = await desk.person()
    assert await desk.ledger.cursor(f"exchange:{person}") is None
    await see(desk, person, cursor="first")
    await see(desk, person, exchange(1), cursor="second")
    desk.again()
    assert await desk.ledger.cursor(f"exchange:{person}") == "second"
    assert await desk.ledger.cursor("salesforce") is None


async def test_one_record_holds_what_many_people_showed(desk: Desk) -> None:
    ann, ben = await desk.person(), await desk.person("ben@northwind.example")
    sightings = [
        Sighting(person=one, side=Side.SALESFORCE, items=(salesforce(number),)) for number, one in enumerate((ann, ben), 1)
    ]
    await desk.ledger.record(sightings, "salesforce", "c1")
    desk.again()
    assert await desk.ledger.known_ids(ann, Side.SALESFORCE) == {salesforce(1).id}
    assert await desk.ledger.known_ids(ben, Side.SALESFORCE) == {salesforce(2).id}
    assert await desk.ledger.known_ids(ann, Side.EXCHANGE) == frozenset()


async def test_known_are_ids_of_a_series_or_of_a_window(desk: Desk) -> None:
    person = await desk.person()
    single, first, second = exchange(1), exchange(2, series="m"), exchange(40, series="m")
    await see(desk, person, single, first, second)
    desk.again()
    assert await desk.ledger.known_ids(person, Side.EXCHANGE, series="m") == {first.id, second.id}
    week = Window(NOW, NOW + timedelta(days=7))
    assert await desk.ledger.known_ids(person, Side.EXCHANGE, window=week) == {single.id, first.id}
    await see(desk, person, dropped=(first.id,))
    assert await desk.ledger.known_ids(person, Side.EXCHANGE) == {single.id, second.id}


async def test_what_was_seen_is_shown_until_it_was_judged(desk: Desk) -> None:
    person = await desk.person()
    await see(desk, person, exchange(1), exchange(2))
    desk.again()
    for _ in range(2):
        scene = await desk.ledger.scene(person, NOW, everything=False)
        assert scene.exchange == {exchange(number).id: kept(exchange(number)) for number in (1, 2)}
    await in_step(desk, person, 1, 2)
    desk.again()
    assert not (await desk.ledger.scene(person, NOW, everything=False)).exchange
    everything = await desk.ledger.scene(person, NOW, everything=True)
    assert (everything.everything, len(everything.links)) == (True, 2)
    await see(desk, person, exchange(1, subject="Changed"))
    again = await desk.ledger.scene(person, NOW, everything=False)
    assert set(again.exchange) == {exchange(1).id}
    assert set(again.salesforce) == {salesforce(1).id}, "its counterpart comes along"


async def test_linked_ids_are_those_of_links(desk: Desk) -> None:
    person = await desk.person()
    await in_step(desk, person, 1)
    await see(desk, person, exchange(2))
    desk.again()
    ids = [exchange(1).id, exchange(2).id, "unknown"]
    assert await desk.ledger.linked_ids(person, Side.EXCHANGE, ids) == {exchange(1).id}
    assert await desk.ledger.linked_ids(person, Side.SALESFORCE, [salesforce(1).id]) == {salesforce(1).id}
    assert await desk.ledger.linked_ids(person, Side.EXCHANGE, []) == frozenset()


async def test_a_confirmed_absence_of_a_linked_item_is_shown_as_absent(desk: Desk) -> None:
    person = await desk.person()
    await in_step(desk, person, 1)
    gone = Absent(exchange(1).id, deleted=True)
    await desk.ledger.record([Sighting(person=person, side=Side.EXCHANGE, absent=(gone,))], f"exchange:{person}", "c2")
    desk.again()
    scene = await desk.ledger.scene(person, NOW, everything=False)
    found = scene.exchange[exchange(1).id]
    assert isinstance(found, Absent)
    assert found.deleted
    assert await desk.ledger.known_ids(person, Side.EXCHANGE) == frozenset()


async def test_what_was_begun_is_known_after_a_crash_oldest_first(desk: Desk) -> None:
    person = await desk.person()
    steps = [
        step for number in (3, 1, 2) for step in (await begun(desk, person, number, at=NOW + timedelta(minutes=5 - number)))[1]
    ]
    desk.again()
    intents = await desk.ledger.open_intents(person)
    assert [intent.id for intent in intents] == [steps[number].writes[0].intent for number in (0, 2, 1)]
    assert [intent.begun_at for intent in intents] == [NOW + timedelta(minutes=minutes) for minutes in (2, 3, 4)]
    assert {intent.id: intent.write for intent in intents} == {step.writes[0].intent: step.writes[0] for step in steps}


async def test_what_a_write_overwrites_is_known_after_a_crash_until_the_item_turns_private(desk: Desk) -> None:
    person = await desk.person()
    await see(desk, person, exchange(1))
    step = replace(creation(exchange(1), person), lost={"subject": "Cellar"})
    await desk.ledger.scene(person, NOW, everything=True)
    await desk.ledger.begin(plan(person, [step, replace(creation(exchange(2), person), lost={"subject": "Shed"}, held_by="L04")]))
    desk.again()
    scene = await desk.ledger.scene(person, NOW, everything=True)
    assert {key: note.losses for key, note in scene.notes.items()} == {step.key: (Loss("subject", "Cellar", NOW),)}
    await see(desk, person, replace(exchange(1), private=True))
    assert (await desk.ledger.scene(person, NOW, everything=True)).notes == {}


async def test_held_steps_are_not_begun(desk: Desk) -> None:
    person = await desk.person()
    await see(desk, person, exchange(1))
    await desk.ledger.scene(person, NOW, everything=True)
    await desk.ledger.begin(plan(person, [replace(creation(exchange(1), person), held_by="L04")]))
    desk.again()
    assert list(await desk.ledger.open_intents(person)) == []


async def test_done_and_not_applied_close_an_intent_and_unknown_keeps_it(desk: Desk) -> None:
    person = await desk.person()
    run, steps = await begun(desk, person, 1, 2, 3)
    refused, lost = (
        Receipt(intent=step.writes[0].intent, outcome=outcome, fault=fault)
        for step, outcome, fault in (
            (steps[1], Outcome.NOT_APPLIED, FaultCode.VALUE_REFUSED),
            (steps[2], Outcome.UNKNOWN, FaultCode.NO_REPLY),
        )
    )
    settled = [
        created(steps[0], salesforce(1)),
        Settled(key=steps[1].key, receipts=(refused,)),
        Settled(key=steps[2].key, receipts=(lost,), judged=False),
    ]
    await desk.ledger.finish(run, settled, NOW)
    desk.again()
    assert [intent.id for intent in await desk.ledger.open_intents(person)] == [lost.intent]


async def test_an_open_intent_can_be_resolved_either_way(desk: Desk) -> None:
    person = await desk.person()
    _, steps = await begun(desk, person, 1, 2)
    desk.again()
    done, nothing = steps[0].writes[0].intent, steps[1].writes[0].intent
    await desk.ledger.resolve_intent(person, done, created(steps[0], salesforce(1)), NOW)
    await desk.ledger.resolve_intent(person, nothing, None, NOW)
    desk.again()
    assert list(await desk.ledger.open_intents(person)) == []
    scene = await desk.ledger.scene(person, NOW, everything=True)
    assert [(link.exchange_id, link.salesforce_id) for link in scene.links] == [(exchange(1).id, salesforce(1).id)]
    assert exchange(2).id in (await desk.ledger.scene(person, NOW, everything=False)).exchange, "it is judged again"


async def test_the_ledger_of_one_person_knows_nothing_of_another(desk: Desk) -> None:
    ann, ben = await desk.person(), await desk.person("ben@northwind.example")
    await begun(desk, ann, 1)
    desk.again()
    assert list(await desk.ledger.open_intents(ben)) == []
    scene = await desk.ledger.scene(ben, NOW, everything=True)
    assert (dict(scene.exchange), list(scene.links), scene.totals.linked) == ({}, [], 0)
