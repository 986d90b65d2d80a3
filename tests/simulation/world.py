"""One world of the middle tier: the real engine, ledger and recovery between calendars in memory, everything else ours."""

from collections import Counter
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

from msgspec import Struct

from tests.simulation.notebook import Notebook, NotebookLedger
from tests.simulation.oracle import Clockwork, Oracle, Violation
from tests.simulation.people import DEEDS, People
from tests.simulation.scheduler import Scheduler, VirtualClock, pause
from tests.simulation.seams import StormyCalendar, StormyDirectory, StormyLedger
from tests.simulation.tapes import Deed, Strike, Strikes, Tapes
from tests.simulation.tokens import Tokens
from tests.simulation.weather import RATES, Weather
from twincal.connectors.memory import APP, MemoryCalendar, MemoryDirectory
from twincal.core.decision import Plan, Verdict
from twincal.core.item import Item
from twincal.core.matching import Owner
from twincal.core.policy import Explicit, resolve
from twincal.core.vocabulary import Level, Side, Tab
from twincal.engine.cycle import run_cycle
from twincal.engine.observe import observe_salesforce
from twincal.engine.person import Person, Ports
from twincal.errors import TwincalError
from twincal.ports import Capabilities, Ledger
from twincal.store.accounts import Member
from twincal.store.ledger import SqliteLedger
from twincal.store.store import Store

START = datetime(2027, 3, 1, 8, tzinfo=UTC)
KEY = b"k" * 32
STORMY = timedelta(hours=20)
PAUSE = timedelta(minutes=5)
CYCLES_TO_REST = 3
Answer = TypeVar("Answer")


class Outcome(Struct, kw_only=True):
    """What came of a world."""

    violation: str = ""
    story: list[str] = []
    steps: int = 0
    cycles: int = 0
    writes: int = 0
    edits: int = 0
    kills: int = 0
    digest: int = 0
    cycles_to_rest: int = 0
    strikes: tuple[Strike, ...] = ()


def drawn(seed: int) -> Tapes:
    """A world drawn from a seed: who does what when, under which settings, and which weather is possible at all."""
    draw = Random(seed)
    deeds = sorted((_deed(draw) for _ in range(draw.randint(4, 40))), key=lambda deed: deed.at)
    settings = {"mode": "sync_all"}
    if draw.random() < 0.3:
        settings["conflict"] = draw.choice(("salesforce", "latest", "hold"))
    if draw.random() < 0.3:
        settings["notify_attendees"] = draw.choice(("always", "never"))
    return Tapes(seed=seed, order=draw.getrandbits(32), settings=settings, deeds=tuple(deeds))


def _deed(draw: Random) -> Deed:
    at = round(draw.uniform(0, STORMY.total_seconds() / 60), 1)
    return Deed(at, draw.choice(DEEDS), draw.getrandbits(4), draw.getrandbits(8), draw.getrandbits(4))


def rates(seed: int) -> dict[str, float]:
    """Which weather is possible: a subset of all kinds, some thrice as often (swarm testing)."""
    draw = Random(seed ^ 0x5EED)
    return {kind: rate * draw.choice((0, 0, 1, 1, 3)) if kind != "F6 gets through" else rate for kind, rate in RATES.items()}


