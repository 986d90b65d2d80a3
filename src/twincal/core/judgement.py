"""One case through the four tables: admit, people, fate, gates. What comes out is a step with its whole trail."""

from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from twincal.core import facts
from twincal.core.decision import Decision, Evidence, ParticipantVerdict, Reason, Step, Verdict
from twincal.core.drafting import Draft, drafts
from twincal.core.facts import Case, Context
from twincal.core.fields import LONGEST, LONGEST_WITHOUT_MULTIDAY, SYNCED, same, shown, shown_edit, shown_length
from twincal.core.item import Item
from twincal.core.matching import Candidates
from twincal.core.merge import Edits, Merge, edits, merged, winner
from twincal.core.relations import Relations, related
from twincal.core.rules.admit import ADMIT, Admission, Designation, Hope
from twincal.core.rules.fate import DESCRIBED, DIFFERING, FATE, Change, Choice, Twin, Winner
from twincal.core.rules.gates import GATES, Mail, Notice, Passage, Touch
from twincal.core.rules.table import Rule, YesNo
from twincal.core.trees import Link
from twincal.core.vocabulary import Field, Operation, Side, Tab, Word

NO_EDITS = Edits()
STEP_OF = {
    Admission.NOT_CONSIDERED: (Verdict.NOT_CONSIDERED, None),
    Admission.PRIVATE: (Verdict.PRIVATE, None),
    Admission.EXCLUDED: (Verdict.EXCLUDED, Tab.EXCLUDED),
    Admission.UNRESOLVED: (Verdict.UNRESOLVED, Tab.UNRESOLVED),
    Admission.FROZEN: (Verdict.FREEZE, Tab.SYNCED),
    Admission.FROZEN_EXCLUDED: (Verdict.FREEZE, Tab.EXCLUDED),
}
FROZEN = (Admission.FROZEN, Admission.FROZEN_EXCLUDED)


class View(Struct, frozen=True):
    """A case with everything that was worked out about it on the way."""

    case: Case
    exchange: Edits = NO_EDITS
    salesforce: Edits = NO_EDITS
    found: Candidates = Candidates()


def judge(case: Case, context: Context) -> Step:
    """Decide one case."""
    if not case.items:
        return _fated(_looked_at(case, context, Candidates()), context, ())
    item = case.items[0]
    found = context.candidates(item)
    rule, admitted = admission(case, item, found, context)
    reason = Reason(rule.code, {} if item.private else admitted)
    answer = rule.then
    gone = case.link is not None and len(case.items) == 1 and _deleted_somewhere(case)
    if answer is Admission.ADMITTED or (answer in FROZEN and gone):
        if answer in FROZEN and case.link and not case.link.frozen:
            case = _with_link(case, replace(case.link, frozen=rule.code))
        return _fated(_looked_at(case, context, found), context, (reason,))
    verdict, tab = STEP_OF[answer]  # type: ignore[index]
    after = replace(case.link, frozen=rule.code) if case.link else None
    step = _step(case, Decision(verdict, (reason,), tab), after, participants=() if item.private else _participants(found, context))
    waiting = answer is Admission.UNRESOLVED or rule.code == "A21"
    return replace(step, seen=facts.seen(case, found, context)) if waiting else step


def admission(case: Case, item: Item, found: Candidates, context: Context) -> tuple[Rule, Evidence]:
    """The row of the admit table for this case, and its evidence."""
    policy = context.policy
    hope = facts.hope(found, context.matches)
    forbidden = next((entry for a in found.everybody if (entry := policy.exclusion_list.covers(a))), None)
    own = next((entry for a in context.owner.addresses if (entry := policy.ignore_list.covers(a))), None)
    situation: Mapping[str, Word] = {
        "standing": facts.standing(context),
        "mode": policy.mode,
        "private": facts.private(case),
        "place": facts.place(case, context),
        "linked": YesNo.of(case.link is not None),
        "cancelled": YesNo.of(item.cancelled),
        "no_sync": YesNo.of(facts.has_category(case, policy.exclude_category)),
        "ignored": YesNo.of(case.note.ignored),
        "forbidden": YesNo.of(forbidden is not None),
        "born": case.born,
        "designation": facts.designation(case, context),
        "kind": case.kind,
        "own_ignored": YesNo.of(own is not None),
        "hope": hope,
        "patience": facts.patience(case, found, context),
    }
    rule = ADMIT.decide(situation)
    return rule, _admit_evidence(rule, case, found, own, hope, context)


