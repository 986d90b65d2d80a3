"""Writes from their intent to their receipt: the row that is committed before a write is sent, and the journal of what
became of it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct
from msgspec.msgpack import Decoder, encode
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, insert, select

from twincal.core.decision import Step
from twincal.core.item import Item
from twincal.core.scene import Settled
from twincal.core.settling import foretold
from twincal.core.vocabulary import Operation, Outcome, Side
from twincal.core.writes import Receipt, Values, Write
from twincal.ports import Intent
from twincal.store import links, trees
from twincal.store.batches import many
from twincal.store.graves import Burial, bury
from twincal.store.packed import entry_of_intent, pack_intent, pack_item, unpack_intent
from twincal.store.packing import SIDES, key_bytes, moment_at, reference, seconds
from twincal.store.tables import intent, receipt


class PackedReceipt(Struct, frozen=True, array_like=True):
    """What became of a write, for the journal."""

    intent: str
    side: Side
    operation: Operation
    outcome: Outcome
    fault: str = ""
    detail: str = ""
    item_id: str = ""


Seal = Callable[[str], bytes]
"""Seals a text."""
packed_receipts = Decoder(PackedReceipt)


def _item_before(step: Step | None, write: Write) -> Item | None:
    if step is None:
        return None
    return step.exchange if write.side is Side.EXCHANGE else step.salesforce


def intent_row(who: int, made: int, at: datetime, step: Step, write: Write) -> dict[str, Any]:
    """The row of one write that is about to be sent."""
    return {
        "person": who,
        "key": key_bytes(step.key),
        "side": SIDES[write.side],
        "id": write.intent,
        "run": made,
        "begun_at": seconds(at),
        "payload": pack_intent(write, step.after or step.link, foretold(step, at) if write.operation is Operation.DELETE else None),
        "before": pack_item(before) if (before := _item_before(step, write)) else None,
    }


def journal(
    connection: Connection,
    who: int,
    made: int,
    settled: Iterable[Settled],
    steps: Mapping[str, Step],
    now: datetime,
    seal: Seal | None,
) -> int:
    """Write the receipts down and close the intents whose end is known; how many writes were done."""
    written: list[dict[str, Any]] = []
    closed: set[str] = set()
    done = 0
    for each in settled:
        step = steps.get(each.key)
        writes = {write.intent: write for write in step.writes} if step else {}
        for told in each.receipts:
            write = writes[told.intent]
            before = _item_before(step, write)
            row = _receipt_row(who, made, each.key, write, told, pack_item(before) if before else None, now)
            text = told.former.text if told.former else None
            written.append({**row, "former": seal(text) if seal and text and before and not before.private else None})
            done += told.outcome is Outcome.DONE
            if told.outcome is not Outcome.UNKNOWN:
                closed.add(told.intent)
    many(connection, insert(receipt), written)
    _close(connection, who, made, closed)
    return done


def _close(connection: Connection, who: int, made: int, names: Collection[str]) -> None:
    """Delete the intents of a run whose end is known, in one statement where it is all of them."""
    mine = delete(intent).where(intent.c.person == who, intent.c.run == made)
    still_open = set(connection.scalars(select(intent.c.id).where(intent.c.person == who, intent.c.run == made))) - set(names)
    if still_open:
        many(connection, mine.where(intent.c.id == bindparam("closed")), [{"closed": name} for name in names])
    else:
        connection.execute(mine)


def _receipt_row(who: int, made: int, key: str, write: Write, told: Receipt, before: bytes | None, now: datetime) -> dict[str, Any]:
    """One line of the journal. What a write says of a body is not kept."""
    fault = told.fault.value if told.fault else ""
    values: Values = replace(write.values, body=UNSET)
    return {
        "person": who,
        "key": key_bytes(key),
        "run": made,
        "at": seconds(now),
        "payload": encode(PackedReceipt(told.intent, write.side, write.operation, told.outcome, fault, told.detail, told.item_id)),
        "before": before,
        "after": encode(values),
    }


def open_intents(connection: Connection, who: int) -> list[Intent]:
    """Intents without an end, oldest first."""
    found = []
    for row in connection.execute(select(intent).where(intent.c.person == who).order_by(intent.c.begun_at, intent.c.id)):
        write, tie = unpack_intent(row.payload)
        key, at = row.key.hex(), moment_at(row.begun_at)
        entry = entry_of_intent(row.payload, key, at)
        found.append(Intent(id=row.id, key=key, write=write, begun_at=at, link=tie, entry=entry))
    return found


def resolve_intent(connection: Connection, who: int, name: str, settled: Settled | None, now: datetime) -> bool:
    """Close one intent with what it turned out to have done; both halves of its link are judged again.

    The row of the history and the note stay as they are until then. True when text had to be erased.
    """
    mine = (intent.c.person == who, intent.c.id == name)
    row = connection.execute(select(intent).where(*mine)).first()
    if row is None:
        return False
    write, tie = unpack_intent(row.payload)
    connection.execute(delete(intent).where(*mine))
    if settled and settled.link:
        if tie is not None:
            bury(connection, who, [Burial(replace(tie, generation=max(1, tie.generation - 1)), settled.link)], now)
        tie = settled.link
        trees.know(connection, who, [(side, tie.id_on(side)) for side in Side if tie.id_on(side)])
        links.put_links(connection, who, [tie])
    outcome = Outcome.DONE if settled else Outcome.UNKNOWN
    told = Receipt(intent=name, outcome=outcome, item_id=tie.id_on(write.side) if tie else "")
    connection.execute(insert(receipt), _receipt_row(who, row.run, row.key.hex(), write, told, row.before, now))
    erased = trees.keep(connection, who, settled.items, None) if settled else False
    if tie:
        trees.touch(connection, who, [reference(side, tie.id_on(side)) for side in Side if tie.id_on(side)])
    return erased
