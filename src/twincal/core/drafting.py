"""The writes that carry out a verdict: changed fields only, each with its intent, mark and stamp."""

from hashlib import blake2b

from msgspec import UNSET, Struct
from msgspec.structs import replace

from twincal.core.decision import Step, Verdict
from twincal.core.facts import Case, Context
from twincal.core.fields import SYNCED, face, same, values_of
from twincal.core.item import Item, Participant
from twincal.core.merge import Merge
from twincal.core.relations import Relations
from twincal.core.trees import Link, Prints
from twincal.core.vocabulary import Field, Operation, Side
from twincal.core.writes import Values, Write


class Draft(Struct, frozen=True, kw_only=True):
    """One write before the gates: the fields that travel with it, and how many people would be mailed."""

    write: Write
    fields: tuple[Field, ...] = ()
    mailed: int = 0


def drafts(verdict: Verdict, case: Case, link: Link, merge: Merge, relations: Relations, context: Context) -> list[Draft]:
    """The writes of a verdict, Salesforce first, so that a merge cannot leave an edit in one place only."""
    exchange, salesforce = case.item_on(Side.EXCHANGE), case.item_on(Side.SALESFORCE)
    if verdict is Verdict.CREATE_IN_SALESFORCE and exchange:
        return [_create_in_salesforce(case, link, exchange, relations, context)]
    if verdict is Verdict.CREATE_IN_EXCHANGE and salesforce:
        return [_create_in_exchange(link, salesforce, context)]
    if verdict is Verdict.DELETE_IN_SALESFORCE and salesforce:
        return [_delete(link, salesforce, context)]
    if verdict is Verdict.DELETE_IN_EXCHANGE and exchange:
        return [_delete(link, exchange, context)]
    if not (exchange and salesforce):
        return []
    found = []
    if merge.to_salesforce or relations.change:
        found.append(_update(link, salesforce, exchange, merge.to_salesforce, relations, context))
    if merge.to_exchange:
        found.append(_update(link, exchange, salesforce, merge.to_exchange, None, context))
    return found


def intent_id(link: Link, side: Side, operation: Operation, context: Context) -> str:
    """The name of an intent, 32 hex digits: one for each link, generation, side, operation and moment of planning."""
    text = f"{link.mark}|{side.value}|{operation.value}|{context.now.timestamp()}"
    return blake2b(text.encode(), digest_size=16).hexdigest()


def stamp(intent: str, told: Prints) -> str:
    """What tells, inside the written item, which write of ours it was and what it said: intent and short keyed hashes."""
    return f"{intent}:" + "".join(told.get(field, UNTOLD)[: len(UNTOLD)].hex() for field in SYNCED)


UNTOLD = bytes(4)
"""In the place of a field's hash: nothing is known to have been carried across."""


def _carried(link: Link, target: Item, source: Item, fields: tuple[Field, ...], context: Context) -> Prints:
    """What the source says where this update carries it across or both say the same; where they stay apart, since a field is
    held or may not travel, what the source said when they last agreed."""
    pair = (source, target) if source.side is Side.EXCHANGE else (target, source)
    apart = [field for field in SYNCED if field not in fields and not same(field, *pair)]
    before = link.base_of(source.side)
    return {**context.prints(source), **{field: before.get(field, UNTOLD) for field in apart}}


def _write(link: Link, side: Side, operation: Operation, context: Context, told: Prints | None) -> Write:
    intent = intent_id(link, side, operation, context)
    return Write(
        intent=intent,
        side=side,
        operation=operation,
        mark=link.mark,
        stamp=stamp(intent, told) if told else "",
    )


def _create_in_salesforce(case: Case, link: Link, item: Item, relations: Relations, context: Context) -> Draft:
    values = values_of(item, SYNCED)
    again = case.link is not None
    whos = relations.wanted or (link.whos if again else ()) or UNSET
    values = replace(values, whos=whos, what=link.what if again and link.what else UNSET)
    write = replace(_write(link, Side.SALESFORCE, Operation.CREATE, context, context.prints(item)), values=values)
    return Draft(write=_with_body(write, item, SYNCED), fields=SYNCED)


def _create_in_exchange(link: Link, item: Item, context: Context) -> Draft:
    values = values_of(item, SYNCED)
    invitees: tuple[Participant, ...] = ()
    if context.policy.invite_attendees:
        own = context.owner.addresses
        invitees = tuple(p for p in item.people if p.address and p.invited and p.address not in own)
    if invitees:
        values = replace(values, invitees=invitees)
    write = replace(_write(link, Side.EXCHANGE, Operation.CREATE, context, context.prints(item)), values=values)
    return Draft(write=_with_body(write, item, SYNCED), fields=SYNCED, mailed=len(invitees))


def _update(
    link: Link, target: Item, source: Item, fields: tuple[Field, ...], relations: Relations | None, context: Context
) -> Draft:
    values: Values = values_of(source, fields)
    if relations is not None and relations.change:
        values = replace(values, whos=relations.wanted)
    write = replace(
        _write(link, target.side, Operation.UPDATE, context, _carried(link, target, source, fields, context)),
        item_id=target.id,
        version=target.version,
        values=values,
        known=face(target),
    )
    return Draft(write=_with_body(write, source, fields), fields=fields, mailed=mailed_by(target))


def overwriting(link: Link, target: Item, source: Item, fields: tuple[Field, ...], context: Context) -> Draft:
    """The write that makes one side say what the other says in these fields."""
    return _update(link, target, source, fields, None, context)


def _delete(link: Link, target: Item, context: Context) -> Draft:
    write = _write(link, target.side, Operation.DELETE, context, None)
    return Draft(write=replace(write, item_id=target.id, version=target.version, known=face(target)), mailed=mailed_by(target))


def _with_body(write: Write, source: Item, fields: tuple[Field, ...]) -> Write:
    unread = Field.BODY in fields and source.body.text is None and source.body.digest != b""
    return replace(write, body_of=source.id) if unread else write


def mailed_by(target: Item) -> int:
    """How many people Exchange mails when this item of the person's is changed or deleted."""
    if target.side is Side.SALESFORCE or not target.organized_by_owner:
        return 0
    return target.invited_others


def mailed_names(step: Step) -> tuple[Participant, ...]:
    """Whom Exchange mails because of a step, as far as they are named: of a private item nobody is."""
    if not step.mail or any(item.private or item.masked for item in (step.exchange, step.salesforce) if item):
        return ()
    found: dict[str, Participant] = {}
    for write in step.writes:
        if write.side is Side.EXCHANGE:
            there = step.exchange.named_others if step.exchange else ()
            people = (write.values.invitees or ()) if write.operation is Operation.CREATE else there
            found |= {one.address: one for one in people}
    return tuple(found.values())
