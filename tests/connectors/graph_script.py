"""A scripted tenant behind the Transport port: answers in Graph's documented shapes, and a record of what was asked."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import msgspec

from twincal.connectors.graph.calendar import GraphCalendar
from twincal.connectors.graph.client import PREFER, GraphClient
from twincal.connectors.graph.signin import Credential, Secret
from twincal.core.trees import Window
from twincal.ports import Reply

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
WINDOW = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC))
ANN = "ann@northwind.example"
GRAPH = "https://graph.microsoft.com/v1.0"
TOKEN_URL = "https://login.microsoftonline.com/northwind/oauth2/v2.0/token"
MAILBOX = f"/users/{ANN}"
DELTA = f"{MAILBOX}/calendarView/delta"
SPAN = "startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-31T00:00:00Z"

Row = dict[str, Any]
Staged = Reply | Exception
Answer = Staged | list[Staged] | Callable[[Row], Reply]


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


def error(status: int, code: str, headers: Mapping[str, str] | None = None, *, existing: str = "") -> Reply:
    """An error as Graph words it; only the code means anything, and `existing` names the event of a transaction."""
    inner = {"date": "2026-11-24T12:00:00", "request-id": "r", "client-request-id": "c"}
    more = {"@event.existingEventId": existing} if existing else {}
    return answer(status, {"error": {"code": code, "message": "...", "innerError": inner, **more}}, headers)


def moment(text: str, zone: str = "UTC") -> Row:
    """dateTimeTimeZone with Graph's seven digits."""
    return {"dateTime": f"{text}.0000000", "timeZone": zone}


def event(item_id: str = "e1", start: str = "2026-11-24T09:30:00", end: str = "2026-11-24T10:15:00", **members: Any) -> Row:
    """A whole event as a delta round or a GET shows it."""
    row: Row = {
        "@odata.etag": f'W/"{item_id}-1"',
        "id": item_id,
        "createdDateTime": "2026-11-20T08:00:00.1234567Z",
        "lastModifiedDateTime": "2026-11-20T08:00:00.1234567Z",
        "changeKey": f"{item_id}-1",
        "categories": [],
        "transactionId": None,
        "originalStartTimeZone": "W. Europe Standard Time",
        "originalEndTimeZone": "W. Europe Standard Time",
        "iCalUId": f"uid-{item_id}",
        "isReminderOn": True,
        "hasAttachments": False,
        "subject": "Demo",
        "bodyPreview": "",
        "sensitivity": "normal",
        "isAllDay": False,
        "isCancelled": False,
        "isOrganizer": True,
        "seriesMasterId": None,
        "showAs": "busy",
        "type": "singleInstance",
        "webLink": f"https://outlook.office365.com/owa/?itemid={item_id}",
        "isOnlineMeeting": False,
        "onlineMeeting": None,
        "recurrence": None,
        "body": {"contentType": "text", "content": ""},
        "start": moment(start),
        "end": moment(end),
        "location": {"displayName": "", "locationType": "default"},
        "locations": [],
        "attendees": [],
        "organizer": {"emailAddress": {"name": "Ann Smith", "address": ANN}},
    }
    return row | members


def master(item_id: str = "m", start: str = "2019-01-07T09:00:00", **members: Any) -> Row:
    """A series: dated at its first occurrence, perhaps years back."""
    end = (datetime.fromisoformat(start) + timedelta(hours=1)).isoformat()
    return event(item_id, start, end, type="seriesMaster", recurrence={"pattern": {"type": "weekly"}}, **members)


def occurrence(item_id: str, start: str, series: str = "m", **members: Any) -> Row:
    """A bare occurrence, as a delta round shows it."""
    end = (datetime.fromisoformat(start) + timedelta(hours=1)).isoformat()
    bare = {"@odata.type": "#microsoft.graph.event", "@odata.etag": f'W/"{series}-1"', "id": item_id, "seriesMasterId": series}
    return bare | {"type": "occurrence", "start": moment(start), "end": moment(end)} | members


def removed(item_id: str) -> Row:
    """A tombstone: an id and nothing else."""
    return {"@odata.type": "#microsoft.graph.event", "id": item_id, "@removed": {"reason": "deleted"}}


def page(*rows: Row, following: str = "", delta: str = "") -> Reply:
    """A page of rows; `following` and `delta` are tokens of the links."""
    body: Row = {"@odata.context": f"{GRAPH}/$metadata#Collection(event)", "value": list(rows)}
    if following:
        body["@odata.nextLink"] = link(skip=following)
    if delta:
        body["@odata.deltaLink"] = link(delta=delta)
    return answer(200, body)


