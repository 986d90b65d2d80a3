"""A scripted org behind the Transport port: answers in the documented shapes, and a record of what was asked."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from twincal.connectors.salesforce.calendar import SalesforceCalendar
from twincal.connectors.salesforce.client import SalesforceClient
from twincal.connectors.salesforce.directory import SalesforceDirectory
from twincal.connectors.salesforce.signin import ClientCredentials
from twincal.core.trees import Window
from twincal.ports import Capabilities, Reply

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
WINDOW = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC))
OWNER, OTHER, ME = "005000000000001AAA", "005000000000002AAA", "005000000000009AAA"
CONTACT, SECOND, LEAD = "003000000000001AAA", "003000000000002AAA", "00Q000000000001AAA"
INSTANCE = "https://acme.my.salesforce.com"
FULL = Capabilities(
    api_version="67.0",
    organization_id="00D000000000001EAA",
    integration_user=ME,
    key_field=True,
    stamp_field=True,
    hidden_fields=("IsClientManaged",),
)

Row = dict[str, Any]
Answer = list[Row] | Reply


class Clock:
    """Stands at NOW unless told; sleeping takes no time and is remembered."""

    def __init__(self) -> None:
        self.at = NOW
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


def answer(status: int, body: object = None, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer with a JSON body."""
    return Reply(status=status, headers=headers or {}, body=b"" if body is None else msgspec.json.encode(body))


def error(status: int, code: str, message: str = "...", fields: list[str] | None = None) -> Reply:
    """An error of a whole request."""
    return answer(status, [{"errorCode": code, "message": message, "fields": fields or []}])


def refused(code: str, message: str = "...", fields: list[str] | None = None) -> Row:
    """A row of a collection that was not saved."""
    return {"success": False, "errors": [{"statusCode": code, "message": message, "fields": fields or []}]}


def saved(record_id: str) -> Row:
    """A row of a collection that was saved."""
    return {"id": record_id, "success": True, "errors": []}


def table_of(soql: str) -> str:
    """The object a statement is about, the subquery's left aside."""
    return re.sub(r"\([^()]*FROM \w+\)", "", soql).split(" FROM ")[1].split()[0]


def event_id(number: int) -> str:
    """An id of an event."""
    return f"00U{number:012d}AAA"


def event(number: int = 1, **fields: Any) -> Row:
    """A row of Event as the documents show it."""
    stamp = fields.pop("stamp", "2026-11-20T08:00:00.000+0000")
    row = {
        "attributes": {"type": "Event", "url": f"/services/data/v67.0/sobjects/Event/{event_id(number)}"},
        "Id": event_id(number),
        "OwnerId": OWNER,
        "Subject": "Demo",
        "Location": None,
        "Description": None,
        "IsAllDayEvent": False,
        "StartDateTime": "2026-11-24T09:30:00.000+0000",
        "EndDateTime": "2026-11-24T10:15:00.000+0000",
        "DurationInMinutes": 45,
        "ShowAs": "Busy",
        "IsPrivate": False,
        "WhoId": None,
        "WhatId": None,
        "What": None,
        "IsChild": False,
        "GroupEventType": None,
        "IsRecurrence": False,
        "RecurrenceActivityId": None,
        "IsRecurrence2": False,
        "IsArchived": False,
        "IsDeleted": False,
        "CreatedById": OWNER,
        "LastModifiedById": OWNER,
        "LastModifiedDate": stamp,
        "SystemModstamp": stamp,
        "EventRelations": None,
    }
    return row | fields


def relations(*rows: Row) -> Row:
    """The child rows of an event, as a subquery brings them."""
    return {"totalSize": len(rows), "done": True, "records": list(rows)}


def relation(record: str, *, parent: bool = False, invitee: bool = False, **fields: Any) -> Row:
    """A row of EventRelation with Shared Activities."""
    flags = {"IsParent": parent, "IsWhat": False, "IsInvitee": invitee, "IsDeleted": False, "Status": "New"}
    return {"attributes": {"type": "EventRelation"}, "RelationId": record, **flags, **fields}