def _admit_evidence(rule: Rule, case: Case, found: Candidates, own: str | None, hope: Hope, context: Context) -> Evidence:
    if not rule.evidence:
        return {}
    policy, window = context.policy, context.window
    known: dict[str, Callable[[], str | int | tuple[str, ...]]] = {
        "person": lambda: context.name or context.person,
        "window_start": lambda: f"{window.start:%Y-%m-%d}",
        "window_end": lambda: f"{window.end:%Y-%m-%d}",
        "category": lambda: policy.exclude_category,
        "mark": lambda: policy.designate_category,
        "mode": lambda: policy.mode.phrase,
        "entry": lambda: own or "",
        "days": lambda: policy.retry_days,
        "addresses": lambda: found.remaining if hope is not Hope.MATCHED else (),
        "setting": lambda: facts.narrow_end(case, context),
    }
    return {name: value() for name, value in known.items() if name in rule.evidence}


def _deleted_somewhere(case: Case) -> bool:
    return any(facts.change(case, side, NO_EDITS) is Change.GONE for side in Side)


def _with_link(case: Case, link: Link) -> Case:
    return replace(case, link=link)


def _looked_at(case: Case, context: Context, found: Candidates) -> View:
    """The case with what changed on each side since the base."""
    link = case.link
    if link is None:
        return View(case, found=found)
    exchange, salesforce = case.item_on(Side.EXCHANGE), case.item_on(Side.SALESFORCE)
    return View(
        case,
        edits(Side.EXCHANGE, exchange, salesforce, context.prints(exchange), link) if exchange else NO_EDITS,
        edits(Side.SALESFORCE, salesforce, exchange, context.prints(salesforce), link) if salesforce else NO_EDITS,
        found,
    )


def _relations(view: View, context: Context) -> Relations:
    born_there = any(item.side is view.case.born for item in view.case.items)
    return related(view.case, view.found, context) if born_there else Relations()


def _fated(view: View, context: Context, trail: tuple[Reason, ...]) -> Step:
    case = view.case
    relations = _relations(view, context)
    exchange, salesforce = case.item_on(Side.EXCHANGE), case.item_on(Side.SALESFORCE)
    both = exchange is not None and salesforce is not None and case.link is not None
    victor = winner(context.policy.conflict, case.note.choice, exchange, salesforce) if both else None  # type: ignore[arg-type]
    merge = merged(view.exchange, view.salesforce, victor)
    clash = YesNo.of(bool(merge.clashing))
    situation: Mapping[str, Word] = {
        "exchange": facts.change(case, Side.EXCHANGE, view.exchange),
        "salesforce": facts.change(case, Side.SALESFORCE, view.salesforce),
        "clash": clash,
        "winner": Winner.of_value(victor.value) if victor and merge.clashing else Winner.NOBODY,
        "relations": YesNo.of(bool(relations.change) and both),
        "deleter": facts.deleter(case, context),
        "past": facts.past(case, context) if len(case.items) < 2 and case.link else YesNo.NO,
        "twin": case.twin,
        "choice": Choice.of(case.note.choice),
        "frozen": facts.frozen(case, context),
    }
    rule = FATE.decide(situation)
    evidence = _fate_evidence(rule, view, relations, context)
    silent = rule.then is Verdict.FORGET or (rule.then is Verdict.LINK and not relations.change)
    people = () if silent else relations.reasons
    told = (_described(view) or _differing(case)) if rule.code == "F10" else None
    trail = (*trail, *people, told or Reason(rule.code, evidence))
    if rule.code in ("F15", "F17"):
        merge = Merge(to_salesforce=_all_of(view.exchange.travelling, view.salesforce.travelling))
    return _gated(rule.then, view, merge, relations, trail, context)  # type: ignore[arg-type]


def _described(view: View) -> Reason | None:
    """Is the Description all that was changed in Salesforce? It reaches nobody, and whoever typed it wonders why."""
    return Reason(DESCRIBED.code) if Field.BODY in view.salesforce.noted else None


def _differing(case: Case) -> Reason | None:
    """In what the halves of a pair differ although neither has changed, as twins may; not in the body, which is Exchange's.
    What stands behind a mask is not told."""
    exchange, salesforce = case.item_on(Side.EXCHANGE), case.item_on(Side.SALESFORCE)
    if exchange is None or salesforce is None or exchange.masked or salesforce.masked:
        return None
    differing = [field for field in SYNCED if field is not Field.BODY and not same(field, exchange, salesforce)]
    told = [
        f"{field.phrase}: {shown(field, exchange)} in Exchange, {shown(field, salesforce)} in Salesforce" for field in differing
    ]
    return Reason(DIFFERING.code, {"differences": "; ".join(told)}) if told else None


def _all_of(*groups: tuple[Field, ...]) -> tuple[Field, ...]:
    return tuple(dict.fromkeys(field for group in groups for field in group))


