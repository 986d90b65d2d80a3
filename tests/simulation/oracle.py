"""What must hold, looked at from outside: the two calendars, the mail, and who knew what. Nothing here asks the engine.

`Oracle` judges every write of ours at the moment it is carried out; rest.py judges what stands there in the end.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence

from tests.simulation.figures import Figures
from tests.simulation.tokens import CANARY, Tokens, lineage_of, word
from twincal.connectors.memory import APP, MemoryCalendar
from twincal.core.decision import Plan, Step, Verdict
from twincal.core.faults import FaultCode
from twincal.core.fields import shown
from twincal.core.item import AllDay, Item, Timed
from twincal.core.scene import Settled
from twincal.core.vocabulary import Field, Operation, Outcome, Side


class Violation(AssertionError):
    """An invariant is broken; the message begins with its number."""


Allowed = Callable[[str], Collection[str]]
"""The values of a setting that were in force lately: a write may have been decided a while ago."""
Whose = tuple[str, str]
"""A person and a lineage."""
APART = "twins that were linked with different places"


class Oracle:
    """Watches every change of both calendars of one organization as it happens."""

    def __init__(self, tokens: Tokens, times: "Clockwork", figures: Figures, allowed: Allowed, *, fair: bool) -> None:
        self.tokens = tokens
        self.times = times
        self.figures = figures
        self._allowed = allowed
        self._fair = fair
        """Is there no weather in this world? Then nothing blurs who edited what."""
        self.owners: dict[str, str] = {}
        """Mailbox or user id → person."""
        self.known: set[Whose] = set()
        """Which appointments have to do with whom."""
        self.lost: set[str] = set()
        """Values that the history keeps because they lost a conflict."""
        self.deletions: dict[Whose, str] = {}
        """Everything that those saw who deleted an appointment and may."""
        self.farewells: dict[Whose, str] = {}
        """Everything that anybody saw who deleted something of it, colleagues included."""
        self.doubled: Counter[Whose] = Counter()
        """How often a person took an appointment out of the bin while it stood in that calendar already."""
        self.restored: Counter[Whose] = Counter()
        self.consented: set[Whose] = set()
        """What somebody decided although they were told that the decision mails people."""
        self.moved_house: set[Whose] = set()
        """What got another id in Exchange when the mailbox was moved."""
        self.twins: dict[str, tuple[str, str]] = {}
        """Key → what each side said of the place when the two were linked."""
        self.apart: set[str] = set()
        """Places of twins that were linked with different ones: their row tells so (F49), and that an edit reaches the other."""
        self.related: dict[str, set[str]] = {}
        """Event → the Contacts and Leads that we related it to."""
        self.on_plan: Callable[[Plan], None] = lambda plan: None
        """Told of every plan before it is carried out."""
        self._clashes: set[tuple[str, ...]] = set()
        self._unlike: set[str] = set()
        """Keys of those that were linked although they said different things: neither came from the other."""
        self._calendars: dict[Side, MemoryCalendar] = {}

    def watch(self, calendar: MemoryCalendar) -> None:
        """Judge every change that our own account makes in a calendar."""
        self._calendars[calendar.side] = calendar
        put, remove = calendar.put, calendar.remove

        def watched_put(owner: str, item: Item, *, by: str = "") -> Item:
            before = calendar.items(owner).get(item.id)
            if by == APP and before is None:
                self._twice(calendar.side, calendar.items(owner).values(), item)
                self._made(calendar.side, self.owners[owner], item)
            elif by == APP and before is not None:
                self._overwritten(calendar.side, self.owners[owner], before, item)
            kept = put(owner, item, by=by)
            if by == APP and kept.whos:
                self.related.setdefault(kept.id, set()).update(set(kept.whos) - set(before.whos if before else ()))
            return kept

        def watched_remove(owner: str, ident: str, *, by: str = "") -> None:
            if by == APP:
                self._deleted(calendar.side, self.owners[owner], calendar.items(owner)[ident])
            remove(owner, ident, by=by)

        calendar.put = watched_put  # type: ignore[method-assign]
        calendar.remove = watched_remove  # type: ignore[method-assign]

    # Writes

    @staticmethod
    def _twice(side: Side, standing: Iterable[Item], item: Item) -> None:
        """However late a request arrives: under one mark we make one item."""
        if item.mark and any(one.mark == item.mark and one.created_by == APP for one in standing):
            raise Violation(f"S1: {word(item.subject)} was made a second time in {side.phrase}")

    def _made(self, side: Side, person: str, item: Item) -> None:
        self._misplaced(side, person, item)
        if side is Side.EXCHANGE and item.mails_people and "on" not in self._allowed("invite_attendees"):
            raise Violation(f"S7: people were invited to {word(item.subject)}, although nobody had allowed that")
        whose = person, str(lineage_of(item.subject))
        if self.tokens.saw(self.deletions.get(whose, ""), item.subject) and whose in self.deletions:
            self.figures.exempt("a deletion was undone")

    def _misplaced(self, side: Side, person: str, item: Item, before: Item | None = None) -> None:
        texts = [item.subject, item.place, item.body.text or ""]
        former = [before.subject, before.place, before.body.text or ""] if before else []
        for text in texts:
            if CANARY in text and text not in former:
                raise Violation(f"S8: the text of a private item was written in {side.phrase}: {word(text)}")
            lineage = lineage_of(text)
            if lineage is not None and (person, str(lineage)) not in self.known and text not in former:
                raise Violation(f"S10: {word(text)} was written in {side.phrase} for person {person}, whom it does not concern")

    def _overwritten(self, side: Side, person: str, before: Item, after: Item) -> None:
        if before.private:
            raise Violation(f"S8: a private item was written to in {side.phrase}")
        self._misplaced(side, person, after, before)
        for name, read in FIELDS.items():
            old, new = read(before, self.times), read(after, self.times)
            if old == new or not old:
                continue
            if side is Side.EXCHANGE and name == "body":
                raise Violation(f"S4: the body in Exchange was overwritten: {old} by {new}")
            if side is Side.SALESFORCE and name == "body":
                continue  # Exchange is the body's master: its edits reach Salesforce whatever stands there
            if old in self.apart:
                self.figures.exempt(APART)
                continue
            kept = {old, shown(SHOWN[name], before)} & self.lost
            if not kept and not self.tokens.saw(new, old):
                raise Violation(f"S2: {name} in {side.phrase}: {old} gave way to {new}, whose author had not seen it")
        self._owned(side, before, after)
        consented = (person, str(lineage_of(before.subject))) in self.consented
        if side is Side.EXCHANGE and before.mails_people and not consented and set(self._allowed("notify_attendees")) == {"never"}:
            raise Violation(f"S7: attendees were told of a change of {word(after.subject)}, although that is never to be")

    def _owned(self, side: Side, before: Item, after: Item) -> None:
        """Fields that are not ours to write."""
        for name in UNTOUCHED[side]:
            if getattr(before, name) != getattr(after, name):
                raise Violation(f"S4: {name} of {word(before.subject)} in {side.phrase} was changed")
        if side is Side.SALESFORCE:
            taken = set(before.whos) - set(after.whos) - self.related.get(before.id, set())
            if taken:
                raise Violation(f"S4: a relation that a person had set was taken from {word(before.subject)}: {sorted(taken)}")

    def _stands(self, side: Side, person: str, lineage: str) -> bool:
        items = (
            item for owner, whose in self.owners.items() if whose == person for item in self._calendars[side].items(owner).values()
        )
        return any(str(lineage_of(item.subject)) == lineage for item in items)

    def _deleted(self, side: Side, person: str, item: Item) -> None:
        lineage = str(lineage_of(item.subject))
        seen = self.deletions.get((person, lineage), "")
        if item.private:
            raise Violation(f"S8: a private item was deleted in {side.phrase}")
        if not seen and (person, lineage) in self.moved_house and self._stands(side.other, person, lineage):
            self.figures.exempt("made anew, for an edit of it waited when the mailbox was moved")
            return
        if not seen:
            raise Violation(f"S5: L{lineage} was deleted in {side.phrase} though nobody had deleted it")
        for name in ("subject", "place", "time"):
            value = FIELDS[name](item, self.times)
            if not self.tokens.saw(seen, value) and value not in self.apart:
                raise Violation(f"S6: {name} {value} was deleted with the item by somebody who had not seen it")
        unasked = (person, lineage) not in self.consented and "always" not in self._allowed("notify_attendees")
        if side is Side.EXCHANGE and item.mails_people and unasked:
            raise Violation(f"S7: attendees were told that {word(item.subject)} is cancelled")
        self.figures.reach("a deletion was carried over")

    # What the ledger has written down

    def begun(self, plan: Plan) -> None:
        """Before anything is sent."""
        self.on_plan(plan)
        for step in plan.steps:
            for reason in step.decision.trail:
                self.figures.reached.add(reason.code)
            for value in step.lost.values():
                self.lost |= {value, word(value)}
            halves = (item for item in (step.exchange, step.salesforce) if item is not None)
            self.lost |= {self.times.read(item) for item in halves if shown(Field.TIME, item) in step.lost.values()}
            if step.held_by:
                self.figures.reached.add(step.held_by)
                self.figures.reach("guard held a class")
            if step.exchange is not None and step.salesforce is not None:
                self._pair(step, step.exchange, step.salesforce)

    def _pair(self, step: Step, exchange: Item, salesforce: Item) -> None:
        pairs = [(read(exchange, self.times), read(salesforce, self.times)) for name, read in FIELDS.items() if name != "body"]
        if step.decision.verdict is Verdict.LINK:
            here, there = self.twins[step.key] = (word(exchange.place), word(salesforce.place))
            self.apart |= {here, there} if here != there else set()
            self._unlike |= {step.key} if any(here != there for here, there in pairs) else set()
        codes = {reason.code for reason in step.decision.trail}
        if not codes & {"F16", "F18", "F19", "F20"}:
            return
        clash = step.key, *(text for pair in pairs for text in pair)
        if clash in self._clashes:
            return
        self._clashes.add(clash)
        self.figures.concurrent_edits += 1
        differing = [(here, there) for here, there in pairs if here != there]
        if "F16" not in codes and differing and all(self._ordered(here, there) for here, there in differing):
            self.figures.spurious_conflicts += 1
            like = exchange.organized_by_owner and step.key not in self._unlike
            if self._fair and like:  # an organizer's update puts former values back into a copy
                raise Violation(
                    f"S2: of {word(exchange.subject)} one side says what came from the other, and it counts as a conflict"
                )
        if "F20" in codes:
            self.figures.reach("conflict held")

    def _ordered(self, here: str, there: str) -> bool:
        return self.tokens.saw(here, there) or self.tokens.saw(there, here)

    def finished(self, settled: Sequence[Settled]) -> None:
        """When it is known what became of a plan."""
        for one in settled:
            for receipt in one.receipts:
                if receipt.fault is FaultCode.DUPLICATE:
                    done = receipt.outcome is Outcome.DONE
                    self.figures.reach("adopted on collision" if done else "a collision with another pair's item")
                if receipt.outcome is Outcome.UNKNOWN:
                    self.figures.reach("an intent stays open")

    def resolved(self, operation: Operation, side: Side, settled: Settled | None) -> None:
        """An intent found open was closed."""
        what = "found nothing" if settled is None else "found it"
        self.figures.reach(f"recovery of a {operation.value} in {side.phrase} {what}")

    def saw_and_deleted(self, person: str, item: Item, *, may: bool = True) -> None:
        """Somebody deletes an item, and sees what stands in it."""
        whose = person, str(lineage_of(item.subject))
        seen = " ".join((item.subject, item.place, self.times.read(item), item.body.text or ""))
        self.farewells[whose] = f"{self.farewells.get(whose, '')} {seen}"
        if may:
            self.deletions[whose] = f"{self.deletions.get(whose, '')} {seen}"


class Clockwork:
    """Tokens of times: which edit moved an item to which start."""

    def __init__(self) -> None:
        self._tokens: dict[object, str] = {}

    def note(self, item: Item, token: str) -> None:
        """Remember that this edit put the item there."""
        self._tokens[self._name(item)] = token

    def read(self, item: Item) -> str:
        """The edit that put an item where it is."""
        return self._tokens.get(self._name(item), "")

    def _name(self, item: Item) -> object:
        times = item.times
        return times.start if isinstance(times, Timed) else _first(times)


def _first(times: AllDay) -> object:
    return times.first


SHOWN = {"subject": Field.SUBJECT, "place": Field.PLACE, "time": Field.TIME, "body": Field.BODY}
FIELDS: dict[str, Callable[[Item, Clockwork], str]] = {
    "subject": lambda item, times: word(item.subject),
    "place": lambda item, times: word(item.place),
    "body": lambda item, times: word(item.body.text or ""),
    "time": lambda item, times: times.read(item),
}
UNTOUCHED = {
    Side.EXCHANGE: ("organizer", "people", "categories", "series", "original_start", "cancelled", "online_meeting", "private"),
    Side.SALESFORCE: ("what", "private", "created_by"),
}
"""Fields that are never written on an update."""
