"""Single items: listed, explained, ignored, retried, settled."""

from typing import Any

import pytest

from tests.cli.stage import Twincal

ROW = """item subject start end series origin tab code trail reason remedy participants matched exchange_id salesforce_id first_seen
last_attempt attempts retry_ends"""

AT_NOON = {
    "start": {"dateTime": "2027-03-09T12:00:00", "timeZone": "UTC"},
    "end": {"dateTime": "2027-03-09T13:00:00", "timeZone": "UTC"},
}


def contact(run: Twincal, who: str, email: str) -> str:
    """A Contact in Salesforce; its id."""
    fields = {"LastName": email.split("@")[0], "Email": email}
    return str(run.sandbox.act("salesforce", who, "insert", object="Contact", fields=fields)["Id"])


def guest(address: str) -> dict[str, Any]:
    """An attendee as Outlook sends it."""
    return {"attendees": [{"type": "required", "emailAddress": {"address": address}}]}


def rows(run: Twincal, who: str, *more: str) -> list[dict[str, Any]]:
    """The history."""
    found: list[dict[str, Any]] = run.does("history", who, *more, "--json").json
    return found


def test_the_history_has_the_members_that_scripts_read(twincal: Twincal, ann: str) -> None:
    address = f"zoe@{ann.split('@')[0]}.example"
    record = contact(twincal, ann, address)
    event = twincal.sandbox.book(ann, "Kick-off", **guest(address))
    twincal.does("sync")
    (row,) = rows(twincal, ann)
    assert set(ROW.split()) <= set(row)
    assert row["subject"] == "Kick-off"
    assert (row["start"], row["end"]) == ("2027-03-05T09:00:00Z", "2027-03-05T10:00:00Z")
    assert (row["origin"], row["tab"], row["attempts"]) == ("exchange", "synced", 1)
    assert row["matched"] == [{"type": "Contact", "id": record, "name": "zoe"}]
    people = {each["address"]: each for each in row["participants"]}
    assert people[address] == {"address": address, "verdict": "matched", "record": record}
    assert all(set(each) == {"address", "verdict", "record"} for each in people.values())
    assert event["id"] and row["exchange_id"] and str(row["salesforce_id"]).startswith("00U")


def test_the_history_is_narrowed_by_tab_code_and_words(twincal: Twincal, ann: str) -> None:
    twincal.sandbox.book(ann, "Open work")
    twincal.sandbox.book(ann, "Dentist", day=6, categories=["No sync"])
    twincal.does("sync")
    assert [row["subject"] for row in rows(twincal, ann)] == ["Open work", "Dentist"]
    assert [row["subject"] for row in rows(twincal, ann, "--tab", "synced")] == ["Open work"]
    assert [row["subject"] for row in rows(twincal, ann, "--tab", "excluded")] == ["Dentist"]
    assert rows(twincal, ann, "--tab", "unresolved") == []
    assert [row["subject"] for row in rows(twincal, ann, "--code", "a09")] == ["Dentist"]
    assert [row["subject"] for row in rows(twincal, ann, "--search", "open")] == ["Open work"]
    table = twincal.does("history", ann).out
    assert "2027-03-05 09:00" in table and "Dentist" in table and "2 items." in table


def test_an_explanation_has_the_members_that_scripts_read(twincal: Twincal, ann: str) -> None:
    twincal.sandbox.book(ann, "Just us", **guest("stranger@elsewhere.example"))
    twincal.does("settings", "set", "mode=match", "--level", "user", "--who", ann)
    twincal.does("sync")
    found = twincal.does("explain", ann, "just us", "--json").json
    assert set(found) >= {"verdict", "headline", "trail", "deciding_setting", "to_change", "item"}
    assert found["verdict"] == "unresolved"
    assert all(set(step) == {"code", "because", "evidence"} for step in found["trail"])
    setting = found["deciding_setting"]
    assert (setting["key"], setting["value"], setting["level"]) == ("mode", "match", "user")
    assert setting["who"] and setting["when"]
    assert found["to_change"] and found["item"]["subject"] == "Just us"
    told = twincal.does("explain", ann, "just us").out
    assert found["headline"] in told and "mode = match" in told and "To change it:" in told


