"""The web app on a port, beside the engine in one process."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from twincal.errors import WrongInput


class _Server(uvicorn.Server):
    """Signals are the command's business: it stops the engine and the web app together."""

    def __init__(self, config: uvicorn.Config, ready: asyncio.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes any that is free. Raises WrongInput where the port is taken."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise WrongInput(
            f"Nobody can listen on {host}:{port} ({error.strerror or error}).", "Choose another --port, or another --host."
        ) from error


async def serve_app(app: Starlette, stop: asyncio.Event, on: socket.socket, ready: asyncio.Event) -> None:
    """Serve until `stop` is set; requests under way are answered first."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", server_header=False, timeout_graceful_shutdown=5
    )  # fmt: skip
    server = _Server(config, ready)
    serving = asyncio.create_task(server.serve(sockets=[on]))
    waiting = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        server.should_exit = True
        await serving