class ScriptedOrg:
    """Answers questions from `tables` (rows, a function of the statement, or a Reply) and writes from `saves`."""

    def __init__(self, tables: Mapping[str, Answer | Callable[[str], Answer]] | None = None) -> None:
        self.tables = dict(tables or {})
        self.saves: list[Any] = []
        self.sent: list[tuple[str, str, Any]] = []
        self.asked: list[tuple[str, str]] = []
        self.tokens: list[Any] = []
        self.before: list[Reply | Exception | None] = []
        self.paths: dict[str, Reply] = {}
        self.pages: dict[str, Reply] = {}
        self.server_time: Callable[[], datetime] = lambda: NOW
        self.headers: dict[str, str] = {}

    async def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        parts = urlsplit(url)
        if parts.path.endswith("/services/oauth2/token"):
            return self._token(url, body)
        assert url.startswith(INSTANCE), "data calls go to the instance_url of the token"
        content = msgspec.json.decode(body) if body else None
        self.sent.append((method, url.removeprefix(INSTANCE), content))
        self.headers = dict(headers)
        staged = self.before.pop(0) if self.before else None
        if isinstance(staged, Exception):
            raise staged
        reply = staged or self._answer(method, parts.path, parse_qs(parts.query), content)
        date = {"date": format_datetime(self.server_time(), usegmt=True), "sforce-limit-info": "api-usage=18/100000"}
        return Reply(status=reply.status, headers=date | dict(reply.headers), body=reply.body)

    async def aclose(self) -> None:
        """Nothing is open."""

    def _token(self, url: str, body: bytes) -> Reply:
        self.tokens.append((url, {key: values[0] for key, values in parse_qs(body.decode()).items()}))
        identity = f"https://login.salesforce.com/id/00D000000000001EAA/{ME}"
        token = {"access_token": f"t{len(self.tokens)}", "instance_url": INSTANCE, "id": identity, "token_type": "Bearer"}
        return answer(200, token)

    def _answer(self, method: str, path: str, query: Mapping[str, list[str]], content: Any) -> Reply:
        name = path.split("/services/data/v67.0/")[-1]
        if path in self.pages:
            return self.pages[path]
        if name in self.paths:
            return self.paths[name]
        if name in ("query", "queryAll"):
            return self._queried(name, query["q"][0])
        if name == "composite":
            return self._composite(content)
        if name == "composite/sobjects":
            reply = self.saves.pop(0)
            if isinstance(reply, Exception):
                raise reply
            return reply if isinstance(reply, Reply) else answer(200, reply)
        raise AssertionError(f"not scripted: {method} {path}")

    def _composite(self, content: Any) -> Reply:
        parts = []
        for request in content["compositeRequest"]:
            url = urlsplit(request["url"])
            reply = self._queried(url.path.rsplit("/", 1)[-1], parse_qs(url.query)["q"][0])
            body = msgspec.json.decode(reply.body)
            part = {"body": body, "httpHeaders": {}, "httpStatusCode": reply.status, "referenceId": request["referenceId"]}
            parts.append(part)
        return answer(200, {"compositeResponse": parts})

    def _queried(self, resource: str, soql: str) -> Reply:
        self.asked.append((resource, soql))
        found = self.tables.get(table_of(soql), [])
        found = found(soql) if callable(found) else found
        if isinstance(found, Reply):
            return found
        return answer(200, {"totalSize": len(found), "done": True, "records": found})


def client_of(org: ScriptedOrg, clock: Clock | None = None) -> SalesforceClient:
    """A client signed in with client credentials; pauses are drawn at their middle."""
    way = ClientCredentials("https://acme.my.salesforce.com", "app", "secret")
    return SalesforceClient(org, way, clock or Clock(), jitter=lambda: 0.5)


def calendar_of(org: ScriptedOrg, capabilities: Capabilities = FULL, clock: Clock | None = None) -> SalesforceCalendar:
    """The org as a calendar."""
    client = client_of(org, clock)
    return SalesforceCalendar(client, capabilities, SalesforceDirectory(client))
