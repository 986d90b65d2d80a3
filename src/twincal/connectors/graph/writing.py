"""Write: four abreast in a batch, every write with what makes it safe to send, then read back what came of it."""

from collections.abc import Mapping, Sequence

import msgspec

from twincal.connectors.graph.client import ABREAST, Answer, Call, GraphClient, segment
from twincal.connectors.graph.codec import changed, created
from twincal.connectors.graph.faults import fault_of, problem
from twincal.connectors.graph.reading import find, read
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.item import Item
from twincal.core.vocabulary import Operation, Outcome
from twincal.core.writes import Receipt, Write


class _Created(msgspec.Struct, frozen=True):
    id: str


async def write(client: GraphClient, mailbox: str, writes: Sequence[Write]) -> list[Receipt]:
    """Send the writes, and read back those that came out."""
    receipts: dict[str, Receipt] = {}
    for first in range(0, len(writes), ABREAST):
        part = writes[first : first + ABREAST]
        receipts |= await _sent(client, mailbox, part)
    for one in writes:
        if receipts[one.intent].fault is FaultCode.CHANGED_MEANWHILE and one.operation is Operation.UPDATE:
            receipts |= await _again(client, mailbox, one, receipts[one.intent])
        if receipts[one.intent].fault is FaultCode.DUPLICATE:
            receipts[one.intent] = await _adopted(client, mailbox, one, receipts[one.intent])
    return await _read_back(client, mailbox, writes, receipts)


async def _sent(client: GraphClient, mailbox: str, part: Sequence[Write]) -> dict[str, Receipt]:
    try:
        answers = await client.batch([_call(mailbox, one) for one in part], chained=False)
    except VendorFault as fault:
        return {one.intent: _failed(one, fault, unsure=fault.code in UNSURE) for one in part}
    return {one.intent: _receipt(one, answer) for one, answer in zip(part, answers, strict=True)}


UNSURE = frozenset({FaultCode.NO_REPLY, FaultCode.BAD_ANSWER})
"""Faults after which nobody knows what was carried out."""


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
    body = bytes(answer.body)
    if answer.status < 300:
        made = msgspec.json.decode(body, type=_Created).id if one.operation is Operation.CREATE else one.item_id
        return Receipt(intent=one.intent, outcome=Outcome.DONE, item_id=made)
    if answer.status == 404 and one.operation is Operation.DELETE:
        return Receipt(intent=one.intent, outcome=Outcome.DONE, item_id=one.item_id)
    fault = fault_of(answer.status, body, answer.pause)
    unsure = answer.status >= 500 and fault.code is not FaultCode.THROTTLED
    receipt = _failed(one, fault, unsure=unsure)
    if fault.code is FaultCode.DUPLICATE:
        return Receipt(
            intent=one.intent, outcome=Outcome.NOT_APPLIED, item_id=problem(body).existing, fault=fault.code, detail=fault.detail
        )
    return receipt


def _failed(one: Write, fault: VendorFault, *, unsure: bool) -> Receipt:
    return Receipt(
        intent=one.intent,
        outcome=Outcome.UNKNOWN if unsure else Outcome.NOT_APPLIED,
        item_id=one.item_id,
        fault=fault.code,
        detail=fault.detail,
        retry_after=fault.retry_after,
    )


async def _again(client: GraphClient, mailbox: str, one: Write, receipt: Receipt) -> dict[str, Receipt]:
    """A refused version may be a race inside the server: where the version is still the one we read, once more."""
    now = (await read(client, mailbox, [one.item_id])).get(one.item_id)
    if not isinstance(now, Item) or now.version != one.version:
        return {one.intent: receipt}
    return await _sent(client, mailbox, [one])


async def _adopted(client: GraphClient, mailbox: str, one: Write, receipt: Receipt) -> Receipt:
    """Our own event of an earlier attempt: its id from the refusal, else found by its mark."""
    item_id = receipt.item_id
    if not item_id:
        marked = (await find(client, mailbox, [one.mark])).get(one.mark, ())
        item_id = marked[0].id if marked else ""
    if not item_id:
        return receipt
    return Receipt(intent=one.intent, outcome=Outcome.DONE, item_id=item_id, fault=FaultCode.DUPLICATE, detail=receipt.detail)


async def _read_back(client: GraphClient, mailbox: str, writes: Sequence[Write], receipts: Mapping[str, Receipt]) -> list[Receipt]:
    """The receipts with the items as a GET shows them: the answer to the write itself is not what will be read later."""
    wanted = [
        receipts[one.intent].item_id
        for one in writes
        if one.operation is not Operation.DELETE and receipts[one.intent].outcome is Outcome.DONE
    ]
    try:
        found = await read(client, mailbox, wanted) if wanted else {}
    except VendorFault:
        found = {}
    return [_with_item(receipts[one.intent], found) for one in writes]


def _with_item(receipt: Receipt, found: Mapping[str, object]) -> Receipt:
    item = found.get(receipt.item_id)
    return msgspec.structs.replace(receipt, item=item) if isinstance(item, Item) else receipt
