"""One simulated week of the company: five people, bad weather, a process that dies now and then; then calm, then the judgement."""

import asyncio
import io
import os
import tempfile
from collections import Counter
from contextlib import ExitStack, redirect_stderr, suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zlib import crc32

from msgspec import Struct

from tests.simulation.tokens import Tokens
from tests.simulation.wire.company import MAILBOXES, TODAY, Company, Refused
from tests.simulation.wire.conflicts import Conflicts
from tests.simulation.wire.judge import Calendars, Judge
from tests.simulation.wire.operators import Operators
from tests.simulation.wire.people import People
from tests.simulation.wire.process import Process, connected
from tests.simulation.wire.runner import Runner, written
from tests.simulation.wire.skies import Skies, drawn_skies
from tests.simulation.wire.virtual import lived
from twincal.core.decision import Plan
from twincal.engine.service import Service
from twincal.logs import LEVEL, log
from twincal.sandbox.serve import Sandbox

WEEK = timedelta(days=7)
MOST_ROUNDS = 8
"""Rounds after which there has to be rest at the latest; held plans are released in between."""
HALF_HOUR = 1_800.0
MEMORY = "/dev/shm"
MOVED = 0.25
"""How often a mailbox is moved when everything rests."""
NEIGHBOURS = 10
"""In every so-manieth week another company, whose people and items are named alike, is served by the same program."""
NEXT_DOOR = 5_000_000
"""From the seed of a company to that of its neighbour; also where the neighbour's appointments are counted from."""


class Week(Struct, kw_only=True):
    """What came of a week. `faults` are counted by class as they strike; `reached` are rules and doings that occurred; `steps`
    are Twincal's requests and transactions."""

    seed: int
    violations: list[str] = []
    story: list[str] = []
    faults: dict[str, int] = {}
    reached: set[str] = set()
    steps: int = 0
    rounds: int = 0
    cycles: int = 0
    requests: int = 0
    deaths: int = 0
    deeds: int = 0
    writes: int = 0
    edits: int = 0
    concurrent_edits: int = 0
    spurious_conflicts: int = 0
    mailbox_days: int = 0
    cycles_to_rest: int = 0
    digest: int = 0

    @property
    def struck(self) -> int:
        """How many faults in all."""
        return sum(self.faults.values())


