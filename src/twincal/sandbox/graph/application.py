"""Microsoft Graph and Entra as one ASGI application."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from twincal.sandbox.exchange.apps import App
from twincal.sandbox.exchange.company import Exchange
from twincal.sandbox.exchange.errors import GraphError
from twincal.sandbox.exchange.moments import stamp
from twincal.sandbox.graph.batches import batch
from twincal.sandbox.graph.calls import Call, Reply, call_of, json_reply
from twincal.sandbox.graph.entra import Entra
from twincal.sandbox.graph.service import CalendarService, mailbox_key
from twincal.sandbox.graph.throttle import Throttle

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

# Below this, compressing costs more than it saves.
_WORTH_COMPRESSING = 1000


class GraphApplication:
    """Serves one company over HTTP."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._entra = Entra(exchange)
        self._service = CalendarService(exchange)
        self._throttle = Throttle(exchange)
        self._count = 0

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One HTTP request, or the life of the server."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        call = await _read(scope, receive)
        self._count += 1
        try:
            reply = await self._answer(call)
        except GraphError as refusal:
            reply = self._refusal(call, refusal)
        await self._send(call, reply, send)

    async def _answer(self, call: Call) -> Reply:
        head = call.segments[0].casefold() if call.segments else ""
        if head != "v1.0":
            found = self._entra.answer(call)
            if found is None:
                raise GraphError(404, "NotFound", f"There is nothing at {call.path}.")
            return found
        call.segments = call.segments[1:]
        app = self._entra.bearer(call.headers.get("authorization", ""))
        if [part.casefold() for part in call.segments] == ["$batch"]:
            if call.method != "POST":
                raise GraphError(405, "BadRequest", "Specified HTTP method is not allowed for the request target.")
            await self._wait()
            return batch(call, lambda inner, beside: self._within(inner, app, beside))
        key = mailbox_key(call) or ""
        with self._throttle.admitted(app.client_id, self._known(key), len(call.body)):
            await self._wait()
            return self._service.answer(call, app)

    async def _wait(self) -> None:
        """Let requests that arrived together be under way together, as they are where many servers answer."""
        latency = self._exchange.quirks.latency_ms
        if latency > 0:
            await asyncio.sleep(latency / 1000)
        else:
            for _ in range(3):
                await asyncio.sleep(0)

    def _known(self, key: str) -> str:
        try:
            return self._exchange.mailbox(key).id
        except GraphError:
            return key.casefold()

    def _within(self, call: Call, app: App, beside: int) -> Reply:
        """One request of a batch; `beside` run at the same time in the same mailbox."""
        mailbox = self._known(mailbox_key(call) or "")
        try:
            if beside >= self._throttle.free(app.client_id, mailbox):
                raise self._throttle.refusal("MailboxConcurrency")
            with self._throttle.admitted(app.client_id, mailbox, len(call.body)):
                return self._service.answer(call, app)
        except GraphError as refusal:
            return self._refusal(call, refusal)

    def _refusal(self, call: Call, refusal: GraphError) -> Reply:
        given = call.headers.get("client-request-id") or self._request_id()
        inner = {
            "date": stamp(self._exchange.now())[:19],
            "request-id": self._request_id(),
            "client-request-id": given,
        }
        error = {"code": refusal.code, "message": refusal.message, **refusal.extra}
        error[self._exchange.quirks.inner_error_name] = inner
        return json_reply({"error": error}, refusal.status, dict(refusal.headers))

    def _request_id(self) -> str:
        return f"{self._count:08x}-0000-4000-8000-{self._exchange.seed:012x}"

    async def _send(self, call: Call, reply: Reply, send: Send) -> None:
        body = reply.body
        headers = {
            "request-id": self._request_id(),
            "client-request-id": call.headers.get("client-request-id") or self._request_id(),
            "x-ms-ags-diagnostic": '{"ServerInfo":{"DataCenter":"Sandbox","Slice":"E","Ring":"1"}}',
            **reply.headers,
        }
        if body:
            headers.setdefault("content-type", "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8")
        asked = "gzip" in call.headers.get("accept-encoding", "").casefold()
        if asked and self._exchange.quirks.gzip and len(body) > _WORTH_COMPRESSING:
            body = gzip.compress(body, compresslevel=1, mtime=0)
            headers |= {"content-encoding": "gzip", "vary": "Accept-Encoding"}
        if reply.status != 204:
            headers["content-length"] = str(len(body))
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _read(scope: MutableMapping[str, Any], receive: Receive) -> Call:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            break
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").casefold(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope.get("query_string", b"").decode("latin-1")
    base = f"{scope.get('scheme', 'http')}://{headers.get('host', 'localhost')}"
    return call_of(scope["method"], f"{path}?{query}" if query else path, headers, b"".join(parts), base)


def graph_app(exchange: Exchange) -> ASGIApp:
    """The ASGI application of a company: `/v1.0/...` is Microsoft Graph, `/{tenant}/...` is Entra."""
    return GraphApplication(exchange)
