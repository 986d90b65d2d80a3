"""SPEC 7, row by row: the six switches, the mail rule, and the guards over a whole plan."""

import pytest

from tests.core.calendars import CARLA, DORA, STRANGER
from tests.core.cases import (
    Change,
    Make,
    at,
    booked,
    copy_of,
    deleted,
    edit,
    entered,
    everything,
    here,
    invitation,
    linked,
    move,
    rename,
    setting,
    step_of,
    then,
    there,
    told,
    world_with,
    written,
)
from tests.core.worlds import World
from twincal.core.decision import Plan, Step
from twincal.core.limits import Release, Stock, checked
from twincal.core.plan import make_plan
from twincal.core.policy import Policy
from twincal.core.scene import Note
from twincal.core.vocabulary import Operation, ShowAs, Side, Tab


def switch(operation: Operation, side: Side) -> str:
    return f"prevent.{operation.value}_in_{side.value}"


MAKES = {Side.EXCHANGE: entered(), Side.SALESFORCE: booked()}
"""What would be created on a side."""
EDITED = {Side.EXCHANGE: there(rename), Side.SALESFORCE: rename}
GONE = {Side.EXCHANGE: there(deleted()), Side.SALESFORCE: deleted()}


@pytest.mark.parametrize("side", Side)
def test_a_prevented_creation_is_listed_under_excluded(side: Side) -> None:
    world = world_with("sync_all", {switch(Operation.CREATE, side): "on"})
    step = step_of(world, MAKES[side](world))
    assert (step.decision.verdict.value, step.decision.code, step.decision.tab) == ("prevented", "G01", Tab.EXCLUDED)
    assert step.decision.evidence == {"setting": switch(Operation.CREATE, side)}
    assert not world.pairs() and not world.links


@pytest.mark.parametrize("side", Side)
def test_a_prevented_update_stays_in_its_row_until_the_switch_is_off(side: Side) -> None:
    world = world_with("sync_all", {switch(Operation.UPDATE, side): "on"})
    item = linked(world, booked())
    EDITED[side](world, item)
    for _ in range(3):
        step = step_of(world, item)
        assert (step.decision.verdict.value, step.decision.code, step.decision.tab) == ("prevented", "G01", Tab.SYNCED)
        assert not step.writes
    setting(switch(Operation.UPDATE, side), "off")(world, item)
    assert written(step_of(world, item)) == [f"update {side.value} subject"]


@pytest.mark.parametrize("side", Side)
def test_a_prevented_deletion_freezes_and_is_held_once_the_switch_is_off(side: Side) -> None:
    world = world_with("sync_all", {switch(Operation.DELETE, side): "on"})
    item = linked(world, booked())
    GONE[side](world, item)
    for _ in range(3):
        (step,) = world.cycle().steps
        assert (step.decision.verdict.value, step.decision.code, step.decision.tab) == ("prevented", "G01", Tab.SYNCED)
    setting(switch(Operation.DELETE, side), "off")(world, item)
    (step,) = world.cycle().steps
    assert step.decision.code in ("F26", "F38"), "nobody should be surprised by a deletion of last month"
    assert world.calendars[side].items


NO_EVENTS = switch(Operation.CREATE, Side.SALESFORCE)
LONG, SHORT = edit(times=at(3, 480)), edit(times=at(4))
STOPPED: tuple[tuple[dict[str, str], Change, str, Change], ...] = (
    # what stops an event from being created again, the edit, the decision, what lets it go on
    ({NO_EVENTS: "on"}, rename, "prevented A15 F34 G01", setting(NO_EVENTS, "off")),
    ({}, LONG, "unresolved A15 F34 G02", SHORT),
)


