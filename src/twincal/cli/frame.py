"""What every command shares: where the home is, what time it is, how errors end, how answers are printed."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer
from msgspec import Struct

from twincal.cli.harmless import harmless
from twincal.errors import HomeUnusable, TwincalError, WrongInput

if TYPE_CHECKING:
    from twincal.engine.service import Service

Answer = TypeVar("Answer")
EARLIEST, LATEST = 1970, 2999
"""Years that a moment may be typed in: windows of some years on either side still lie in every calendar."""
DONE, FAILED, WRONG, HELD = 0, 1, 2, 3
"""Exit codes: done; something failed and is listed; wrong input, nothing written; a guard holds a class of steps."""
BEGIN, STEP, ITEMS, CARE = "Set up", "Keep in step", "Single items", "Look after it"
"""Headings under which `twincal --help` lists the commands."""


class Frame(Struct, frozen=True):
    """The options that stand before the command."""

    home: Path | None = None
    now: datetime | None = None

    @property
    def directory(self) -> Path:
        """The data directory: the option, else TWINCAL_HOME, else ~/.twincal."""
        if self.home is not None:
            return self.home
        named = os.environ.get("TWINCAL_HOME")
        return Path(named) if named else Path.home() / ".twincal"


def frame_of(context: typer.Context) -> Frame:
    """The frame of the running command."""
    found = context.find_root().obj
    return found if isinstance(found, Frame) else Frame()


def moment(text: str, option: str) -> datetime:
    """A moment typed as ISO 8601; without a zone it is UTC. Raises WrongInput."""
    try:
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        if not EARLIEST <= found.year <= LATEST:
            raise ValueError("out of range")
    except (ValueError, OverflowError) as error:
        raise WrongInput(f"{option} {text!r} is not a date or time.", "Write it as 2027-03-05 or 2027-03-05T09:00:00Z.") from error
    return found


def run(main: Coroutine[Any, Any, int]) -> NoReturn:
    """Run a command to its exit code; failures that were foreseen end in a sentence and a remedy, never a traceback."""
    try:
        code = asyncio.run(main)
    except TwincalError as error:
        complain(error.message, error.remedy)
        code = WRONG if isinstance(error, WrongInput | HomeUnusable) else FAILED
    except KeyboardInterrupt:
        code = 130
    raise typer.Exit(code)


def with_service(context: typer.Context, ask: Callable[["Service"], Awaitable[int]], *, writes: bool = True) -> NoReturn:
    """Open the home, hand the service to `ask`, close everything, and end with the code that `ask` returns."""
    frame = frame_of(context)

    async def main() -> int:
        from twincal.wiring import opened

        async with opened(frame.directory, now=frame.now, writes=writes) as service:
            return await ask(service)

    run(main())


def complain(message: str, remedy: str = "") -> None:
    """One failure in words, on standard error."""
    print(harmless(f"twincal: {message}"), file=sys.stderr)
    if remedy:
        print(harmless(f"         {remedy}"), file=sys.stderr)


def emit(value: object) -> None:
    """A value as one line of JSON on standard output."""
    from twincal.cli.plain import line

    sys.stdout.write(line(value))
    sys.stdout.flush()


def broke_off(error: Exception) -> None:
    """Say that something went wrong that nobody foresaw: what kind, and where; its text could be an item's, so not that."""
    if isinstance(error, OSError) and error.strerror:
        complain(f"The operating system refused: {error.strerror}{f' ({error.filename})' if error.filename else ''}.")
    else:
        remedy = "Please report it with this line. Twincal looks again at everything in the next run."
        complain(f"An error in Twincal: {type(error).__name__} at {place(error)}.", remedy)


def place(error: BaseException) -> str:
    """The innermost line of Twincal's own that an error came through, as file:line."""
    own, trace, found = Path(__file__).parent.parent, error.__traceback__, "an unknown place"
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.is_relative_to(own):
            found = f"{path.relative_to(own)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def pairs(given: Sequence[str]) -> list[tuple[str, str]]:
    """KEY=VALUE arguments. Raises WrongInput for anything else."""
    found = []
    for text in given:
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise WrongInput(f"{text!r} is not of the form KEY=VALUE.", "For example: mode=match.")
        found.append((key.strip(), value.strip()))
    return found
