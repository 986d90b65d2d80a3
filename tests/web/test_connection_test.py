"""The page Connections: what its test finds, each thing that is missing by its name and with what helps."""

from datetime import timedelta
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.engine.stage import ANN, BEN
from tests.web.stage import Office
from tests.web.visitor import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

Rows = dict[str, tuple[str, str]]


def rows(page: Page) -> Rows:
    """What stands in the table: the result and what helps, by check."""
    cells = [[" ".join(one.text().split()) for one in row.css("th, td")] for row in HTMLParser(page.html).css("tbody tr")]
    return {check: (result, helps) for check, result, helps in cells}


async def tested(desk: Office, mailbox: str = "") -> Rows:
    admin = await desk.admin()
    await admin.get("/connections")
    return rows(await admin.post("/connections/test", mailbox=mailbox))


def missing(found: Rows) -> set[str]:
    return {check for check, (result, _) in found.items() if "missing" in result}


async def test_nothing_is_missing_where_all_is_given(desk: Office) -> None:
    found = await tested(desk)
    assert missing(found) == set()
    assert {"Exchange clock", "Salesforce clock", "Salesforce API calls"} <= set(found)
    assert "can be read" in found[f"Exchange mailbox {ANN}"][0]
    assert "has a calendar" in found[f"Salesforce user {ANN}"][0]
    assert "on: up to 50 Contacts on an event" in found["Salesforce Shared Activities"][0]


async def test_the_page_leads_through_what_has_to_be_granted(desk: Office) -> None:
    page = await (await desk.admin()).get("/connections")
    assert "grant consent at Microsoft" in page.text, "the link for an administrator of the tenant"
    assert "Without that it reaches every mailbox of the tenant" in page.text, "why the access should be limited to a scope"
    for way in ("JWT bearer", "client credentials", "PKCE", "Make a certificate (better) or a client secret"):
        assert way in page.text


async def test_what_is_missing_is_named_with_what_helps(desk: Office) -> None:
    stage = desk.stage
    await stage.weather(graph={"unlicensed": [BEN]})
    await stage.control("/clock", {"now": (stage.now + timedelta(minutes=12)).isoformat()})
    await stage.control("/org", {
        "shared_activities": False, "hidden_fields": ["Event.Location", "Contact.Email"], "hidden_objects": ["Lead"],
        "revoked": ["EditEvents", "ViewAllData", "ModifyAllData"],
    })  # fmt: skip
    found = await tested(desk, BEN)
    helps = {
        f"Exchange mailbox {BEN}": "licensed",
        "Exchange clock": "NTP",
        "Salesforce clock": "NTP",
        "Salesforce events": "Edit Events",
        "Salesforce event fields": "field-level security",
        "Salesforce Contact": "read Contact and its e-mail address",
        "Salesforce Lead": "read Lead",
        "Salesforce permission View All Data": "View All Data",
        "Salesforce permission Modify All Data": "Modify All Data",
    }
    assert missing(found) == set(helps)
    for check, word in helps.items():
        assert word in found[check][1], check
    assert "Location" in found["Salesforce event fields"][0]
    assert "12 minutes behind" in found["Exchange clock"][0]
    assert "off: one Contact or Lead on an event" in found["Salesforce Shared Activities"][0]
    assert "relate multiple contacts" in found["Salesforce Shared Activities"][1]


@pytest.mark.parametrize(
    ("app", "check", "told", "helps"),
    [
        ({"consented": False}, f"Exchange mailbox {ANN}", "permission is missing", "Calendars.ReadWrite and admin consent"),
        ({"permissions": []}, f"Exchange mailbox {ANN}", "permission is missing", "Calendars.ReadWrite and admin consent"),
        ({"permissions": ["Calendars.Read"]}, "Exchange permission", "can be read, not changed", "Calendars.ReadWrite"),
    ],
)
async def test_a_permission_that_is_not_granted_is_named(
    desk: Office, app: dict[str, Any], check: str, told: str, helps: str
) -> None:
    await desk.stage.control("/apps", {"system": "graph", **app})
    try:
        found = await tested(desk)
    finally:  # a reset of the sandbox keeps its apps
        await desk.stage.control("/apps", {"system": "graph", "permissions": ["Calendars.ReadWrite"], "consented": True})
    assert missing(found) == {check}
    assert told in found[check][0] and helps in found[check][1]


async def test_a_mailbox_beyond_the_scope_of_the_app_is_told_from_a_missing_consent(desk: Office) -> None:
    await desk.stage.weather(graph={"out_of_scope": [ANN]})
    found = await tested(desk)
    assert missing(found) == {f"Exchange mailbox {ANN}"}
    assert "Include the mailbox in the scope" in found[f"Exchange mailbox {ANN}"][1]


@pytest.mark.parametrize(
    ("profile", "changed", "told", "helps"),
    [
        ("Chatter Free User", {}, "the licence of the profile Chatter Free User is not for events", "Salesforce licence"),
        ("Sales User", {"IsActive": False}, "is not active", "Activate the user"),
        ("Sales User", {"Username": "eva@northwind.example"}, "there is no user of that name", "Check the username"),
    ],
)
async def test_a_salesforce_user_without_a_calendar_is_named(
    desk: Office, profile: str, changed: dict[str, Any], told: str, helps: str
) -> None:
    eve = "eve@northwind.example"
    order = {"name": "Eve Chat", "mailbox": eve, "salesforce_username": eve, "profile": profile}
    hired = await desk.stage.control("/people", order)
    await desk.service.add_person(eve, eve)
    if changed:
        await desk.stage.act("salesforce", BEN, "update", object="User", id=hired["salesforce_user_id"], fields=changed)
    found = await tested(desk, eve)
    assert missing(found) == {f"Salesforce user {eve}"}
    assert told in found[f"Salesforce user {eve}"][0] and helps in found[f"Salesforce user {eve}"][1]
