"""What an executed step leaves behind: the link by what the receipts say, the history row, the note (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import UNSET
from msgspec.structs import replace

from twincal.core.decision import Decision, Entry, Reason, Step, Verdict
from twincal.core.facts import Context
from twincal.core.faults import REMEDIES, FaultCode, Response
from twincal.core.fields import SYNCED, prints, same
from twincal.core.item import AllDay, Body, Item, Moment
from twincal.core.losses import losses_after, losses_shown
from twincal.core.scene import Loss, Note, Settled
from twincal.core.trees import Link, Prints
from twincal.core.vocabulary import Field, Operation, Outcome, Side, Tab
from twincal.core.writes import Receipt, Values, Write

RETRY_PAUSE = timedelta(minutes=5)
"""How long a write that somebody has to make possible waits before it is tried again; doubled by each attempt."""
LONGEST_PAUSE = timedelta(days=1)


def settled(step: Step, receipts: Mapping[str, Receipt], note: Note | None, context: Context) -> Settled:
    """The consequences of one step, given the receipts of its writes by intent. A held step leaves only its row."""
    writes = () if step.held_by else step.writes
    told = [(write, receipts[write.intent]) for write in writes if write.intent in receipts]
    failed = [receipt for _, receipt in told if receipt.outcome is not Outcome.DONE]
    skipped = len(told) < len(writes)
    decision = _decision(step, failed)
    complete = not failed and not skipped
    losses = losses_after(step, told, note, context.now)
    return Settled(
        key=step.key,
        link=_link(step, told, context, complete=complete),
        entry=_entry(step, decision, told, note, losses, context),
        note=_note(step, decision, note, losses, context),
        receipts=tuple(receipt for _, receipt in told),
        items=tuple(receipt.item for _, receipt in told if receipt.item is not None),
        absent=tuple(
            (write.side, write.item_id)
            for write, receipt in told
            if write.operation is Operation.DELETE and receipt.outcome is Outcome.DONE
        ),
        judged=complete and not _apart(step) and not _outdated(step, told),
    )


def _decision(step: Step, failed: Sequence[Receipt]) -> Decision:
    """The decision as it came out: a failed write makes the item unresolved, with the fault's name."""
    if step.held_by:
        trail = (*step.decision.trail, Reason(step.held_by))
        return Decision(Verdict.HOLD, trail, Tab.UNRESOLVED)
    faults = [receipt for receipt in failed if receipt.fault is not None]
    if not faults:
        return step.decision
    reasons = tuple(
        Reason(receipt.fault.value, {"detail": receipt.detail} if receipt.detail else {})
        for receipt in faults
        if receipt.fault is not None
    )
    return Decision(Verdict.UNRESOLVED, (*step.decision.trail, *reasons), Tab.UNRESOLVED)


def _link(step: Step, told: list[tuple[Write, Receipt]], context: Context, *, complete: bool) -> Link | None:
    done = {write.side: (write, receipt) for write, receipt in told if receipt.outcome is Outcome.DONE}
    if step.held_by:
        return step.link
    if step.after is None or (not complete and not done):
        deleted = any(write.operation is Operation.DELETE for write, _ in done.values())
        return None if complete or deleted or step.link is None else step.link
    if not complete and step.link is None and not done:
        return None
    link = step.after
    now = {Side.EXCHANGE: step.exchange, Side.SALESFORCE: step.salesforce}
    for side, (write, receipt) in done.items():
        now[side] = receipt.item or now[side]
        if write.operation is Operation.CREATE:
            link = _with_id(link, side, receipt.item_id)
    link = _remembered(link, now[Side.SALESFORCE])
    if step.decision.verdict is Verdict.FREEZE or step.decision.verdict is Verdict.PRIVATE:
        return link
    return _based(link, step, now, done, context)


def _with_id(link: Link, side: Side, item_id: str) -> Link:
    return replace(link, **{"exchange_id" if side is Side.EXCHANGE else "salesforce_id": item_id})


def _remembered(link: Link, salesforce: Item | None) -> Link:
    """The associations last seen, so that they can be restored when the event is created again."""
    if salesforce is None or salesforce.private:
        return link
    return replace(link, whos=salesforce.whos, what=salesforce.what)


Done = Mapping[Side, tuple[Write, Receipt]]