@pytest.mark.parametrize(("settings", "change", "expected", "lets_go_on"), STOPPED)
def test_an_edit_is_not_forgotten_because_its_event_could_not_be_created_again(
    settings: dict[str, str], change: Change, expected: str, lets_go_on: Change
) -> None:
    world = world_with()
    item = linked(world, entered())
    ((_, mine, _),) = world.pairs()
    for key, value in settings.items():
        setting(key, value)(world, item)
    change(world, mine)
    deleted()(world, item)
    for _ in range(3):
        (step,) = world.cycle().steps
        assert told(step) == expected
        assert world.calendars[Side.EXCHANGE].items, "what was edited is not deleted"
    lets_go_on(world, mine)
    (step,) = world.cycle().steps
    assert told(step) == "create_in_salesforce A15 F34"
    world.settle(1)
    assert len(world.pairs()) == 1


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("operation", Operation)
def test_a_switch_stops_nothing_but_its_own_step(operation: Operation, side: Side) -> None:
    others = {switch(o, s): "on" for o in Operation for s in Side if (o, s) != (operation, side)}
    if operation is Operation.CREATE:
        world = world_with("sync_all", others)
        assert len(step_of(world, MAKES[side](world)).writes) == 1
        return
    world = world_with()
    item = linked(world, booked())
    for key, value in others.items():
        setting(key, value)(world, item)
    (EDITED if operation is Operation.UPDATE else GONE)[side](world, item)
    (step,) = world.cycle().steps
    assert [(write.operation, write.side) for write in step.writes] == [(operation, side)]


def test_of_a_merge_the_allowed_half_goes_on() -> None:
    world = world_with("sync_all", {switch(Operation.UPDATE, Side.EXCHANGE): "on"})
    item = linked(world, booked())
    everything(rename, there(edit(place="Room")))(world, item)
    step = step_of(world, item)
    assert told(step) == "prevented A15 P02 F16 G01"
    assert written(step) == ["update salesforce subject"]
    assert copy_of(world, item).subject == here(world, item).subject
    setting(switch(Operation.UPDATE, Side.EXCHANGE), "off")(world, item)
    assert written(step_of(world, item)) == ["update exchange place"]


MINE, OTHERS, ALONE = booked(CARLA, DORA), invitation(CARLA), booked()
FREE = edit(show_as=ShowAs.FREE)
MAIL = (
    # the meeting, the edit in Salesforce, the setting, what the gates say, how many are mailed
    (MINE, move, "updates", "update_in_exchange G09", 2),
    (MINE, rename, "updates", "update_in_exchange G09", 2),
    (MINE, edit(place="Room"), "updates", "update_in_exchange G09", 2),
    (MINE, FREE, "updates", "hold G08", 0),
    (MINE, deleted(), "updates", "hold G05", 0),
    (MINE, move, "never", "hold G07", 0),
    (MINE, FREE, "never", "hold G07", 0),
    (MINE, deleted(), "never", "hold G05", 0),
    (MINE, move, "always", "update_in_exchange G09", 2),
    (MINE, FREE, "always", "update_in_exchange G09", 2),
    (MINE, deleted(), "always", "delete_in_exchange G06", 2),
    (OTHERS, move, "always", "hold G03", 0),
    (OTHERS, everything(move, rename), "always", "hold G03", 0),
    (OTHERS, rename, "never", "update_in_exchange G04", 0),
    (OTHERS, edit(place="Room"), "never", "update_in_exchange G04", 0),
    (OTHERS, FREE, "never", "update_in_exchange G04", 0),
    (OTHERS, deleted(), "never", "delete_in_exchange", 0),
    (ALONE, move, "never", "update_in_exchange", 0),
    (ALONE, deleted(), "never", "delete_in_exchange", 0),
)


@pytest.mark.parametrize(("make", "change", "notify", "expected", "mailed"), MAIL)
def test_the_mail_rule(make: Make, change: Change, notify: str, expected: str, mailed: int) -> None:
    world = world_with("sync_all", {"notify_attendees": notify})
    item = linked(world, make)
    there(change)(world, item)
    (step,) = world.cycle().steps
    gates = [reason.code for reason in step.decision.trail if reason.code.startswith("G")]
    assert " ".join((step.decision.verdict.value, *gates)) == expected
    assert step.mail == mailed == sum(mail.count for mail in world.calendars[Side.EXCHANGE].mails)
    world.settle(2)


