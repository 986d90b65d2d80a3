"""Worlds of tier (b), spread over processes, and what came of them."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing import Pool

from msgspec import Struct
from msgspec.structs import replace

from tests.simulation.hurry import hurried
from tests.simulation.points import unreached
from tests.simulation.tapes import Tapes
from tests.simulation.world import World, drawn

HAND_OUT = 20
"""Worlds that a process is given at a time."""
TWICE = 20
"""Every so-manieth world is played twice and has to be the same."""
FAIR = 10
CLASSES = tuple(f"F{number}" for number in range(1, 35))
SUMMED = ("steps", "cycles", "writes", "edits", "kills", "concurrent_edits", "spurious_conflicts", "mailbox_days")


class Ran(Struct, kw_only=True):
    """What came of many worlds together. `busy` is processor time, in seconds."""

    worlds: int = 0
    steps: int = 0
    cycles: int = 0
    writes: int = 0
    edits: int = 0
    kills: int = 0
    concurrent_edits: int = 0
    spurious_conflicts: int = 0
    mailbox_days: float = 0.0
    cycles_to_rest: int = 0
    databases: int = 0
    busy: float = 0.0
    faults: Counter[str] = Counter()
    exemptions: Counter[str] = Counter()
    reached: set[str] = set()
    broken: list[tuple[int, str]] = []
    unsteady: list[int] = []

    @property
    def never_struck(self) -> tuple[str, ...]:
        """Classes of faults that did not strike."""
        return tuple(one for one in CLASSES if not self.faults[one])

    def add(self, other: "Ran") -> None:
        """These worlds too."""
        for name in (*SUMMED, "worlds", "databases", "busy"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.cycles_to_rest = max(self.cycles_to_rest, other.cycles_to_rest)
        self.faults += other.faults
        self.exemptions += other.exemptions
        self.reached |= other.reached
        self.broken += other.broken
        self.unsteady += other.unsteady


def tapes_of(seed: int) -> Tapes:
    """The world of a seed: every other one is in a hurry, so that people edit between a look and the writes that follow it; one
    in ten has no weather at all, where nothing excuses a conflict that nobody made."""
    tapes = hurried(drawn(seed)) if seed % 2 else drawn(seed)
    return replace(tapes, strikes=()) if seed % FAIR == FAIR - 1 else tapes


def some(seeds: range) -> Ran:
    """Play some worlds."""
    began, ran = time.process_time(), Ran(faults=Counter(), exemptions=Counter(), reached=set(), broken=[], unsteady=[])
    for seed in seeds:
        tapes = tapes_of(seed)
        came = World(tapes).play()
        for name in SUMMED:
            setattr(ran, name, getattr(ran, name) + getattr(came, name))
        ran.worlds += 1
        ran.databases += tapes.database
        ran.cycles_to_rest = max(ran.cycles_to_rest, came.cycles_to_rest)
        ran.faults.update(came.faults)
        ran.exemptions.update(came.exemptions)
        ran.reached |= came.reached
        if came.violation:
            ran.broken.append((seed, came.violation))
        if seed % TWICE == 0 and World(tapes_of(seed)).play().digest != came.digest:
            ran.unsteady.append(seed)
    ran.busy = time.process_time() - began
    return ran


def run(first: int, *, worlds: int, steps: int, jobs: int) -> Ran:
    """Worlds from a seed on, until there are so many, or until so many steps were taken; progress on standard error."""
    ran = Ran(faults=Counter(), exemptions=Counter(), reached=set(), broken=[], unsteady=[])
    with Pool(jobs) as pool:
        for part in pool.imap_unordered(some, _hands(first, worlds)):
            ran.add(part)
            for seed, violation in part.broken:
                print(f"\nseed {seed}: {violation}", file=sys.stderr, flush=True)
            if sys.stderr.isatty() or ran.worlds % (HAND_OUT * 25) == 0:
                print(
                    f"\r{ran.worlds:,} worlds, {ran.steps:,} steps, {len(ran.broken)} broken", end="", file=sys.stderr, flush=True
                )
            if (worlds and ran.worlds >= worlds) or (steps and ran.steps >= steps) or len(ran.broken) >= HAND_OUT:
                pool.terminate()
                break
    print(file=sys.stderr)
    return ran


def _hands(first: int, worlds: int) -> Iterator[range]:
    start = first
    while not worlds or start < first + worlds:
        end = min(start + HAND_OUT, first + worlds) if worlds else start + HAND_OUT
        yield range(start, end)
        start = end


def tell(ran: Ran) -> None:
    """The figures."""
    thousand = 1_000 * ran.spurious_conflicts / max(1, ran.concurrent_edits)
    print(f"tier b: {ran.worlds:,} worlds ({ran.databases:,} on SQLite), {ran.steps:,} steps, "
          f"{ran.steps / max(ran.busy, 0.001):,.0f} steps a second and core")  # fmt: skip
    print(f"  {ran.mailbox_days:,.0f} mailbox-days, {ran.cycles:,} cycles, {ran.writes:,} writes, {ran.edits:,} user edits, "
          f"{ran.kills:,} processes killed, most cycles to rest {ran.cycles_to_rest}")  # fmt: skip
    print(f"  {ran.concurrent_edits:,} concurrent edits, {ran.spurious_conflicts:,} spurious conflicts ({thousand:.1f} per 1,000)")
    print("  faults: " + ", ".join(f"{one} {ran.faults[one]:,}" for one in CLASSES if ran.faults[one]))
    if ran.exemptions:
        print("  let pass: " + ", ".join(f"{name} {count:,}" for name, count in ran.exemptions.most_common()))
    print(f"  reached: {', '.join(sorted(ran.reached))}")
    left = unreached(ran.reached)
    for reason, points in left.items():
        if reason:
            print(f"  not reached, for {reason}: {', '.join(points)}")
    print(f"  not reached and not explained: {', '.join(left.get('', ())) or 'none'}")
    print(f"  not the same the second time: {ran.unsteady or 'none'}; broken: {len(ran.broken)}")
    for seed, violation in ran.broken:
        print(f"    seed {seed}: {violation}")
