"""The org as an ASGI application: sessions, counting, size limits, compression; then the router."""

import gzip
import re
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from twincal.sandbox.salesforce.access import Rights
from twincal.sandbox.salesforce.errors import SalesforceError, not_found, plain
from twincal.sandbox.salesforce.org import Org
from twincal.sandbox.salesforce.wire.calls import Answer, Call, read_json, refusal, split_address
from twincal.sandbox.salesforce.wire.oauth import OAuth
from twincal.sandbox.salesforce.wire.openid import identity, userinfo
from twincal.sandbox.salesforce.wire.router import NEWEST, OLDEST, Router, versions

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
LONGEST_ADDRESS = 16_384
SMALLEST_COMPRESSED = 512
VERSION = re.compile(r"v(\d+)\.0")


def salesforce_app(org: Org) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The ASGI application of an org; `/services`, `/id` and `/.well-known` are its."""
    return SalesforceApp(org)


class SalesforceApp:
    """HTTP around the router."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._router = Router(org)
        self._oauth = OAuth(org)
        self._encoder = msgspec.json.Encoder()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        body = await _read(receive)
        answer = self._answer(scope, headers, body)
        await self._send(send, answer, headers)

    def _answer(self, scope: Scope, headers: dict[str, str], body: bytes) -> Answer:
        raw = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
        query = scope["query_string"].decode("latin-1")
        too_long = _too_long(raw, query, headers)
        if too_long:
            return too_long
        parts, params = split_address(f"{raw}?{query}")
        base = f"{scope.get('scheme', 'http')}://{headers.get('host', 'localhost')}"
        if signing_in := self._oauth.answer(scope["method"], parts, body, query, headers.get("authorization"), base):
            return signing_in
        if parts == ["services", "data"]:
            return Answer(200, versions())
        try:
            return self._with_session(scope["method"], parts, params, headers, body, base)
        except SalesforceError as error:
            return refusal(error)

    def _with_session(
        self, method: str, parts: list[str], params: dict[str, str], headers: dict[str, str], body: bytes, base: str
    ) -> Answer:
        rights = self._rights(headers.get("authorization", ""))
        if parts == ["services", "oauth2", "userinfo"]:
            return userinfo(self._org, rights.user_id, base)
        if parts == ["id", self._org.id, rights.user_id]:
            return identity(self._org, self._org.records.find("User", rights.user_id), base)
        if parts[:2] != ["services", "data"]:
            raise not_found()
        self._admit_scopes(headers.get("authorization", ""))
        version = _version(parts[2])
        self._admit(rights)
        org = self._org
        org.upkeep.daily()
        call = Call(method, version, parts[3:], params, headers, read_json(_unpacked(body, headers)), rights, base)
        answer = self._router.answer(call)
        org.records.storage.commit()
        answer.headers["Sforce-Limit-Info"] = f"api-usage={org.meter.used}/{org.options.daily_limit}"
        return answer

    def _rights(self, authorization: str) -> Rights:
        """The rights behind a token: `Authorization: Bearer ...`, or `OAuth ...` as older clients write."""
        _, _, text = authorization.partition(" ")
        options, quirks = self._org.options, self._org.quirks
        username = self._org.identity.use(text, minutes=options.session_minutes, requests=quirks.session_requests)
        user = self._org.user_named(username) if username else None
        if user is None or not user["IsActive"]:
            raise plain("INVALID_SESSION_ID", "Session expired or invalid", 401)
        return self._org.rights(user["Id"])

    def _admit_scopes(self, authorization: str) -> None:
        """Refuses a token that was asked for signing in alone."""
        if "api" not in self._org.identity.scopes_of(authorization.partition(" ")[2]):
            raise plain("INVALID_SESSION_ID", "This session is not valid for use with the REST API", 401)

    def _admit(self, rights: Rights) -> None:
        """Counts the call. Refuses users without the API, and everybody when the day's calls are used up."""
        org = self._org
        if not rights.may("ApiEnabled"):
            raise plain("API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.", 403)
        refused = org.quirks.refuse_with_limit > 0
        if refused:
            org.quirks.refuse_with_limit -= 1
        if refused or org.meter.used >= org.options.daily_limit:
            raise plain("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403)
        org.meter.count()

    async def _send(self, send: Send, answer: Answer, headers: dict[str, str]) -> None:
        content = answer.raw
        if content is None:
            content = b"" if answer.body is None else self._encoder.encode(answer.body)
        sent = {"Content-Type": "application/json;charset=UTF-8", "Cache-Control": "no-cache,must-revalidate,max-age=0,no-store"}
        sent |= answer.headers
        asked = "gzip" in headers.get("accept-encoding", "")
        if asked and self._org.options.gzip and len(content) >= SMALLEST_COMPRESSED:
            content = gzip.compress(content, 1, mtime=0)
            sent["Content-Encoding"] = "gzip"
        if answer.status not in {204, 304}:
            sent["Content-Length"] = str(len(content))
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
        await send({"type": "http.response.body", "body": content})


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _unpacked(body: bytes, headers: dict[str, str]) -> bytes:
    if headers.get("content-encoding") != "gzip":
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        raise plain("JSON_PARSER_ERROR", "The body is not gzip, though its header says so") from None


def _too_long(path: str, query: str, headers: dict[str, str]) -> Answer | None:
    """Address and headers together may have 16,384 bytes: 414 for the address alone, 431 for both."""
    address = len(path) + 1 + len(query)
    if address > LONGEST_ADDRESS:
        return Answer(414, raw=b"<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>", headers={"Content-Type": "text/html"})
    if address + sum(len(name) + len(value) + 4 for name, value in headers.items()) > LONGEST_ADDRESS:
        page = b"<h1>Bad Message 431</h1><pre>reason: Request Header Fields Too Large</pre>"
        return Answer(431, raw=page, headers={"Content-Type": "text/html"})
    return None


def _version(part: str) -> str:
    match = VERSION.fullmatch(part)
    number = int(match[1]) if match else 0
    if match and number < OLDEST:
        raise plain("UNSUPPORTED_API_VERSION", "API version no longer available", 410)
    if number > NEWEST or not match:
        raise not_found()
    return part
