"""A choice answers what was shown: an item edited since is not deleted by it, and nobody is mailed of whom nothing was said."""

import pytest
from msgspec.structs import replace

from tests.core.calendars import BEN_ID, STRANGER
from tests.core.cases import (
    Change,
    booked,
    copy_of,
    deleted,
    describe,
    everything,
    here,
    invited,
    linked,
    move,
    rename,
    setting,
    step_of,
    told,
    world_with,
)
from tests.core.worlds import World
from twincal.core.explain import headline
from twincal.core.item import Item
from twincal.core.vocabulary import Side

BY_BEN, GONE = deleted(BEN_ID), deleted()
MEETING = booked(STRANGER)
NEVER = {"conflict": "hold", "notify_attendees": "never"}


def choose(world: World, side: Side) -> None:
    """Ann chooses a side for the only pair."""
    ((key, note),) = world.notes.items()
    world.notes[key] = replace(note, choice=side)


def lost(world: World, item: Item) -> None:
    """A colleague deletes the event."""
    BY_BEN(world, copy_of(world, item))


def lost_in_exchange(world: World, item: Item) -> None:
    """Ann deletes the item, of which the copy was edited."""
    describe(world, copy_of(world, item))
    GONE(world, item)


def last(line: str) -> str:
    """The verdict and what comes after the rows on people."""
    words = line.split()
    return " ".join((words[0], *(word for word in words[1:] if word[0] in "FG")))


EDITED_SINCE = (
    (lost, Side.SALESFORCE, rename, "create_in_salesforce F34"),
    (lost, Side.SALESFORCE, describe, "create_in_salesforce F34"),
    (lost_in_exchange, Side.EXCHANGE, rename, "hold F22"),
    (lost_in_exchange, Side.EXCHANGE, describe, "hold F22"),
)


@pytest.mark.parametrize(("deletion", "side", "since", "expected"), EDITED_SINCE)
def test_a_deletion_that_was_chosen_is_off_where_the_item_is_edited_since(
    deletion: Change, side: Side, since: Change, expected: str
) -> None:
    world = world_with()
    item = linked(world, booked())
    copy = copy_of(world, item)
    deletion(world, item)
    world.cycle()
    choose(world, side)
    left = item if side is Side.SALESFORCE else copy
    since(world, left)
    assert last(told(world.cycle().steps[0])) == expected
    world.settle(1)
    assert left.id in world.calendars[left.side].items
    assert all(note.choice is None for note in world.notes.values()), "it is asked anew"


def test_a_deletion_goes_on_where_the_hold_had_shown_the_edit() -> None:
    world = world_with()
    item = linked(world, booked())
    copy = copy_of(world, item)
    lost_in_exchange(world, item)
    world.cycle()
    rename(world, copy)
    world.cycle()
    choose(world, Side.EXCHANGE)
    world.cycle()
    assert not any(calendar.items for calendar in world.calendars.values())


def both_moved(world: World, item: Item) -> None:
    """The same field is edited on both sides."""
    rename(world, item)
    rename(world, copy_of(world, item))


FORETOLD = (
    ({}, lost, "hold G12 F32", "sends a cancellation to 1 person", "delete_in_exchange F37 G06"),
    (NEVER, both_moved, "hold G12 F20", "sends an update to 1 person", "merge F19 G09"),
)


@pytest.mark.parametrize(("settings", "act", "hold", "says", "then"), FORETOLD)
def test_a_hold_says_whom_a_choice_would_mail(settings: dict[str, str], act: Change, hold: str, says: str, then: str) -> None:
    world = world_with("sync_all", settings)
    item = linked(world, MEETING)
    act(world, item)
    step = step_of(world, item)
    assert last(told(step)) == hold
    assert says in headline(step.decision)
    assert not step.writes
    choose(world, Side.SALESFORCE)
    assert last(told(step_of(world, item))) == then


def test_a_hold_says_nothing_of_mail_where_none_would_be_sent() -> None:
    world = world_with()
    item = linked(world, booked())
    lost(world, item)
    assert last(told(step_of(world, item))) == "hold F32"


def test_what_the_setting_allows_anyway_is_not_asked() -> None:
    world = world_with("sync_all", {"notify_attendees": "always"})
    item = linked(world, MEETING)
    lost(world, item)
    assert last(told(step_of(world, item))) == "hold F32"


def invite_more(world: World, item: Item) -> None:
    """Somebody else is invited."""
    world.edit(here(world, item), people=invited(STRANGER, "second@elsewhere.example"))


MORE_MAIL = (
    ({"conflict": "hold", "notify_attendees": "updates"}, setting("notify_attendees", "never"), "hold G12 F20"),
    (NEVER, invite_more, "hold G12 F20"),
)


@pytest.mark.parametrize(("settings", "since", "expected"), MORE_MAIL)
def test_nobody_is_mailed_of_whom_nothing_was_said(settings: dict[str, str], since: Change, expected: str) -> None:
    world = world_with("sync_all", settings)
    item = linked(world, MEETING)
    both_moved(world, item)
    world.cycle()
    choose(world, Side.SALESFORCE)
    since(world, item)
    step = step_of(world, item)
    assert last(told(step)) == expected
    assert not [write for write in step.writes if write.side is Side.EXCHANGE]


def test_an_edit_after_the_hold_is_part_of_a_choice_that_loses_nothing() -> None:
    world = world_with("sync_all", {"conflict": "hold"})
    item = linked(world, booked())
    everything(rename, move)(world, item)
    rename(world, copy_of(world, item))
    world.cycle()
    choose(world, Side.SALESFORCE)
    rename(world, item)
    step = step_of(world, item)
    assert last(told(step)) == "merge F19"
    assert step.lost
