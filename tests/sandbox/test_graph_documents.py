"""The Graph sandbox against Microsoft's own schema and the requests of Microsoft's documentation."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.sandbox.graph_company import ANN, BOB, START, WINDOW, company, meeting, signed_in, weekly
from twincal.sandbox.exchange import Exchange

OUTSIDE = "guest@else.example"
ROOTS = ("https://graph.microsoft.com/v1.0", "https://graph.microsoft.com/beta")


@cache
def schema(folder: Path) -> dict[str, Any]:
    """Microsoft's schema, as data."""
    found: dict[str, Any] = json.loads((folder / "reference/graph/calendar.schema.json").read_text(encoding="utf-8"))
    return found


def faults(shared: Path, name: str, value: Any) -> list[str]:
    """What the schema has against a value."""
    whole = schema(shared)
    rule = {"$schema": whole["$schema"], "$defs": whole["$defs"], "$ref": f"#/$defs/{name}"}
    found = Draft202012Validator(rule, format_checker=FormatChecker()).iter_errors(value)
    return [f"{'/'.join(map(str, each.absolute_path))}: {each.message[:300]}" for each in found]


def varied() -> Exchange:
    """A calendar with one of everything."""
    exchange = company()
    exchange.book(ANN, meeting("Meeting", "2026-12-01", BOB, OUTSIDE, transactionId="t", isOnlineMeeting=True))
    exchange.book(ANN, meeting("Place", location={"displayName": "Hall", "address": {"city": "Bern"}}, categories=["Red"]))
    day = {"start": {"dateTime": "2026-12-24", "timeZone": "UTC"}, "end": {"dateTime": "2026-12-25", "timeZone": "UTC"}}
    exchange.book(ANN, {"subject": None, "isAllDay": True, **day})
    master = exchange.book(ANN, meeting("Weekly", "2026-12-01", BOB, recurrence=weekly()))
    days = exchange.occurrences(ANN, master["id"], START, START.replace(year=2028))
    exchange.change(ANN, days[1]["id"], {"subject": "Other"})
    exchange.remove(ANN, days[2]["id"])
    exchange.deliver(BOB, organizer=OUTSIDE, attendees=[BOB], subject="Pitch", start=START, end=START)
    return exchange


@pytest.mark.parametrize("who", [ANN, BOB])
@pytest.mark.parametrize("prefer", ["", 'IdType="ImmutableId", outlook.body-content-type="text"'])
async def test_lists_views_and_delta_hold_the_schema(shared: Path, who: str, prefer: str) -> None:
    exchange = varied()
    async with signed_in(exchange, Prefer=prefer) as http:
        for path in ("events", f"calendarView?{WINDOW}"):
            page = (await http.get(f"/v1.0/users/{who}/{path}")).json()
            assert page["value"]
            assert faults(shared, "event.collection", page) == []
        page = (await http.get(f"/v1.0/users/{who}/calendarView/delta?{WINDOW}")).json()
        assert faults(shared, "event.delta.collection", page) == []
        exchange.remove(who, exchange.mailbox(who).view(START, START.replace(year=2028))[0].item.id)
        page = (await http.get(page["@odata.deltaLink"])).json()
        assert any("@removed" in row for row in page["value"])
        assert faults(shared, "event.delta.collection", page) == []


async def test_single_answers_hold_the_schema(shared: Path) -> None:
    exchange = varied()
    async with signed_in(exchange) as http:
        made = (await http.post(f"/v1.0/users/{ANN}/events", json=meeting("x", "2026-12-05", BOB))).json()
        assert faults(shared, "event.strict", made) == []
        patched = (await http.patch(f"/v1.0/users/{ANN}/events/{made['id']}", json={"showAs": "Free"})).json()
        assert faults(shared, "event.strict", patched) == []
        assert faults(shared, "calendar", (await http.get(f"/v1.0/users/{ANN}/calendar")).json()) == []
        assert faults(shared, "calendar.collection", (await http.get(f"/v1.0/users/{ANN}/calendars")).json()) == []
        master = next(each for each in (await http.get(f"/v1.0/users/{ANN}/events")).json()["value"] if each["recurrence"])
        query = "$select=cancelledOccurrences,exceptionOccurrences&$expand=exceptionOccurrences"
        whole = (await http.get(f"/v1.0/users/{ANN}/events/{quote(master['id'], safe='')}?{query}")).json()
        assert len(whole["cancelledOccurrences"]) == len(whole["exceptionOccurrences"]) == 1
        assert faults(shared, "event.strict", whole) == []
        for path in ("events/none", "calendarView", f"calendarView/delta?{WINDOW}&$select=id"):
            assert faults(shared, "odata.error", (await http.get(f"/v1.0/users/{ANN}/{path}")).json()) == []