class _World:
    def __init__(self, seed: int, company: Company, first: int = 0) -> None:
        self.draw = Random(seed)
        self.company = company
        self.people = People(company, self.draw, Tokens(first))
        self.skies = Skies(company, drawn_skies(Random(seed + 2)), Random(seed + 3))
        self.operators = Operators(company, Random(seed + 4))
        self.runner = Runner(company, self.operators, Random(seed + 1), self._tell)
        self.told = Week(seed=seed, violations=[], story=[], faults={}, reached=set())
        self.conflicts = Conflicts(known=set())
        self.lost: set[str] = set()
        company.on_plan = self._planned

    def _planned(self, plan: Plan) -> None:
        for step in plan.steps:
            self.company.reached.update(reason.code for reason in step.decision.trail)
            if step.held_by:
                self.company.reach(step.held_by)
                self.company.reach("a guard held a class")
            self.lost.update(step.lost.values())
            self.conflicts.planned(step, self.people.tokens)

    def _tell(self, what: str) -> None:
        self.told.story.append(f"{self.company.sandbox.clock.now():%a %H:%M} {what}")

    # The week

    async def everybody(self, until: datetime) -> None:
        """Forty to a hundred and twenty deeds: many at the beginning, the others in bursts, in which people cross one another."""
        count = self.draw.randint(40, 120)
        bursts = [0.0, *(self.draw.uniform(0, WEEK.total_seconds()) for _ in range(count // 5))]
        moments = sorted(self.draw.choice(bursts) + self.draw.expovariate(1 / 600) for _ in range(count))
        for moment in [0.0] * 15 + moments:
            await _until(moment)
            with suppress(Refused):
                self._tell(await self.people.deed())
                self.told.deeds += 1
                self.runner.stirred.set()

    async def weather(self) -> None:
        """Spells begin and end."""
        for moment, what, spell in self.skies.moments():
            await _until(moment)
            self._tell(await self.skies.turn(what, spell))
            self.runner.stirred.set()

    # The judgement

    async def calm(self) -> None:
        """Weather, people and operators rest; what waits is answered; soon nothing is written any more. Then one mailbox may be
        moved, which nobody must notice."""
        await self.skies.clear_up()
        await self.company.sandbox.weather.settle()
        self.company.skewed(0.0)
        process = Process(self.company)
        try:
            await self.operators.set_back(process.service)
            await asyncio.sleep(HALF_HOUR * 4)
            await self._rest(process.service)
            if self.draw.random() < MOVED:
                await self._move()
                await self._rest(process.service)
            await self._judge(process.service)
        finally:
            await process.end()

    async def _move(self) -> None:
        who = self.draw.choice(MAILBOXES)
        await self.company.act("exchange", who, "migrate")
        self.company.faults["F19 mailbox moved"] += 1
        self._tell(f"the mailbox of {who.partition('@')[0]} is moved")

    async def _rest(self, service: Service) -> None:
        """Round after round, the first of them with an audit, until one writes nothing and nothing waits."""
        busy = 0
        for number in range(MOST_ROUNDS):
            await asyncio.sleep(HALF_HOUR)
            report = await service.sync(full=True)
            self.runner.count(report)
            answered = await self.operators.answer(service, report, at_once=True)
            busy += bool(written(report) and not answered)
            if number == 0:
                await service.verify()
            elif not (written(report) or answered):
                break
        else:
            self.told.violations.append("L1: it does not come to rest")
        self.told.cycles_to_rest = max(self.told.cycles_to_rest, busy)
        await asyncio.sleep(HALF_HOUR)
        before = [await self.company.state(who) for who in MAILBOXES]
        report = await service.sync(full=True)
        if written(report) or [await self.company.state(who) for who in MAILBOXES] != before:
            self.told.violations.append("L2: at rest, and yet a cycle writes")
        if any(person.failure for person in report.people):
            self.told.violations.append("L1: the weather is fine, and yet a cycle fails")

    async def _judge(self, service: Service) -> None:
        judge = Judge(self.people.diary, self.people.tokens, self.lost)
        for who in MAILBOXES:
            exchange, salesforce = await self.company.state(who)
            judge.calendars(Calendars(who, exchange, salesforce, await service.history(who)))
        judge.mail(await self.company.ask("/mail"), self.settings["notify_attendees"], self.told.deeds)
        self.told.violations += judge.broken

    settings: dict[str, str]

    async def lived(self) -> Week:
        """The whole week."""
        draw = self.draw
        org = {"key_fields": draw.random() < 0.7, "shared_activities": draw.random() < 0.5, "multiday_events": True}
        self.settings = {
            "mode": "sync_all",
            "conflict": draw.choice(("exchange", "exchange", "salesforce", "latest", "hold")),
            "notify_attendees": draw.choice(("updates", "never", "always")),
        }
        await self.company.open(org)
        await connected(self.company, self.settings)
        self._tell(f"it begins: {org} {self.settings}")
        if draw.random() < 0.2:
            self.company.skewed(draw.choice((-600.0, 600.0)))
            self.company.faults["F16 clock skew"] += 1
        until = self.company.later(WEEK)
        await asyncio.gather(self.everybody(until), self.weather(), self.runner.run(until))
        await self.calm()
        await self._sum_up()
        return self.told

    async def _sum_up(self) -> None:
        told, ran, company = self.told, self.runner.ran, self.company
        told.requests = sum(row["count"] for row in await company.ask("/requests"))
        told.story = sorted(told.story + self.operators.story, key=_when)
        told.violations = ran.broken + told.violations
        told.steps, told.rounds, told.cycles, told.writes, told.deaths = (
            company.steps,
            ran.rounds,
            ran.cycles,
            ran.writes,
            ran.deaths,
        )
        told.concurrent_edits, told.spurious_conflicts = self.conflicts.concurrent, self.conflicts.spurious
        told.edits, told.mailbox_days = self.people.tokens.edits, len(MAILBOXES) * WEEK.days
        told.faults, told.reached = dict(sorted(Counter(company.faults).items())), company.reached
        told.digest = crc32(f"{told.story} {told.requests} {told.writes} {told.faults}".encode())


def _when(line: str) -> tuple[int, str]:
    day, time, *_ = line.split(" ")
    return ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun").index(day) + 7 * (day == "Mon" and time < "08:00"), time


async def _until(moment: float) -> None:
    """Wait until so many seconds after the week's beginning; the loop was born a little earlier."""
    await asyncio.sleep(max(0.0, moment - asyncio.get_running_loop().time()))


class _Stage(ExitStack):
    """The companies of one week, each behind servers of its own, whatever happens put away at the end."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def world(self, seed: int, first: int = 0) -> _World:
        """A company with its home, whose ids and addresses are those of every other company."""
        tick = asyncio.get_running_loop().time
        sandbox = self.enter_context(Sandbox.unserved(world="empty", today=TODAY, seed=1, tick=tick))
        return _World(seed, Company(sandbox, self.folder / f"home-{seed}"), first)


async def _week(seed: int, folder: Path, heard: io.StringIO) -> Week:
    with _Stage(folder) as stage:
        worlds = [stage.world(seed)]
        if seed % NEIGHBOURS == 0:
            worlds.append(stage.world(seed + NEXT_DOOR, NEXT_DOOR))
        weeks = await asyncio.gather(*(world.lived() for world in worlds))
        for world in worlds:
            judge = Judge(world.people.diary, world.people.tokens, world.lost)
            judge.secrets(world.company.home, heard.getvalue(), [world.company.sandbox.announcement()["graph"]["client_secret"]])
            world.told.violations += judge.broken
    return _together(weeks) if len(weeks) > 1 else weeks[0]


def _together(weeks: list[Week]) -> Week:
    """Both companies' weeks as one."""
    week = weeks[0]
    for other in weeks[1:]:
        week.faults = dict(Counter(week.faults) + Counter(other.faults) + Counter({"F33 a company named alike": 1}))
        week.reached |= other.reached
        week.cycles_to_rest = max(week.cycles_to_rest, other.cycles_to_rest)
        week.story += ["", "and next door", *other.story]
        for name in SUMMED:
            setattr(week, name, getattr(week, name) + getattr(other, name))
    return week


SUMMED = (
    "violations", "steps", "rounds", "cycles", "requests", "deaths", "deeds", "writes", "edits", "concurrent_edits",
    "spurious_conflicts", "mailbox_days", "digest",
)  # fmt: skip


def played(seed: int) -> Week:
    """One week, from its seed."""
    heard = io.StringIO()
    memory = MEMORY if Path(MEMORY).is_dir() else None  # a disk that need not spin: every commit waits for it
    with tempfile.TemporaryDirectory(prefix="twincal-week-", dir=memory) as folder, redirect_stderr(heard):
        os.environ[LEVEL] = "debug"
        log.cache_clear()
        try:
            return lived(_week(seed, Path(folder), heard))
        finally:
            log.cache_clear()
            os.environ[LEVEL] = "error"
