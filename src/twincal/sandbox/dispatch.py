"""One app before three, and the ports it listens on."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from email.utils import format_datetime
from ssl import SSLContext
from typing import Any

import uvicorn

from twincal.sandbox.clock import Clock
from twincal.sandbox.traffic import CONTROL, SALESFORCE, App, Message, Receive, Scope, Send, raw_path, system_of

# Clients may rest for long between two requests of a cycle.
KEEP_ALIVE_SECONDS = 600
# Longer than any limit a vendor enforces by itself: 16 KiB of address and headers in Salesforce.
LONGEST_HEAD = 1 << 18


def dispatching(graph: App, salesforce: App, control: App) -> App:
    """Each request to the server its path belongs to."""

    async def dispatched(scope: Scope, receive: Receive, send: Send) -> None:
        system = system_of(raw_path(scope))
        await {CONTROL: control, SALESFORCE: salesforce}.get(system, graph)(scope, receive, send)

    return dispatched


def dated(app: App, clock: Clock) -> App:
    """The same app, its answers dated by the sandbox's clock, as HTTP's `Date` is the server's time."""

    async def with_date(scope: Scope, receive: Receive, send: Send) -> None:
        async def date_first(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                if not any(name.lower() == b"date" for name, _ in headers):
                    headers.append((b"date", format_datetime(clock.now(), usegmt=True).encode()))
                message = {**message, "headers": headers}
            await send(message)

        await app(scope, receive, date_first)

    return with_date


def listening(port: int) -> socket.socket:
    """A socket on this machine only. Raises OSError when the port is taken."""
    # asyncio answers without delay only on sockets that say they are TCP; otherwise each answer waits 40 ms for an ACK.
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(("127.0.0.1", port))
    except OSError:
        found.close()
        raise
    return found


def port_of(sock: socket.socket) -> int:
    """The port a socket was given."""
    number: int = sock.getsockname()[1]
    return number


class _Server(uvicorn.Server):
    """A server inside somebody else's event loop: signals are that program's business."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.leaving = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tells when it listens."""
        await super().startup(sockets=sockets)
        self.ready.set()

    def leave(self) -> None:
        """Stops; rested connections are cut, since a client that is still there may take half a minute over TLS's goodbye."""
        for connection in list(self.server_state.connections):
            cycle = getattr(connection, "cycle", None)
            if cycle is None or cycle.response_complete:
                connection.transport.abort()
        self.leaving.set()

    async def main_loop(self) -> None:
        """Rests until it is told to leave, instead of looking ten times a second."""
        await self.leaving.wait()


class _Door:
    """The app as a server sees it, with what ASGI lacks: the weather can close the connection of a request."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.connections: set[Any] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "extensions": {"twincal.hang_up": self._hang_up}}, receive, send)

    def _hang_up(self, client: Any) -> None:
        for connection in list(self.connections):
            if tuple(connection.client or ()) == tuple(client):
                connection.transport.abort()


@asynccontextmanager
async def serving(app: App, ports: list[tuple[socket.socket, SSLContext | None]]) -> AsyncIterator[None]:
    """Serves `app` on bound sockets, with TLS or without, until the block ends; requests under way may finish first."""
    servers = [_server(app, tls) for _, tls in ports]
    tasks = [asyncio.create_task(server.serve(sockets=[sock])) for server, (sock, _) in zip(servers, ports, strict=True)]
    try:
        await asyncio.gather(*(server.ready.wait() for server in servers))
        yield
    finally:
        for server in servers:
            server.leave()
        await asyncio.gather(*tasks)


def _server(app: App, tls: SSLContext | None) -> _Server:
    door = _Door(app)
    config = uvicorn.Config(
        door, log_config=None, log_level="error", access_log=False, lifespan="off", http="h11", ws="none", loop="none",
        interface="asgi3", timeout_keep_alive=KEEP_ALIVE_SECONDS, timeout_graceful_shutdown=2, server_header=False,
        date_header=False, h11_max_incomplete_event_size=LONGEST_HEAD, backlog=512,
    )  # fmt: skip
    config.load()
    config.ssl = tls
    server = _Server(config)
    door.connections = server.server_state.connections
    return server
