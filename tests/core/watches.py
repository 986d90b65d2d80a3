"""Who watches a world: one watch for each promise. Each fails with a sentence when its promise is broken."""

from collections import Counter
from collections.abc import Sequence

from tests.core.worlds import READ, Watch, World, differences, sent
from twincal.core.decision import Plan, Step, Verdict
from twincal.core.explain import RULES, explained
from twincal.core.faults import FaultCode
from twincal.core.fields import shown
from twincal.core.item import Item
from twincal.core.policy import Notify, PrivateItems
from twincal.core.scene import Settled
from twincal.core.vocabulary import Field, Operation, Side
from twincal.core.writes import Write

TEXTS = (Field.SUBJECT, Field.PLACE, Field.BODY)


class Edits(Watch):
    """No edit is lost: what is overwritten was known to who wrote the new value, or the history keeps it; pairs that are
    said to be in step say the same, and where they do not, a code says why."""

    def write(self, world: World, step: Step, write: Write, before: Item | None) -> None:
        if write.operation is not Operation.UPDATE or before is None or before.id != write.item_id:
            return
        source = step.exchange if write.side is Side.SALESFORCE else step.salesforce
        standing = step.salesforce if write.side is Side.SALESFORCE else step.exchange
        assert source is not None and standing is not None
        if world.lineage[standing.side, standing.id] in world.crossed:
            return
        for field, name in ((Field.SUBJECT, "subject"), (Field.PLACE, "place"), (Field.TIME, "times")):
            old, new = READ[field](standing), READ[field](source)
            if name not in write.values.names or not old or old == new:
                continue
            known = old in world.seen.get(new, ())
            kept = step.lost.get(field.value) == shown(field, standing)
            assert known or kept or source.masked or standing.masked, (
                f"{field.phrase} {old} gave way to {new} ({step.decision.code})"
            )

    def rest(self, world: World) -> None:
        for link, here, there in world.pairs():
            decision = world.step_of(link.key).decision
            if here.private or there.private:
                continue
            unlike = differences(here, there) - world.unlike.get(link.key, frozenset())
            differing = [field for field, *_ in unlike if field is not Field.BODY]
            if differing:
                assert decision.verdict not in IN_STEP, f"{differing} differ, and yet it is {decision.code}"
                assert decision.tab is not None or decision.code in ("A01", "A02"), decision.code
            elif decision.verdict in IN_STEP and unlike:
                text, notes = READ[Field.BODY](here), READ[Field.BODY](there)
                assert _number(notes) > _number(text), f"the body {text} never reached Salesforce, where {notes} stands"


IN_STEP = (Verdict.IN_STEP, Verdict.LINK)


def _number(token: str) -> int:
    return int(token.removeprefix("word") or 0)


class Bodies(Watch):
    """The Description never flows to Exchange; only a new item carries it, once."""

    def write(self, world: World, step: Step, write: Write, before: Item | None) -> None:
        if write.side is Side.EXCHANGE and write.operation is Operation.UPDATE:
            assert "body" not in write.values.names and not write.body_of, step.decision.code


class Doubles(Watch):
    """Nothing stands twice: one copy of what somebody made on each side."""

    def cycle(self, world: World, plan: Plan, left: Sequence[Settled]) -> None:
        for side in Side:
            count = Counter(world.lineage[side, ident] for ident in world.calendars[side].items)
            doubled = [lineage for lineage, number in count.items() if number > 1 and lineage not in world.chosen | world.crossed]
            assert not doubled, (side, doubled)


class Relations(Watch):
    """What stands in Salesforce is kept: the What always, every Who that Twincal did not add itself."""

    def write(self, world: World, step: Step, write: Write, before: Item | None) -> None:
        if write.side is not Side.SALESFORCE or write.operation is Operation.DELETE:
            return
        if write.operation is Operation.CREATE:
            self._created(step, write)
            return
        assert "what" not in write.values.names
        if "whos" not in write.values.names or before is None:
            return
        assert isinstance(write.values.whos, tuple) and step.salesforce is not None
        born, added = (step.link.born, step.link.added) if step.link else (Side.EXCHANGE, ())
        assert born is Side.EXCHANGE, "the Whos of an event made in Salesforce were touched"
        gone = set(step.salesforce.whos) - set(write.values.whos) - set(added)
        assert not gone, f"{gone} had been set by a person"

    def _created(self, step: Step, write: Write) -> None:
        if step.link is None:
            return
        if step.link.what:
            assert write.values.what == step.link.what
        if step.link.whos:
            assert write.values.whos == step.link.whos


