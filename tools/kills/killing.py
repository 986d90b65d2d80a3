"""`twincal run`, killed at random moments: while it starts, reads and writes, in first syncs and in a storm of edits."""

import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from random import Random

from msgspec import Struct

from tools.kills.findings import Findings
from tools.kills.processes import Home, Running, Stuck, until
from tools.kills.resting import LATE, compared, mailed, rested, settled
from tools.kills.stage import Picture, Stage, mailbox_of
from tools.kills.world import Edit, storm

DELAY = 300
"""Milliseconds by which writes are carried out later, so that a kill often falls between a write and its answer."""
ANN = mailbox_of(0)
ENOUGH = 40
"""Kills of which some must have fallen while something was being written."""
STARTED, PLANNED, WROTE = 60.0, 120.0, 12.0
"""Seconds for which a kill waits for the first request, for the first write of a first sync, which reads and judges everything
before, and, as a factor of a start, for one of the storm: a process at rest writes nothing."""
FIRST_SYNC, STORM = "first sync", "storm"


class Undisturbed(Struct, frozen=True):
    """What is to be seen after the first sync and after the storm when nobody is killed, and who was mailed."""

    first: Picture
    last: Picture
    first_mails: Counter[str]
    mails: Counter[str]


class Editor:
    """People who edit while the service runs: edits are released a few at a time, and done at random moments."""

    def __init__(self, stage: Stage, edits: Sequence[Edit], dice: Random, pause: float) -> None:
        self._stage, self._dice, self._pause = stage, dice, pause
        self._waiting = list(edits)
        self._released: Queue[Edit] = Queue()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._edit, daemon=True)
        self.failure = ""
        self._thread.start()

    def release(self, count: int) -> None:
        """Let so many more be done."""
        for _ in range(min(count, len(self._waiting))):
            self._released.put(self._waiting.pop(0))

    def finish(self) -> None:
        """Let all be done, and wait for it. Raises Stuck where one was refused."""
        self.release(len(self._waiting))
        self._done.set()
        self._thread.join()
        if self.failure:
            raise Stuck(f"an edit could not be done: {self.failure}")

    def _edit(self) -> None:
        while not (self._done.is_set() and self._released.empty()):
            try:
                edit = self._released.get(timeout=0.1)
            except Empty:
                continue
            time.sleep(self._dice.uniform(0, 2 * self._pause))
            try:
                self._stage.edit([edit], ANN)
            except (RuntimeError, StopIteration, OSError) as error:
                self.failure = f"{edit}: {error!r}"