class World:
    """Plays one set of tapes."""

    def __init__(self, tapes: Tapes) -> None:
        self.tapes = tapes
        self.clock = VirtualClock(START)
        self.strikes = Strikes(tapes.seed, rates(tapes.seed), tapes.strikes)
        self.weather = Weather(self.strikes, self.clock)
        self.scheduler = Scheduler(tapes.order, self.clock, lambda point: self.weather.strikes("F1 crash"))
        self.tokens = Tokens()
        self.oracle = Oracle(self.tokens, Clockwork())
        self.directory = MemoryDirectory()
        marks = bool(tapes.seed % 4)
        self.capabilities = Capabilities(key_field=marks, stamp_field=marks, integration_user=APP)
        self.sides = {
            Side.EXCHANGE: MemoryCalendar(Side.EXCHANGE, self.clock, self.directory),
            Side.SALESFORCE: MemoryCalendar(Side.SALESFORCE, self.clock, self.directory, marks=marks),
        }
        for calendar in self.sides.values():
            self.oracle.watch(calendar)
        self.stormy = {
            side: StormyCalendar(calendar, self.weather, self._later, tapes.seed + number)
            for number, (side, calendar) in enumerate(self.sides.items())
        }
        self.store = Store.in_memory()
        self.notebooks: dict[str, Notebook] = {}
        self.cursors: dict[str, str] = {}
        self.person = self._person("ann@northwind.example", "005ANN")
        self.people = People(self.sides, [self.person], self.tokens, self.oracle, START + timedelta(days=2))
        self.outcome = Outcome(story=[], digest=0)
        self.resting = False

    def _person(self, mailbox: str, user: str) -> Person:
        member = Member(id="", mailbox=mailbox, salesforce_username=mailbox, salesforce_user_id=user, profile="Standard User")
        stored = at_once(self.store.accounts.add(member))
        rows = [Explicit(key, Level.SUBSCRIPTION, "", text) for key, text in self.tapes.settings.items()]
        return Person(id=stored.id, mailbox=mailbox, owner=Owner((mailbox,), user), policy=resolve(rows), name="Ann")

    def ports(self) -> Ports:
        """The world as a process that has just started sees it."""
        return Ports(
            exchange=self.stormy[Side.EXCHANGE],
            salesforce=self.stormy[Side.SALESFORCE],
            directory=StormyDirectory(self.directory, self.weather),
            ledger=StormyLedger(self._tapped(self._ledger()), self.weather),
            clock=self.clock,
            key=KEY,
            capabilities=self.capabilities,
        )

    def _later(self, flow: Coroutine[Any, None, None], wait: timedelta) -> None:
        self.scheduler.spawn("late write", flow, wake=self.clock.moment + wait)

    def _ledger(self) -> Ledger:
        """What a process keeps the books with: every so often the database, else notebooks."""
        if self.tapes.seed % 16 == 0:
            return SqliteLedger(self.store.database)
        return NotebookLedger(self.notebooks, self.cursors)

    def _tapped(self, ledger: Ledger) -> Ledger:
        """Values that lose a conflict are written down before anything is sent."""
        begin = ledger.begin

        async def noted(plan: Plan) -> str:
            run = await begin(plan)
            self.oracle.lost |= {value for step in plan.steps for value in step.lost.values()}
            return run

        ledger.begin = noted  # type: ignore[method-assign]
        return ledger

    async def process(self) -> None:
        """What `twincal run` does, for ever."""
        ports = self.ports()
        while True:
            await self.cycle(ports)
            await self.clock.sleep(PAUSE.total_seconds())

    async def cycle(self, ports: Ports) -> None:
        """One round; a failure ends it and nothing else."""
        try:
            seen = await observe_salesforce([self.person], ports)
            await run_cycle(self.person, ports, seen[self.person.id])
            self.outcome.cycles += 1
        except TwincalError:
            return

    async def everyday(self) -> None:
        """People do what they do, when they do it."""
        for deed in self.tapes.deeds:
            await pause("people", START + timedelta(minutes=deed.at))
            told = self.people.do(deed)
            self.outcome.story.append(f"{self.clock.moment:%H:%M:%S} {told}")

    def play(self) -> Outcome:
        """The stormy phase, the calm one, the judgement."""
        try:
            self.scheduler.spawn("people", self.everyday())
            self.scheduler.spawn("process", self.process(), reborn=self.process)
            self.scheduler.run(until=START + STORMY)
            self.weather.calm()
            self._rest()
            self._judge()
        except Violation as violation:
            self.outcome.violation = str(violation)
        finally:
            self.scheduler.close()
            self.store.close()
        return self._told()

    def _rest(self) -> None:
        """Weather and people stop; a few cycles later nothing is written any more."""
        self.scheduler.run(until=self.clock.moment + PAUSE * 2)
        for cycle in range(CYCLES_TO_REST + 1):
            before = self._writes()
            self.scheduler.run(until=self.clock.moment + PAUSE * 1.2)
            if self._writes() == before:
                self.outcome.cycles_to_rest = cycle
                break
        else:
            raise Violation("L1: it does not come to rest")
        before = self._writes()
        self.scheduler.run(until=self.clock.moment + PAUSE * 2.5)
        if self._writes() != before:
            raise Violation("L2: at rest, and yet a cycle writes")

    def _writes(self) -> Counter[str]:
        return sum((side.written for side in self.sides.values()), Counter[str]())

    def _judge(self) -> None:
        here = {side: dict(calendar.items(self.person.owner_on(side))) for side, calendar in self.sides.items()}
        for side, items in here.items():
            self.oracle.doubles(list(items.values()), side)
        self._pairs(here)
        if self.tapes.settings.get("notify_attendees") != "always":
            self.oracle.mail(self.sides[Side.EXCHANGE])

    def _pairs(self, here: dict[Side, dict[str, Item]]) -> None:
        book = self.notebooks.get(self.person.id)
        rows = book.entries if book else {entry.key: entry for entry in at_once(self.store.history.rows(self.person.id))}
        linked: set[str] = set()
        scene = at_once(self._ledger().scene(self.person.id, self.clock.now(), everything=True))
        for link in scene.links:
            exchange, salesforce = (here[side].get(link.id_on(side)) for side in Side)
            linked |= {link.exchange_id, link.salesforce_id}
            row = rows.get(link.key)
            if exchange and salesforce and row and row.decision.tab is Tab.SYNCED and row.decision.verdict in AGREEING:
                self.oracle.in_step(exchange, salesforce)
        explained = {ident for row in rows.values() for ident in (row.exchange_id, row.salesforce_id)}
        for items in here.values():
            for item in items.values():
                if item.id not in linked | explained and not item.private:
                    raise Violation(f"L1: {item.subject} in {item.side.phrase} is neither paired nor explained")

    def _told(self) -> Outcome:
        self.outcome.steps = self.scheduler.steps
        self.outcome.kills = self.scheduler.kills
        self.outcome.digest = self.scheduler.digest
        self.outcome.edits = self.tokens.edits
        self.outcome.writes = sum(self._writes().values())
        self.outcome.strikes = tuple(self.strikes.taken)
        return self.outcome


AGREEING = frozenset({Verdict.IN_STEP, Verdict.CREATE_IN_EXCHANGE, Verdict.CREATE_IN_SALESFORCE, Verdict.UPDATE_IN_EXCHANGE})
AGREEING |= {Verdict.UPDATE_IN_SALESFORCE, Verdict.MERGE}


def at_once(flow: Coroutine[Any, Any, Answer]) -> Answer:
    """The answer of a coroutine that waits for nothing."""
    try:
        flow.send(None)
    except StopIteration as end:
        answer: Answer = end.value
        return answer
    raise RuntimeError("it waits for something")
