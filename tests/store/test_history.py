"""The history: sorted, searched, counted, found; what people wish; what is held; what goes with time."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.simulation.versions import upgraded
from tests.store.samples import NOW, created, creation, entry, exchange, graph_id, in_step, kept, plan, salesforce, see, somebody
from twincal.core.decision import Decision, Entry, Matched, ParticipantVerdict, Reason, Step, Verdict
from twincal.core.faults import FaultCode
from twincal.core.item import Item
from twincal.core.listing import Sort, Wanted
from twincal.core.scene import Note, Settled
from twincal.core.vocabulary import Operation, Outcome, RecordKind, Side, Tab
from twincal.core.writes import Receipt, Values, Write
from twincal.errors import WrongInput
from twincal.store.finding import find_items
from twincal.store.folding import folded
from twincal.store.history import Count
from twincal.store.store import Store
from twincal.store.tidying import tidy

SYNCED = Decision(Verdict.IN_STEP, (Reason("F00"),), Tab.SYNCED)
UNRESOLVED = Decision(Verdict.UNRESOLVED, (Reason("A20", {"addresses": ("a@b.c",)}),), Tab.UNRESOLVED)
EXCLUDED = Decision(Verdict.EXCLUDED, (Reason("A11"),), Tab.EXCLUDED)


async def listed(store: Store, person: str, rows: Sequence[tuple[Item, Decision, dict[str, Any]]]) -> list[Entry]:
    """Let these items be judged so, without writing anything."""
    await see(store, person, *(item for item, _, _ in rows))
    await store.ledger.scene(person, NOW, everything=True)
    steps = [replace(creation(item, person), decision=decision, writes=()) for item, decision, _ in rows]
    told = [entry(step, **more) for step, (_, _, more) in zip(steps, rows, strict=True)]
    run = await store.ledger.begin(plan(person, steps))
    await store.ledger.finish(run, [Settled(key=row.key, entry=row) for row in told], NOW)
    return told


async def three(store: Store, person: str) -> list[Entry]:
    return await listed(
        store,
        person,
        [
            (exchange(1, subject="Zürich"), SYNCED, {"matched": (Matched(RecordKind.CONTACT, "003", "Ada Lovelace"),)}),
            (exchange(2, subject="apples"), UNRESOLVED, {"participants": (ParticipantVerdict("bo@acme.com", "no_record"),)}),
            (exchange(3, subject="Pears"), EXCLUDED, {"start": date(2027, 3, 1), "end": date(2027, 3, 1)}),
        ],
    )


async def test_rows_by_tab_and_code(store: Store) -> None:
    person = await somebody(store)
    rows = await three(store, person)
    assert await store.history.rows(person, Wanted(tab=Tab.UNRESOLVED)) == [rows[1]]
    assert await store.history.rows(person, Wanted(code="A11")) == [rows[2]]
    assert await store.history.rows(person, Wanted(tab=Tab.SYNCED, code="A11")) == []
    assert await store.history.entry(person, rows[0].key) == rows[0]
    assert await store.history.entry(person, "0" * 32) is None


@pytest.mark.parametrize(
    ("sort", "order"),
    [(Sort.START, [2, 0, 1]), (Sort.SUBJECT, [1, 2, 0]), (Sort.CODE, [2, 1, 0]), (Sort.END, [2, 0, 1])],
)
async def test_rows_in_order_and_in_pages(store: Store, sort: Sort, order: list[int]) -> None:
    person = await somebody(store)
    rows = await three(store, person)
    wanted = [rows[at] for at in order]
    assert await store.history.rows(person, Wanted(sort=sort)) == wanted
    assert await store.history.rows(person, Wanted(sort=sort, descending=True)) == wanted[::-1]
    first = await store.history.rows(person, Wanted(sort=sort, limit=2))
    assert first + await store.history.rows(person, Wanted(sort=sort, after=first[-1].key)) == wanted


async def test_every_column_can_be_sorted_by(store: Store) -> None:
    person = await somebody(store)
    await three(store, person)
    for sort in Sort:
        rows = await store.history.rows(person, Wanted(sort=sort))
        assert await store.history.rows(person, Wanted(sort=sort, descending=True)) == rows[::-1], sort


@pytest.mark.parametrize(("text", "found"), [("ZÜR", [0]), ("pp", [1]), ("bo@ac", [1]), ("lovel", [0]), ("nothing", [])])
async def test_search_by_part_of_a_word(store: Store, text: str, found: list[int]) -> None:
    person = await somebody(store)
    rows = await three(store, person)
    assert await store.history.rows(person, Wanted(search=text)) == [rows[at] for at in found]


async def test_counts(store: Store) -> None:
    person = await somebody(store)
    await three(store, person)
    assert await store.history.counts(person) == [
        Count(Tab.EXCLUDED, Verdict.EXCLUDED, "A11", 1),
        Count(Tab.SYNCED, Verdict.IN_STEP, "F00", 1),
        Count(Tab.UNRESOLVED, Verdict.UNRESOLVED, "A20", 1),
    ]


async def test_the_journal_tells_before_and_after(store: Store) -> None:
    person = await somebody(store)
    (link,) = await in_step(store, person, 1)
    new = exchange(1, subject="New")
    write = Write(
        intent="b" * 32,
        side=Side.SALESFORCE,
        operation=Operation.UPDATE,
        mark=link.mark,
        item_id=link.salesforce_id,
        values=Values(subject="New", body="not kept"),
    )
    step = Step(key=link.key, decision=SYNCED, exchange=new, salesforce=salesforce(1), link=link, after=link, writes=(write,))
    run = await store.ledger.begin(plan(person, [step]))
    told = Receipt(intent=write.intent, outcome=Outcome.NOT_APPLIED, fault=FaultCode.LOCKED, detail="UNABLE_TO_LOCK_ROW")
    await store.ledger.finish(run, [Settled(key=link.key, link=link, receipts=(told,), judged=False)], NOW)
    first, second = await store.history.receipts(person, link.key)
    assert (first.operation, first.run) == (Operation.CREATE, "1")
    assert (second.operation, second.outcome, second.fault) == (Operation.UPDATE, Outcome.NOT_APPLIED, FaultCode.LOCKED)
    assert second.before == replace(kept(salesforce(1)), id="")
    assert second.after == Values(subject="New")
    latest, earlier = await store.history.runs()
    assert (latest.writes, latest.done, latest.finished_at) == (1, 0, NOW)
    assert (earlier.writes, earlier.done) == (1, 1)
    assert await store.history.runs(person="99") == []


@pytest.mark.parametrize(
    "text",
    [
        graph_id(1),
        "00U000000000001AAA",
        "00U000000000001",
        "https://acme.lightning.force.com/lightning/r/Event/00U000000000001AAA/view",
        "https://outlook.office365.com/owa/?itemid=" + graph_id(1).replace("=", "%3D").replace("-", "%2B") + "&exvsurl=1",
        "https://outlook.example/1",
        "VIEW 1",
        "KEY",
    ],
)
async def test_an_item_is_found_by_what_is_at_hand(store: Store, text: str) -> None:
    person = await somebody(store)
    (link,) = await in_step(store, person, 1, source="https://outlook.example/1")
    await in_step(store, person, 2)
    (found,) = await find_items(store.database, person, link.key if text == "KEY" else text, NOW)
    assert (found.key, found.link, found.subject) == (link.key, link, "Review 1")
    assert found.entry is not None
    assert [item.side for item in found.items] == [Side.EXCHANGE, Side.SALESFORCE]


async def test_finding_what_is_listed_nowhere(store: Store) -> None:
    person = await somebody(store)
    await see(
        store, person, exchange(1, subject="Not considered"), exchange(2, subject="Considered not"), exchange(3, private=True)
    )
    found = await find_items(store.database, person, "consider", NOW)
    assert [(one.subject, one.entry, one.link) for one in found] == [("Not considered", None, None), ("Considered not", None, None)]
    (private,) = await find_items(store.database, person, exchange(3).id, NOW)
    assert (private.subject, private.items[0].private) == ("", True)
    assert await find_items(store.database, person, "Review 3", NOW) == []
    assert await find_items(store.database, person, "  ", NOW) == []


async def test_ignore_choose_and_retry_reach_the_next_scene(store: Store) -> None:
    person = await somebody(store)
    (link,) = await in_step(store, person, 1)
    await store.wishes.ignore(person, link.key)
    await store.wishes.choose(person, link.key, Side.SALESFORCE)
    scene = await store.ledger.scene(person, NOW, everything=False)
    assert scene.notes == {link.key: Note(key=link.key, ignored=True, choice=Side.SALESFORCE)}
    assert scene.exchange.keys() == {exchange(1).id}
    await store.wishes.retry(person, link.key, NOW)
    assert await store.wishes.note(person, link.key) == Note(key=link.key, choice=Side.SALESFORCE)


async def test_wishes_about_an_item_that_is_not_linked(store: Store) -> None:
    person = await somebody(store)
    (row,) = await listed(store, person, [(exchange(1), EXCLUDED, {})])
    await see(store, person, exchange(2))
    await store.ledger.finish(await store.ledger.begin(plan(person, [replace(creation(exchange(2), person), writes=())])), [], NOW)
    await store.wishes.ignore(person, row.key)
    scene = await store.ledger.scene(person, NOW, everything=False)
    assert scene.notes[row.key].ignored
    assert exchange(1).id in scene.exchange


async def test_a_retry_reopens_what_was_given_up(store: Store) -> None:
    person = await somebody(store)
    (row,) = await listed(store, person, [(exchange(1), EXCLUDED, {})])
    step = replace(creation(exchange(1), person), writes=(), decision=EXCLUDED)
    given_up = Note(key=row.key, given_up=True, first_seen=NOW, attempts=9, seen=b"x")
    await store.ledger.finish(await store.ledger.begin(plan(person, [step])), [Settled(key=row.key, entry=row, note=given_up)], NOW)
    await store.wishes.retry(person, row.key, NOW)
    assert await store.wishes.note(person, row.key) == Note(key=row.key)
    assert (await store.ledger.scene(person, NOW, everything=False)).exchange.keys() == {exchange(1).id}


async def test_retry_all_and_touch_all(store: Store) -> None:
    person = await somebody(store)
    later = NOW + timedelta(days=1)
    await listed(
        store,
        person,
        [(exchange(1), UNRESOLVED, {"next_attempt": later}), (exchange(2), SYNCED, {}), (exchange(3), EXCLUDED, {})],
    )
    assert not (await store.ledger.scene(person, NOW, everything=False)).exchange
    await store.wishes.retry(person, None, NOW)
    assert (await store.ledger.scene(person, NOW, everything=False)).exchange.keys() == {exchange(1).id}
    await store.wishes.touch_all(person)
    assert len((await store.ledger.scene(person, NOW, everything=False)).exchange) == 3


async def test_held_steps_are_released_as_shown(store: Store) -> None:
    person = await somebody(store)
    steps = [replace(creation(exchange(number), person), held_by="L04", mail=number) for number in (1, 2)]
    guarded = plan(person, [*steps, creation(exchange(3), person)], held={"L04": {"count": 2, "allowed": 1}})
    name = await store.held_plans.hold(guarded)
    assert name == await store.held_plans.hold(guarded), "the same steps are held under the same name"
    (held,) = await store.held_plans.held()
    (group,) = held.classes
    assert (held.id, group.code, set(group.keys), group.mail) == (name, "L04", {steps[0].key, steps[1].key}, 3)
    assert group.evidence == {"count": 2, "allowed": 1}
    assert await store.held_plans.released(person) == frozenset()

    done = await store.held_plans.release(f" {name.upper()} ", "admin@contoso.com", NOW)
    assert (done.released_by, done.released_at) == ("admin@contoso.com", NOW)
    assert await store.held_plans.released(person) == {("L04", steps[0].key), ("L04", steps[1].key)}
    assert await store.held_plans.held(person) == []
    with pytest.raises(WrongInput, match=f"No held plan is called `{name}`"):
        await store.held_plans.release(name, "admin@contoso.com", NOW)
    await store.held_plans.forget_held(person)
    assert await store.held_plans.released(person) == frozenset()


async def test_another_plan_takes_the_place_of_what_was_held(store: Store) -> None:
    person, other = await somebody(store), await somebody(store, "bob@contoso.com")
    held = [replace(creation(exchange(number), person), held_by="L04") for number in (1, 2)]
    first = await store.held_plans.hold(plan(person, held, held={"L04": {}}))
    theirs = await store.held_plans.hold(plan(other, held, held={"L04": {}}))
    second = await store.held_plans.hold(plan(person, held[:1], held={"L04": {}}))
    assert len({first, second, theirs}) == 3
    assert {one.id for one in await store.held_plans.held()} == {second, theirs}
    assert [one.id for one in await store.held_plans.held(person)] == [second]
    with pytest.raises(WrongInput):
        await store.held_plans.release(first, "admin", NOW)


async def test_a_history_that_a_former_version_wrote_is_folded_too(store: Store) -> None:
    person = await somebody(store)
    instances = [(exchange(number, series="weekly"), UNRESOLVED, {"series": "weekly"}) for number in (1, 2, 3)]
    await listed(store, person, [*instances, (exchange(4), UNRESOLVED, {})])
    upgraded(store)
    found = store.database.run(folded, int(person), Wanted(sort=Sort.SUBJECT))
    assert ([row.series for row in found.entries], found.times, found.total) == (["weekly", ""], (3, 1), 4)


async def test_what_is_older_than_the_retention_goes(store: Store) -> None:
    person = await somebody(store)
    links = await in_step(store, person, 1, 2)
    after = NOW + timedelta(days=31)
    step = replace(creation(exchange(2), person), link=links[1], salesforce=salesforce(2), writes=())
    run = await store.ledger.begin(plan(person, [step], made_at=after))
    await store.ledger.finish(run, [Settled(key=step.key, link=links[1], entry=entry(step, after))], after)
    gone = await tidy(store.database, after, 30)
    assert (gone["history"], gone["receipt"], gone["run"]) == (1, 2, 1)
    assert [row.key for row in await store.history.rows(person)] == [links[1].key]
    assert len((await store.ledger.scene(person, after, everything=True)).links) == 2, "what is in step stays so"
    assert await tidy(store.database, after, 30) == dict.fromkeys(gone, 0)


async def test_unresolved_rows_live_until_their_retries_end(store: Store) -> None:
    person = await somebody(store)
    ends = NOW + timedelta(days=40)
    await listed(store, person, [(exchange(1), UNRESOLVED, {"retry_ends": ends})])
    for day, left in ((39, 1), (40, 0)):
        await tidy(store.database, NOW + timedelta(days=day), 30)
        assert len(await store.history.rows(person)) == left


async def test_notes_of_what_is_gone_go(store: Store) -> None:
    person = await somebody(store)
    (link,) = await in_step(store, person, 1)
    await see(store, person, exchange(2))
    alone = creation(exchange(2), person).key
    for key in (link.key, alone, "f" * 32):
        await store.wishes.ignore(person, key)
    assert (await tidy(store.database, NOW, 30))["note"] == 1
    assert [(await store.wishes.note(person, key)).ignored for key in (link.key, alone, "f" * 32)] == [True, True, False]


async def test_tidying_keeps_addresses_that_still_stand(store: Store) -> None:
    person = await somebody(store)
    await in_step(store, person, 1)
    await see(store, person, exchange(2))
    await see(store, person, side=Side.EXCHANGE, dropped=[exchange(2).id])
    await tidy(store.database, NOW, 30)
    scene = await store.ledger.scene(person, NOW, everything=False, addresses=["ada@acme.com"])
    assert scene.exchange.keys() == {exchange(1).id}
    assert created(creation(exchange(1), person), salesforce(1)).link == scene.links[0]