def link(*, skip: str = "", delta: str = "") -> str:
    """A link of a delta round as Graph makes them."""
    token = f"$skiptoken={skip}" if skip else f"$deltatoken={delta}"
    return f"{GRAPH}{DELTA}?{token}"


class ScriptedGraph:
    """Answers by `METHOD path?query` below the version, the query optional; a list answers once each, its last for good, and a
    function sees the request.

    The requests of a `$batch` are answered from the same script, in reverse order as Graph may; `batches` are what was sent.
    A calendar that is asked for by itself is there where the script says nothing of it.
    `before` holds what is answered or raised instead, request by request; `items_before` the same for requests of batches.
    """

    def __init__(self, answers: Mapping[str, Answer] | None = None) -> None:
        self.answers: dict[str, Answer] = dict(answers or {})
        self.before: list[Staged | None] = []
        self.items_before: list[Staged | None] = []
        self.sent: list[tuple[str, str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.batches: list[list[Row]] = []
        self.tokens: list[Mapping[str, str]] = []
        self.token_answers: list[Staged] = []

    async def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        if "/oauth2/" in url:
            return self._token(url, headers, body)
        assert url.startswith(GRAPH), url
        content = msgspec.json.decode(body) if body else None
        path = url.removeprefix(GRAPH)
        self.sent.append((method, path, content))
        self.headers.append(dict(headers))
        staged = self.before.pop(0) if self.before else None
        if isinstance(staged, Exception):
            raise staged
        if staged is not None:
            return staged
        return (
            self._batch((content or {})["requests"])
            if path == "/$batch"
            else self._answer({"method": method, "url": path, "headers": dict(headers), "body": content})
        )

    async def aclose(self) -> None:
        """Nothing is open."""

    def _token(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        assert url == TOKEN_URL
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        self.tokens.append({name: values[0] for name, values in parse_qs(body.decode()).items()})
        staged = self.token_answers.pop(0) if self.token_answers else None
        if isinstance(staged, Exception):
            raise staged
        told = {"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": f"t{len(self.tokens)}"}
        return staged or answer(200, told)

    def _answer(self, request: Row) -> Reply:
        method, path = request["method"], request["url"]
        name = next((key for key in (f"{method} {path}", f"{method} {path.split('?')[0]}") if key in self.answers), None)
        if name is None and path.endswith("/calendar?$select=id"):
            return answer(200, {"id": "calendar"})
        assert name is not None, f"not scripted: {method} {path}"
        found = self.answers[name]
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, Reply) else found(request)

    def _batch(self, requests: list[Row]) -> Reply:
        self.batches.append(requests)
        assert len({request["id"] for request in requests}) == len(requests) <= 20
        statuses: dict[str, int] = {}
        parts = []
        for request in requests:
            assert ("body" in request) is (request["headers"].get("Content-Type") == "application/json")
            failed = any(statuses.get(earlier, 500) >= 400 for earlier in request.get("dependsOn", ()))
            staged = self.items_before.pop(0) if self.items_before and not failed else None
            reply = error(424, "FailedDependency") if failed else (staged or self._answer(request))
            if isinstance(reply, Exception):
                continue
            statuses[request["id"]] = reply.status
            part = {"id": request["id"], "status": reply.status, "headers": dict(reply.headers)}
            parts.append(part | ({"body": msgspec.json.decode(reply.body)} if reply.body else {}))
        return answer(200, {"responses": parts[::-1]})

    def asked(self) -> list[str]:
        """What was asked, in order, batches as one."""
        return [f"{method} {path}" for method, path, _ in self.sent]

    def inside(self) -> list[str]:
        """What was asked inside batches, in order."""
        return [f"{one['method']} {one['url'].split('?')[0]}" for requests in self.batches for one in requests]


def client_of(graph: ScriptedGraph, clock: Clock | None = None, credential: Credential | None = None) -> GraphClient:
    """A client of the tenant northwind; pauses are drawn without jitter."""
    return GraphClient(
        graph,
        tenant="northwind",
        client_id="app",
        credential=credential or Secret("s3cret"),
        clock=clock or Clock(),
        jitter=lambda: 0.0,
    )


def calendar_of(graph: ScriptedGraph, clock: Clock | None = None, page_size: int = 50) -> GraphCalendar:
    """The tenant as a calendar."""
    return GraphCalendar(client_of(graph, clock), page_size=page_size)


def preferring(size: int) -> str:
    """What a request for pages asks for."""
    return f"{PREFER}, odata.maxpagesize={size}"
