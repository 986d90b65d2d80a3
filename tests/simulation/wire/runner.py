"""`twincal run` on the company's machine for a week: rounds, an audit a night, processes that die or stand still, and others that
take over."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from random import Random

from msgspec import Struct

from tests.simulation.wire.company import Company
from tests.simulation.wire.operators import Operators
from tests.simulation.wire.process import Dead, Process
from twincal.engine.report import Report
from twincal.errors import TakenOver, TwincalError

NAP = 1_500.0
"""Seconds, on average, from something that happens to the next round."""
MORTALITY, LONGEST_LIFE = 0.12, 160
"""How often a process dies in a round, and after how many requests and transactions at the latest."""
STILLNESS, LATEST_STOP = 0.03, 20
"""How often a process is stopped in a round, and after how many replies at the latest."""
SHORTEST_STOP, LONGEST_STOP = 20.0, 600.0
"""Seconds for which it stands still: shorter and longer than its right to write lasts."""
AGAIN = 20.0
"""Seconds after which whoever is not let into the home tries again."""


class Ran(Struct, kw_only=True):
    """What the processes of a week have done."""

    rounds: int = 0
    cycles: int = 0
    writes: int = 0
    deaths: int = 0
    broken: list[str] = []


class Runner:
    """Whoever starts processes, and starts them again."""

    def __init__(self, company: Company, operators: Operators, fate: Random, tell: Callable[[str], None]) -> None:
        self.ran = Ran(broken=[])
        self.stirred = asyncio.Event()
        """Something has happened: the next round follows soon."""
        self._company = company
        self._operators = operators
        self._fate = fate
        self._tell = tell
        self._audited_on = 0
        self._rivals: list[asyncio.Task[None]] = []

    async def run(self, until: datetime) -> None:
        """Process after process until a moment."""
        while self._company.sandbox.clock.now() < until:
            try:
                process = Process(self._company)
            except TwincalError:
                await asyncio.sleep(AGAIN)
                continue
            try:
                process.life.on_stop = self._stands_still
                await self._serve(process, until)
            except Dead:
                self.ran.deaths += 1
                self._company.faults["F1 crash"] += 1
                self._tell("the process dies")
            except TakenOver:
                self._company.reach("a process that stood still found another at work")
                self._tell("the process finds another one at work, and ends")
            finally:
                await process.end()
            if all(rival.done() for rival in self._rivals):
                self._operators.between_processes()
        await asyncio.gather(*self._rivals)

    async def _serve(self, process: Process, until: datetime) -> None:
        """Round after round, sooner where something is going on. Raises Dead, TakenOver."""
        while self._company.sandbox.clock.now() < until:
            if self._fate.random() < MORTALITY:
                process.life.left = self._fate.randint(0, LONGEST_LIFE)
            elif self._fate.random() < STILLNESS:
                process.life.stops_after = self._fate.randint(0, LATEST_STOP)
                process.life.stops_for = self._fate.uniform(SHORTEST_STOP, LONGEST_STOP)
            await self._round(process)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stirred.wait(), self._fate.uniform(3_600, 21_600))
            self.stirred.clear()
            await asyncio.sleep(self._fate.expovariate(1 / NAP))

    async def _round(self, process: Process) -> None:
        meddling = asyncio.create_task(self._operators.meddle(process.service))
        try:
            report = await process.service.sync()
            self.count(report)
            await self._audited(process)
            await self._operators.answer(process.service, report)
        except TakenOver:
            raise
        except TwincalError:
            self.ran.rounds += 1
        finally:
            await meddling

    async def _audited(self, process: Process) -> None:
        """The nightly audit; a rival who wants to work in the same home that day is turned away."""
        day = self._company.sandbox.clock.now().day
        if day == self._audited_on:
            return
        await process.service._audited()
        self._audited_on = day
        process.renew()
        try:
            rival = Process(self._company)
        except TwincalError:
            self._company.faults["F30 rival turned away"] += 1
        else:
            await rival.end()
            self.ran.broken.append("S12: two processes were let into one home")

    def _stands_still(self, until: float) -> None:
        seconds = until - asyncio.get_running_loop().time()
        self._company.faults["F29 stands still"] += 1
        self._tell(f"the process stands still for {seconds:.0f} s")
        self._rivals.append(asyncio.create_task(self._take_over(until)))

    async def _take_over(self, until: float) -> None:
        """Whoever watches over the process that stands still starts another, which works as soon as it is let in."""
        await asyncio.sleep(self._fate.uniform(0, 150))
        while asyncio.get_running_loop().time() < until:
            try:
                rival = Process(self._company)
            except TwincalError:
                self._company.faults["F30 rival turned away"] += 1
                await asyncio.sleep(AGAIN)
                continue
            self._company.reach("another process took over")
            self._tell("another process takes over")
            try:
                self.count(await rival.service.sync())
            except TwincalError:
                self.ran.rounds += 1
            finally:
                await rival.end()
            return

    def count(self, report: Report) -> None:
        """One more round."""
        self.ran.rounds += 1
        self.ran.cycles += sum(1 for person in report.people if not person.idle)
        self.ran.writes += written(report)


def written(report: Report) -> int:
    """How many writes came out."""
    totals = [report.total(what) for what in ("created", "updated", "deleted")]
    return sum(total.exchange + total.salesforce for total in totals)
