"""`twincal backup` and `restore`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twincal.cli.accounts import Json
from twincal.cli.frame import CARE, DONE, emit, frame_of, run, with_service
from twincal.cli.render import show
from twincal.cli.syncing import tell
from twincal.errors import WrongInput

if TYPE_CHECKING:
    from twincal.engine.service import Service


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("backup", rich_help_panel=CARE)(backup)
    app.command("restore", rich_help_panel=CARE)(restore)


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")],
    json: Json = False,
) -> None:
    """Copy everything into a file, while Twincal runs. The key is not in it: keep that apart."""
    frame = frame_of(context)

    async def main() -> int:
        from twincal.wiring import backed_up

        size = backed_up(frame.directory, file)
        if json:
            emit({"file": str(file), "bytes": size})
        else:
            show(f"{size / 1e6:.1f} MB written to {file}. The file `key` of the data directory is needed to use it: keep it apart.")
        return DONE

    run(main())


def restore(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="What `backup` wrote.")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Let it write again, after a look at `twincal plan`.")] = False,
    json: Json = False,
) -> None:
    """Make the data directory from a backup. Nothing is written to any calendar until that is accepted."""
    if accept == (file is not None):
        raise WrongInput("Give either a file or --accept.", "First `twincal restore FILE`, then `twincal plan`, then --accept.")
    if file is None:

        async def ask(service: "Service") -> int:
            return tell(await service.accept(), json=json)

        with_service(context, ask)
    else:
        frame = frame_of(context)
        source = file

        async def main() -> int:
            from twincal.wiring import restored

            aside = restored(frame.directory, source, frame.now)
            if json:
                emit({"aside": str(aside) if aside else None})
                return DONE
            if aside:
                show(f"What stood there before is kept in {aside}.")
            show("Restored. Look at `twincal plan`; nothing is written until `twincal restore --accept`.")
            return DONE

        run(main())