def _based(link: Link, step: Step, now: Mapping[Side, Item | None], done: Done, context: Context) -> Link:
    """The link with its base moved: only fields both sides now agree on, and fields that were written."""
    exchange, salesforce = now[Side.EXCHANGE], now[Side.SALESFORCE]
    if exchange is None or salesforce is None:
        return link
    whole = step.link is None or any(write.operation is Operation.CREATE for write, _ in done.values())
    written = _written(done)
    bases: dict[Side, Prints] = {}
    apart = {side: {*_apart(step), *_outdated(step, done.values())} for side in Side}
    if salesforce.changed_by[:15] == context.integration_user[:15] and Side.SALESFORCE in done:
        apart[Side.SALESFORCE] = set(_apart(step))  # nobody else has touched it: what stands there is the older of both
    for side, item in ((Side.EXCHANGE, exchange), (Side.SALESFORCE, salesforce)):
        fresh = {field: value for field, value in _fresh_prints(item, done.get(side), context).items() if field not in apart[side]}
        old = link.base_of(side)
        kept = {
            field: value
            for field, value in fresh.items()
            if whole or field in written
            or (field not in step.pending and (_agreed(field, side, exchange, salesforce) or _unjudged(field, old)))
        }  # fmt: skip
        bases[side] = {**old, **kept} if not whole else fresh
    return replace(link, exchange=bases[Side.EXCHANGE], salesforce=bases[Side.SALESFORCE])


def _apart(step: Step) -> tuple[Field, ...]:
    """Fields in which the halves of a pair differ that were taken out of the bin and are a pair again. They get no base, so the
    next cycle takes both values for edits: the setting `conflict` decides, and the value that loses is kept. Twins, which are
    paired because they look the same, are left as they are: what only one side says of them is nobody's edit."""
    exchange, salesforce = step.exchange, step.salesforce
    if step.decision.verdict is not Verdict.LINK or exchange is None or salesforce is None:
        return ()
    differing = tuple(field for field in SYNCED if field is not Field.BODY and not same(field, exchange, salesforce))
    return differing if {Field.SUBJECT, Field.TIME} & set(differing) else ()


def _outdated(step: Step, told: Iterable[tuple[Write, Receipt]]) -> tuple[Field, ...]:
    """Fields in which an item that stood there under our mark already is not what we were about to create: an earlier request
    arrived late, and its source has been edited since. Its half gets no base in these, and so counts as edited."""
    late = next((receipt.item for _, receipt in told if receipt.fault is FaultCode.DUPLICATE and receipt.item is not None), None)
    source = step.item
    if late is None or source is None or source.side is late.side or source.private or late.private:
        return ()
    pair = (source, late) if source.side is Side.EXCHANGE else (late, source)
    return tuple(field for field in SYNCED if field is not Field.BODY and not same(field, *pair))


def _agreed(field: Field, side: Side, exchange: Item, salesforce: Item) -> bool:
    """Has this field been dealt with? Attendees have, once the people rules have seen them; what only one side knows
    (notes in the Description, associations, categories) stays an edit of that side."""
    if field is Field.PEOPLE:
        return side is Side.EXCHANGE
    return field in SYNCED and same(field, exchange, salesforce)


def _unjudged(field: Field, old: Prints) -> bool:
    """Is nothing known yet of a field that is not synced? A synced field without a base counts as edited until both sides say
    the same or it is written: it may be held for long, and the edit still has to stand in the way of a deletion."""
    return field not in old and field not in SYNCED


NAMES = {
    "subject": Field.SUBJECT,
    "times": Field.TIME,
    "place": Field.PLACE,
    "show_as": Field.SHOW_AS,
    "body": Field.BODY,
}


def _written(done: Done) -> set[Field]:
    names = {name for write, _ in done.values() for name in write.values.names}
    fields = {NAMES[name] for name in names if name in NAMES}
    return fields | ({Field.PEOPLE} if "whos" in names else set())


def _fresh_prints(item: Item, done: tuple[Write, Receipt] | None, context: Context) -> Prints:
    """The prints of a side: as read back after our write, or as we sent it where somebody else changed it in between."""
    if done is None:
        return context.prints(item)
    write, receipt = done
    if receipt.item is None:
        return {}
    theirs = receipt.item.changed_by
    if theirs and context.integration_user and theirs[:15] != context.integration_user[:15]:
        return prints(as_sent(receipt.item, write.values), context.key)
    return prints(receipt.item, context.key)


def as_sent(item: Item, values: Values) -> Item:
    """An item as our write meant it, whatever somebody made of it since."""
    return replace(
        item,
        subject=item.subject if values.subject is UNSET else values.subject,
        times=item.times if values.times is UNSET else values.times,
        place=item.place if values.place is UNSET else values.place,
        show_as=item.show_as if values.show_as is UNSET else values.show_as,
        body=item.body if values.body is UNSET else Body.of(values.body),
    )


