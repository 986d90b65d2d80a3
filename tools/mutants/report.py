"""What came of the planted bugs: a line for each on the terminal, and a row each on the page docs/planted-bugs.md."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.mutants.engine import Trial, trials
from tools.mutants.patches import WORLDS, Bug, Lost, rewritten
from tools.mutants.planted import BUGS

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "planted-bugs.md"
INTRODUCTION = """\
# Planted bugs

How far can the tests be trusted? Each row is a mistake that a sync product can make, planted into the real code as one small
change (`tools/mutants/`), and who found it: the first seed of the simulation whose invariants it broke, or the direct test
that failed. A bug that nobody finds points at a line that the oracle lacks, unless the row says why it does no harm.

*worlds*: the engine between calendars in memory; those with odd seeds are in a hurry (`tests/simulation/hurry.py`), one in
eight has a gale (`tests/simulation/weather.py`). A world that merely breaks off finds nothing. Seconds are of one core. Written
by `./dev mutants --engine --write`, with `--only NAME` row by row.
"""
HEAD = "| bug | what is wrong | found by | seed | seconds |\n|---|---|---|---|---|\n"


def told(
    *, only: str, seeds: int, write: bool, jobs: int | None = None, say: Callable[[str], object] = print, page: Path = PAGE
) -> int:
    """Try the bugs and tell what came of each; 1 when one lives unexplained, 2 when a patch no longer fits."""
    bugs = {bug.name: bug for bug in BUGS if only in bug.name}
    try:
        for bug in bugs.values():
            rewritten(bug)
    except Lost as lost:
        sys.stderr.write(f"{bug.name}: {lost}\n")
        return 2
    began, found = time.monotonic(), dict[str, Trial]()
    for trial in trials(list(bugs.values()), seeds, jobs):
        found[trial.name] = trial
        say(line(bugs[trial.name], trial))
        if write:  # row by row: who is interrupted keeps what was found
            page.write_text(written(page.read_text(encoding="utf-8"), [trial]), encoding="utf-8")
    alive = [name for name, bug in bugs.items() if not found[name].found_by and not bug.why_alive]
    killed = sum(1 for trial in found.values() if trial.found_by)
    say(f"{len(bugs)} planted bugs, {killed} found, {len(bugs) - killed - len(alive)} alive and explained, {len(alive)} alive "
        f"({time.monotonic() - began:.0f} s)" + "".join(f"\n  alive: {name}" for name in alive))  # fmt: skip
    return 1 if alive else 0


def line(bug: Bug, trial: Trial) -> str:
    """One bug on the terminal."""
    return f"{bug.name:<44.44} {outcome(bug, trial):<100.100} {trial.seconds:6.1f} s" + _tainted(trial)


def outcome(bug: Bug, trial: Trial) -> str:
    """Who found it, or how long nobody did."""
    if not trial.found_by:
        return f"ALIVE after {trial.tried} {_unit(bug)}" + (": explained" if bug.why_alive else "")
    if trial.seed is None:
        return f"killed by {trial.found_by}"
    return f"killed at seed {trial.seed} by {trial.found_by}"


def _unit(bug: Bug) -> str:
    return WORLDS if bug.seen_by == WORLDS else "test"


def _tainted(trial: Trial) -> str:
    return f"  (seeds {list(trial.tainted)} fail without it too)" if trial.tainted else ""


def written(before: str, fresh: Sequence[Trial], bugs: Sequence[Bug] = BUGS) -> str:
    """The page with what was found now in the place of what it said: a row for each bug in the order they are written down in.
    A bug that was never tried has none, and what is no bug any more loses its own."""
    rows = rows_of(before) | {trial.name: _row(_named(bugs, trial.name), trial) for trial in fresh}
    return f"{INTRODUCTION}\n{HEAD}" + "".join(rows[bug.name] for bug in bugs if bug.name in rows)


def rows_of(page: str) -> dict[str, str]:
    """The rows of a page by the name of the bug."""
    lines = page.partition(HEAD)[2].splitlines(keepends=True)
    return {line.split(" | ")[0].removeprefix("| "): line for line in lines}


def _named(bugs: Sequence[Bug], name: str) -> Bug:
    return next(bug for bug in bugs if bug.name == name)


def _row(bug: Bug, trial: Trial) -> str:
    seed = "" if trial.seed is None else str(trial.seed)
    by = trial.found_by.replace("|", "/").replace("\n", " ")
    if by and trial.seed is not None:
        by = f"{by.partition(':')[0]} ({bug.seen_by})"
    elif by:
        by = f"`{by}`"
    else:
        by = f"nobody: {bug.why_alive or f'alive after {trial.tried} {_unit(bug)}'}"
    return f"| {bug.name} | {bug.says} | {by} | {seed} | {trial.seconds:.1f} |\n"
