"""`twincal run`, stopped still for longer than its lease: another process takes over, and the first may not write any more.

The frozen process keeps the lock of the directory, and the lease (ADR 6) decides: while it runs, nobody else gets in; when it
has run out, another takes over with the next epoch; who wakes up after that is told so, and ends.
"""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

from msgspec import Struct

from tools.kills.findings import Findings
from tools.kills.processes import LEASE, Home, Running, Stuck, until
from tools.kills.resting import compared, mailed, rested, settled
from tools.kills.stage import Picture, Stage, mailbox_of
from tools.kills.world import storm

AT_ONCE = 5
"""Homes whose processes are frozen side by side, since most of the time is spent waiting."""
MOST_EVENTS, EDITS = 120, 12
DELAY = 300
REFUSED, TAKEN_OVER = "is in use by another Twincal process", "has taken over"
HELD = "has to go on or be ended"


class Calm(Struct, frozen=True):
    """What is to be seen of one person's calendars when nobody is frozen."""

    picture: Picture
    mails: Counter[str]


class Freezing:
    """This part of the test: people with the same calendars and edits, a home for each, frozen at moments of their own."""

    def __init__(
        self, stage: Stage, template: Home, events: int, seed: int, findings: Findings, say: Callable[[str], None]
    ) -> None:
        self.stage, self.template, self.findings, self.say = stage, template, findings, say
        self.events, self.seed = min(events, MOST_EVENTS), seed
        self.edits = storm(self.events, EDITS, seed)

    def undisturbed(self) -> Calm:
        """The same with nobody frozen. Raises Stuck."""
        self.stage.fill(self.events)
        home = self._home("calm", 0, self.stage)
        rested(home, "undisturbed, nobody frozen", self.findings)
        self.stage.edit(self.edits, mailbox_of(0))
        rested(home, "undisturbed, nobody frozen", self.findings)
        return Calm(self.stage.picture(mailbox_of(0)), _mails_of(self.stage, mailbox_of(0)))

    def _home(self, name: str, person: int, stage: Stage) -> Home:
        return self.template.copy(self.template.folder.with_name(name), mailbox_of(person), stage)

    def frozen(self, freezes: int, wanted: Calm) -> None:
        """So many freezes, a few at once. Raises Stuck."""
        self.stage.fill(self.events, people=freezes)
        self.stage.delay(DELAY)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                list(pool.map(lambda person: self._guarded(person, wanted), range(freezes)))
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
                self.template.end_all()
                raise

    def _guarded(self, person: int, wanted: Calm) -> None:
        try:
            self._one(person, wanted)
        except Stuck as stuck:
            self.findings.wrong(f"freeze {person + 1}", str(stuck))
        self.say(f"{self.findings.freezes.total()} freezes so far, {len(self.findings.mismatches)} mismatches ...")

    def _one(self, person: int, wanted: Calm) -> None:
        stage, where, mailbox = self.stage.another(), f"freeze {person + 1}", mailbox_of(person)
        home = self._home(f"frozen{person}", person, stage)
        dice = Random(f"freeze {self.seed} {person}")
        first = home.run()
        self._begin(home, first, person, stage, dice)
        first.freeze()
        before = home.open_intents
        kind = "in a first sync" if person % 2 == 0 else "after edits"
        second = self._second(home, person, stage, dice, where)
        if second.lives:
            kind += ", with writes open" if before else ", with nothing open"
            self._replaced(first, second, home, person, stage, wanted, where)
        else:
            kind += ", in a transaction: nobody can take over"
            self._held(first, second, home, person, stage, where)
        self.findings.freezes[kind] += 1
        rested(home, where, self.findings)
        compared(wanted.picture, stage.picture(mailbox), where, self.findings)
        mailed(_as_of(wanted.mails, mailbox), _mails_of(stage, mailbox), where, self.findings)

    def _replaced(self, first: Running, second: Running, home: Home, person: int, stage: Stage, wanted: Calm, where: str) -> None:
        """Another process has taken over, and brings both calendars to rest; then the frozen one wakes up."""
        mailbox = mailbox_of(person)
        self._rest_of_the_edits(home, second, person, stage)
        until(
            lambda: stage.picture(mailbox) == wanted.picture, "the end of what the second process had to do", pause=1, longest=300
        )
        while_there = person % 4 < 2
        if not while_there:
            self._stopped(second, where)
        self._awake(first, stage, mailbox, where)
        if while_there:
            self._stopped(second, where)

    def _held(self, first: Running, second: Running, home: Home, person: int, stage: Stage, where: str) -> None:
        """The frozen one stands in the midst of a transaction, so that the database is its own until it goes on."""
        if HELD not in " ".join(second.said.split()):
            self.findings.wrong(where, f"nobody could take over after the lease: {second.said.strip()[-300:]}")
        first.thaw()
        self._rest_of_the_edits(home, first, person, stage)
        self._stopped(first, where)

    def _rest_of_the_edits(self, home: Home, running: Running, person: int, stage: Stage) -> None:
        settled(home, running, stage, mailbox_of(person))
        if person % 2 == 0:
            stage.edit(self.edits, mailbox_of(person))
            settled(home, running, stage, mailbox_of(person))

    def _begin(self, home: Home, first: Running, person: int, stage: Stage, dice: Random) -> None:
        """Up to the moment of the freeze: in the middle of a first sync, or soon after people have edited."""
        mailbox, half = mailbox_of(person), len(self.edits) // 2
        if person % 2 == 0:
            until(lambda: home.open_intents > 0 or not first.lives, "a plan", pause=0.02)
        else:
            settled(home, first, stage, mailbox)
            stage.edit(self.edits[:half], mailbox)
        time.sleep(dice.uniform(0, 1.2))

    def _second(self, home: Home, person: int, stage: Stage, dice: Random, where: str) -> Running:
        """Others are refused while the lease runs, and people go on editing; the one that begins after its end, or the first
        that is not refused."""
        ends = home.lease_until
        other = self._other(home, ends, where)
        time.sleep(dice.uniform(0, max(0.0, ends - time.time() - 20)))
        if person % 2:
            stage.edit(self.edits[len(self.edits) // 2 :], mailbox_of(person))
        if not other.lives and time.time() < ends - 10:
            other = self._other(home, ends, where)
        if other.lives:
            return other
        time.sleep(max(0.0, ends - time.time()) + 0.5)
        return self._other(home, ends, where)

    def _other(self, home: Home, ends: float, where: str) -> Running:
        """Another process on the same home: it ends with a sentence, unless the lease had run out when it got in."""
        other = home.run()
        until(lambda: other.works or not other.lives, "an answer whether the home is free")
        if other.works and home.lease_until - LEASE < ends:
            self.findings.wrong(where, "another process got in while the lease ran")
        words = " ".join(other.said.split())
        if not other.works and REFUSED not in words and HELD not in words:
            self.findings.wrong(where, f"refused with other words: {words[-300:]}")
        return other

    def _awake(self, first: Running, stage: Stage, mailbox: str, where: str) -> None:
        """The frozen one goes on: it ends with a sentence, and not a version of any item has changed."""
        before = stage.state(mailbox)
        first.thaw()
        code, words = first.ends(), " ".join(first.said.split())
        if code != 2 or TAKEN_OVER not in words:
            self.findings.wrong(where, f"the process that woke up ended with {code}: {words[-300:]}")
        if stage.state(mailbox) != before:
            self.findings.wrong(where, "the process that woke up wrote")

    def _stopped(self, running: Running, where: str) -> None:
        if running.process.poll() is not None or running.stop():
            self.findings.wrong(where, f"the process that took over ended badly: {running.said.strip()[-300:]}")


def _mails_of(stage: Stage, mailbox: str) -> Counter[str]:
    return Counter({mail: count for mail, count in stage.mails().items() if f" from {mailbox} " in mail})


def _as_of(mails: Counter[str], mailbox: str) -> Counter[str]:
    return Counter({mail.replace(mailbox_of(0), mailbox): count for mail, count in mails.items()})