class Secrets(Watch):
    """The text of a private item stands in no decision, note, row or write."""

    def cycle(self, world: World, plan: Plan, left: Sequence[Settled]) -> None:
        items = world.looked
        hidden = {world.lineage[item.side, item.id] for item in items if item.private}
        masked = world.policy.private_items is PrivateItems.MASKED
        open_to_all = [item for item in items if not item.private and (masked or world.lineage[item.side, item.id] not in hidden)]
        public = {READ[field](item) for item in open_to_all for field in TEXTS}
        secret = {READ[field](item) for item in items if item.private for field in TEXTS} - public - {""}
        told = [
            f"{step.decision}{step.participants}{step.matched}{step.lost}{step.writes}" for step in plan.steps
        ] + [f"{each.note}{each.entry}" for each in left] + [f"{world.entries}{world.notes}"]  # fmt: skip
        for text in told:
            for word in secret:
                assert f"{word}'" not in text and f"{word} " not in text and f"{word}," not in text, (word, text)


class Deletions(Watch):
    """Nothing is deleted that nobody deleted, and nobody's unseen edit goes with it."""

    def write(self, world: World, step: Step, write: Write, before: Item | None) -> None:
        if write.operation is not Operation.DELETE:
            return
        item = step.exchange if write.side is Side.EXCHANGE else step.salesforce
        assert item is not None
        lineage = world.lineage[item.side, item.id]
        if lineage in world.crossed:
            return
        assert lineage in world.unsaid, f"{step.decision.code} deletes what nobody deleted"
        if lineage in world.chosen:
            return
        for field, read in READ.items():
            value = read(item)
            assert not value or value in world.unsaid[lineage], f"{field.phrase} {value} is deleted unseen ({step.decision.code})"


class Mails(Watch):
    """Exchange mails only what SPEC 7 allows, and exactly as many as the plan counts."""

    def __init__(self) -> None:
        self.counted = 0

    def cycle(self, world: World, plan: Plan, left: Sequence[Settled]) -> None:
        mails = world.calendars[Side.EXCHANGE].mails[self.counted :]
        self.counted += len(mails)
        steps = {write.intent: step for step in plan.steps for write in step.writes}
        for mail in mails:
            step = steps[mail.write.intent]
            chosen = world.lineage[Side.EXCHANGE, step.exchange.id] in world.chosen if step.exchange else False
            assert chosen or self._allowed(world, mail.write), (step.decision.code, mail.write.operation)
        done = {receipt.intent for each in left for receipt in each.receipts if receipt.fault is None}
        if all(write.intent in done for step in plan.steps for write in sent(step)):
            assert sum(mail.count for mail in mails) == plan.mail

    def _allowed(self, world: World, write: Write) -> bool:
        notice = world.policy.notify_attendees
        if write.operation is Operation.CREATE:
            return world.policy.invite_attendees
        if write.operation is Operation.DELETE:
            return notice is Notify.ALWAYS
        loud = {"times", "place", "subject"} & set(write.values.names)
        return notice is Notify.ALWAYS or (notice is Notify.UPDATES and bool(loud))


class Trails(Watch):
    """Every item has exactly one decision, with a trail that can be told to the end."""

    def cycle(self, world: World, plan: Plan, left: Sequence[Settled]) -> None:
        standing = Counter((item.side, item.id) for step in plan.steps for item in (step.exchange, step.salesforce) if item)
        assert max(standing.values(), default=0) <= 1, standing
        linked = {(side, link.id_on(side)) for link in world.links.values() for side in Side}
        missing = [
            item.id for item in world.looked if not {(item.side, item.id)} & (standing.keys() | linked)
        ]  # fmt: skip
        assert not missing, missing
        for step in plan.steps:
            self._complete(step, world)
        for each in left:
            if each.entry:
                _told(each.entry.decision.trail[-1].code)
                assert each.entry.decision.tab is not None

    def _complete(self, step: Step, world: World) -> None:
        decision = step.decision
        codes = [reason.code for reason in decision.trail]
        assert codes and len(codes) == len(set(codes)), codes
        there = [item for item in (step.exchange, step.salesforce) if item and not (item.cancelled and step.link)]
        assert codes[0][0] == ("A" if there else "F"), codes
        assert [code[0] for code in codes] == sorted((code[0] for code in codes), key="APFG".index), codes
        told = explained(decision, world.policy)
        for text in (told.headline, *(reason.because for reason in told.trail), *told.to_change):
            assert text and "…" not in text and "{" not in text, (codes, text)


def _told(code: str) -> None:
    assert code in RULES or code in {fault.value for fault in FaultCode}, code
