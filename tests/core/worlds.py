"""A small world in which only the core is real: one person, two calendars in memory, and what a store would remember."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from tests.core.calendars import ANN, ANN_ID, APP_ID, CARLA, DORA, LEO, Calendar
from twincal.core.decision import Entry, Plan, Step, Verdict
from twincal.core.facts import Context
from twincal.core.fields import SYNCED, same, shown
from twincal.core.item import Item
from twincal.core.limits import Stock, checked
from twincal.core.matching import Owner
from twincal.core.plan import absorbed, make_plan
from twincal.core.policy import Policy, resolve
from twincal.core.privacy import shielded
from twincal.core.scene import Note, Scene, Settled, Totals
from twincal.core.settling import settled
from twincal.core.trees import Link, Record
from twincal.core.vocabulary import Field, RecordKind, Side
from twincal.core.writes import Absent, Receipt, Write

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)
RECORDS = (
    Record("003000000000001AAA", RecordKind.CONTACT, CARLA, "Carla"),
    Record("003000000000002AAA", RecordKind.CONTACT, DORA, "Dora", owner=ANN_ID, last_activity=date(2027, 2, 1)),
    Record("00Q000000000001AAA", RecordKind.LEAD, LEO, "Leo"),
)
READ: Mapping[Field, Callable[[Item], str]] = {
    Field.SUBJECT: lambda item: item.subject.partition(" ")[0],
    Field.PLACE: lambda item: item.place.partition(" ")[0],
    Field.TIME: lambda item: str(item.times.span),
    Field.BODY: lambda item: (item.body.text or "").partition(" ")[0],
}
"""The token of each field: every edit of a tape leaves another one."""


class Watch:
    """Somebody who watches a world and fails when a promise is broken. Does nothing by itself."""

    def write(self, world: "World", step: Step, write: Write, before: Item | None) -> None:
        """A write is about to be carried out on an item (None: it is created)."""

    def cycle(self, world: "World", plan: Plan, left: Sequence[Settled]) -> None:
        """A cycle has ended."""

    def rest(self, world: "World") -> None:
        """The world has come to rest."""


class World:
    """Both calendars, everything Twincal remembers of them, and what watches have to know.

    `lineage` numbers what people made, through all its copies. `seen` maps a token to the tokens that stood in its place
    before. `unlike` is what twins did not have in common when they were linked. `unsaid` is what a lineage said when a
    person deleted it. `chosen` are lineages for which a person chose a side, `crossed` those of a series in which an
    event was given to another instance than its own: only the order tells them apart, and some were never linked.
    """

    def __init__(
        self, settings: Mapping[str, str], *, shared: bool = True, multiday: bool = True, watch: Watch | None = None
    ) -> None:
        self.policy: Policy = resolve().with_changes(settings)
        self.shared, self.multiday = shared, multiday
        self.watch = watch or Watch()
        self.now = NOW
        self.calendars = {side: Calendar(side) for side in Side}
        self.links: dict[str, Link] = {}
        self.notes: dict[str, Note] = {}
        self.entries: dict[str, Entry] = {}
        self.records = list(RECORDS)
        self.first_sync = True
        self.plan: Plan | None = None
        self.lineage: dict[tuple[Side, str], int] = {}
        self.seen: dict[str, frozenset[str]] = {}
        self.unlike: dict[str, frozenset[tuple[Field, str, str]]] = {}
        self.unsaid: dict[int, frozenset[str]] = {}
        self.chosen: set[int] = set()
        self.crossed: set[int] = set()
        self.tokens = 0
        self.looked: list[Item] = []

    # What people do

    def token(self) -> int:
        """A number that no edit has had."""
        self.tokens += 1
        return self.tokens

    def add(self, item: Item, by: str = ANN_ID, lineage: int | None = None) -> Item:
        """Somebody makes an item."""
        self.lineage[item.side, item.id] = self.token() if lineage is None else lineage
        return self.calendars[item.side].put(item, self.now, by)

    def edit(self, item: Item, by: str = ANN_ID, **changes: object) -> Item:
        """Somebody changes an item: who writes a value has seen what stood there."""
        changed = self.calendars[item.side].put(replace(item, **changes), self.now, by)
        for read in READ.values():
            self.saw(read(changed), read(item))
        return changed

    def saw(self, value: str, before: str) -> None:
        """Whoever wrote the value had this in front of him."""
        if value != before:
            self.seen[value] = self.seen.get(value, frozenset()) | self.seen.get(before, frozenset()) | {before}

    def delete(self, item: Item, by: str = ANN_ID) -> None:
        """Somebody deletes an item, with all that stands on it."""
        self.calendars[item.side].remove(item.id, self.now, by)
        self.mourn(item)

    def mourn(self, item: Item) -> None:
        """A person has done away with an item and with what it says."""
        told = {read(item) for read in READ.values()}
        known = told.union(*(self.seen.get(value, frozenset()) for value in told))
        lineage = self.lineage[item.side, item.id]
        self.unsaid[lineage] = self.unsaid.get(lineage, frozenset()) | known

    # What Twincal does

    def context(self) -> Context:
        """What the core knows besides the scene."""
        return Context(
            person="ann",
            name="Ann Smith",
            owner=Owner((ANN,), ANN_ID),
            policy=self.policy,
            window=self.policy.window(self.now.date()),
            now=self.now,
            matches=self.matches(),
            key=b"print key",
            shared_activities=self.shared,
            multiday_events=self.multiday,
            integration_user=APP_ID,
        )

    def matches(self) -> dict[str, tuple[Record, ...]]:
        """All records by address."""
        return {one.address: tuple(r for r in self.records if r.address == one.address) for one in self.records}

    def shown(self, side: Side) -> dict[str, Item | Absent]:
        """What a look shows of a side: its items as they may be known, and linked ids that are confirmed to be gone."""
        calendar = self.calendars[side]
        tree: dict[str, Item | Absent] = {
            ident: shielded(item, self.policy.private_items) for ident, item in calendar.items.items()
        }
        held = {link.id_on(side) for link in self.links.values()}
        return tree | {ident: gone for ident, gone in calendar.gone.items() if ident in held}

    def scene(self) -> Scene:
        """What the store would show."""
        future = sum(1 for link in self.links.values() if link.end and link.end > self.now)
        return Scene(
            exchange=self.shown(Side.EXCHANGE),
            salesforce=self.shown(Side.SALESFORCE),
            links=tuple(self.links.values()),
            notes=dict(self.notes),
            totals=Totals(linked=len(self.links), linked_future=future, first_sync=self.first_sync),
            everything=True,
        )

    def planned(self, scene: Scene, context: Context) -> Plan:
        """The plan of one cycle, guards applied."""
        totals = scene.totals
        stock = Stock(linked=totals.linked, linked_future=totals.linked_future, first_sync=totals.first_sync)
        return checked(absorbed(make_plan(scene, context)), self.policy, stock)

    def cycle(self, meanwhile: Callable[[], None] | None = None) -> Plan:
        """Look, decide, check, do, remember. `meanwhile` happens between looking and doing."""
        self.now += timedelta(minutes=1)
        scene, context = self.scene(), self.context()
        self.looked = [item for calendar in self.calendars.values() for item in calendar.items.values()]
        plan = self.plan = self.planned(scene, context)
        self._note_crossed(plan)
        if meanwhile:
            meanwhile()
        receipts = self._execute(plan)
        left = [settled(step, receipts, scene.notes.get(step.key), context) for step in plan.steps]
        left += [Settled(key=step.absorbed) for step in plan.steps if step.absorbed]
        told = {each.key for each in left}
        for key in self.entries.keys() - told:
            del self.entries[key]
        for each in left:
            self._remember(each)
        self._joined(plan)
        self.first_sync = False
        self.watch.cycle(self, plan, left)
        return plan

    def _execute(self, plan: Plan) -> dict[str, Receipt]:
        receipts = {}
        for side in (Side.SALESFORCE, Side.EXCHANGE):
            sent = [(step, write) for step in plan.steps if not step.held_by for write in step.writes if write.side is side]
            for step, write in sent:
                self.watch.write(self, step, write, self.calendars[side].items.get(write.item_id))
                receipt = self.calendars[side].apply(write, self.now)
                if receipt.item:
                    self._related(step, receipt.item)
                    receipt = replace(receipt, item=shielded(receipt.item, self.policy.private_items))
                receipts[write.intent] = receipt
        return receipts

    def _note_crossed(self, plan: Plan) -> None:
        for step in plan.steps:
            old = self.links.get(step.key)
            if old and step.link and step.link.exchange_id != old.exchange_id:
                ends = ((Side.EXCHANGE, step.link.exchange_id), (Side.SALESFORCE, old.salesforce_id))
                if len({self.lineage[end] for end in ends}) > 1:
                    links = [link for link in self.links.values() if link.series == old.series]
                    self.crossed |= {self.lineage[Side.SALESFORCE, link.salesforce_id] for link in links}
                    self.crossed |= {self.lineage[item.side, item.id] for item in self.looked if item.series == old.series}

    def _joined(self, plan: Plan) -> None:
        """Two items that somebody typed twice are one from now on; what they say differently is nobody's edit."""
        for step in plan.steps:
            if step.decision.verdict is Verdict.LINK and step.exchange and step.salesforce and not step.held_by:
                self.lineage[Side.SALESFORCE, step.salesforce.id] = self.lineage[Side.EXCHANGE, step.exchange.id]
                self.unlike[step.key] = differences(step.exchange, step.salesforce)

    def _related(self, step: Step, item: Item) -> None:
        source = step.salesforce if item.side is Side.EXCHANGE else step.exchange
        assert source is not None
        self.lineage.setdefault((item.side, item.id), self.lineage[source.side, source.id])

    def _remember(self, each: Settled) -> None:
        for table, value in ((self.links, each.link), (self.entries, each.entry), (self.notes, each.note)):
            if value is None:
                table.pop(each.key, None)
            else:
                table[each.key] = value  # type: ignore[assignment]

    def settle(self, cycles: int = 3) -> None:
        """Let it come to rest; fails where it does not within so many cycles."""
        for _ in range(cycles):
            self.cycle()
        before = dict(self.links)
        plan = self.cycle()
        restless = [(step.decision.code, write.side.value, write.values.names) for step in plan.steps for write in sent(step)]
        assert not restless, f"still writing after {cycles} quiet cycles: {restless}"
        assert self.links == before, "links still move though nothing was written"
        self.watch.rest(self)

    # What stands there

    def pairs(self) -> list[tuple[Link, Item, Item]]:
        """The links of which both halves stand."""
        exchange, salesforce = (self.calendars[side].items for side in Side)
        return [
            (link, exchange[link.exchange_id], salesforce[link.salesforce_id])
            for link in self.links.values()
            if link.exchange_id in exchange and link.salesforce_id in salesforce
        ]

    def step_of(self, key: str) -> Step:
        """What the last cycle decided for an item."""
        assert self.plan is not None
        return next(step for step in self.plan.steps if step.key == key)


def differences(here: Item, there: Item) -> frozenset[tuple[Field, str, str]]:
    """In which synced fields two items differ, and what they say there."""

    def said(field: Field, item: Item) -> str:
        return READ[field](item) if field in READ else shown(field, item)

    return frozenset((field, said(field, here), said(field, there)) for field in SYNCED if not same(field, here, there))


def sent(step: Step) -> tuple[Write, ...]:
    """The writes that are really carried out."""
    return () if step.held_by else step.writes
