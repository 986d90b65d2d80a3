"""A value that lost a conflict comes back where it was overwritten, as an edit: the next cycle carries it over like any other
(pure; SPEC 6)."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from twincal.core.decision import Decision, Reason, Step, Verdict
from twincal.core.drafting import overwriting
from twincal.core.facts import Case, Context
from twincal.core.fields import ROWS, shown
from twincal.core.item import Item
from twincal.core.judgement import passes
from twincal.core.rules.gates import Passage
from twincal.core.scene import Loss, Note
from twincal.core.trees import Link
from twincal.core.undoing import Line
from twincal.core.vocabulary import Field, Side, Tab


def wanted_loss(losses: Sequence[Loss], field: str, value: str) -> Loss | None:
    """The newest loss of a field, or the one of this value."""
    return next((one for one in losses if one.field == field and value in ("", one.value)), None)


def overwritten_by(lines: Iterable[Line], loss: Loss) -> Line | None:
    """The latest write that took the value away; the line has it as it was, the loss only as people read it."""
    field = Field.of_value(loss.field)
    found = [
        line for line in lines
        if line.before is not None and ROWS[field].name in line.after.names and shown(field, line.before) == loss.value
    ]  # fmt: skip
    return max(found, key=lambda line: line.number, default=None)


def reinstated(line: Line, field: Field, halves: tuple[Item, Item], link: Link, context: Context) -> tuple[Step, Reason | None]:
    """The step that writes the value, and the reason why a gate does not let it pass. The stamp tells no source: the value has not
    been carried across."""
    exchange, salesforce = halves
    target = exchange if line.side is Side.EXCHANGE else salesforce
    former = line.before or target
    draft = overwriting(link, target, former, (field,), context)
    case = Case(key=link.key, exchange=exchange, salesforce=salesforce, link=link, note=Note(key=link.key))
    passage, reason = passes(draft, case, context)
    verdict = Verdict.UPDATE_IN_EXCHANGE if line.side is Side.EXCHANGE else Verdict.UPDATE_IN_SALESFORCE
    step = Step(
        key=link.key,
        decision=Decision(verdict, (reason,), Tab.SYNCED),
        exchange=exchange,
        salesforce=salesforce,
        link=link,
        after=link,
        writes=(replace(draft.write, stamp=f"{draft.write.intent}:"),),
        mail=draft.mailed,
    )
    return step, None if passage is Passage.PASS else reason


def as_edited(link: Link, field: Field, side: Side) -> Link:
    """The link without the base of a field on one side: what stands there counts as an edit."""
    name = "exchange" if side is Side.EXCHANGE else "salesforce"
    return replace(link, **{name: {known: value for known, value in link.base_of(side).items() if known is not field}})


def without(note: Note, loss: Loss) -> Note:
    """The note of an item once a value has come back."""
    return replace(note, losses=tuple(one for one in note.losses if one != loss))
