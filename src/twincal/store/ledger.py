"""The ledger on SQLite: each method is one transaction, its story told in the file that is named after it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from twincal.core.decision import Plan
from twincal.core.scene import Scene, Settled
from twincal.core.trees import Window
from twincal.core.vocabulary import Side
from twincal.ports import Intent, Sighting
from twincal.store import intents, runs, scenes, trees
from twincal.store.database import Database


class SqliteLedger:
    """The memory of everybody's sync. A person is named by the id that the accounts gave.

    A run is finished by the ledger that began it: which items its plan was made of is not written down.
    Every method raises HomeUnusable when the database cannot be used.
    """

    def __init__(self, database: Database, seal: intents.Seal | None = None) -> None:
        """With `seal`, bodies that are overwritten or deleted are kept for an undo, sealed."""
        self._database = database
        self._seal = seal
        self._sights: dict[str, scenes.Sight] = {}
        self._begun: dict[str, runs.Begun] = {}

    async def cursor(self, stream: str) -> str | None:
        """Where reading of a stream stopped (`exchange:<person>`, `salesforce`), None before the first look."""
        return self._database.run(trees.read_cursor, stream)

    async def record(self, sightings: Sequence[Sighting], stream: str, cursor: str) -> None:
        """Store what was seen and the cursor behind it, together. An item that is exactly as it was stored is not touched."""
        if self._database.run(trees.record, sightings, stream, cursor):
            self._database.scrub()

    async def linked_ids(self, person: str, side: Side, ids: Collection[str]) -> frozenset[str]:
        """Which of these ids stand in a link."""
        return self._database.run(trees.linked_ids, int(person), side, ids)

    async def known_ids(self, person: str, side: Side, *, series: str = "", window: Window | None = None) -> frozenset[str]:
        """The ids we hold of one side: of one series, or of everything that reaches into a window; absent ones left out."""
        return self._database.run(trees.known_ids, int(person), side, series, window)

    async def scene(self, person: str, now: datetime, *, everything: bool, addresses: Collection[str] = ()) -> Scene:
        """What is there to be judged; with `addresses`, also the items on which one of them stands."""
        found, sight = self._database.run(scenes.scene, int(person), now, everything=everything, addresses=addresses)
        self._sights[person] = sight
        return found

    async def begin(self, plan: Plan) -> str:
        """Write the run and an intent for every write of every step that is not held; the id of the run."""
        made = self._database.run(runs.begin, plan)
        sight = self._sights.pop(plan.person, scenes.Sight())
        self._begun[plan.person] = runs.Begun(id=made, plan=plan, sight=sight, seal=self._seal)
        return str(made)

    async def finish(self, run: str, settled: Sequence[Settled], now: datetime) -> None:
        """Move links, rows and notes by what the receipts say; close the intents of DONE and NOT_APPLIED, keep UNKNOWN."""
        begun = next((one for one in self._begun.values() if str(one.id) == run), None)
        if begun is None:
            raise ValueError(f"the run {run} was not begun here, or another was begun since")
        del self._begun[begun.plan.person]
        if self._database.run(runs.finish, begun, settled, now):
            self._database.scrub()

    async def open_intents(self, person: str) -> Sequence[Intent]:
        """Intents without an end, oldest first."""
        return self._database.run(intents.open_intents, int(person))

    async def resolve_intent(self, person: str, intent: str, settled: Settled | None, now: datetime) -> None:
        """Close one intent found open at the start of a cycle, with what it turned out to have done (None: nothing)."""
        if self._database.run(intents.resolve_intent, int(person), intent, settled, now):
            self._database.scrub()
