"""One simulated week of the company: five people, bad weather, a process that dies now and then; then calm, then the judgement."""

import asyncio
import io
import os
import tempfile
from collections import Counter
from contextlib import redirect_stderr, suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zlib import crc32

from msgspec import Struct

from tests.simulation.wire.company import MAILBOXES, TODAY, Company, Dead, Life, Refused
from tests.simulation.wire.judge import Calendars, Judge
from tests.simulation.wire.operators import Operators
from tests.simulation.wire.people import People
from tests.simulation.wire.skies import Skies, drawn_skies
from tests.simulation.wire.virtual import lived
from twincal.core.decision import Plan
from twincal.engine.report import Report
from twincal.engine.service import Service
from twincal.errors import TwincalError
from twincal.logs import LEVEL, log
from twincal.sandbox.serve import Sandbox

WEEK = timedelta(days=7)
MOST_ROUNDS = 8
"""Rounds after which there has to be rest at the latest; held plans are released in between."""
HALF_HOUR = 1_800.0
MEMORY = "/dev/shm"
NAP = 1_500.0
"""Seconds, on average, from something that happens to the next round."""
MORTALITY, LONGEST_LIFE = 0.12, 160
"""How often a process dies in a round, and after how many requests and transactions at the latest."""


class Week(Struct, kw_only=True):
    """What came of a week. `faults` are counted by class as they strike; `reached` are rules and doings that occurred."""

    seed: int
    violations: list[str] = []
    story: list[str] = []
    faults: dict[str, int] = {}
    reached: set[str] = set()
    rounds: int = 0
    requests: int = 0
    deaths: int = 0
    deeds: int = 0
    writes: int = 0
    edits: int = 0
    mailbox_days: int = 0
    cycles_to_rest: int = 0
    digest: int = 0

    @property
    def struck(self) -> int:
        """How many faults in all."""
        return sum(self.faults.values())


