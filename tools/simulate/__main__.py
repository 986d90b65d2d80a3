"""`./dev simulate [--tier a|b|c|all] [--seed N] [--worlds N] [--steps N] [--jobs N] [--replay FILE] [--write] [--branches]`.

Tier (a) is the planner and the rules under drawn tapes, (b) the engine, the ledger and the recovery between calendars in memory,
(c) the connectors too, against the sandbox's servers, a simulated week each. Exit code 1 when a promise was broken, or when a
run that was long enough left a class of faults out, or when `--branches` finds one that nothing takes and nothing explains; 2
for wrong input.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tools.simulate import branches, middle, shrinking

LONG_ENOUGH = 1_000_000
"""From so many steps on every class of faults has to have struck."""


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for."""
    options = argparse.ArgumentParser(prog="./dev simulate", description=(__doc__ or "").splitlines()[0])
    options.add_argument("--tier", choices=["a", "b", "c", "all"], default="b", help="which tier; b unless said otherwise")
    options.add_argument("--seed", type=_natural, default=0, help="the first world's seed")
    options.add_argument("--worlds", type=_natural, default=0, help="so many worlds of tier b, or weeks of tier c")
    options.add_argument("--steps", type=_natural, default=0, help="so many steps of tier b (500,000 without --worlds)")
    options.add_argument("--jobs", type=_natural, default=os.cpu_count() or 1, help="processes; one a core")
    options.add_argument("--tapes", type=_natural, default=400, help="tapes for each promise of tier a")
    options.add_argument("--replay", type=Path, metavar="FILE", help="play one stored world again, and nothing else")
    options.add_argument("--write", action="store_true", help="store a broken world, made small, as a regression test")
    options.add_argument(
        "--branches", action="store_true", help="also tell which branches no world and no week took, and what takes them; slow"
    )
    given = options.parse_args(arguments)
    if given.replay:
        return shrinking.replayed(given.replay)
    broken = 0
    if given.tier in ("a", "all"):
        broken += rules(given.tapes, given.seed)
    if given.tier in ("b", "all"):
        broken += worlds(given)
    if given.tier in ("c", "all"):
        broken += weeks(given.seed, given.worlds or 20, given.jobs)
    if given.branches:
        broken += branches.tell(given.seed)
    return 1 if broken else 0


def worlds(given: argparse.Namespace) -> int:
    """Tier (b); how many things were wrong."""
    steps = given.steps or (0 if given.worlds else 500_000)
    ran = middle.run(given.seed, worlds=given.worlds, steps=steps, jobs=max(1, given.jobs))
    middle.tell(ran)
    for seed, violation in ran.broken[:3]:
        shrinking.told(seed, violation, write=given.write)
    missing = ran.never_struck if ran.steps >= LONG_ENOUGH else ()
    if missing:
        print(f"never struck in {ran.steps:,} steps: {', '.join(missing)}")
    return len(ran.broken) + len(ran.unsteady) + len(missing)


def weeks(seed: int, count: int, jobs: int) -> int:
    """Tier (c); 0 when no promise was broken."""
    command = [sys.executable, "-m", "tests.simulation.wire", "--seed", str(seed), "--worlds", str(count), "--jobs", str(jobs)]
    return subprocess.run(command, check=False).returncode


def rules(tapes: int, seed: int) -> int:
    """Tier (a); 0 when no promise was broken."""
    command = [sys.executable, "-m", "pytest", "-q", "tests/core/test_worlds.py", f"--hypothesis-seed={seed}"]
    print(f"tier a: {tapes} tapes for each promise", flush=True)
    return subprocess.run(command, check=False, env={**os.environ, "TWINCAL_TAPES": str(tapes)}).returncode


def _natural(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
