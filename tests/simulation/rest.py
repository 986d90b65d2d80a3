"""What must hold when weather and people have stopped: nothing twice, nothing lost, everything in step or explained, and no
text of a private item anywhere."""

from collections import Counter

from msgspec.json import encode

from tests.simulation.home import Home, at_once
from tests.simulation.notebook import NotebookLedger
from tests.simulation.oracle import APART, FIELDS, Violation
from tests.simulation.tokens import CANARY, lineage_of, word
from twincal.core.decision import Entry, Verdict
from twincal.core.faults import FaultCode
from twincal.core.item import Item
from twincal.core.trees import Link
from twincal.core.vocabulary import Mode, Side, Tab
from twincal.engine.person import Person
from twincal.ports import Ledger
from twincal.store.ledger import SqliteLedger

AGREEING = frozenset({
    Verdict.IN_STEP, Verdict.LINK, Verdict.CREATE_IN_EXCHANGE, Verdict.CREATE_IN_SALESFORCE, Verdict.UPDATE_IN_EXCHANGE,
    Verdict.UPDATE_IN_SALESFORCE, Verdict.MERGE,
})  # fmt: skip
STANDING_TWICE = frozenset({"F04", "F05", "F08", "F09"})
"""Rules that tell a person that an item stands twice, and leave both."""
NOTHING_FOLLOWS = frozenset({"A03", "A04", "F27", "F28"})
FAULTS = frozenset(code.value for code in FaultCode)
SHARED = ("subject", "place", "time")


