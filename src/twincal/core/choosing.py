"""A choice answers what was shown: the tables are asked with it only as long as it does, and a hold says beforehand whom it would
mail (pure)."""

from collections.abc import Iterable
from hashlib import blake2b

from msgspec.structs import replace

from twincal.core.decision import Reason, Step, Verdict
from twincal.core.drafting import Draft, mailed_by
from twincal.core.facts import Case, Context
from twincal.core.judgement import judge, passes
from twincal.core.rules.fate import CHOOSABLE
from twincal.core.rules.gates import FORETOLD, MAILED, Passage
from twincal.core.vocabulary import Operation, Side


def judged(case: Case, context: Context) -> Step:
    """Decide one case. A choice for a pair of which somebody has edited the half that is left, or that would mail other people
    than was said, counts as none: it is asked anew."""
    choice = case.note.choice
    if case.link is None:
        return judge(case, context)
    if choice is None:
        step = judge(case, context)
        if not _asks(step):
            return step
        mail = tuple(_mail(case, context))
    else:
        mail = tuple(_mail(case, context))
        if case.note.seen not in (b"", _print(case, mail, context)):
            case = _choosing(case, None)
        step = judge(case, context)
    if _asks(step):
        step = _foretelling(step, mail)
    return replace(step, seen=_print(case, mail, context))


def _asks(step: Step) -> bool:
    return step.decision.verdict is Verdict.HOLD or step.decision.code in CHOOSABLE


def _choosing(case: Case, side: Side | None) -> Case:
    return replace(case, note=replace(case.note, choice=side))


def _mail(case: Case, context: Context) -> Iterable[Reason]:
    """What would wait for a person's consent if Salesforce were chosen: only Exchange mails anybody."""
    undecided = _choosing(case, None)
    target = case.item_on(Side.EXCHANGE)
    if target is None:
        return
    for write in judge(_choosing(case, Side.SALESFORCE), context).writes:
        if write.side is Side.EXCHANGE and write.operation is not Operation.CREATE:
            passage, reason = passes(Draft(write=write, mailed=mailed_by(target)), undecided, context)
            if passage is Passage.HOLD:
                yield reason


def _foretelling(step: Step, mail: Iterable[Reason]) -> Step:
    """The hold with what a choice would send, unless that is what it waits for."""
    decision = step.decision
    told = [Reason(FORETOLD.code, {"what": MAILED[one.code], **one.evidence}) for one in mail if one.code != decision.code]
    return replace(step, decision=replace(decision, trail=(*decision.trail[:-1], *told, decision.trail[-1])))


def _print(case: Case, mail: Iterable[Reason], context: Context) -> bytes:
    """What a person is shown who is asked to choose: of a half that is left alone all that it says, and the mail."""
    left = case.items if len(case.items) == 1 else ()
    said = b"".join(value for item in left for _, value in sorted(context.prints(item).items(), key=lambda pair: pair[0].value))
    sent = "|".join(f"{one.code} {one.evidence.get('count', '')}" for one in mail)
    return blake2b(said + sent.encode(), digest_size=8).digest()
