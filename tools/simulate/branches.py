"""Which branches of the executor, the recovery and the connectors no world and no week took, and what takes them instead:
a direct test, or nothing for a reason that is written down in `reasons.py`."""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import coverage
import pytest
from coverage.python import PythonFileReporter

from tests.simulation.wire.week import played as week_played
from tests.simulation.world import World, drawn
from tools.simulate.reasons import DIRECT, REASONS, Branch

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "twincal"
WATCHED = ("engine/execute.py", "engine/recover.py", "engine/cycle.py", "engine/observe.py", "connectors/**/*.py")
WORLDS, WEEKS = 400, 6

Arc = tuple[int, int]


class Part(NamedTuple):
    """One watched file: its text, how many branches it has, and those not taken, by the lines they lead from and to."""

    path: Path
    branches: int
    missing: frozenset[Arc]

    def branch(self, arc: Arc) -> tuple[str, str, str]:
        """The function, the line and the line that it would lead to, as text."""
        text = self.path.read_text(encoding="utf-8")
        start, end = arc
        around = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                  and node.lineno <= start <= (node.end_lineno or start)]  # fmt: skip
        lines = text.splitlines()
        function = max(around, key=lambda node: node.lineno).name if around else ""
        return function, lines[start - 1].strip(), lines[end - 1].strip() if end > 0 else "end"


def tell(seed: int) -> int:
    """Play some worlds and weeks, then the direct tests; print what was never taken. How many branches nothing explains."""

    def weather() -> None:
        for number in range(seed, seed + WORLDS):
            World(drawn(number)).play()
        for number in range(seed, seed + WEEKS):
            week_played(number)

    print(f"\nbranches not taken in {WORLDS} worlds and {WEEKS} weeks, from seed {seed}:", flush=True)
    return explained(SOURCE, WATCHED, weather, [str(ROOT / one) for one in DIRECT], REASONS)


def explained(source: Path, watched: Iterable[str], weather: Callable[[], None], direct: Sequence[str],
              reasons: Mapping[Branch, str]) -> int:  # fmt: skip
    """Print, for every branch that the weather left out, the test that takes it or the reason; how many things are wrong."""
    files = sorted({path for pattern in watched for path in source.glob(pattern)})
    parts = _left(files, weather)
    takers, failed = _takers(parts, direct)
    unexplained, unused = 0, set(reasons)
    for part in parts:
        name = part.path.relative_to(source).as_posix()
        if part.branches:
            print(f"  {name:<42}{part.branches - len(part.missing):>4} of {part.branches}")
        for arc in sorted(part.missing):
            branch = Branch(name, *part.branch(arc))
            why = takers.get((part.path, arc)) or reasons.get(branch) or "NOT EXPLAINED"
            if (part.path, arc) not in takers:
                unused.discard(branch)
                unexplained += branch not in reasons
            print(f"    {branch.function}: {branch.line} → {branch.then}\n        {why}")
    for branch in sorted(unused):
        print(f"a reason for what is taken, or is not there any more: {': '.join(branch)}")
    if failed:
        print("the direct tests failed")
    print(f"not reached and not explained: {unexplained or 'none'}")
    return unexplained + len(unused) + failed


def _left(files: Sequence[Path], weather: Callable[[], None]) -> list[Part]:
    """What the weather leaves out of every file, those included that it never comes to."""
    watch = _watch(files)
    watch.start()
    try:
        weather()
    finally:
        watch.stop()
    parts = []
    for path in files:
        analysis = watch._analyze(str(path))
        missing = frozenset((start, end) for start, ends in analysis.missing_branch_arcs().items() for end in ends)
        parts.append(Part(path, analysis.numbers.n_branches, missing))
    return parts


def _takers(parts: Sequence[Part], direct: Sequence[str]) -> tuple[dict[tuple[Path, Arc], str], bool]:
    """For every missing branch that a direct test takes, a test that does; and did a test fail."""
    watch = _watch([part.path for part in parts])
    watch.start()
    try:
        quiet = ["-c", str(ROOT / "pyproject.toml"), "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist"]
        failed = bool(pytest.main([*quiet, *direct], plugins=[_ByTest(watch)]))
    finally:
        watch.stop()
    data = watch.get_data()
    translated = {part.path: PythonFileReporter(str(part.path), watch).translate_arcs for part in parts}
    takers: dict[tuple[Path, Arc], str] = {}
    for test in sorted(data.measured_contexts()):
        data.set_query_context(test)
        for part in parts:
            for arc in part.missing & translated[part.path](data.arcs(str(part.path)) or []):
                takers.setdefault((part.path, arc), test)
    return takers, failed


def _watch(files: Sequence[Path]) -> coverage.Coverage:
    return coverage.Coverage(branch=True, include=[str(path) for path in files], data_file=None, config_file=False)


class _ByTest:
    """Makes what is taken known by the test that takes it."""

    def __init__(self, watch: coverage.Coverage) -> None:
        self.watch = watch

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.watch.switch_context(nodeid)
