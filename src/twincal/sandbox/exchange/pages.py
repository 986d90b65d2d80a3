"""A delta round under way: its rows, cut into pages, remembered by the mailbox so that a page can be asked for again."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from twincal.sandbox.exchange.item import Ref


class Row(NamedTuple):
    """One row: an event in full, a bare instance, or a tombstone known by both of its ids."""

    ref: Ref | None
    bare: bool = False
    removed: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """A round under way: its window, the version it reaches, and its pages."""

    start: datetime
    end: datetime
    folder: str
    upper: int
    pages: tuple[tuple[Row, ...], ...]