def _moment(item: Item, *, end: bool) -> Moment:
    if isinstance(item.times, AllDay):
        return item.times.last if end else item.times.first
    return item.times.end if end else item.times.start


def _entry(
    step: Step, decision: Decision, told: list[tuple[Write, Receipt]], note: Note | None, losses: Sequence[Loss], context: Context
) -> Entry | None:
    item = _as_written(step.item, told)
    if decision.tab is None or item is None or item.private:
        return None
    ids = {Side.EXCHANGE: step.exchange, Side.SALESFORCE: step.salesforce}
    shown = {side: (found.id if found else "") for side, found in ids.items()}
    for write, receipt in told:
        if write.operation is Operation.CREATE and receipt.item_id:
            shown[write.side] = receipt.item_id
    unresolved = decision.tab is Tab.UNRESOLVED
    first = (note.first_seen if note else None) or context.now
    attempts = (note.attempts if note else 0) + 1
    return replace(
        _row(step, decision, item, context.now),
        exchange_id=shown[Side.EXCHANGE],
        salesforce_id=shown[Side.SALESFORCE],
        lost=losses_shown(losses),
        first_seen=first,
        attempts=attempts,
        next_attempt=_next_attempt(told, attempts, context.now) if unresolved else None,
        retry_ends=first + timedelta(days=context.policy.retry_days) if unresolved else None,
    )


def foretold(step: Step, at: datetime) -> Entry | None:
    """The row that a step leaves when all of it comes out, None where it leaves none."""
    item = step.item
    return None if step.decision.tab is None or item is None or item.private else _row(step, step.decision, item, at)


def _row(step: Step, decision: Decision, item: Item, at: datetime) -> Entry:
    """A row of the history as far as it depends on the step alone."""
    return Entry(
        key=step.key,
        origin=step.link.born if step.link else item.side,
        decision=decision,
        subject=item.subject,
        start=_moment(item, end=False),
        end=_moment(item, end=True),
        series=item.series,
        organizer=item.organizer.address if item.organizer else "",
        participants=step.participants,
        matched=step.matched,
        related_to=(step.salesforce.what_name or step.salesforce.what) if step.salesforce else "",
        exchange_id=step.exchange.id if step.exchange else "",
        salesforce_id=step.salesforce.id if step.salesforce else "",
        source=item.source,
        first_seen=at,
        last_attempt=at,
    )


def _as_written(item: Item | None, told: list[tuple[Write, Receipt]]) -> Item | None:
    """The item as people find it now: what our own write made of it, where there was one."""
    found = (receipt.item for write, receipt in told if item is not None and write.side is item.side)
    return next((fresh for fresh in found if fresh is not None), item)


def _next_attempt(told: list[tuple[Write, Receipt]], attempts: int, now: datetime) -> datetime:
    """At once for what heals by itself, later and later for what somebody has to mend; else at the next full judging."""
    faults = [receipt.fault for _, receipt in told if receipt.fault is not None]
    if not faults:
        return now + LONGEST_PAUSE
    if any(REMEDIES[fault][0] is Response.RETRY_LATER for fault in faults):
        return now
    return now + min(RETRY_PAUSE * float(2 ** min(attempts - 1, 10)), LONGEST_PAUSE)


def _note(step: Step, decision: Decision, note: Note | None, losses: tuple[Loss, ...], context: Context) -> Note | None:
    """What to remember: of items that are settled what has lost a conflict; of unresolved ones the clock of the retries."""
    kept = replace(note or Note(key=step.key), likely=step.likely, double=step.double, losses=losses)
    if decision.code == "A21":
        return replace(kept, given_up=True, seen=step.seen)
    edited = any(reason.code == FaultCode.CHANGED_MEANWHILE.value for reason in decision.trail)
    if edited or (step.link is not None and kept.seen and step.seen != kept.seen):
        kept = replace(kept, choice=None)  # who chose had not seen what stands there now
    if decision.tab is Tab.UNRESOLVED:
        first = None if kept.given_up else kept.first_seen
        return replace(kept, first_seen=first or context.now, attempts=kept.attempts + 1, given_up=False, seen=step.seen)
    left = Note(key=step.key, ignored=kept.ignored, losses=losses)
    if step.link is None and step.after is None:
        left = replace(left, likely=kept.likely, double=kept.double, paired=kept.paired)
    return left if left != Note(key=step.key) else None