def _fate_evidence(rule: Rule, view: View, relations: Relations, context: Context) -> Evidence:
    if not rule.evidence:
        return {}
    case = view.case
    deleter = getattr(case.salesforce, "by", "") or "unknown"
    known: dict[str, Callable[[], str]] = {
        "exchange_edits": lambda: _edits_shown(view.exchange, case.item_on(Side.EXCHANGE)),
        "salesforce_edits": lambda: _edits_shown(view.salesforce, case.item_on(Side.SALESFORCE)),
        "relations": lambda: relations.change,
        "twins": lambda: str(len(case.twins)),
        "others": lambda: ", ".join(case.twins),
        "facts": lambda: ", ".join(case.alike),
        "deleter": lambda: f"user {deleter}",
        "person": lambda: context.name or context.person,
    }
    return {name: value() for name, value in known.items() if name in rule.evidence}


def _edits_shown(found: Edits, item: Item | None) -> str:
    if item is None:
        return ""
    fields = found.travelling or found.noted
    return ", ".join(shown_edit(field, item) for field in fields)


def _gated(verdict: Verdict, view: View, merge: Merge, relations: Relations, trail: tuple[Reason, ...], context: Context) -> Step:
    case = view.case
    link = _renewed(case.link or new_link(case, context), verdict)
    if verdict in CREATING:
        link = _as_planned(link, case, context)
    allowed: list[Draft] = []
    pending: list[Field] = []
    stops: list[tuple[Passage, Reason]] = []
    for draft in drafts(verdict, case, link, merge, relations, context):
        passage, reason = passes(draft, case, context)
        if passage is Passage.PASS:
            allowed.append(draft)
            trail = trail if reason.code == "G11" else (*trail, reason)
        else:
            stops.append((passage, reason))
            pending += (*draft.fields, *((Field.PEOPLE,) if relations.change else ()))
    if verdict is Verdict.HOLD:
        pending += [*view.exchange.travelling, *view.salesforce.travelling]
    if stops:
        passage, reason = max(stops, key=lambda stop: ORDER.index(stop[0]))
        decision = _stopped(passage, (*trail, reason), linked=case.link is not None)
    else:
        decision = Decision(verdict, trail, Tab.UNRESOLVED if verdict is Verdict.HOLD else Tab.SYNCED)
    after = _after(decision, verdict, link, relations, bool(allowed), bool(stops), case, context)
    step = _step(case, decision, after, participants=relations.participants)
    return replace(
        step,
        writes=tuple(draft.write for draft in allowed),
        mail=sum(draft.mailed for draft in allowed),
        matched=relations.matched,
        pending=tuple(dict.fromkeys(pending)),
        lost=_lost(merge, verdict, case, trail),
    )


ORDER = (Passage.PASS, Passage.PREVENTED, Passage.UNRESOLVED, Passage.HOLD)


def passes(draft: Draft, case: Case, context: Context) -> tuple[Passage, Reason]:
    """What the gates say to one write, with the reason."""
    write, policy = draft.write, context.policy
    target = case.item_on(write.side) if write.operation is not Operation.CREATE else None
    exchange = write.side is Side.EXCHANGE
    source = case.item_on(write.side.other)
    sized = not exchange and write.operation is not Operation.DELETE and "times" in write.values.names
    situation: Mapping[str, Word] = {
        "side": write.side,
        "operation": write.operation,
        "prevented": YesNo.of(policy.prevents(write.operation, write.side)),
        "too_long": facts.too_long(source, context) if sized and source else YesNo.NO,
        "mail": facts.mail(target, draft.mailed) if exchange else Mail.SILENT,
        "notice": Notice.of_value(policy.notify_attendees.value),
        "touch": facts.touch(write.values) if exchange and write.operation is Operation.UPDATE else Touch.QUIET,
        "choice": Choice.of(case.note.choice),
    }
    rule = GATES.decide(situation)
    if not rule.evidence:
        return rule.then, Reason(rule.code)  # type: ignore[return-value]
    known: dict[str, str | int] = {
        "setting": f"prevent.{write.operation.value}_in_{write.side.value}",
        "length": shown_length(source.times.length) if source else "",
        "longest": shown_length(LONGEST if context.multiday_events else LONGEST_WITHOUT_MULTIDAY),
        "organizer": (target.organizer.name or target.organizer.address) if target and target.organizer else "somebody",
        "count": draft.mailed,
    }
    evidence = {name: value for name, value in known.items() if name in rule.evidence}
    return rule.then, Reason(rule.code, evidence)  # type: ignore[return-value]


