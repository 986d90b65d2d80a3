"""Verify: both calendars of a person read in full and compared, each difference explained, and mended if somebody wants that.

An ordinary cycle trusts what the two systems report as changed. This trusts nothing: it finds what a report left out, and what
both sides have come to differ in by decision.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.json import decode, encode
from msgspec.structs import replace

from twincal.core.decision import Plan, Reason, Step, Verdict
from twincal.core.explain import because
from twincal.core.facts import Context
from twincal.core.fields import face, shown
from twincal.core.item import Item
from twincal.core.limits import NOTHING, Release
from twincal.core.rules.verify import VERIFY, Difference
from twincal.core.scene import Scene
from twincal.core.settling import settled
from twincal.core.verifying import WRITES, Bearers, Flaw, differing, flaws, is_pair, marked_sides, marks_of, mending
from twincal.core.vocabulary import Field, Outcome, Side
from twincal.engine.cycle import judge_everything_next
from twincal.engine.decide import decided
from twincal.engine.execute import execute
from twincal.engine.history import written
from twincal.engine.observe import observe_exchange, observe_whole
from twincal.engine.person import Person, Ports
from twincal.engine.recover import recover


class Finding(Struct, frozen=True, kw_only=True):
    """One difference: which item, on which side it was found, which fields, and the rule that explains it. `mended` tells
    whether it is done away with, by the next cycle or now; what is wrong with a pair is mended only when that is asked for."""

    item: str
    subject: str
    start: str
    kind: str
    what: str
    code: str
    because: str
    mended: bool


class Verified(Struct, frozen=True, kw_only=True):
    """How two calendars compare. `parity` is the share of pairs in scope that say the same, in per cent."""

    mailbox: str
    at: str
    pairs: int
    equal: int
    parity: float
    findings: tuple[Finding, ...] = ()


class Score(Struct, frozen=True, kw_only=True):
    """What the audit of a day found for one person."""

    mailbox: str
    at: str
    pairs: int
    parity: float
    findings: Mapping[str, int] = {}


async def verify(person: Person, ports: Ports, *, mend: bool = False, release: Release = NOTHING) -> Verified:
    """Read both sides in full and compare them. What was never reported is remembered, so that the next cycle carries it
    over; with `mend`, what is wrong with pairs is put right too. `release` is what waits to be let go on. Raises VendorFault."""
    before = await ports.ledger.scene(person.id, ports.clock.now(), everything=True)
    seen = {
        Side.EXCHANGE: await observe_exchange(person, ports, whole=True),
        Side.SALESFORCE: await observe_whole(person, ports),
    }
    waiting = await recover(person, ports) if mend else frozenset()
    plan, scene, context = await decided(person, ports, seen, everything=True, release=release)
    bearers = await _bearers(plan, context, person, ports)
    wrong = {step.key: known for step in plan.steps if (known := flaws(step, bearers, context))}
    due = [step for step in plan.steps if mend and step.key not in waiting]
    wanted = [one for step in due if (one := mending(step, wrong.get(step.key, ()), context)) is not None]
    mended = await _mend(wanted, plan, scene, context, person, ports)
    if any(step.decision.verdict in WRITES and not step.held_by for step in plan.steps):
        await judge_everything_next(person, ports)  # what nobody reported is not looked at otherwise
    found = [one for step in plan.steps for one in _findings(step, before, wrong.get(step.key, ()), mended)]
    found += _twice(plan, scene, bearers)
    pairs = [step for step in plan.steps if is_pair(step)]
    equal = sum(1 for step in pairs if not differing(step))
    return Verified(
        mailbox=person.mailbox,
        at=written(ports.clock.now()),
        pairs=len(pairs),
        equal=equal,
        parity=round(100 * equal / len(pairs), 2) if pairs else 100.0,
        findings=tuple(found),
    )


async def _bearers(plan: Plan, context: Context, person: Person, ports: Ports) -> Bearers:
    """Who carries the marks of the pairs whose halves Twincal has made, as each side answers when it is asked for them. A look does
    not show marks everywhere."""
    found: dict[tuple[Side, str], Collection[str]] = {}
    for side in Side:
        if side is Side.SALESFORCE and not ports.capabilities.key_field:
            continue
        links = [
            step.link for step in plan.steps if step.link is not None and is_pair(step) and side in marked_sides(step, context)
        ]
        asked = {link.key: marks_of(link) for link in links}
        wanted = [mark for marks in asked.values() for mark in marks]
        told = await ports.calendar(side).find(person.owner_on(side), wanted) if wanted else {}
        for key, marks in asked.items():
            items = [one for mark in marks for one in told.get(mark, ())]
            found[side, key] = frozenset(one.id for one in items if isinstance(one, Item) and not one.private)
    return found


Mended = Collection[tuple[str, Side | None]]
"""Keys with the sides that were written to; with None where what is remembered was put right."""


def _findings(step: Step, before: Scene, wrong: Sequence[Flaw], mended: Mended) -> list[Finding]:
    """What is found of one item: what the cycle does or waits for, then what is wrong with the pair."""
    verdict = step.decision.verdict
    fields = differing(step) if is_pair(step) else ()
    found = []
    if verdict is Verdict.HOLD or step.held_by:
        found = [_told(step, Difference.HELD, fields)]
    elif verdict in WRITES:
        unseen = [side for side in Side if _unseen(step, side, before)]
        if unseen or verdict is not Verdict.FORGET:
            found = [_told(step, Difference.UNSEEN if unseen else Difference.WAITING, fields, mended=True)]
    elif verdict is Verdict.UNRESOLVED and step.link is None:
        found = [_told(step, Difference.ONE_SIDED, fields)]
    return found + [_told(step, flaw.kind, flaw.fields, flaw.told, mended=(step.key, flaw.side) in mended) for flaw in wrong]


def _unseen(step: Step, side: Side, before: Scene) -> bool:
    """Does a full reading show something here that no look had shown?"""
    tree = before.exchange if side is Side.EXCHANGE else before.salesforce
    item = step.exchange if side is Side.EXCHANGE else step.salesforce
    if item is None:
        known = tree.get(step.link.id_on(side)) if step.link else None
        return isinstance(known, Item)
    known = tree.get(item.id)
    return not isinstance(known, Item) or face(known) != face(item)


VALUES_SHOWN = frozenset(Difference) - {Difference.UNMASKED, Difference.STALE}
"""Kinds that say what stands on both sides. What a mask should hide is not told."""


def _told(step: Step, kind: Difference, fields: Iterable[Field], told: Reason | None = None, *, mended: bool = False) -> Finding:
    exchange, salesforce, item = step.exchange, step.salesforce, step.item
    what, reason = kind.phrase, told or step.decision.trail[-1]
    if exchange is not None and salesforce is not None and fields and kind in VALUES_SHOWN:
        sides = (f"{field.phrase}: {shown(field, exchange)} / {shown(field, salesforce)}" for field in fields)
        what = f"{what} ({'; '.join(sides)})"
    return Finding(
        item=step.key,
        subject=item.subject if item else "",
        start=written(item.start) if item else "",
        kind=kind.value,
        what=what,
        code=step.held_by if step.held_by and told is None else reason.code,
        because=because(reason),
        mended=mended,
    )


def _twice(plan: Plan, scene: Scene, bearers: Bearers) -> list[Finding]:
    """Items of one side that two links claim, and live items that carry the mark of a pair they are not in, unless they are about
    to become a pair of their own."""
    going = {item.id for step in plan.steps if step.decision.verdict in WRITES for item in (step.exchange, step.salesforce) if item}
    found = []
    for side, tree in ((Side.EXCHANGE, scene.exchange), (Side.SALESFORCE, scene.salesforce)):
        claimed = Counter(link.id_on(side) for link in scene.links if link.id_on(side))
        carrying = {ident for (where, _), ids in bearers.items() if where is side for ident in ids}
        strays = carrying - claimed.keys() - going
        surplus = (one for one in tree.values() if isinstance(one, Item) and (claimed[one.id] > 1 or one.id in strays))
        found += [_stray(item, side) for item in surplus if not item.private]
    return found


def _stray(item: Item, side: Side) -> Finding:
    reason = Reason(VERIFY.decide({"found": Difference.TWICE, "side": side}).code)
    return Finding(
        item=item.id, subject=item.subject, start=written(item.start), kind=Difference.TWICE.value,
        what=f"{Difference.TWICE.phrase} in {side.phrase}", code=reason.code, because=because(reason), mended=False,
    )  # fmt: skip


async def _mend(steps: Sequence[Step], plan: Plan, scene: Scene, context: Context, person: Person, ports: Ports) -> Mended:
    """Carry the steps out; what came out. A step of which a write failed leaves its base and its row as they were told."""
    if not steps:
        return frozenset()
    doing = replace(plan, steps=tuple(steps), everything=False, held={})
    run = await ports.ledger.begin(doing)
    receipts = await execute(doing, person, ports)
    left = [replace(settled(step, receipts, scene.notes.get(step.key), context), judged=False) for step in steps]
    await ports.ledger.finish(run, left, ports.clock.now())
    came_out = {intent for intent, receipt in receipts.items() if receipt.outcome is Outcome.DONE}
    done: set[tuple[str, Side | None]] = {(step.key, one.side) for step in steps for one in step.writes if one.intent in came_out}
    return done | {(step.key, None) for step in steps if came_out.issuperset(one.intent for one in step.writes)}


# The audit


AUDIT = "audit:{}"


async def audited(person: Person, ports: Ports) -> Score:
    """Verify and remember the score."""
    found = await verify(person, ports)
    score = Score(
        mailbox=person.mailbox,
        at=found.at,
        pairs=found.pairs,
        parity=found.parity,
        findings=dict(Counter(finding.kind for finding in found.findings)),
    )
    await ports.ledger.record([], AUDIT.format(person.id), encode(score).decode())
    return score


async def last_audit(person: Person, ports: Ports) -> Score | None:
    """What the latest audit found, None before the first."""
    text = await ports.ledger.cursor(AUDIT.format(person.id))
    return decode(text, type=Score) if text else None
