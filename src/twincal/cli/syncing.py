"""`twincal plan`, `sync`, `release` and `run`."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from twincal.cli.accounts import Json
from twincal.cli.frame import DONE, FAILED, HELD, STEP, emit, pairs, with_service
from twincal.cli.render import ROOMY, console, day_and_time, progress, show, show_beside, table

if TYPE_CHECKING:
    from twincal.engine.preview import Preview
    from twincal.engine.report import Counts, Report, Sides
    from twincal.engine.service import Service

Mailboxes = Annotated[list[str] | None, typer.Argument(metavar="MAILBOX…", help="Everybody when none is named.")]
LISTED = 50
"""Steps listed by `plan`; --json lists all."""


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("plan", rich_help_panel=STEP)(plan)
    app.command("sync", rich_help_panel=STEP)(sync)
    app.command("release", rich_help_panel=STEP)(release)
    app.command("run", rich_help_panel=STEP)(run_loop)


def plan(
    context: typer.Context,
    mailboxes: Mailboxes = None,
    changes: Annotated[
        list[str] | None, typer.Option("--with", metavar="KEY=VALUE", help="As if this were set; may be repeated.")
    ] = None,
    json: Json = False,
) -> None:
    """Show what the next cycle would do, and what it would do under other settings. Changes nothing."""
    wanted = pairs(changes or [])

    async def ask(service: "Service") -> int:
        found = await service.plan(mailboxes or [], wanted)
        if json:
            emit(found)
        else:
            if not found:
                show("Nobody yet. Add somebody: twincal people add MAILBOX --salesforce USERNAME")
            for preview in found:
                _show_preview(preview, changed=bool(wanted))
        return HELD if any(preview.held for preview in found) else DONE

    with_service(context, ask)


def sync(context: typer.Context, mailboxes: Mailboxes = None, json: Json = False) -> None:
    """Run one cycle now."""

    async def ask(service: "Service") -> int:
        with progress("Syncing") as bar:
            task = bar.add_task("", total=None)
            report = await service.sync(
                mailboxes or [],
                watch=lambda mailbox, done, of: bar.update(task, completed=done, total=of, description=mailbox),
            )
        return tell(report, json=json)

    with_service(context, ask)


def release(
    context: typer.Context,
    plan_id: Annotated[str, typer.Argument(metavar="PLAN", help="The name `sync` printed for the held steps.")],
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="ITEM", help="Only this item of it; may be repeated. The rest stays held.")
    ] = None,
    json: Json = False,
) -> None:
    """Let the steps go on that a guard holds, as they were shown, or some of them."""

    async def ask(service: "Service") -> int:
        return tell(await service.release(plan_id, only or []), json=json)

    with_service(context, ask)


def run_loop(
    context: typer.Context,
    interval: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds between rounds; the setting poll.interval_seconds else.")
    ] = None,
) -> None:
    """Keep everybody in step until stopped (Ctrl-C or SIGTERM)."""

    async def ask(service: "Service") -> int:
        from twincal.cli.signals import stopped

        stop = stopped()
        console(error=True).print("Running; stop with Ctrl-C.")
        await service.serve(stop, interval=interval)
        console(error=True).print("Stopped.")
        return DONE

    with_service(context, ask)


def tell(report: "Report", *, json: bool) -> int:
    """Print a run, as JSON or for people; its exit code."""
    if json:
        emit(report)
    else:
        show_report(report)
    return exit_code(report)


def exit_code(report: "Report") -> int:
    """Failures first, then held classes."""
    if report.failed:
        return FAILED
    return HELD if report.held_plans else DONE


def show_report(report: "Report") -> None:
    """A run in a table, then what failed, what is held, and who was left out."""
    rows = [
        (
            person.mailbox,
            _both(person.created),
            _both(person.updated),
            _both(person.deleted),
            person.in_step,
            person.unresolved,
            person.excluded,
            person.held,
            person.failed,
        )
        for person in report.people
    ]
    heads = ("Mailbox", "Created", "Updated", "Deleted", "In step", "Unresolved", "Excluded", "Held", "Failed")
    places = [place for place, head in enumerate(heads) if head in ALWAYS or _told(row[place] for row in rows)]
    columns = [heads[place] for place in places]
    table(columns, ([row[place] for place in places] for row in rows), numbers=columns[1:])
    requests = ", ".join(f"{count} to {name.capitalize()}" for name, count in report.requests.items())
    show(f"Two numbers are Exchange / Salesforce. Requests: {requests}. Mails: {report.mail_expected}.")
    for person in report.people:
        if person.failure:
            show(f"{person.mailbox}: {person.failure.message} {person.failure.remedy}", style="red")
    for held in report.held_plans:
        how = f" Release with: twincal release {held.plan}" if held.plan else ""
        show(f"Held for {held.mailbox}: {held.because}{how}", style="yellow")
    _show_left_out(report)


ALWAYS = ("Mailbox", "Created", "In step")


def _told(cells: Iterable[object]) -> bool:
    """Whether a column tells anything: there is room for all, or something in it is not zero."""
    return console().width >= ROOMY or any(str(cell) not in NOTHING for cell in cells)


def _show_left_out(report: "Report") -> None:
    if not report.people:
        show("Nobody yet. Add somebody: twincal people add MAILBOX --salesforce USERNAME")
    idle = [person.mailbox for person in report.people if person.idle == "off"]
    if idle:
        who = "Everybody" if len(idle) == len(report.people) > 1 else few(idle)
        show(f"Not looked at, because the mode is Off: {who}.", style="yellow")
        show("`twincal plan --with mode=match` shows what a mode would do; `twincal settings set mode=match` chooses it.")
    inactive = [person.mailbox for person in report.people if person.idle == "inactive"]
    if inactive:
        show(f"Not looked at, because they are inactive (`twincal people activate MAILBOX`): {few(inactive)}.")


def few(names: Sequence[str], most: int = 3) -> str:
    """Some names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _both(count: "Sides") -> str:
    return f"{count.exchange} / {count.salesforce}"


