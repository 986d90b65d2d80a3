"""Tables and sentences that fit the terminal; colours only where there is one."""

import sys
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from twincal.cli.harmless import harmless

PLAIN_WIDTH = 160
"""Columns where the output is not a terminal, so that a file or a pipe keeps whole lines."""

ROOMY = 100
"""From so many columns on there is room between the columns of a table."""


def console(*, error: bool = False) -> Console:
    """Where people read: standard output, or standard error."""
    stream = sys.stderr if error else sys.stdout
    return Console(stderr=error, highlight=False, width=None if stream.isatty() else PLAIN_WIDTH)


def show(text: str = "", style: str = "") -> None:
    """A line of text; brackets in it are text too."""
    console().print(Text(harmless(text), style=style))


def show_beside(label: str, text: str, *, indent: int = 2, style: str = "") -> None:
    """A label, and beside it a text whose further lines begin where it begins."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(harmless(label)), Text(harmless(text)))
    console().print(Padding(grid, (0, 0, 0, indent), expand=False), style=style)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", numbers: Sequence[str] = ()) -> None:
    """A table; long cells fold, and a narrow terminal gets no room between columns. Columns named in `numbers` are set
    flush right."""
    out = console()
    grid = Table(
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1) if out.width >= ROOMY else 0,
    )
    if title:
        out.print(Text(harmless(title), style="bold"))
    for name in columns:
        right = name in numbers
        grid.add_column(name, justify="right" if right else "left", overflow="fold", no_wrap=right)
    for row in rows:
        grid.add_row(*(Text(harmless(str(cell))) for cell in row))
    out.print(grid)


def day_and_time(text: str) -> str:
    """An instant or a date as JSON has it, as people read it; instants are in UTC."""
    return text.replace("T", " ").removesuffix("Z").removesuffix(":00")


def progress(what: str) -> Progress:
    """A bar on standard error for long work; nothing where that is not a terminal."""
    return Progress(
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        console=console(error=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
