"""People to add are found in Salesforce by name, address or Salesforce profile, with their mailbox proposed."""

from tests.cli.stage import Sandbox, Twincal


def hire(world: Sandbox, first: str, profile: str, username: str = "") -> str:
    """Somebody called Finder in both systems; the mailbox."""
    mailbox = f"{first.lower()}.finder@northwind.example"
    order = {"name": f"{first} Finder", "mailbox": mailbox, "salesforce_username": username or mailbox, "profile": profile}
    world.ask("/people", order)
    return mailbox


def share(world: Sandbox, mailbox: str, username: str) -> None:
    """A Salesforce user gets an address that another one has too."""
    user = next(one["salesforce_user_id"] for one in world.ask("/people") if one["salesforce_username"] == username)
    order = {"system": "salesforce", "who": username, "action": "update", "object": "User", "id": user}
    world.ask("/act", {**order, "fields": {"Email": mailbox}})


def test_people_are_found_by_name_and_by_profile_and_then_added(twincal: Twincal) -> None:
    mia = hire(twincal.sandbox, "Mia", "Sales User", username="mia@northwind.example.crm")
    noa, _ = hire(twincal.sandbox, "Noa", "Standard User"), hire(twincal.sandbox, "Oda", "Chatter Free User")
    found = twincal.does("people", "find", "FINDER", "--json").json
    assert [(one["username"], one["mailbox"], one["profile"]) for one in found] == [
        ("mia@northwind.example.crm", mia, "Sales User"), (noa, noa, "Standard User")]  # fmt: skip
    for text in ("Mia Finder", "MIA.FINDER@", "example.crm", "sales us"):
        assert [one["mailbox"] for one in twincal.does("people", "find", text, "--json").json] == [mia], text
    assert "Nobody yet" in twincal.does("people", "list").said, "who is found is not added"
    twincal.does("people", "add", mia, "--salesforce", found[0]["username"])
    told = twincal.does("people", "find", "finder").said
    assert f"is here already: {mia}" in told and told.count("is here already") == 1 and "also the address" not in told
    share(twincal.sandbox, mia, noa)
    told = twincal.does("people", "find", "finder").said
    assert f"is here already: {mia}; also the address of {noa}" in told, "of two users with one address only one can be added"
    assert "people add MAILBOX --salesforce USERNAME" in told
    assert "no active user" in twincal.does("people", "find", "nobody like her").said
