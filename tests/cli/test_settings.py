"""`twincal settings`: values, where they come from, levels, locks, and what is refused."""

import pytest

from tests.cli.stage import Twincal

KEYS = """mode window.past_days window.future_days designate.category exclude.category ignore_list global_exclusion_list
prevent.create_in_salesforce prevent.update_in_salesforce prevent.delete_in_salesforce prevent.create_in_exchange
prevent.update_in_exchange prevent.delete_in_exchange conflict notify_attendees invite_attendees private_items guard.deletions
guard.deletion_share guard.updates_share guard.creations"""


def shown(run: Twincal, key: str, who: str = "") -> dict[str, str]:
    """One row of `settings show`."""
    rows: list[dict[str, str]] = run.does("settings", "show", *(("--who", who) if who else ()), "--json").json
    return next(row for row in rows if row["key"] == key)


def test_every_setting_is_shown_with_its_value_and_origin(bare: Twincal) -> None:
    rows = {row["key"]: row for row in bare.does("settings", "show", "--json").json}
    assert set(KEYS.split()) <= set(rows)
    assert rows["mode"] == {
        "key": "mode",
        "value": "off",
        "level": "default",
        "origin": "Twincal's default",
        "locked_by": None,
        "help": rows["mode"]["help"],
        "lock_level": "",
        "own": "",
    }
    table = bare.does("settings", "show").out
    assert all(key in table for key in rows)


def test_each_level_overrules_the_one_above(twincal: Twincal, ann: str) -> None:
    for level, who, days in (
        ("organization", (), "11"),
        ("subscription", (), "12"),
        ("profile", ("--who", "Standard User"), "13"),
        ("user", ("--who", ann), "14"),
    ):
        twincal.does("settings", "set", f"window.past_days={days}", "--level", level, *who)
        row = shown(twincal, "window.past_days", ann)
        assert (row["value"], row["level"]) == (days, level)
    assert shown(twincal, "window.past_days")["value"] == "12"
    other = twincal.sandbox.person()
    twincal.does("people", "add", other, "--salesforce", other, "--profile", "Administrator")
    assert shown(twincal, "window.past_days", other)["value"] == "12"
    ended = twincal.does("settings", "unset", "window.past_days", "--level", "user", "--who", ann)
    assert "window.past_days is now 13" in ended.out
    for level, who, left in (("profile", ("--who", "Standard User"), "12"), ("subscription", (), "11"), ("organization", (), "30")):
        twincal.does("settings", "unset", "window.past_days", "--level", level, *who)
        assert shown(twincal, "window.past_days", ann)["value"] == left


@pytest.mark.parametrize(
    ("level", "below"),
    [("organization", "subscription"), ("subscription", "profile"), ("profile", "user")],
)
def test_a_lock_binds_every_level_below(twincal: Twincal, ann: str, level: str, below: str) -> None:
    names = {"profile": ("--who", "Standard User"), "user": ("--who", ann)}
    twincal.does("settings", "set", "conflict=latest", "--level", level, *names.get(level, ()), "--lock")
    assert shown(twincal, "conflict", ann)["locked_by"]
    told = twincal.refuses("settings", "set", "conflict=hold", "--level", below, *names.get(below, ()))
    assert "locked" in told
    assert shown(twincal, "conflict", ann)["value"] == "latest"
    assert "the" in twincal.does("settings", "show", "--who", ann).out
    twincal.does("settings", "unset", "conflict", "--level", level, *names.get(level, ()))
    twincal.does("settings", "set", "conflict=hold", "--level", below, *names.get(below, ()))
    assert shown(twincal, "conflict", ann)["value"] == "hold"


def test_a_person_may_lock_a_setting_of_their_own(twincal: Twincal, ann: str) -> None:
    twincal.does("settings", "set", "mode=match", "--level", "user", "--who", ann, "--lock")
    row = shown(twincal, "mode", ann)
    assert row["value"] == "match" and row["locked_by"]


def test_a_direction_sets_the_six_switches(bare: Twincal) -> None:
    bare.does("settings", "set", "direction=to_salesforce")
    rows = {row["key"]: row["value"] for row in bare.does("settings", "show", "--json").json}
    assert [rows[f"prevent.{what}_in_exchange"] for what in ("create", "update", "delete")] == ["on"] * 3
    assert [rows[f"prevent.{what}_in_salesforce"] for what in ("create", "update", "delete")] == ["off"] * 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("set", "mdoe=match"), "Did you mean `mode`?"),
        (("set", "window.past_day=3"), "Did you mean `window.past_days`?"),
        (("set", "zzzzzz=3"), "`twincal settings show` lists all settings"),
        (("unset", "mdoe"), "Did you mean `mode`?"),
        (("set", "mode=everything"), "`off`, `sync_all`, `match`, `designate`"),
        (("set", "mode"), "KEY=VALUE"),
        (("set", "=match"), "KEY=VALUE"),
        (("set", "window.past_days=many"), "window.past_days"),
        (("set", "window.past_days=1825"), "window.past_days"),
        (("set", "invite_attendees=perhaps"), "invite_attendees"),
        (("set", "ignore_list=not a domain"), "ignore_list"),
        (("set", "mode=match", "--level", "planet"), "Choose organization, subscription, profile or user"),
        (("set", "mode=match", "--level", "default"), "cannot be set"),
        (("set", "mode=match", "--level", "profile"), "needs --who"),
        (("set", "mode=match", "--level", "user"), "needs --who"),
        (("set", "mode=match", "--level", "user", "--who", "nobody@northwind.example"), "people list"),
        (("set", "mode=match", "--level", "profile", "--who", "Pilots"), "Standard User"),
        (("set", "private_items=full"), "organization"),
        (("set", "global_exclusion_list=acme.com", "--level", "organization"), "subscription"),
        (("show", "--who", "nobody@northwind.example"), "people list"),
    ],
)
def test_what_cannot_be_set_is_refused_with_a_remedy(bare: Twincal, words: tuple[str, ...], told: str) -> None:
    before = bare.does("settings", "show", "--json").out
    assert told in bare.refuses("settings", *words)
    assert bare.does("settings", "show", "--json").out == before


def test_a_level_without_the_need_of_a_name_refuses_none(bare: Twincal) -> None:
    ended = bare.does("settings", "set", "private_items=masked", "--level", "organization")
    assert "the organization" in ended.out
