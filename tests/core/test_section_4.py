"""SPEC 4, row by row: whom an event is related to, and which relations Twincal may take back."""

from datetime import date

import pytest

from tests.core.calendars import ANN_ID, BEN, BEN_ID, CARLA, DORA, LEO, STRANGER, relation
from tests.core.cases import (
    Change,
    booked,
    contact,
    copy_of,
    deleted,
    edit,
    entered,
    everything,
    invitation,
    invited,
    judged,
    lead,
    linked,
    rename,
    setting,
    step_of,
    then,
    there,
    told,
    world_with,
)
from tests.core.worlds import World
from twincal.core.item import Item
from twincal.core.trees import Record

C, D, L = "003000000000001AAA", "003000000000002AAA", "00Q000000000001AAA"
LEA = lead("lea@lead.example", "00QLea")
CROWD = tuple(f"p{n:02}@crowd.example" for n in range(51))
RECORDS = [LEA, *(contact(address, f"003P{n:02}") for n, address in enumerate(CROWD))]
NEW: tuple[tuple[tuple[str, ...], bool, str, list[str]], ...] = (
    # people, Shared Activities, rules, Whos
    ((CARLA,), True, "P04", [C]),
    ((CARLA,), False, "P04", [C]),
    ((CARLA, DORA), True, "P05", [C, D]),
    ((DORA, CARLA), True, "P05", [D, C]),
    ((CARLA, DORA), False, "P08", [C]),
    ((DORA, CARLA), False, "P08", [D]),
    ((LEO, CARLA), True, "P06", [C]),
    ((LEO, CARLA), False, "P06", [C]),
    ((LEO, CARLA, DORA), True, "P07", [C, D]),
    ((LEO, CARLA, DORA), False, "P08", [C]),
    ((LEO,), True, "P10", [L]),
    ((LEO, LEA.address), True, "P11", [L]),
    ((LEA.address, LEO), False, "P11", [LEA.id]),
    ((STRANGER, BEN), True, "P12", []),
    (CROWD[:50], True, "P05", [record.id for record in RECORDS[1:51]]),
    (CROWD, True, "P03", [record.id for record in RECORDS[1:51]]),
    (CROWD, False, "P09", [RECORDS[1].id]),
)


@pytest.mark.parametrize(("people", "shared", "rule", "whos"), NEW, ids=[f"{n}-{row[2]}" for n, row in enumerate(NEW)])
def test_a_new_event_is_related_to_contacts_first(people: tuple[str, ...], shared: bool, rule: str, whos: list[str]) -> None:
    world = world_with(shared=shared)
    world.records += RECORDS
    step = step_of(world, booked(*people)(world))
    assert told(step) == f"create_in_salesforce A25 {rule} F01"
    (event,) = world.calendars[step.writes[0].side].items.values()
    assert list(event.whos) == whos


def test_from_comes_first_on_an_invitation() -> None:
    world = world_with(shared=False)
    invitation(CARLA, organizer=DORA)(world)
    world.cycle()
    assert [event.whos for _, _, event in world.pairs()] == [(D,)]


def test_what_is_left_out_is_named() -> None:
    world = world_with()
    step = step_of(world, booked(LEO, CARLA)(world))
    evidence = step.decision.trail[1].evidence
    assert evidence == {"chosen": "Contact Carla", "left_out": "Lead Leo"}


SAME_ADDRESS = (
    # several Contacts with Carla's address, which is taken
    ([contact(CARLA, "003B", owner=ANN_ID), contact(CARLA, "003A", owner=BEN_ID)], "003B"),
    ([contact(CARLA, "003B", last_activity=date(2027, 2, 1)), contact(CARLA, "003A", last_activity=date(2027, 1, 1))], "003B"),
    ([contact(CARLA, "003B"), contact(CARLA, "003A")], "003A"),
    ([contact(CARLA, "003B", owner=ANN_ID), contact(CARLA, "003A", last_activity=date(2027, 2, 1))], "003B"),
)


@pytest.mark.parametrize(("records", "taken"), SAME_ADDRESS)
def test_of_several_records_with_one_address_one_is_taken_and_all_are_named(records: list[Record], taken: str) -> None:
    world = world_with()
    world.records[:] = records
    step = step_of(world, booked(CARLA)(world))
    assert told(step) == "create_in_salesforce A25 P04 P20 F01"
    assert [matched.name for matched in step.matched] == [taken]
    assert all(record.name in str(step.decision.trail[2].evidence) for record in records)


