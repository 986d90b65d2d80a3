"""SPEC 3, row by row: the order in which an item is judged, and how an item that leaves scope is frozen and thaws."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.core.calendars import ANN_ID, BEN_ID, CARLA, STRANGER
from tests.core.cases import (
    Change,
    Make,
    at,
    booked,
    contact,
    copy_of,
    deleted,
    edit,
    entered,
    everything,
    here,
    invitation,
    judged,
    later,
    linked,
    rename,
    setting,
    then,
    there,
    whole_day,
    world_with,
)
from tests.core.worlds import World
from twincal.core.plan import make_plan
from twincal.core.scene import Note
from twincal.core.vocabulary import Side

NO_SYNC: dict[str, Any] = {"categories": ("No sync", "Salesforce")}
FAR: dict[str, Any] = {"times": at(400)}
PAST: dict[str, Any] = {"times": at(-40)}
SECRET: dict[str, Any] = {"private": True}
INITECH = {"global_exclusion_list": "initech.example"}
ORDER: tuple[tuple[str, dict[str, str], Make, str], ...] = (
    # mode, settings, item, what becomes of it: each row adds a reason that comes earlier
    ("match", {}, booked(STRANGER), "unresolved A23"),
    ("match", {"ignore_list": "northwind.example"}, booked(), "excluded A17"),
    ("designate", {}, booked(STRANGER), "not_considered A16"),
    ("designate", {"ignore_list": "northwind.example"}, booked(), "not_considered A16"),
    ("designate", INITECH, booked("x@initech.example"), "excluded A13"),
    ("sync_all", INITECH, booked("x@sub.initech.example"), "excluded A13"),
    ("sync_all", INITECH, booked("x@notinitech.example"), "create_in_salesforce A25 P12 F01"),
    ("match", INITECH, invitation(CARLA, organizer="x@initech.example"), "excluded A13"),
    ("sync_all", INITECH, entered(people=("x@initech.example",)), "excluded A13"),
    ("sync_all", INITECH, booked("x@initech.example", **NO_SYNC), "excluded A09"),
    ("designate", INITECH, booked("x@initech.example", **NO_SYNC), "excluded A09"),
    ("sync_all", {}, invitation(cancelled=True, **NO_SYNC), "not_considered A07"),
    ("sync_all", {}, booked(**NO_SYNC, **FAR), "not_considered A06"),
    ("sync_all", {}, booked(**PAST), "not_considered A06"),
    ("sync_all", {"window.past_days": "41"}, booked(**PAST), "create_in_salesforce A19 P02 F01"),
    ("sync_all", {"window.future_days": "399"}, booked(**FAR), "not_considered A06"),
    ("sync_all", {"window.future_days": "400"}, booked(**FAR), "create_in_salesforce A19 P02 F01"),
    ("sync_all", {}, booked(times=whole_day(365)), "create_in_salesforce A19 P02 F01"),
    ("sync_all", {}, booked(times=whole_day(366)), "not_considered A06"),
    ("sync_all", {}, booked(times=whole_day(-30)), "create_in_salesforce A19 P02 F01"),
    ("sync_all", {}, booked(times=whole_day(-31)), "not_considered A06"),
    ("sync_all", {}, booked(times=whole_day(-35, long=7)), "create_in_salesforce A19 P02 F01"),
    ("sync_all", {}, booked(**SECRET, **NO_SYNC), "private A04"),
    ("sync_all", INITECH, booked("x@initech.example", **SECRET), "private A04"),
    ("sync_all", {}, entered(**SECRET), "private A04"),
    ("off", {}, booked(**SECRET), "not_considered A02"),
)


@pytest.mark.parametrize(("mode", "settings", "make", "expected"), ORDER, ids=[f"{n}-{row[3]}" for n, row in enumerate(ORDER)])
def test_the_earlier_reason_is_told(mode: str, settings: dict[str, str], make: Make, expected: str) -> None:
    world = world_with(mode, settings)
    assert judged(world, make(world)) == expected


def test_an_inactive_person_comes_before_everything() -> None:
    world = world_with("off")
    booked(**SECRET)(world)
    (step,) = make_plan(world.scene(), replace(world.context(), active=False)).steps
    assert step.decision.code == "A01"


def ignore(world: World, key: str) -> None:
    world.notes[key] = Note(key=key, ignored=True)


@pytest.mark.parametrize("make", [booked(CARLA), booked(), entered(), booked(STRANGER)])
def test_an_ignored_item_is_excluded_until_it_is_taken_back(make: Make) -> None:
    world = world_with("sync_all", {"prevent.create_in_salesforce": "on", "prevent.create_in_exchange": "on"})
    item = make(world)
    before = judged(world, item)
    (key,) = world.entries
    ignore(world, key)
    assert judged(world, item) == "excluded A11"
    world.notes.clear()
    assert judged(world, item) == before


BACK_INSIDE, SHOWN = edit(times=at(5)), edit(private=False)
FROZEN = (
    # what freezes a linked item, the decision, what brings it back, the decision then
    (edit(**NO_SYNC), "freeze A08", edit(categories=()), "in_step A15 P04 F10"),
    (setting("global_exclusion_list", "acme.example"), "freeze A12", setting("global_exclusion_list", ""), "in_step A15 P04 F10"),
    (edit(**FAR), "freeze A05", BACK_INSIDE, "update_in_salesforce A15 P04 F12"),
    (there(edit(**FAR)), "freeze A05", there(BACK_INSIDE), "update_in_exchange A15 P04 G09 F13"),
    (edit(**SECRET), "private A03", SHOWN, "in_step A15 P04 F10"),
    (there(edit(**SECRET)), "private A03", there(SHOWN), "in_step A15 P04 F10"),
    (setting("window.future_days", "1"), "freeze A05", setting("window.future_days", "10"), "in_step A15 P04 F10"),
    (later(60), "freeze A05", setting("window.past_days", "90"), "in_step A15 P04 F10"),
)


@pytest.mark.parametrize(("freezes", "frozen", "thaws", "thawed"), FROZEN, ids=[f"{n}-{row[1]}" for n, row in enumerate(FROZEN)])
def test_leaving_scope_freezes_and_coming_back_resumes(freezes: Change, frozen: str, thaws: Change, thawed: str) -> None:
    world = world_with()
    item = linked(world, booked(CARLA))
    freezes(world, item)
    assert judged(world, item) == frozen
    rename(world, item)
    there(edit(place="Elsewhere"))(world, item)
    assert judged(world, item) == frozen, "nothing is written while it is frozen"
    other = copy_of(world, item)
    item_now = here(world, item)
    world.edit(item_now, subject="Plan")
    world.edit(other, place="")
    thaws(world, item)
    assert _without_gates(judged(world, item)) == _without_gates(thawed)


def _without_gates(line: str) -> str:
    return " ".join(word for word in line.split() if not word.startswith("G"))


def test_edits_made_while_frozen_travel_when_it_thaws() -> None:
    world = world_with()
    item = linked(world, booked(CARLA))
    then(edit(**NO_SYNC))(world, item)
    rename(world, item)
    there(edit(place="Elsewhere"))(world, item)
    world.cycle()
    edit(categories=())(world, item)
    assert judged(world, item).startswith("merge A15 P04 F16")
    exchange, salesforce = here(world, item), copy_of(world, item)
    assert (exchange.subject, exchange.place) == (salesforce.subject, salesforce.place) == (exchange.subject, "Elsewhere")


GONE = (
    # what froze it, what is deleted then, the decision
    (edit(**NO_SYNC), deleted(), "hold A15 F26"),
    (edit(**FAR), deleted(), "hold A15 F26"),
    (setting("global_exclusion_list", "acme.example"), deleted(), "hold A15 F26"),
    (setting("window.future_days", "1"), deleted(), "hold A05 F26"),
    (edit(**NO_SYNC), there(deleted()), "hold A08 P04 G12 F38"),
    (edit(**NO_SYNC), there(deleted(BEN_ID)), "hold A08 P04 G12 F38"),
    (edit(**SECRET), deleted(), "freeze A15 F27"),
    (there(edit(**SECRET)), deleted(), "private A03"),
    (there(edit(**SECRET)), there(deleted()), "freeze A15 P04 F28"),
    (edit(**SECRET), there(deleted(ANN_ID)), "private A03"),
)


@pytest.mark.parametrize(("freezes", "change", "expected"), GONE, ids=[f"{n}-{row[2]}" for n, row in enumerate(GONE)])
def test_a_deletion_of_a_frozen_item_is_held_and_of_a_private_one_nothing_follows(
    freezes: Change, change: Change, expected: str
) -> None:
    world = world_with()
    item = linked(world, booked(CARLA))
    everything(then(freezes), change)(world, item)
    standing = [len(calendar.items) for calendar in world.calendars.values()]
    line = judged(world, item) if item.id in world.calendars[Side.EXCHANGE].items else _only(world)
    assert line == expected
    assert [len(calendar.items) for calendar in world.calendars.values()] == standing, "nothing follows by itself"


def _only(world: World) -> str:
    (step,) = world.cycle().steps
    return " ".join((step.decision.verdict.value, *(reason.code for reason in step.decision.trail)))


PATIENCE = (
    # what happens after an unresolved meeting was given up, and what becomes of it
    (later(1), "excluded A21"),
    (rename, "unresolved A23"),
    (setting("conflict", "hold"), "unresolved A23"),
    (lambda world, item: world.records.append(contact(STRANGER)), "create_in_salesforce A24 P04 F01"),
    (setting("mode", "sync_all"), "create_in_salesforce A25 P12 F01"),
)


@pytest.mark.parametrize(("change", "expected"), PATIENCE)
def test_an_unresolved_item_is_given_up_after_thirty_days_and_reopens(change: Change, expected: str) -> None:
    world = world_with("match")
    item = booked(STRANGER, times=at(60))(world)
    assert judged(world, item) == "unresolved A23"
    later(29)(world, item)
    assert judged(world, item) == "unresolved A23"
    later(1)(world, item)
    assert judged(world, item) == "excluded A21"
    change(world, item)
    assert judged(world, here(world, item)) == expected


PRIVATE_ALLOWED = (
    # what the organization allows, what Salesforce is given
    ("masked", ("Private", "", "")),
    ("full", ("Plan", "Room", "Text")),
)


@pytest.mark.parametrize(("allowed", "expected"), PRIVATE_ALLOWED)
def test_the_organization_may_let_private_items_sync(allowed: str, expected: tuple[str, str, str]) -> None:
    world = world_with("sync_all", {"private_items": allowed})
    item = booked(CARLA, place="Room", **SECRET)(world)
    edit(body=type(item.body).of("Text"))(world, item)
    world.settle(1)
    copy = copy_of(world, item)
    assert (copy.subject, copy.place, copy.body.text) == expected
    world.edit(copy, subject="Seen by all")
    world.settle(1)
    assert here(world, item).subject == ("Plan" if allowed == "masked" else "Seen by all"), "the mask never flows back"


HIDDEN_LATER = (
    # which half is made private once both stand, which is edited then, the subjects in the end
    (Side.SALESFORCE, None, ["Plan", "Plan"]),
    (Side.SALESFORCE, Side.EXCHANGE, ["Other", "Other"]),
    (Side.SALESFORCE, Side.SALESFORCE, ["Plan", "Other"]),
    (Side.EXCHANGE, None, ["Plan", "Private"]),
    (Side.EXCHANGE, Side.EXCHANGE, ["Other", "Private"]),
    (Side.EXCHANGE, Side.SALESFORCE, ["Plan", "Other"]),
)


@pytest.mark.parametrize(("hidden", "edited", "subjects"), HIDDEN_LATER)
def test_the_mask_never_flows_back_to_exchange(hidden: Side, edited: Side | None, subjects: list[str]) -> None:
    world = world_with("sync_all", {"private_items": "masked"})
    item = linked(world, booked(CARLA, place="Room"))
    halves = {Side.EXCHANGE: item, Side.SALESFORCE: copy_of(world, item)}
    edit(**SECRET)(world, halves[hidden])
    world.settle(1)
    if edited:
        edit(subject="Other")(world, halves[edited])
        world.settle(1)
    found = [here(world, half) for half in halves.values()]
    assert [half.subject for half in found] == subjects
    assert found[0].place == "Room"
