"""Settings: values, locks and levels; where a value comes from; what may be set (SPEC 7, 8 and 9)."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twincal.core.policy import (
    LEVELS,
    SETTINGS,
    Conflict,
    Explicit,
    Notify,
    PrivateItems,
    check_set,
    check_unset,
    resolve,
)
from twincal.core.vocabulary import Level, Mode
from twincal.errors import WrongInput

ORGANIZATION, SUBSCRIPTION, PROFILE, USER = LEVELS
WHEN = datetime(2027, 3, 5, 9, tzinfo=UTC)


def at(level: Level, key: str, value: str | None, *, lock: bool = False) -> Explicit:
    return Explicit(key, level, f"the {level.value}", value, lock, f"admin of {level.value}", WHEN)


def mode(level: Level, value: str | None, *, lock: bool = False) -> Explicit:
    return at(level, "mode", value, lock=lock)


def test_rules_see_typed_values() -> None:
    policy = resolve().with_changes(
        {
            "mode": "match",
            "conflict": "latest",
            "notify_attendees": "never",
            "private_items": "masked",
            "invite_attendees": "on",
            "designate.category": "CRM",
            "exclude.category": "Keep out",
            "guard.deletions": "7",
            "retry.days": "14",
            "global_exclusion_list": "rival.example",
        }
    )
    assert (policy.mode, policy.conflict, policy.notify_attendees) == (Mode.MATCH, Conflict.LATEST, Notify.NEVER)
    assert (policy.private_items, policy.invite_attendees) == (PrivateItems.MASKED, True)
    assert (policy.designate_category, policy.exclude_category) == ("CRM", "Keep out")
    assert (policy.guard_deletions, policy.retry_days) == (7, 14)
    assert policy.exclusion_list.covers("bo@eu.rival.example") == "rival.example"


@pytest.mark.parametrize(
    ("told", "value", "level", "locked_by"),
    [
        ([], "off", Level.DEFAULT, None),
        ([mode(SUBSCRIPTION, "match")], "match", SUBSCRIPTION, None),
        ([mode(SUBSCRIPTION, "match"), mode(USER, "sync_all")], "sync_all", USER, None),
        ([mode(ORGANIZATION, "match"), mode(PROFILE, "designate")], "designate", PROFILE, None),
        ([mode(SUBSCRIPTION, "match", lock=True), mode(USER, "sync_all")], "match", SUBSCRIPTION, SUBSCRIPTION),
        ([mode(SUBSCRIPTION, "match"), mode(PROFILE, None, lock=True), mode(USER, "off")], "match", SUBSCRIPTION, PROFILE),
        ([mode(ORGANIZATION, None, lock=True), mode(USER, "match")], "off", Level.DEFAULT, ORGANIZATION),
        (
            [mode(SUBSCRIPTION, "match", lock=True), mode(PROFILE, "off", lock=True), mode(USER, "sync_all")],
            "match",
            SUBSCRIPTION,
            SUBSCRIPTION,
        ),
        ([mode(USER, "sync_all", lock=True), mode(PROFILE, "off")], "sync_all", USER, USER),
        ([mode(PROFILE, None), mode(SUBSCRIPTION, "match")], "match", SUBSCRIPTION, None),
    ],
)
def test_the_topmost_lock_else_the_nearest_value(told: list[Explicit], value: str, level: Level, locked_by: Level | None) -> None:
    found = resolve(told).origin("mode")
    assert (found.text, found.level, found.locked_by) == (value, level, locked_by)
    if level is not Level.DEFAULT:
        assert (found.name, found.who, found.when) == (f"the {level.value}", f"admin of {level.value}", WHEN)
    if locked_by:
        locked = (found.locked_name, found.locked_who, found.locked_when)
        assert locked == (f"the {locked_by.value}", f"admin of {locked_by.value}", WHEN)


VALUES = st.none() | st.sampled_from([word.value for word in Mode])
STACKS = st.lists(st.tuples(VALUES, st.booleans()), min_size=4, max_size=4).map(
    lambda rows: [mode(level, value, lock=lock) for level, (value, lock) in zip(LEVELS, rows, strict=True)]
)


@given(STACKS)
def test_lock_algebra(told: list[Explicit]) -> None:
    """The definition said the other way round: walk down, take each value, stop behind the first lock."""
    value, locked = "off", None
    for row in told:
        value = row.value or value
        if row.lock:
            locked = row.level
            break
    found = resolve(told).origin("mode")
    assert (found.text, found.locked_by) == (value, locked)


@given(STACKS, st.permutations(range(4)))
def test_the_order_of_rows_does_not_matter(told: list[Explicit], order: list[int]) -> None:
    assert resolve([told[n] for n in order]) == resolve(told)


@given(STACKS, st.sampled_from(LEVELS), st.sampled_from(Mode))
def test_whoever_may_set_and_lock_sees_it_hold(told: list[Explicit], level: Level, wanted: Mode) -> None:
    try:
        rows = check_set(told, "mode", level, wanted.value, lock=True)
    except WrongInput as error:
        assert "locked" in error.message
        assert any(row.lock and LEVELS.index(row.level) < LEVELS.index(level) for row in told)
    else:
        rest = [row for row in told if row.level is not level]
        assert resolve([*rest, *rows]).mode is wanted


def test_two_rows_of_one_level_are_no_policy() -> None:
    with pytest.raises(ValueError, match="two rows of mode"):
        resolve([mode(USER, "off"), mode(USER, "match")])


def test_what_stands_at_a_level_that_may_not_set_it_has_no_effect() -> None:
    told = [at(USER, "private_items", "full", lock=True), at(USER, "guard.deletions", "9999")]
    policy = resolve(told)
    assert (policy.private_items, policy.guard_deletions) == (PrivateItems.OFF, 25)
    assert policy.origin("private_items").locked_by is None


def test_ignore_lists_of_all_levels_add_up() -> None:
    policy = resolve(
        [
            at(SUBSCRIPTION, "ignore_list", "acme.com, news.org [email]"),
            at(PROFILE, "ignore_list", "x.org"),
            at(USER, "ignore_list", "bo@y.org, acme.com"),
        ]
    )
    assert policy.origin("ignore_list").text == "acme.com, news.org [email], x.org, bo@y.org"
    assert policy.ignore_list.covers("ann@acme.com") == "acme.com"
    assert policy.ignore_list.covers("bo@y.org") == "bo@y.org"
    assert policy.ignore_list.covers("bo@news.org") is None
    origins = {e: policy.ignore_entry_origin(e) for e in ("acme.com", "x.org", "bo@y.org", "z.org")}
    assert {e: o.level if o else None for e, o in origins.items()} == {
        "acme.com": SUBSCRIPTION,
        "x.org": PROFILE,
        "bo@y.org": USER,
        "z.org": None,
    }


def test_a_lock_on_the_ignore_list_stops_the_levels_below() -> None:
    told = [at(PROFILE, "ignore_list", None, lock=True), at(USER, "ignore_list", "bo@y.org")]
    policy = resolve([*told, at(SUBSCRIPTION, "ignore_list", "acme.com")])
    assert policy.origin("ignore_list").text == "acme.com"
    assert policy.ignore_entry_origin("bo@y.org") is None
    with pytest.raises(WrongInput, match="locked for the profile"):
        check_set(told, "ignore_list", USER, "x.org")


@pytest.mark.parametrize(("past", "future"), [(0, 1824), (30, 365), (1824, 0), (1000, 824)])
def test_the_window_may_be_as_wide_as_exchange_can_be_read(past: int, future: int) -> None:
    policy = resolve().with_changes({"window.past_days": str(past), "window.future_days": str(future)})
    window = policy.window(date(2027, 3, 5))
    assert (window.end - window.start).days == past + future + 1


def test_a_window_that_is_too_wide_is_refused_and_never_read() -> None:
    with pytest.raises(WrongInput, match="1825 days wide"):
        resolve().with_changes({"window.past_days": "1460"})
    policy = resolve([at(SUBSCRIPTION, "window.future_days", "1500"), at(USER, "window.past_days", "1000")])
    window = policy.window(date(2027, 3, 5))
    assert (window.end - window.start).days == 1825


def test_the_two_categories_must_differ() -> None:
    with pytest.raises(WrongInput, match="both mark items"):
        check_set((), "exclude.category", SUBSCRIPTION, "SALESFORCE")


def test_a_lock_above_refuses_and_says_who_locked() -> None:
    told = [mode(SUBSCRIPTION, "match", lock=True), mode(USER, "off")]
    for attempt in (
        lambda: check_set(told, "mode", USER, "sync_all"),
        lambda: check_set(told, "mode", PROFILE, None, lock=True),
        lambda: resolve(told).with_changes({"mode": "sync_all"}, USER),
    ):
        with pytest.raises(WrongInput) as caught:
            attempt()
        assert "`mode` is locked for the subscription the subscription by admin of subscription." in caught.value.message
    assert resolve(told).with_changes({"mode": "sync_all"}).mode is Mode.SYNC_ALL


def test_value_and_lock_are_set_apart() -> None:
    (row,) = check_set((), "mode", PROFILE, "match", name="Sales")
    (locked,) = check_set([row], "mode", PROFILE, None, lock=True)
    assert (locked.value, locked.lock, locked.name) == ("match", True, "Sales")
    (changed,) = check_set([locked], "mode", PROFILE, "off")
    assert (changed.value, changed.lock) == ("off", True)
    (open_again,) = check_set([changed], "mode", PROFILE, None, lock=False)
    assert (open_again.value, open_again.lock) == ("off", False)


def test_unsetting_falls_back_to_what_is_inherited() -> None:
    told = [mode(SUBSCRIPTION, "match"), mode(USER, "off")]
    assert check_unset(told, "mode", USER) == (told[1],)
    assert check_unset(told, "mode", PROFILE) == ()
    with pytest.raises(WrongInput, match="no setting"):
        check_unset(told, "moed", USER)
    wide = [at(SUBSCRIPTION, "window.future_days", "1800"), at(USER, "window.past_days", "5")]
    with pytest.raises(WrongInput, match="1830 days wide"):
        check_unset(wide, "window.past_days", USER)


def test_what_if_changes_nothing_but_the_copy() -> None:
    policy = resolve([mode(SUBSCRIPTION, "match", lock=True)])
    other = policy.with_changes({"mode": "off"}, who="ann", when=WHEN)
    assert (policy.mode, other.mode) == (Mode.MATCH, Mode.OFF)
    found = other.origin("mode")
    assert (found.level, found.who, found.when, found.locked_by) == (SUBSCRIPTION, "ann", WHEN, SUBSCRIPTION)
    assert other.with_changes({"private_items": "full"}).origin("private_items").level is ORGANIZATION


ANOTHER = {
    "mode": "match", "conflict": "hold", "notify_attendees": "always", "private_items": "full", "ignore_list": "x.org",
    "global_exclusion_list": "x.org", "designate.category": "Other", "exclude.category": "Other",
}  # fmt: skip


def another(key: str) -> str:
    default = SETTINGS[key].default
    return ANOTHER.get(key) or ("on" if default is False else str(int(str(default)) + 1))


@pytest.mark.parametrize("key", SETTINGS)
def test_the_digest_changes_with_every_value(key: str) -> None:
    changed = resolve().with_changes({key: another(key)})
    assert changed.digest != resolve().digest
    assert changed.with_changes({key: SETTINGS[key].format(SETTINGS[key].default)}).digest == resolve().digest


def test_the_digest_does_not_change_with_the_place_of_a_value() -> None:
    here = resolve([mode(USER, "match"), at(USER, "ignore_list", "b.org"), at(PROFILE, "ignore_list", "a.org")])
    there = resolve([mode(PROFILE, "match", lock=True), at(USER, "ignore_list", "b.org, a.org")])
    assert here.digest == there.digest
