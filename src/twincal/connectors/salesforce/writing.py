"""Writing: checked against what stands there, sent in collections, read back once.

Salesforce has no conditional write for Event but a header with a resolution of a second, on single rows (REST guide, Conditional
Request Headers). So all rows to be changed or deleted are read again in one call just before, rows that no longer say what
they said when they were judged are left alone, and what is deleted is compared with what was read once it lies in the recycle bin.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from msgspec import UNSET
from msgspec.structs import replace

from twincal.connectors.salesforce.batches import Result, save
from twincal.connectors.salesforce.codec import noted, parsed, record_of
from twincal.connectors.salesforce.org import Org
from twincal.connectors.salesforce.reading import is_of
from twincal.connectors.salesforce.soql import bare, is_id
from twincal.connectors.salesforce.wire import EventRow
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.fields import face
from twincal.core.item import Body
from twincal.core.vocabulary import Operation, Outcome
from twincal.core.writes import Receipt, Write

SETTLING = timedelta(seconds=1)
"""Stamps count whole seconds: only a row left alone for one shows a later change by a later stamp."""
EDITED = "edited-meanwhile"
"""The detail of a deletion that took an edit along which was made between reading and deleting. REST cannot undelete."""

Rows = Mapping[str, EventRow]


async def write(org: Org, owner: str, writes: Sequence[Write]) -> list[Receipt]:
    """Send the writes of one owner; one receipt each, in order. A failure of the vendor is in the receipts."""
    standing, results = await _checked(org, owner, [w for w in writes if w.operation is not Operation.CREATE])
    for operation in (Operation.CREATE, Operation.UPDATE, Operation.DELETE):
        due = [w for w in writes if w.operation is operation and w.intent not in results]
        rows = [(w.intent, w.item_id if operation is Operation.DELETE else record_of(w, owner, org.capabilities)) for w in due]
        results |= await save(org.client, operation, rows)
    return await _receipts(org, writes, results, standing)


async def _checked(org: Org, owner: str, writes: Sequence[Write]) -> tuple[Rows, dict[str, Result]]:
    """What stands there of the rows to be changed, and the results of those that must not be sent."""
    if not writes:
        return {}, {}
    try:
        standing = await _settled_rows(org, [write.item_id for write in writes if is_id(write.item_id)])
        living = [row for row in standing.values() if not row.is_deleted]
        faces = {bare(row.id): face(item) for row, item in await org.items(living)}
    except VendorFault as fault:
        refused = Result(outcome=Outcome.NOT_APPLIED, fault=fault.code, detail=fault.detail, retry_after=fault.retry_after)
        return {}, dict.fromkeys((write.intent for write in writes), refused)
    found: dict[str, Result] = {}
    for write in writes:
        record = bare(write.item_id)
        result = _verdict(write, standing.get(record), faces.get(record), owner)
        if result is not None:
            found[write.intent] = result
    return standing, found


async def _settled_rows(org: Org, ids: Sequence[str]) -> dict[str, EventRow]:
    rows = await org.rows(ids)
    now = org.client.server_time
    if now is not None and any(now - at < SETTLING for row in rows if (at := noted(row.last_modified_date))):
        await org.client.clock.sleep(SETTLING.total_seconds())
        rows = await org.rows(ids)
    return {bare(row.id): row for row in rows}


def _verdict(write: Write, row: EventRow | None, shown: bytes | None, owner: str) -> Result | None:
    """Why this write must not be sent; None when it may. `shown` is the face of the item as the row shows it."""
    deleting = write.operation is Operation.DELETE
    if row is not None and row.is_deleted and deleting:
        return Result(outcome=Outcome.DONE, id=row.id)
    if row is None or row.is_deleted or not is_of(owner, row):
        return Result(outcome=Outcome.NOT_APPLIED, id=write.item_id, fault=FaultCode.GONE)
    if _has_changed(write, row, shown):
        return Result(outcome=Outcome.NOT_APPLIED, id=row.id, fault=FaultCode.CHANGED_MEANWHILE, detail="LastModifiedDate")
    if row.is_recurrence2 and not deleting:
        # An update of one future occurrence would change the whole series (Object Reference, Event, from version 58 on).
        return Result(outcome=Outcome.NOT_APPLIED, id=row.id, fault=FaultCode.VALUE_REFUSED, detail="IsRecurrence2")
    return None


def _has_changed(write: Write, row: EventRow, shown: bytes | None) -> bool:
    """Is the item another than the one that was judged? Its face tells, for an edit in the second of the look leaves the
    stamp as it was; where the face is not known, the stamp does."""
    if write.known and shown is not None:
        return shown != write.known
    return bool(write.version) and _is_newer(row.last_modified_date, write.version)


def _is_newer(now: str, then: str) -> bool:
    try:
        return parsed(now) > parsed(then)
    except ValueError:
        return now != then


async def _receipts(org: Org, writes: Sequence[Write], results: Mapping[str, Result], standing: Rows) -> list[Receipt]:
    """The receipts with what a later reading shows. A reading that fails takes nothing back of what is known."""
    touched = {_id_of(write, results[write.intent]) for write in writes if results[write.intent].outcome is not Outcome.NOT_APPLIED}
    after: dict[str, EventRow] = {}
    items = {}
    try:
        rows = await org.rows(record for record in touched if is_id(record))
        after = {bare(row.id): row for row in rows}
        items = {bare(row.id): item for row, item in await org.items(row for row in rows if not row.is_deleted)}
    except VendorFault:
        pass  # the next look shows these items anyhow
    receipts = []
    for write in writes:
        result = results[write.intent]
        record = bare(_id_of(write, result))
        receipt = _receipt(write, _settled(write, result, after.get(record)))
        if write.operation is Operation.DELETE:
            receipt = _deleted(receipt, standing.get(record), after.get(record))
        else:
            receipt = replace(receipt, item=items.get(record))
        receipts.append(replace(receipt, former=_former(write, standing.get(record))))
    return receipts


def _former(write: Write, row: EventRow | None) -> Body | None:
    """The Description that a write takes away."""
    takes = write.operation is Operation.DELETE or write.values.body is not UNSET
    return Body.of(row.description) if takes and row is not None and row.description else None


def _id_of(write: Write, result: Result) -> str:
    return result.id or write.item_id


def _settled(write: Write, result: Result, row: EventRow | None) -> Result:
    """The result; where the reply was lost, what the row itself tells: it carries our stamp, or lies in the recycle bin."""
    if result.outcome is not Outcome.UNKNOWN or row is None:
        return result
    stamped = write.operation is Operation.UPDATE and write.stamp != "" and row.stamp == write.stamp
    deleted = write.operation is Operation.DELETE and row.is_deleted
    return Result(outcome=Outcome.DONE, id=row.id) if stamped or deleted else result


def _receipt(write: Write, result: Result) -> Receipt:
    return Receipt(
        intent=write.intent,
        outcome=result.outcome,
        item_id=_id_of(write, result),
        fault=result.fault,
        detail=result.detail,
        retry_after=result.retry_after,
    )


def _deleted(receipt: Receipt, before: EventRow | None, after: EventRow | None) -> Receipt:
    """The receipt of a deletion, with a word on an edit that went with it. Dates do not tell: deleting moves them."""
    if receipt.outcome is not Outcome.DONE or before is None or after is None or before.is_deleted:
        return receipt
    return receipt if _content(before) == _content(after) else replace(receipt, detail=EDITED)


def _content(row: EventRow) -> tuple[object, ...]:
    times = (row.start_date_time, row.end_date_time, row.is_all_day_event)
    return (row.subject, row.location, row.description, row.show_as, row.is_private, row.owner_id, *times)
