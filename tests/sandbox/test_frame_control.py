"""The sandbox's control address, over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.sandbox.stage import Stage, staged

ANN = "ann@northwind.example"
MEETING = {
    "subject": "Plan",
    "start": {"dateTime": "2027-03-04T09:00:00", "timeZone": "UTC"},
    "end": {"dateTime": "2027-03-04T10:00:00", "timeZone": "UTC"},
}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


async def test_the_line_has_all_that_scripts_need(stage: Stage) -> None:
    line = stage.line
    assert set(line) == {"graph", "salesforce", "ca_file", "control_url", "people"}
    assert line["graph"]["base_url"].endswith("/v1.0")
    assert line["graph"]["authority"].endswith("/" + line["graph"]["tenant"])
    assert line["graph"]["tls_base_url"].startswith("https://")
    assert {"login_url", "tls_login_url", "instance_url", "client_id", "client_secret", "api_version"} <= set(line["salesforce"])
    assert line["people"] == []
    assert (await stage.ask("GET", line["control_url"] + "/people")).json == []


async def test_a_person_is_added_to_both_systems(stage: Stage) -> None:
    person = await stage.add_ann()
    assert person["mailbox"] == ANN
    assert person["salesforce_user_id"].startswith("005")
    assert await stage.control("/people") == [person]
    events = await stage.ask("GET", f"{stage.line['graph']['base_url']}/users/{ANN}/events", headers=await stage.token())
    assert events.json["value"] == []


async def test_a_person_is_added_to_both_or_neither(stage: Stage) -> None:
    order = {"name": "Ann", "mailbox": ANN, "salesforce_username": ANN}
    assert "nowhere/land" in (await stage.refused("/people", {**order, "time_zone": "nowhere/land"})).lower()
    await stage.control("/people", order)
    assert "belongs to somebody" in await stage.refused("/people", {**order, "salesforce_username": "b@x.example"})
    await stage.refused("/people", {**order, "mailbox": "b@northwind.example"})
    assert len(await stage.control("/people")) == 1
    await stage.control("/people", {**order, "mailbox": "b@northwind.example", "salesforce_username": "b@x.example"})


@pytest.mark.parametrize(
    ("path", "order", "words"),
    [
        ("/people", {"name": "Ann"}, "mailbox"),
        ("/people", {"name": "A", "mailbox": "a@x.example", "salesforce_username": "a", "phone": "1"}, "phone"),
        ("/reset", {"world": "mars"}, "mars"),
        ("/clock", {"now": "2027-03-05T09:00:00"}, "zone"),
        ("/clock", {"now": "tomorrow"}, "now"),
        ("/org", {"shared_activity": True}, "shared_activities"),
        ("/org", {"shared_activities": "yes"}, "shared_activities"),
        ("/weather", {"rain": {}}, "'rain'"),
        ("/weather", {"graph": {"rain": 1}}, "in_flight_limit"),
        ("/weather", {"transport": {"rain": 1}}, "lose_reply_every"),
        ("/weather", {"transport": {"kinds": ["rain"]}}, "gateway_page"),
        ("/weather", {"transport": {"rate": 2}}, "between 0 and 1"),
        ("/weather", {"transport": {"next": "one"}}, "transport.next"),
        ("/weather", [1], "object"),
        ("/import", {"mailbox": ANN, "ics": "hello"}, "BEGIN:VCALENDAR"),
        ("/import", {"mailbox": "nobody@x.example", "ics": "BEGIN:VCALENDAR\nEND:VCALENDAR"}, "nobody@x.example"),
        ("/act", {"system": "exchange", "who": ANN, "action": "dance"}, "move_to_archive"),
        ("/act", {"system": "exchange", "who": ANN, "action": "remove", "subject": "Nothing"}, "0 items"),
        ("/act", {"system": "salesforce", "who": "nobody", "action": "insert"}, "nobody"),
        ("/act", {"system": "salesforce", "who": ANN, "action": "insert", "fields": {"Colour": 1}}, "Colour"),
    ],
)  # fmt: skip
async def test_a_wrong_order_is_refused_with_a_sentence(stage: Stage, path: str, order: Any, words: str) -> None:
    await stage.add_ann()
    before = await stage.control("/weather")
    assert words in await stage.refused(path, order)
    assert await stage.control("/weather") == before


async def test_what_is_no_json_and_what_is_nowhere(stage: Stage) -> None:
    assert (await stage.ask("POST", "/control/weather", data=b"{")).status == 400
    lost = await stage.ask("GET", "/control/nowhere")
    assert lost.status == 404
    assert "/weather" in lost.json["error"]


async def test_the_org_is_set_up_and_a_reset_sets_it_back(stage: Stage) -> None:
    shown = await stage.control("/org", {"shared_activities": False, "key_fields": True})
    assert (shown["shared_activities"], shown["key_fields"], shown["multiday_events"]) == (False, True, True)
    await stage.control("/reset", {})
    shown = await stage.control("/org")
    assert (shown["shared_activities"], shown["key_fields"], shown["multiday_events"]) == (True, False, True)


async def test_the_clock_starts_at_eight_ticks_and_can_be_set(stage: Stage) -> None:
    assert (await stage.control("/clock"))["now"].startswith("2027-03-01T08:0")
    await stage.control("/clock", {"now": "2027-04-01T23:59:59+02:00"})
    first = stage.sandbox.clock.now()
    assert first.isoformat().startswith("2027-04-01T21:59:59") or first.isoformat().startswith("2027-04-01T22:00")
    assert stage.sandbox.clock.now() > first
    reply = await stage.ask("GET", "/control/clock")
    assert "01 Apr 2027" in reply.headers["date"]


async def test_a_reset_keeps_credentials_and_tokens_and_empties_the_rest(stage: Stage) -> None:
    await stage.add_ann()
    headers, line = await stage.token(), stage.sandbox.announcement()
    await stage.control("/act", {"system": "exchange", "who": ANN, "action": "book", "event": {
        **MEETING, "attendees": [{"emailAddress": {"address": "bob@customer.example"}}],
    }})  # fmt: skip
    assert [mail["to"] for mail in await stage.control("/mail")] == ["bob@customer.example"]
    done = await stage.control("/reset", {"world": "empty", "seed": 7, "today": "2027-03-01"})
    assert done["now"].startswith("2027-03-01T08:0")
    assert await stage.control("/mail") == []
    assert await stage.control("/requests") == []
    assert await stage.control("/people") == []
    assert stage.sandbox.announcement() == {**line, "people": []}
    await stage.add_ann()
    events = await stage.ask("GET", f"{line['graph']['base_url']}/users/{ANN}/events", headers=headers)
    assert (events.status, events.json["value"]) == (200, [])


async def test_an_invitation_from_outside_is_there_and_mails_nobody(stage: Stage) -> None:
    await stage.add_ann()
    event = await stage.control("/deliver", {
        "mailbox": ANN, "organizer": "bob@customer.example", "attendees": [ANN, "eve@customer.example"],
        "subject": "Our offer", "start": "2027-03-05T09:00:00Z", "end": "2027-03-05T10:00:00Z",
    })  # fmt: skip
    assert event["organizer"]["emailAddress"]["address"] == "bob@customer.example"
    assert event["isOrganizer"] is False
    assert event["start"]["dateTime"].startswith("2027-03-05T09:00")
    assert [entry["emailAddress"]["address"] for entry in event["attendees"]] == [ANN, "eve@customer.example"]
    assert await stage.control("/mail") == []


async def test_mail_of_a_persons_own_action_is_marked_and_can_be_forgotten(stage: Stage) -> None:
    await stage.add_ann()
    guest = {"emailAddress": {"address": "bob@customer.example"}}
    event = {**MEETING, "attendees": [guest]}
    await stage.control("/act", {"system": "exchange", "who": ANN, "action": "book", "event": event})
    await stage.control("/act", {"system": "exchange", "who": ANN, "action": "remove", "subject": "Plan"})
    mail = await stage.control("/mail")
    assert [(each["to"], each["kind"], each["subject"], each["by"]) for each in mail] == [
        ("bob@customer.example", "invitation", "Plan", "person"), ("bob@customer.example", "cancellation", "Plan", "person"),
    ]  # fmt: skip
    assert (await stage.ask("DELETE", "/control/mail")).json == []


async def test_people_act_in_exchange(stage: Stage) -> None:
    await stage.add_ann()

    async def act(action: str, **more: Any) -> Any:
        return await stage.control("/act", {"system": "exchange", "who": ANN, "action": action, **more})

    weekly = {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["thursday"]},
        "range": {"type": "numbered", "startDate": "2027-03-04", "numberOfOccurrences": 4},
    }
    await act("book", event={**MEETING, "recurrence": weekly})
    await act("change", subject="Plan", day="2027-03-11", event={"subject": "Plan B"})
    await act("remove", subject="Plan", day="2027-03-18")
    await act("book", event={**MEETING, "subject": "Old"})
    await act("move_to_archive", subject="Old")
    state = await stage.control(f"/state?mailbox={ANN}")
    assert [(each["subject"], each["start"]["dateTime"][:10], each["type"]) for each in state["exchange"]] == [
        ("Plan", "2027-03-04", "occurrence"), ("Plan B", "2027-03-11", "exception"), ("Plan", "2027-03-25", "occurrence"),
    ]  # fmt: skip
    near = await stage.control(f"/state?mailbox={ANN}&start=2027-03-20T00:00:00Z&end=2027-03-30T00:00:00+01:00")
    assert len(near["exchange"]) == 1


@pytest.mark.parametrize(
    ("action", "answer"), [("accept", "accepted"), ("decline", "declined"), ("tentativelyAccept", "tentativelyAccepted")]
)
async def test_people_answer_invitations(stage: Stage, action: str, answer: str) -> None:
    await stage.add_ann()
    await stage.control("/deliver", {
        "mailbox": ANN, "organizer": "bob@customer.example", "attendees": [ANN], "subject": "Offer",
        "start": "2027-03-05T09:00:00Z", "end": "2027-03-05T10:00:00Z",
    })  # fmt: skip
    await stage.control("/act", {"system": "exchange", "who": ANN, "action": action, "subject": "Offer"})
    assert [mail["kind"] for mail in await stage.control("/mail")] == ["response"]
    if answer != "declined":
        state = await stage.control(f"/state?mailbox={ANN}")
        assert state["exchange"][0]["responseStatus"]["response"] == answer


async def test_people_act_in_salesforce(stage: Stage) -> None:
    await stage.add_ann()

    async def act(action: str, **more: Any) -> Any:
        return await stage.control("/act", {"system": "salesforce", "who": ANN, "action": action, **more})

    times = {"StartDateTime": "2027-03-05T09:00:00Z", "EndDateTime": "2027-03-05T10:00:00Z"}
    lead = await act("insert", object="Lead", fields={"LastName": "Low", "Company": "Litware", "Email": "low@litware.example"})
    contact = await act("convert_lead", id=lead["Id"])
    twin = await act("insert", object="Contact", fields={"LastName": "Low"})
    await act("merge_contacts", id=contact["Id"], duplicates=[twin["Id"]])
    event = await act("insert", fields={"Subject": "Call", "WhoId": contact["Id"], **times})
    assert (await act("update", id=event["Id"], fields={"Subject": "Call back"}))["Subject"] == "Call back"
    state = await stage.control(f"/state?mailbox={ANN}")
    assert [(each["Subject"], each["WhoId"]) for each in state["salesforce"]] == [("Call back", contact["Id"])]
    assert [each["RelationId"] for each in state["salesforce"][0]["EventRelations"]] == [contact["Id"]]
    await act("delete", id=event["Id"])
    assert (await stage.control(f"/state?mailbox={ANN}"))["salesforce"] == []
    assert (await act("undelete", id=event["Id"]))["Subject"] == "Call back"
    await act("hard_delete", id=event["Id"])
    await act("empty_recycle_bin")
    assert (await stage.control(f"/state?mailbox={ANN}"))["salesforce"] == []
    await stage.control("/org", {"client_fields": True})
    planted = await act("plant", fields={"Subject": "Long ago", **times, "IsClientManaged": True, "OwnerId": event["OwnerId"]})
    assert planted["IsClientManaged"] is True
    assert (await act("archive")) == {"archived": 0}


async def test_items_in_brief_are_those_that_are_there_and_those_that_were_deleted(stage: Stage) -> None:
    await stage.add_ann()
    call = {"Subject": "Call back", "StartDateTime": "2027-03-05T09:00:00Z", "EndDateTime": "2027-03-05T10:00:00Z"}
    made = await stage.control("/act", {"system": "exchange", "who": ANN, "action": "book", "event": MEETING})
    row = await stage.control("/act", {"system": "salesforce", "who": ANN, "action": "insert", "fields": call})
    assert await stage.control(f"/subjects?mailbox={ANN}") == {
        "exchange": [{"id": made["id"], "subject": "Plan", "deleted": False}],
        "salesforce": [{"id": row["Id"], "subject": "Call back", "deleted": False}],
    }
    await stage.control("/act", {"system": "exchange", "who": ANN, "action": "remove", "id": made["id"]})
    await stage.control("/act", {"system": "salesforce", "who": ANN, "action": "delete", "id": row["Id"]})
    gone = await stage.control(f"/subjects?mailbox={ANN}")
    assert [[(one["subject"], one["deleted"]) for one in gone[side]] for side in gone] == [[("Plan", True)], [("Call back", True)]]


async def test_a_file_is_imported_and_its_bad_rows_named(stage: Stage) -> None:
    await stage.add_ann()
    text = "\r\n".join([
        "BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", "SUMMARY:Good", "DTSTART:20270305T090000Z", "END:VEVENT",
        "BEGIN:VEVENT", "UID:2", "DTSTART:20270399T090000Z", "END:VEVENT", "END:VCALENDAR",
    ])  # fmt: skip
    report = await stage.control("/import", {"mailbox": ANN, "ics": text})
    assert report["singles"] == 1
    assert report["faults"] == [{"uid": "2", "line": 9, "reason": "'20270399T090000Z' is no date or time"}]


async def test_apps_are_told_where_people_come_back_to(stage: Stage) -> None:
    back, done = "http://127.0.0.1:8765/back", "https://app.example/done"
    before = await stage.control("/apps")
    assert [app["redirect_uris"] for system in before.values() for app in system] == [[], []]
    await stage.control("/apps", {"system": "graph", "redirect_uris": [back, done], "permissions": ["Calendars.Read"],
                                  "consented": False})  # fmt: skip
    after = await stage.control("/apps", {"system": "salesforce", "redirect_uris": [back]})
    (graph,), (salesforce,) = after["graph"], after["salesforce"]
    assert graph == {
        "client_id": stage.line["graph"]["client_id"], "redirect_uris": [back, done], "permissions": ["Calendars.Read"],
        "consented": False,
    }  # fmt: skip
    assert salesforce == {"client_id": stage.line["salesforce"]["client_id"], "redirect_uris": [back]}
    await stage.control("/reset", {"seed": 2})
    after = await stage.control("/apps")
    assert [app["redirect_uris"] for system in after.values() for app in system] == [[back, done], [back]], "a reset keeps them"


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"system": "graph", "redirect_uris": ["http://app.example/done"]}, "cannot be registered"),
        ({"system": "salesforce", "redirect_uris": ["app.example"]}, "cannot be registered"),
        ({"system": "graph", "client_id": "nobody", "redirect_uris": []}, "client id nobody"),
        ({"system": "salesforce", "client_id": "nobody", "redirect_uris": []}, "consumer key nobody"),
        ({"system": "salesforce", "consented": True}, "consented"),
        ({"system": "salesforce", "permissions": []}, "permissions"),
        ({"system": "dynamics"}, "dynamics"),
    ],
)
async def test_apps_that_cannot_be_set_up_so(stage: Stage, order: dict[str, Any], words: str) -> None:
    assert words in await stage.refused("/apps", order)


async def test_the_pages_of_signing_in_are_styled_as_the_sandbox_is(stage: Stage) -> None:
    page = await stage.ask("GET", "/services/oauth2/authorize")
    assert page.status == 400
    style = HTMLParser(page.body.decode()).css_first("link[rel=stylesheet]")
    assert style is not None
    assert (await stage.ask("GET", str(style.attributes["href"]))).status == 200
