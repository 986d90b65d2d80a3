"""Every setting can be set, locked, shown and taken back from the command line; and the clocks among them do what they say."""

from datetime import timedelta

from tests.cli.stage import Twincal
from twincal.core.settings_table import SETTINGS

VALUES = {
    "mode": "match", "window.past_days": "7", "window.future_days": "90", "designate.category": "CRM", "exclude.category": "Mine",
    "ignore_list": "globex.example", "global_exclusion_list": "rival.example", "conflict": "hold", "notify_attendees": "never",
    "invite_attendees": "on", "private_items": "masked", "guard.deletions": "3", "guard.deletion_share": "4",
    "guard.deletion_floor": "2", "guard.updates_share": "6", "guard.updates_floor": "7", "guard.creations": "8",
    "guard.emptied": "9", "poll.interval_seconds": "120", "history.retention_days": "60", "retry.days": "10",
    "session.minutes": "20", "report.daily": "on",
    **{f"prevent.{what}_in_{where}": "on" for what in ("create", "update", "delete") for where in ("exchange", "salesforce")},
}  # fmt: skip


def test_every_setting_is_set_locked_and_taken_back(bare: Twincal) -> None:
    assert set(VALUES) == set(SETTINGS), "a setting without a value here"
    for key, value in VALUES.items():
        level = SETTINGS[key].levels[0].value
        bare.does("settings", "set", f"{key}={value}", "--level", level, "--lock")
    rows = {row["key"]: row for row in bare.does("settings", "show", "--json").json}
    assert {key: rows[key]["value"] for key in VALUES} == VALUES
    assert all(rows[key]["locked_by"] for key in VALUES)
    for key in VALUES:
        bare.does("settings", "unset", key, "--level", SETTINGS[key].levels[0].value)
    rows = {row["key"]: row for row in bare.does("settings", "show", "--json").json}
    assert {row["level"] for row in rows.values()} == {"default"}


def test_retries_end_and_rows_go_when_their_settings_say_so(twincal: Twincal, ann: str) -> None:
    twincal.does("settings", "set", "mode=match")
    twincal.does("settings", "set", "retry.days=5")
    twincal.does("settings", "set", "history.retention_days=20", "--level", "organization")
    twincal.sandbox.book(ann, "Stranger", day=28, attendees=[{"emailAddress": {"address": "nobody@nowhere.example"}}])
    twincal.does("sync")
    (row,) = twincal.does("history", ann, "--json").json
    assert (row["tab"], row["retry_ends"][:10]) == ("unresolved", f"{twincal.sandbox.now + timedelta(days=5):%Y-%m-%d}")
    twincal.later = timedelta(days=6)
    twincal.does("sync")
    assert [row["code"] for row in twincal.does("history", ann, "--json").json] == ["A21"]


def test_an_emptied_calendar_is_believed_as_far_as_the_setting_says(twincal: Twincal, ann: str) -> None:
    events = [twincal.sandbox.book(ann, f"Item {number}", day=number + 5) for number in range(3)]
    twincal.does("sync")
    twincal.does("settings", "set", "guard.emptied=2")
    for event in events:
        twincal.sandbox.act("exchange", ann, "remove", id=event["id"])
    ended = twincal("sync", "--json")
    assert ended.code == 3 and ended.json["held_plans"][0]["code"] == "L02"
    assert len(twincal.sandbox.both(ann)[1]) == 3
