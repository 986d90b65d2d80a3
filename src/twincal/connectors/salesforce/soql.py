"""SOQL as text: the one place where values are escaped, ids and moments are spelled, and long lists are cut."""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import TypeVar

T = TypeVar("T")

LONGEST_URI = 2_000
"""Salesforce advises URIs of at most 2,000 characters and SOQL in the body of a Composite beyond (Help 000386264)."""
IDS_A_QUERY = 2_000
"""One page; 2,000 ids are 42,000 characters, far below the limit of 100,000 a statement."""
ADDRESSES_A_QUERY = 300

_ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"})
_COLUMNS, _NAME = re.compile(r"[\w., ()]+", re.ASCII), re.compile(r"\w+", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?")
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def select(columns: str, source: str, *conditions: str, order: str = "") -> str:
    """A statement; all conditions must hold. Raises ValueError for columns or an object that are no names."""
    if not (_COLUMNS.fullmatch(columns) and _NAME.fullmatch(source)):
        raise ValueError("not columns of an object")
    where = " WHERE " + " AND ".join(conditions) if conditions else ""
    return " ".join(("SELECT", columns, "FROM", source)) + where + (f" ORDER BY {order}" if order else "")


def quoted(text: str) -> str:
    """A string literal: nothing in it can end it."""
    return f"'{text.translate(_ESCAPES)}'"


def part(text: str) -> str:
    """A pattern for `LIKE`: this text anywhere, with nothing in it standing for something else."""
    return f"'%{text.translate(_ESCAPES).replace('%', chr(92) + '%').replace('_', chr(92) + '_')}%'"


def one_of(texts: Collection[str]) -> str:
    """A list of string literals for `IN`, in a fixed order."""
    return f"({','.join(quoted(text) for text in sorted(texts))})"


def one_of_ids(ids: Collection[str]) -> str:
    """A list of ids for `IN`. Raises ValueError for what cannot be an id."""
    return f"({','.join(record_id(text) for text in sorted(ids))})"


def record_id(text: str) -> str:
    """An id as a literal. Raises ValueError for what cannot be an id."""
    if not is_id(text):
        raise ValueError("not a Salesforce id")
    return f"'{text}'"


def is_id(text: str) -> bool:
    """Has this the form of a Salesforce id (15 or 18 characters)?"""
    return _ID.fullmatch(text) is not None


def bare(text: str) -> str:
    """What tells records apart: the first 15 characters, in which case matters. The other three are a checksum."""
    return text[:15]


def long_id(text: str) -> str:
    """The id with 18 characters: each of the last three tells which of five letters are upper case."""
    if len(text) != 15:
        return text
    blocks = (text[start : start + 5] for start in (0, 5, 10))
    return text + "".join(_CHECK[sum(1 << place for place, sign in enumerate(block) if sign.isupper())] for block in blocks)


def moment(at: datetime) -> str:
    """A point in time, which SOQL wants bare, in UTC and in whole seconds."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def day(at: date) -> str:
    """A date, which SOQL wants bare."""
    return f"{at:%Y-%m-%d}"


def parts(values: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """The values in runs of at most `most`."""
    for start in range(0, len(values), most):
        yield values[start : start + most]