SECRET_MAIL = (
    # a meeting that is shown as `Private`: the edit in Salesforce, the setting, what becomes of it, how many are mailed
    (move, "updates", "update_in_exchange G09", 2),
    (move, "never", "hold G07", 0),
    (deleted(), "updates", "hold G05", 0),
    (deleted(), "always", "delete_in_exchange G06", 2),
)


@pytest.mark.parametrize(("change", "notify", "expected", "mailed"), SECRET_MAIL)
def test_the_mail_rule_holds_for_a_meeting_whose_people_are_hidden(change: Change, notify: str, expected: str, mailed: int) -> None:
    world = world_with("sync_all", {"notify_attendees": notify, "private_items": "masked"})
    item = linked(world, booked(CARLA, DORA, private=True))
    there(change)(world, item)
    (step,) = world.cycle().steps
    gates = [reason.code for reason in step.decision.trail if reason.code.startswith("G")]
    assert " ".join((step.decision.verdict.value, *gates)) == expected
    assert step.mail == mailed == sum(mail.count for mail in world.calendars[Side.EXCHANGE].mails)
    assert CARLA not in str(step)


@pytest.mark.parametrize("change", [rename, move, deleted(), edit(people=())])
def test_an_edit_in_exchange_never_lets_twincal_mail(change: Change) -> None:
    world = world_with("sync_all", {"notify_attendees": "always", "invite_attendees": "on"})
    item = linked(world, MINE)
    change(world, item)
    world.settle(2)
    assert not world.calendars[Side.EXCHANGE].mails


@pytest.mark.parametrize(("side", "mails"), [(Side.SALESFORCE, 1), (Side.EXCHANGE, 0)])
@pytest.mark.parametrize("change", [move, FREE, deleted()])
def test_a_held_mail_is_sent_or_taken_back_as_the_person_says(side: Side, mails: int, change: Change) -> None:
    world = world_with("sync_all", {"notify_attendees": "never"})
    item = linked(world, MINE)
    there(change)(world, item)
    (step,) = world.cycle().steps
    world.notes[step.key] = Note(key=step.key, choice=side)
    world.settle(2)
    assert len(world.calendars[Side.EXCHANGE].mails) == mails
    assert len(world.calendars[Side.EXCHANGE].items) == len(world.calendars[Side.SALESFORCE].items)


INVITING = ((entered(people=(CARLA, STRANGER)), "on", 2), (entered(people=(CARLA,)), "off", 0), (entered(), "on", 0))


@pytest.mark.parametrize(("make", "invite", "mailed"), INVITING)
def test_attendees_are_invited_only_where_the_setting_says_so(make: Make, invite: str, mailed: int) -> None:
    world = world_with("sync_all", {"invite_attendees": invite})
    step = step_of(world, make(world))
    assert step.mail == mailed == sum(mail.count for mail in world.calendars[Side.EXCHANGE].mails)
    assert ("G10" in told(step)) == (mailed > 0)
    ((_, item, _),) = world.pairs()
    assert len(item.people) == mailed


# The guards, over plans made by hand: only how many steps of a kind there are matters to them.


def plan_of(world: World, change: Change | None, count: int) -> tuple[Plan, Policy]:
    """The plan after the same thing has happened to many items."""
    for _ in range(count):
        booked(subject=f"Item {world.token()}")(world)
    if change:
        world.settle(1)
        for item in list(world.calendars[Side.EXCHANGE].items.values()):
            change(world, item)
    scene, context = world.scene(), world.context()
    return make_plan(scene, context), world.policy