class _World:
    def __init__(self, seed: int, company: Company) -> None:
        self.draw, self.fate = Random(seed), Random(seed + 1)
        self.company = company
        self.people = People(company, self.draw)
        self.skies = Skies(company, drawn_skies(Random(seed + 2)), Random(seed + 3))
        self.operators = Operators(company, Random(seed + 4))
        self.told = Week(seed=seed, violations=[], story=[], faults={}, reached=set())
        self.lost: set[str] = set()
        self.stirred = asyncio.Event()
        self.audited_on = 0
        company.on_plan = self._planned

    def _planned(self, plan: Plan) -> None:
        for step in plan.steps:
            self.told.reached.add(step.held_by or step.decision.code)
            self.lost.update(step.lost.values())

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
                self.stirred.set()

    async def weather(self) -> None:
        """Spells begin and end."""
        for moment, what, spell in self.skies.moments():
            await _until(moment)
            self._tell(await self.skies.turn(what, spell))
            self.stirred.set()

    async def twincal(self, until: datetime) -> None:
        """`twincal run`, which dies now and then in the middle of a round and is started again."""
        while self.company.sandbox.clock.now() < until:
            try:
                service, life, close = self.company.process()
            except TwincalError:
                await asyncio.sleep(60)
                continue
            try:
                await self._serve(service, life, until)
            except Dead:
                self.told.deaths += 1
                self.company.faults["F1 crash"] += 1
                self._tell("the process dies")
            finally:
                await close()
            self.operators.between_processes()

    async def _serve(self, service: Service, life: Life, until: datetime) -> None:
        """Round after round, sooner where something is going on. Raises Dead when the process dies in one."""
        while self.company.sandbox.clock.now() < until:
            if self.fate.random() < MORTALITY:
                life.left = self.fate.randint(0, LONGEST_LIFE)
            await self._round(service)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stirred.wait(), self.fate.uniform(3_600, 21_600))
            self.stirred.clear()
            await asyncio.sleep(self.fate.expovariate(1 / NAP))

    async def _round(self, service: Service) -> None:
        meddling = asyncio.create_task(self.operators.meddle(service))
        try:
            report = await service.sync()
            self._count(report)
            await self._audited(service)
            await self.operators.answer(service, report)
        except TwincalError:
            self.told.rounds += 1
        finally:
            await meddling

    async def _audited(self, service: Service) -> None:
        """The nightly audit; a rival who wants to work in the same home that day is turned away."""
        day = self.company.sandbox.clock.now().day
        if day == self.audited_on:
            return
        await service._audited()
        self.audited_on = day
        try:
            _, _, close = self.company.process()
        except TwincalError:
            self.company.faults["F30 rival turned away"] += 1
        else:
            await close()
            self.told.violations.append("S12: two processes were let into one home")

    def _count(self, report: Report) -> None:
        self.told.rounds += 1
        self.told.writes += written(report)

    # The judgement

    async def calm(self) -> None:
        """Weather, people and operators rest; what waits is answered; soon nothing is written any more."""
        await self.skies.clear_up()
        await self.company.sandbox.weather.settle()
        self.company.skewed(0.0)
        service, _, close = self.company.process()
        try:
            await self.operators.set_back(service)
            await asyncio.sleep(HALF_HOUR * 4)
            await self._rest(service)
            await self._judge(service)
        finally:
            await close()

    async def _rest(self, service: Service) -> None:
        """Round after round, the first of them with an audit, until one writes nothing and nothing waits."""
        for number in range(MOST_ROUNDS):
            await asyncio.sleep(HALF_HOUR)
            report = await service.sync(full=True)
            answered = await self.operators.answer(service, report, at_once=True)
            if number == 0:
                await service.verify()
            elif not (written(report) or answered):
                break
            elif not answered:
                self.told.cycles_to_rest += 1
        else:
            self.told.violations.append("L1: it does not come to rest")
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
        await self.company.open(self.settings, org)
        self._tell(f"it begins: {org} {self.settings}")
        if draw.random() < 0.2:
            self.company.skewed(draw.choice((-600.0, 600.0)))
            self.company.faults["F16 clock skew"] += 1
        until = self.company.later(WEEK)
        await asyncio.gather(self.everybody(until), self.weather(), self.twincal(until))
        await self.calm()
        self.told.requests = sum(row["count"] for row in await self.company.ask("/requests"))
        self.told.story = sorted(self.told.story + self.operators.story, key=_when)
        self.told.edits, self.told.mailbox_days = self.people.tokens.edits, len(MAILBOXES) * WEEK.days
        self.told.faults = dict(sorted(Counter(self.company.faults).items()))
        told = f"{self.told.story} {self.told.requests} {self.told.writes} {self.told.faults}"
        self.told.digest = crc32(told.encode())
        return self.told


def _when(line: str) -> tuple[int, str]:
    day, time, *_ = line.split(" ")
    return ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun").index(day) + 7 * (day == "Mon" and time < "08:00"), time


async def _until(moment: float) -> None:
    """Wait until so many seconds after the week's beginning; the loop was born a little earlier."""
    await asyncio.sleep(max(0.0, moment - asyncio.get_running_loop().time()))


def written(report: Report) -> int:
    """How many writes came out."""
    totals = [report.total(what) for what in ("created", "updated", "deleted")]
    return sum(total.exchange + total.salesforce for total in totals)


def played(seed: int) -> Week:
    """One week, from its seed."""
    heard = io.StringIO()
    memory = MEMORY if Path(MEMORY).is_dir() else None  # a disk that need not spin: every commit waits for it
    with tempfile.TemporaryDirectory(prefix="twincal-week-", dir=memory) as folder, redirect_stderr(heard):
        home = Path(folder) / "home"
        os.environ[LEVEL] = "debug"
        log.cache_clear()

        async def story() -> Week:
            with Sandbox.unserved(world="empty", today=TODAY, seed=1, tick=asyncio.get_running_loop().time) as sandbox:
                world = _World(seed, Company(sandbox, home))
                week = await world.lived()
                judge = Judge(world.people.diary, world.people.tokens, world.lost)
                judge.secrets(home, heard.getvalue(), [sandbox.announcement()["graph"]["client_secret"]])
                week.violations += judge.broken
                return week

        try:
            return lived(story())
        finally:
            log.cache_clear()
            os.environ[LEVEL] = "error"
