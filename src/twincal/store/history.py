"""The history as people read it: rows by tab and code, one item with all that is known of it, what was written and when."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, select

from twincal.core.decision import Entry, Verdict
from twincal.core.faults import FaultCode
from twincal.core.item import Item
from twincal.core.vocabulary import Operation, Outcome, Side, Tab
from twincal.core.writes import Values
from twincal.store.batches import AnyRow
from twincal.store.database import Database
from twincal.store.intents import packed_receipts
from twincal.store.packed import unpack_entry, unpack_item
from twincal.store.packing import key_bytes, moment_at
from twincal.store.tables import history, receipt, run


class Sort(Enum):
    """The columns that rows can be sorted by."""

    SUBJECT = "subject"
    START = "start"
    END = "end"
    ORGANIZER = "organizer"
    ORIGIN = "origin"
    RELATED_TO = "related_to"
    CODE = "code"
    FIRST_SEEN = "first_seen"
    LAST_ATTEMPT = "last_attempt"
    ATTEMPTS = "attempts"
    NEXT_ATTEMPT = "next_attempt"
    RETRY_ENDS = "retry_ends"


class Count(Struct, frozen=True):
    """How many rows of a person have this tab, verdict and code."""

    tab: Tab
    verdict: Verdict
    code: str
    rows: int


class Journaled(Struct, frozen=True, kw_only=True):
    """One write and what became of it. `before` is the item as it stood, without body and ids; both are None once the
    item has become private."""

    run: str
    at: datetime
    intent: str
    side: Side
    operation: Operation
    outcome: Outcome
    fault: FaultCode | None = None
    detail: str = ""
    before: Item | None = None
    after: Values | None = None


class Run(Struct, frozen=True, kw_only=True):
    """One run: how much it planned, sent and got done. `finished_at` is None when it was broken off."""

    id: str
    person: str
    begun_at: datetime
    finished_at: datetime | None
    everything: bool
    steps: int
    held: int
    writes: int
    done: int
    mail: int


class History:
    """What may be asked of the history. A person is named by the id that the accounts gave."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(
        self,
        person: str,
        *,
        tab: Tab | None = None,
        code: str | None = None,
        search: str | None = None,
        sort: Sort = Sort.START,
        descending: bool = False,
        after: str | None = None,
        limit: int | None = None,
    ) -> list[Entry]:
        """Rows in the wanted order. `search` is part of a word of subject, organizer or participants, in either case;
        `after` is the key of the last row of the page before."""
        found = self._database.run(entries, int(person), tab, code)
        if search:
            wanted = search.casefold()
            found = [entry for entry in found if any(wanted in text.casefold() for text in _texts(entry))]
        found.sort(key=_order(sort), reverse=descending)
        if after is not None:
            found = found[1 + next((at for at, entry in enumerate(found) if entry.key == after), -1) :]
        return found[:limit]

    async def entry(self, person: str, key: str) -> Entry | None:
        """The row of one item."""
        return self._database.run(_entry, int(person), key)

    async def counts(self, person: str) -> list[Count]:
        """How many rows there are of each tab, verdict and code."""
        return self._database.run(_counts, int(person))

    async def receipts(self, person: str, key: str) -> list[Journaled]:
        """What was written for one item, oldest first."""
        return self._database.run(_receipts, int(person), key)

    async def runs(self, limit: int = 20, person: str | None = None) -> list[Run]:
        """The latest runs, newest first."""
        return self._database.run(_runs, limit, person)


COLUMNS = (history.c.key, history.c.payload, history.c.first_seen, history.c.last_attempt, history.c.next_attempt)


def entries(connection: Connection, who: int, tab: Tab | None = None, code: str | None = None) -> list[Entry]:
    """The rows of a person, in no particular order."""
    wanted = select(*COLUMNS).where(history.c.person == who)
    if tab is not None:
        wanted = wanted.where(history.c.tab == tab.value)
    if code is not None:
        wanted = wanted.where(history.c.code == code)
    return [_unpacked(row) for row in connection.execute(wanted)]


def _unpacked(row: AnyRow) -> Entry:
    following = moment_at(row.next_attempt) if row.next_attempt is not None else None
    return unpack_entry(row.payload, row.key.hex(), moment_at(row.first_seen), moment_at(row.last_attempt), following)


def _entry(connection: Connection, who: int, key: str) -> Entry | None:
    row = connection.execute(select(*COLUMNS).where(history.c.person == who, history.c.key == key_bytes(key))).first()
    return _unpacked(row) if row else None


def _texts(entry: Entry) -> Iterable[str]:
    yield entry.subject
    yield entry.organizer
    yield entry.related_to
    for one in entry.participants:
        yield one.address
    for record in entry.matched:
        yield record.name


def _order(sort: Sort) -> Callable[[Entry], tuple[bool, Any, str]]:
    """Rows without a value stand first; equal ones are told apart by key, so that pages do not overlap."""

    def order(entry: Entry) -> tuple[bool, Any, str]:
        value = _value(entry, sort)
        return value is not None, value, entry.key

    return order


def _value(entry: Entry, sort: Sort) -> Any:
    if sort is Sort.CODE:
        return entry.decision.code
    if sort is Sort.ORIGIN:
        return entry.origin.value
    value = getattr(entry, sort.value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value.casefold() if isinstance(value, str) else value


def _counts(connection: Connection, who: int) -> list[Count]:
    columns = (history.c.tab, history.c.verdict, history.c.code)
    wanted = select(*columns, func.count().label("rows")).where(history.c.person == who).group_by(*columns).order_by(*columns)
    return [Count(Tab.of_value(row.tab), Verdict.of_value(row.verdict), row.code, row.rows) for row in connection.execute(wanted)]


def _receipts(connection: Connection, who: int, key: str) -> list[Journaled]:
    wanted = select(receipt).where(receipt.c.person == who, receipt.c.key == key_bytes(key)).order_by(receipt.c.id)
    return [_journaled(row) for row in connection.execute(wanted)]


def _journaled(row: AnyRow) -> Journaled:
    told = packed_receipts.decode(row.payload)
    return Journaled(
        run=str(row.run),
        at=moment_at(row.at),
        intent=told.intent,
        side=told.side,
        operation=told.operation,
        outcome=told.outcome,
        fault=FaultCode.of_value(told.fault) if told.fault else None,
        detail=told.detail,
        before=unpack_item(row.before, told.side, "", "") if row.before is not None else None,
        after=msgspec.msgpack.decode(row.after, type=Values) if row.after is not None else None,
    )


def _runs(connection: Connection, limit: int, who: str | None) -> list[Run]:
    wanted = select(run).order_by(run.c.id.desc()).limit(limit)
    if who is not None:
        wanted = wanted.where(run.c.person == int(who))
    return [
        Run(
            id=str(row.id),
            person=str(row.person),
            begun_at=moment_at(row.begun_at),
            finished_at=moment_at(row.finished_at) if row.finished_at is not None else None,
            everything=row.everything,
            steps=row.steps,
            held=row.held,
            writes=row.writes,
            done=row.done,
            mail=row.mail,
        )
        for row in connection.execute(wanted)
    ]
