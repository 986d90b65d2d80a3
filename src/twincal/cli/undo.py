"""`twincal runs` and `undo`: what was written, and taking it back."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from twincal.cli.accounts import Json, Mailbox
from twincal.cli.frame import CARE, DONE, FAILED, emit, with_service
from twincal.cli.render import day_and_time, show, table
from twincal.errors import WrongInput

if TYPE_CHECKING:
    from twincal.engine.service import Service
    from twincal.engine.undo import Undone

FIELDS = {"subject": "subject", "time": "times", "place": "place", "show-as": "show_as", "body": "body", "people": "whos"}
"""Fields as people name them."""


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("runs", rich_help_panel=CARE)(runs)
    app.command("undo", rich_help_panel=CARE)(undo)


def runs(context: typer.Context, mailbox: Mailbox, json: Json = False) -> None:
    """List the runs that wrote something, newest first; `undo` takes one back by its number."""

    async def ask(service: "Service") -> int:
        found = await service.runs(mailbox)
        if json:
            emit(found)
            return DONE
        columns = ("Run", "When (UTC)", "Created", "Updated", "Deleted")
        rows = [(one.run, day_and_time(one.at), one.created, one.updated, one.deleted) for one in found]
        table(columns, rows, numbers=("Created", "Updated", "Deleted"))
        return DONE

    with_service(context, ask, writes=False)


def undo(
    context: typer.Context,
    mailbox: Mailbox,
    item: Annotated[str | None, typer.Argument(metavar="ITEM", help="Its subject (or a part), either id, or a link to it.")] = None,
    field: Annotated[
        list[str] | None, typer.Option("--field", help=f"Only this field: {', '.join(FIELDS)}. May be repeated.")
    ] = None,
    run: Annotated[str | None, typer.Option("--run", metavar="NUMBER", help="Everything a run wrote, or `last`.")] = None,
    day: Annotated[str | None, typer.Option("--day", metavar="DATE", help="Everything written on a day (UTC).")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without this, only what would be done is shown.")] = False,
    json: Json = False,
) -> None:
    """Take back what Twincal wrote: a field, an item, a run or a day. Nobody's later edit is overwritten."""
    fields, when = [_field(name) for name in field or []], _day(day) if day else None

    async def ask(service: "Service") -> int:
        number = run or ""
        if number == "last":
            number = next((one.run for one in await service.runs(mailbox)), "none")
        found = await service.undo(mailbox, text=item or "", fields=fields, run=number, day=when, do=yes)
        if json:
            emit(found)
        else:
            _tell(found, done=yes)
        return FAILED if any(step.fault for step in found.steps) else DONE

    with_service(context, ask)


def _tell(found: "Undone", *, done: bool) -> None:
    rows = [
        (
            day_and_time(step.start),
            step.subject,
            step.side,
            "done" if step.done else step.fault or step.verdict,
            step.code,
            step.because,
        )
        for step in found.steps
    ]
    table(("Start (UTC)", "Subject", "In", "Outcome" if done else "Would be", "Code", "Reason"), rows)
    show(f"{len(rows)} item{'' if len(rows) == 1 else 's'}, {found.refused} left as they are. Mails: {found.mail}.")
    if not done:
        show("Nothing was changed. Add --yes to do it.")


def _field(name: str) -> str:
    """Raises WrongInput for a field that cannot be taken back."""
    if name not in FIELDS:
        raise WrongInput(f"There is no field {name!r}.", f"Choose among {', '.join(FIELDS)}.")
    return FIELDS[name]


def _day(text: str) -> date:
    """Raises WrongInput."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongInput(f"--day {text!r} is not a date.", "Write it as 2027-03-05.") from error
