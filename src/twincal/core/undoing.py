"""Take back what Twincal wrote: lines of the journal and what stands there now in, a plan out (pure; SPEC 11)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from msgspec import UNSET, Struct
from msgspec.structs import replace

from twincal.core.decision import Decision, Plan, Reason, Step, Verdict
from twincal.core.drafting import Draft, intent_id, mailed_by
from twincal.core.facts import Case, Context
from twincal.core.fields import ROWS, SYNCED, face, shown
from twincal.core.item import Item
from twincal.core.judgement import passes
from twincal.core.pairing import item_key
from twincal.core.rules.gates import Passage
from twincal.core.rules.undo import UNDO, Amends, Found
from twincal.core.scene import Note
from twincal.core.settling import NAMES
from twincal.core.trees import Link
from twincal.core.vocabulary import Field, Operation, Side, Tab
from twincal.core.writes import Absent, Values, Write

WHOS = "whos"
VERDICTS = {
    (Amends.RESTORE, Side.EXCHANGE): Verdict.UPDATE_IN_EXCHANGE,
    (Amends.RESTORE, Side.SALESFORCE): Verdict.UPDATE_IN_SALESFORCE,
    (Amends.REMOVE, Side.EXCHANGE): Verdict.DELETE_IN_EXCHANGE,
    (Amends.REMOVE, Side.SALESFORCE): Verdict.DELETE_IN_SALESFORCE,
    (Amends.RECREATE, Side.EXCHANGE): Verdict.CREATE_IN_EXCHANGE,
    (Amends.RECREATE, Side.SALESFORCE): Verdict.CREATE_IN_SALESFORCE,
}


class Line(Struct, frozen=True, kw_only=True):
    """One write that came out: `before` is the item as it stood, `after` what was written. `number` orders them."""

    number: int
    run: str
    key: str
    at: datetime
    side: Side
    operation: Operation
    item_id: str = ""
    before: Item | None = None
    after: Values = Values()


class Piece(Struct, frozen=True, kw_only=True):
    """All that was written to one side of one item within the scope of an undo, and what has been written to it since.

    `item_id` names the item as it is called now; `now` is what a read shows, `other` its other half as it was last seen.
    `deletion` is what had been deleted before, where an undo has created the item again. `carried` is what has been written to
    the other half since the first of the lines: each tells of an edit that somebody made here.
    """

    key: str
    side: Side
    lines: tuple[Line, ...]
    later: tuple[Line, ...] = ()
    link: Link | None = None
    item_id: str = ""
    now: Item | Absent | None = None
    other: Item | None = None
    deletion: Line | None = None
    carried: tuple[Line, ...] = ()

    @property
    def wrote(self) -> Operation:
        """What all of it came to."""
        if self.lines[-1].operation is Operation.DELETE:
            return Operation.DELETE
        return Operation.CREATE if self.lines[0].operation is Operation.CREATE else Operation.UPDATE

    def former(self, name: str) -> Item | None:
        """The item as it stood before a field was written first."""
        return next((line.before for line in self.lines if name in line.after.names), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that were written, in order, the body where its former text is known."""
        found = dict.fromkeys(name for line in self.lines if line.operation is Operation.UPDATE for name in line.after.names)
        return tuple(name for name in found if name in NAMES or name == WHOS)


def undo_plan(pieces: Sequence[Piece], wanted: Collection[str], context: Context) -> Plan:
    """What taking these writes back would do; `wanted` names the fields, all where it is empty. Refused pieces are steps
    without a write, so that they are told too."""
    steps = [_step(piece, wanted, context) for piece in pieces]
    steps.sort(key=lambda step: (step.item.start if step.item else context.now, step.key))
    return Plan(
        person=context.person, made_at=context.now, window=context.window, steps=tuple(steps), everything=False,
        policy_digest=context.policy.digest,
    )  # fmt: skip


