"""Take back what was written: a field, an item, a run or a day of one person. Planned, shown, and journaled like any write."""

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from twincal.core.decision import Decision, Plan, Reason, Step, Verdict
from twincal.core.explain import because, remedy
from twincal.core.facts import Context
from twincal.core.faults import FaultCode
from twincal.core.item import Item
from twincal.core.pairing import item_key
from twincal.core.scene import Note, Scene, Settled
from twincal.core.settling import settled
from twincal.core.trees import Link
from twincal.core.undoing import Line, Piece, undo_plan
from twincal.core.vocabulary import Operation, Outcome, Side
from twincal.core.writes import Absent, Receipt
from twincal.engine.execute import Receipts, execute
from twincal.engine.history import written
from twincal.engine.person import Person, Ports, context_of
from twincal.engine.preview import StepShown, shown
from twincal.engine.recover import recover


class Scope(Struct, frozen=True, kw_only=True):
    """What is to be taken back: all that a run wrote, or a day (UTC), or the latest that was written to one item; of it only
    the named fields. Without anything, nothing."""

    item: str = ""
    run: str = ""
    day: date | None = None
    fields: tuple[str, ...] = ()

    def covers(self, line: Line) -> bool:
        """Does a line of the journal belong to it?"""
        return (
            (not self.item or line.key == self.item)
            and (not self.run or line.run == self.run)
            and (self.day is None or line.at.date() == self.day)
            and bool(self.item or self.run or self.day)
            and (not self.fields or not set(self.fields).isdisjoint(line.after.names))
            and (not self.fields or line.operation is Operation.UPDATE)
        )

    def of(self, lines: Sequence[Line]) -> tuple[Line, ...]:
        """What belongs to it, of a whole journal. An item by itself means what was written to it last, on either side."""
        inside = tuple(line for line in lines if self.covers(line))
        if self.item and not self.run and self.day is None:
            return tuple(line for line in inside if line.run == inside[-1].run)
        return inside


class UndoneStep(StepShown, frozen=True, kw_only=True):
    """One step of an undo in words. `done` tells whether it was carried out; `remedy` what helps where it was not."""

    side: str
    remedy: str
    done: bool = False
    fault: str = ""


class Undone(Struct, frozen=True, kw_only=True):
    """An undo as a plan, or as it came out."""

    mailbox: str
    steps: tuple[UndoneStep, ...]
    mail: int = 0

    @property
    def refused(self) -> int:
        """How many items stay as they are although they were in the scope."""
        return sum(1 for step in self.steps if step.verdict == Verdict.HOLD.phrase)


class RunShown(Struct, frozen=True, kw_only=True):
    """One run that wrote something: when (ISO 8601, UTC), and how many writes came out."""

    run: str
    at: str
    created: int = 0
    updated: int = 0
    deleted: int = 0


COUNTED = {Operation.CREATE: "created", Operation.UPDATE: "updated", Operation.DELETE: "deleted"}


def runs_of(lines: Sequence[Line]) -> list[RunShown]:
    """The runs of a journal, newest first."""
    found: dict[str, RunShown] = {}
    for line in lines:
        one = found.setdefault(line.run, RunShown(run=line.run, at=written(line.at)))
        name = COUNTED[line.operation]
        found[line.run] = replace(one, **{name: getattr(one, name) + 1})
    return sorted(found.values(), key=lambda one: int(one.run), reverse=True)


async def planned_undo(person: Person, ports: Ports, lines: Sequence[Line], scope: Scope) -> tuple[Plan, Scene, Context]:
    """The plan of an undo from the journal and from what both sides show now; what an earlier process left open is settled
    first, and an item of which a write may still arrive is left alone. Raises VendorFault."""
    waiting = await recover(person, ports)
    scene = await ports.ledger.scene(person.id, ports.clock.now(), everything=True)
    context = context_of(person, ports, {}, ports.clock.now())
    pieces = await _standing(_pieces(lines, scope, scene), person, ports)
    plan = undo_plan([piece for piece in pieces if not _private(piece, scene)], scope.fields, context)
    return replace(plan, steps=tuple(_left_alone(step) if step.key in waiting else step for step in plan.steps)), scene, context


def _private(piece: Piece, scene: Scene) -> bool:
    """Is either half private, as it is now or as it was last seen? Nothing is said or done about it then (SPEC 3.3). The other
    half of a private item is kept as one that is private itself."""
    tree = scene.exchange if piece.side is Side.EXCHANGE else scene.salesforce
    halves = (piece.now, piece.other, tree.get(piece.item_id))
    return any(isinstance(half, Item) and half.private for half in halves)


def _left_alone(step: Step) -> Step:
    trail = (*step.decision.trail, Reason(FaultCode.NO_REPLY.value))
    return replace(step, decision=Decision(Verdict.HOLD, trail), writes=(), mail=0)


