"""The port `Books`: what people and administrators have said is remembered as it was said."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.contract.stores import NOW, STORES, Desk
from tests.contract.test_ledger import begun, in_step, see
from tests.store.samples import exchange, plan, salesforce
from twincal.core.listing import Sort, Wanted
from twincal.core.policy import Explicit
from twincal.core.vocabulary import Level, Tab
from twincal.errors import TwincalError, WrongInput
from twincal.ports import Member

ANN, BEN = "ann@northwind.example", "ben@northwind.example"


@pytest.fixture(params=STORES)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    opened = STORES[request.param](tmp_path)
    yield opened
    opened.close()


async def test_people_are_added_found_changed_and_removed(desk: Desk) -> None:
    ann, _ = await desk.person(), await desk.person(BEN)
    desk.again()
    assert [one.mailbox for one in await desk.books.members()] == [ANN, BEN]
    found = await desk.books.member(ANN)
    assert found is not None
    assert found.id == ann
    await desk.books.change_member(replace(found, aliases=("a.smith@northwind.example",), active=False))
    desk.again()
    changed = await desk.books.member(ANN)
    assert changed == replace(found, aliases=("a.smith@northwind.example",), active=False)
    await desk.books.remove_member(ann)
    desk.again()
    assert [one.mailbox for one in await desk.books.members()] == [BEN]
    assert await desk.books.member(ANN) is None


@pytest.mark.parametrize(
    "other",
    [
        Member(id="", mailbox=ANN, salesforce_username=BEN, salesforce_user_id="005000000000009AAA"),
        Member(id="", mailbox=BEN, salesforce_username=ANN, salesforce_user_id="005000000000001AAA"),
        Member(id="", mailbox=BEN, salesforce_username=BEN, salesforce_user_id="005000000000009AAA", profile="None such"),
    ],
)
async def test_nobody_is_added_twice_or_under_a_profile_there_is_not(desk: Desk, other: Member) -> None:
    await desk.person()
    with pytest.raises(WrongInput):
        await desk.books.add_member(other)
    assert [one.mailbox for one in await desk.books.members()] == [ANN]


async def test_removing_erases_every_row(desk: Desk) -> None:
    person = await desk.person()
    await in_step(desk, person, 1)
    await desk.books.remove_member(person)
    desk.again()
    again = await desk.person()
    assert list(await desk.books.entries(again)) == []
    assert not (await desk.ledger.scene(again, NOW, everything=True)).links
    assert await desk.ledger.cursor(f"exchange:{person}") is None


async def test_settings_are_told_for_whom_they_concern(desk: Desk) -> None:
    await desk.person()
    ann = await desk.books.member(ANN)
    assert ann is not None
    rows = [
        Explicit(key="mode", level=level, name=name, value=value, who="admin", when=NOW)
        for level, name, value in (
            (Level.ORGANIZATION, "", "sync_all"),
            (Level.PROFILE, ann.profile, "match"),
            (Level.PROFILE, "Sales", "off"),
            (Level.USER, ANN, "designate"),
            (Level.USER, BEN, "off"),
        )
    ]
    await desk.books.put_explicits(rows)
    desk.again()
    assert {one.value for one in await desk.books.explicits(ann)} == {"sync_all", "match", "designate"}
    assert {one.value for one in await desk.books.explicits(None)} == {"sync_all"}
    assert {one.value for one in await desk.books.explicits_at(profile="Sales")} == {"sync_all", "off"}
    await desk.books.put_explicits([replace(rows[0], value="off")])
    assert {one.value for one in await desk.books.explicits(None)} == {"off"}, "in the place of the one before"
    await desk.books.drop_explicits([rows[0], rows[3]])
    desk.again()
    assert {one.value for one in await desk.books.explicits(ann)} == {"match"}


async def test_the_history_is_listed_searched_and_counted(desk: Desk) -> None:
    person = await desk.person()
    await in_step(desk, person, 1, 2)
    desk.again()
    assert {row.subject for row in await desk.books.entries(person)} == {"Review 1", "Review 2"}
    assert [row.subject for row in await desk.books.entries(person, Wanted(search="review 2"))] == ["Review 2"]
    assert list(await desk.books.entries(person, Wanted(tab=Tab.EXCLUDED))) == []
    assert len(await desk.books.entries(person, Wanted(tab=Tab.SYNCED, code="F01"))) == 2
    alone = await desk.books.folded(person, Wanted(sort=Sort.SUBJECT, limit=1))
    assert ([row.subject for row in alone.entries], alone.times) == (["Review 1"], (1,))
    behind = await desk.books.folded(person, Wanted(sort=Sort.SUBJECT, after=alone.following))
    assert ([row.subject for row in behind.entries], behind.following) == (["Review 2"], "")
    assert dict(await desk.books.counts(person)) == {"in_step": 2, "unresolved": 0, "excluded": 0, "held": 0}
    (row,) = await desk.books.entries(person, Wanted(search="review 1"))
    assert await desk.books.entry(person, row.key) == row
    assert await desk.books.entry(person, "0" * 32) is None


async def test_an_item_is_found_by_key_id_or_subject(desk: Desk) -> None:
    person = await desk.person()
    await in_step(desk, person, 1, 2)
    (row,) = await desk.books.entries(person, Wanted(search="review 1"))
    desk.again()
    for text in (row.key, exchange(1).id, salesforce(1).id, "Review 1"):
        assert [hit.key for hit in await desk.books.find(person, text)] == [row.key], text
    assert list(await desk.books.find(person, "nothing of the kind")) == []


async def test_wishes_reach_the_next_scene(desk: Desk) -> None:
    person = await desk.person()
    await in_step(desk, person, 1)
    (row,) = await desk.books.entries(person)
    await desk.books.ignore(person, row.key)
    desk.again()
    scene = await desk.ledger.scene(person, NOW, everything=False)
    assert scene.notes[row.key].ignored
    assert exchange(1).id in scene.exchange


async def test_a_retry_has_everything_unresolved_judged_again(desk: Desk) -> None:
    person = await desk.person()
    await in_step(desk, person, 1)
    (row,) = await desk.books.entries(person)
    assert not (await desk.ledger.scene(person, NOW, everything=False)).exchange
    await desk.books.retry(person, row.key, NOW)
    desk.again()
    assert exchange(1).id in (await desk.ledger.scene(person, NOW, everything=False)).exchange


async def test_what_is_held_is_released_by_its_name_once_named(desk: Desk) -> None:
    person = await desk.person()
    _, steps = await begun(desk, person, 1)
    held = plan(person, [replace(steps[0], held_by="L04")], held={"L04": {"count": 1}})
    name = await desk.books.hold(held)
    assert await desk.books.hold(held) == name, "the same steps have the same name"
    desk.again()
    released = await desk.books.release(name, "admin", NOW)
    assert (released.person, released.steps) == (person, frozenset({("L04", steps[0].key)}))
    with pytest.raises(TwincalError):
        await desk.books.release("none-such", "admin", NOW)
    await desk.books.forget_held(person)
    with pytest.raises(TwincalError):
        await desk.books.release(name, "admin", NOW)


async def test_tidying_leaves_what_is_young(desk: Desk) -> None:
    person = await desk.person()
    await in_step(desk, person, 1)
    await see(desk, person, exchange(2))
    await desk.books.tidy(NOW, 30)
    desk.again()
    assert len(await desk.books.entries(person)) == 1
    assert len((await desk.ledger.scene(person, NOW, everything=True)).exchange) == 2
