"""What administrators do in a week: flip settings, also in the middle of a round, release what is held, restore, upgrade."""

import asyncio
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.simulation.versions import put_back
from tests.simulation.wire.company import GUEST, MAILBOXES, Company
from twincal.engine.report import Report
from twincal.engine.service import Service
from twincal.errors import HomeUnusable, TwincalError, WrongInput
from twincal.store.backups import back_up, restore

FLIPS = (
    ("mode", "match"), ("mode", "designate"), ("mode", "off"), ("prevent.update_in_exchange", "on"),
    ("prevent.update_in_salesforce", "on"), ("prevent.create_in_salesforce", "on"), ("prevent.delete_in_exchange", "on"),
    ("prevent.delete_in_salesforce", "on"), ("window.future_days", "12"), ("ignore_list", GUEST), ("exclude.category", "Red"),
)  # fmt: skip


class Operators:
    """The administrators of the company, with what they have changed and not yet set back."""

    def __init__(self, company: Company, draw: Random) -> None:
        self.company = company
        self.story: list[str] = []
        self.flips = draw.random() < 0.5
        self.restores = draw.random() < 0.35
        self.upgrades = draw.random() < 0.3
        self._draw = draw
        self._flipped: str | None = None
        self._stopped: str | None = None
        self._backup: Path | None = None
        self._at_backup: tuple[str | None, str | None] = (None, None)
        """What was flipped and who was stopped when the backup was made."""
        self._waits = 0

    def _tell(self, what: str) -> None:
        self.story.append(f"{self.company.sandbox.clock.now():%a %H:%M} the operator {what}")

    async def meddle(self, service: Service) -> None:
        """Something is changed while a round runs, or set back."""
        if not self.flips or self._draw.random() > 0.15:
            return
        await asyncio.sleep(self._draw.choice((0.0, 0.0, 0.001, 0.5)))
        with suppress(TwincalError):
            await self._meddle(service)

    async def _meddle(self, service: Service) -> None:
        self.company.faults["F34 policy flips"] += 1
        if self._flipped or self._stopped:
            await self.set_back(service)
        elif self._draw.random() < 0.2:
            self._stopped = self._draw.choice(MAILBOXES)
            await service.set_active(self._stopped, active=False)
            self._tell(f"stops {self._stopped.partition('@')[0]}")
        else:
            key, value = self._draw.choice(FLIPS)
            self._flipped = key
            self._tell(f"sets {key} to {value}")
            self.company.faults["F17 scope narrowed"] += key in ("window.future_days", "mode", "ignore_list")
            await service.set_setting(key, value)

    async def set_back(self, service: Service, base: str = "sync_all") -> None:
        """Everything as it was at first."""
        if self._flipped:
            self._tell(f"sets {self._flipped} back")
            if self._flipped == "mode":
                await service.set_setting("mode", base)
            else:
                await service.unset_setting(self._flipped)
            self._flipped = None
        if self._stopped:
            self._tell(f"lets {self._stopped.partition('@')[0]} go on")
            await service.set_active(self._stopped, active=True)
            self._stopped = None

    async def answer(self, service: Service, report: Report, *, at_once: bool = False) -> int:
        """What waits for an administrator is answered some time later; how much of it was."""
        answered = 0
        for held in report.held_plans:
            if not at_once and self._draw.random() > 0.2:
                continue
            with suppress(WrongInput):
                if held.code == "R01" and not await self._sees_everything(service):
                    continue
                answered += 1
                if held.code == "R01":
                    self._tell("accepts the restored home")
                    await service.accept()
                else:
                    self._tell(f"releases {held.steps} steps ({held.code}) of {held.mailbox.partition('@')[0]}")
                    await service.release(held.plan)
        return answered

    async def _sees_everything(self, service: Service) -> bool:
        """As `docs/howto/back-up.md` has it: nobody accepts a restored home while the account may not see everybody's events."""
        rights = [one for one in await service.doctor() if one.check.startswith("Salesforce permission")]
        if not all(one.well for one in rights):
            self.company.reach("a restored home waited until everything was in sight")
        return all(one.well for one in rights)

    def between_processes(self) -> None:
        """While no process runs: the program is upgraded, a backup made, and some other day put in the place of the home."""
        with suppress(HomeUnusable):  # a process that ended on a full disk could not give the home back: some other time
            if self.upgrades and self._draw.random() < 0.3:
                put_back(self.company.home)
                self.upgrades = False
                self.company.faults["F32 a home of the version before"] += 1
                self._tell("upgrades the program")
            if self.restores:
                self._restore()

    def _restore(self) -> None:
        if self._backup is None:
            if self._draw.random() < 0.3:
                self._backup = self.company.home.parent / f"{self.company.home.name}.backup"
                self._at_backup = self._flipped, self._stopped
                back_up(self.company.home, self._backup)
                self._tell("makes a backup")
        elif self._waits < 2:
            self._waits += 1
        else:
            restore(self.company.home, self._backup, self.company.clock.now())
            self._flipped, self._stopped = self._at_backup
            self.company.faults["F31 backup restored"] += 1
            self._tell("restores the backup")
            self.restores = False
