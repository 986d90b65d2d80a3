"""`plan`, `sync`, `release`, `people`: what is printed, and with which exit code."""

from datetime import timedelta

from tests.cli.stage import Sandbox, Twincal

SIDES = {"exchange", "salesforce"}


def test_a_sync_tells_what_scripts_read(twincal: Twincal, ann: str) -> None:
    twincal.sandbox.book(ann, "Counted")
    report = twincal.does("sync", ann, "--json").json
    assert set(report) >= {"run", "people", "requests", "mail_expected"}
    (person,) = report["people"]
    assert person["mailbox"] == ann
    assert person["created"] == {"exchange": 0, "salesforce": 1}
    assert all(set(person[what]) == SIDES for what in ("created", "updated", "deleted"))
    assert [person[count] for count in ("in_step", "unresolved", "excluded", "held", "failed")] == [1, 0, 0, 0, 0]
    assert set(report["requests"]) == {"graph", "salesforce"} and report["requests"]["graph"] >= 1
    assert report["mail_expected"] == 0
    again = twincal.does("sync", "--json").json["people"][0]
    assert again["created"] == again["updated"] == again["deleted"] == {"exchange": 0, "salesforce": 0}


def test_what_was_deleted_is_in_step_no_more(twincal: Twincal, ann: str) -> None:
    event = twincal.sandbox.book(ann, "Gone soon")
    twincal.sandbox.book(ann, "Stays", day=6)
    twincal.does("sync")
    twincal.sandbox.act("exchange", ann, "remove", id=event["id"])
    for deleted in (1, 0):
        (person,) = twincal.does("sync", "--json").json["people"]
        assert (person["deleted"]["salesforce"], person["in_step"]) == (deleted, 1)


def test_a_sync_prints_a_table_that_fits_eighty_columns(twincal: Twincal, ann: str) -> None:
    twincal.sandbox.book(ann, "Seen")
    told = twincal.does("sync").out
    assert ann in told and "0 / 1" in told
    assert "Nobody here has the mailbox" in twincal.refuses("sync", "nobody@northwind.example")
    assert "Nobody here has the mailbox" in twincal.refuses("plan", "nobody@northwind.example")


def test_a_mode_that_is_off_and_a_home_without_people_say_so(twincal: Twincal, ann: str) -> None:
    twincal.does("settings", "unset", "mode")
    told = twincal.does("sync").said
    assert "the mode is Off" in told and "settings set mode=match" in told
    twincal.does("people", "deactivate", ann)
    assert "inactive" in twincal.does("sync").out
    assert "inactive" in twincal.does("people", "list").out
    twincal.does("people", "activate", ann)
    assert twincal.does("people", "list", "--json").json[0]["active"] is True
    twincal.does("people", "remove", ann)
    for words in (("sync",), ("plan",), ("people", "list")):
        assert "twincal people add" in twincal.does(*words).out


def test_people_are_added_once_and_by_names_that_exist(twincal: Twincal, ann: str) -> None:
    rows = twincal.does("people", "list", "--json").json
    assert rows == [row for row in rows if set(row) >= {"mailbox", "salesforce_username", "name", "profile", "active", "aliases"}]
    assert "already" in twincal.refuses("people", "add", ann, "--salesforce", ann)
    other = twincal.sandbox.person()
    assert "no active user" in twincal.refuses("people", "add", other, "--salesforce", "nobody@northwind.example")
    assert "is not an address" in twincal.refuses("people", "add", "other", "--salesforce", other)
    alias = f"alias.{other}"
    assert "Administrator" in twincal.refuses("people", "add", other, "--salesforce", other, "--profile", "Pilots")
    twincal.does("people", "add", other, "--salesforce", other, "--alias", alias, "--profile", "Administrator")
    found = {row["mailbox"]: row for row in twincal.does("people", "list", "--json").json}
    assert found[other]["aliases"] == [alias] and found[other]["profile"] == "Administrator"
    assert "people list" in twincal.refuses("people", "remove", "nobody@northwind.example")


def test_what_is_not_connected_is_named(bare: Twincal) -> None:
    for words in (("sync",), ("plan",), ("people", "add", "a@b.example", "--salesforce", "a")):
        told = bare.refuses(*words)
        assert "Exchange is not connected yet" in told and "twincal connect exchange graph" in told


def test_a_plan_changes_nothing_and_shows_other_settings_beside_todays(twincal: Twincal, ann: str) -> None:
    twincal.sandbox.book(ann, "Perhaps", attendees=[{"emailAddress": {"address": "who@nowhere.example"}}])
    (preview,) = twincal.does("plan", ann, "--json").json
    assert preview["today"]["create"] == {"exchange": 0, "salesforce": 1} and preview["changed"] is None
    assert [step["subject"] for step in preview["steps"]] == ["Perhaps"]
    changes = ("--with", "mode=match", "--with", "window.past_days=1")
    (preview,) = twincal.does("plan", *changes, "--json").json
    assert preview["changed"]["create"] == {"exchange": 0, "salesforce": 0} and preview["changed"]["unresolved"] == 1
    told = twincal.does("plan", *changes).out
    assert "Today" in told and "With the change" in told and "A23" in told
    assert twincal.sandbox.both(ann) == (["Perhaps"], [])
    assert {row["key"]: row["value"] for row in twincal.does("settings", "show", "--json").json}["mode"] == "sync_all"
    assert "Did you mean `mode`?" in twincal.refuses("plan", "--with", "mdoe=match")
    assert "KEY=VALUE" in twincal.refuses("plan", "--with", "match")
    twincal.does("sync")
    assert "Nothing would be done." in twincal.does("plan").out


