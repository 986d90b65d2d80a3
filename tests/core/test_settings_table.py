"""The table of settings: what may be typed, who may set it, and what a direction stands for (SPEC 7 and 9)."""

from datetime import UTC, datetime

import pytest

from twincal.core.policy import LEVELS, SETTINGS, Direction, Explicit, Policy, check_set, check_unset, resolve
from twincal.core.settings_table import Setting, expanded, prevent_key
from twincal.core.vocabulary import Level, Operation, Side
from twincal.errors import WrongInput

ORGANIZATION, SUBSCRIPTION, PROFILE, USER = LEVELS
WHEN = datetime(2027, 3, 5, 9, tzinfo=UTC)


def test_defaults_are_those_of_the_specification() -> None:
    policy = resolve()
    assert {key: policy.origin(key).text for key in SETTINGS} == {
        "mode": "off",
        "window.past_days": "30",
        "window.future_days": "365",
        "designate.category": "Salesforce",
        "exclude.category": "No sync",
        "ignore_list": "",
        "global_exclusion_list": "",
        "prevent.create_in_salesforce": "off",
        "prevent.update_in_salesforce": "off",
        "prevent.delete_in_salesforce": "off",
        "prevent.create_in_exchange": "off",
        "prevent.update_in_exchange": "off",
        "prevent.delete_in_exchange": "off",
        "conflict": "exchange",
        "notify_attendees": "updates",
        "invite_attendees": "off",
        "private_items": "off",
        "guard.deletions": "25",
        "guard.deletion_share": "10",
        "guard.deletion_floor": "5",
        "guard.updates_share": "30",
        "guard.updates_floor": "5",
        "guard.creations": "500",
        "guard.emptied": "3",
        "poll.interval_seconds": "60",
        "session.minutes": "30",
        "report.daily": "off",
        "history.retention_days": "30",
        "retry.days": "30",
    }
    assert {policy.origin(key).level for key in SETTINGS} == {Level.DEFAULT}


@pytest.mark.parametrize(
    ("direction", "shut"),
    [(Direction.BOTH, None), (Direction.TO_SALESFORCE, Side.EXCHANGE), (Direction.TO_EXCHANGE, Side.SALESFORCE)],
)
def test_a_direction_is_a_preset_over_six_switches(direction: Direction, shut: Side | None) -> None:
    policy = resolve().with_changes({"direction": direction.value})
    assert {(o, s): policy.prevents(o, s) for o in Operation for s in Side} == {(o, s): s is shut for o in Operation for s in Side}
    assert policy.direction is direction
    assert "direction" not in SETTINGS


def test_mixed_switches_are_no_direction() -> None:
    policy = resolve().with_changes({"prevent.delete_in_salesforce": "on"})
    assert policy.direction is None
    assert policy.prevents(Operation.DELETE, Side.SALESFORCE)
    assert not policy.prevents(Operation.DELETE, Side.EXCHANGE)


def test_setting_a_direction_gives_six_rows_and_unsetting_it_takes_them_away() -> None:
    rows = check_set((), "direction", PROFILE, "to_salesforce", lock=True, name="Sales", who="ann", when=WHEN)
    assert {row.key for row in rows} == {prevent_key(o, s) for o in Operation for s in Side}
    assert {(row.level, row.name, row.lock, row.who, row.when) for row in rows} == {(PROFILE, "Sales", True, "ann", WHEN)}
    assert set(check_unset([*rows, Explicit("mode", PROFILE, value="match")], "direction", PROFILE)) == set(rows)


@pytest.mark.parametrize(
    ("key", "text", "stored"),
    [
        ("mode", " Sync All ", "sync_all"),
        ("mode", "sync-all", "sync_all"),
        ("conflict", "Salesforce wins", "salesforce"),
        ("window.past_days", "90 days", "90"),
        ("window.past_days", "007", "7"),
        ("guard.deletion_share", "15 %", "15"),
        ("invite_attendees", "Yes", "on"),
        ("prevent.create_in_exchange", "false", "off"),
        ("exclude.category", "  Keep   out ", "Keep out"),
        ("ignore_list", "Ann <ann@acme.com>\n@x.org", "ann@acme.com, x.org"),
        ("ignore_list", "", ""),
    ],
)
def test_values_are_stored_in_one_spelling(key: str, text: str, stored: str) -> None:
    (row,) = check_set((), key, SUBSCRIPTION, text)
    assert (row.key, row.value) == (key, stored)
    assert SETTINGS[key].format(SETTINGS[key].parse(stored)) == stored