class Killing:
    """This part of the test, on one world. `template` is a connected home with nobody in it; `start` is how many seconds a
    process takes to its first request here."""

    def __init__(
        self, stage: Stage, template: Home, events: int, seed: int, findings: Findings, say: Callable[[str], None]
    ) -> None:
        self.stage, self.template, self.findings, self.say = stage, template, findings, say
        self.events = events
        self.dice = Random(f"kills {seed}")
        self.edits = storm(events, max(12, events // 5), seed)
        self.start = 1.0

    def _fresh(self, name: str) -> Home:
        self.stage.fill(self.events)
        folder = self.template.folder.with_name(name)
        shutil.rmtree(folder, ignore_errors=True)
        return self.template.copy(folder, ANN, self.stage)

    def undisturbed(self) -> Undisturbed:
        """The same, with nobody killed. Raises Stuck."""
        home = self._fresh("undisturbed")
        began = time.monotonic()
        running = home.run()
        until(lambda: self.stage.requests()[0] > 0 or not running.lives, "a first request", pause=0.02)
        self.start = time.monotonic() - began
        settled(home, running, self.stage, ANN)
        first, first_mails = self.stage.picture(ANN), self.stage.mails()
        editor = Editor(self.stage.another(), self.edits, Random("undisturbed"), 0.05)
        editor.finish()
        settled(home, running, self.stage, ANN)
        self._stopped(running, "undisturbed")
        rested(home, "undisturbed", self.findings)
        return Undisturbed(first, self.stage.picture(ANN), first_mails, self.stage.mails())

    def killed(self, kills: int, wanted: Undisturbed) -> None:
        """Half of the kills in first syncs, as many as it takes; the rest in a storm after the last of them. Raises Stuck."""
        left = kills - kills // 2
        while True:
            home = self._fresh("killed")
            self.findings.first_syncs += 1
            left -= self._first_sync(home, left, wanted)
            if left <= 0:
                break
        self._storm(home, kills // 2, wanted)
        for where in (FIRST_SYNC, STORM):
            if kills >= ENOUGH and not self.findings.kills[f"{where}, while writing"]:
                self.findings.wrong(where, "no kill fell while something was being written, so that nothing is proved")

    def _first_sync(self, home: Home, most: int, wanted: Undisturbed) -> int:
        self.stage.delay(DELAY)
        done = 0
        while done < most and (home.open_intents or self.stage.alone(ANN)):
            self._one(home, FIRST_SYNC)
            done += 1
        where = f"first sync {self.findings.first_syncs}"
        self._at_rest(home, where)
        compared(wanted.first, self.stage.picture(ANN), where, self.findings)
        mailed(wanted.first_mails, self.stage.mails(), where, self.findings)
        return done

    def _storm(self, home: Home, kills: int, wanted: Undisturbed) -> None:
        self.stage.delay(DELAY)
        editor = Editor(self.stage.another(), self.edits, self.dice, 0.25)
        for number in range(kills):
            editor.release(-(-len(self.edits) * (number + 1) // kills) - -(-len(self.edits) * number // kills))
            self._one(home, STORM)
        editor.finish()
        self.findings.edits = len(self.edits)
        self._at_rest(home, "storm")
        compared(wanted.last, self.stage.picture(ANN), "storm", self.findings)
        mailed(wanted.mails, self.stage.mails(), "storm", self.findings)

    def _at_rest(self, home: Home, where: str) -> None:
        self.stage.delay(0)
        self.stage.let_pass(LATE)
        running = home.run()
        self.findings.restarts += 1
        settled(home, running, self.stage, ANN)
        self._stopped(running, where)
        rested(home, where, self.findings)

    def _stopped(self, running: Running, where: str) -> None:
        ended = running.process.poll()
        if ended is not None or running.stop():
            self.findings.wrong(where, f"`twincal run` ended by itself or badly: {running.said.strip()[-300:]}")

    def _one(self, home: Home, where: str) -> None:
        """Start, kill, and see where it fell; now and then time passes before the next start."""
        self.stage.forget_requests()
        before = home.open_intents
        running = home.run()
        self.findings.restarts += 1
        self._moment(home, running, PLANNED if where == FIRST_SYNC else WROTE * self.start)
        ended = running.kill()
        requests, writes = self.stage.requests()
        phase = _phase(requests, writes, before, home.open_intents)
        self.findings.kills[f"{where}, {phase}"] += 1
        if self.findings.kills.total() % 20 == 0:
            self.say(f"{self.findings.kills.total()} so far, in the {where} ...")
        if ended is not None:
            self.findings.wrong(where, f"`twincal run` ended by itself with {ended}: {running.said.strip()[-300:]}")
        if self.dice.random() < 0.5:
            time.sleep(2 * DELAY / 1000)  # what is on its way arrives before the vendors' clock goes on
            self.stage.let_pass(LATE)

    def _moment(self, home: Home, running: Running, longest: float) -> None:
        kind = self.dice.choice(("start", "read", "write", "write"))
        if kind == "start":
            time.sleep(self.dice.uniform(0.02, self.start))
            return
        until(lambda: self.stage.requests()[0] > 0 or not running.lives, "a first request", pause=0.02, longest=STARTED)
        if kind == "write":
            with suppress(Stuck):
                until(lambda: home.open_intents > 0 or not running.lives, "a write", pause=0.02, longest=longest)
        time.sleep(self.dice.uniform(0, 0.8 if kind == "read" else 0.5 + 2 * DELAY / 1000))


def _phase(requests: int, writes: int, before: int, after: int) -> str:
    """Where a kill fell, by what was sent since the start, and which intents were open then and are now."""
    if not requests:
        return "while starting" if not before else "while starting, with writes open"
    if not writes:
        return "while settling what was open" if before else ("with the plan written down" if after else "while reading")
    return "while writing" if after else "after writing"


def scratch(folder: Path, stage: Stage) -> Home:
    """The connected home that the others are copied from. Raises Stuck."""
    home = Home(folder / "template", stage)
    home.connect()
    return home
