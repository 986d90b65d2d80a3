"""`twincal demo`: the main job on the sandbox, from nothing to two calendars in step."""

import asyncio
import sys
import tempfile
from collections import Counter
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import Struct

from twincal.cli.frame import Frame, complain, emit, frame_of, pairs, run
from twincal.cli.render import console, progress, show, table
from twincal.cli.sandbox import day
from twincal.cli.syncing import exit_code, show_report
from twincal.core.vocabulary import Tab
from twincal.errors import WrongInput

if TYPE_CHECKING:
    from twincal.engine.report import Report
    from twincal.engine.service import Service

WIDEST = (("window.past_days", "912"), ("window.future_days", "912"))
FREQUENT = 5


class DemoOptions(Struct, frozen=True, kw_only=True):
    """What was asked of the demo."""

    once: bool
    calendar: str | None
    today: date
    people: int | None
    changes: tuple[tuple[str, str], ...]
    json: bool


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("demo")(demo)


def demo(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="End after the second look instead of staying in step.")] = False,
    calendar: Annotated[
        Path | None, typer.Option(metavar="FILE.ics", help="One person with this calendar instead of the company.")
    ] = None,
    today: Annotated[str | None, typer.Option(metavar="DATE", help="The day it is; the real one else.")] = None,
    people: Annotated[int | None, typer.Option(min=1, help="Only so many people of the company.")] = None,
    changes: Annotated[list[str] | None, typer.Option("--with", metavar="KEY=VALUE", help="Settings to begin with.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Sync a seeded company (or your own calendar file) with the sandbox, and see what happened."""
    text = _calendar_text(calendar) if calendar else None
    options = DemoOptions(
        once=once,
        calendar=text,
        today=day(today, "--today") if today else datetime.now(UTC).date(),
        people=people,
        changes=tuple(pairs(changes or [])),
        json=json,
    )
    frame = frame_of(context)
    if frame.home is not None:
        run(_demo(options, frame, frame.home))
    with tempfile.TemporaryDirectory(prefix="twincal-demo-") as home:
        run(_demo(options, frame, Path(home)))


def _calendar_text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongInput(f"--calendar {path} cannot be read.", "Give the path of an iCalendar file (.ics).") from error
    if "BEGIN:VCALENDAR" not in text.upper():
        raise WrongInput(f"--calendar {path} is not an iCalendar file.", "It has to contain BEGIN:VCALENDAR.")
    return text


async def _demo(options: DemoOptions, frame: Frame, home: Path) -> int:
    from twincal.sandbox.serve import Sandbox
    from twincal.wiring import opened

    start = frame.now or datetime.combine(options.today, time(8), UTC)
    world = "empty" if options.calendar else "company"
    _say("Starting the sandbox …")
    async with Sandbox.running(world=world, today=options.today) as sandbox:
        said = sandbox.announcement()
        chosen = await _people(options, said)
        async with opened(home, now=start) as service:
            await _prepared(service, options, said, chosen)
            first = await _synced(service, "First sync")
            second = await _synced(service, "Second look")
            if options.json:
                emit(_as_json(first, second))
            else:
                await _told(service, first, second, [person["mailbox"] for person in chosen])
            if not options.once:
                await _stay(service)
            return exit_code(first) or exit_code(second)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


async def _people(options: DemoOptions, said: dict[str, Any]) -> list[dict[str, Any]]:
    """Whom to sync: the company, or one person with the calendar that was given."""
    if options.calendar is None:
        found: list[dict[str, Any]] = said["people"]
        return found[: options.people]
    from twincal.cli.control import post

    owner = {"name": "Ann Archer", "mailbox": "ann@northwind.example", "salesforce_username": "ann@northwind.example"}
    _say("Importing the calendar …")
    await post(said["control_url"], "/people", owner)
    answer = await post(said["control_url"], "/import", {"mailbox": owner["mailbox"], "ics": options.calendar})
    for row in answer.get("refused", [])[:FREQUENT]:
        complain(f"Not imported: {row}")
    return [owner]


async def _prepared(service: "Service", options: DemoOptions, said: dict[str, Any], people: list[dict[str, Any]]) -> None:
    graph, salesforce = said["graph"], said["salesforce"]
    await service.connect_graph(
        tenant=graph["tenant"],
        client_id=graph["client_id"],
        secret=graph["client_secret"],
        authority=graph["authority"],
        base_url=graph["base_url"],
    )
    await service.connect_salesforce(
        login_url=salesforce["login_url"], client_id=salesforce["client_id"], secret=salesforce["client_secret"]
    )
    widest = WIDEST if options.calendar else ()
    for key, value in (("mode", "sync_all"), *widest, *options.changes):
        await service.set_setting(key, value)
    for person in people:
        await service.add_person(person["mailbox"], person["salesforce_username"])


async def _synced(service: "Service", what: str) -> "Report":
    _say(f"{what} …")
    with progress(what) as bar:
        task = bar.add_task("", total=None)
        return await service.sync(
            [], watch=lambda mailbox, done, of: bar.update(task, completed=done, total=of, description=mailbox)
        )


def _as_json(first: "Report", second: "Report") -> dict[str, Any]:
    import msgspec

    answer: dict[str, Any] = msgspec.to_builtins(first)
    look = {}
    for what in ("created", "updated", "deleted"):
        total = second.total(what)
        look[what] = total.exchange + total.salesforce
    return {**answer, "second_look": look}


async def _told(service: "Service", first: "Report", second: "Report", mailboxes: list[str]) -> None:
    """Counts by verdict, the most frequent reasons, and what to try next."""
    show("What the first sync did", style="bold")
    show_report(first)
    reasons: Counter[tuple[str, str, str]] = Counter()
    tabs: Counter[str] = Counter()
    for mailbox in mailboxes:
        for row in await service.history(mailbox):
            tabs[row.tab] += 1
            reasons[row.tab, row.code, _short(row.reason)] += 1
    show("Where the items stand: " + ", ".join(f"{tabs[tab.value]} {tab.phrase}" for tab in Tab))
    columns = ("Items", "Tab", "Code", "Reason")
    table(columns, ((n, *reason) for reason, n in reasons.most_common(FREQUENT)), title="The most frequent reasons")
    look = [second.total(what) for what in ("created", "updated", "deleted")]
    again = sum(count.exchange + count.salesforce for count in look)
    show("A second look found nothing to do." if again == 0 else f"A second look did {again} more things.")
    show("Next, on a home of your own (--home DIR, or TWINCAL_HOME):", style="bold")
    for line in (
        "twincal connect exchange graph --help     connect your own tenant",
        "twincal plan --with mode=match            what another mode would do",
        f"twincal history {mailboxes[0]} --tab excluded",
        f"twincal explain {mailboxes[0]} 'a subject'",
    ):
        show(f"  {line}")


def _short(reason: str) -> str:
    """The sentence without what is particular to one item."""
    return reason.split(":")[0] if len(reason) > 60 else reason


async def _stay(service: "Service") -> None:
    from twincal.cli.signals import stopped

    stop: asyncio.Event = stopped()
    console(error=True).print("Keeping both sides in step; stop with Ctrl-C.")
    await service.serve(stop, interval=5)
