"""SPEC 5, row by row: which field travels which way, and when two values are equal."""

from datetime import timedelta

import pytest

from tests.core.calendars import CARLA
from tests.core.cases import (
    Change,
    Make,
    at,
    booked,
    copy_of,
    describe,
    edit,
    entered,
    everything,
    here,
    judged,
    linked,
    nothing,
    step_of,
    then,
    there,
    told,
    whole_day,
    world_with,
    written,
)
from twincal.core.item import Body, Timed
from twincal.core.vocabulary import ShowAs

IN_SALESFORCE, IN_EXCHANGE = "update salesforce", "update exchange"
EDITS: tuple[tuple[Change, list[str]], ...] = (
    # what is edited, and where; what is written
    (edit(subject="Other"), [f"{IN_SALESFORCE} subject"]),
    (there(edit(subject="Other")), [f"{IN_EXCHANGE} subject"]),
    (edit(times=at(4)), [f"{IN_SALESFORCE} times"]),
    (there(edit(times=at(4))), [f"{IN_EXCHANGE} times"]),
    (edit(times=whole_day()), [f"{IN_SALESFORCE} times"]),
    (there(edit(times=whole_day())), [f"{IN_EXCHANGE} times"]),
    (edit(place="Room 9"), [f"{IN_SALESFORCE} place"]),
    (there(edit(place="Room 9")), [f"{IN_EXCHANGE} place"]),
    (edit(place=""), []),
    (edit(show_as=ShowAs.FREE), [f"{IN_SALESFORCE} show_as"]),
    (there(edit(show_as=ShowAs.OUT_OF_OFFICE)), [f"{IN_EXCHANGE} show_as"]),
    (edit(body=Body.of("Agenda")), [f"{IN_SALESFORCE} body"]),
    (there(edit(body=Body.of("Notes"))), []),
    (there(edit(what="001Account")), []),
    (edit(categories=("Blue",)), []),
    (edit(online_meeting=True), []),
    (edit(subject="Other", place="Room 9", times=at(4)), [f"{IN_SALESFORCE} subject times place"]),
    (everything(edit(subject="Other"), there(edit(place="Room 9"))), [f"{IN_SALESFORCE} subject", f"{IN_EXCHANGE} place"]),
    (everything(edit(subject="Same"), there(edit(subject="Same"))), []),
    (everything(edit(subject="Same"), there(edit(subject="Same ", place="X"))), [f"{IN_EXCHANGE} place"]),
)


@pytest.mark.parametrize(("change", "expected"), EDITS)
@pytest.mark.parametrize("make", [booked(), entered()], ids=["made in Exchange", "made in Salesforce"])
def test_only_what_changed_is_written(make: Make, change: Change, expected: list[str]) -> None:
    world = world_with()
    linked(world, make)
    ((_, exchange, _),) = world.pairs()
    change(world, exchange)
    assert written(step_of(world, exchange)) == expected
    world.settle(1)


LONG, LONGER = "P" * 255, "P" * 300
EQUAL = (
    # a new item, and what stands in Salesforce afterwards
    (booked(subject=LONGER), {"subject": LONG}),
    (booked(subject="  Plan "), {"subject": "Plan"}),
    (booked(place=LONGER), {"place": LONG}),
    (booked(body=Body.of("x" * 40_000)), {"body": Body.of("x" * 32_000)}),
    (booked(times=Timed(at().start + timedelta(milliseconds=500), at().end)), {"times": at()}),
)


@pytest.mark.parametrize(("make", "expected"), EQUAL)
def test_what_salesforce_makes_of_a_value_is_nobodys_edit(make: Make, expected: dict[str, object]) -> None:
    world = world_with()
    item = linked(world, make)
    copy = copy_of(world, item)
    assert {name: getattr(copy, name) for name in expected} == expected
    assert judged(world, item).endswith("F10")
    assert here(world, item) == item, "and nothing of it flows back"


def test_a_long_subject_is_cut_once_and_an_edit_of_its_end_is_none() -> None:
    world = world_with()
    item = linked(world, booked(subject=LONGER))
    edit(subject=LONGER + " and more")(world, item)
    assert written(step_of(world, item)) == []
    edit(subject="Short")(world, item)
    assert written(step_of(world, item)) == ["update salesforce subject"]


AGENDA = booked(body=Body.of("Agenda"))
BODIES = (
    # what happens; how the body in Exchange and the Description begin in the end, and whether they are the same
    (booked(), describe, ("Notes", "Notes", True)),
    (AGENDA, there(describe), ("Agenda", "Notes", False)),
    (AGENDA, everything(then(there(describe)), describe), ("Notes", "Notes", True)),
    (AGENDA, everything(there(describe), describe), ("Notes", "Notes", True)),
    (entered(body=Body.of("Notes")), nothing, ("Notes", "Notes", True)),
    (entered(body=Body.of("Notes")), describe, ("Notes", "Notes", False)),
)


@pytest.mark.parametrize(("make", "change", "expected"), BODIES)
def test_the_body_is_exchanges_and_a_description_enters_it_once(
    make: Make, change: Change, expected: tuple[str, str, bool]
) -> None:
    world = world_with("sync_all", {"conflict": "salesforce"})
    item = linked(world, make)
    change(world, item)
    world.settle(1)
    ((_, mine, copy),) = world.pairs()
    begin = [(half.body.text or "").split(" ")[0] for half in (mine, copy)]
    assert (*begin, mine.body == copy.body) == expected


LENGTHS = (
    # the times, multi-day events, what becomes of a new item
    (at(3, 14 * 24), True, "create_in_salesforce A19 P02 F01"),
    (at(3, 14 * 24 + 1), True, "unresolved A19 P02 F01 G02"),
    (at(3, 24), False, "create_in_salesforce A19 P02 F01"),
    (at(3, 25), False, "unresolved A19 P02 F01 G02"),
    (whole_day(3, 14), True, "create_in_salesforce A19 P02 F01"),
    (whole_day(3, 15), True, "unresolved A19 P02 F01 G02"),
    (whole_day(3, 1), False, "create_in_salesforce A19 P02 F01"),
    (whole_day(3, 2), False, "unresolved A19 P02 F01 G02"),
    (at(3, 0), True, "create_in_salesforce A19 P02 F01"),
)


@pytest.mark.parametrize(("times", "multiday", "expected"), LENGTHS)
def test_what_salesforce_cannot_hold_is_unresolved(times: Timed, multiday: bool, expected: str) -> None:
    world = world_with(multiday=multiday)
    item = booked(times=times)(world)
    assert judged(world, item) == expected


def test_a_linked_item_that_grows_too_long_is_unresolved_and_its_copy_stays() -> None:
    world = world_with()
    item = linked(world, booked(CARLA))
    edit(times=at(3, 480), subject="Sabbatical")(world, item)
    step = step_of(world, item)
    assert told(step) == "unresolved A15 P04 F12 G02"
    assert step.decision.evidence == {"length": "20 days", "longest": "14 days"}
    assert copy_of(world, item).times == at()
    edit(times=at(5))(world, item)
    assert written(step_of(world, item)) == ["update salesforce subject times"]
