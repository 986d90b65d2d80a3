"""`python -m tests.simulation.wire [--seed N] [--worlds N]`: weeks on all cores; exit code 1 when a promise was broken."""

import argparse
import os
import sys
import time
from multiprocessing import Pool

from tests.simulation.wire.week import Week, played


def main() -> int:
    """Play the weeks and print what came of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.wire", description="Simulated weeks of a company of five.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worlds", type=int, default=10)
    given = parser.parse_args()
    os.environ["TWINCAL_LOG_LEVEL"] = "error"
    began = time.monotonic()
    total = Week(seed=given.seed)
    broken = 0
    with Pool() as pool:
        for week in pool.imap_unordered(played, range(given.seed, given.seed + given.worlds)):
            for name in ("rounds", "requests", "struck", "deaths", "deeds", "writes"):
                setattr(total, name, getattr(total, name) + getattr(week, name))
            if week.violations:
                broken += 1
                print(f"seed {week.seed}:", *week.violations, *week.story, sep="\n  ")
    print(
        f"{given.worlds} weeks of five people in {time.monotonic() - began:.0f} s: {total.deeds} deeds, {total.rounds} rounds, "
        f"{total.deaths} deaths, {total.writes} writes, {total.requests} requests, {total.struck} struck; {broken} broken"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
