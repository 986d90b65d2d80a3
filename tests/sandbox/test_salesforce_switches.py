"""Every switch of the org, seen through the protocol."""

import gzip
from dataclasses import fields
from pathlib import Path

import pytest

from tests.sandbox.salesforce_company import DATA, Company, ask, company, wire
from twincal.sandbox.salesforce import OrgOptions, SalesforceQuirks

HOUR = {"Subject": "Talk", "StartDateTime": "2026-11-24T09:00:00Z", "DurationInMinutes": 60}


@pytest.fixture
def acme() -> Company:
    return company()


def test_every_switch_has_a_test() -> None:
    texts = "".join(path.read_text() for path in Path(__file__).parent.glob("test_salesforce_*.py"))
    names = [switch.name for kind in (OrgOptions, SalesforceQuirks) for switch in fields(kind)]
    assert [name for name in names if name not in texts] == []


async def test_shared_activities_change_the_describe(acme: Company) -> None:
    async with wire(acme) as client:
        for on in (True, False):
            acme.org.options.shared_activities = on
            event = (await client.get(f"{DATA}/sobjects/Event/describe")).json()
            junctions = {name for child in event["childRelationships"] for name in child["junctionIdListNames"]}
            assert ("WhoCount" in {field["name"] for field in event["fields"]}) is on
            assert ("EventWhoIds" in junctions) is on
            relation = (await client.get(f"{DATA}/sobjects/EventRelation/describe")).json()
            assert ("IsParent" in {field["name"] for field in relation["fields"]}) is on
            assert ((await client.get(f"{DATA}/sobjects/EventWhoRelation/describe")).status_code == 200) is on
            named = {each["name"] for each in (await client.get(f"{DATA}/sobjects")).json()["sobjects"]}
            assert ("EventWhoRelation" in named) is on


async def test_key_and_client_fields_appear_in_the_describe(acme: Company) -> None:
    async def names() -> dict[str, dict[str, object]]:
        return {field["name"]: field for field in (await client.get(f"{DATA}/sobjects/Event/describe")).json()["fields"]}

    async with wire(acme) as client:
        assert not {"Twincal_Key__c", "IsClientManaged"} & set(await names())
        acme.org.options.key_fields = acme.org.options.client_fields = True
        key = (await names())["Twincal_Key__c"]
        assert [key[name] for name in ("externalId", "unique", "caseSensitive", "custom", "length")] == [
            True,
            True,
            True,
            True,
            255,
        ]
        assert "IsClientManaged" in await names()


async def test_the_field_of_a_former_product_appears_in_the_describe(acme: Company) -> None:
    async with wire(acme) as client:
        for on in (False, True):
            acme.org.options.former_field = on
            fields = (await client.get(f"{DATA}/sobjects/Event/describe")).json()["fields"]
            assert ("Former_Id__c" in {field["name"] for field in fields}) is on


async def test_events_of_another_sync_product_cannot_be_changed(acme: Company) -> None:
    acme.org.options.client_fields = True
    made = acme.org.plant("Event", {**HOUR, "IsClientManaged": True, "ClientGuid": "g"}, by=acme.ann)
    async with wire(acme) as client:
        assert (await client.patch(f"{DATA}/sobjects/Event/{made}", json={"Subject": "x"})).status_code == 400
        assert (await client.patch(f"{DATA}/sobjects/Event/{made}", json={"IsReminderSet": True})).status_code == 204
        assert (await ask(client, "SELECT ClientGuid FROM Event WHERE IsClientManaged = true"))["totalSize"] == 1


async def test_page_size(acme: Company) -> None:
    acme.org.options.page_size = 2
    for _ in range(3):
        acme.book()
    async with wire(acme) as client:
        assert len((await ask(client, "SELECT Id FROM Event"))["records"]) == 2