def test_a_converted_lead_is_followed_to_its_contact() -> None:
    world = world_with()
    world.records[:] = [lead(LEO, "00QOld", converted_to=C)]
    step = step_of(world, booked(LEO)(world))
    assert told(step) == "create_in_salesforce A25 P04 F01"
    assert step.writes[0].values.whos == (C,)


def related_to(*whos: str) -> Change:
    """A person relates the event to others."""

    def change(world: World, item: Item) -> None:
        event = copy_of(world, item) if item.side.value == "exchange" else item
        world.edit(event, BEN_ID, whos=whos, people=tuple(relation(who) for who in whos))

    return change


def appears(record: Record) -> Change:
    """A record is entered."""
    return lambda world, item: world.records.append(record)


def attends(*people: str) -> Change:
    """The attendees are others now."""
    return edit(people=invited(*people))


ZOE = contact(STRANGER, "003Zoe")
LATER: tuple[tuple[tuple[str, ...], Change, str, list[str]], ...] = (
    # attendees at first, what happens, the decision, the Whos in the end
    ((STRANGER,), appears(ZOE), "update_in_salesforce A15 P04 F11", [ZOE.id]),
    ((CARLA, STRANGER), appears(ZOE), "update_in_salesforce A15 P05 F11", [C, ZOE.id]),
    ((LEO,), attends(LEO, CARLA), "update_in_salesforce A15 P06 F11", [C]),
    ((CARLA, DORA), attends(CARLA), "update_in_salesforce A15 P04 F11", [C]),
    ((CARLA,), attends(), "update_in_salesforce A15 P02 F11", []),
    ((CARLA,), attends(CARLA, DORA), "update_in_salesforce A15 P05 F11", [C, D]),
    ((CARLA,), setting("ignore_list", "acme.example"), "in_step A15 P12 F10", [C]),
    ((CARLA,), related_to(D), "in_step A15 P04 F10", [D]),
    ((CARLA,), related_to(), "in_step A15 P04 F10", []),
    ((CARLA,), everything(then(related_to()), rename), "update_in_salesforce A15 P04 F12", []),
    ((LEO,), everything(then(related_to(L, D)), attends(LEO, CARLA)), "update_in_salesforce A15 P06 F11", [D, C]),
    ((STRANGER,), related_to(D), "in_step A15 P12 F10", [D]),
    ((STRANGER,), everything(then(related_to(D)), attends()), "in_step A15 P02 F10", [D]),
    ((STRANGER,), everything(then(related_to(L)), attends(CARLA)), "in_step A15 P04 F10", [L]),
    ((CARLA,), there(edit(what="001Account")), "in_step A15 P04 F10", [C]),
)


@pytest.mark.parametrize(("people", "change", "expected", "whos"), LATER)
def test_relations_change_only_where_twincal_made_them(
    people: tuple[str, ...], change: Change, expected: str, whos: list[str]
) -> None:
    world = world_with()
    item = linked(world, booked(*people))
    change(world, item)
    assert judged(world, item) == expected
    world.settle(1)
    assert list(copy_of(world, item).whos) == whos


KEPT = (
    # what happens to an event made in Salesforce; its relations never change
    setting("ignore_list", "record.example"),
    there(attends(CARLA, DORA)),
    there(rename),
    rename,
    appears(contact("001@record.example")),
)


@pytest.mark.parametrize("change", KEPT)
def test_an_event_made_in_salesforce_keeps_its_relations(change: Change) -> None:
    world = world_with()
    item = linked(world, entered(L, what="001Account"))
    change(world, item)
    world.settle(2)
    event = world.calendars[item.side].items[item.id]
    assert (event.whos, event.what) == ((L,), "001Account")


def test_creating_an_event_again_restores_its_associations() -> None:
    world = world_with()
    item = linked(world, booked(CARLA))
    everything(then(related_to(D)), then(there(edit(what="001Account"))), there(deleted()), rename)(world, item)
    assert judged(world, item) == "create_in_salesforce A15 P04 F34"
    event = copy_of(world, item)
    assert (event.whos, event.what) == ((D,), "001Account")
