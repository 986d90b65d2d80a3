"""Written down before it is sent, remembered by what the receipts say, found again after a crash."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from tests.store.samples import NOW, created, creation, entry, exchange, in_step, kept, plan, salesforce, see, somebody
from twincal.core.decision import Decision, Reason, Verdict
from twincal.core.faults import FaultCode
from twincal.core.scene import Note, Settled
from twincal.core.trees import Link
from twincal.core.vocabulary import Outcome, Side, Tab
from twincal.core.writes import Receipt
from twincal.store.packing import key_bytes
from twincal.store.store import Store
from twincal.store.tables import item as item_table

UNRESOLVED = Decision(Verdict.UNRESOLVED, (Reason("A22"),), Tab.UNRESOLVED)


async def test_intents_outlive_the_process(home: Path) -> None:
    store = Store.open(home)
    person = await somebody(store)
    await see(store, person, exchange(1), exchange(2))
    steps = [creation(exchange(1), person), replace(creation(exchange(2), person), held_by="L04")]
    await store.ledger.begin(plan(person, steps))
    store.close()

    again = Store.open(home)
    (intent,) = await again.ledger.open_intents(person)
    assert (intent.id, intent.key, intent.begun_at) == (steps[0].writes[0].intent, steps[0].key, NOW)
    assert intent.write == steps[0].writes[0]
    assert intent.link == steps[0].after
    scene = await again.ledger.scene(person, NOW, everything=False)
    assert exchange(1).id in scene.exchange, "what was not finished is judged again"
    again.close()


async def test_a_second_write_to_the_same_half_cannot_begin(store: Store) -> None:
    person = await somebody(store)
    step = creation(exchange(1), person)
    await store.ledger.begin(plan(person, [step]))
    twice = replace(step, writes=(replace(step.writes[0], intent="another"),))
    with pytest.raises(Exception, match="UNIQUE"):
        await store.ledger.begin(plan(person, [twice]))
    assert [intent.id for intent in await store.ledger.open_intents(person)] == [step.writes[0].intent]


async def test_receipts_move_links_rows_and_intents(store: Store) -> None:
    person = await somebody(store)
    (link,) = await in_step(store, person, 1)
    scene = await store.ledger.scene(person, NOW, everything=True)
    assert list(scene.links) == [link]
    assert scene.salesforce == {salesforce(1).id: kept(salesforce(1))}
    assert not await store.ledger.open_intents(person)
    (row,) = await store.history.rows(person)
    assert (row.subject, row.salesforce_id, row.decision.code) == ("Review 1", salesforce(1).id, "F01")
    (told,) = await store.history.receipts(person, link.key)
    assert (told.outcome, told.side, told.before) == (Outcome.DONE, Side.SALESFORCE, None)
    assert told.after is not None
    assert (told.after.subject, told.after.body) == ("Review 1", UNSET)


async def test_unknown_stays_open_and_is_settled_later(store: Store) -> None:
    person = await somebody(store)
    await see(store, person, exchange(1), exchange(2))
    await store.ledger.scene(person, NOW, everything=True)
    steps = [creation(exchange(number), person) for number in (1, 2)]
    run = await store.ledger.begin(plan(person, steps))
    lost = Receipt(intent=steps[0].writes[0].intent, outcome=Outcome.UNKNOWN, fault=FaultCode.NO_REPLY)
    await store.ledger.finish(
        run, [Settled(key=steps[0].key, receipts=(lost,), judged=False), created(steps[1], salesforce(2))], NOW
    )
    (intent,) = await store.ledger.open_intents(person)
    assert intent.id == lost.intent
    assert (await store.ledger.scene(person, NOW, everything=False)).exchange.keys() == {exchange(1).id}

    found = created(steps[0], salesforce(1))
    await store.ledger.resolve_intent(person, intent.id, replace(found, receipts=(), judged=False), NOW)
    assert not await store.ledger.open_intents(person)
    scene = await store.ledger.scene(person, NOW, everything=False)
    assert [link.salesforce_id for link in scene.links] == [salesforce(1).id]
    assert [told.outcome for told in await store.history.receipts(person, intent.key)] == [Outcome.UNKNOWN, Outcome.DONE]


async def test_an_intent_that_did_nothing_is_closed_and_its_item_judged_again(store: Store) -> None:
    person = await somebody(store)
    await in_step(store, person, 1)
    step = creation(exchange(1), person)
    await store.ledger.begin(plan(person, [step]))
    await store.ledger.resolve_intent(person, step.writes[0].intent, None, NOW)
    assert not await store.ledger.open_intents(person)
    assert (await store.ledger.scene(person, NOW, everything=False)).exchange.keys() == {exchange(1).id}
    await store.ledger.resolve_intent(person, "never was", None, NOW)


async def test_not_applied_closes_the_intent(store: Store) -> None:
    person = await somebody(store)
    await see(store, person, exchange(1))
    await store.ledger.scene(person, NOW, everything=True)
    step = creation(exchange(1), person)
    run = await store.ledger.begin(plan(person, [step]))
    refused = Receipt(intent=step.writes[0].intent, outcome=Outcome.NOT_APPLIED, fault=FaultCode.VALUE_REFUSED, detail="Subject")
    await store.ledger.finish(run, [Settled(key=step.key, receipts=(refused,), judged=False)], NOW)
    assert not await store.ledger.open_intents(person)
    (told,) = await store.history.receipts(person, step.key)
    assert (told.fault, told.detail) == (FaultCode.VALUE_REFUSED, "Subject")
    assert exchange(1).id in (await store.ledger.scene(person, NOW, everything=False)).exchange


async def test_what_waits_is_not_judged_before_its_time(store: Store) -> None:
    person = await somebody(store)
    await see(store, person, exchange(1))
    await store.ledger.scene(person, NOW, everything=True)
    step = replace(creation(exchange(1), person), writes=(), decision=UNRESOLVED)
    later = NOW + timedelta(minutes=5)
    waiting = entry(step, next_attempt=later, retry_ends=NOW + timedelta(days=30))
    run = await store.ledger.begin(plan(person, [step]))
    await store.ledger.finish(run, [Settled(key=step.key, entry=waiting, judged=False)], NOW)
    assert not (await store.ledger.scene(person, later - timedelta(seconds=1), everything=False)).exchange
    assert (await store.ledger.scene(person, later, everything=False)).exchange.keys() == {exchange(1).id}
    assert (await store.history.entry(person, step.key)) == waiting


async def test_a_forgotten_link_leaves_its_remaining_half_to_be_judged(store: Store) -> None:
    person = await somebody(store)
    (link,) = await in_step(store, person, 1)
    await store.ledger.scene(person, NOW, everything=True)
    step = replace(creation(exchange(1), person), link=link, salesforce=salesforce(1), writes=())
    run = await store.ledger.begin(plan(person, [step]))
    await store.ledger.finish(run, [Settled(key=step.key, absent=[(Side.SALESFORCE, link.salesforce_id)])], NOW)
    scene = await store.ledger.scene(person, NOW, everything=False)
    assert scene.exchange.keys() == {exchange(1).id}
    assert not scene.links
    assert not scene.salesforce
    assert not await store.history.rows(person), "no row: it was erased"


async def test_a_link_keeps_an_id_nobody_has_read(store: Store) -> None:
    person = await somebody(store)
    await see(store, person, exchange(1))
    await store.ledger.scene(person, NOW, everything=True)
    step = creation(exchange(1), person)
    run = await store.ledger.begin(plan(person, [step]))
    unread = created(step, salesforce(1), items=())
    await store.ledger.finish(run, [unread], NOW)
    scene = await store.ledger.scene(person, NOW, everything=True)
    assert list(scene.links) == [unread.link]
    assert not scene.salesforce
    assert await store.ledger.linked_ids(person, Side.SALESFORCE, [salesforce(1).id]) == {salesforce(1).id}


async def test_notes_come_and_go_with_what_is_settled(store: Store) -> None:
    person = await somebody(store)
    await see(store, person, exchange(1))
    step = replace(creation(exchange(1), person), writes=())
    note = Note(key=step.key, first_seen=NOW, attempts=2, seen=b"12345678", choice=Side.SALESFORCE)
    for kept_note in (note, None):
        await store.ledger.scene(person, NOW, everything=True)
        run = await store.ledger.begin(plan(person, [step]))
        await store.ledger.finish(run, [Settled(key=step.key, note=kept_note, judged=False)], NOW)
        for everything in (True, False):
            scene = await store.ledger.scene(person, NOW, everything=everything)
            assert scene.notes.get(step.key) == kept_note


async def test_first_seen_stays_when_a_row_is_judged_again(store: Store) -> None:
    person = await somebody(store)
    (link,) = await in_step(store, person, 1)
    later = NOW + timedelta(days=3)
    step = replace(creation(exchange(1), person), link=link, writes=())
    run = await store.ledger.begin(plan(person, [step]))
    await store.ledger.finish(run, [Settled(key=step.key, link=link, entry=entry(step, later))], later)
    row = await store.history.entry(person, step.key)
    assert row is not None
    assert (row.first_seen, row.last_attempt) == (NOW, later)


async def test_first_sync_lasts_until_everything_was_judged(store: Store) -> None:
    person = await somebody(store)
    for everything, before in ((False, True), (True, True), (False, False)):
        assert (await store.ledger.scene(person, NOW, everything=False)).totals.first_sync is before
        await store.ledger.finish(await store.ledger.begin(plan(person, [], everything=everything)), [], NOW)
    assert [run.everything for run in await store.history.runs()] == [False, True, False]


async def test_a_run_is_finished_by_who_began_it(store: Store) -> None:
    with pytest.raises(ValueError, match="not begun here"):
        await store.ledger.finish("77", [], NOW)


async def test_a_moved_series_is_tied_anew(store: Store) -> None:
    person = await somebody(store)
    (link,) = await in_step(store, person, 1, series="S")
    await see(store, person, exchange(8, series="S"))
    await store.ledger.scene(person, NOW, everything=False)
    tied: Link = replace(link, exchange_id=exchange(8).id)
    step = replace(creation(exchange(8), person), key=link.key, link=link, salesforce=salesforce(1), writes=())
    await store.ledger.finish(await store.ledger.begin(plan(person, [step])), [Settled(key=link.key, link=tied)], NOW)
    assert list((await store.ledger.scene(person, NOW, everything=True)).links) == [tied]


async def test_many_at_once_are_stored_like_few(store: Store) -> None:
    person = await somebody(store)
    numbers = range(1, 701)
    links = await in_step(store, person, *numbers)
    scene = await store.ledger.scene(person, NOW, everything=True)
    assert {link.key: link for link in scene.links} == {link.key: link for link in links}
    assert len(scene.exchange) == len(scene.salesforce) == 700
    assert not await store.ledger.open_intents(person)
    assert len(await store.history.rows(person)) == 700
    rows = store.database.run(lambda c: c.execute(item_table.select().where(item_table.c.touched.is_not(None))).all())
    assert not rows
    assert key_bytes(links[0].key).hex() == links[0].key