def _pieces(lines: Sequence[Line], scope: Scope, scene: Scene) -> list[Piece]:
    links = {link.key: link for link in scene.links}
    grouped: dict[tuple[str, Side], list[Line]] = {}
    for line in lines:
        grouped.setdefault((line.key, line.side), []).append(line)
    found = []
    covered = {line.number for line in scope.of(lines)}
    for (key, side), every in grouped.items():
        inside = tuple(line for line in every if line.number in covered)
        if inside:
            link = links.get(key)
            found.append(
                Piece(
                    key=key,
                    side=side,
                    lines=inside,
                    later=tuple(line for line in every if line.number > inside[-1].number),
                    link=link,
                    item_id=_named(every, link, side),
                    other=_other(link, side, scene),
                    carried=tuple(line for line in grouped.get((key, side.other), ()) if line.number > inside[0].number),
                    deletion=next((line for line in reversed(every) if _deletes_before(line, inside[0])), None),
                )
            )
    return found


def _deletes_before(line: Line, first: Line) -> bool:
    return line.operation is Operation.DELETE and line.number < first.number


def _other(link: Link | None, side: Side, scene: Scene) -> Item | None:
    tree = scene.salesforce if side is Side.EXCHANGE else scene.exchange
    found = tree.get(link.id_on(side.other)) if link else None
    return found if isinstance(found, Item) else None


def _named(lines: Sequence[Line], link: Link | None, side: Side) -> str:
    """What the item is called now: by its link, else as it was called last."""
    if link is not None and link.id_on(side):
        return link.id_on(side)
    return next((line.item_id for line in reversed(lines) if line.item_id), "")


async def _standing(pieces: Sequence[Piece], person: Person, ports: Ports) -> list[Piece]:
    """The pieces with what stands there now."""
    now: dict[tuple[Side, str], Item | Absent] = {}
    for side in Side:
        ids = sorted({piece.item_id for piece in pieces if piece.side is side and piece.item_id})
        read = await ports.calendar(side).read(person.owner_on(side), ids) if ids else {}
        now |= {(side, ident): found for ident, found in read.items()}
    return [replace(piece, now=now.get((piece.side, piece.item_id))) for piece in pieces]


async def undo(person: Person, ports: Ports, plan: Plan, scene: Scene, context: Context) -> Receipts:
    """Carry out what the plan of an undo allows. What is created or left over is ignored from then on, so that the next
    cycle does not do again what was taken back. Of an item of which both sides were written to, one half goes first: a run
    has one step an item."""
    receipts: dict[str, Receipt] = {}
    waiting = [step for step in plan.steps if step.writes]
    while waiting:
        first = {step.key: step for step in reversed(waiting)}
        doing = replace(plan, steps=tuple(first.values()))
        run = await ports.ledger.begin(doing)
        told = await execute(doing, person, ports)
        left = [one for step in doing.steps for one in _left(step, told, scene, context)]
        await ports.ledger.finish(run, left, ports.clock.now())
        receipts |= told
        links = {one.key: one.link for one in left}
        waiting = [_afterwards(step, links[step.key], told) for step in waiting if first[step.key] is not step]
    return receipts


def _afterwards(step: Step, link: Link | None, told: Receipts) -> Step:
    """A step once the other half of its item has been dealt with."""
    items = {receipt.item.side: receipt.item for receipt in told.values() if receipt.item is not None and _of(step, receipt.item)}
    return replace(
        step,
        link=link,
        after=link if step.after is not None else None,
        exchange=items.get(Side.EXCHANGE, step.exchange),
        salesforce=items.get(Side.SALESFORCE, step.salesforce),
    )


def _of(step: Step, item: Item) -> bool:
    half = step.exchange if item.side is Side.EXCHANGE else step.salesforce
    return half is not None and half.id == item.id


def _left(step: Step, receipts: Receipts, scene: Scene, context: Context) -> Iterable[Settled]:
    write = step.writes[0]
    note = scene.notes.get(step.key)
    ignored = write.operation is Operation.DELETE
    kept = Note(key=step.key, ignored=True) if ignored else note
    yield replace(settled(step, receipts, kept, context), judged=False)
    receipt = receipts.get(write.intent)
    if write.operation is Operation.CREATE and receipt is not None and receipt.outcome is Outcome.DONE:
        key = item_key(context.person, write.side, receipt.item_id)
        yield Settled(key=key, note=Note(key=key, ignored=True), judged=False)


def told_undo(person: Person, plan: Plan, receipts: Receipts) -> Undone:
    """The undo in words."""
    return Undone(mailbox=person.mailbox, steps=tuple(_told(step, receipts) for step in plan.steps), mail=plan.mail)


def _told(step: Step, receipts: Receipts) -> UndoneStep:
    base = shown(step)
    receipt = receipts.get(step.writes[0].intent) if step.writes else None
    done = receipt is not None and receipt.outcome is Outcome.DONE
    fault = receipt.fault if receipt else None
    return UndoneStep(
        item=base.item,
        subject=base.subject,
        start=base.start,
        verdict=base.verdict,
        code=base.code,
        because=because(step.decision.trail[-1]),
        mail=base.mail,
        side=str(step.decision.trail[0].evidence["side"]),
        remedy=remedy(step.decision.trail[-1]),
        done=done,
        fault=fault.phrase if fault is not None and not done else "",
    )
