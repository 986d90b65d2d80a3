"""Writing through Graph: what is taken, what comes back, what is refused."""

from typing import Any

import pytest

from tests.sandbox.graph_company import ANN, BOB, WINDOW, asking, company, meeting, quirk, signed_in, weekly

EVENTS = f"/v1.0/users/{ANN}/events"


async def test_create_read_patch_delete() -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        made = await http.post(EVENTS, json=meeting("Review", "2026-12-01", BOB, showAs="OOF", sensitivity="Private"))
        assert made.status_code == 201
        event = made.json()
        assert (event["showAs"], event["sensitivity"], event["type"]) == ("oof", "private", "singleInstance")
        assert event["start"] == {"dateTime": "2026-12-01T09:00:00.0000000", "timeZone": "UTC"}
        assert (event["isReminderOn"], event["reminderMinutesBeforeStart"], event["seriesMasterId"]) == (True, 15, None)
        assert "transactionId" not in event
        one = f"{EVENTS}/{event['id']}"
        read = (await http.get(one)).json()
        assert read == event
        patched = (await http.patch(one, json={"location": {"displayName": "Hall"}})).json()
        assert patched["locations"] == [patched["location"]]
        assert patched["changeKey"] != event["changeKey"]
        assert patched["@odata.etag"] == f'W/"{patched["changeKey"]}"'
        assert (await http.delete(one)).status_code == 204
        gone = await http.get(one)
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "ErrorItemNotFound")
    assert [(mail.kind, mail.by) for mail in exchange.mail] == [
        ("invitation", "app"), ("update", "app"), ("cancellation", "app"),
    ]  # fmt: skip


async def test_if_match() -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        event = (await http.post(EVENTS, json=meeting())).json()
        one = f"{EVENTS}/{event['id']}"
        stale = {"If-Match": event["@odata.etag"]}
        assert (await http.patch(one, json={"subject": "One"}, headers=stale)).status_code == 200
        lost = await http.patch(one, json={"subject": "Two"}, headers=stale)
        assert (lost.status_code, lost.json()["error"]["code"]) == (412, "ErrorIrresolvableConflict")
        assert (await http.delete(one, headers=stale)).status_code == 412
        with quirk(exchange, conflict_every=1):
            assert (await http.patch(one, json={"subject": "Two"})).status_code == 412
        with quirk(exchange, if_match_on_delete=False):
            assert (await http.delete(one, headers=stale)).status_code == 204


async def test_a_transaction_id_makes_one_event() -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        payload = meeting(transactionId="link-1")
        first, second = [(await http.post(EVENTS, json=payload)).json() for _ in range(2)]
        assert first["id"] == second["id"]
        assert first["transactionId"] == "link-1"
        other = await http.post(EVENTS, json={**payload, "subject": "Other"})
        error = other.json()["error"]
        assert (other.status_code, error["code"]) == (409, "ErrorDuplicateTransactionId")
        assert error["@event.existingEventId"] == first["id"]
        with quirk(exchange, duplicate_transaction_status=400, duplicate_names_existing=False):
            other = await http.post(EVENTS, json={**payload, "subject": "Other"})
        assert other.status_code == 400
        assert "@event.existingEventId" not in other.json()["error"]
        with quirk(exchange, same_transaction_returns_event=False):
            assert (await http.post(EVENTS, json=payload)).status_code == 409
        with quirk(exchange, transaction_amnesia=True):
            assert (await http.post(EVENTS, json=payload)).json()["id"] != first["id"]
        patched = (await http.patch(f"{EVENTS}/{first['id']}", json={"transactionId": "other"})).json()
    assert patched["transactionId"] == "link-1"


async def test_bodies_are_cleaned_wrapped_and_the_text_echo_lies() -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        text = {"contentType": "Text", "content": "Agenda\n1 < 2"}
        event = (await http.post(EVENTS, json=meeting(body=text))).json()
        assert event["body"] == {"contentType": "text", "content": "Agenda\n1 < 2"}
        one = f"{EVENTS}/{event['id']}"
        read = (await http.get(one)).json()
        assert read["body"]["contentType"] == "html"
        assert "Agenda<br>\r\n1 &lt; 2" in read["body"]["content"]
        asked = await http.get(one, headers={"Prefer": 'outlook.body-content-type="text", IdType="ImmutableId"'})
        assert asked.json()["body"] == {"contentType": "text", "content": "Agenda\r\n1 < 2\r\n"}
        assert asked.json()["id"] != event["id"]
        assert 'outlook.body-content-type="text"' in asked.headers["preference-applied"]
        with quirk(exchange, text_echo_lies=False):
            echo = (await http.post(EVENTS, json=meeting(body=text))).json()
        assert echo["body"]["contentType"] == "html"
        html = {"contentType": "html", "content": '<p onclick="x()">Hi <a href="javascript:x">there</a></p><script>x</script>'}
        body = (await http.patch(one, json={"body": html})).json()["body"]["content"]
        assert body.startswith('<html>\r\n<head>\r\n<meta http-equiv="Content-Type"')
        assert "<p>Hi <a>there</a></p>" in body
        assert "script" not in body
        with quirk(exchange, charset_meta=True):
            body = (await http.patch(one, json={"body": html})).json()["body"]["content"]
        assert "us-ascii" in body


