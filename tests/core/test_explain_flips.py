"""What is said would change a verdict does change it: the deciding setting is named, changed, and the item judged again."""

import pytest

from tests.core.calendars import ANN, CARLA, DORA, STRANGER
from tests.core.cases import (
    Change,
    Make,
    at,
    booked,
    deleted,
    edit,
    entered,
    everything,
    linked,
    move,
    nothing,
    rename,
    setting,
    there,
    world_with,
)
from tests.core.worlds import World
from twincal.core.decision import Step
from twincal.core.explain import Explanation, explained
from twincal.core.policy import Explicit, check_set, resolve
from twincal.core.vocabulary import Level, ShowAs

MARKED = {"categories": ("Salesforce",)}
NEW: tuple[tuple[str, dict[str, str], Make, str, str, str], ...] = (
    # mode, settings, a new item, the code, the deciding setting, the value of it that flips the verdict
    ("off", {}, booked(), "A02", "mode", "sync_all"),
    ("match", {}, booked(), "A17", "mode", "sync_all"),
    ("match", {}, booked(STRANGER), "A23", "mode", "sync_all"),
    ("designate", {}, booked(CARLA), "A16", "mode", "match"),
    ("sync_all", {"ignore_list": ANN}, booked(), "A18", "ignore_list", ""),
    ("match", {"ignore_list": f"{ANN}, acme.example"}, booked(CARLA), "A22", "ignore_list", ANN),
    ("sync_all", {}, booked(times=at(500)), "A06", "window.future_days", "600"),
    ("sync_all", {}, booked(times=at(-50)), "A06", "window.past_days", "60"),
    ("sync_all", {}, booked(categories=("No sync",)), "A09", "exclude.category", "Secret"),
    ("sync_all", {"global_exclusion_list": "acme.example"}, booked(CARLA), "A13", "global_exclusion_list", ""),
    ("sync_all", {}, booked(private=True), "A04", "private_items", "masked"),
    ("sync_all", {"prevent.create_in_salesforce": "on"}, booked(), "G01", "prevent.create_in_salesforce", "off"),
    ("sync_all", {"prevent.create_in_exchange": "on"}, entered(), "G01", "prevent.create_in_exchange", "off"),
)
STANDING: tuple[tuple[dict[str, str], Make, Change, str, str, str], ...] = (
    # settings, a linked item, what happens, the code, the deciding setting, the value of it that flips the verdict
    ({}, booked(CARLA), edit(times=at(500)), "A05", "window.future_days", "600"),
    ({}, booked(CARLA), edit(times=at(-50)), "A05", "window.past_days", "60"),
    ({}, booked(CARLA), edit(categories=("No sync",)), "A08", "exclude.category", "Secret"),
    ({}, booked(CARLA), setting("global_exclusion_list", "acme.example"), "A12", "global_exclusion_list", ""),
    ({}, booked(CARLA), edit(private=True), "A03", "private_items", "full"),
    ({"mode": "designate"}, booked(CARLA, **MARKED), edit(categories=()), "A14", "mode", "match"),
    ({"conflict": "hold"}, booked(), everything(rename, there(rename)), "F20", "conflict", "exchange"),
    ({"prevent.update_in_salesforce": "on"}, booked(), rename, "G01", "prevent.update_in_salesforce", "off"),
    ({"prevent.delete_in_salesforce": "on"}, booked(), deleted(), "G01", "prevent.delete_in_salesforce", "off"),
    ({}, booked(CARLA, DORA), there(deleted()), "G05", "notify_attendees", "always"),
    ({"notify_attendees": "never"}, booked(CARLA), there(move), "G07", "notify_attendees", "updates"),
    ({}, booked(CARLA), there(edit(show_as=ShowAs.FREE)), "G08", "notify_attendees", "always"),
)


def only(world: World) -> tuple[Step, Explanation]:
    """The only step of one more cycle, and how it is explained."""
    (step,) = world.cycle().steps
    return step, explained(step.decision, world.policy)


