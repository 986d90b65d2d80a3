"""`twincal serve`: the engine and the web app in one process."""

import asyncio
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from twincal.cli.frame import STEP, frame_of, run

if TYPE_CHECKING:
    from twincal.engine.service import Service

HOST, PORT = "127.0.0.1", 8765
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104, only compared with: such an address cannot be opened in a browser


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("serve", rich_help_panel=STEP)(serve)


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen; 0.0.0.0 for every network.")] = HOST,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on.")] = PORT,
    public_url: Annotated[
        str, typer.Option("--public-url", metavar="URL", help="How browsers reach it, where that is another address.")
    ] = "",
) -> None:
    """Keep everybody in step, and serve the web app, until SIGTERM or Ctrl-C."""
    frame = frame_of(context)

    async def main() -> int:
        from twincal.cli.signals import stopped
        from twincal.wiring import opened

        stop = stopped()
        async with opened(frame.directory, now=frame.now, web=True) as service:
            await served(service, stop, host=host, port=port, public_url=public_url)
        return 0

    run(main())


async def served(
    service: "Service", stop: asyncio.Event, *, host: str, port: int, public_url: str = "", demo: str = "",
    interval: float | None = None, tell: Callable[[str], None] = lambda address: None,
) -> None:  # fmt: skip
    """The engine and the web app until `stop` is set; when one of them fails, the other stops too. `tell` is given the address."""
    from twincal.web.app import create_app
    from twincal.web.serving import listening, serve_app
    from twincal.wiring import trusted

    on = listening(host, port)
    address = public_url.rstrip("/") or f"http://{HOST if host in EVERYWHERE else host}:{on.getsockname()[1]}"
    ready = asyncio.Event()
    web = asyncio.create_task(serve_app(create_app(service, public_url=address, demo=demo, trust=trusted()), stop, on, ready))
    engine = asyncio.create_task(service.serve(stop, interval=interval))
    try:
        await ready.wait()
        tell(address)
        await _announced(service, address)
        await asyncio.wait({web, engine}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        await asyncio.gather(web, engine)


async def _announced(service: "Service", address: str) -> None:
    print(f"Twincal serves {address} (stop with Ctrl-C).", file=sys.stderr)
    token = await service.desk.first_link()
    if token:
        print(f"The first administrator signs in here, once, within a day: {address}/first/{token}", file=sys.stderr)
