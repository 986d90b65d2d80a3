"""A client near the limit, to compare with: delta pages decoded by msgspec, collections of 200, no rules, no memory of why.

It does what Twincal's first sync, quiet cycle and changed cycle do to the wire, one way, and nothing else. Run in a process
of its own: `python -m tools.bench.reference STATE < announcement`; prints what it cost as JSON.
"""

import asyncio
import json
import resource
import sys
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from tools.bench.company import MAILBOX


class Address(msgspec.Struct):
    address: str = ""


class Attendee(msgspec.Struct):
    emailAddress: Address = msgspec.field(default_factory=Address)


class Moment(msgspec.Struct):
    dateTime: str


class Body(msgspec.Struct):
    content: str = ""


class Event(msgspec.Struct):
    id: str
    subject: str | None = None
    start: Moment | None = None
    end: Moment | None = None
    body: Body | None = None
    attendees: list[Attendee] = msgspec.field(default_factory=list)


class Page(msgspec.Struct, rename={"next": "@odata.nextLink", "delta": "@odata.deltaLink"}):
    value: list[Event]
    next: str | None = None
    delta: str | None = None


PAGES = msgspec.json.Decoder(Page)
PREFER = 'outlook.timezone="UTC", outlook.body-content-type="text", odata.maxpagesize=1000, IdType="ImmutableId"'


async def token(session: aiohttp.ClientSession, url: str, form: dict[str, str]) -> dict[str, Any]:
    async with session.post(url, data=form) as answer:
        told: dict[str, Any] = await answer.json()
        return told


async def main(said: dict[str, Any], state: dict[str, Any]) -> int:
    """One run: everything new in Exchange goes to Salesforce, what is known is updated. How many events were refused."""
    graph, salesforce = said["graph"], said["salesforce"]
    async with aiohttp.ClientSession(json_serialize=lambda value: msgspec.json.encode(value).decode()) as session:
        form = {"grant_type": "client_credentials", "client_id": graph["client_id"], "client_secret": graph["client_secret"]}
        form["scope"] = "https://graph.microsoft.com/.default"
        here = await token(session, graph["authority"] + "/oauth2/v2.0/token", form)
        form = {"grant_type": "client_credentials", "client_id": salesforce["client_id"]}
        form["client_secret"] = salesforce["client_secret"]
        there = await token(session, salesforce["login_url"] + "/services/oauth2/token", form)
        events = await changed(session, graph["base_url"], here["access_token"], state)
        return await written(session, there, salesforce["api_version"], events, state)


def run(state_file: Path) -> None:
    """One run with its memory in a file; prints what it cost."""
    state = json.loads(state_file.read_text()) if state_file.exists() else {"delta": None, "ids": {}}
    failed = asyncio.run(main(json.load(sys.stdin), state))
    state_file.write_text(json.dumps(state))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"cpu": usage.ru_utime + usage.ru_stime, "peak_kb": usage.ru_maxrss, "failed": failed}))


async def changed(session: aiohttp.ClientSession, base: str, access: str, state: dict[str, Any]) -> list[Event]:
    window = "startDateTime=2027-01-30T00:00:00Z&endDateTime=2028-04-02T00:00:00Z"
    url = state["delta"] or f"{base}/users/{MAILBOX}/calendarView/delta?{window}"
    headers = {"Authorization": f"Bearer {access}", "Prefer": PREFER, "Accept-Encoding": "gzip"}
    events: list[Event] = []
    while url:
        async with session.get(url, headers=headers) as answer:
            page = PAGES.decode(await answer.read())
        events += page.value
        state["delta"], url = page.delta or state["delta"], page.next
    return events


async def written(
    session: aiohttp.ClientSession, there: dict[str, Any], version: str, events: list[Event], state: dict[str, Any]
) -> int:
    url = f"{there['instance_url']}/services/data/v{version}/composite/sobjects"
    headers = {"Authorization": f"Bearer {there['access_token']}"}
    known, refused = state["ids"], 0
    for method, group in (
        ("POST", [event for event in events if event.id not in known]),
        ("PATCH", [event for event in events if event.id in known]),
    ):
        for first in range(0, len(group), 200):
            some = group[first : first + 200]
            records = [record(event, known.get(event.id)) for event in some]
            async with session.request(method, url, headers=headers, json={"records": records}) as answer:
                told = msgspec.json.decode(await answer.read())
            for event, row in zip(some, told, strict=True):
                if row["success"]:
                    known[event.id] = row["id"]
                else:
                    refused += 1
    return refused


def record(event: Event, known: str | None) -> dict[str, Any]:
    found = {
        "attributes": {"type": "Event"},
        "Subject": event.subject,
        "StartDateTime": event.start.dateTime[:19] + "Z" if event.start else None,
        "EndDateTime": event.end.dateTime[:19] + "Z" if event.end else None,
        "Description": event.body.content if event.body else None,
    }
    return {**found, "Id": known} if known else found


if __name__ == "__main__":
    run(Path(sys.argv[1]))
