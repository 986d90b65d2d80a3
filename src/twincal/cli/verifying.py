"""`twincal verify` and `audit`: both calendars compared in full, on demand and every night."""

from typing import TYPE_CHECKING, Annotated

import typer

from twincal.cli.accounts import Json
from twincal.cli.frame import CARE, DONE, FAILED, emit, with_service
from twincal.cli.render import day_and_time, show, table
from twincal.cli.syncing import Mailboxes

if TYPE_CHECKING:
    from twincal.engine.service import Service
    from twincal.engine.verify import Verified


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("verify", rich_help_panel=CARE)(verify)
    app.command("audit", rich_help_panel=CARE)(audit)


def verify(
    context: typer.Context,
    mailboxes: Mailboxes = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Carry over what was missed, and Exchange's values where both have come to differ.")
    ] = False,
    json: Json = False,
) -> None:
    """Read both calendars in full, compare them, and explain each difference. Exit code 1 where there is one."""

    async def ask(service: "Service") -> int:
        found = await service.verify(mailboxes or [], mend=repair)
        if repair:
            await service.sync(mailboxes or [])
        if json:
            emit(found)
        else:
            for one in found:
                _tell(one)
        return FAILED if any(not finding.mended or not repair for one in found for finding in one.findings) else DONE

    with_service(context, ask)


def _tell(found: "Verified") -> None:
    show(f"{found.mailbox}: {found.equal} of {found.pairs} pairs say the same ({found.parity:g} %).")
    if found.findings:
        rows = [
            (day_and_time(one.start), one.subject, one.what, one.code, one.because, "yes" if one.mended else "no")
            for one in found.findings
        ]
        table(("Start (UTC)", "Subject", "What", "Code", "Reason", "Mended by the next cycle"), rows)


def audit(context: typer.Context, mailboxes: Mailboxes = None, json: Json = False) -> None:
    """Show what the latest nightly audit found; `run` makes one a day."""

    async def ask(service: "Service") -> int:
        found = await service.audit(mailboxes or [])
        if json:
            emit(found)
            return DONE
        rows = []
        for one in found:
            kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(one.findings.items())) or "none"
            rows.append((one.mailbox, day_and_time(one.at), one.pairs, f"{one.parity:g} %", kinds))
        if rows:
            table(("Mailbox", "When (UTC)", "Pairs", "Parity", "Differences"), rows, numbers=("Pairs", "Parity"))
        else:
            show("No audit yet; `twincal run` makes one every night.")
        return DONE

    with_service(context, ask, writes=False)
