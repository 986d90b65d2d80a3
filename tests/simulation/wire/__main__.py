"""`python -m tests.simulation.wire [--seed N] [--worlds N]`: weeks on all cores; exit code 1 when a promise was broken."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing import Pool

from tests.simulation.wire.week import Week, played

COUNTED = ("mailbox_days", "deeds", "edits", "rounds", "deaths", "writes", "requests")


def main() -> int:
    """Play the weeks and print what came of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.wire", description="Simulated weeks of a company of five.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worlds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args()
    began = time.monotonic()
    weeks = []
    with Pool(given.jobs) as pool:
        for week in pool.imap_unordered(played, range(given.seed, given.seed + given.worlds)):
            weeks.append(week)
            if week.violations:
                print(f"seed {week.seed}:", *week.violations, *week.story, sep="\n  ", flush=True)
    broken = sum(1 for week in weeks if week.violations)
    told(weeks)
    print(f"{given.worlds} weeks in {time.monotonic() - began:.0f} s; {broken} broken; digest {_digest(weeks):08x}")
    return 1 if broken else 0


def told(weeks: Sequence[Week]) -> None:
    """The figures of all weeks together."""
    print(", ".join(f"{sum(getattr(week, name) for week in weeks)} {name.replace('_', '-')}" for name in COUNTED))
    print(f"most cycles to rest: {max(week.cycles_to_rest for week in weeks)}")
    faults = sum((Counter(week.faults) for week in weeks), Counter[str]())
    print("faults, as they struck: " + "; ".join(f"{name} {count}" for name, count in sorted(faults.items(), key=_number)))
    classes = {int(name[1:].partition(" ")[0]) for name in faults}
    print(f"classes: {', '.join(f'F{number}' for number in sorted(classes))}")
    print("rules reached: " + " ".join(sorted(set[str]().union(*(week.reached for week in weeks)))))


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
