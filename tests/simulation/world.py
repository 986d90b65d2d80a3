"""One world of the middle tier: the real engine, ledger and recovery between calendars in memory, everything else ours."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

from msgspec import Struct

from tests.simulation.figures import Figures
from tests.simulation.home import Home, Surroundings
from tests.simulation.operators import ACTS, TRIED, Operators
from tests.simulation.operators import SELDOM as SELDOM_ACTS
from tests.simulation.oracle import Clockwork, Violation
from tests.simulation.people import DEEDS, RARE, SELDOM, People
from tests.simulation.process import Process
from tests.simulation.rest import Judgement
from tests.simulation.scheduler import Scheduler, VirtualClock, pause
from tests.simulation.tapes import Deed, Strike, Strikes, Tapes
from tests.simulation.tokens import Tokens
from tests.simulation.weather import Weather, rates
from twincal.core.decision import Plan

START = datetime(2027, 3, 1, 20, tzinfo=UTC)
"""Four hours before midnight: in every world a day ends, and everything is read and judged in full."""
HEALED = START + timedelta(hours=3, minutes=30)
CYCLES_TO_REST = 3
ONE_IN = 7
"""One world in so many sees what is seldom done."""
USUAL = tuple(verb for verb in ACTS if verb not in SELDOM_ACTS)
RUSHED = 32
"""Deeds with such a choice wait for a plan and are done while it is carried out."""

__all__ = ["Outcome", "World", "drawn", "rates"]


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of a world. `cycles_to_rest` counts from the moment when nothing goes wrong any more."""

    violation: str = ""
    story: tuple[str, ...] = ()
    steps: int = 0
    cycles: int = 0
    writes: int = 0
    edits: int = 0
    kills: int = 0
    digest: int = 0
    cycles_to_rest: int = 0
    strikes: tuple[Strike, ...] = ()
    faults: Mapping[str, int] = {}
    """How often each class struck, F1 to F34."""
    reached: frozenset[str] = frozenset()
    """Rules that decided something, and places that not every world reaches."""
    concurrent_edits: int = 0
    spurious_conflicts: int = 0
    mailbox_days: float = 0.0
    exemptions: Mapping[str, int] = {}
    """How often an invariant was not held against what was found, by the name of the reason."""


def drawn(seed: int) -> Tapes:
    """A world drawn from a seed: who does what when, under which settings, and which weather is possible at all."""
    draw = Random(seed)
    hours = draw.choice((8.0, 8.0, 12.0))
    deeds = [_deed(draw, hours, DEEDS) for _ in range(draw.randint(6, 60))]
    if draw.random() < 0.4:
        deeds += [_deed(draw, hours, RARE) for _ in range(draw.randint(1, 3))]
    if draw.random() < 0.5:
        deeds += [_deed(draw, hours, USUAL) for _ in range(draw.randint(1, 8))]
    settings = {"mode": draw.choice(("sync_all",) * 6 + ("match", "designate"))}
    for key, text in draw.sample(TRIED[7:], draw.choice((0, 0, 1, 2))):
        settings[key] = text
    if seed % ONE_IN == 3:
        seldom = Random(seed ^ 0x5E1D)
        deeds += _seldom(seldom, hours)
        settings["invite_attendees"] = seldom.choice(("on", "off"))
    return Tapes(
        seed=seed,
        order=draw.getrandbits(32),
        settings=settings,
        deeds=tuple(sorted(deeds, key=lambda deed: deed.at)),
        people=draw.choice((1, 1, 2, 3)),
        tenants=2 if draw.random() < 0.15 else 1,
        hours=hours,
        pause=draw.choice((60.0, 300.0, 300.0, 600.0)),
        database=seed % 16 == 0,
        marks=bool(seed % 4),
        skew=draw.choice((0.0, 0.0, draw.uniform(-600, 600))),
    )


def _seldom(draw: Random, hours: float) -> list[Deed]:
    """What a few worlds see, and most do not."""
    entered = [_deed(draw, hours, SELDOM) for _ in range(draw.randint(2, 8))]
    return entered + [_deed(draw, hours, (*SELDOM_ACTS, "choose")) for _ in range(draw.randint(1, 6))]


def _deed(draw: Random, hours: float, verbs: tuple[str, ...]) -> Deed:
    at = round(draw.uniform(0, hours * 60), 1)
    return Deed(at, draw.choice(verbs), draw.getrandbits(4), draw.getrandbits(8), draw.getrandbits(6))