class Judgement:
    """One person of one home, looked at when everything has come to rest."""

    def __init__(self, home: Home, person: Person) -> None:
        self.home = home
        self.person = person
        self.figures = home.around.figures
        self.times = home.around.times
        self.live = {
            side: {one.id: one for one in calendar.items(person.owner_on(side)).values() if not one.cancelled}
            for side, calendar in home.sides.items()
        }
        self.rows = home.rows(person.id)
        self.ledger: Ledger = SqliteLedger(home.store.database) if home.store else NotebookLedger(home.notebooks, home.cursors)
        self.scene = at_once(self.ledger.scene(person.id, home.clock.now(), everything=True))

    def judge(self) -> None:
        """Raises Violation."""
        self._private()
        self._kept()
        self._doubles()
        if not self.person.active or self.person.policy.mode is Mode.OFF:
            self.figures.exempt("a person whose sync is off at the end")
            return
        if at_once(self.ledger.open_intents(self.person.id)):
            raise Violation("L1: an intent is still open at rest")
        rows_by_link = [(link, self.rows.get(link.key)) for link in self.scene.links]
        for link, row in rows_by_link:
            exchange, salesforce = (self.live[side].get(link.id_on(side)) for side in Side)
            if exchange is not None and salesforce is not None:
                self._pair(link, row, exchange, salesforce)
            elif (left := exchange or salesforce) is not None and (row is None or _says_in_step(row)):
                self._half(link, left)
        self._lonely()

    def _half(self, link: Link, left: Item) -> None:
        if link.frozen in NOTHING_FOLLOWS:
            self.figures.exempt("nothing follows when a private item is deleted")
        elif not self._hidden(left):
            raise Violation(f"L1: of {word(left.subject)} half a pair is left in {left.side.phrase}, and no row tells why")

    def _hidden(self, *items: Item | None) -> bool:
        return any(item is not None and (item.private or self._outside(item)) for item in items)

    # Safety

    def _private(self) -> None:
        """S8: no text of a private item is kept."""
        kept = encode((
            list(self.scene.exchange.values()), list(self.scene.salesforce.values()), list(self.rows.values()),
            at_once(self.ledger.open_intents(self.person.id)),
        ))  # fmt: skip
        if CANARY.encode() in kept:
            at = kept.index(CANARY.encode())
            raise Violation(f"S8: the text of a private item is kept: {kept[max(0, at - 80) : at + 20]!r}")

    def _kept(self) -> None:
        """S2: every value that nobody knowingly replaced is still there, or the history keeps it."""
        oracle = self.home.oracle
        standing = [read(item, self.times) for items in self._everything() for item in items for read in FIELDS.values()]
        known = oracle.tokens.ancestors(*standing, *oracle.lost, *oracle.apart)
        known |= oracle.tokens.ancestors(*(seen for (who, _), seen in oracle.farewells.items() if who == self.person.id))
        for token, field in oracle.tokens.by_person.get(self.person.id, ()):
            if (self.person.id, str(lineage_of(token))) not in oracle.known or token in known:
                continue
            if field == "notes":
                self.figures.exempt("notes in Salesforce gave way to the body")
            else:
                raise Violation(f"S2: {field} {token} is gone, and nobody who knew it replaced it")

    def _everything(self) -> list[list[Item]]:
        found = []
        for side, calendar in self.home.sides.items():
            owner = self.person.owner_on(side)
            found += [list(calendar.items(owner).values()), list(calendar.items(f"archive of {owner}").values())]
        return found

    def _doubles(self) -> None:
        """S1: an appointment stands once on each side."""
        oracle = self.home.oracle
        told = {ident for row in self.rows.values() if row.decision.code in STANDING_TWICE for ident in ids_of(row)}
        halves = [row for row in self.rows.values() if row.decision.verdict is Verdict.HOLD and not self._both_stand(row)]
        held = {ident for row in halves for ident in ids_of(row)}
        held |= {link.id_on(side) for link in self.scene.links if link.frozen in NOTHING_FOLLOWS for side in Side}
        for side, items in self.live.items():
            found = Counter(lineage_of(item.subject) for item in items.values() if not item.private)
            for lineage, count in found.items():
                if lineage is None or count == 1:
                    continue
                whose = self.person.id, str(lineage)
                marked = [one for one in items.values() if lineage_of(one.subject) == lineage and one.id in told]
                waiting = [one for one in items.values() if lineage_of(one.subject) == lineage and one.id in held]
                if whose in oracle.moved_house and any(
                    one.id in self._unresolved for one in items.values() if lineage_of(one.subject) == lineage
                ):
                    self.figures.exempt("edited in the minutes in which the mailbox was moved, and told so")
                elif waiting and count <= 1 + oracle.doubled[whose] + len(waiting):
                    self.figures.exempt("beside a copy whose deletion waits for a person, or to which nothing follows")
                elif count <= 1 + oracle.doubled[whose]:
                    self.figures.exempt("doubled by a person's own hand")
                elif oracle.restored[whose] and count <= 1 + oracle.doubled[whose] + len(marked):
                    self.figures.exempt("standing twice out of the bin, and told so")
                elif not self.home.around.tapes.marks:
                    self.figures.exempt("doubled without fields for marks: the reduced guarantee")
                else:
                    raise Violation(f"S1: L{lineage} stands {count} times in {side.phrase}")

    @property
    def _unresolved(self) -> set[str]:
        return {ident for row in self.rows.values() if row.decision.tab is Tab.UNRESOLVED for ident in ids_of(row)}

    def _both_stand(self, row: Entry) -> bool:
        """Half a pair may stand until a person decides: what takes its place meanwhile stands beside it."""
        return row.exchange_id in self.live[Side.EXCHANGE] and row.salesforce_id in self.live[Side.SALESFORCE]

    # Liveness

    def _pair(self, link: Link, row: Entry | None, exchange: Item, salesforce: Item) -> None:
        if self._hidden(exchange, salesforce):
            return
        if row is None:
            raise Violation(f"L1: {word(exchange.subject)} is paired, and no row tells of it")
        self.figures.reach(f"at rest: {row.decision.code}")
        if self._still_fails(row):
            raise Violation(f"L1: {word(exchange.subject)} still fails: {row.decision.code}")
        if row.decision.code in ("F41", "F42"):
            raise Violation(f"L1: {word(exchange.subject)} counts as out of sight ({row.decision.code}), and is there")
        if not _says_in_step(row):
            return
        for name in SHARED:
            here, there = FIELDS[name](exchange, self.times), FIELDS[name](salesforce, self.times)
            if here == there:
                continue
            if name == "place" and self.home.oracle.twins.get(link.key) == (here, there):
                self.figures.exempt(APART)
                continue
            raise Violation(f"L1: in step, and yet {name} is {here} in Exchange and {there} in Salesforce")

    def _still_fails(self, row: Entry) -> bool:
        """A fault in fair weather, unless its next attempt is still to come; what is refused as wrong never heals."""
        waits = row.next_attempt is not None and row.next_attempt > self.home.clock.now()
        return row.decision.code in FAULTS and (not waits or row.decision.code == FaultCode.BAD_REQUEST.value)

    def _lonely(self) -> None:
        linked = {ident for link in self.scene.links for ident in (link.exchange_id, link.salesforce_id)}
        explained = {ident for row in self.rows.values() if not self._still_fails(row) for ident in ids_of(row)}
        for items in self.live.values():
            for item in items.values():
                if item.id in linked | explained or self._hidden(item):
                    continue
                if self.person.policy.mode is Mode.DESIGNATE:
                    self.figures.exempt("not marked in the mode Designate")
                    continue
                raise Violation(f"L1: {word(item.subject)} in {item.side.phrase} is neither paired nor explained")

    def _outside(self, item: Item) -> bool:
        return not self.person.window(self.home.clock.now()).meets(item)


def _says_in_step(row: Entry) -> bool:
    return row.decision.tab is Tab.SYNCED and row.decision.verdict in AGREEING


def ids_of(row: Entry) -> tuple[str, ...]:
    """The ids a row of the history tells of."""
    return tuple(ident for ident in (row.exchange_id, row.salesforce_id) if ident)
