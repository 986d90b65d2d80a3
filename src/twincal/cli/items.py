"""`twincal history`, `explain`, `ignore`, `retry`, `choose`, `pair` and `reinstate`: single items, and what people may say about
them."""

from typing import TYPE_CHECKING, Annotated

import typer

from twincal.cli.accounts import Json, Mailbox
from twincal.cli.frame import DONE, ITEMS, emit, with_service
from twincal.cli.render import console, day_and_time, show, show_beside, table
from twincal.cli.syncing import tell
from twincal.core.vocabulary import Side, Tab
from twincal.errors import WrongInput

if TYPE_CHECKING:
    from twincal.engine.history import Explained
    from twincal.engine.service import Service

ItemText = Annotated[str, typer.Argument(metavar="ITEM", help="Its subject (or a part), either id, or a link to it.")]

WIDE = 120
"""Columns from which on the history shows the names of items too; `--json` always has them."""


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("history", rich_help_panel=ITEMS)(history)
    app.command("explain", rich_help_panel=ITEMS)(explain)
    app.command("ignore", rich_help_panel=ITEMS)(ignore)
    app.command("retry", rich_help_panel=ITEMS)(retry)
    app.command("choose", rich_help_panel=ITEMS)(choose)
    app.command("pair", rich_help_panel=ITEMS)(pair)
    app.command("reinstate", rich_help_panel=ITEMS)(reinstate)


def history(
    context: typer.Context,
    mailbox: Mailbox,
    tab: Annotated[str | None, typer.Option(help="unresolved, synced or excluded.")] = None,
    code: Annotated[str | None, typer.Option(help="Only items that this rule decided.")] = None,
    search: Annotated[str | None, typer.Option(help="Only items whose subject contains this.")] = None,
    json: Json = False,
) -> None:
    """List a person's items: Unresolved, Synced and Excluded, each with its reason."""
    try:
        wanted = Tab.of_value(tab) if tab else None
    except KeyError as error:
        raise WrongInput(f"There is no tab {tab!r}.", "Choose unresolved, synced or excluded.") from error

    rule = _rule(code) if code else None

    async def ask(service: "Service") -> int:
        rows = await service.history(mailbox, tab=wanted, code=rule, search=search)
        if json:
            emit(rows)
            return DONE
        cells = [(day_and_time(row.start), row.subject, row.tab, row.code, row.reason, row.item) for row in rows]
        columns = ("Start (UTC)", "Subject", "Tab", "Code", "Reason", "Item")
        shown = len(columns) if console().width >= WIDE else -1
        table(columns[:shown], (row[:shown] for row in cells))
        show(f"{len(rows)} item{'' if len(rows) == 1 else 's'}.")
        return DONE

    with_service(context, ask, writes=False)


def _rule(code: str) -> str:
    """The code of a rule, or of a vendor's fault. Raises WrongInput for any other."""
    from twincal.core.explain import RULES
    from twincal.core.faults import FaultCode

    known = {*RULES, *(fault.value for fault in FaultCode)}
    found = next((name for name in (code, code.upper(), code.lower()) if name in known), None)
    if found is None:
        raise WrongInput(f"There is no rule {code!r}.", "docs/decisions.md lists all codes, such as A09.")
    return str(found)


def explain(context: typer.Context, mailbox: Mailbox, item: ItemText, json: Json = False) -> None:
    """Say why an item was or was not synced, and what would change that."""

    async def ask(service: "Service") -> int:
        found = await service.explain(mailbox, item)
        if json:
            emit(found)
        else:
            _show_explanation(found)
        return DONE

    with_service(context, ask, writes=False)


def _show_explanation(found: "Explained") -> None:
    show(found.headline, style="bold")
    if found.item:
        show(f"{found.item.subject or '(no subject)'}, {day_and_time(found.item.start) or 'no start known'}")
    for told in found.trail:
        show_beside(told.code, told.because)
    setting = found.deciding_setting
    if setting:
        by = f" by {setting.who}" if setting.who else ""
        show(f"Decided by the setting {setting.key} = {setting.value} ({setting.level}{by}).")
    for change in found.to_change:
        show(f"To change it: {change}")


def ignore(
    context: typer.Context,
    mailbox: Mailbox,
    item: Annotated[str | None, typer.Argument(metavar="ITEM", help="The item to ignore.")] = None,
    address: Annotated[str | None, typer.Option(help="An address to put on the person's Ignore List.")] = None,
    domain: Annotated[str | None, typer.Option(help="A domain to put on the person's Ignore List.")] = None,
) -> None:
    """Ignore one item; or an address or a domain, which goes on the person's Ignore List."""
    if sum(given is not None for given in (item, address, domain)) != 1:
        raise WrongInput("Name one of ITEM, --address or --domain.", "For example: twincal ignore MAILBOX --domain acme.com")

    async def ask(service: "Service") -> int:
        if item is not None:
            show(await service.ignore_item(mailbox, item))
        else:
            show(await service.ignore_entry(mailbox, address or domain or "", domain=domain is not None))
        return DONE

    with_service(context, ask)


def retry(
    context: typer.Context,
    mailbox: Mailbox,
    item: Annotated[str | None, typer.Argument(metavar="ITEM", help="One item; all unresolved ones when left out.")] = None,
    json: Json = False,
) -> None:
    """Try again now; takes *Ignore this item* back."""

    async def ask(service: "Service") -> int:
        return tell(await service.retry(mailbox, item), json=json)

    with_service(context, ask)


def choose(
    context: typer.Context,
    mailbox: Mailbox,
    item: ItemText,
    side: Annotated[str, typer.Argument(metavar="exchange|salesforce", help="Whose version is right.")],
    json: Json = False,
) -> None:
    """Settle a held item: say which side is right."""
    try:
        chosen = Side.of_value(side)
    except KeyError as error:
        raise WrongInput(f"{side!r} is not a side.", "Choose exchange or salesforce.") from error

    async def ask(service: "Service") -> int:
        return tell(await service.choose(mailbox, item, chosen), json=json)

    with_service(context, ask)


def pair(
    context: typer.Context,
    mailbox: Mailbox,
    item: ItemText,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The same on the other side, named in the same way.")],
    json: Json = False,
) -> None:
    """Say that an item and one of the other side are the same: they are linked, and nothing is copied."""

    async def ask(service: "Service") -> int:
        return tell(await service.pair(mailbox, item, other), json=json)

    with_service(context, ask)


def reinstate(
    context: typer.Context,
    mailbox: Mailbox,
    item: ItemText,
    field: Annotated[
        str, typer.Argument(metavar="[FIELD]", help="subject, time, place or show_as; without it, what has lost.")
    ] = "",
    value: Annotated[str, typer.Option(help="The value, where several of the field have lost; else the newest.")] = "",
    json: Json = False,
) -> None:
    """Put a value that lost a conflict back into both calendars, or list what has lost."""

    async def ask(service: "Service") -> int:
        if field:
            return tell(await service.reinstate(mailbox, item, field, value), json=json)
        lost = await service.losses(mailbox, item)
        if json:
            emit(lost)
        elif lost:
            table(("When (UTC)", "Field", "Value"), ((day_and_time(one.at), one.field, one.value) for one in lost))
        else:
            show("No value of this item has lost a conflict in the last thirty days.")
        return DONE

    with_service(context, ask)
