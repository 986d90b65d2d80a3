"""Verify: both calendars of a person read in full and compared, each difference explained, and mended if somebody wants that.

An ordinary cycle trusts what the two systems report as changed. This trusts nothing: it finds what a report left out, and what
both sides have come to differ in by decision.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.json import decode, encode
from msgspec.structs import replace

from twincal.core.decision import Decision, Plan, Reason, Step, Verdict
from twincal.core.drafting import overwriting
from twincal.core.explain import because
from twincal.core.facts import Case, Context
from twincal.core.fields import ROWS, SYNCED, face, shown
from twincal.core.item import Item
from twincal.core.judgement import passes
from twincal.core.rules.gates import Passage
from twincal.core.rules.verify import MENDED
from twincal.core.scene import Note, Scene
from twincal.core.settling import settled
from twincal.core.vocabulary import Field, Outcome, Side, Tab, Word
from twincal.engine.decide import decided
from twincal.engine.execute import execute
from twincal.engine.history import written
from twincal.engine.observe import observe_exchange, observe_whole
from twincal.engine.person import Person, Ports
from twincal.engine.recover import recover


class Difference(Word):
    """What can be wrong between two calendars that should be in step."""

    UNSEEN = "unseen", "a change that was never reported"
    WAITING = "waiting", "a change that the next cycle carries over"
    DIFFERS = "differs", "both sides differ, though neither was changed since they were last in step"
    HELD = "held", "it waits for a person"
    ONE_SIDED = "one_sided", "it stands on one side only"
    TWICE = "twice", "it stands twice"


class Finding(Struct, frozen=True, kw_only=True):
    """One difference: which item, on which side it was found, which fields, and the rule that explains it. `mended` tells
    whether the next cycle will do away with it; `differs` is mended only when that is asked for."""

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


WRITES = frozenset(
    {Verdict.CREATE_IN_EXCHANGE, Verdict.CREATE_IN_SALESFORCE, Verdict.UPDATE_IN_EXCHANGE, Verdict.UPDATE_IN_SALESFORCE}
    | {Verdict.MERGE, Verdict.DELETE_IN_EXCHANGE, Verdict.DELETE_IN_SALESFORCE, Verdict.LINK, Verdict.FORGET}
)
OUT_OF_SCOPE = frozenset({Verdict.FREEZE, Verdict.PRIVATE, Verdict.NOT_CONSIDERED, Verdict.EXCLUDED})


async def verify(person: Person, ports: Ports, *, mend: bool = False) -> Verified:
    """Read both sides in full and compare them. What was never reported is remembered, so that the next cycle carries it
    over; with `mend`, Exchange's values also go where both sides have come to differ. Raises VendorFault."""
    before = await ports.ledger.scene(person.id, ports.clock.now(), everything=True)
    seen = {
        Side.EXCHANGE: await observe_exchange(person, ports, whole=True),
        Side.SALESFORCE: await observe_whole(person, ports),
    }
    waiting = await recover(person, ports) if mend else frozenset()
    plan, scene, context = await decided(person, ports, seen, everything=True)
    pairs = [step for step in plan.steps if _pair(step)]
    different = {step.key: fields for step in pairs if (fields := _differing(step))}
    apart = [step for step in pairs if step.key in different and step.decision.verdict not in WRITES and step.key not in waiting]
    wanted = [one for step in apart if (one := _mending(step, different[step.key], context)) is not None] if mend else []
    mended = await _mend(wanted, plan, scene, context, person, ports)
    found = [finding for step in plan.steps if (finding := _finding(step, before, different, mended)) is not None]
    found += _twice(scene)
    equal = len(pairs) - len(different)
    return Verified(
        mailbox=person.mailbox,
        at=written(ports.clock.now()),
        pairs=len(pairs),
        equal=equal,
        parity=round(100 * equal / len(pairs), 2) if pairs else 100.0,
        findings=tuple(found),
    )


def _pair(step: Step) -> bool:
    both = step.link is not None and step.exchange is not None and step.salesforce is not None
    return both and step.decision.verdict not in OUT_OF_SCOPE


def _differing(step: Step) -> tuple[Field, ...]:
    exchange, salesforce = step.exchange, step.salesforce
    if exchange is None or salesforce is None:
        return ()
    return tuple(field for field in SYNCED if not ROWS[field].same(exchange, salesforce))