def _step(piece: Piece, wanted: Collection[str], context: Context) -> Step:
    names = tuple(name for name in piece.names if not wanted or name in wanted)
    intact = tuple(name for name in names if _intact(piece, name, context))
    found = _found(piece, names, intact, context)
    rule = UNDO.decide({"wrote": piece.wrote, "found": found})
    told = intact if rule.then is Amends.RESTORE else names
    fields = _touched(piece, context) if piece.wrote is Operation.CREATE else _shown(piece, told)
    reason = Reason(rule.code, {"side": piece.side.phrase} | ({"fields": fields} if "{fields}" in rule.because else {}))
    draft = DRAFTS[rule.then](piece, intact, context) if rule.then in DRAFTS else None  # type: ignore[index]
    return _gated(piece, rule.then, draft, reason, context)  # type: ignore[arg-type]


def _found(piece: Piece, names: Sequence[str], intact: Sequence[str], context: Context) -> Found:
    now = piece.now
    if not isinstance(now, Item):
        return Found.AWAY if isinstance(now, Absent) and not now.deleted else Found.GONE
    if piece.wrote is Operation.CREATE:
        touched = piece.later or piece.carried or _edited(piece, now, context) != frozenset()
        return Found.CHANGED if touched else Found.AS_WRITTEN
    if piece.wrote is Operation.DELETE or intact:
        return Found.AS_WRITTEN
    back = all(_value(now, name) == _value(before, name) for name in names if (before := piece.former(name)) is not None)
    return Found.AS_BEFORE if back else Found.CHANGED


def _edited(piece: Piece, now: Item, context: Context) -> frozenset[Field] | None:
    """The fields in which what was created is no longer as it was written, None where nobody can tell."""
    if piece.link is not None:
        base, fresh = piece.link.base_of(now.side), context.prints(now)
        return frozenset(field for field in fresh if fresh[field] != base.get(field))
    former = piece.deletion.before if piece.deletion is not None else None
    return _edited_again(former, now) if former is not None else None


def _edited_again(former: Item, now: Item) -> frozenset[Field]:
    """The same of what an undo has created again: it has the values of what was deleted, and only in Salesforce its relations."""
    bare = now.side is Side.EXCHANGE
    was = replace(former, people=(), categories=()) if bare else former
    return frozenset(field for field, row in ROWS.items() if row.own_form(was) != row.own_form(now))


def _touched(piece: Piece, context: Context) -> str:
    """What somebody has changed in an item that was created."""
    edited = _edited(piece, piece.now, context) if isinstance(piece.now, Item) else None
    later = {NAMES[name] for line in (*piece.later, *piece.carried) for name in line.after.names if name in NAMES}
    return ", ".join(field.phrase for field in Field if field in (edited or frozenset()) | later) or "its fields"


def _intact(piece: Piece, name: str, context: Context) -> bool:
    """Does the field still say what was written last within the scope, so that putting it back loses nothing?"""
    now, former = piece.now, piece.former(name)
    if not isinstance(now, Item) or former is None or piece.link is None:
        return False
    if any(name in line.after.names for line in piece.later) or _carried(piece, name) or _value(now, name) == _value(former, name):
        return False
    if name == WHOS:
        return now.whos == next(line.after.whos for line in reversed(piece.lines) if WHOS in line.after.names)
    if name == "body" and former.body.text is None and former.body.digest:
        return False
    field = NAMES[name]
    return context.prints(now)[field] == piece.link.base_of(piece.side).get(field)


def _carried(piece: Piece, name: str) -> bool:
    """Has somebody edited the field here since it was written? The edit has reached the other half, and so the base."""
    last = max(line.number for line in piece.lines if name in line.after.names)
    return any(name in line.after.names and line.number > last for line in piece.carried)


def _value(item: Item, name: str) -> object:
    return item.whos if name == WHOS else ROWS[NAMES[name]].own_form(item)


def _shown(piece: Piece, names: Sequence[str]) -> str:
    """The former values by field, as people read them."""
    found = []
    for name in names:
        before = piece.former(name)
        if name == WHOS or before is None:
            found.append("its people" if name == WHOS else NAMES[name].phrase)
        else:
            found.append(f"{NAMES[name].phrase}: {shown(NAMES[name], before)}")
    return ", ".join(found) or "its fields"


