"""The history as people read it: rows by tab and code, one item with all that is known of it, what was written and when."""

from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, select

from twincal.core.decision import Entry, Verdict
from twincal.core.faults import FaultCode
from twincal.core.item import Item
from twincal.core.listing import EVERYTHING, Waiting, Wanted
from twincal.core.vocabulary import Operation, Outcome, Side, Tab
from twincal.core.writes import Values
from twincal.store.batches import AnyRow
from twincal.store.database import Database
from twincal.store.intents import packed_receipts
from twincal.store.packed import unpack_entry, unpack_item
from twincal.store.packing import key_bytes, moment_at
from twincal.store.shelf import anchor_of, page, size
from twincal.store.tables import history, receipt, run


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

    async def rows(self, person: str, wanted: Wanted = EVERYTHING) -> list[Entry]:
        """Rows in the wanted order."""
        return self._database.run(_page, int(person), wanted)

    async def size(self, person: str, wanted: Wanted = EVERYTHING) -> int:
        """How many rows there are, on all pages."""
        return self._database.run(size, int(person), wanted)

    async def entry(self, person: str, key: str) -> Entry | None:
        """The row of one item."""
        return self._database.run(_entry, int(person), key)

    async def counts(self, person: str) -> list[Count]:
        """How many rows there are of each tab, verdict and code."""
        return self._database.run(_counts, int(person))

    async def everybodys_counts(self) -> dict[str, list[Count]]:
        """The same of all people who have rows, by person."""
        return self._database.run(_everybodys_counts)

    async def waiting(self, person: str | None = None) -> list[Waiting]:
        """The unresolved items that wait for a record, of one person or of everybody."""
        return self._database.run(_waiting, person)

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
    return [unpacked(row) for row in connection.execute(wanted)]


def _page(connection: Connection, who: int, wanted: Wanted) -> list[Entry]:
    anchor = anchor_of(connection, who, wanted)
    return [unpacked(row) for row in connection.execute(page(COLUMNS, who, wanted, anchor))]


def unpacked(row: AnyRow) -> Entry:
    """The entry that a row stands for."""
    following = moment_at(row.next_attempt) if row.next_attempt is not None else None
    return unpack_entry(row.payload, row.key.hex(), moment_at(row.first_seen), moment_at(row.last_attempt), following)


def _entry(connection: Connection, who: int, key: str) -> Entry | None:
    row = connection.execute(select(*COLUMNS).where(history.c.person == who, history.c.key == key_bytes(key))).first()
    return unpacked(row) if row else None


def _counts(connection: Connection, who: int) -> list[Count]:
    columns = (history.c.tab, history.c.verdict, history.c.code)
    wanted = select(*columns, func.count().label("rows")).where(history.c.person == who).group_by(*columns).order_by(*columns)
    return [Count(Tab.of_value(row.tab), Verdict.of_value(row.verdict), row.code, row.rows) for row in connection.execute(wanted)]


def _everybodys_counts(connection: Connection) -> dict[str, list[Count]]:
    columns = (history.c.person, history.c.tab, history.c.verdict, history.c.code)
    found: dict[str, list[Count]] = {}
    for row in connection.execute(select(*columns, func.count().label("rows")).group_by(*columns)):
        count = Count(Tab.of_value(row.tab), Verdict.of_value(row.verdict), row.code, row.rows)
        found.setdefault(str(row.person), []).append(count)
    return found


def _waiting(connection: Connection, person: str | None) -> list[Waiting]:
    wanted = select(history.c.person, history.c.key, history.c.waiting).where(history.c.tab == Tab.UNRESOLVED.value)
    wanted = wanted.where(history.c.waiting != "")
    if person is not None:
        wanted = wanted.where(history.c.person == int(person))
    return [Waiting(str(row.person), row.key.hex(), tuple(row.waiting.split())) for row in connection.execute(wanted)]


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
