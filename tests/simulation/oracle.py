"""What must hold, looked at from outside: the two calendars, the mail, and who knew what. Nothing here asks the engine."""

from collections import Counter
from collections.abc import Callable

from tests.simulation.tokens import Tokens, lineage_of
from twincal.connectors.memory import APP, MemoryCalendar
from twincal.core.fields import shown
from twincal.core.item import Item, Timed
from twincal.core.vocabulary import Field, Operation, Side


class Violation(AssertionError):
    """An invariant is broken; the message begins with its number."""


class Oracle:
    """Watches every change of both calendars as it happens, and judges them at rest."""

    def __init__(self, tokens: Tokens, times: "Clockwork") -> None:
        self.tokens = tokens
        self.times = times
        self.lost: set[str] = set()
        """Values that the history keeps because they lost a conflict."""
        self.deletions: dict[str, str] = {}
        """Lineage → everything its deleters saw."""
        self.doubled: Counter[tuple[Side, int | None]] = Counter()
        """How often a person took an appointment out of the bin while it stood in that calendar already."""
        self.counts: Counter[str] = Counter()

    def watch(self, calendar: MemoryCalendar) -> None:
        """Judge every change that our own account makes in a calendar."""
        put, remove = calendar.put, calendar.remove

        def watched_put(owner: str, item: Item, *, by: str = "") -> Item:
            before = calendar.items(owner).get(item.id)
            if by == APP and before is not None:
                self._overwritten(calendar.side, before, item)
            return put(owner, item, by=by)

        def watched_remove(owner: str, ident: str, *, by: str = "") -> None:
            if by == APP:
                self._deleted(calendar.side, calendar.items(owner)[ident])
            remove(owner, ident, by=by)

        calendar.put = watched_put  # type: ignore[method-assign]
        calendar.remove = watched_remove  # type: ignore[method-assign]

    def _overwritten(self, side: Side, before: Item, after: Item) -> None:
        for name, read in FIELDS.items():
            old, new = read(before, self.times), read(after, self.times)
            if old == new or not old:
                continue
            if side is Side.EXCHANGE and name == "body":
                raise Violation(f"S4: the body in Exchange was overwritten: {old} by {new}")
            if side is Side.SALESFORCE and name == "body":
                continue  # Exchange is the body's master: its edits reach Salesforce whatever stands there
            kept = {old, shown(SHOWN[name], before)} & self.lost
            if not self.tokens.saw(new, old) and not kept:
                raise Violation(f"S2: {name} in {side.phrase}: {old} gave way to {new}, whose author had not seen it")
        if side is Side.SALESFORCE and before.what != after.what:
            raise Violation("S4: what a person related the event to was changed")

    def _deleted(self, side: Side, item: Item) -> None:
        lineage = str(lineage_of(item.subject))
        seen = self.deletions.get(lineage, "")
        if not seen:
            raise Violation(f"S5: L{lineage} was deleted in {side.phrase} though nobody had deleted it")
        for name in ("subject", "place", "time"):
            value = FIELDS[name](item, self.times)
            if not self.tokens.saw(seen, value):
                raise Violation(f"S6: {name} {value} was deleted with the item by somebody who had not seen it")
        self.counts["deletions carried over"] += 1

    # At rest

    def doubles(self, items: list[Item], side: Side) -> None:
        """S1: an appointment stands once on each side."""
        found = Counter(lineage_of(item.subject) for item in items)
        for lineage, count in found.items():
            if lineage is not None and count > 1 + self.doubled[side, lineage]:
                raise Violation(f"S1: L{lineage} stands {count} times in {side.phrase}")

    def in_step(self, exchange: Item, salesforce: Item) -> None:
        """Both sides of a pair in step say the same."""
        for name in ("subject", "place", "time"):
            here, there = FIELDS[name](exchange, self.times), FIELDS[name](salesforce, self.times)
            if here != there:
                raise Violation(f"L1: in step, and yet {name} is {here} in Exchange and {there} in Salesforce")

    def mail(self, sides: MemoryCalendar) -> None:
        """S7: nobody is mailed because Twincal deleted a meeting, unless the setting says so."""
        for mail in sides.mails:
            if mail.operation is Operation.DELETE:
                raise Violation("S7: attendees were told that a meeting is cancelled")


class Clockwork:
    """Tokens of times: which edit moved an item to which start."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}

    def note(self, item: Item, token: str) -> None:
        """Remember that this edit put the item there."""
        self._tokens[self._name(item)] = token

    def read(self, item: Item) -> str:
        """The edit that put an item where it is."""
        return self._tokens.get(self._name(item), "")

    def _name(self, item: Item) -> str:
        times = item.times
        return times.start.isoformat() if isinstance(times, Timed) else times.first.isoformat()


SHOWN = {"subject": Field.SUBJECT, "place": Field.PLACE, "time": Field.TIME, "body": Field.BODY}
FIELDS: dict[str, Callable[[Item, Clockwork], str]] = {
    "subject": lambda item, times: item.subject,
    "place": lambda item, times: item.place,
    "body": lambda item, times: item.body.text or "",
    "time": lambda item, times: times.read(item),
}