def test_the_schema_would_notice(shared: Path) -> None:
    event = company().book(ANN, meeting())
    assert faults(shared, "event.strict", event) == []
    for wrong in ({"showAs": "Busy"}, {"start": "2026"}, {"isAllDay": None, "attendees": None}, {"createdDateTime": 5}):
        assert faults(shared, "event.strict", {**event, **wrong})


def documented(shared: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The requests of the documentation that concern events and calendars, as data."""
    for file in sorted((shared / "reference/graph/examples").glob("*.json")):
        for example in json.loads(file.read_text(encoding="utf-8"))["examples"]:
            url = str(example.get("url", ""))
            if example["kind"] == "request" and not example.get("body_unparsable") and url.startswith((*ROOTS, "/me/")):
                yield f"{file.stem}:{example['id']}", example


LEFT_OUT = (
    "messages", "attachments", "subscriptions", "extensions", "getschedule", "translateexchangeids", "sendmail", "groups",
    "calendarpermissions", "mailboxsettings", "forward", "snoozereminder", "serviceprincipals", "applications",
    "users", "skiptoken", "deltatoken", "$batch",
)  # fmt: skip


def written(shared: Path) -> list[tuple[str, dict[str, Any]]]:
    """Those the sandbox is there for."""
    return [
        (name, each)
        for name, each in documented(shared)
        if not any(word in each["url"].casefold() for word in LEFT_OUT) and not each["url"].endswith("/me/")
    ]


def at_home(exchange: Exchange, url: str, event_id: str) -> str:
    """The URL of an example, about an event of ours."""
    for root in ROOTS:
        url = url.removeprefix(root)
    path, _, query = url.replace("{start_datetime}", "2026-12-01").replace("{end_datetime}", "2026-12-31").partition("?")
    parts = [part for part in path.split("/") if part]
    for index in range(len(parts)):
        if index and parts[index - 1] == "events":
            parts[index] = quote(event_id, safe="")
        if index and parts[index - 1] == "calendars":
            parts[index] = exchange.mailbox(ANN).calendar_id
    parts[0] = f"v1.0/users/{ANN}"
    return "/" + "/".join(parts) + (f"?{query}" if query else "")


async def ask(http: httpx.AsyncClient, exchange: Exchange, example: dict[str, Any]) -> httpx.Response:
    """Send an example to a calendar where its event exists: a copy for answers, a series for instances."""
    url = example["url"]
    event = exchange.book(ANN, meeting("Event", recurrence=weekly()) if "instances" in url else meeting("Event"))
    target = event["id"]
    if "ccept" in url:
        target = exchange.deliver(ANN, organizer=OUTSIDE, attendees=[ANN], subject="x", start=START, end=START)["id"]
    headers = {name: value for name, value in example["headers"].items() if name.casefold() != "authorization"}
    return await http.request(example["method"], at_home(exchange, url, target), headers=headers, json=example.get("body"))


async def test_documented_requests_are_accepted(shared: Path) -> None:
    examples = written(shared)
    assert len(examples) >= 20
    refused: dict[str, str] = {}
    for name, example in examples:
        exchange = company()
        async with signed_in(exchange) as http:
            answer = await ask(http, exchange, example)
            if answer.status_code >= 300:
                refused[f"{name} {example['method']} {example['url']}"] = answer.text[:200]
            elif answer.content and "value" not in answer.json() and "events" in example["url"]:
                assert faults(shared, "event.strict", answer.json()) == []
    assert refused == {}


async def test_documented_events_come_back_as_they_were_sent(shared: Path) -> None:
    posts = [each for _, each in written(shared) if each["method"] == "POST" and each["url"].endswith("/events")]
    assert len(posts) >= 4
    for example in posts:
        exchange = company()
        async with signed_in(exchange, Prefer='outlook.timezone="Pacific Standard Time"') as http:
            event = (await ask(http, exchange, example)).json()
        sent = example["body"]
        assert event["subject"] == sent["subject"]
        assert event["start"]["dateTime"].startswith(sent["start"]["dateTime"][:16])
        assert (event["recurrence"] is None) == ("recurrence" not in sent)
        ours = [entry["emailAddress"]["address"] for entry in event["attendees"]]
        assert ours == [entry["emailAddress"]["address"] for entry in sent.get("attendees", [])]