def test_an_item_is_found_by_its_ids_and_by_links(twincal: Twincal, ann: str) -> None:
    web_link = twincal.sandbox.book(ann, "Findable")["webLink"]
    twincal.does("sync")
    (row,) = rows(twincal, ann)
    link = f"https://org.lightning.force.com/lightning/r/Event/{row['salesforce_id']}/view"
    for text in (row["item"], row["exchange_id"], row["salesforce_id"], str(row["salesforce_id"])[:15], link, web_link, "find"):
        assert twincal.does("explain", ann, text, "--json").json["item"]["item"] == row["item"]


def test_a_private_item_is_listed_and_found_nowhere(twincal: Twincal, ann: str) -> None:
    twincal.sandbox.book(ann, "Secret", sensitivity="private")
    twincal.does("sync")
    assert rows(twincal, ann) == []
    assert "No item" in twincal.refuses("explain", ann, "Secret")
    assert twincal.sandbox.both(ann) == (["Secret"], [])


@pytest.mark.parametrize("verb", [("explain",), ("ignore",), ("retry",), ("choose", "exchange")])
def test_an_item_that_is_not_there_or_not_the_only_one(twincal: Twincal, ann: str, verb: tuple[str, ...]) -> None:
    twincal.sandbox.book(ann, "Weekly one")
    twincal.sandbox.book(ann, "Weekly two", day=6)
    twincal.does("sync")
    name, side = verb[0], verb[1:]
    assert "No item" in twincal.refuses(name, ann, "Yearly", *side)
    told = twincal.refuses(name, ann, "Weekly", *side)
    assert "2 items match" in told and "2027-03-05" in told and "Weekly two" in told
    assert "people list" in twincal.refuses(name, "nobody@northwind.example", "Weekly", *side)


def test_ignore_wants_one_thing(twincal: Twincal, ann: str) -> None:
    for words in ((), ("Item", "--address", "a@b.example"), ("--address", "a@b.example", "--domain", "b.example")):
        assert "Name one of ITEM, --address or --domain" in twincal.refuses("ignore", ann, *words)
    assert "not an address" in twincal.refuses("ignore", ann, "--address", "b.example")
    assert "not a domain" in twincal.refuses("ignore", ann, "--domain", "a@b.example")


def test_an_ignored_item_stays_as_it_is_until_it_is_retried(twincal: Twincal, ann: str) -> None:
    event = twincal.sandbox.book(ann, "Before")
    twincal.does("sync")
    twincal.does("ignore", ann, "Before")
    twincal.sandbox.act("exchange", ann, "change", id=event["id"], event={"subject": "After"})
    twincal.does("sync")
    assert twincal.sandbox.both(ann) == (["After"], ["Before"])
    assert rows(twincal, ann)[0]["tab"] == "excluded"
    twincal.does("retry", ann, "After", "--json")
    assert twincal.sandbox.both(ann) == (["After"], ["After"])


@pytest.mark.parametrize("form", ["--address", "--domain"])
def test_an_ignored_address_or_domain_is_matched_no_more(twincal: Twincal, ann: str, form: str) -> None:
    domain = f"{form.strip('-')}.{ann.split('@')[0]}.example"
    contact(twincal, ann, f"zoe@{domain}")
    twincal.does("settings", "set", "mode=match")
    ended = twincal.does("ignore", ann, form, f"zoe@{domain}" if form == "--address" else domain)
    assert "Ignore List" in ended.out
    twincal.sandbox.book(ann, "With Zoe", **guest(f"zoe@{domain}"))
    twincal.does("sync")
    assert twincal.sandbox.both(ann) == (["With Zoe"], [])
    values = {row["key"]: row["value"] for row in twincal.does("settings", "show", "--who", ann, "--json").json}
    assert domain in values["ignore_list"]


def test_everything_unresolved_is_tried_again(twincal: Twincal, ann: str) -> None:
    address = f"late@{ann.split('@')[0]}.example"
    twincal.does("settings", "set", "mode=match")
    twincal.sandbox.book(ann, "Early bird", **guest(address))
    twincal.does("sync")
    assert rows(twincal, ann)[0]["tab"] == "unresolved"
    contact(twincal, ann, address)
    ended = twincal.does("retry", ann)
    assert "1" in ended.out and rows(twincal, ann)[0]["tab"] == "synced"
    assert twincal.sandbox.both(ann) == (["Early bird"], ["Early bird"])