def _restore(piece: Piece, names: Sequence[str], context: Context) -> Draft | None:
    now, link = piece.now, piece.link
    if not isinstance(now, Item) or link is None:
        return None
    values = _values({name: former for name in names if (former := piece.former(name)) is not None})
    fields = tuple(NAMES[name] for name in names if name in NAMES)
    write = replace(_write(piece, link, Operation.UPDATE, context), values=values, version=now.version, known=face(now))
    return Draft(write=write, fields=fields, mailed=mailed_by(now))


def _remove(piece: Piece, names: Sequence[str], context: Context) -> Draft | None:
    now, link = piece.now, piece.link or (_anew(piece.deletion, context) if piece.deletion else None)
    if not isinstance(now, Item) or link is None:
        return None
    write = replace(_write(piece, link, Operation.DELETE, context), version=now.version, known=face(now))
    return Draft(write=write, mailed=mailed_by(now))


def _recreate(piece: Piece, names: Sequence[str], context: Context) -> Draft | None:
    former = piece.lines[-1].before
    if former is None:
        return None
    fresh = _anew(piece.lines[-1], context)
    values = _values(dict.fromkeys(NAMES, former))
    if piece.side is Side.SALESFORCE:
        values = replace(values, whos=former.whos or UNSET, what=former.what or UNSET)
    return Draft(write=replace(_write(piece, fresh, Operation.CREATE, context), values=values), fields=SYNCED)


def _anew(deletion: Line, context: Context) -> Link:
    """What names the item that an undo creates again, in place of the link that ended with the deletion."""
    return Link(key=item_key(context.person, deletion.side, f"undo|{deletion.number}"), born=deletion.side)


def _write(piece: Piece, link: Link, operation: Operation, context: Context) -> Write:
    intent = intent_id(link, piece.side, operation, context)
    created = operation is Operation.CREATE
    item_id = "" if created else piece.item_id
    return Write(
        intent=intent, side=piece.side, operation=operation, mark=link.mark, item_id=item_id, stamp=f"{intent}:"
    )  # fmt: skip


def _values(formers: Mapping[str, Item]) -> Values:
    return Values(**{name: _written(former, name) for name, former in formers.items()})  # type: ignore[arg-type]


def _written(former: Item, name: str) -> object:
    if name == WHOS:
        return former.whos
    if name == "body":
        return former.body.text if former.body.text is not None else UNSET
    return getattr(former, name)


DRAFTS: Mapping[Amends, Callable[[Piece, Sequence[str], Context], Draft | None]] = {
    Amends.RESTORE: _restore,
    Amends.REMOVE: _remove,
    Amends.RECREATE: _recreate,
}


def _gated(piece: Piece, amends: Amends, draft: Draft | None, reason: Reason, context: Context) -> Step:
    """The step, unless a gate stops the write: an undo obeys switches and the mail rule as everything else does."""
    item = piece.now if isinstance(piece.now, Item) else piece.lines[-1].before
    here = piece.side is Side.EXCHANGE
    bare = Step(
        key=piece.key,
        decision=Decision(Verdict.HOLD if amends is Amends.REFUSE else Verdict.IN_STEP, (reason,)),
        exchange=item if here else piece.other,
        salesforce=piece.other if here else item,
        link=piece.link,
        after=piece.link,
    )
    if draft is None:
        return bare
    case = Case(key=piece.key, exchange=bare.exchange, salesforce=bare.salesforce, link=piece.link, note=Note(key=piece.key))
    passage, stop = passes(draft, case, context)
    if passage is not Passage.PASS:
        return replace(bare, decision=Decision(Verdict.HOLD, (reason, stop)))
    return replace(
        bare,
        decision=Decision(VERDICTS[amends, piece.side], (reason,), Tab.SYNCED),
        after=piece.link if amends is Amends.RESTORE else None,
        writes=(draft.write,),
        mail=draft.mailed,
    )