@pytest.mark.parametrize(
    ("key", "text", "message", "remedy"),
    [
        ("mode", "matsch", "`mode` cannot be `matsch`: did you mean `match`?", "`off`, `sync_all`, `match`, `designate`"),
        ("mode", "", "`mode` cannot be ``.", "one of"),
        ("window.past_days", "-1", "cannot be `-1`", "from 0 to 1824 days"),
        ("window.past_days", "1825", "cannot be `1825`", "from 0 to 1824 days"),
        ("window.past_days", "1.5", "cannot be `1.5`", "whole number"),
        ("window.past_days", "²", "cannot be `²`", "whole number"),
        ("guard.deletion_share", "101", "cannot be `101`", "from 0 to 100 %"),
        ("poll.interval_seconds", "0", "cannot be `0`", "seconds"),
        ("invite_attendees", "maybe", "cannot be `maybe`", "`on` or `off`"),
        ("designate.category", " ", "cannot be ``", "Outlook category"),
        ("window.past_days", "9" * 5000, "9`.", "whole number"),
        ("designate.category", "a\x07b", "cannot be", "Outlook category"),
        ("designate.category", "a,b", "cannot be `a,b`", "no comma"),
        ("designate.category", "x" * 256, "cannot be", "255"),
        ("ignore_list", "ok.org\nnope", "`ignore_list`: Line 2: `nope`", "one per line"),
        ("global_exclusion_list", "x.org [email]", "this list has none", "one per line"),
        ("direction", "sideways", "`direction` cannot be `sideways`", "`both`, `to_salesforce`, `to_exchange`"),
        ("mdoe", "off", "There is no setting `mdoe`.", "Did you mean `mode`?"),
        ("prevent.create_in_salesfroce", "on", "no setting", "`prevent.create_in_salesforce`"),
        ("directoin", "both", "no setting", "`direction`"),
        ("qqqq", "1", "no setting `qqqq`", "settings show"),
    ],
)
def test_wrong_input_is_refused_with_what_is_allowed(key: str, text: str, message: str, remedy: str) -> None:
    for attempt in (
        lambda: check_set((), key, SUBSCRIPTION, text),
        lambda: resolve().with_changes({key: text}),
    ):
        with pytest.raises(WrongInput) as caught:
            attempt()
        assert message in caught.value.message
        assert remedy in caught.value.remedy


@pytest.mark.parametrize(
    ("key", "level", "text"),
    [
        ("private_items", SUBSCRIPTION, "full"),
        ("private_items", USER, "full"),
        ("global_exclusion_list", ORGANIZATION, "x.org"),
        ("global_exclusion_list", USER, "x.org"),
        ("guard.deletions", USER, "9999"),
        ("poll.interval_seconds", PROFILE, "30"),
        ("mode", Level.DEFAULT, "off"),
    ],
)
def test_some_settings_belong_to_some_levels(key: str, level: Level, text: str) -> None:
    with pytest.raises(WrongInput, match="cannot be set for") as caught:
        check_set((), key, level, text)
    assert SETTINGS[key].levels[0].phrase in caught.value.remedy


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=lambda row: row.key)
def test_every_row_can_be_shown_set_and_understood(setting: Setting) -> None:
    assert setting.parse(setting.format(setting.default)) == setting.default or setting.default == ()
    assert setting.help.endswith(".") and setting.label[0].isupper()
    assert setting.kind.allowed
    assert [level for level in LEVELS if level in setting.levels] == list(setting.levels)
    fields = set(Policy.__struct_fields__)
    switch = setting.key.startswith("prevent.")
    assert switch or setting.key.replace(".", "_").replace("global_", "") in fields
    assert expanded(setting.key, "text") == {setting.key: "text"}
