"""A process that keeps a home in step, as `twincal run` does: round after round, until it is killed or taken over."""

from datetime import datetime, timedelta

from tests.simulation.home import Home
from tests.simulation.notebook import NotebookLedger
from tests.simulation.scheduler import Flow, together
from tests.simulation.seams import StormyCalendar, StormyDirectory, StormyLedger
from tests.simulation.tenure import Claim, DatabaseTenure, Tenure, take, take_database
from twincal.core.faults import VendorFault
from twincal.core.limits import Release
from twincal.core.vocabulary import Mode, Side
from twincal.engine.cycle import Cycle, run_cycle
from twincal.engine.observe import Observed, observe_salesforce
from twincal.engine.person import Person, Ports
from twincal.engine.restored import ACCEPTED, WAITS, careful, move_on, scan, state
from twincal.engine.verify import audited, last_audit
from twincal.errors import TakenOver, TwincalError
from twincal.ports import Ledger
from twincal.store.ledger import SqliteLedger

KEY = b"k" * 32
AGAIN = 20.0
"""Seconds after which a process that may not write yet tries again."""
TRIES = 40


class Process:
    """One process of a home, and those that follow it when it is killed. `rival` tells that another was there before."""

    def __init__(self, home: Home, name: str, *, rival: bool = False) -> None:
        self.home = home
        self.name = name
        self._rival = rival
        self._claim: Claim | None = None
        self._still_since: datetime | None = None
        self._figures = home.around.figures

    # The life of a process

    def begin(self) -> Flow:
        """Start it; what it held is free."""
        if self._claim is not None:
            self._claim.end()
        self._claim, self._still_since = None, None
        return self._serve()

    def frozen(self, until: datetime) -> None:
        """It stands still; whoever watches over it starts another."""
        if self._claim is None:
            return
        self._claim.stands_still()
        self._still_since = self.home.around.clock.moment
        around = self.home.around
        other = Process(self.home, f"{self.name}'", rival=True)
        wait = timedelta(seconds=self.home.draw.uniform(0, 150))
        around.scheduler.spawn(other.name, other.begin(), wake=around.clock.moment + wait, life=other)

    def _may_send(self) -> bool:
        return self._claim is not None and (self._still_since is None or self._claim.may_send())

    async def _serve(self) -> None:
        if not await self._taken():
            return
        ports = self._ports()
        while True:
            try:
                await self._round(ports)
                await self._audit(ports)
            except TakenOver:
                self._figures.reach("ended because another process had taken over")
                return
            except TwincalError as failure:
                self._figures.reach(f"round failed: {_name(failure)}")
            await self.home.clock.sleep(self.home.around.tapes.pause)

    async def _taken(self) -> bool:
        """Wait for the right to write; False where the other process does not let go of it."""
        for _ in range(TRIES):
            self._claim = self._take()
            if self._claim is not None:
                if self._rival:
                    self._figures.reach("took over from a process that stood still")
                return True
            self._figures.struck("F30 two processes")
            await self.home.clock.sleep(AGAIN)
        return False

    def _take(self) -> Claim | None:
        store, seconds = self.home.store, self.home.around.clock
        return (
            take_database(store, lambda: seconds.moment.timestamp())
            if store is not None
            else take(self.home.right, lambda: seconds.moment.timestamp())
        )

    def _ports(self) -> Ports:
        home = self.home
        return Ports(
            exchange=StormyCalendar(home.lines[Side.EXCHANGE], self._may_send),
            salesforce=StormyCalendar(home.lines[Side.SALESFORCE], self._may_send),
            directory=StormyDirectory(home.directory, home.around.weather),
            ledger=StormyLedger(self._ledger(), home.around.weather, home.oracle),
            clock=home.clock,
            key=KEY,
            capabilities=home.capabilities,
        )

    def _ledger(self) -> Ledger:
        if isinstance(self._claim, DatabaseTenure):
            return SqliteLedger(self._claim.database)
        if isinstance(self._claim, Tenure):
            return NotebookLedger(self.home.notebooks, self.home.cursors, self._claim.check)
        raise TypeError("nothing can be remembered without the right to write")

    # What it does (engine/service.py, engine/schedule.py)

    async def _round(self, ports: Ports) -> None:
        home, weather = self.home, self.home.around.weather
        if (jump := weather.jump()) is not None:
            home.clock.off = jump
        people = [person for person in home.people if person.active and person.policy.mode is not Mode.OFF]
        restored = await state(ports)
        if self._still_since is not None and self._claim is not None:
            self._claim.awake()
            self._still_since = None
        if restored == WAITS:
            await scan(people, ports)
            if not home.accepted:
                return
            await move_on(ports, ACCEPTED)
            self._figures.reach("a restored home was accepted")
            restored = ACCEPTED
        if restored:
            people = [careful(person) for person in people]
        seen = await observe_salesforce(people, ports) if people else {}
        cycles: dict[str, Cycle | None] = {}
        flows = [self._cycle(person, ports, seen.get(person.id, Observed()), bool(restored), cycles) for person in people]
        await together(flows, home.draw)
        if restored and all(cycle is not None and not (cycle.plan and cycle.plan.held) for cycle in cycles.values()):
            await move_on(ports, "")

    async def _cycle(self, person: Person, ports: Ports, seen: Observed, full: bool, cycles: dict[str, Cycle | None]) -> None:
        cycles[person.id] = None
        release = self.home.release(person.id)
        full = full or release != Release()
        try:
            cycle = cycles[person.id] = await run_cycle(person, ports, seen, full=full, release=release)
        except TakenOver:
            raise
        except TwincalError as failure:
            self._figures.reach(f"cycle failed: {_name(failure)}")
            return
        self._figures.cycles += 1
        if cycle.plan is not None:
            held = frozenset((step.held_by, step.key) for step in cycle.plan.steps if step.held_by)
            if held or cycle.plan.everything:
                self.home.held[person.id] = held

    async def _audit(self, ports: Ports) -> None:
        today = f"{self.home.clock.now():%Y-%m-%d}"
        if await ports.ledger.cursor("audited") == today:
            return
        for person in self.home.people:
            known = await last_audit(person, ports)
            if not person.active or person.policy.mode is Mode.OFF or (known and known.at.startswith(today)):
                continue
            await audited(person, ports)
        await ports.ledger.record([], "audited", today)


def _name(failure: TwincalError) -> str:
    return failure.code.value if isinstance(failure, VendorFault) else type(failure).__name__
