"""`twincal sandbox`: local servers that speak Graph's and Salesforce's protocols, with a seeded company."""

from contextlib import AsyncExitStack
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from twincal.cli.frame import BEGIN, DONE, emit, run
from twincal.cli.render import show
from twincal.errors import WrongInput

WORLDS = ("company", "empty")
FIRST, LAST = date(1990, 1, 1), date(2100, 12, 31)
"""Days the sandbox can begin on: its diaries reach years back and ahead."""


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("sandbox", rich_help_panel=BEGIN)(sandbox)


def day(text: str, option: str) -> date:
    """A day typed as 2027-03-05. Raises WrongInput."""
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise WrongInput(f"{option} {text!r} is not a day.", "Write it as 2027-03-05.") from error
    if not FIRST <= found <= LAST:
        raise WrongInput(f"{option} {text} is too far away.", f"Choose a day from {FIRST} to {LAST}.")
    return found


def sandbox(
    world: Annotated[str, typer.Option(help="company (30 people with two years of diaries) or empty.")] = "company",
    today: Annotated[str | None, typer.Option(metavar="DATE", help="The day it is there; the real one else.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed makes another company.")] = 1,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The plain port; a free one else.", show_default=False)] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON when ready.")] = False,
) -> None:
    """Serve Exchange and Salesforce locally, to rehearse everything offline; stops on SIGTERM or Ctrl-C."""
    if world not in WORLDS:
        raise WrongInput(f"There is no world {world!r}.", "Choose company or empty.")
    start = day(today, "--today") if today else datetime.now(UTC).date()

    run(_serve(world, start, seed, port, json=json))


async def _serve(world: str, start: date, seed: int, port: int, *, json: bool) -> int:
    from twincal.cli.signals import stopped
    from twincal.sandbox.serve import Sandbox

    stop = stopped()
    async with AsyncExitStack() as stack:
        try:
            served = await stack.enter_async_context(Sandbox.running(world=world, today=start, seed=seed, port=port))
        except OSError as error:
            why = f"The port {port} cannot be used ({error.strerror})." if port else f"No port can be opened ({error.strerror})."
            raise WrongInput(why, "Choose another with --port, or leave it out for one that is free.") from error
        _announce(served.announcement(), served.page_url, json=json)
        await stop.wait()
    return DONE


def _announce(said: dict[str, Any], page: str, *, json: bool) -> None:
    if json:
        emit(said)
        return
    show(f"Graph      {said['graph']['base_url']}\nSalesforce {said['salesforce']['login_url']}")
    show(f"Control    {said['control_url']}\nCalendars  {page}\nStop with Ctrl-C; --json prints how to connect.")
