"""The REST API: rows, external ids, collections, composite, pages, conditional requests, feeds of changes."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.sandbox.salesforce_company import DATA, Company, ask, company, wire

HOUR: dict[str, Any] = {"Subject": "Talk", "StartDateTime": "2026-11-24T09:00:00Z", "DurationInMinutes": 60}
EVENT = {"attributes": {"type": "Event"}, **HOUR}


@pytest.fixture
def acme() -> Company:
    return company(key_fields=True)


async def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["errorCode"]


async def test_the_life_of_a_row(acme: Company) -> None:
    async with wire(acme) as client:
        made = await client.post(f"{DATA}/sobjects/Event", json=HOUR)
        assert (made.status_code, made.json()["success"], made.json()["errors"]) == (201, True, [])
        at = made.headers["Location"]
        assert at == f"{DATA}/sobjects/Event/{made.json()['id']}"
        assert (await client.patch(at, json={"Subject": "Moved"})).status_code == 204
        row = (await client.get(at[:-3], params={"fields": "subject,OwnerId"})).json()
        assert row == {
            "attributes": {"type": "Event", "url": at},
            "Subject": "Moved",
            "OwnerId": acme.admin,
            "Id": made.json()["id"],
        }
        assert (await client.get(at)).json()["IsDeleted"] is False
        assert (await client.delete(at)).status_code == 204
        for method in ("GET", "PATCH", "DELETE"):
            assert await error_of(await client.request(method, at, json={} if method == "PATCH" else None)) == (
                404,
                "ENTITY_IS_DELETED",
            )
        assert await error_of(await client.get(f"{DATA}/sobjects/Event/00U000000000000AAA")) == (404, "NOT_FOUND")
        assert await error_of(await client.put(at, json={})) == (405, "METHOD_NOT_ALLOWED")
        assert await error_of(await client.get(f"{DATA}/sobjects/Nope/x")) == (404, "NOT_FOUND")
        assert await error_of(await client.post(f"{DATA}/sobjects/Event", content=b"{nope")) == (400, "JSON_PARSER_ERROR")


async def test_rows_by_an_external_id(acme: Company) -> None:
    at = f"{DATA}/sobjects/Event/Twincal_Key__c/{quote('a/b+c', safe='')}"
    async with wire(acme) as client:
        made = await client.patch(at, json=HOUR)
        assert (made.status_code, made.json()["created"]) == (201, True)
        again = await client.patch(at, json={"Subject": "Again"})
        assert (again.status_code, again.json()) == (
            200,
            {"id": made.json()["id"], "success": True, "errors": [], "created": False},
        )
        assert (await client.get(at)).json()["Twincal_Key__c"] == "a/b+c"
        assert await error_of(await client.get(f"{DATA}/sobjects/Event/Twincal_Key__c/A")) == (404, "NOT_FOUND")
        assert await error_of(await client.patch(f"{DATA}/sobjects/Event/Subject/x", json={})) == (404, "NOT_FOUND")
        refused = await client.post(f"{DATA}/sobjects/Event", json={**HOUR, "Twincal_Key__c": "a/b+c"})
        assert await error_of(refused) == (400, "DUPLICATE_VALUE")
        text = f"duplicate value found: Twincal_Key__c duplicates value on record with id: {made.json()['id'][:15]}"
        assert refused.json()[0]["message"] == text
        assert (await client.post(f"{DATA}/sobjects/Event", json={**HOUR, "Twincal_Key__c": "A/B+C"})).status_code == 201
        assert (await client.delete(at)).status_code == 204
        assert (await client.patch(at, json=HOUR)).status_code == 201


async def test_an_address_of_two_is_ambiguous(acme: Company) -> None:
    for name in ("One", "Two"):
        acme.org.insert("Contact", {"LastName": name, "Email": "Both@x.example"}, by=acme.admin)
    async with wire(acme) as client:
        answer = await client.patch(f"{DATA}/sobjects/Contact/Email/both@x.example", json={"LastName": "Which"})
        one = await client.patch(f"{DATA}/sobjects/Contact/Email/KIM0@globex.example", json={"Title": "Boss"})
    assert answer.status_code == 300 and len(answer.json()) == 2
    assert (one.status_code, one.json()["id"]) == (200, acme.contacts[0])


async def test_collections_answer_row_by_row(acme: Company) -> None:
    records = [EVENT, {**EVENT, "Subject": "x" * 256}, EVENT]
    async with wire(acme) as client:
        answer = await client.post(f"{DATA}/composite/sobjects", json={"records": records})
        assert answer.status_code == 200
        good, bad, last = answer.json()
        assert (set(good), good["success"], last["success"]) == ({"id", "success", "errors"}, True, True)
        assert (set(bad), bad["success"], bad["errors"][0]["statusCode"]) == ({"success", "errors"}, False, "STRING_TOO_LONG")
        assert bad["errors"][0]["fields"] == ["Subject"]
        changed = await client.patch(
            f"{DATA}/composite/sobjects",
            json={"records": [
                {"attributes": {"type": "Event"}, "id": good["id"], "Subject": "New"},
                {"attributes": {"type": "Event"}, "id": "00U000000000000AAA", "Subject": "New"},
            ]},
        )  # fmt: skip
        assert [row["success"] for row in changed.json()] == [True, False]
        read = await client.post(
            f"{DATA}/composite/sobjects/Event", json={"ids": [last["id"], "00U000000000000AAA", good["id"]], "fields": ["Subject"]}
        )
        assert [row and row["Subject"] for row in read.json()] == ["Talk", None, "New"]
        gone = await client.delete(f"{DATA}/composite/sobjects", params={"ids": f"{good['id']},{last['id']}"})
        assert [row["success"] for row in gone.json()] == [True, True]
        assert (await ask(client, "SELECT COUNT() FROM Event"))["totalSize"] == 0


async def test_all_or_none(acme: Company) -> None:
    async with wire(acme) as client:
        body = {"allOrNone": True, "records": [EVENT, {**EVENT, "ShowAs": "Maybe"}]}
        rows = (await client.post(f"{DATA}/composite/sobjects", json=body)).json()
        codes = [row["errors"][0]["statusCode"] for row in rows]
        assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"]
        assert (await ask(client, "SELECT COUNT() FROM Event"))["totalSize"] == 0


async def test_collections_have_limits(acme: Company) -> None:
    person = {"attributes": {"type": "Contact"}, "LastName": "X"}
    async with wire(acme) as client:
        many = await client.post(f"{DATA}/composite/sobjects", json={"records": [EVENT] * 201})
        mixed = await client.post(f"{DATA}/composite/sobjects", json={"records": [EVENT, person] * 6})
        five = await client.post(f"{DATA}/composite/sobjects", json={"records": [EVENT, person] * 5})
    assert (many.status_code, mixed.status_code, five.status_code) == (400, 400, 200)
    assert "chunks" in mixed.json()[0]["message"]


async def test_collections_upsert(acme: Company) -> None:
    at = f"{DATA}/composite/sobjects/Event/Twincal_Key__c"
    async with wire(acme) as client:
        first = (await client.patch(at, json={"records": [{**EVENT, "Twincal_Key__c": key} for key in "ab"]})).json()
        second = (await client.patch(at, json={"records": [{**EVENT, "Twincal_Key__c": key} for key in "bc"]})).json()
    assert [row["created"] for row in first + second] == [True, True, False, True]
    assert second[0]["id"] == first[1]["id"]


def part(method: str, address: str, name: str, body: Any = None, **headers: str) -> dict[str, Any]:
    return {"method": method, "url": DATA + address, "referenceId": name, "body": body, "httpHeaders": headers}


async def test_composite_parts_refer_to_earlier_ones(acme: Company) -> None:
    parts = [
        part("POST", "/sobjects/Event", "ev", HOUR),
        part("POST", "/sobjects/EventRelation", "rel", {"EventId": "@{ev.id}", "RelationId": acme.contacts[0]}),
        part("POST", "/composite/sobjects", "more", {"records": [EVENT]}),
        part("PATCH", "/sobjects/Event/@{more[0].id}", "changed", {"Subject": "Second"}),
        part("GET", "/query?q=SELECT Subject, (SELECT RelationId FROM EventRelations) FROM Event WHERE Id = '@{ev.id}'", "read"),
        part("GET", "/sobjects/Event/@{read.records[0].Nope}", "lost"),
    ]
    used = acme.org.meter.used
    async with wire(acme) as client:
        answer = await client.post(f"{DATA}/composite", json={"compositeRequest": parts})
    results = answer.json()["compositeResponse"]
    assert [each["httpStatusCode"] for each in results] == [201, 201, 200, 204, 200, 400]
    assert set(results[0]) == {"body", "httpHeaders", "httpStatusCode", "referenceId"}
    assert results[0]["httpHeaders"]["Location"].endswith(results[0]["body"]["id"])
    assert results[4]["body"]["records"][0]["EventRelations"]["records"][0]["RelationId"] == acme.contacts[0]
    assert results[5]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert acme.org.meter.used == used + 1, "a composite request counts once"


async def test_composite_all_or_none_rolls_back(acme: Company) -> None:
    parts = [part("POST", "/sobjects/Event", "ev", HOUR), part("POST", "/sobjects/EventRelation", "rel", {"EventId": "@{ev.id}"})]
    async with wire(acme) as client:
        answer = await client.post(f"{DATA}/composite", json={"allOrNone": True, "compositeRequest": parts})
        assert (await ask(client, "SELECT COUNT() FROM Event"))["totalSize"] == 0
    halted, failed = answer.json()["compositeResponse"]
    assert (halted["httpStatusCode"], halted["body"][0]["errorCode"]) == (400, "PROCESSING_HALTED")
    assert failed["body"][0]["errorCode"] == "INVALID_CROSS_REFERENCE_KEY"


async def test_composite_has_limits(acme: Company) -> None:
    async with wire(acme) as client:
        many = await client.post(
            f"{DATA}/composite", json={"compositeRequest": [part("GET", "/limits", f"r{n}") for n in range(26)]}
        )
        queries = [part("GET", "/query?q=SELECT Id FROM Event", f"r{n}") for n in range(6)]
        heavy = await client.post(f"{DATA}/composite", json={"compositeRequest": queries})
    assert (many.status_code, heavy.status_code) == (400, 400)


async def test_a_batch_is_independent_and_counts_each_part(acme: Company) -> None:
    used = acme.org.meter.used
    requests = [
        {"method": "GET", "url": "v68.0/sobjects/Event/00U000000000000AAA"},
        {"method": "POST", "url": "v68.0/sobjects/Event", "richInput": HOUR},
    ]
    async with wire(acme) as client:
        answer = (await client.post(f"{DATA}/composite/batch", json={"batchRequests": requests})).json()
        halted = (await client.post(f"{DATA}/composite/batch", json={"haltOnError": True, "batchRequests": requests})).json()
    assert (answer["hasErrors"], [each["statusCode"] for each in answer["results"]]) == (True, [404, 201])
    assert [each["statusCode"] for each in halted["results"]] == [404, 412]
    assert acme.org.meter.used == used + 4


async def test_pages(acme: Company) -> None:
    for number in range(450):
        acme.book(Subject=f"Talk {number:03}")
    async with wire(acme) as client:
        first = await ask(client, "SELECT Subject FROM Event ORDER BY Subject", headers={"Sforce-Query-Options": "batchSize=200"})
        assert (first["totalSize"], first["done"], len(first["records"])) == (450, False, 200)
        second = (await client.get(first["nextRecordsUrl"])).json()
        again = (await client.get(first["nextRecordsUrl"])).json()
        third = (await client.get(second["nextRecordsUrl"])).json()
        assert again == second
        assert (third["done"], "nextRecordsUrl" in third) == (True, False)
        names = [row["Subject"] for page in (first, second, third) for row in page["records"]]
        assert names == [f"Talk {number:03}" for number in range(450)]
        acme.org.quirks.locators_expire = True
        assert await error_of(await client.get(first["nextRecordsUrl"])) == (400, "INVALID_QUERY_LOCATOR")


async def test_conditional_requests_go_by_the_last_change(acme: Company) -> None:
    at = f"{DATA}/sobjects/Event/{acme.book()}"
    async with wire(acme) as client:
        read = await client.get(at)
        seen = read.headers["Last-Modified"]
        assert "ETag" not in read.headers
        assert (await client.get(at, headers={"If-Modified-Since": seen})).status_code == 304
        assert (await client.patch(at, json={"Subject": "A"}, headers={"If-Unmodified-Since": seen})).status_code == 204
        acme.clock.pass_by(seconds=2)
        acme.org.update("Event", at.rsplit("/", 1)[1], {"Subject": "B"}, by=acme.ann)
        late = await client.patch(at, json={"Subject": "C"}, headers={"If-Unmodified-Since": seen})
        assert await error_of(late) == (412, "PRECONDITION_FAILED")
        parts = [part("PATCH", at.removeprefix(DATA), "p", {"Subject": "C"}, **{"If-Unmodified-Since": seen})]
        within = (await client.post(f"{DATA}/composite", json={"compositeRequest": parts})).json()
        assert within["compositeResponse"][0]["httpStatusCode"] == 412
        assert (await client.patch(at, json={}, headers={"If-Unmodified-Since": "yesterday"})).status_code == 400
        assert (await client.get(at, headers={"If-Modified-Since": seen})).json()["Subject"] == "B"
        assert (await client.delete(at, headers={"If-Unmodified-Since": seen})).status_code == 204


async def test_feeds_of_changes(acme: Company) -> None:
    kept, gone, erased = acme.book(), acme.book(), acme.book()
    acme.clock.pass_by(minutes=10)
    acme.org.delete("Event", gone, by=acme.ann)
    acme.org.hard_delete("Event", erased)
    span = {"start": "2026-11-23T07:00:00+00:00", "end": "2026-11-23T09:00:00+00:00"}
    async with wire(acme) as client:
        updated = (await client.get(f"{DATA}/sobjects/Event/updated/", params=span)).json()
        deleted = (await client.get(f"{DATA}/sobjects/Event/deleted/", params=span)).json()
        assert updated == {"ids": [kept], "latestDateCovered": "2026-11-23T08:10:00.000+0000"}
        early = {**span, "end": "2026-11-23T08:10:00+00:00"}
        assert (await client.get(f"{DATA}/sobjects/Event/deleted/", params=early)).json()["deletedRecords"] == []
        assert deleted["deletedRecords"] == [{"id": gone, "deletedDate": "2026-11-23T08:10:00.000+0000"}]
        assert deleted["earliestDateAvailable"] == "2026-11-08T08:10:00.000+0000"
        bin_rows = await ask(client, "SELECT Id, IsDeleted, LastModifiedById FROM Event WHERE IsDeleted = true", everything=True)
        assert [(row["Id"], row["LastModifiedById"]) for row in bin_rows["records"]] == [(gone, acme.ann)]
        acme.org.empty_recycle_bin()
        assert (await ask(client, "SELECT Id FROM Event WHERE IsDeleted = true", everything=True))["totalSize"] == 0
        assert (await client.get(f"{DATA}/sobjects/Event/deleted", params=span)).json()["deletedRecords"] == deleted[
            "deletedRecords"
        ]
        acme.org.quirks.delete_log_hours, acme.org.options.session_minutes = 2, 600
        acme.clock.pass_by(hours=3)
        span["end"] = "2026-11-23T11:00:00Z"
        late = (await client.get(f"{DATA}/sobjects/Event/deleted", params=span)).json()
        assert (late["deletedRecords"], late["earliestDateAvailable"]) == ([], "2026-11-23T09:10:00.000+0000")
        for wrong in ({"start": span["end"], "end": span["end"]}, {"start": "2026-01-01T00:00:00Z", "end": span["end"]}):
            refused = await client.get(f"{DATA}/sobjects/Event/deleted", params=wrong)
            assert await error_of(refused) == (400, "INVALID_REPLICATION_DATE")


async def test_addresses_have_a_length(acme: Company) -> None:
    async with wire(acme) as client:
        long = "SELECT Id FROM Event WHERE Subject IN ('" + "x" * 3000 + "','" * 4500 + "')"
        assert (await client.get(f"{DATA}/query?q=" + long)).status_code == 414
        heavy = {f"X-{n}": "x" * 1000 for n in range(13)}
        assert (
            await client.get(f"{DATA}/query?q=SELECT Id FROM Event WHERE Subject = '{'x' * 3900}'", headers=heavy)
        ).status_code == 431
        body = [
            part(
                "GET",
                f"/query?q={'SELECT Id FROM Event WHERE Id IN (' + ','.join(repr(acme.contacts[0]) for _ in range(2000)) + ')'}",
                "q",
            )
        ]
        assert (await client.post(f"{DATA}/composite", json={"compositeRequest": body})).json()["compositeResponse"][0][
            "httpStatusCode"
        ] == 200


async def test_addresses_are_read_generously(acme: Company) -> None:
    async with wire(acme) as client:
        for address in ("////services/data/v68.0//sobjects/Event/describe", f"{DATA}/sobjects/event/describe/"):
            assert (await client.get("http://acme.test" + address)).json()["name"] == "Event"
        assert await error_of(await client.get("/services/data/v29.0/limits")) == (410, "UNSUPPORTED_API_VERSION")
        assert await error_of(await client.get("/services/data/v69.0/limits")) == (404, "NOT_FOUND")
        assert set((await client.get("/services/data/v62.0/")).json()) >= {"sobjects", "query", "composite", "limits"}
        assert (await client.get("/services/data")).json()[-1] == {
            "label": "Winter '27",
            "url": "/services/data/v68.0",
            "version": "68.0",
        }


async def test_a_lightning_series_is_one_piece(acme: Company) -> None:
    days = [f"2026-11-{day}T09:00:00Z" for day in (22, 24, 25, 26)]
    ids = acme.org.plant_series({"Subject": "Standup", "DurationInMinutes": 15}, days, kind="lightning", by=acme.ann)
    async with wire(acme) as client:
        await client.patch(f"{DATA}/sobjects/Event/{ids[0]}", json={"Subject": "Past"})
        await client.patch(f"{DATA}/sobjects/Event/{ids[1]}", json={"Subject": "Daily", "StartDateTime": "2026-11-24T10:00:00Z"})
        soql = "SELECT Id, Subject, StartDateTime FROM Event WHERE GroupEventType != '3' ORDER BY StartDateTime"
        rows = (await ask(client, soql))["records"]
        assert [(row["Subject"], row["StartDateTime"][8:13]) for row in rows] == [
            ("Past", "22T09"), ("Daily", "24T10"), ("Daily", "25T10"), ("Daily", "26T10"),
        ]  # fmt: skip
        answer = await client.delete(f"{DATA}/sobjects/Event/{ids[2]}/fromThisEventOnwards")
        assert (answer.status_code, "Wait for all events" in answer.json()["success"]) == (200, True)
        assert [row["Id"] for row in (await ask(client, soql))["records"]] == ids[:2]


async def test_a_classic_series_has_a_master_that_is_no_appointment(acme: Company) -> None:
    ids = acme.org.plant_series(
        {"Subject": "Old", "DurationInMinutes": 15}, ["2026-11-24T09:00:00Z", "2026-11-25T09:00:00Z"], kind="classic", by=acme.ann
    )
    async with wire(acme) as client:
        rows = (await ask(client, "SELECT Id, RecurrenceActivityId FROM Event WHERE IsRecurrence = false"))["records"]
        masters = (await ask(client, "SELECT Id FROM Event WHERE IsRecurrence = true"))["records"]
    assert [row["Id"] for row in rows] == ids
    assert {row["RecurrenceActivityId"] for row in rows} == {masters[0]["Id"]}
