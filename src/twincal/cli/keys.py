"""`twincal keys`: the key under which secrets are sealed."""

from typing import Annotated

import typer

from twincal.cli.frame import CARE, DONE, emit, frame_of, run
from twincal.cli.render import show

keys = typer.Typer(help="The key under which secrets are sealed.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(keys, name="keys", rich_help_panel=CARE)


@keys.callback()
def group() -> None:
    """The key under which secrets are sealed."""


@keys.command("rotate")
def rotate(context: typer.Context, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Put a new key in the place of the present one. Whatever is running goes on."""
    frame = frame_of(context)

    async def main() -> int:
        from twincal.wiring import rotated

        done = rotated(frame.directory)
        if json:
            emit({"secrets": done})
        else:
            show(f"{done} secrets are sealed with a new key now. Backups made before need the former key: keep it with them.")
        return DONE

    run(main())