async def test_the_daily_limit_refuses_and_is_told(acme: Company) -> None:
    acme.org.options.daily_limit = 2
    async with wire(acme) as client:
        first = await client.get(f"{DATA}/limits")
        assert first.headers["Sforce-Limit-Info"] == "api-usage=1/2"
        assert first.json()["DailyApiRequests"] == {"Max": 2, "Remaining": 1}
        await client.get(f"{DATA}/limits")
        refused = await client.get(f"{DATA}/limits")
        assert (refused.status_code, refused.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")
        assert "Retry-After" not in refused.headers
        acme.org.options.session_minutes = 3000
        acme.clock.pass_by(hours=25)
        assert (await client.get(f"{DATA}/limits")).headers["Sforce-Limit-Info"] == "api-usage=1/2"
        acme.org.quirks.refuse_with_limit = 1
        assert [(await client.get(f"{DATA}/limits")).status_code for _ in range(2)] == [403, 200]


async def test_old_events_are_archived_and_only_query_all_shows_them(acme: Company) -> None:
    old = acme.book(StartDateTime="2025-01-07T09:00:00Z", DurationInMinutes=60)
    before = acme.event(old)["SystemModstamp"]
    acme.clock.pass_by(minutes=1)
    acme.org.options.archive_after_days = 365
    async with wire(acme) as client:
        assert (await ask(client, "SELECT Id FROM Event"))["totalSize"] == 0
        [row] = (await ask(client, "SELECT IsArchived, IsDeleted, SystemModstamp FROM Event", everything=True))["records"]
        assert (row["IsArchived"], row["IsDeleted"], row["SystemModstamp"] > before) == (True, False, True)
        assert (await client.patch(f"{DATA}/sobjects/Event/{old}", json={"Subject": "Still mine"})).status_code == 204


async def test_the_recycle_bin_empties_itself(acme: Company) -> None:
    acme.org.options.session_minutes = 60 * 24 * 30
    acme.org.options.recycle_bin_days = 3
    gone = acme.book()
    acme.org.delete("Event", gone, by=acme.ann)
    async with wire(acme) as client:
        acme.clock.pass_by(days=2)
        assert (await ask(client, "SELECT Id FROM Event", everything=True))["totalSize"] == 1
        acme.clock.pass_by(days=2)
        assert (await ask(client, "SELECT Id FROM Event", everything=True))["totalSize"] == 0


async def test_gzip_only_when_asked_and_allowed(acme: Company) -> None:
    async with wire(acme) as client:
        for allowed, asked in ((True, True), (True, False), (False, True)):
            acme.org.options.gzip = allowed
            headers = {"Accept-Encoding": "gzip" if asked else "identity"}
            answer = await client.get(f"{DATA}/sobjects", headers=headers)
            assert (answer.headers.get("Content-Encoding") == "gzip") is (allowed and asked)
            assert answer.json()["maxBatchSize"] == 200
        packed = gzip.compress(b'{"LastName": "Packed"}')
        made = await client.post(f"{DATA}/sobjects/Contact", content=packed, headers={"Content-Encoding": "gzip"})
        assert made.status_code == 201


async def test_hidden_fields_do_not_exist_for_those_they_are_hidden_from(acme: Company) -> None:
    acme.org.options.hidden_fields = ["Event.Location:ann@acme.example"]
    async with wire(acme, username="ann@acme.example") as client:
        names = {field["name"] for field in (await client.get(f"{DATA}/sobjects/Event/describe")).json()["fields"]}
        asked = await client.get(f"{DATA}/query", params={"q": "SELECT Location FROM Event"})
        sent = await client.post(f"{DATA}/sobjects/Event", json={**HOUR, "Location": "x"})
        read = await client.get(f"{DATA}/sobjects/Event/{acme.book()}")
    assert "Location" not in names and "Location" not in read.json()
    assert asked.json()[0]["errorCode"] == sent.json()[0]["errorCode"] == "INVALID_FIELD"
    async with wire(acme) as client:
        assert (await client.post(f"{DATA}/sobjects/Event", json={**HOUR, "Location": "x"})).status_code == 201


async def test_hidden_objects_do_not_exist_for_those_they_are_hidden_from(acme: Company) -> None:
    acme.org.delete("Event", acme.book(), by=acme.ann)
    acme.clock.pass_by(minutes=5)
    acme.org.options.hidden_objects = ["Event:ann@acme.example"]
    span = {"start": "2026-11-01T00:00:00Z", "end": "2026-11-30T00:00:00Z"}
    for username, status, code in (("ann@acme.example", 404, "INVALID_TYPE"), ("bob@acme.example", 200, "")):
        async with wire(acme, username=username) as client:
            asked = await client.get(f"{DATA}/query", params={"q": "SELECT Id FROM Event"})
            gone = await client.get(f"{DATA}/sobjects/Event/deleted", params=span)
        assert (asked.status_code == 200, gone.status_code) == (status == 200, status)
        assert not code or asked.json()[0]["errorCode"] == gone.json()[0]["errorCode"] == code


async def test_queries_that_stop_early_say_that_this_was_all(acme: Company) -> None:
    acme.book(), acme.book(), acme.book()
    acme.org.quirks.queries_stop_after = 2
    async with wire(acme) as client:
        found = await ask(client, "SELECT Id FROM Event")
        assert (len(found["records"]), found["done"]) == (2, True)
        acme.org.quirks.queries_stop_after = 0
        assert len((await ask(client, "SELECT Id FROM Event"))["records"]) == 3


async def test_read_only_fields_are_described_so_and_refused(acme: Company) -> None:
    acme.org.options.read_only_fields = ["Event.Subject"]
    async with wire(acme) as client:
        described = {field["name"]: field for field in (await client.get(f"{DATA}/sobjects/Event/describe")).json()["fields"]}
        refused = await client.post(f"{DATA}/sobjects/Event", json=HOUR)
    assert (described["Subject"]["createable"], described["Subject"]["updateable"]) == (False, False)
    assert refused.json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


async def test_revoked_permissions(acme: Company) -> None:
    private = acme.book(IsPrivate=True)
    async with wire(acme) as client:
        assert (await ask(client, "SELECT Id FROM Event"))["totalSize"] == 1, "View All Data shows private events too"
        acme.org.options.revoked = ["ViewAllData", "ModifyAllData"]
        assert (await ask(client, "SELECT Id FROM Event"))["totalSize"] == 0
        assert (await client.patch(f"{DATA}/sobjects/Event/{private}", json={"Subject": "x"})).status_code == 404
        acme.org.options.revoked = ["EditEvents:integration@acme.example"]
        refused = await client.post(f"{DATA}/sobjects/Event", json=HOUR)
        assert (refused.status_code, refused.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
        acme.org.options.revoked = ["ViewSetup"]
        assert (await client.get(f"{DATA}/limits")).status_code == 403
        acme.org.options.revoked = ["ApiEnabled"]
        refused = await client.get(f"{DATA}/sobjects")
        assert (refused.status_code, refused.json()[0]["errorCode"]) == (403, "API_DISABLED_FOR_ORG")


async def test_without_modify_all_others_events_are_read_only(acme: Company) -> None:
    known = acme.book(WhoId=acme.contacts[0])
    async with wire(acme, username="bob@acme.example") as client:
        assert (await client.get(f"{DATA}/sobjects/Event/{known}")).status_code == 200
        refused = await client.patch(f"{DATA}/sobjects/Event/{known}", json={"Subject": "x"})
        assert (refused.status_code, refused.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")


async def test_calendars_may_be_closed_to_others(acme: Company) -> None:
    async with wire(acme, username="bob@acme.example") as client:
        body = {**HOUR, "OwnerId": acme.ann}
        assert (await client.post(f"{DATA}/sobjects/Event", json=body)).status_code == 201
        acme.org.options.calendars_open = False
        assert (await client.post(f"{DATA}/sobjects/Event", json=body)).status_code == 403


async def test_locks_and_other_refusals_last_as_long_as_told(acme: Company) -> None:
    acme.org.quirks.row_locks = 1
    acme.org.quirks.write_errors = ["CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "STORAGE_LIMIT_EXCEEDED"]
    record = {"attributes": {"type": "Event"}, **HOUR}
    async with wire(acme) as client:
        rows = (await client.post(f"{DATA}/composite/sobjects", json={"records": [record] * 4})).json()
        assert (await ask(client, "SELECT COUNT() FROM Event"))["totalSize"] == 1
    codes = [row["errors"][0]["statusCode"] for row in rows[:3]]
    assert codes == ["UNABLE_TO_LOCK_ROW", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "STORAGE_LIMIT_EXCEEDED"]
    assert rows[3]["success"] is True


async def test_late_commits_appear_behind_the_cursor(acme: Company) -> None:
    acme.org.quirks.commit_skew_seconds, acme.org.quirks.commit_skew_every = 30, 2
    stamps = [acme.event(acme.book())["SystemModstamp"][11:19] for _ in range(4)]
    assert sorted(set(stamps)) == ["07:59:30", "08:00:00"]
    assert stamps[0] == stamps[2] != stamps[1] == stamps[3]


async def test_too_broad_a_query_is_refused(acme: Company) -> None:
    acme.org.quirks.largest_event_query = 1
    acme.book(), acme.book()
    async with wire(acme) as client:
        refused = await client.get(f"{DATA}/query", params={"q": "SELECT Id FROM Event"})
        assert refused.json()[0]["errorCode"] == "OPERATION_TOO_LARGE"
        assert (await ask(client, "SELECT Id FROM Event LIMIT 1"))["totalSize"] == 1


@pytest.mark.parametrize(("told", "seen"), [("", None), ("0", "0")])
async def test_a_plain_events_group_type_is_null_or_zero(acme: Company, told: str, seen: str | None) -> None:
    acme.org.quirks.plain_group_event_type = told
    acme.book()
    async with wire(acme) as client:
        rows = (await ask(client, "SELECT GroupEventType FROM Event WHERE GroupEventType != '3'"))["records"]
    assert [row["GroupEventType"] for row in rows] == [seen]
