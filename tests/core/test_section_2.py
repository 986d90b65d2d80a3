"""SPEC 2, row by row: what each mode creates, and what it leaves alone."""

import pytest

from tests.core.calendars import ANN, BEN, CARLA, DORA, LEO, STRANGER
from tests.core.cases import (
    Change,
    Make,
    booked,
    contact,
    edit,
    entered,
    everything,
    here,
    invitation,
    judged,
    linked,
    nothing,
    rename,
    setting,
    then,
    world_with,
)

CARLA_ID, DORA_ID = "003000000000001AAA", "003000000000002AAA"
MARK = {"categories": ("Salesforce",)}
MEETING, APPOINTMENT = booked(STRANGER), booked()
NEW = (
    # mode, Ignore List, the item, what becomes of it
    ("off", "", booked(CARLA), "not_considered A02"),
    ("off", "", APPOINTMENT, "not_considered A02"),
    ("off", "", entered(CARLA_ID), "not_considered A02"),
    ("off", "", entered(people=(CARLA,)), "not_considered A02"),
    ("sync_all", "", MEETING, "create_in_salesforce A25 P12 F01"),
    ("sync_all", "", booked(CARLA), "create_in_salesforce A25 P04 F01"),
    ("sync_all", "", invitation(), "create_in_salesforce A25 P12 F01"),
    ("sync_all", "nobody.example, northwind.example", MEETING, "create_in_salesforce A25 P12 F01"),
    ("sync_all", "acme.example", booked(CARLA), "create_in_salesforce A25 P12 F01"),
    ("sync_all", "", APPOINTMENT, "create_in_salesforce A19 P02 F01"),
    ("sync_all", "nobody.example", APPOINTMENT, "create_in_salesforce A19 P02 F01"),
    ("sync_all", ANN, APPOINTMENT, "excluded A18"),
    ("sync_all", "northwind.example", APPOINTMENT, "excluded A18"),
    ("sync_all", "northwind.example [email]", APPOINTMENT, "create_in_salesforce A19 P02 F01"),
    ("sync_all", "", entered(), "create_in_exchange A20 P01 F02"),
    ("sync_all", "northwind.example", entered(), "create_in_exchange A20 P01 F02"),
    ("sync_all", "", entered(people=(STRANGER,)), "create_in_exchange A25 P01 F02"),
    ("match", "", booked(CARLA), "create_in_salesforce A24 P04 F01"),
    ("match", "", booked(LEO), "create_in_salesforce A24 P10 F01"),
    ("match", "", booked(STRANGER, CARLA), "create_in_salesforce A24 P04 F01"),
    ("match", "", invitation(organizer=CARLA), "create_in_salesforce A24 P04 F01"),
    ("match", "", MEETING, "unresolved A23"),
    ("match", "", booked(BEN), "unresolved A23"),
    ("match", "nobody.example", MEETING, "unresolved A23"),
    ("match", "acme.example", booked(CARLA), "unresolved A23"),
    ("match", "acme.example", booked(CARLA, DORA), "create_in_salesforce A24 P04 F01"),
    ("match", "acme.example, northwind.example", booked(CARLA), "unresolved A22"),
    ("match", f"nobody.example, {ANN}", MEETING, "unresolved A22"),
    ("match", "", APPOINTMENT, "excluded A17"),
    ("match", "northwind.example", APPOINTMENT, "excluded A17"),
    ("match", "", entered(), "create_in_exchange A20 P01 F02"),
    ("match", "", entered(CARLA_ID), "create_in_exchange A20 P01 F02"),
    ("match", "", entered(people=(CARLA,)), "create_in_exchange A24 P01 F02"),
    ("match", "", entered(CARLA_ID, people=(STRANGER,)), "create_in_exchange A24 P01 F02"),
    ("match", "record.example", entered(CARLA_ID, people=(STRANGER,)), "unresolved A23"),
    ("match", "", entered(people=(STRANGER,)), "unresolved A23"),
    ("match", "nobody.example", entered(people=(STRANGER,)), "unresolved A22"),
    ("designate", "", booked(CARLA), "not_considered A16"),
    ("designate", "", APPOINTMENT, "not_considered A16"),
    ("designate", "northwind.example", APPOINTMENT, "not_considered A16"),
    ("designate", "", booked(STRANGER, **MARK), "create_in_salesforce A25 P12 F01"),
    ("designate", "", booked(CARLA, categories=("salesforce", "Blue")), "create_in_salesforce A25 P04 F01"),
    ("designate", "", booked(CARLA, categories=("Salesforce, perhaps",)), "not_considered A16"),
    ("designate", "", booked(**MARK), "create_in_salesforce A19 P02 F01"),
    ("designate", "northwind.example", booked(**MARK), "excluded A18"),
    ("designate", "", entered(), "create_in_exchange A20 P01 F02"),
    ("designate", "", entered(people=(STRANGER,)), "create_in_exchange A25 P01 F02"),
    ("designate", "nobody.example", entered(people=(STRANGER,)), "create_in_exchange A25 P01 F02"),
)


