"""What is wrong with a pair that should be in step, and the step that mends it (pure)."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from twincal.core.decision import Decision, Reason, Step, Verdict
from twincal.core.drafting import Draft, overwriting
from twincal.core.facts import Case, Context
from twincal.core.fields import ROWS, SYNCED, same
from twincal.core.item import Item
from twincal.core.joining import made_by_us
from twincal.core.judgement import passes
from twincal.core.rules.gates import Passage
from twincal.core.rules.verify import VERIFY, Difference
from twincal.core.scene import Note
from twincal.core.trees import Link
from twincal.core.vocabulary import Field, Side, Tab

WRITES = frozenset(
    {Verdict.CREATE_IN_EXCHANGE, Verdict.CREATE_IN_SALESFORCE, Verdict.UPDATE_IN_EXCHANGE, Verdict.UPDATE_IN_SALESFORCE}
    | {Verdict.MERGE, Verdict.DELETE_IN_EXCHANGE, Verdict.DELETE_IN_SALESFORCE, Verdict.LINK, Verdict.FORGET}
)
"""What the next cycle changes by itself."""
OUT_OF_SCOPE = frozenset({Verdict.FREEZE, Verdict.PRIVATE, Verdict.NOT_CONSIDERED, Verdict.EXCLUDED})
TOLD_BY_MASK = (Field.SUBJECT, Field.PLACE, Field.BODY)
"""What a mask hides (core/privacy.py)."""

Bearers = Mapping[tuple[Side, str], Collection[str]]
"""The ids of the live items that carry the mark of a link, by side and the link's key."""


class Flaw(Struct, frozen=True, kw_only=True):
    """Something that is wrong with a pair: `told` explains it, `amends` is what the history says once it is mended. It is mended on
    its side, where `fields` get the other side's values; without a side nothing has to be written."""

    kind: Difference
    side: Side | None
    told: Reason
    amends: Reason
    fields: tuple[Field, ...] = ()


def is_pair(step: Step) -> bool:
    """Is it a pair that is kept in step?"""
    both = step.link is not None and step.exchange is not None and step.salesforce is not None
    return both and step.decision.verdict not in OUT_OF_SCOPE


def differing(step: Step) -> tuple[Field, ...]:
    """The synced fields in which both sides do not say the same."""
    exchange, salesforce = step.exchange, step.salesforce
    if exchange is None or salesforce is None:
        return ()
    return tuple(field for field in SYNCED if not same(field, exchange, salesforce))


def marked_sides(step: Step, context: Context) -> tuple[Side, ...]:
    """The sides on which Twincal has created this pair's item, with its mark. A person in whose name Twincal signs in to Salesforce
    may have entered the event; then nobody can tell."""
    link, alone = step.link, context.integration_user[:15] == context.owner.user_id[:15]
    if link is None:
        return ()
    return tuple(
        side for side in Side
        if (item := _half(step, side)) is not None and made_by_us(item, context.integration_user)
        and (link.born is side.other or link.generation > 1) and not (side is Side.SALESFORCE and alone)
    )  # fmt: skip


def marks_of(link: Link) -> list[str]:
    """Every mark that one of its halves may carry: of a pair that was created anew, the halves carry different ones."""
    return [f"{link.key}:{number}" for number in range(1, link.generation + 1)]


def flaws(step: Step, bearers: Bearers, context: Context) -> list[Flaw]:
    """What is wrong with a pair, whatever the next cycle does about its fields."""
    if not is_pair(step):
        return []
    found = [_flaw(Difference.UNMARKED, side) for side in marked_sides(step, context) if _is_unmarked(step, side, bearers)]
    if step.decision.verdict in WRITES:
        return found
    unmasked = _unmasked(step)
    found += [unmasked] if unmasked else []
    rest = tuple(field for field in differing(step) if unmasked is None or field not in unmasked.fields)
    if rest and step.decision.verdict is not Verdict.HOLD:
        by_cycle = _flaw(Difference.DIFFERS, Side.SALESFORCE, rest)
        found.append(replace(by_cycle, told=step.decision.trail[-1]))
    stale = _stale(step, context) if step.decision.verdict is Verdict.IN_STEP else ()
    return [*found, replace(_flaw(Difference.STALE, Side.SALESFORCE, stale), side=None)] if stale else found


