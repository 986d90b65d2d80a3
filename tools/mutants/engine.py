"""Every planted bug in turn, in a process of its own: who finds it, and how long that takes."""

import contextlib
import io
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from types import FrameType

import pytest
from msgspec import Struct

from tests.simulation.wire.week import played
from tests.simulation.world import World
from tools.mutants.patches import WEEKS, WORLDS, Bug, planted
from tools.simulate.middle import tapes_of

SEEDS = 400
WEEKS_TRIED = 12
"""A week over the protocols takes a hundred times as long as a world."""
BUDGET = 240.0
"""Seconds of one core that are spent on a bug before it counts as alive."""
A_WORLD, A_WEEK = 20.0, 120.0
"""Seconds of one core after which a world or week counts as endless: a bug may make it so."""


class Trial(Struct, frozen=True, kw_only=True):
    """What became of a bug. `found_by` is the invariant or the test; empty while it lives. `tried` counts seeds, `tainted`
    those that fail without the bug too and so say nothing about it."""

    name: str
    found_by: str = ""
    seed: int | None = None
    tried: int = 0
    tainted: tuple[int, ...] = ()
    seconds: float = 0.0


class Endless(Exception):
    """It goes on and on."""


def trials(bugs: Sequence[Bug], seeds: int, jobs: int | None = None) -> Iterator[Trial]:
    """Try the bugs on all cores; the results as they come."""
    os.environ["TWINCAL_LOG_LEVEL"] = "error"
    with get_context("fork").Pool(jobs or len(os.sched_getaffinity(0)), maxtasksperchild=1) as pool:
        yield from pool.imap_unordered(_tried, [(bug, seeds) for bug in bugs], chunksize=1)


def _tried(task: tuple[Bug, int]) -> Trial:
    return tried(*task)


def tried(bug: Bug, seeds: int) -> Trial:
    """Look for one bug where it should be found. Raises Lost where the code that it changes is not there."""
    began = time.process_time()
    if bug.seen_by == WORLDS:
        trial = _sought(bug, a_world, range(seeds), began)
    elif bug.seen_by == WEEKS:
        trial = _sought(bug, a_week, range(min(seeds, WEEKS_TRIED)), began)
    else:
        trial = _tested(bug)
    return Trial(
        name=bug.name,
        found_by=trial.found_by,
        seed=trial.seed,
        tried=trial.tried,
        tainted=trial.tainted,
        seconds=time.process_time() - began,
    )


def _sought(bug: Bug, played_by: Callable[[int], str], seeds: Sequence[int], began: float) -> Trial:
    tainted: list[int] = []
    count = 0
    for count, seed in enumerate(seeds, 1):
        with planted(bug):
            violation = played_by(seed)
        if violation and played_by(seed):
            tainted.append(seed)
        elif violation:
            return Trial(name=bug.name, found_by=violation, seed=seed, tried=count, tainted=tuple(tainted))
        if time.process_time() - began > BUDGET:
            break
    return Trial(name=bug.name, tried=count, tainted=tuple(tainted))


def a_world(seed: int) -> str:
    """What is wrong in this world; empty when nothing is."""
    return _ended(lambda: World(tapes_of(seed)).play().violation, A_WORLD)


def a_week(seed: int) -> str:
    """What is wrong in this week; empty when nothing is."""
    return _ended(lambda: "; ".join(played(seed).violations[:1]), A_WEEK)


def _ended(play: Callable[[], str], seconds: float) -> str:
    """What a play tells, or how it broke down: a world that cannot be played to its end is a violation too."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Endless

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return play()
    except Endless:
        return f"does not end within {seconds:.0f} s"
    except Exception as error:
        return f"breaks off: {type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _tested(bug: Bug) -> Trial:
    with planted(bug):
        failed = not passes(bug.seen_by)
    if failed and not passes(bug.seen_by):
        return Trial(name=bug.name, tried=1, tainted=(0,))
    return Trial(name=bug.name, found_by=bug.seen_by if failed else "", tried=1)


def passes(node: str) -> bool:
    """Does this test pass? Raises RuntimeError where there is no such test, or it is left out."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        code = pytest.main(["-q", "-n0", "-x", "-p", "no:cacheprovider", "--no-header", "--tb=no", node])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or (" passed" not in told.getvalue() and code == 0):
        raise RuntimeError(f"{node} cannot be asked: {told.getvalue().strip()[-300:]}")
    return code == pytest.ExitCode.OK