def test_a_guard_holds_a_class_of_steps_until_it_is_released(twincal: Twincal, ann: str) -> None:
    events = [twincal.sandbox.book(ann, f"Item {number}", day=number + 5) for number in range(4)]
    twincal.does("sync")
    twincal.does("settings", "set", "guard.deletions=1")
    for event in events[:3]:
        twincal.sandbox.act("exchange", ann, "remove", id=event["id"])
    assert twincal("plan").code == 3
    ended = twincal("sync", "--json")
    assert ended.code == 3
    (held,) = ended.json["held_plans"]
    assert held["mailbox"] == ann and held["steps"] == 3 and held["because"]
    assert len(twincal.sandbox.both(ann)[1]) == 4
    told = twincal("sync")
    assert told.code == 3 and f"twincal release {held['plan']}" in told.out
    assert "No held plan" in twincal.refuses("release", "abcd-efgh")
    released = twincal.does("release", held["plan"], "--json").json
    assert released["people"][0]["deleted"] == {"exchange": 0, "salesforce": 3}
    assert twincal.sandbox.both(ann)[1] == ["Item 3"]
    assert "No held plan" in twincal.refuses("release", held["plan"])
    assert twincal("sync").code == 0


def test_a_held_plan_is_released_in_part(twincal: Twincal, ann: str) -> None:
    events = [twincal.sandbox.book(ann, f"Item {number}", day=number + 5) for number in range(5)]
    twincal.does("sync")
    twincal.does("settings", "set", "guard.deletions=2")
    for event in events[:4]:
        twincal.sandbox.act("exchange", ann, "remove", id=event["id"])
    ended = twincal("sync", "--json")
    (held,) = ended.json["held_plans"]
    assert held["steps"] == 4
    assert "not held" in twincal.refuses("release", held["plan"], "--only", "Item 4")
    told = twincal("release", held["plan"], "--only", "Item 0", "--only", "Item 2", "--json")
    assert told.code == 3 and told.json["people"][0]["deleted"]["salesforce"] == 2
    assert twincal.sandbox.both(ann)[1] == ["Item 1", "Item 3", "Item 4"]
    (rest,) = told.json["held_plans"]
    assert rest["steps"] == 2 and rest["plan"] != held["plan"], "two alone would not have been too many, and yet they wait"
    twincal.does("release", rest["plan"])
    assert twincal.sandbox.both(ann)[1] == ["Item 4"]


def test_one_persons_failure_is_listed_and_stops_nobody(twincal: Twincal, ann: str, calm: Sandbox) -> None:
    other = calm.person()
    twincal.does("people", "add", other, "--salesforce", other)
    calm.book(other, "Goes on")
    calm.ask("/weather", {"graph": {"unlicensed": [ann]}})
    ended = twincal("sync", "--json")
    assert ended.code == 1
    people = {person["mailbox"]: person for person in ended.json["people"]}
    assert people[ann]["failure"]["message"] and people[ann]["failure"]["remedy"] and people[other]["failure"] is None
    assert calm.both(other) == (["Goes on"], ["Goes on"])
    told = twincal("sync")
    assert told.code == 1 and ann in told.out and "Check that the mailbox exists" in told.said


def test_servers_that_are_not_there_fail_the_sync_with_a_sentence(twincal: Twincal, ann: str, calm: Sandbox) -> None:
    calm.ask("/weather", {"transport": {"kinds": ["truncated"], "system": "salesforce", "rate": 1.0}})
    ended = twincal("sync", "--json")
    assert ended.code == 1 and "Salesforce" in ended.json["people"][0]["failure"]["message"]
    calm.ask("/weather", {"transport": {"kinds": ["truncated"], "system": "graph", "rate": 1.0}})
    ended = twincal("sync", "--json")
    assert ended.code == 1 and "Exchange" in ended.json["people"][0]["failure"]["message"]
    calm.ask("/weather", {"calm": True})
    assert twincal("sync").code == 0


def test_an_unresolved_item_is_given_up_after_thirty_days(twincal: Twincal, ann: str) -> None:
    twincal.does("settings", "set", "mode=match")
    twincal.sandbox.book(ann, "Forlorn", day=28, attendees=[{"emailAddress": {"address": "who@nowhere.example"}}])
    twincal.does("sync")
    (row,) = twincal.does("history", ann, "--json").json
    assert row["tab"] == "unresolved" and row["retry_ends"].startswith("2027-03-31")
    twincal.later = timedelta(days=31)
    twincal.does("sync")
    (row,) = twincal.does("history", ann, "--json").json
    assert row["next_attempt"] == "" and row["tab"] == "excluded"