def flips(world: World, code: str, key: str, value: str) -> None:
    """The code is told with the setting that decides; changing that setting ends in another code."""
    step, told = only(world)
    assert step.decision.code == code
    assert told.deciding_setting is not None and told.deciding_setting.key == key
    assert told.to_change
    world.policy = world.policy.with_changes({key: value})
    after, _ = only(world)
    assert after.decision.code != code


@pytest.mark.parametrize(("mode", "settings", "make", "code", "key", "value"), NEW, ids=[f"{row[3]}-{row[4]}" for row in NEW])
def test_changing_the_deciding_setting_flips_what_becomes_of_a_new_item(
    mode: str, settings: dict[str, str], make: Make, code: str, key: str, value: str
) -> None:
    world = world_with(mode, settings)
    make(world)
    flips(world, code, key, value)


@pytest.mark.parametrize(
    ("settings", "make", "change", "code", "key", "value"), STANDING, ids=[f"{row[3]}-{row[4]}" for row in STANDING]
)
def test_changing_the_deciding_setting_flips_what_becomes_of_a_linked_item(
    settings: dict[str, str], make: Make, change: Change, code: str, key: str, value: str
) -> None:
    world = world_with(settings.get("mode", "sync_all"), settings)
    change(world, linked(world, make))
    flips(world, code, key, value)


REMEDIES = (
    # mode, a new item, the code, what its remedy says, done
    ("match", booked(STRANGER), "A23", edit(people=booked(CARLA)(world_with()).people)),
    ("match", booked(), "A17", edit(people=booked(CARLA)(world_with()).people)),
    ("designate", booked(), "A16", edit(**MARKED)),
    ("sync_all", booked(categories=("No sync",)), "A09", edit(categories=())),
    ("sync_all", booked(private=True), "A04", edit(private=False)),
    ("sync_all", booked(times=at(500)), "A06", edit(times=at(5))),
    ("sync_all", booked(times=at(5, 20 * 24)), "G02", edit(times=at(5))),
    ("sync_all", booked(), "F01", edit(categories=("No sync",))),
)


@pytest.mark.parametrize(("mode", "make", "code", "done"), REMEDIES, ids=[row[2] for row in REMEDIES])
def test_doing_what_the_remedy_says_flips_the_verdict(mode: str, make: Make, code: str, done: Change) -> None:
    world = world_with(mode)
    item = make(world)
    step, told = only(world)
    assert step.decision.code == code and told.to_change
    done(world, item)
    assert only(world)[0].decision.code != code


def test_an_ignored_own_address_names_the_level_where_the_entry_was_made() -> None:
    world = world_with()
    booked()(world)
    for level, name, value in ((Level.SUBSCRIPTION, "Default", ANN), (Level.USER, ANN, "else.example")):
        (row,) = _set(world, level, name, value)
        world.policy = resolve((*world.policy.explicits, row))
    step, told = only(world)
    assert step.decision.code == "A18" and told.deciding_setting is not None
    assert (told.deciding_setting.level, told.deciding_setting.name) == ("subscription", "Default")


def _set(world: World, level: Level, name: str, value: str) -> tuple[Explicit, ...]:
    return check_set(world.policy.explicits, "ignore_list", level, value, name=name)


def test_the_level_and_the_person_who_set_it_are_told() -> None:
    world = world_with()
    world.policy = world.policy.with_changes({"mode": "match"}, Level.PROFILE, who="Otto")
    booked()(world)
    deciding = only(world)[1].deciding_setting
    assert deciding is not None
    assert (deciding.key, deciding.value, deciding.level, deciding.who) == ("mode", "match", "profile", "Otto")


def test_people_do_not_see_the_global_exclusion_list() -> None:
    world = world_with("sync_all", {"global_exclusion_list": "acme.example, rival.example"})
    booked(CARLA)(world)
    _, told = only(world)
    assert told.deciding_setting is not None
    assert told.deciding_setting.value == "an administrator's rule"
    assert "acme.example" not in str(told) and "rival.example" not in str(told)


def test_nothing_decides_what_nobody_set() -> None:
    world = world_with()
    change = everything(nothing, deleted())
    change(world, linked(world, booked()))
    step, told = only(world)
    assert step.decision.code == "F21" and told.deciding_setting is None
