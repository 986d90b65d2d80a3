"""Every planted bug in turn, in a process of its own: who finds it, and how long that takes."""

import contextlib
import io
import os
import re
import signal
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from multiprocessing import get_context
from types import FrameType

import pytest
from msgspec import Struct
from msgspec.structs import replace

from tests.simulation.world import World
from tools.mutants.patches import WORLDS, Bug, planted
from tools.simulate.middle import tapes_of

EXPLAINED = 8
"""A bug of which the row says why nobody finds it is sought in so much fewer worlds: the reason counts, the worlds confirm it."""
A_WORLD = 20.0
"""Seconds of one core after which a world counts as endless: a bug may make it so."""
LOADED_ONCE = ("twincal.wiring", "twincal.sandbox.serve", "twincal.web.app", "hypothesis", "pytest_asyncio")
"""What nearly every direct test loads; the processes of the trials find it loaded."""


INVARIANT = re.compile(r"[SL]\d+: ")
"""How a violation begins."""


class Trial(Struct, frozen=True, kw_only=True):
    """What became of a bug. `found_by` is the invariant or the test; empty while it lives. `tried` counts seeds, `tainted`
    those that fail without the bug too and so say nothing about it."""

    name: str
    found_by: str = ""
    seed: int | None = None
    tried: int = 0
    tainted: tuple[int, ...] = ()
    seconds: float = 0.0


class Endless(BaseException):
    """It goes on and on."""


def trials(bugs: Sequence[Bug], seeds: int, jobs: int | None = None) -> Iterator[Trial]:
    """Try the bugs on all cores, each in a process of its own; the results as they come. Those that take longest begin."""
    os.environ["TWINCAL_LOG_LEVEL"] = "error"
    for name in LOADED_ONCE:
        import_module(name)
    tasks = [(bug, seeds) for bug in sorted(bugs, key=lambda bug: not bug.why_alive)]
    with get_context("fork").Pool(jobs or len(os.sched_getaffinity(0)), maxtasksperchild=1) as pool:
        yield from pool.imap_unordered(_tried, tasks, chunksize=1)


def _tried(task: tuple[Bug, int]) -> Trial:
    return tried(*task)


def tried(bug: Bug, seeds: int) -> Trial:
    """Look for one bug where it should be found. Raises Lost where the code that it changes is not there."""
    began = time.process_time()
    many = max(1, seeds // EXPLAINED) if bug.why_alive else seeds
    trial = _sought(bug, range(1, many + 1)) if bug.seen_by == WORLDS else _tested(bug)
    return replace(trial, seconds=time.process_time() - began)


def _sought(bug: Bug, seeds: Sequence[int]) -> Trial:
    """World after world, until one is broken that is not without the bug."""
    tainted: list[int] = []
    for count, seed in enumerate(seeds, 1):
        with planted(bug):
            violation = a_world(seed)
        if violation and a_world(seed):
            tainted.append(seed)
        elif violation:
            return Trial(name=bug.name, found_by=violation, seed=seed, tried=count, tainted=tuple(tainted))
    return Trial(name=bug.name, tried=len(seeds), tainted=tuple(tainted))


def a_world(seed: int) -> str:
    """Which invariant is broken in this world; empty when none is. A world that breaks off, or goes on and on, tells that
    something is wrong, but not that anybody would notice: it counts as whole."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Endless

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, A_WORLD)
    try:
        violation = World(tapes_of(seed)).play().violation
    except Endless:
        return ""
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return violation if INVARIANT.match(violation) else ""


def _tested(bug: Bug) -> Trial:
    """Without the bug first: a test that has failed may leave something behind, one that has passed does not."""
    if not passes(bug.seen_by):
        return Trial(name=bug.name, tried=1, tainted=(0,))
    with planted(bug):
        failed = not passes(bug.seen_by)
    return Trial(name=bug.name, found_by=bug.seen_by if failed else "", tried=1)


def passes(node: str) -> bool:
    """Does this test pass? Raises RuntimeError where there is no such test, or it is left out."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        code = pytest.main(["-q", "-n0", "-x", "-p", "no:cacheprovider", "--no-header", "--tb=no", node])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or (" passed" not in told.getvalue() and code == 0):
        raise RuntimeError(f"{node} cannot be asked: {told.getvalue().strip()[-300:]}")
    return code == pytest.ExitCode.OK
