"""Do: send what the plan says. No judgement is left to make here; every write ends with a receipt."""

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from twincal.core.decision import Plan
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.item import Item
from twincal.core.privacy import shielded
from twincal.core.vocabulary import Operation, Outcome, Side
from twincal.core.writes import Receipt, Write
from twincal.engine.person import Person, Ports

Receipts = Mapping[str, Receipt]


async def execute(plan: Plan, person: Person, ports: Ports) -> Receipts:
    """Carry out every write that is not held; receipts by intent."""
    receipts: dict[str, Receipt] = {}
    for side in (Side.SALESFORCE, Side.EXCHANGE):
        writes = [
            write for step in plan.steps if not step.held_by for write in step.writes if write.side is side
        ]  # fmt: skip
        if writes:
            receipts |= await _sent(side, writes, person, ports)
    return receipts


async def _sent(side: Side, writes: Sequence[Write], person: Person, ports: Ports) -> Receipts:
    try:
        ready = await _with_bodies(side, writes, person, ports)
    except VendorFault as fault:
        return {write.intent: _not_applied(write, fault) for write in writes}
    unread = VendorFault(side.other, FaultCode.CHANGED_MEANWHILE)
    kept_back = {write.intent: _not_applied(write, unread) for write in ready if write.body_of}
    ready = [write for write in ready if not write.body_of]
    try:
        told = await ports.calendar(side).write(person.owner_on(side), ready) if ready else ()
    except VendorFault as fault:
        return kept_back | {write.intent: _uncertain(write, fault) for write in ready}
    claimed = [receipt.item_id for receipt in told if receipt.fault is FaultCode.DUPLICATE and receipt.item_id]
    taken = await ports.ledger.linked_ids(person.id, side, claimed) if claimed else frozenset[str]()
    return kept_back | {receipt.intent: _settled(receipt, person, taken) for receipt in told}


def _settled(receipt: Receipt, person: Person, taken: Collection[str]) -> Receipt:
    """What stands there under our mark already is what we were about to create, unless it belongs to another pair: people
    copy items, marks and all. Private items stay what they may be."""
    if receipt.item_id in taken:
        return replace(receipt, item=None, outcome=Outcome.NOT_APPLIED)
    adopted = receipt.fault is FaultCode.DUPLICATE and receipt.item_id
    item = shielded(receipt.item, person.policy.private_items) if receipt.item else None
    if item is not None:  # as a look will show it: without our own marks, so that it is not taken for a change
        item = replace(item, mark="", stamp="")
    return replace(receipt, item=item, outcome=Outcome.DONE if adopted else receipt.outcome)


async def _with_bodies(side: Side, writes: Sequence[Write], person: Person, ports: Ports) -> list[Write]:
    """The writes with the bodies read that were not at hand when the plan was made. A body that cannot be read any more, or
    belongs to an item that has become private since, stays missing."""
    wanted = sorted({write.body_of for write in writes if write.body_of})
    if not wanted:
        return list(writes)
    found = await ports.calendar(side.other).read(person.owner_on(side.other), wanted)
    sources = {
        ident: shielded(one, person.policy.private_items).body.text for ident, one in found.items() if isinstance(one, Item)
    }  # fmt: skip
    return [_filled(write, sources.get(write.body_of)) for write in writes]


def _filled(write: Write, text: str | None) -> Write:
    if not write.body_of or text is None:
        return write
    return replace(write, values=replace(write.values, body=text), body_of="")


def _not_applied(write: Write, fault: VendorFault) -> Receipt:
    return Receipt(
        intent=write.intent,
        outcome=Outcome.NOT_APPLIED,
        fault=fault.code,
        detail=fault.detail,
        retry_after=fault.retry_after,
    )


CERTAIN = frozenset(FaultCode) - {FaultCode.NO_REPLY, FaultCode.BAD_ANSWER, FaultCode.UNAVAILABLE}
"""Faults that are answers: nothing was carried out."""


def _uncertain(write: Write, fault: VendorFault) -> Receipt:
    """After a failure of the whole call it is not known which creates went through; the next cycle looks for their marks."""
    unknown = write.operation is Operation.CREATE and fault.code not in CERTAIN
    receipt = _not_applied(write, fault)
    return replace(receipt, outcome=Outcome.UNKNOWN) if unknown else receipt