async def test_whole_days_are_midnight_in_any_zone() -> None:
    exchange = company()
    zone = "Pacific Standard Time"
    days = {
        "isAllDay": True,
        "start": {"dateTime": "2026-12-24T00:00:00", "timeZone": zone},
        "end": {"dateTime": "2026-12-26T00:00:00", "timeZone": zone},
    }
    async with signed_in(exchange) as http:
        event = (await http.post(EVENTS, json={**meeting(), **days})).json()
        for asked in ("UTC", "Tokyo Standard Time", "Europe/Berlin"):
            read = (await http.get(f"{EVENTS}/{event['id']}", headers={"Prefer": f'outlook.timezone="{asked}"'})).json()
            assert read["start"] == {"dateTime": "2026-12-24T00:00:00.0000000", "timeZone": asked}
            assert read["end"]["dateTime"] == "2026-12-26T00:00:00.0000000"
        found = await http.get(asking(EVENTS, filter="start/dateTime le '2026-12-24T00:00:00Z'"))
        assert found.json()["value"] == []


def times(start: str, end: str, zone: str = "UTC", end_zone: str = "") -> dict[str, Any]:
    """Start and end."""
    return {"start": {"dateTime": start, "timeZone": zone}, "end": {"dateTime": end, "timeZone": end_zone or zone}}


REFUSED: list[dict[str, Any]] = [
    times("2026-12-01T10:00:00", "2026-12-01T09:00:00"),
    {**times("2026-12-01T00:00:00", "2026-12-01T00:00:00"), "isAllDay": True},
    {**times("2026-12-01T00:00:00", "2026-12-01T10:00:00"), "isAllDay": True},
    {**times("2026-12-01T01:00:00", "2026-12-02T01:00:00"), "isAllDay": True},
    {**times("2026-12-01T00:00:00", "2026-12-02T00:00:00", "UTC", "Tokyo Standard Time"), "isAllDay": True},
    times("2026-12-01T09:00:00", "2026-12-01T10:00:00", "Mars Standard Time"),
    times("yesterday", "2026-12-01T10:00:00"),
    {"showAs": "asleep"},
    {"subject": 5},
    {"isAllDay": "yes"},
    {"attendees": {}},
    {"attendees": [{"emailAddress": {"name": "nobody"}}]},
    {"recurrence": {"pattern": {"type": "weekly", "interval": 1}, "range": {"type": "noEnd", "startDate": "2026-12-01"}}},
    {"recurrence": {"pattern": {"type": "daily", "interval": 0}, "range": {"type": "noEnd", "startDate": "2026-12-01"}}},
    {"recurrence": {"pattern": {"type": "daily"}, "range": {"type": "noEnd", "startDate": "2026-12-02"}}},
    {
        "recurrence": {
            "pattern": {"type": "daily"},
            "range": {"type": "endDate", "startDate": "2026-12-01", "endDate": "2026-11-01"},
        }
    },
]  # fmt: skip


@pytest.mark.parametrize("wrong", REFUSED, ids=str)
async def test_wrong_values_are_refused_and_leave_nothing(wrong: dict[str, Any]) -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        answer = await http.post(EVENTS, json={**meeting(), **wrong})
        assert answer.status_code == 400, answer.text
        assert (await http.get(EVENTS)).json()["value"] == []
    assert exchange.mail == []


async def test_a_zero_length_event_is_taken_and_missing_times_are_not() -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        made = await http.post(EVENTS, json={**meeting(), **times("2026-12-01T09:00:00", "2026-12-01T09:00:00")})
        assert made.status_code == 201
        assert len((await http.get(f"/v1.0/users/{ANN}/calendarView?{WINDOW}")).json()["value"]) == 1
        assert (await http.post(EVENTS, json={"subject": "x"})).status_code == 400
        assert (await http.post(EVENTS, content=b"{", headers={"Content-Type": "application/json"})).status_code == 400
        assert (await http.post(EVENTS, content=b"{}")).status_code == 400
        with quirk(exchange, subject_limit=255):
            assert (await http.post(EVENTS, json=meeting("x" * 256))).status_code == 400


