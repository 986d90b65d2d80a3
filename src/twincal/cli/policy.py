"""`twincal settings`: what is synced, at which level it was set, and who locked it."""

from typing import TYPE_CHECKING, Annotated

import typer

from twincal.cli.accounts import Json
from twincal.cli.frame import BEGIN, DONE, emit, pairs, with_service
from twincal.cli.render import show, table

if TYPE_CHECKING:
    from twincal.engine.service import Service

settings = typer.Typer(help="Settings, their levels and locks.", no_args_is_help=True)
Level = Annotated[str, typer.Option("--level", help="organization, subscription, profile or user.")]
Who = Annotated[str, typer.Option("--who", metavar="NAME", help="The profile, or the mailbox of the person.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(settings, name="settings", rich_help_panel=BEGIN)


@settings.command("show")
def show_settings(
    context: typer.Context,
    who: Annotated[str, typer.Option("--who", metavar="MAILBOX", help="As they apply to this person.")] = "",
    json: Json = False,
) -> None:
    """Show every setting with its value, where it comes from, and its lock."""

    async def ask(service: "Service") -> int:
        found = await service.settings(who)
        if json:
            emit(found)
            return DONE
        rows = [(row.key, row.value, row.origin, row.locked_by or "") for row in found]
        table(("Setting", "Value", "Set by", "Locked by"), rows)
        return DONE

    with_service(context, ask, writes=False)


@settings.command("set")
def set_setting(
    context: typer.Context,
    setting: Annotated[str, typer.Argument(metavar="KEY=VALUE", help="For example mode=match; `settings show` lists all keys.")],
    level: Level = "subscription",
    who: Who = "",
    lock: Annotated[bool, typer.Option("--lock", help="Let no level below change it.")] = False,
) -> None:
    """Set one setting."""
    ((key, value),) = pairs([setting])

    async def ask(service: "Service") -> int:
        row = await service.set_setting(key, value, level=level, who=who, lock=lock or None)
        show(f"{row.key} = {row.value} ({row.origin}{', locked' if lock else ''})")
        return DONE

    with_service(context, ask)


@settings.command("unset")
def unset_setting(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="For example mode.")],
    level: Level = "subscription",
    who: Who = "",
) -> None:
    """Take back a setting and its lock, so that it is inherited again."""

    async def ask(service: "Service") -> int:
        row = await service.unset_setting(key, level=level, who=who)
        show(f"{row.key} is now {row.value} ({row.origin}).")
        return DONE

    with_service(context, ask)
