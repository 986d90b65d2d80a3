"""What was seen is there again, touched until it is judged, and gone when it is gone."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from tests.store.samples import NOW, WINDOW, created, creation, entry, exchange, in_step, kept, plan, salesforce, see, somebody
from twincal.core.decision import Decision, Reason, Verdict
from twincal.core.item import AllDay, Participant
from twincal.core.scene import Settled
from twincal.core.trees import Window
from twincal.core.vocabulary import Side, Tab
from twincal.core.writes import Absent
from twincal.ports import Sighting
from twincal.store.store import Store


async def test_cursor_and_items_are_stored_together(store: Store) -> None:
    person = await somebody(store)
    assert await store.ledger.cursor("exchange:1") is None
    await store.ledger.record([Sighting(person=person, side=Side.EXCHANGE, items=[exchange(1)])], "exchange:1", "delta-1")
    assert await store.ledger.cursor("exchange:1") == "delta-1"
    scene = await store.ledger.scene(person, NOW, everything=True)
    assert scene.exchange == {exchange(1).id: kept(exchange(1))}
    assert scene.totals.first_sync


async def test_a_sighting_that_cannot_be_stored_moves_no_cursor(store: Store) -> None:
    person = await somebody(store)
    broken = Sighting(person="999", side=Side.EXCHANGE, items=[exchange(2)])
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await store.ledger.record(
            [Sighting(person=person, side=Side.EXCHANGE, items=[exchange(1)]), broken], "exchange:1", "delta-1"
        )
    assert await store.ledger.cursor("exchange:1") is None
    assert not (await store.ledger.scene(person, NOW, everything=True)).exchange


async def test_people_never_see_each_others_items(store: Store) -> None:
    one, other = await somebody(store), await somebody(store, "bob@contoso.com")
    await in_step(store, one, 1, 2)
    scene = await store.ledger.scene(other, NOW, everything=True)
    assert not scene.exchange
    assert not scene.links
    assert scene.totals.linked == 0
    assert not await store.ledger.known_ids(other, Side.EXCHANGE)
    assert not await store.ledger.linked_ids(other, Side.EXCHANGE, [exchange(1).id])


async def test_touched_until_judged(store: Store) -> None:
    person = await somebody(store)
    await in_step(store, person, 1, 2)
    assert not (await store.ledger.scene(person, NOW, everything=False)).exchange
    changed = exchange(1, subject="Moved")
    await see(store, person, changed)
    for _ in range(2):
        scene = await store.ledger.scene(person, NOW, everything=False)
        assert scene.exchange == {changed.id: kept(changed)}
        assert scene.salesforce == {salesforce(1).id: kept(salesforce(1))}
        assert [link.exchange_id for link in scene.links] == [changed.id]


async def test_an_echo_of_what_is_stored_touches_nothing(store: Store) -> None:
    person = await somebody(store)
    await in_step(store, person, 1)
    await see(store, person, salesforce(1), cursor="later")
    scene = await store.ledger.scene(person, NOW, everything=False)
    assert not scene.salesforce
    assert not scene.links


async def test_a_look_between_scene_and_finish_is_not_lost(store: Store) -> None:
    person = await somebody(store)
    await see(store, person, exchange(1))
    await store.ledger.scene(person, NOW, everything=True)
    step = creation(exchange(1), person)
    run = await store.ledger.begin(plan(person, [step]))
    edited = exchange(1, subject="Edited meanwhile")
    await see(store, person, edited)
    await store.ledger.finish(run, [created(step, salesforce(1))], NOW)
    scene = await store.ledger.scene(person, NOW, everything=False)
    assert scene.exchange[edited.id] == kept(edited)


async def test_confirmed_absence_keeps_the_pair_until_it_is_judged(store: Store) -> None:
    person = await somebody(store)
    (link,) = await in_step(store, person, 1)
    gone = Absent(link.salesforce_id, deleted=True, by="005A", at=NOW)
    await see(store, person, side=Side.SALESFORCE, absent=[gone])
    scene = await store.ledger.scene(person, NOW, everything=False)
    assert scene.salesforce == {gone.id: gone}
    assert scene.exchange == {link.exchange_id: kept(exchange(1))}
    assert await store.ledger.known_ids(person, Side.SALESFORCE) == frozenset()
    await see(store, person, salesforce(1, subject="Back again"))
    scene = await store.ledger.scene(person, NOW, everything=False)
    assert scene.salesforce[gone.id] == kept(salesforce(1, subject="Back again"))


async def test_an_absent_id_without_a_link_is_forgotten_with_the_next_run(store: Store) -> None:
    person = await somebody(store)
    await see(store, person, side=Side.SALESFORCE, absent=[Absent("00UX", deleted=True)])
    await store.ledger.scene(person, NOW, everything=False)
    await store.ledger.finish(await store.ledger.begin(plan(person, [])), [], NOW)
    assert not (await store.ledger.scene(person, NOW, everything=True)).salesforce


async def test_dropped_items_take_the_row_of_what_never_was_synced_and_their_note_along(store: Store) -> None:
    person = await somebody(store)
    await see(store, person, *(exchange(number) for number in (1, 2, 3)))
    await store.ledger.scene(person, NOW, everything=True)
    steps = [creation(exchange(number), person) for number in (1, 2, 3)]
    unresolved = Decision(Verdict.UNRESOLVED, (Reason("A23"),), Tab.UNRESOLVED)
    rows = [entry(steps[0], decision=unresolved), entry(steps[1]), entry(steps[2], decision=unresolved)]
    run = await store.ledger.begin(plan(person, steps))
    await store.ledger.finish(run, [Settled(key=step.key, entry=row) for step, row in zip(steps, rows, strict=True)], NOW)
    await store.wishes.ignore(person, steps[0].key)
    await see(store, person, side=Side.EXCHANGE, dropped=[exchange(1).id, exchange(2).id])
    kept_rows = {row.key for row in await store.history.rows(person)}
    assert kept_rows == {steps[1].key, steps[2].key}, "that a pair was synced and deleted stays told"
    assert not (await store.wishes.note(person, steps[0].key)).ignored
    assert await store.ledger.known_ids(person, Side.EXCHANGE) == {exchange(3).id}


async def test_a_linked_item_is_never_dropped(store: Store) -> None:
    person = await somebody(store)
    (link,) = await in_step(store, person, 1)
    await see(store, person, side=Side.EXCHANGE, dropped=[link.exchange_id])
    assert await store.ledger.known_ids(person, Side.EXCHANGE) == {link.exchange_id}
    assert await store.ledger.linked_ids(person, Side.EXCHANGE, [link.exchange_id, "other"]) == {link.exchange_id}


async def test_known_ids_by_window_and_series(store: Store) -> None:
    person = await somebody(store)
    day = AllDay(date(2027, 3, 4), date(2027, 3, 4))
    items = [exchange(1), exchange(2, series="S"), exchange(3, series="S", times=day), exchange(50, series="S")]
    await see(store, person, *items)
    near = Window(NOW, NOW + timedelta(days=10))
    assert await store.ledger.known_ids(person, Side.EXCHANGE, window=near) == {item.id for item in items[:3]}
    assert await store.ledger.known_ids(person, Side.EXCHANGE, series="S") == {item.id for item in items[1:]}
    assert await store.ledger.known_ids(person, Side.EXCHANGE, series="S", window=near) == {items[1].id, items[2].id}
    for window in (near, WINDOW, Window(NOW + timedelta(days=1, hours=1), NOW + timedelta(days=2))):
        reaching = {item.id for item in items if window.meets(item)}
        assert await store.ledger.known_ids(person, Side.EXCHANGE, window=window) == reaching


async def test_a_touched_instance_brings_its_whole_series(store: Store) -> None:
    person = await somebody(store)
    links = await in_step(store, person, 1, 2, 3, series="master")
    await in_step(store, person, 9)
    await see(store, person, exchange(2, series="master", subject="Only this one"))
    scene = await store.ledger.scene(person, NOW, everything=False)
    assert {link.key for link in scene.links} == {link.key for link in links}
    assert scene.exchange.keys() == {exchange(number).id for number in (1, 2, 3)}
    assert all(item.series == "master" for item in scene.exchange.values() if not isinstance(item, Absent))
    assert scene.salesforce.keys() == {salesforce(number).id for number in (1, 2, 3)}


async def test_an_unlinked_item_brings_unlinked_ones_that_start_with_it(store: Store) -> None:
    person = await somebody(store)
    await in_step(store, person, 5)
    await see(store, person, salesforce(5, id="00Ufree"), salesforce(6))
    await store.ledger.scene(person, NOW, everything=True)
    await store.ledger.finish(
        await store.ledger.begin(plan(person, [])), [Settled(key="0" * 32, items=()), ], NOW
    )  # fmt: skip
    await _judge_all(store, person)
    await see(store, person, exchange(6))
    scene = await store.ledger.scene(person, NOW, everything=False)
    assert scene.salesforce.keys() == {salesforce(6).id}
    await _judge_all(store, person)
    await see(store, person, exchange(7, times=exchange(5).times))
    scene = await store.ledger.scene(person, NOW, everything=False)
    assert scene.salesforce.keys() == {"00Ufree"}, "the linked one that starts then is no candidate"
    assert scene.exchange.keys() == {exchange(7).id}
    assert not scene.links


async def _judge_all(store: Store, person: str) -> None:
    """A run in which every unlinked item was judged for good and nothing was done."""
    scene = await store.ledger.scene(person, NOW, everything=False)
    steps = [
        replace(creation(exchange(1), person), key=f"{at:032x}", exchange=item, after=None, writes=())
        for at, item in enumerate([*scene.exchange.values(), *scene.salesforce.values()])
        if not isinstance(item, Absent)
    ]
    run = await store.ledger.begin(plan(person, steps))
    await store.ledger.finish(run, [Settled(key=step.key) for step in steps], NOW)
    assert not (await store.ledger.scene(person, NOW, everything=False)).salesforce


async def test_addresses_bring_the_items_they_stand_on(store: Store) -> None:
    person = await somebody(store)
    await in_step(store, person, 1)
    await in_step(store, person, 2, people=(Participant("grace@acme.com"),))
    scene = await store.ledger.scene(person, NOW, everything=False, addresses=["grace@acme.com", "nobody@acme.com"])
    assert scene.exchange.keys() == {exchange(2).id}
    assert scene.salesforce.keys() == {salesforce(2).id}
    scene = await store.ledger.scene(person, NOW, everything=False, addresses=["me@contoso.com"])
    assert scene.exchange.keys() == {exchange(1).id, exchange(2).id}


async def test_totals_count_links_and_those_to_come(store: Store) -> None:
    person = await somebody(store)
    await in_step(store, person, 1, 2, 3)
    totals = (await store.ledger.scene(person, NOW + timedelta(days=2, hours=12), everything=False)).totals
    assert (totals.linked, totals.linked_future, totals.first_sync) == (3, 1, False)
