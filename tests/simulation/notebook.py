"""The port `Ledger` in dictionaries: for simulations in which the database is not what is tried, twenty times as fast. It
passes the suite that the database passes. What stands in a `Notebook` outlives a process; what a `NotebookLedger` holds
does not.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from tests.simulation.book import (
    OTHER_HALF,
    PRIVATE,
    SHOWN,
    Notebook,
    Place,
    Row,
    addresses_on,
    completed,
    dealt_with,
    graves,
    halves,
    other_half,
    put_or_drop,
    shown_ids,
    without_text,
)  # fmt: skip
from twincal.core.decision import Plan, Step
from twincal.core.item import Item
from twincal.core.losses import noted
from twincal.core.pairing import item_keys
from twincal.core.scene import Note, Scene, Settled, Totals
from twincal.core.settling import foretold
from twincal.core.trees import Window
from twincal.core.vocabulary import Operation, Outcome, Side, Tab
from twincal.core.writes import Absent
from twincal.ports import Intent, Sighting

__all__ = ["Notebook", "NotebookLedger"]
STREAMS = {Side.EXCHANGE: "exchange:{}", Side.SALESFORCE: "scanned:{}"}


class NotebookLedger:
    """One process that keeps notebooks."""

    def __init__(self, notebooks: dict[str, Notebook], cursors: dict[str, str], check: Callable[[], None] = lambda: None) -> None:
        """`check` is asked at the beginning of each transaction; it raises where somebody else has taken over."""
        self._check = check
        self._notebooks = notebooks
        self._cursors = cursors
        self._sights: dict[str, tuple[frozenset[Place], int, list[Place]]] = {}
        self._begun: dict[str, tuple[Plan, tuple[frozenset[Place], int, list[Place]]]] = {}

    def _of(self, person: str) -> Notebook:
        return self._notebooks.setdefault(person, Notebook())

    async def cursor(self, stream: str) -> str | None:
        """As the port."""
        self._check()
        return self._cursors.get(stream)

    async def record(self, sightings: Sequence[Sighting], stream: str, cursor: str) -> None:
        """As the port."""
        self._check()
        self._cursors[stream] = cursor
        for sighting in sightings:
            book = self._of(sighting.person)
            book.looks += 1
            self._keep(sighting.person, sighting.items, book.looks)
            for gone in sighting.absent:
                row = book.rows.setdefault((sighting.side, gone.id), Row())
                row.item, row.absent, row.touched = None, gone, book.looks
            for ident in sighting.dropped:
                self._drop(sighting.person, (sighting.side, ident))

    def _drop(self, person: str, place: Place) -> None:
        book = self._of(person)
        if place in book.by_half:
            return
        book.rows.pop(place, None)
        for key in item_keys(person, *place):
            if key in book.links:
                continue
            book.notes.pop(key, None)
            entry = book.entries.get(key)
            if entry is not None and entry.decision.tab is not Tab.SYNCED:
                del book.entries[key]

    def _keep(self, person: str, items: Iterable[Item], touched: int | None) -> None:
        book = self._of(person)
        for item in items:
            place = (item.side, item.id)
            row = book.rows.setdefault(place, Row(touched=None))
            other = other_half(book, place)
            veiled = other is not None and book.rows.get(other, Row()).shade == PRIVATE and not item.private
            opened = row.shade == PRIVATE and not item.private
            fresh = item.private and row.shade != PRIVATE
            kept = without_text(item) if veiled or item.private else replace(item, body=item.body.kept)
            if row.item != kept or row.absent is not None:
                row.touched = touched if touched is not None else row.touched
            row.item, row.absent, row.series = kept, None, kept.series
            row.shade = PRIVATE if item.private else OTHER_HALF if veiled else SHOWN
            if fresh:
                self._erase(person, place, other)
            if opened and other is not None and book.rows[other].shade == OTHER_HALF:
                self._cursors.pop(STREAMS[other[0]].format(person), None)

    def _erase(self, person: str, place: Place, other: Place | None) -> None:
        """Every text of an item that has become private, and of its other half. A pair that goes on without it under a key made
        of it is judged again."""
        book = self._of(person)
        for link in [book.links[key] for key in item_keys(person, *place) if key in book.links]:
            for half in halves(link) if place not in halves(link) else ():
                book.touch(half)
        for key in {*item_keys(person, *place), book.by_half.get(place, "")}:
            book.entries.pop(key, None)
            if key in book.notes:
                bare = replace(book.notes[key], losses=())
                put_or_drop(book.notes, key, bare if bare != Note(key=key) else None)
            for side in Side:
                if (key, side) in book.intents:
                    run, intent = book.intents[key, side]
                    write = replace(intent.write, values=type(intent.write.values)())
                    book.intents[key, side] = (run, replace(intent, write=write, entry=None))
        row = book.rows.get(other) if other else None
        if row is not None and row.shade == SHOWN:
            row.item = without_text(row.item) if row.item else None
            row.shade = OTHER_HALF

    async def linked_ids(self, person: str, side: Side, ids: Collection[str]) -> frozenset[str]:
        """As the port."""
        self._check()
        return frozenset(ident for ident in ids if (side, ident) in self._of(person).by_half)

    async def known_ids(self, person: str, side: Side, *, series: str = "", window: Window | None = None) -> frozenset[str]:
        """As the port."""
        self._check()
        return frozenset(
            ident
            for (here, ident), row in self._of(person).rows.items()
            if here is side and row.absent is None and row.item is not None
            and (not series or row.item.series == series) and (window is None or window.meets(row.item))
        )  # fmt: skip

    async def scene(self, person: str, now: datetime, *, everything: bool, addresses: Collection[str] = ()) -> Scene:
        """As the port."""
        self._check()
        book = self._of(person)
        places = set(book.rows) if everything else completed(book, self._started(person, now, addresses))
        keys = {book.by_half[place] for place in places if place in book.by_half}
        links = list(book.links.values()) if everything else [book.links[key] for key in sorted(keys)]
        trees: dict[Side, dict[str, Item | Absent]] = {side: {} for side in Side}
        for side, ident in sorted(places, key=lambda place: (place[0].value, place[1])):
            row = book.rows[side, ident]
            shown = row.absent or row.item
            if shown is not None:
                trees[side][ident] = shown
        names = {key for place in places for key in item_keys(person, *place)} | {link.key for link in links}
        touched = frozenset(place for place in places if book.rows[place].touched is not None)
        horizon = max((book.rows[place].touched or 0 for place in places), default=0)
        self._sights[person] = (touched, horizon, [place for place in places if book.rows[place].absent is not None])
        return Scene(
            exchange=trees[Side.EXCHANGE],
            salesforce=trees[Side.SALESFORCE],
            links=links,
            notes={key: note for key, note in book.notes.items() if everything or key in names},
            totals=Totals(
                linked=len(book.links),
                linked_future=sum(1 for link in book.links.values() if link.end is not None and link.end > now),
                first_sync=not book.first_synced,
            ),
            everything=everything,
            graves=graves(person, book, places),
            touched=touched,
        )

    def _started(self, person: str, now: datetime, addresses: Collection[str]) -> set[Place]:
        book = self._of(person)
        found = {place for place, row in book.rows.items() if row.touched is not None}
        for entry in book.entries.values():
            if entry.next_attempt is not None and entry.next_attempt <= now:
                found |= {place for place in shown_ids(entry) if place in book.rows}
        wanted = set(addresses)
        if wanted:
            found |= {place for place, row in book.rows.items() if row.item is not None and wanted & addresses_on(row.item)}
        return found

    async def begin(self, plan: Plan) -> str:
        """As the port."""
        self._check()
        book = self._of(plan.person)
        book.runs += 1
        for step in plan.steps:
            if step.tied and step.link is not None:
                book.put_link(step.link)
            if step.lost:
                note = noted(book.notes.get(step.key) or Note(key=step.key), step, plan.made_at)
                put_or_drop(book.notes, step.key, note if note != Note(key=step.key) else None)
            for write in () if step.held_by else step.writes:
                link = step.after or step.link
                entry = foretold(step, plan.made_at) if write.operation is Operation.DELETE else None
                intent = Intent(id=write.intent, key=step.key, write=write, begun_at=plan.made_at, link=link, entry=entry)
                if (step.key, write.side) in book.intents:
                    raise ValueError("an intent of this half of the link is open already")
                book.intents[step.key, write.side] = (book.runs, intent)
        self._begun[f"{plan.person}/{book.runs}"] = (plan, self._sights.pop(plan.person, (frozenset(), 0, [])))
        return f"{plan.person}/{book.runs}"

    async def finish(self, run: str, settled: Sequence[Settled], now: datetime) -> None:
        """As the port."""
        self._check()
        plan, sight = self._begun.pop(run)
        book, steps = self._of(plan.person), {step.key: step for step in plan.steps}
        for one in settled:
            for place in one.absent:
                book.rows.pop(place, None)
        self._clear(book, sight, settled, steps, now)
        for one in settled:
            self._move_link(book, one, steps.get(one.key))
        for place in sight[2]:
            row = book.rows.get(place)
            if row is not None and row.absent is not None and place not in book.by_half:
                del book.rows[place]
        for one in settled:
            put_or_drop(book.entries, one.key, one.entry)
            put_or_drop(book.notes, one.key, one.note)
            done = {receipt.intent for receipt in one.receipts if receipt.outcome is not Outcome.UNKNOWN}
            for side in Side:
                if (one.key, side) in book.intents and book.intents[one.key, side][1].id in done:
                    del book.intents[one.key, side]
        book.first_synced |= plan.everything
        self._keep(plan.person, [item for one in settled for item in one.items], None)

    def _clear(
        self, book: Notebook, sight: tuple[frozenset[Place], int, list[Place]], settled: Sequence[Settled],
        steps: Mapping[str, Step], now: datetime,
    ) -> None:  # fmt: skip
        judged: set[Place] = set()
        for one in settled:
            waits = one.entry is not None and one.entry.next_attempt is not None and one.entry.next_attempt > now
            if one.judged or waits:
                judged.update(dealt_with(steps.get(one.key), one.link))
        for place in sight[0] & judged:
            row = book.rows.get(place)
            if row is not None and row.touched is not None and row.touched <= sight[1]:
                row.touched = None

    def _move_link(self, book: Notebook, one: Settled, step: Step | None) -> None:
        before = step.link if step else None
        if before is not None and before != one.link:
            book.bury(before, one.link)
        if one.link is None and (before is not None or step is None):
            ended = book.drop_link(one.key)
            for place in halves(ended) if ended else ():
                row = book.rows.get(place)
                if row is not None and (row.absent is not None or row.item is None):
                    del book.rows[place]
                book.touch(place)
        elif one.link is not None and (one.link != before or (step is not None and step.tied)):
            book.put_link(one.link)

    async def open_intents(self, person: str) -> Sequence[Intent]:
        """As the port."""
        self._check()
        found = [intent for _, intent in self._of(person).intents.values()]
        return sorted(found, key=lambda intent: (intent.begun_at, intent.id))

    async def resolve_intent(self, person: str, intent: str, settled: Settled | None, now: datetime) -> None:
        """As the port."""
        self._check()
        book = self._of(person)
        found = next((place for place, (_, one) in book.intents.items() if one.id == intent), None)
        if found is None:
            return
        tie = book.intents.pop(found)[1].link
        if settled and settled.link:
            if tie is not None:
                book.bury(replace(tie, generation=max(1, tie.generation - 1)), settled.link)
            tie = settled.link
            book.put_link(tie)
        self._keep(person, settled.items if settled else (), None)
        for place in halves(tie) if tie else ():
            book.touch(place)
