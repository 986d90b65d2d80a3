"""SPEC 6, row by row: what becomes of a linked item after edits, deletions and choices."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.core.calendars import ANN_ID, BEN_ID, CARLA, STRANGER
from tests.core.cases import (
    Change,
    Make,
    at,
    booked,
    copy_of,
    deleted,
    describe,
    edit,
    entered,
    everything,
    here,
    invitation,
    judged,
    later,
    linked,
    move,
    rename,
    step_of,
    told,
    world_with,
)
from tests.core.worlds import World
from twincal.core.item import Item
from twincal.core.scene import Note
from twincal.core.vocabulary import Side


def case(exchange: Change | None, salesforce: Change | None = None) -> Change:
    """What happens to both halves, each seen from its own side."""

    def change(world: World, item: Item) -> None:
        ((_, mine, copy),) = world.pairs()
        for half, happens in ((mine, exchange), (copy, salesforce)):
            if happens:
                happens(world, half)

    return change


def away(world: World, item: Item) -> None:
    """It is moved to another folder, or archived."""
    world.calendars[item.side].remove(item.id, world.now, "", deleted=False)


def relate(world: World, item: Item) -> None:
    """Somebody relates the event to an Account."""
    world.edit(here(world, item), what="001Account")


BY_ANN, BY_BEN, BY_NOBODY, GONE = deleted(ANN_ID), deleted(BEN_ID), deleted(""), deleted()
CATEGORY = edit(categories=("Blue",))
LINKED = (
    # Exchange, Salesforce, the decision
    (None, None, "in_step F10"),
    (rename, None, "update_in_salesforce F12"),
    (None, rename, "update_in_exchange F13"),
    (rename, move, "merge F16"),
    (rename, rename, "merge F18"),
    (everything(rename, move), everything(rename, edit(place="X")), "merge F18"),
    (GONE, None, "delete_in_salesforce F21"),
    (GONE, rename, "hold F22"),
    (GONE, describe, "hold F22"),
    (GONE, relate, "hold F22"),
    (None, BY_ANN, "delete_in_exchange F31"),
    (None, BY_BEN, "hold F32"),
    (None, BY_NOBODY, "hold F33"),
    (rename, BY_ANN, "create_in_salesforce F34"),
    (CATEGORY, BY_ANN, "create_in_salesforce F34"),
    (describe, BY_BEN, "create_in_salesforce F34"),
    (GONE, BY_ANN, "forget F40"),
    (GONE, BY_BEN, "forget F40"),
    (away, None, "freeze F41"),
    (away, rename, "freeze F41"),
    (away, BY_ANN, "freeze F41"),
    (None, away, "freeze F42"),
    (GONE, away, "freeze F42"),
    (away, away, "freeze F41"),
)


def fate_of(line: str) -> str:
    """The verdict and the fate alone."""
    words = line.split()
    return " ".join((words[0], *(word for word in words[1:] if word[0] == "F")))


@pytest.mark.parametrize(("exchange", "salesforce", "expected"), LINKED)
@pytest.mark.parametrize("make", [booked(), entered()], ids=["made in Exchange", "made in Salesforce"])
def test_what_happened_on_both_sides_decides(make: Make, exchange: Change | None, salesforce: Change | None, expected: str) -> None:
    world = world_with()
    case(exchange, salesforce)(world, linked(world, make))
    assert fate_of(_line(world)) == expected


def _line(world: World) -> str:
    (step,) = world.cycle().steps
    return told(step)


CONFLICTS: tuple[tuple[str, str, str | None, dict[str, str]], ...] = (
    # the setting, the decision, the subject that stands on both sides (None: both keep theirs), the value in the history
    ("exchange", "merge F18", "Here", {"subject": "There"}),
    ("salesforce", "merge F19", "There", {"subject": "Here"}),
    ("latest", "merge F19", "There", {"subject": "Here"}),
    ("hold", "hold F20", None, {}),
)


@pytest.mark.parametrize(("conflict", "expected", "subject", "lost"), CONFLICTS)
def test_a_conflict_is_settled_by_the_setting(conflict: str, expected: str, subject: str | None, lost: dict[str, str]) -> None:
    world = world_with("sync_all", {"conflict": conflict})
    item = linked(world, booked())
    edit(subject="Here", place="Room")(world, item)
    world.now += timedelta(minutes=1)
    world.edit(copy_of(world, item), subject="There")
    step = step_of(world, item)
    assert fate_of(told(step)) == expected
    assert dict(step.lost) == lost
    subjects = [here(world, item).subject, copy_of(world, item).subject]
    assert subjects == ([subject, subject] if subject else ["Here", "There"])
    assert copy_of(world, item).place == "Room", "what does not clash travels"


LATEST = ((-1, "merge F18"), (0, "merge F18"), (1, "merge F19"))


@pytest.mark.parametrize(("minutes", "expected"), LATEST)
def test_the_latest_edit_wins_and_exchange_when_they_are_equal(minutes: int, expected: str) -> None:
    world = world_with("sync_all", {"conflict": "latest"})
    item = linked(world, booked())
    world.now += timedelta(minutes=5)
    edit(subject="Here")(world, item)
    world.now += timedelta(minutes=minutes)
    world.edit(copy_of(world, item), subject="There")
    assert fate_of(judged(world, item)) == expected


def chosen(side: Side) -> Change:
    """Ann chooses a side."""

    def change(world: World, item: Item) -> None:
        ((_, link),) = world.links.items()
        world.notes[link.key] = replace(world.notes.get(link.key) or Note(key=link.key), choice=side)

    return change


CHOICES = (
    # Exchange, Salesforce, the choice for Exchange, the choice for Salesforce
    (GONE, rename, "delete_in_salesforce F23", "create_in_exchange F25"),
    (None, BY_BEN, "create_in_salesforce F36", "delete_in_exchange F37"),
    (None, BY_NOBODY, "create_in_salesforce F36", "delete_in_exchange F37"),
    (rename, rename, "update_in_salesforce F17", "merge F19"),
)


@pytest.mark.parametrize(("exchange", "salesforce", "for_exchange", "for_salesforce"), CHOICES)
@pytest.mark.parametrize("side", Side)
def test_a_person_settles_a_hold(
    side: Side, exchange: Change | None, salesforce: Change | None, for_exchange: str, for_salesforce: str
) -> None:
    world = world_with("sync_all", {"conflict": "hold"})
    linked(world, booked())
    case(exchange, salesforce)(world, booked()(world_with()))
    assert _line(world).startswith("hold")
    chosen(side)(world, booked()(world_with()))
    assert fate_of(_line(world)) == (for_exchange if side is Side.EXCHANGE else for_salesforce)
    world.settle(1)
    assert all(note.choice is None for note in world.notes.values()), "a choice is used up"


PAST = (
    # what is deleted, how long after the end, the decision
    (GONE, None, 0.9, "delete_in_salesforce F21"),
    (GONE, None, 1.2, "freeze F24"),
    (GONE, rename, 1.2, "freeze F24"),
    (None, BY_ANN, 0.9, "delete_in_exchange F31"),
    (None, BY_ANN, 1.2, "freeze F35"),
    (None, BY_BEN, 1.2, "freeze F35"),
)


@pytest.mark.parametrize(("exchange", "salesforce", "days", "expected"), PAST)
def test_what_ended_more_than_a_day_ago_is_never_deleted(
    exchange: Change | None, salesforce: Change | None, days: float, expected: str
) -> None:
    world = world_with()
    linked(world, booked(times=at(1)))
    later(1 + 1 / 24 + days)(world, booked()(world_with()))
    case(exchange, salesforce)(world, booked()(world_with()))
    assert fate_of(_line(world)) == expected
    world.settle(2)


def test_a_cancelled_meeting_counts_as_deleted() -> None:
    world = world_with()
    item = linked(world, invitation(CARLA))
    edit(cancelled=True)(world, item)
    assert fate_of(_line(world)) == "delete_in_salesforce F21"
    assert not world.calendars[Side.SALESFORCE].items
    assert fate_of(judged(world, item)) == "not_considered", "it still stands in Outlook"


EDITED = (("subject", rename), ("body", describe))


@pytest.mark.parametrize(("field", "change"), EDITED, ids=[name for name, _ in EDITED])
def test_an_edit_of_which_only_the_base_tells_is_one_until_it_is_settled(field: str, change: Change) -> None:
    """After a restored backup an edit is known by the base that its field lacks."""
    world = world_with()
    item = linked(world, invitation(CARLA))
    ((key, link),) = world.links.items()
    case(None, change)(world, item)
    base = {known: told for known, told in link.salesforce.items() if known.value != field}
    world.links[key] = replace(link, salesforce=base)
    if field == "body":
        assert fate_of(_line(world)) == "in_step F50", "what stays on its side waits for nothing"
    edit(cancelled=True)(world, item)
    assert [fate_of(_line(world)) for _ in range(3)] == ["hold F22"] * 3
    assert world.calendars[Side.SALESFORCE].items, "nobody who cancelled it had seen the edit"


TWINS = (
    # how many stand in Exchange and in Salesforce, the decisions
    (1, 1, ["link F03"]),
    (2, 1, ["hold F04", "hold F04", "hold F05"]),
    (1, 2, ["hold F04", "hold F05", "hold F05"]),
    (2, 2, ["hold F04", "hold F04", "hold F05", "hold F05"]),
    (2, 0, ["create_in_salesforce F01"] * 2),
    (0, 2, ["create_in_exchange F02"] * 2),
)


@pytest.mark.parametrize(("exchange", "salesforce", "expected"), TWINS)
def test_at_the_first_sync_twins_are_linked_or_held(exchange: int, salesforce: int, expected: list[str]) -> None:
    world = world_with()
    for _ in range(exchange):
        booked(subject="Lunch")(world)
    for _ in range(salesforce):
        entered(subject="Lunch")(world)
    assert sorted(fate_of(told(step)) for step in world.cycle().steps) == expected
    world.settle(1)


def test_a_held_twin_gets_a_copy_of_its_own_when_a_person_says_so() -> None:
    world = world_with()
    item = booked(subject="Lunch")(world)
    entered(subject="Lunch")(world)
    entered(subject="Lunch")(world)
    step = step_of(world, item)
    world.notes[step.key] = Note(key=step.key, choice=Side.EXCHANGE)
    assert fate_of(judged(world, item)) == "create_in_salesforce F06"
    assert len(world.calendars[Side.SALESFORCE].items) == 3


def test_linking_twins_in_match_needs_no_match_on_the_other_side() -> None:
    world = world_with("match")
    booked(STRANGER, subject="Lunch")(world)
    entered(subject="Lunch")(world)
    assert [fate_of(told(step)) for step in world.cycle().steps] == ["link F03"]


def weekly(world: World, shift: int = 0) -> list[Item]:
    """Three instances of a series, a week apart."""
    made = []
    for week in range(3):
        times = at(3 + 7 * week, 1 + shift)
        made.append(booked(subject=f"Weekly {week}", series="S", times=times, original_start=times.start)(world))
    return made


@pytest.mark.parametrize(("days", "left"), [(5, 0), (12, 1), (30, 2)])
def test_one_deleted_instance_is_no_move_of_its_series(days: int, left: int) -> None:
    """Nor where the instances after it are there already, beyond the window."""
    world = world_with("sync_all", {"window.future_days": str(days)})
    instances = weekly(world)
    world.settle(1)
    deleted()(world, instances[left])
    world.settle(1)
    assert sorted(item.subject for item in world.calendars[Side.SALESFORCE].items.values()) == [
        item.subject for item in instances[:left]
    ]


def test_the_events_of_a_moved_series_keep_their_notes() -> None:
    world = world_with()
    old = weekly(world)
    world.settle(1)
    for _, _, event in world.pairs():
        world.edit(event, what=f"001{event.subject[-1]}")
    world.settle(1)
    for item in old:
        deleted()(world, item)
    weekly(world, shift=1)
    world.settle(1)
    events = world.calendars[Side.SALESFORCE].items.values()
    assert sorted((event.subject, event.what) for event in events) == [(f"Weekly {n}", f"001{n}") for n in range(3)]
    assert len(world.pairs()) == 3
