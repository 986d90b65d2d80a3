"""`twincal people`: whose calendars are kept in step."""

from typing import TYPE_CHECKING, Annotated

import typer

from twincal.cli.frame import BEGIN, DONE, emit, with_service
from twincal.cli.render import show, table

if TYPE_CHECKING:
    from twincal.engine.service import Service
    from twincal.engine.steering import Proposed

people = typer.Typer(help="Whose calendars are kept in step.", no_args_is_help=True)
Mailbox = Annotated[str, typer.Argument(metavar="MAILBOX", help="The address of the Exchange mailbox.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(people, name="people", rich_help_panel=BEGIN)


@people.command("add")
def add(
    context: typer.Context,
    mailbox: Mailbox,
    salesforce: Annotated[str, typer.Option("--salesforce", metavar="USERNAME", help="The Salesforce username.")],
    alias: Annotated[list[str] | None, typer.Option("--alias", help="Another address of the same mailbox.")] = None,
    profile: Annotated[str, typer.Option("--profile", help="The profile the person belongs to.")] = "Standard User",
) -> None:
    """Add a person: a mailbox and the Salesforce user it belongs to."""

    async def ask(service: "Service") -> int:
        person = await service.add_person(mailbox, salesforce, aliases=alias or [], profile=profile)
        show(f"{person.mailbox} is now kept in step with {person.salesforce_username} ({person.name}).")
        return DONE

    with_service(context, ask)


@people.command("find")
def find(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A part of a name, an address, or the name of a Salesforce profile.")],
    json: Json = False,
) -> None:
    """Find Salesforce's users to add, each with the mailbox that is proposed; nobody is added."""

    async def ask(service: "Service") -> int:
        found = await service.proposed(text)
        if json:
            emit(found)
            return DONE
        if not found:
            show("Salesforce has no active user with that in name, address or profile.")
            return DONE
        rows = [(one.name, one.username, one.profile, one.mailbox, _remark(one)) for one in found]
        table(("Name", "Salesforce", "Salesforce profile", "Mailbox", ""), rows)
        show("Add one: twincal people add MAILBOX --salesforce USERNAME")
        return DONE

    with_service(context, ask)


def _remark(one: "Proposed") -> str:
    known = [f"is here already: {one.known}"] if one.known else []
    alike = [f"also the address of {', '.join(one.same_address)}"] if one.same_address else []
    return "; ".join(known + alike)


@people.command("list")
def list_people(context: typer.Context, json: Json = False) -> None:
    """List the people."""

    async def ask(service: "Service") -> int:
        found = await service.people()
        if json:
            emit(found)
            return DONE
        rows = [(p.mailbox, p.salesforce_username, p.name, p.profile, "active" if p.active else "inactive") for p in found]
        table(("Mailbox", "Salesforce", "Name", "Profile", "State"), rows)
        if not found:
            show("Nobody yet. Add somebody: twincal people add MAILBOX --salesforce USERNAME")
        return DONE

    with_service(context, ask, writes=False)


@people.command("remove")
def remove(context: typer.Context, mailbox: Mailbox) -> None:
    """Remove a person with everything Twincal knows of them; nothing is deleted in either calendar."""

    async def ask(service: "Service") -> int:
        await service.remove_person(mailbox)
        show(f"{mailbox} was removed. Both calendars stay as they are.")
        return DONE

    with_service(context, ask)


@people.command("deactivate")
def deactivate(context: typer.Context, mailbox: Mailbox) -> None:
    """Stop syncing a person without forgetting what is known."""
    _set_active(context, mailbox, active=False)


@people.command("activate")
def activate(context: typer.Context, mailbox: Mailbox) -> None:
    """Sync a person again."""
    _set_active(context, mailbox, active=True)


def _set_active(context: typer.Context, mailbox: str, *, active: bool) -> None:
    async def ask(service: "Service") -> int:
        await service.set_active(mailbox, active=active)
        show(f"{mailbox} is {'active' if active else 'inactive'}.")
        return DONE

    with_service(context, ask)
