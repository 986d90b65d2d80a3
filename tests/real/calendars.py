"""The calendars the tests run on, and where Exchange reads a row otherwise than the independent expander does.

Nothing else may differ: a test adds up what is left over on either side and compares it with these tables.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).resolve().parent


class Difference(NamedTuple):
    """Rows with this subject: how many instances only the expander has, how many only the calendar has, and why."""

    subject: str
    expander: int
    calendar: int
    why: str


class Listed(NamedTuple):
    """What of the calendar is not in Salesforce: the code of the reason, how many, whether the history lists them."""

    code: str
    items: int
    in_history: bool


TOO_LONG = "It lasts {}, and Salesforce holds no event longer than 14 days."


@dataclass(frozen=True)
class Case:
    """A file with what is known of it: events synced, rows by kind as the import counts them, what is kept out and the
    sentences that say why, rows the import refuses, and the UIDs of which the expander can make nothing at all."""

    path: Path
    time_zone: str
    synced: int
    rows: tuple[int, int, int]
    listed: tuple[Listed, ...]
    reasons: tuple[str, ...]
    refused: int = 0
    unread: frozenset[str] = frozenset()
    differences: tuple[Difference, ...] = ()

    def text(self) -> str:
        """The file; without it the test skips."""
        if not self.path.is_file():
            pytest.skip(f"NOT TESTED: {self.path} is absent; set TWINCAL_SHARED to the folder with the recorded data")
        return self.path.read_text(encoding="utf-8")


SHARED = Path(os.environ.get("TWINCAL_SHARED") or HERE.parents[2] / "shared")

REAL = Case(
    path=SHARED / "data" / "real-calendar.ics",
    time_zone="UTC",
    synced=2456,
    rows=(4604, 166, 8),
    listed=(Listed("G02", 5, in_history=True), Listed("A04", 2, in_history=False)),
    reasons=tuple(
        map(TOO_LONG.format, ["14 days 1 hour", "14 days 23 hours 15 minutes", "17 days", "32 days 1 hour 30 minutes", "20 days"])
    ),
)
ODD = Case(
    path=HERE / "odd.ics",
    time_zone="Europe/Berlin",
    synced=112,
    rows=(35, 24, 5),
    listed=(Listed("G02", 2, in_history=True), Listed("A04", 2, in_history=False)),
    reasons=tuple(map(TOO_LONG.format, ["14 days 1 minute", "16 days"])),
    refused=7,
    unread=frozenset({"no-start@odd", "no-such-day@odd", "no-such-rule@odd"}),
    differences=(
        Difference("unknown zone", 1, 0, "refused: neither known nor defined in the file; the expander takes it as floating"),
        Difference("ends before it starts", 1, 0, "refused; the expander swaps start and end"),
        Difference("negative duration", 1, 0, "refused; the expander swaps start and end"),
        Difference("date and time", 1, 0, "refused: a date and a time; the expander makes the date a midnight"),
        Difference("one name twice", 0, 1, "two rows with one UID are two items; the expander shows the last"),
        Difference("until a date", 0, 1, "UNTIL as a date ends with that day; for the expander it is the midnight before"),
        Difference("one is cancelled", 1, 0, "an override with STATUS:CANCELLED deletes the instance; the expander shows it"),
        Difference("later", 1, 0, "RANGE=THISANDFUTURE changes one instance (with a note); the expander follows it"),
        Difference("from then on", 0, 1, "the instance behind the one with RANGE stays where it was"),
    ),
)
CASES = {"real": REAL, "odd": ODD}
