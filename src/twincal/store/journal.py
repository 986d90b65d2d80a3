"""The journal read back: every write that came out, with what stood there before; what an undo is made from."""

from collections.abc import Callable

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, select

from twincal.core.item import Body
from twincal.core.undoing import Line
from twincal.core.vocabulary import Operation, Outcome
from twincal.core.writes import Values
from twincal.store.batches import AnyRow
from twincal.store.database import Database
from twincal.store.intents import packed_receipts
from twincal.store.packed import unpack_item
from twincal.store.packing import moment_at
from twincal.store.secrets import Place, Sealer
from twincal.store.tables import receipt

PLACE = Place(1, "the journal", "body")
"""Where the bodies of the journal belong."""
_values = msgspec.msgpack.Decoder(Values)


class Journal:
    """What was written for people. A person is named by the id that the accounts gave."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    def seal(self, text: str) -> bytes:
        """A body as it is kept."""
        return self._sealer.seal(text.encode(), PLACE)

    async def lines(self, person: str) -> list[Line]:
        """Every write that came out, oldest first; without text where an item has become private since."""
        return self._database.run(_lines, int(person), self._opened)

    def _opened(self, sealed: bytes) -> str:
        return self._sealer.open(sealed, PLACE).decode()


def _lines(connection: Connection, who: int, opened: Callable[[bytes], str]) -> list[Line]:
    rows = connection.execute(select(receipt).where(receipt.c.person == who).order_by(receipt.c.id))
    return [line for row in rows if (line := _line(row, opened)) is not None]


def _line(row: AnyRow, opened: Callable[[bytes], str]) -> Line | None:
    told = packed_receipts.decode(row.payload)
    if told.outcome is not Outcome.DONE:
        return None
    before = unpack_item(row.before, told.side, told.item_id, "") if row.before is not None else None
    after = _values.decode(row.after) if row.after is not None else Values()
    if row.former is not None:
        if before is not None:
            before = replace(before, body=Body.of(opened(row.former)))
        if told.operation is Operation.UPDATE:
            after = replace(after, body="")
    return Line(
        number=row.id, run=str(row.run), key=row.key.hex(), at=moment_at(row.at), side=told.side, operation=told.operation,
        item_id=told.item_id, before=before, after=after,
    )  # fmt: skip