def _finding(step: Step, before: Scene, different: Mapping[str, tuple[Field, ...]], mended_keys: Collection[str]) -> Finding | None:
    verdict = step.decision.verdict
    unseen = [side for side in Side if _unseen(step, side, before)]
    if verdict is Verdict.HOLD or step.held_by:
        kind, mended = Difference.HELD, False
    elif unseen and verdict in WRITES:
        kind, mended = Difference.UNSEEN, True
    elif verdict in WRITES and verdict is not Verdict.FORGET:
        kind, mended = Difference.WAITING, True
    elif step.key in different and verdict not in OUT_OF_SCOPE:
        kind, mended = Difference.DIFFERS, step.key in mended_keys
    elif verdict is Verdict.UNRESOLVED and step.link is None:
        kind, mended = Difference.ONE_SIDED, False
    else:
        return None
    return _told(step, kind, different.get(step.key, ()), mended=mended)


def _unseen(step: Step, side: Side, before: Scene) -> bool:
    """Does a full reading show something here that no look had shown?"""
    tree = before.exchange if side is Side.EXCHANGE else before.salesforce
    item = step.exchange if side is Side.EXCHANGE else step.salesforce
    if item is None:
        known = tree.get(step.link.id_on(side)) if step.link else None
        return isinstance(known, Item)
    known = tree.get(item.id)
    return not isinstance(known, Item) or face(known) != face(item)


def _told(step: Step, kind: Difference, fields: Iterable[Field], *, mended: bool) -> Finding:
    exchange, salesforce = step.exchange, step.salesforce
    what = kind.phrase
    if exchange is not None and salesforce is not None and fields:
        sides = (f"{field.phrase}: {shown(field, exchange)} / {shown(field, salesforce)}" for field in fields)
        what = f"{what} ({'; '.join(sides)})"
    item = step.item
    return Finding(
        item=step.key,
        subject=item.subject if item else "",
        start=written(item.start) if item else "",
        kind=kind.value,
        what=what,
        code=step.held_by or step.decision.code,
        because=because(step.decision.trail[-1]),
        mended=mended,
    )


def _twice(scene: Scene) -> list[Finding]:
    """Items of one side that two links claim, and live items that carry the mark of a pair they are not in."""
    found = []
    for side, tree in ((Side.EXCHANGE, scene.exchange), (Side.SALESFORCE, scene.salesforce)):
        claimed = Counter(link.id_on(side) for link in scene.links if link.id_on(side))
        pairs = {link.key: link for link in scene.links}
        for item in (one for one in tree.values() if isinstance(one, Item) and not one.private):
            pair = pairs.get(item.mark.partition(":")[0])
            stray = pair is not None and item.id not in (pair.exchange_id, pair.salesforce_id) and item.id not in claimed
            if claimed[item.id] > 1 or stray:
                found.append(_stray(item, side))
    return found


def _stray(item: Item, side: Side) -> Finding:
    return Finding(
        item=item.id, subject=item.subject, start=written(item.start), kind=Difference.TWICE.value,
        what=f"{Difference.TWICE.phrase} in {side.phrase}", code="", mended=False,
        because="It carries the mark of a pair that another item belongs to: a copy somebody made, or a write that arrived late.",
    )  # fmt: skip


def _mending(step: Step, fields: tuple[Field, ...], context: Context) -> Step | None:
    """The step that puts Exchange's values into Salesforce, where switches let it pass."""
    if step.link is None or step.exchange is None or step.salesforce is None or step.decision.verdict is Verdict.HOLD:
        return None
    draft = overwriting(step.link, step.salesforce, step.exchange, fields, context)
    case = Case(key=step.key, exchange=step.exchange, salesforce=step.salesforce, link=step.link, note=Note(key=step.key))
    passage, _ = passes(draft, case, context)
    if passage is not Passage.PASS:
        return None
    reason = Reason(MENDED.code, {"fields": ", ".join(field.phrase for field in fields)})
    decision = Decision(Verdict.UPDATE_IN_SALESFORCE, (reason,), Tab.SYNCED)
    return replace(step, decision=decision, after=step.link, writes=(draft.write,), mail=0, pending=())


async def _mend(steps: Sequence[Step], plan: Plan, scene: Scene, context: Context, person: Person, ports: Ports) -> set[str]:
    """Carry the steps out; the keys of those that came out."""
    if not steps:
        return set()
    doing = replace(plan, steps=tuple(steps), everything=False, held={})
    run = await ports.ledger.begin(doing)
    receipts = await execute(doing, person, ports)
    left = [replace(settled(step, receipts, scene.notes.get(step.key), context), judged=False) for step in steps]
    await ports.ledger.finish(run, left, ports.clock.now())
    return {step.key for step in steps if receipts[step.writes[0].intent].outcome is Outcome.DONE}


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
