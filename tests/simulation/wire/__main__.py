"""`python -m tests.simulation.wire [--seed N] [--worlds N]`: weeks on all cores. Exit code 1 when a promise was broken, when a
week was another one the second time, or when so many weeks left a class of faults out."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing import Pool

from msgspec import Struct

from tests.simulation.wire.week import Week, played

COUNTED = {
    "mailbox_days": "mailbox-days", "cycles": "cycles", "writes": "writes", "edits": "user edits", "deaths": "processes killed",
    "deeds": "deeds", "requests": "requests of either side",
}  # fmt: skip
CONFLICTS = ("concurrent_edits", "spurious_conflicts")
TWICE = 20
"""Every so-manieth week is played twice and has to be the same."""
LONG_ENOUGH = 100
"""From so many weeks on every class of faults has to have struck."""
CLASSES = tuple(f"F{number}" for number in range(1, 35))


class Played(Struct, frozen=True):
    """A week, whether it came out the same when it was played again, and the processor's time it took, in seconds."""

    week: Week
    steady: bool
    busy: float


def main() -> int:
    """Play the weeks and print what came of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.wire", description="Simulated weeks of a company of five.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worlds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args()
    began = time.monotonic()
    done = []
    with Pool(given.jobs) as pool:
        for one in pool.imap_unordered(tried, range(given.seed, given.seed + given.worlds)):
            done.append(one)
            if one.week.violations:
                print(f"seed {one.week.seed}:", *one.week.violations, *one.week.story, sep="\n  ", flush=True)
    print(f"tier c: {given.worlds} weeks in {time.monotonic() - began:.0f} s; digest {_digest([one.week for one in done]):08x}")
    return 1 if told(done) else 0


def tried(seed: int) -> Played:
    """One week, or the same week twice."""
    began = time.process_time()
    week = played(seed)
    busy = time.process_time() - began
    steady = seed % TWICE != 0 or played(seed).digest == week.digest
    return Played(week, steady, busy)


def told(done: Sequence[Played]) -> int:
    """The figures of all weeks together; how many things were wrong."""
    weeks = [one.week for one in done]
    total = {name: sum(getattr(week, name) for week in weeks) for name in (*COUNTED, "steps", *CONFLICTS)}
    print(f"  {total['steps']:,} steps, {total['steps'] / max(0.001, sum(one.busy for one in done)):,.0f} a second and core")
    print("  " + ", ".join(f"{total[name]:,} {text}" for name, text in COUNTED.items()))
    print(f"  most cycles to rest {max(week.cycles_to_rest for week in weeks)}")
    concurrent, spurious = (total[name] for name in CONFLICTS)
    thousand = 1_000 * spurious / max(1, concurrent)
    print(f"  {concurrent:,} concurrent edits, {spurious:,} spurious conflicts ({thousand:.1f} per 1,000)")
    faults = sum((Counter(week.faults) for week in weeks), Counter[str]())
    print("  faults: " + "; ".join(f"{name} {count:,}" for name, count in sorted(faults.items(), key=_number)))
    print("  reached: " + ", ".join(sorted(set[str]().union(*(week.reached for week in weeks)))))
    missing = [name for name in CLASSES if not any(fault.startswith(f"{name} ") for fault in faults)]
    print(f"  classes that never struck: {', '.join(missing) or 'none'}")
    broken = sorted(week.seed for week in weeks if week.violations)
    unsteady = sorted(one.week.seed for one in done if not one.steady)
    print(f"  not the same the second time: {unsteady or 'none'}; broken: {broken or 'none'}")
    return len(broken) + len(unsteady) + (len(missing) if len(done) >= LONG_ENOUGH else 0)


def _number(one: tuple[str, int]) -> tuple[int, str]:
    return int(one[0][1:].partition(" ")[0]), one[0]


def _digest(weeks: Sequence[Week]) -> int:
    """A number for everything that happened, whatever the order in which the weeks were played."""
    total = 0
    for week in weeks:
        total = (total + week.digest * (week.seed + 1)) & 0xFFFFFFFF
    return total


if __name__ == "__main__":
    sys.exit(main())
