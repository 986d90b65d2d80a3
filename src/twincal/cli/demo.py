"""`twincal demo`: the main job on the sandbox, from nothing to two calendars in step."""

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import Struct

from twincal.cli.frame import BEGIN, Frame, emit, frame_of, pairs, run
from twincal.cli.plain import plain
from twincal.cli.render import console, progress, show, table
from twincal.cli.sandbox import day
from twincal.cli.syncing import exit_code, show_report
from twincal.core.settings_table import SETTINGS, expanded
from twincal.core.vocabulary import Level, Tab
from twincal.errors import WrongInput

if TYPE_CHECKING:
    from twincal.engine.report import Report
    from twincal.engine.service import Service
    from twincal.sandbox.serve import Sandbox

WIDEST = (("window.past_days", "912"), ("window.future_days", "912"))
FREQUENT = 5


class DemoOptions(Struct, frozen=True, kw_only=True):
    """What was asked of the demo."""

    once: bool
    calendar: str | None
    today: date
    people: int | None
    changes: tuple[tuple[str, str], ...]
    port: int
    json: bool


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("demo", rich_help_panel=BEGIN)(demo)


def demo(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="End after the second look instead of staying in step.")] = False,
    calendar: Annotated[
        Path | None, typer.Option(metavar="FILE.ics", help="One person with this calendar instead of the company.")
    ] = None,
    today: Annotated[str | None, typer.Option(metavar="DATE", help="The day it is; the real one else.")] = None,
    people: Annotated[int | None, typer.Option(min=1, help="Only so many people of the company.")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--with", metavar="KEY=VALUE", help="Settings to begin with; may be repeated.")
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the web app listens while the demo stays; any free port else.")
    ] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Sync a seeded company (or your own calendar file) with the sandbox, and see what happened."""
    if calendar and people:
        raise WrongInput("--people is for the company; a calendar file is one person's.", "Leave one of the two out.")
    text = _calendar_text(calendar) if calendar else None
    options = DemoOptions(
        once=once,
        calendar=text,
        today=day(today, "--today") if today else datetime.now(UTC).date(),
        people=people,
        changes=tuple(_known(pairs(changes or []))),
        port=port,
        json=json,
    )
    frame = frame_of(context)
    if frame.home is not None:
        _fresh(frame.home)
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


def _known(changes: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """The settings, looked at before anything is started. Raises WrongInput."""
    for given, text in changes:
        for key, value in expanded(given, text).items():
            SETTINGS[key].parse(value)
    return changes


def _fresh(home: Path) -> None:
    """The demo signs in to the sandbox, so it takes no home that is in use. Raises WrongInput."""
    if home.is_dir() and any(home.iterdir()):
        raise WrongInput(
            f"--home {home} is not empty, and the demo needs a home of its own.", "Name a directory that is not there yet."
        )


async def _demo(options: DemoOptions, frame: Frame, home: Path) -> int:
    from twincal.sandbox.serve import Sandbox
    from twincal.wiring import opened

    start = frame.now or datetime.combine(options.today, time(8), UTC)
    world = "empty" if options.calendar else "company"
    _say("Starting the sandbox …")
    async with Sandbox.running(world=world, today=options.today) as sandbox:
        said = sandbox.announcement()
        chosen, refused = await _people(options, said)
        async with opened(home, now=start, web=not options.once) as service:
            await _prepared(service, options, said, chosen)
            first = await _synced(service, "First sync")
            second = await _synced(service, "Second look")
            if options.json:
                emit({**_as_json(first, second), "not_imported": refused})
            else:
                await _told(service, first, second, [person["mailbox"] for person in chosen])
            if not options.once:
                await _stay(service, sandbox, options.port)
            return exit_code(first) or exit_code(second)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


async def _people(options: DemoOptions, said: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Whom to sync: the company, or one person with the calendar that was given; and the rows that were not imported."""
    if options.calendar is None:
        found: list[dict[str, Any]] = said["people"]
        return found[: options.people], []
    from twincal.cli.control import post

    owner = {"name": "Ann Archer", "mailbox": "ann@northwind.example", "salesforce_username": "ann@northwind.example"}
    _say("Importing the calendar …")
    await post(said["control_url"], "/people", owner)
    answer = await post(said["control_url"], "/import", {"mailbox": owner["mailbox"], "ics": options.calendar})
    return [owner], _imported(answer)