@pytest.mark.parametrize("side", ["exchange", "salesforce"])
def test_a_held_item_is_settled_by_naming_the_side(twincal: Twincal, ann: str, side: str) -> None:
    twincal.does("settings", "set", "conflict=hold")
    event = twincal.sandbox.book(ann, "Agreed")
    twincal.does("sync")
    (row,) = rows(twincal, ann)
    twincal.sandbox.act("exchange", ann, "change", id=event["id"], event={"subject": "Said in exchange"})
    fields = {"Subject": "Said in salesforce"}
    twincal.sandbox.act("salesforce", ann, "update", id=row["salesforce_id"], fields=fields)
    ended = twincal("sync", "--json")
    assert (ended.code, ended.json["people"][0]["held"]) == (0, 1)
    assert "is not a side" in twincal.refuses("choose", ann, "Said", "left")
    twincal.does("choose", ann, "Said", side, "--json")
    assert twincal.sandbox.both(ann) == ([f"Said in {side}"], [f"Said in {side}"])
    assert "not held" in twincal.refuses("choose", ann, "Said", side)


def test_a_value_that_lost_is_listed_and_put_back(twincal: Twincal, ann: str) -> None:
    item = twincal.sandbox.book(ann, "Agreed")
    twincal.does("sync")
    assert "has lost a conflict" in twincal.does("reinstate", ann, "Agreed").out
    event = {"subject": "Said in exchange"}
    twincal.sandbox.act("exchange", ann, "change", id=item["id"], event=event)
    fields = {"Subject": "Said in salesforce"}
    twincal.sandbox.act("salesforce", ann, "update", id=rows(twincal, ann)[0]["salesforce_id"], fields=fields)
    twincal.does("sync")
    assert "Said in salesforce" in twincal.does("reinstate", ann, "Said").out
    (lost,) = twincal.does("reinstate", ann, "Said", "--json").json
    assert (lost["field"], lost["value"]) == ("subject", "Said in salesforce")
    assert "has lost" in twincal.refuses("reinstate", ann, "Said", "place")
    twincal.does("reinstate", ann, "Said", "subject", "--value", "Said in salesforce")
    assert twincal.sandbox.both(ann) == (["Said in salesforce"], ["Said in salesforce"])


def test_what_is_only_likely_is_shown_beforehand_and_paired(twincal: Twincal, ann: str) -> None:
    twincal.sandbox.book(ann, "Lunch with Bo")
    item = twincal.sandbox.act("exchange", ann, "book", event=AT_NOON | {"subject": "Dinner"})
    times = {"StartDateTime": "2027-03-09T12:00:00Z", "EndDateTime": "2027-03-09T13:00:00Z"}
    event = twincal.sandbox.act("salesforce", ann, "insert", fields={"Subject": "Dinner, late", **times})
    told = twincal.does("plan", ann).out
    assert "likely: wait for the person" in told and "It may be the same as an event in Salesforce" in told
    assert twincal("plan", "--json", ann).json[0]["adoption"] == {"same": 0, "alike": 0, "likely": 2, "surplus": 0}
    twincal.does("sync")
    assert twincal.sandbox.both(ann) == (["Dinner", "Lunch with Bo"], ["Dinner, late", "Lunch with Bo"])
    assert "Both stand in Exchange" in twincal.refuses("pair", ann, item["id"], item["id"])
    assert "waits for nobody" in twincal.refuses("pair", ann, "Lunch", event["Id"])
    twincal.does("pair", ann, item["id"], event["Id"])
    twincal.does("sync", "--json")
    assert twincal.sandbox.both(ann) == (["Dinner", "Lunch with Bo"], ["Dinner", "Lunch with Bo"])
    assert "waits for nobody" in twincal.refuses("pair", ann, item["id"], event["Id"], "--json")


def test_a_frozen_pair_thaws(twincal: Twincal, ann: str) -> None:
    event = twincal.sandbox.book(ann, "Moving target")
    twincal.does("sync")
    twincal.sandbox.act("exchange", ann, "change", id=event["id"], event={"categories": ["No sync"], "subject": "Frozen"})
    twincal.does("sync")
    assert twincal.sandbox.both(ann) == (["Frozen"], ["Moving target"])
    assert "No sync" in twincal.does("explain", ann, "Frozen").out
    twincal.sandbox.act("exchange", ann, "change", id=event["id"], event={"categories": []})
    twincal.does("sync")
    assert twincal.sandbox.both(ann) == (["Frozen"], ["Frozen"])


def test_a_tab_or_a_code_that_is_none(twincal: Twincal, ann: str) -> None:
    assert "unresolved, synced or excluded" in twincal.refuses("history", ann, "--tab", "done")
    assert "docs/decisions.md" in twincal.refuses("history", ann, "--code", "Z99")
    assert "people list" in twincal.refuses("history", "nobody@northwind.example")