class World:
    """Plays one set of tapes."""

    def __init__(self, tapes: Tapes) -> None:
        self.tapes = tapes
        self.clock = VirtualClock(START)
        self.strikes = Strikes(tapes.seed, rates(tapes.seed), tapes.strikes)
        self.weather = Weather(self.strikes, self.clock, HEALED)
        self.scheduler = Scheduler(tapes.order, self.clock, self.weather.fate)
        self.figures = Figures()
        around = Surroundings(
            tapes, self.clock, self.scheduler, self.weather, Tokens(), Clockwork(), self.figures
        )  # fmt: skip
        self.tokens = around.tokens
        self.homes = [Home(around, number) for number in range(tapes.tenants)]
        if tapes.tenants > 1:
            self.figures.struck("F33 organizations whose people and items are named alike")
        self.people = People(self.homes, START + timedelta(days=2))
        self.operators = Operators(self.homes)
        self.story: list[str] = []
        self._rushed: list[Deed] = []
        for home in self.homes:
            home.oracle.on_plan = partial(self._rush, home)
        self.cycles_to_rest = 0

    async def everyday(self) -> None:
        """People do what they do, when they do it."""
        for deed in self.tapes.deeds:
            await pause("people", START + timedelta(minutes=deed.at))
            if deed.choice >= RUSHED and deed.verb not in ACTS:
                self._rushed.append(deed)
            else:
                self._tell(self.operators.do(deed) if deed.verb in ACTS else self.people.do(deed))

    def _rush(self, home: Home, plan: Plan) -> None:
        """While a plan with writes is carried out, somebody does what waited for that."""
        if self._rushed and any(step.writes and not step.held_by for step in plan.steps):
            wait = timedelta(milliseconds=300 * len(self.story) % 2500)
            home.later(self._in_between(home, plan, self._rushed.pop(0)), wait)

    async def _in_between(self, home: Home, plan: Plan, deed: Deed) -> None:
        self._tell(self.people.rush(home, plan, deed))

    def _tell(self, told: str) -> None:
        self.story.append(f"{self.clock.moment:%H:%M:%S} {told}")

    def play(self) -> Outcome:
        """The stormy phase, the calm one, the judgement."""
        violation = ""
        try:
            self.scheduler.spawn("people", self.everyday())
            for home in self.homes:
                process = Process(home, home.name)
                self.scheduler.spawn(process.name, process.begin(), life=process)
            self.scheduler.run(until=START + timedelta(hours=self.tapes.hours))
            self.weather.calm()
            self._rushed.clear()
            self._rest()
            for home in self.homes:
                for person in home.people:
                    Judgement(home, person).judge()
        except Violation as broken:
            violation = str(broken)
        except Exception as error:
            violation = f"broken off: {type(error).__name__}: {error}"
        finally:
            self.scheduler.close()
            for home in self.homes:
                home.close()
        return self._told(violation)

    def _rest(self) -> None:
        """Weather and people stop; a few cycles later nothing is written any more."""
        pause = timedelta(seconds=self.tapes.pause)
        for home in self.homes:
            home.accepted = True
        self.scheduler.run(until=self.clock.moment + timedelta(minutes=11) + pause * 2)
        for cycle in range(CYCLES_TO_REST + 1):
            before = self._writes()
            self.scheduler.run(until=self.clock.moment + pause * 1.2)
            if self._writes() == before:
                self.cycles_to_rest = cycle
                break
        else:
            raise Violation("L1: it does not come to rest")
        before = self._writes()
        self.scheduler.run(until=self.clock.moment + pause * 2.5)
        if self._writes() != before:
            raise Violation("L2: at rest, and yet a cycle writes")

    def _writes(self) -> Counter[str]:
        return sum((side.written for home in self.homes for side in home.sides.values()), Counter[str]())

    def _told(self, violation: str) -> Outcome:
        faults = Counter(self.figures.faults)
        for kind, _ in self.strikes.taken:
            faults[kind.partition(" ")[0]] += 1
        return Outcome(
            violation=violation,
            story=tuple(self.story),
            steps=self.scheduler.steps,
            cycles=self.figures.cycles,
            writes=sum(self._writes().values()),
            edits=self.tokens.edits,
            kills=self.scheduler.kills,
            digest=self.scheduler.digest,
            cycles_to_rest=self.cycles_to_rest,
            strikes=tuple(self.strikes.taken),
            faults=dict(faults),
            reached=frozenset(self.figures.reached),
            concurrent_edits=self.figures.concurrent_edits,
            spurious_conflicts=self.figures.spurious_conflicts,
            mailbox_days=sum(len(home.people) for home in self.homes) * (self.clock.moment - START) / timedelta(days=1),
            exemptions=dict(self.figures.exemptions),
        )