def _stopped(passage: Passage, trail: tuple[Reason, ...], *, linked: bool) -> Decision:
    if passage is Passage.PREVENTED:
        return Decision(Verdict.PREVENTED, trail, Tab.SYNCED if linked else Tab.EXCLUDED)
    return Decision(Verdict.HOLD if passage is Passage.HOLD else Verdict.UNRESOLVED, trail, Tab.UNRESOLVED)


def new_link(case: Case, context: Context) -> Link:
    """The link this item would get; its ids and base come with the receipts."""
    item, exchange, salesforce = case.items[0], case.item_on(Side.EXCHANGE), case.item_on(Side.SALESFORCE)
    return Link(
        key=case.key,
        generation=case.generation,
        exchange_id=exchange.id if exchange else "",
        salesforce_id=salesforce.id if salesforce else "",
        born=case.born,
        kind=item.kind,
        masked=item.masked,
        designated=facts.designation(case, context) is Designation.MARKED,
        series=exchange.series if exchange else "",
        original_start=exchange.original_start if exchange else None,
        end=item.end,
    )


def _renewed(link: Link, verdict: Verdict) -> Link:
    """A link gets a new generation when one of its sides is created again."""
    if verdict is Verdict.CREATE_IN_SALESFORCE and link.salesforce_id:
        return replace(link, generation=link.generation + 1)
    if verdict is Verdict.CREATE_IN_EXCHANGE and link.exchange_id:
        return replace(link, generation=link.generation + 1)
    return link


CREATING = (Verdict.CREATE_IN_EXCHANGE, Verdict.CREATE_IN_SALESFORCE)
GONE_AFTER = (Verdict.DELETE_IN_EXCHANGE, Verdict.DELETE_IN_SALESFORCE, Verdict.FORGET)


def _after(
    decision: Decision, verdict: Verdict, link: Link, relations: Relations, wrote: bool, stopped: bool, case: Case,
    context: Context,
) -> Link | None:  # fmt: skip
    """The link as it will be when every write succeeded; None when there is none then."""
    if verdict in GONE_AFTER and not stopped:
        return None
    if case.link is None and not wrote and verdict is not Verdict.LINK:
        return None
    if verdict in CREATING and not wrote:  # what stopped it may go; the edit that asked for it must still be one then
        return case.link
    if verdict is Verdict.FREEZE:
        return replace(link, frozen=decision.code)
    if decision.verdict is Verdict.PREVENTED and verdict in GONE_AFTER:
        return replace(link, frozen=decision.code)
    if decision.verdict is Verdict.HOLD and not wrote:
        return link if case.link else None
    items = case.items
    designated = link.designated or facts.designation(case, context) is Designation.MARKED
    end = max(item.end for item in items) if items else link.end
    return replace(link, frozen="", added=relations.added or link.added, kind=case.kind, designated=designated, end=end)


def _as_planned(link: Link, case: Case, context: Context) -> Link:
    """A new link with the prints of the side that is there: what recovery takes as base when our reply was lost."""
    exchange, salesforce = case.item_on(Side.EXCHANGE), case.item_on(Side.SALESFORCE)
    return replace(
        link,
        exchange=context.prints(exchange) if exchange else {},
        salesforce=context.prints(salesforce) if salesforce else {},
    )


def _lost(merge: Merge, verdict: Verdict, case: Case, trail: tuple[Reason, ...]) -> dict[str, str]:
    """Values that lose a clash, by field, kept for the history. The body is not among them (SPEC 5)."""
    code = trail[-1].code if trail else ""
    codes = {reason.code for reason in trail} | {code}
    loser = Side.EXCHANGE if "F19" in codes else Side.SALESFORCE if codes & {"F15", "F17", "F18"} else None
    item = case.item_on(loser) if loser else None
    if item is None or verdict is Verdict.HOLD:
        return {}
    fields = merge.clashing or merge.to_salesforce
    return {field.value: shown(field, item) for field in fields if field is not Field.BODY}


def _participants(found: Candidates, context: Context) -> tuple[ParticipantVerdict, ...]:
    return context.chosen(found).participants


def _step(case: Case, decision: Decision, after: Link | None, *, participants: tuple[ParticipantVerdict, ...] = ()) -> Step:
    return Step(
        key=case.key,
        decision=decision,
        exchange=case.item_on(Side.EXCHANGE) or (case.exchange if isinstance(case.exchange, Item) else None),
        salesforce=case.item_on(Side.SALESFORCE),
        link=case.link,
        after=after,
        participants=participants,
        likely=case.twins if case.twin is Twin.LIKELY else (),
        double=case.twin is Twin.DOUBLE,
    )