def _show_preview(preview: "Preview", *, changed: bool) -> None:
    """What would be done, a line a kind, today beside the change; then the steps."""
    plans = [counts for counts in (preview.today, preview.changed) if counts]
    columns = [_cells(counts) for counts in plans]
    lines = [(name, *(cells[place] for cells in columns)) for place, name in enumerate(COUNTED)]
    rows = [(name, *cells) for name, *cells in lines if any(cell not in NOTHING for cell in cells)]
    heads = ("Items", "Today", "With the change")[: 1 + len(plans)]
    if rows:
        table(heads, rows, title=preview.mailbox, numbers=heads[1:])
    else:
        show(preview.mailbox, style="bold")
    _show_adoption(preview)
    for step in preview.steps[:LISTED]:
        show(f"  {day_and_time(step.start):16}  {step.verdict:22}  {step.subject or '(no subject)'}")
        show_beside(step.code, step.because, indent=20, style="dim")
    if len(preview.steps) > LISTED:
        show(f"  … and {len(preview.steps) - LISTED} more; --json lists all.")
    if not preview.steps:
        show("  Nothing would be done." if not changed else "  Nothing would be done differently.")
    if any("/" in cell for row in rows for cell in row):
        show("  Two numbers are Exchange / Salesforce.", style="dim")


def _show_adoption(preview: "Preview") -> None:
    """What stands in both calendars already, by confidence."""
    found = preview.adoption
    rows = (
        ("the same subject, start and end: linked", found.same),
        ("alike for certain: linked", found.alike),
        ("likely: wait for the person (twincal pair, twincal choose)", found.likely),
        ("one copy too many: reported", found.surplus),
    )
    if any(count for _, count in rows):
        table(("In both calendars already", "Items"), [row for row in rows if row[1]], numbers=("Items",))


COUNTED = ("Create", "Update", "Delete", "Link", "Freeze", "Hold", "Unresolved", "Excluded", "Prevented", "Mails")
NOTHING = ("0", "0 / 0")


def _cells(counts: "Counts") -> tuple[str, ...]:
    singles = (
        counts.link,
        counts.freeze,
        counts.held,
        counts.unresolved,
        counts.excluded,
        counts.prevented,
        counts.mail,
    )
    return _both(counts.create), _both(counts.update), _both(counts.delete), *map(str, singles)