async def test_extended_properties_are_searched_but_not_echoed() -> None:
    exchange = company()
    name = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Link"
    async with signed_in(exchange) as http:
        mark = {"singleValueExtendedProperties": [{"id": name, "value": "Key-1"}]}
        event = (await http.post(EVENTS, json={**meeting(), **mark})).json()
        await http.post(EVENTS, json=meeting("Other"))
        assert "singleValueExtendedProperties" not in event
        expand = f"singleValueExtendedProperties($filter=id eq '{name}')"
        read = (await http.get(asking(f"{EVENTS}/{event['id']}", expand=expand))).json()
        assert read["singleValueExtendedProperties"] == [{"id": name, "value": "Key-1"}]
        for value, number in (("key-1", 1), ("Key-2", 0)):
            condition = f"singleValueExtendedProperties/Any(ep: ep/id eq '{name}' and ep/value eq '{value}')"
            found = (await http.get(asking(EVENTS, filter=condition, expand=expand))).json()["value"]
            assert len(found) == number
        wrong = f"singleValueExtendedProperties/any(ep:ep/id eq '{name.lower()}' and ep/value eq 'Key-1')"
        assert (await http.get(asking(EVENTS, filter=wrong))).json()["value"] == []


async def test_online_meetings_are_a_one_way_switch() -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        event = (await http.post(EVENTS, json=meeting(isOnlineMeeting=True))).json()
        join = event["onlineMeeting"]["joinUrl"]
        assert event["onlineMeetingProvider"] == "teamsForBusiness"
        assert join in event["body"]["content"]
        one = f"{EVENTS}/{event['id']}"
        assert (await http.patch(one, json={"isOnlineMeeting": False})).json()["isOnlineMeeting"] is True
        assert (await http.patch(one, json={"body": {"contentType": "html", "content": "x"}})).json()["onlineMeeting"] is None


async def test_cancel_answer_and_permanent_delete() -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        event = (await http.post(EVENTS, json=meeting("Review", "2026-12-01", BOB))).json()
        theirs = (await http.get(f"/v1.0/users/{BOB}/events")).json()["value"][0]
        copy = f"/v1.0/users/{BOB}/events/{theirs['id']}"
        refused = await http.post(f"{copy}/cancel", json={"comment": "no"})
        assert (refused.status_code, "organizer" in refused.text) == (400, True)
        assert (await http.post(f"{copy}/tentativelyAccept", json={"comment": "?", "sendResponse": True})).status_code == 202
        assert (await http.get(copy)).json()["responseStatus"]["response"] == "tentativelyAccepted"
        assert (await http.post(f"{EVENTS}/{event['id']}/accept", json={})).status_code == 400
        assert (await http.post(f"{EVENTS}/{event['id']}/cancel", json={"Comment": "off"})).status_code == 202
        assert (await http.get(copy)).json()["isCancelled"] is True
        assert (await http.post(f"{copy}/permanentDelete")).status_code == 204
        assert (await http.get(copy)).status_code == 404
    assert [mail.kind for mail in exchange.mail] == ["invitation", "response", "cancellation"]
    assert exchange.mailbox(BOB).deleted == {}


async def test_instances_exceptions_and_cancelled_occurrences() -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        master = (await http.post(EVENTS, json=meeting("Weekly", recurrence=weekly()))).json()
        one = f"{EVENTS}/{master['id']}"
        found = (await http.get(f"{one}/instances?{WINDOW}&$select=subject,start")).json()["value"]
        assert [each.keys() for each in found] == [{"@odata.etag", "id", "subject", "start"}] * 4
        assert (await http.delete(f"{EVENTS}/{found[0]['id']}")).status_code == 204
        assert (await http.patch(f"{EVENTS}/{found[1]['id']}", json={"subject": "Other"})).json()["type"] == "exception"
        query = "$select=subject,cancelledOccurrences,exceptionOccurrences&$expand=exceptionOccurrences"
        read = (await http.get(f"{one}?{query}")).json()
        assert read["cancelledOccurrences"] == [f"OID.{master['id']}.2026-12-01"]
        assert [each["subject"] for each in read["exceptionOccurrences"]] == ["Other"]
        crossing = await http.patch(f"{EVENTS}/{found[2]['id']}", json=meeting("x", "2027-01-05"))
        assert crossing.json()["error"]["code"] == "ErrorOccurrenceCrossingBoundary"


async def test_ids_with_slashes_are_escaped_in_paths() -> None:
    exchange = company()
    exchange.quirks.slash_ids = True
    async with signed_in(exchange) as http:
        made = [(await http.post(EVENTS, json=meeting(str(number)))).json()["id"] for number in range(4)]
        assert any("/" in each or "+" in each for each in made)
        for number, each in enumerate(made):
            escaped = each.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D")
            assert (await http.get(f"{EVENTS}/{escaped}")).json()["subject"] == str(number)


async def test_private_items_come_in_full() -> None:
    exchange = company()
    exchange.book(ANN, meeting("Doctor", sensitivity="private", body={"contentType": "text", "content": "details"}))
    async with signed_in(exchange) as http:
        (event,) = (await http.get(f"/v1.0/users/{ANN}/calendarView?{WINDOW}")).json()["value"]
    assert (event["subject"], "details" in event["body"]["content"]) == ("Doctor", True)
