"""`twincal sandbox`: local servers that speak Graph's and Salesforce's protocols, with a seeded company."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from twincal.cli.frame import DONE, emit, run
from twincal.cli.render import console
from twincal.errors import WrongInput

WORLDS = ("company", "empty")


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("sandbox")(sandbox)


def day(text: str, option: str) -> date:
    """A day typed as 2027-03-05. Raises WrongInput."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongInput(f"{option} {text!r} is not a day.", "Write it as 2027-03-05.") from error


def sandbox(
    world: Annotated[str, typer.Option(help="company (30 people with two years of diaries) or empty.")] = "company",
    today: Annotated[str | None, typer.Option(metavar="DATE", help="The day it is there; the real one else.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed makes another company.")] = 1,
    port: Annotated[int, typer.Option(help="The plain port; a free one else.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON when ready.")] = False,
) -> None:
    """Serve Exchange and Salesforce locally, to rehearse everything offline; stops on SIGTERM or Ctrl-C."""
    if world not in WORLDS:
        raise WrongInput(f"There is no world {world!r}.", "Choose company or empty.")
    start = day(today, "--today") if today else datetime.now(UTC).date()

    async def main() -> int:
        from twincal.cli.signals import stopped
        from twincal.sandbox.serve import Sandbox

        stop = stopped()
        async with Sandbox.running(world=world, today=start, seed=seed, port=port) as served:
            said = served.announcement()
            if json:
                emit(said)
            else:
                console().print(f"Graph      {said['graph']['base_url']}\nSalesforce {said['salesforce']['login_url']}")
                console().print(f"Control    {said['control_url']}\nStop with Ctrl-C; --json prints how to connect.")
            await stop.wait()
        return DONE

    run(main())
