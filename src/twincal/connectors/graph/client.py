"""The wire of Graph: tokens, patience with throttling, and `$batch`."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct

from twincal.connectors.graph.faults import fault_of, seconds_of
from twincal.connectors.graph.signin import Credential, sign_in
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side
from twincal.ports import Clock, Reply, Transport

BASE_URL = "https://graph.microsoft.com/v1.0"
AUTHORITY = "https://login.microsoftonline.com"
TRIES = 6
LONGEST_PAUSE = 60.0
EARLY = timedelta(minutes=5)
"""How long before its end a token is renewed."""
CHAIN, ABREAST = 20, 4
"""Requests in one batch, and how many of them one mailbox takes at a time (Graph, throttling of Outlook services)."""
PREFER = 'outlook.timezone="UTC", outlook.body-content-type="text", IdType="ImmutableId"'


class Call(Struct, frozen=True, kw_only=True):
    """One request inside a batch; `path` is relative to the version."""

    method: str
    path: str
    headers: Mapping[str, str] = {}
    body: Any = None


class Answer(Struct, frozen=True, kw_only=True):
    """One answer of a batch."""

    id: str = ""
    status: int
    headers: Mapping[str, str] = {}
    body: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def pause(self) -> float | None:
        """How long the service asked to wait, in seconds."""
        told = {name.lower(): value for name, value in self.headers.items()}
        return seconds_of(told.get("retry-after"))


class _Answers(Struct, frozen=True):
    responses: list[Answer]


_ANSWERS = msgspec.json.Decoder(_Answers)


class GraphClient:
    """One tenant through one app. Every method raises VendorFault. `requests` counts data calls (a batch counts one)."""

    def __init__(
        self,
        transport: Transport,
        *,
        tenant: str,
        client_id: str,
        credential: Credential,
        clock: Clock,
        authority: str | None = None,
        base_url: str | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.requests = 0
        self.clock = clock
        self._transport = transport
        self._client_id = client_id
        self._credential = credential
        self._base = (base_url or BASE_URL).rstrip("/")
        self._token_url = (authority or f"{AUTHORITY}/{tenant}").rstrip("/") + "/oauth2/v2.0/token"
        self._jitter = jitter
        self._token = ""
        self._expires: datetime | None = None

    async def token(self) -> str:
        """An access token, fetched where there is none that still serves."""
        now = self.clock.now()
        if not self._token or self._expires is None or now >= self._expires:
            found = await sign_in(self._transport, self._token_url, self._client_id, self._credential, now)
            self._token = found.access_token
            self._expires = now + max(timedelta(seconds=found.expires_in) - EARLY, timedelta(seconds=30))
        return self._token

    async def send(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: Any = None) -> Reply:
        """One request, sent again after throttling and, where nothing was carried out, after failures. A whole link may be
        given as path. Raises VendorFault for every answer from 400 up."""
        url = path if path.startswith("http") else self._base + path
        refreshed = False
        for attempt in range(1, TRIES + 1):
            reply = await self._sent(method, url, headers or {}, body)
            if reply.status < 400:
                return reply
            pause = seconds_of(reply.headers.get("retry-after"))
            fault = fault_of(reply.status, reply.body, pause)
            if reply.status == 401 and not refreshed:
                refreshed, self._token = True, ""
                continue
            again = fault.code is FaultCode.THROTTLED or (reply.status >= 500 and method == "GET")
            if not again or attempt == TRIES:
                raise fault
            await self.pause(attempt, pause)
        raise VendorFault(Side.EXCHANGE, FaultCode.UNAVAILABLE)

    async def _sent(self, method: str, url: str, headers: Mapping[str, str], body: Any) -> Reply:
        wanted = {"Authorization": f"Bearer {await self.token()}", "Accept": "application/json", "Prefer": PREFER, **headers}
        raw = b""
        if body is not None:
            raw = msgspec.json.encode(body)
            wanted["Content-Type"] = "application/json"
        self.requests += 1
        return await self._transport.send(method, url, headers=wanted, body=raw)

    async def pause(self, attempt: int, asked: float | None) -> None:
        """Wait as long as was asked, else longer from attempt to attempt, with jitter."""
        least = asked if asked is not None else min(2.0 ** (attempt - 1), LONGEST_PAUSE)
        await self.clock.sleep(min(least, LONGEST_PAUSE) + self._jitter() * 0.5)

    async def batch(self, calls: Sequence[Call], *, chained: bool) -> list[Answer]:
        """Many calls on one mailbox, in order: in chains of 20, of which the rest is not run when one fails (status 424),
        or 4 abreast. What was throttled is sent again after the longest pause asked for; so is what depended on it."""
        answers: dict[int, Answer] = {}
        waiting = list(range(len(calls)))
        for attempt in range(1, TRIES + 1):
            step = CHAIN if chained else ABREAST
            for first in range(0, len(waiting), step):
                part = waiting[first : first + step]
                answers |= await self._batched({place: calls[place] for place in part}, chained=chained)
            throttled = [place for place in waiting if answers[place].status in (429, 503)]
            waiting = [place for place in waiting if answers[place].status in (429, 503, 424)]
            if not throttled or attempt == TRIES:
                break
            pauses = [pause for place in throttled if (pause := answers[place].pause) is not None]
            await self.pause(attempt, max(pauses, default=None))
        return [answers[place] for place in range(len(calls))]

    async def _batched(self, calls: Mapping[int, Call], *, chained: bool) -> dict[int, Answer]:
        requests: list[dict[str, Any]] = []
        for place, call in calls.items():
            headers = {"Prefer": PREFER, **call.headers}
            one: dict[str, Any] = {"id": str(place), "method": call.method, "url": call.path, "headers": headers}
            if call.body is not None:
                one["body"] = call.body
                headers["Content-Type"] = "application/json"
            if chained and requests:
                one["dependsOn"] = [requests[-1]["id"]]
            requests.append(one)
        reply = await self.send("POST", "/$batch", body={"requests": requests})
        try:
            found = {int(answer.id): answer for answer in _ANSWERS.decode(reply.body).responses}
        except (msgspec.MsgspecError, ValueError) as error:
            raise VendorFault(Side.EXCHANGE, FaultCode.BAD_ANSWER, "batch") from error
        missing = Answer(status=504)
        return {place: found.get(place, missing) for place in calls}


def segment(text: str) -> str:
    """Text as one segment of a path: ids hold `+`, `/` and `=`."""
    return quote(text, safe="@.-_~")


def literal(text: str) -> str:
    """Text as a literal of an OData filter, quotes doubled, ready for a URL."""
    return quote("'" + text.replace("'", "''") + "'", safe="")
