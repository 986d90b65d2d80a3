"""simple-salesforce against the sandbox, over TLS with the sandbox's own authority."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from tests.clients.salesforce_server import served
from tests.sandbox.salesforce_company import Company, company
from twincal.sandbox.certificates import make_certificates

HOUR = {"Subject": "Talk", "StartDateTime": "2026-11-24T09:00:00Z", "DurationInMinutes": 60}


@dataclass
class Connected:
    """The company, a client of its org, and the port the org is on."""

    there: Company
    client: Salesforce
    port: int


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Company, Path, int]]:
    files = make_certificates(tmp_path_factory.mktemp("certificates"))
    there = company(key_fields=True, page_size=200)
    with served(there.org, files.server_file) as port:
        yield there, files.ca_file, port


@pytest.fixture
def connected(running: tuple[Company, Path, int], monkeypatch: pytest.MonkeyPatch) -> Connected:
    there, authority, port = running
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    token = there.org.identity.open("integration@acme.example", there.org.id)
    return Connected(there, Salesforce(instance_url=f"https://localhost:{port}", session_id=token, version="67.0"), port)


def test_the_life_of_an_event(connected: Connected) -> None:
    events: Any = connected.client.Event
    made = events.create({**HOUR, "EventWhoIds": connected.there.contacts[:2]})
    assert made["success"] is True
    assert events.get(made["id"])["WhoId"] == connected.there.contacts[0]
    assert events.update(made["id"], {"Subject": "Moved"}) == 204
    assert events.get(made["id"])["Subject"] == "Moved"
    assert events.upsert("Twincal_Key__c/k1", HOUR) == 201
    assert events.upsert("Twincal_Key__c/k1", {"Subject": "Again"}) == 200
    assert events.get_by_custom_id("Twincal_Key__c", "k1")["Subject"] == "Again"
    assert events.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        events.get(made["id"])


def test_queries_page_by_page(connected: Connected) -> None:
    for number in range(450):
        connected.there.book(Subject=f"Page {number:03}")
    soql = "SELECT Id, Subject, Owner.Name FROM Event WHERE Subject LIKE 'Page %' ORDER BY Subject"
    first = connected.client.query(soql)
    assert (first["totalSize"], first["done"], len(first["records"])) == (450, False, 200)
    second = connected.client.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    assert [row["Subject"] for row in second["records"]] == [f"Page {number:03}" for number in range(200, 400)]
    whole = connected.client.query_all(soql)
    assert [row["Subject"] for row in whole["records"]] == [f"Page {number:03}" for number in range(450)]
    assert sum(1 for _ in connected.client.query_all_iter(soql)) == 450
    connected.there.org.delete("Event", whole["records"][0]["Id"], by=connected.there.admin)
    assert connected.client.query(soql, include_deleted=True)["totalSize"] == 450


def test_collections_through_composite(connected: Connected) -> None:
    rows = [{"attributes": {"type": "Contact"}, "LastName": f"Bulk {number}"} for number in range(200)]
    made = connected.client.restful("composite/sobjects", method="POST", json={"allOrNone": False, "records": rows})
    assert isinstance(made, list) and all(row["success"] for row in made)
    changes = [{"attributes": {"type": "Contact"}, "id": row["id"], "Title": "Boss"} for row in made]
    changed = connected.client.restful("composite/sobjects", method="PATCH", json={"records": changes})
    assert isinstance(changed, list) and len(changed) == 200
    assert connected.client.query("SELECT COUNT() FROM Contact WHERE Title = 'Boss'")["totalSize"] == 200


def test_describes_and_limits(connected: Connected) -> None:
    events: Any = connected.client.Event
    described = events.describe()
    assert {field["name"] for field in described["fields"]} >= {"WhoCount", "Twincal_Key__c"}
    listed: Any = connected.client.describe()
    assert {each["name"] for each in listed["sobjects"]} >= {"Event", "Contact", "User"}
    limits = connected.client.limits()
    assert limits["DailyApiRequests"]["Max"] == 100_000
    assert connected.client.api_usage["api-usage"].total == 100_000


def test_changes_by_time(connected: Connected) -> None:
    made = connected.there.book()
    connected.there.org.delete("Event", made, by=connected.there.ann)
    start, end = connected.there.clock.now(), connected.there.clock.now()
    events: Any = connected.client.Event
    span = (start.replace(hour=0), end.replace(hour=23))
    assert made in {row["id"] for row in events.deleted(*span)["deletedRecords"]}
    assert made not in events.updated(*span)["ids"]


def test_each_refusal_is_the_error_it_should_be(connected: Connected) -> None:
    events: Any = connected.client.Event
    contacts: Any = connected.client.Contact
    with pytest.raises(SalesforceMalformedRequest) as malformed:
        events.create({**HOUR, "ShowAs": "Tentative"})
    content: Any = malformed.value.content
    assert content[0]["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    with pytest.raises(SalesforceMalformedRequest):
        connected.client.query("SELECT Nope FROM Event")
    for name in ("One", "Two"):
        contacts.create({"LastName": name, "Email": "both@x.example"})
    with pytest.raises(SalesforceMoreThanOneRecord):
        contacts.get_by_custom_id("Email", "both@x.example")
    connected.there.org.quirks.refuse_with_limit = 1
    with pytest.raises(SalesforceRefusedRequest):
        events.create(HOUR)
    stranger = Salesforce(instance_url=f"https://localhost:{connected.port}", session_id="none", version="67.0")
    with pytest.raises(SalesforceExpiredSession):
        stranger.query("SELECT Id FROM Event")
