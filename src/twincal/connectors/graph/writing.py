"""Write: four abreast in a batch, every write with what makes it safe to send, then read back what came of it."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from twincal.connectors.decoding import UNREADABLE, understood
from twincal.connectors.graph.batch import ABREAST, Answer, Call, batch
from twincal.connectors.graph.client import GraphClient, segment
from twincal.connectors.graph.codec import changed, created
from twincal.connectors.graph.faults import problem
from twincal.connectors.graph.reading import find, read
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.fields import face
from twincal.core.item import Body, Item
from twincal.core.vocabulary import Operation, Outcome, Side
from twincal.core.writes import Absent, Receipt, Write

UNSURE = frozenset({FaultCode.NO_REPLY, FaultCode.BAD_ANSWER})
"""Faults after which nobody knows what was carried out."""
Receipts = dict[str, Receipt]


class _Created(msgspec.Struct, frozen=True):
    id: str


_CREATED = msgspec.json.Decoder(_Created)


async def write(client: GraphClient, mailbox: str, writes: Sequence[Write]) -> list[Receipt]:
    """Send the writes, and read back those that came out; one receipt each, in order.

    A create whose reply was lost ends UNKNOWN and is not sent again. A change or deletion is: it names the version it was
    judged on, so that it cannot be done twice. An update without a field is not sent, since any PATCH may mail attendees.
    """
    receipts: Receipts = {one.intent: _done(one, one.item_id) for one in writes if _empty(one)}
    due, refused, former = await _checked(client, mailbox, [one for one in writes if not _empty(one)])
    receipts |= refused | await _all_sent(client, mailbox, due)
    await _settle_conflicts(client, mailbox, writes, receipts)
    for one in writes:
        if receipts[one.intent].fault is FaultCode.DUPLICATE:
            receipts[one.intent] = await _found_by_mark(client, mailbox, one, receipts[one.intent])
    told = await _read_back(client, mailbox, writes, receipts)
    return [replace(receipt, former=former[receipt.intent]) if receipt.intent in former else receipt for receipt in told]


def _empty(one: Write) -> bool:
    return one.operation is Operation.UPDATE and not one.values.names


async def _checked(client: GraphClient, mailbox: str, writes: Sequence[Write]) -> tuple[list[Write], Receipts, dict[str, Body]]:
    """What is to be sent, the receipts of what must not be, and the bodies that go with what is deleted.

    That a DELETE heeds the version it names is documented nowhere: what is to be deleted is read just before.
    """
    deletions = [one for one in writes if one.operation is Operation.DELETE and one.version]
    if not deletions:
        return list(writes), {}, {}
    try:
        now = await read(client, mailbox, [one.item_id for one in deletions])
    except VendorFault as fault:
        refused = {one.intent: _failed(one, fault, unsure=False) for one in deletions}
        return [one for one in writes if one.intent not in refused], refused, {}
    receipts = {one.intent: settled for one in deletions if (settled := _seen(one, now[one.item_id])) is not None}
    fresh = {one.intent: _renewed(one, now[one.item_id], set()) for one in deletions}
    for one in deletions:
        if fresh[one.intent] is None:
            receipts.setdefault(one.intent, _failed(one, VendorFault(Side.EXCHANGE, FaultCode.CHANGED_MEANWHILE), unsure=False))
    former = {one.intent: item.body for one in deletions if isinstance(item := now[one.item_id], Item) and item.body.text}
    return [fresh.get(one.intent) or one for one in writes if one.intent not in receipts], receipts, former


async def _all_sent(client: GraphClient, mailbox: str, writes: Sequence[Write]) -> Receipts:
    receipts: Receipts = {}
    for first in range(0, len(writes), ABREAST):
        receipts |= await _sent(client, mailbox, writes[first : first + ABREAST])
    return receipts


async def _sent(client: GraphClient, mailbox: str, part: Sequence[Write], *, again: bool = False) -> Receipts:
    calls = {one.intent: _call(mailbox, one) for one in part}
    try:
        answers = await batch(client, list(calls.values()))
    except VendorFault as fault:
        receipts = {one.intent: _failed(one, fault, unsure=fault.code in UNSURE) for one in part}
        repeatable = [one for one in part if calls[one.intent].repeatable]
        if fault.code in UNSURE and repeatable and len(repeatable) < len(part) and not again:
            receipts |= await _sent(client, mailbox, repeatable, again=True)
        return receipts
    return {one.intent: _receipt(one, answer) for one, answer in zip(part, answers, strict=True)}


def _call(mailbox: str, one: Write) -> Call:
    place = f"/users/{segment(mailbox)}"
    if one.operation is Operation.CREATE:
        return Call(method="POST", path=f"{place}/calendar/events", body=created(one))
    version = {"If-Match": one.version} if one.version else {}
    path = f"{place}/events/{segment(one.item_id)}"
    if one.operation is Operation.DELETE:
        return Call(method="DELETE", path=path, headers=version)
    return Call(method="PATCH", path=path, headers=version, body=changed(one))


def _receipt(one: Write, answer: Answer) -> Receipt:
    if answer.fault is None:
        return _done(one, one.item_id) if one.operation is not Operation.CREATE else _made(one, answer)
    if answer.fault.code is FaultCode.GONE and one.operation is Operation.DELETE:
        return _done(one, one.item_id)
    receipt = _failed(one, answer.fault, unsure=answer.unsure)
    if answer.fault.code is FaultCode.DUPLICATE:
        return replace(receipt, item_id=problem(answer.body).existing)
    return receipt


def _made(one: Write, answer: Answer) -> Receipt:
    try:
        return _done(one, understood(_CREATED, answer.body).id)
    except UNREADABLE:
        return Receipt(intent=one.intent, outcome=Outcome.UNKNOWN, fault=FaultCode.BAD_ANSWER, detail=str(answer.status))


def _done(one: Write, item_id: str) -> Receipt:
    return Receipt(intent=one.intent, outcome=Outcome.DONE, item_id=item_id)


def _failed(one: Write, fault: VendorFault, *, unsure: bool) -> Receipt:
    return Receipt(
        intent=one.intent,
        outcome=Outcome.UNKNOWN if unsure else Outcome.NOT_APPLIED,
        item_id=one.item_id,
        fault=fault.code,
        detail=fault.detail,
        retry_after=fault.retry_after,
    )


async def _settle_conflicts(client: GraphClient, mailbox: str, writes: Sequence[Write], receipts: Receipts) -> None:
    """What was refused for its version is looked at: carried out before its reply was lost, refused by a race inside the
    server, moved on without a change (a sibling in its series was written), or really changed. Goes on while it helps."""
    raced: set[str] = set()
    while refused := [one for one in writes if receipts[one.intent].fault is FaultCode.CHANGED_MEANWHILE]:
        try:
            now = await read(client, mailbox, [one.item_id for one in refused])
        except VendorFault:
            return
        ready: dict[str, Write] = {}
        for one in refused:
            settled = _seen(one, now[one.item_id])
            if settled is not None:
                receipts[one.intent] = settled
            elif (fresh := _renewed(one, now[one.item_id], raced)) is not None:
                ready.setdefault(_series(now[one.item_id]) or one.intent, fresh)
        if not ready:
            return
        raced |= {one.intent for one in ready.values()}
        receipts |= await _all_sent(client, mailbox, list(ready.values()))


def _seen(one: Write, now: Item | Absent) -> Receipt | None:
    """The receipt of a write of which a reading shows what came of it."""
    if isinstance(now, Item):
        return _done(one, one.item_id) if one.operation is Operation.UPDATE and one.stamp and now.stamp == one.stamp else None
    if one.operation is Operation.DELETE and now.deleted:
        return _done(one, one.item_id)
    return Receipt(intent=one.intent, outcome=Outcome.NOT_APPLIED, item_id=one.item_id, fault=FaultCode.GONE)


def _renewed(one: Write, now: Item | Absent, raced: set[str]) -> Write | None:
    """The write with the version that stands there now, where nothing else has changed; each is tried anew once."""
    if one.intent in raced or not isinstance(now, Item):
        return None
    unchanged = now.version == one.version or (bool(one.known) and face(now) == one.known)
    return replace(one, version=now.version) if unchanged else None


def _series(now: Item | Absent) -> str:
    return now.series if isinstance(now, Item) else ""


async def _found_by_mark(client: GraphClient, mailbox: str, one: Write, receipt: Receipt) -> Receipt:
    """Our own event of an earlier attempt: its id from the refusal, else found by its mark."""
    item_id = receipt.item_id
    if not item_id:
        try:
            marked = (await find(client, mailbox, [one.mark])).get(one.mark, ())
        except VendorFault:
            marked = ()
        item_id = marked[0].id if marked else ""
    return replace(receipt, item_id=item_id, outcome=Outcome.DONE) if item_id else receipt


async def _read_back(client: GraphClient, mailbox: str, writes: Sequence[Write], receipts: Mapping[str, Receipt]) -> list[Receipt]:
    """The receipts with the items as a GET shows them: the answer to the write itself is not what will be read later."""
    told = [receipts[one.intent] for one in writes]
    wanted = [
        receipt.item_id
        for one, receipt in zip(writes, told, strict=True)
        if one.operation is not Operation.DELETE and receipt.outcome is Outcome.DONE
    ]
    try:
        found = await read(client, mailbox, wanted) if wanted else {}
    except VendorFault:
        found = {}
    return [_with_item(receipt, found.get(receipt.item_id)) for receipt in told]


def _with_item(receipt: Receipt, found: Item | Absent | None) -> Receipt:
    if isinstance(found, Item):
        # A refusal may name the event by an id that is not the immutable one all else is known by.
        return replace(receipt, item=found, item_id=found.id)
    if receipt.fault is FaultCode.DUPLICATE:
        # The name is used by an event that is not there any more: nothing to adopt, and no deletion to conclude either.
        return replace(receipt, item_id="", outcome=Outcome.UNKNOWN if found is None and receipt.item_id else Outcome.NOT_APPLIED)
    return receipt