@pytest.mark.parametrize(("mode", "ignored", "make", "expected"), NEW, ids=[f"{row[0]}-{n}" for n, row in enumerate(NEW)])
def test_a_mode_decides_what_is_created(mode: str, ignored: str, make: Make, expected: str) -> None:
    world = world_with(mode, {"ignore_list": ignored})
    assert judged(world, make(world)) == expected


@pytest.mark.parametrize("make", [booked(CARLA), booked(), entered(), booked(CARLA, **MARK)])
@pytest.mark.parametrize("mode", ["sync_all", "match", "designate"])
def test_no_sync_excludes_in_every_mode(mode: str, make: Make) -> None:
    world = world_with(mode)
    item = make(world)
    if item.categories or item.side.value == "exchange":
        item = world.edit(item, categories=(*item.categories, "no SYNC"))
        assert judged(world, item) == "excluded A09"


def test_a_contact_with_the_own_address_never_matches() -> None:
    world = world_with("match")
    world.records.append(contact(ANN))
    assert judged(world, booked(STRANGER)(world)) == "unresolved A23"


STAYS = (
    # mode at first, item, what happens, what becomes of it
    ("sync_all", MEETING, setting("mode", "match"), "in_step A15 P12 F10"),
    ("sync_all", APPOINTMENT, setting("mode", "match"), "in_step A15 P02 F10"),
    ("sync_all", MEETING, setting("mode", "designate"), "in_step A15 P12 F10"),
    ("sync_all", MEETING, everything(setting("mode", "match"), rename), "update_in_salesforce A15 P12 F12"),
    ("sync_all", APPOINTMENT, setting("ignore_list", "northwind.example"), "in_step A15 P02 F10"),
    ("match", booked(CARLA), setting("ignore_list", "acme.example, northwind.example"), "in_step A15 P12 F10"),
    ("designate", booked(CARLA, **MARK), edit(categories=("Blue",)), "freeze A14"),
    ("designate", booked(CARLA, **MARK), everything(edit(categories=()), rename), "freeze A14"),
    ("designate", booked(CARLA, **MARK), everything(edit(categories=()), setting("mode", "match")), "in_step A15 P04 F10"),
    ("designate", booked(CARLA, **MARK), everything(then(edit(categories=())), edit(**MARK)), "in_step A15 P04 F10"),
    ("sync_all", MEETING, setting("mode", "off"), "not_considered A02"),
    ("sync_all", MEETING, everything(then(setting("mode", "off")), setting("mode", "match")), "in_step A15 P12 F10"),
    ("match", booked(CARLA), edit(people=()), "update_in_salesforce A15 P02 F11"),
    ("match", booked(CARLA), nothing, "in_step A15 P04 F10"),
)


@pytest.mark.parametrize(("mode", "make", "change", "expected"), STAYS)
def test_what_is_linked_stays_in_step(mode: str, make: Make, change: Change, expected: str) -> None:
    world = world_with(mode)
    item = linked(world, make)
    change(world, item)
    assert judged(world, item) == expected
    assert len(world.pairs()) == 1, "nothing is deleted because a mode is narrowed"


def test_an_appointment_that_gains_its_first_invitee_is_judged_anew() -> None:
    world = world_with("match")
    item = APPOINTMENT(world)
    assert judged(world, item) == "excluded A17"
    edit(people=booked(CARLA)(world_with()).people)(world, item)
    assert judged(world, here(world, item)) == "create_in_salesforce A24 P04 F01"