LIMITS: tuple[tuple[Change | None, int, int, dict[str, str], str], ...] = (
    # what happens to so many items, how many are linked in all, settings, the guard (none: nothing is held)
    (deleted(), 5, 5, {}, ""),
    (deleted(), 6, 6, {}, "L01"),
    (deleted(), 6, 60, {}, ""),
    (deleted(), 7, 60, {}, "L01"),
    (deleted(), 25, 1000, {}, ""),
    (deleted(), 26, 1000, {}, "L01"),
    (deleted(), 26, 1000, {"guard.deletions": "26"}, ""),
    (deleted(), 1, 10, {"guard.deletions": "0"}, "L01"),
    (rename, 5, 5, {}, ""),
    (rename, 6, 6, {}, "L03"),
    (rename, 6, 20, {}, ""),
    (rename, 7, 20, {}, "L03"),
    (rename, 7, 20, {"guard.updates_share": "40"}, ""),
    (None, 9, 0, {"guard.creations": "8"}, "L04"),
    (None, 8, 0, {"guard.creations": "8"}, ""),
)


@pytest.mark.parametrize(("change", "count", "linked_in_all", "settings", "code"), LIMITS)
def test_a_class_of_steps_that_is_too_large_is_held(
    change: Change | None, count: int, linked_in_all: int, settings: dict[str, str], code: str
) -> None:
    plan, policy = plan_of(world_with("sync_all", settings), change, count)
    found = checked(plan, policy, Stock(linked=linked_in_all, linked_future=linked_in_all))
    assert set(found.held) == ({code} if code else set())
    assert [step.held_by for step in found.steps] == [code] * count
    if code:
        assert found.held[code]["count"] == count


def test_the_first_sync_may_create_as_much_as_it_likes() -> None:
    plan, policy = plan_of(world_with("sync_all", {"guard.creations": "1"}), None, 3)
    assert not checked(plan, policy, Stock(first_sync=True)).held


@pytest.mark.parametrize(("linked_in_all", "code"), [(3, ""), (4, "L02")])
def test_an_emptied_side_is_not_believed(linked_in_all: int, code: str) -> None:
    plan, policy = plan_of(world_with(), deleted(), 3)
    stock = Stock(linked=linked_in_all, linked_future=linked_in_all, emptied=Side.EXCHANGE)
    assert [step.held_by for step in checked(plan, policy, stock).steps] == [code] * 3


def test_a_series_counts_once_and_the_rest_goes_on() -> None:
    world = world_with("sync_all", {"guard.deletions": "1"})
    for week in range(3):
        booked(subject=f"Weekly {week}", series="S")(world)
    single = booked(subject="Single")(world)
    world.settle(1)
    for item in [item for item in world.calendars[Side.EXCHANGE].items.values() if item.series]:
        deleted()(world, item)
    rename(world, single)
    plan = world.cycle()
    assert not plan.held
    assert _subjects(world) == [here(world, single).subject]


def _subjects(world: World) -> list[str]:
    return [item.subject for item in world.calendars[Side.SALESFORCE].items.values()]


def test_what_is_released_goes_on() -> None:
    plan, policy = plan_of(world_with(), deleted(), 6)
    stock = Stock(linked=6, linked_future=6)
    keys = frozenset(("L01", step.key) for step in plan.steps)
    assert not checked(plan, policy, Stock(linked=6, linked_future=6, release=Release(steps=keys))).held
    assert checked(plan, policy, stock).held


def test_a_held_step_writes_nothing_and_is_listed_as_such() -> None:
    world = world_with("sync_all", {"guard.deletions": "0"})
    item = linked(world, booked())
    deleted()(world, item)
    world.cycle()
    (entry,) = world.entries.values()
    assert (entry.decision.code, entry.decision.tab) == ("L01", Tab.UNRESOLVED)
    assert world.calendars[Side.SALESFORCE].items
    setting("guard.deletions", "1")(world, item)
    world.settle(1)
    assert not world.calendars[Side.SALESFORCE].items


def test_every_step_that_is_stopped_says_so() -> None:
    """A freeze, a hold and a prevented step each have a tab and a code; nothing is silent but what is in no list at all."""
    world = world_with("sync_all", {switch(Operation.UPDATE, Side.SALESFORCE): "on"})
    item = linked(world, MINE)
    then(rename)(world, item)
    steps: list[Step] = [step_of(world, item)]
    deleted()(world, item)
    steps += world.cycle().steps
    assert all(step.decision.tab is not None for step in steps), [told(step) for step in steps]
