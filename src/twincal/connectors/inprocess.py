"""HTTP without a socket: an ASGI application called in the process, for rehearsals that one seed can replay."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import unquote, urlsplit

from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side
from twincal.ports import Reply

Message = MutableMapping[str, Any]
Application = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]
PORTS = {"http": 80, "https": 443}
CLIENT = ("127.0.0.1", 50_000)


class InProcessTransport:
    """The `Transport` port on an ASGI application. Each request is one call of it; nothing is kept between them."""

    def __init__(self, side: Side, application: Application) -> None:
        self._side = side
        self._application = application

    async def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Ask the application. Raises VendorFault NO_REPLY when it fails, answers nothing or not to the end, or hangs up."""
        call = _Call(body)
        scope = _scope(method, url, headers, body, call.hang_up)
        try:
            await self._application(scope, call.receive, call.send)
        except Exception as error:
            if not call.complete:
                raise VendorFault(self._side, FaultCode.NO_REPLY, type(error).__name__) from error
        if not call.complete or call.cut:
            raise VendorFault(self._side, FaultCode.NO_REPLY, "hung up")
        return Reply(status=call.status, headers=call.headers, body=b"".join(call.parts))

    async def aclose(self) -> None:
        """There is nothing to close."""


class _Call:
    """One request and its answer as ASGI passes them."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._told = False
        self.status = 0
        self.headers: dict[str, str] = {}
        self.parts: list[bytes] = []
        self.complete = self.cut = False

    def hang_up(self, _client: object) -> None:
        """The server closes the connection, whatever it has sent."""
        self.cut = True

    async def receive(self) -> Message:
        """The body at once, afterwards that the client has gone."""
        if self._told:
            return {"type": "http.disconnect"}
        self._told = True
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def send(self, message: Message) -> None:
        """A part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message.get("headers", [])}
        elif message["type"] == "http.response.body":
            self.parts.append(message.get("body", b""))
            self.complete = not message.get("more_body", False)


def _scope(
    method: str, url: str, headers: Mapping[str, str], body: bytes, hang_up: Callable[[object], None]
) -> MutableMapping[str, Any]:
    parts = urlsplit(url)
    told = {"host": parts.netloc, "content-length": str(len(body)), **{name.lower(): value for name, value in headers.items()}}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": parts.scheme,
        "path": unquote(parts.path),
        "raw_path": parts.path.encode("ascii"),
        "query_string": parts.query.encode("ascii"),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told.items()],
        "client": CLIENT,
        "server": (parts.hostname or "", parts.port or PORTS.get(parts.scheme, 80)),
        "extensions": {"twincal.hang_up": hang_up},
    }
