"""`twincal`: the commands, and the options that stand before them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from twincal.cli import accounts, backups, connections, demo, items, keys, policy, sandbox, serve, syncing, undo, verifying
from twincal.cli.frame import DONE, FAILED, WRONG, Frame, broke_off, complain, moment
from twincal.errors import TwincalError

app = typer.Typer(
    name="twincal",
    help="Keep an Exchange calendar and a Salesforce calendar in step, and see why each item was or was not synced.",
    epilog="Exit codes: 0 done, 1 something failed and is listed, 2 wrong input, 3 a guard holds steps until they are released.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def frame(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option("--home", metavar="DIR", help="The data directory; else $TWINCAL_HOME, else ~/.twincal.")
    ] = None,
    now: Annotated[str | None, typer.Option("--now", hidden=True, help="Start the clock here; for rehearsals.")] = None,
) -> None:
    """Options for every command."""
    context.obj = Frame(home, moment(now, "--now") if now else None)


demo.register(app)
sandbox.register(app)
serve.register(app)
connections.register(app)
accounts.register(app)
policy.register(app)
syncing.register(app)
items.register(app)
undo.register(app)
verifying.register(app)
backups.register(app)
keys.register(app)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code. Nothing ends in a traceback."""
    try:
        app(args=arguments, prog_name="twincal")
    except TwincalError as error:
        complain(error.message, error.remedy)
        return WRONG
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED if end.code else DONE
    except Exception as error:
        broke_off(error)
        return FAILED
    return DONE


if __name__ == "__main__":
    sys.exit(main())