def _imported(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Say what came of the import; the rows that were not imported. Raises WrongInput where nothing could be."""
    faults: list[dict[str, Any]] = answer["faults"]
    reasons = [f"line {fault['line']}: {fault['reason']}" for fault in faults]
    if reasons and not answer["singles"] + answer["series"]:
        raise WrongInput(
            f"Nothing in the calendar file could be imported ({reasons[0]}).", "Export the calendar again and try that file."
        )
    _say(f"Imported {answer['singles']} single events and {answer['series']} series.")
    for reason in reasons[:FREQUENT]:
        _say(f"Not imported, {reason}")
    if len(reasons) > FREQUENT:
        _say(f"… and {len(reasons) - FREQUENT} more events that were not imported; --json lists all.")
    return faults


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
        await service.set_setting(key, value, level=_level(key))
    for person in people:
        await service.add_person(person["mailbox"], person["salesforce_username"])


def _level(key: str) -> str:
    """Where a setting is made: in the subscription, or above it where only that may set it."""
    levels = SETTINGS[key].levels if key in SETTINGS else (Level.SUBSCRIPTION,)
    level = Level.SUBSCRIPTION if Level.SUBSCRIPTION in levels else levels[0]
    return str(level.value)


async def _synced(service: "Service", what: str) -> "Report":
    _say(f"{what} …")
    with progress(what) as bar:
        task = bar.add_task("", total=None)
        return await service.sync(
            [], watch=lambda mailbox, done, of: bar.update(task, completed=done, total=of, description=mailbox)
        )


def _as_json(first: "Report", second: "Report") -> dict[str, Any]:
    look = {what: second.total(what) for what in ("created", "updated", "deleted")}
    answer: dict[str, Any] = plain(first)
    return {**answer, "second_look": {what: both.exchange + both.salesforce for what, both in look.items()}}


async def _told(service: "Service", first: "Report", second: "Report", mailboxes: list[str]) -> None:
    """Counts by verdict, the most frequent reasons, and what to try next."""
    show("What the first sync did", style="bold")
    show_report(first)
    reasons: dict[tuple[str, str], list[str]] = {}
    tabs: Counter[str] = Counter()
    for mailbox in mailboxes:
        for row in await service.history(mailbox):
            tabs[row.tab] += 1
            reasons.setdefault((row.tab, row.code), []).append(row.reason)
    show("Where the items stand: " + ", ".join(f"{tabs[tab.value]} {tab.phrase}" for tab in Tab))
    columns = ("Items", "Tab", "Code", "Reason")
    frequent = sorted(reasons.items(), key=lambda found: -len(found[1]))[:FREQUENT]
    table(columns, ((len(said), *key, _in_common(said)) for key, said in frequent), title="The most frequent reasons")
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


def _in_common(sentences: Sequence[str]) -> str:
    """What sentences have in common that differ in what is particular to one item: the words at both ends."""
    first, *others = {tuple(sentence.split()) for sentence in sentences}
    if not others:
        return " ".join(first)
    every = [first, *others]
    lead = _alike(every)
    tail = min(_alike([words[::-1] for words in every]), min(map(len, every)) - lead)
    return " ".join([*first[:lead], "…", *first[len(first) - tail :]])


def _alike(sentences: Sequence[Sequence[str]]) -> int:
    """With how many equal words all of them begin."""
    return sum(1 for _ in takewhile(lambda words: len(set(words)) == 1, zip(*sentences, strict=False)))


async def _stay(service: "Service", sandbox: "Sandbox", port: int) -> None:
    from twincal.cli.companion import companion
    from twincal.cli.serve import HOST, served
    from twincal.cli.signals import stopped

    def beside(address: str) -> None:
        sandbox.calendars.companion = companion(service, address)
        done = f"{address}/sign-in/{{}}/done"
        agreed = f"{address}/connections/{{}}/consented"
        sandbox.send_back(
            microsoft=[done.format("microsoft"), agreed.format("exchange")],
            salesforce=[done.format("salesforce"), agreed.format("salesforce")],
        )

    stop = stopped()
    console(error=True).print("Keeping both sides in step; stop with Ctrl-C.")
    _say(f"Both calendars of everybody, to change and to watch: {sandbox.page_url}")
    await served(service, stop, host=HOST, port=port, demo=sandbox.page_url, interval=5, tell=beside)