def _flaw(kind: Difference, side: Side, fields: tuple[Field, ...] = ()) -> Flaw:
    rule = VERIFY.decide({"found": kind, "side": side})
    named = {"fields": ", ".join(field.phrase for field in fields)} if fields else {}
    reason = Reason(rule.code, {name: value for name, value in named.items() if name in rule.evidence})
    return Flaw(kind=kind, side=side, told=reason, amends=reason, fields=fields)


def _half(step: Step, side: Side) -> Item | None:
    return step.exchange if side is Side.EXCHANGE else step.salesforce


def _is_unmarked(step: Step, side: Side, bearers: Bearers) -> bool:
    item, carriers = _half(step, side), bearers.get((side, step.key))
    return item is not None and carriers is not None and item.id not in carriers


def _unmasked(step: Step) -> Flaw | None:
    """The half that shows what the mask of the other one hides. A text of Salesforce never goes into an Exchange body."""
    for side in Side:
        half, other = _half(step, side), _half(step, side.other)
        if half is not None and other is not None and other.masked and not half.masked:
            hidden = [field for field in TOLD_BY_MASK if side.other in ROWS[field].flows_from]
            shown = tuple(field for field in differing(step) if field in hidden)
            return _flaw(Difference.UNMASKED, side, shown) if shown else None
    return None


def _stale(step: Step, context: Context) -> tuple[Field, ...]:
    """Fields in which both sides say the same, and the base something else."""
    link, exchange, salesforce = step.link, step.exchange, step.salesforce
    if link is None or exchange is None or salesforce is None:
        return ()
    now = {Side.EXCHANGE: context.prints(exchange), Side.SALESFORCE: context.prints(salesforce)}
    return tuple(
        field for field in SYNCED
        if same(field, exchange, salesforce) and any(link.base_of(side).get(field) != now[side][field] for side in Side)
    )  # fmt: skip


def mending(step: Step, found: Sequence[Flaw], context: Context) -> Step | None:
    """The step that does away with the flaws, as far as the gates let its writes pass; None where nothing is left of it, or where
    somebody has to decide first."""
    if not found or step.link is None or step.held_by or step.decision.verdict is Verdict.HOLD:
        return None
    drafts = [draft for side in Side if (draft := _draft(step, side, found, context)) is not None]
    sides = {draft.write.side for draft in drafts}
    mended = [flaw for flaw in found if flaw.side is None or flaw.side in sides]
    if not mended:
        return None
    return replace(
        step,
        decision=Decision(_verdict(sides), tuple(flaw.amends for flaw in mended), Tab.SYNCED),
        after=step.link,
        writes=tuple(draft.write for draft in drafts),
        mail=sum(draft.mailed for draft in drafts),
        pending=(),
    )


def _draft(step: Step, side: Side, found: Sequence[Flaw], context: Context) -> Draft | None:
    """The write to one side, None where there is none or a gate stops it."""
    here = [flaw for flaw in found if flaw.side is side]
    target, source, link = _half(step, side), _half(step, side.other), step.link
    if not here or target is None or source is None or link is None:
        return None
    draft = overwriting(link, target, source, tuple(field for flaw in here for field in flaw.fields), context)
    if any(flaw.kind is Difference.UNMARKED for flaw in here):
        draft = replace(draft, write=draft.write.marking())
    case = Case(key=step.key, exchange=step.exchange, salesforce=step.salesforce, link=link, note=Note(key=step.key))
    return draft if passes(draft, case, context)[0] is Passage.PASS else None


def _verdict(sides: Collection[Side]) -> Verdict:
    if len(sides) > 1:
        return Verdict.MERGE
    if Side.EXCHANGE in sides:
        return Verdict.UPDATE_IN_EXCHANGE
    return Verdict.UPDATE_IN_SALESFORCE if sides else Verdict.IN_STEP
