"""Rows of the org, found quickly and taken back when a call fails.

Values are kept as REST writes them, so that rendering is a look-up and text order is time order. A row is never changed in
place: an update puts another in its stead, and the journal remembers the old one until the call has succeeded. Columns
that start with `_` are the org's own and never leave it.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import Any

Row = dict[str, Any]
Change = tuple["Table", str, Row | None]

HASHED: dict[str, tuple[str, ...]] = {
    "Contact": ("Email", "AccountId", "MasterRecordId"),
    "Event": ("OwnerId", "WhoId", "WhatId", "Twincal_Key__c", "RecurrenceActivityId", "_ParentId", "_Series"),
    "EventRelation": ("EventId", "RelationId"),
    "Lead": ("Email", "ConvertedContactId"),
    "Opportunity": ("AccountId", "ContactId"),
    "User": ("Email", "ProfileId", "Username"),
}
SORTED: tuple[str, ...] = ("SystemModstamp", "StartDateTime")
FOLDED = {"Email", "Username"}


def folded(value: Any) -> Any:
    """Text as SOQL compares it: without regard to case."""
    return value.lower() if isinstance(value, str) else value


class HashIndex:
    """Which rows hold a value, in order of their entering."""

    def __init__(self, column: str) -> None:
        self.column = column
        self._folds = column in FOLDED
        self._ids: dict[Any, dict[str, None]] = {}

    def key(self, value: Any) -> Any:
        """The value as the index keeps it."""
        return folded(value) if self._folds else value

    def move(self, record_id: str, old: Row | None, new: Row | None) -> None:
        """Follows one row from what it was to what it is."""
        before = self.key(old.get(self.column)) if old else None
        after = self.key(new.get(self.column)) if new else None
        if before == after:
            return
        if before is not None:
            self._ids[before].pop(record_id, None)
        if after is not None:
            self._ids.setdefault(after, {})[record_id] = None

    def ids(self, values: Iterable[Any]) -> list[str]:
        """Ids of the rows that hold any of these values."""
        found: dict[str, None] = {}
        for value in values:
            found.update(self._ids.get(self.key(value), ()))
        return list(found)


class SortedIndex:
    """Rows in order of a column. Entries of rows that changed stay until they outnumber the rows; readers check."""

    def __init__(self, column: str) -> None:
        self.column = column
        self._entries: list[tuple[str, str]] = []
        self._stale = 0

    def move(self, record_id: str, old: Row | None, new: Row | None) -> None:
        """Follows one row from what it was to what it is."""
        before = old.get(self.column) if old else None
        after = new.get(self.column) if new else None
        if before == after:
            return
        self._stale += before is not None
        if after is None:
            return
        entry = (after, record_id)
        if not self._entries or self._entries[-1] <= entry:
            self._entries.append(entry)
        else:
            insort(self._entries, entry)

    def ids_from(self, rows: dict[str, Row], least: str) -> list[str]:
        """Ids of the rows whose column is at least so much, in order of it."""
        if self._stale > len(rows) + 64:
            self._entries = sorted((row[self.column], key) for key, row in rows.items() if row.get(self.column))
            self._stale = 0
        at = bisect_left(self._entries, (least, ""))
        column = self.column
        fresh = (key for value, key in self._entries[at:] if (row := rows.get(key)) and row.get(column) == value)
        return list(dict.fromkeys(fresh))


class Table:
    """All rows of one object, those in the recycle bin included."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: dict[str, Row] = {}
        self.hashed = {column: HashIndex(column) for column in HASHED.get(name, ())}
        self.sorted = {column: SortedIndex(column) for column in SORTED}
        self._indexes: list[HashIndex | SortedIndex] = [*self.hashed.values(), *self.sorted.values()]

    def replace(self, record_id: str, row: Row | None) -> Row | None:
        """Puts a row in the place of the one with this id, or nothing; returns the old one."""
        old = self.rows.get(record_id)
        for index in self._indexes:
            index.move(record_id, old, row)
        if row is None:
            self.rows.pop(record_id, None)
        else:
            self.rows[record_id] = row
        return old

    def where(self, column: str, value: Any) -> Iterator[Row]:
        """Live rows that hold a value in an indexed column."""
        for record_id in self.hashed[column].ids([value]):
            row = self.rows[record_id]
            if not row["IsDeleted"]:
                yield row

    def live(self, record_id: str | None) -> Row | None:
        """The row with this id unless it is missing or deleted."""
        row = self.rows.get(record_id) if record_id else None
        return row if row is not None and not row["IsDeleted"] else None


class Storage:
    """The tables of the org under one journal."""

    def __init__(self, names: Iterable[str]) -> None:
        self.tables = {name: Table(name) for name in names}
        self._journal: list[Change] = []

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    def put(self, name: str, row: Row) -> None:
        """Stores a row as the present one of its id."""
        table = self.tables[name]
        self._journal.append((table, row["Id"], table.replace(row["Id"], row)))

    def remove(self, name: str, record_id: str) -> None:
        """Makes a row disappear without a trace."""
        table = self.tables[name]
        self._journal.append((table, record_id, table.replace(record_id, None)))

    def mark(self) -> int:
        """A point to come back to."""
        return len(self._journal)

    def roll_back(self, mark: int) -> None:
        """Undoes every change since a point."""
        while len(self._journal) > mark:
            table, record_id, old = self._journal.pop()
            table.replace(record_id, old)

    def commit(self) -> None:
        """Forgets how to undo."""
        self._journal.clear()
