"""Which branches of the executor, the recovery and the connectors no world and no week has taken: blind spots of the weather."""

from pathlib import Path

import coverage

from tests.simulation.wire.week import played as week_played
from tests.simulation.world import World, drawn

ROOT = Path(__file__).parents[2]
WATCHED = ("src/twincal/engine/execute.py", "src/twincal/engine/recover.py", "src/twincal/engine/cycle.py",
           "src/twincal/engine/observe.py", "src/twincal/connectors/*")  # fmt: skip
WORLDS, WEEKS = 400, 6
EXPLAINED = {
    "connectors/clocks.py": "`doctor` compares clocks: tests/cli/test_doctor.py",
    "connectors/mail.py": "daily reports: tests/web/test_daily_report.py",
    "connectors/memory.py": "the calendars of tier b are this file themselves",
    "connectors/transport.py": "sockets: weeks ask the servers in-process; tests/connectors/test_transport.py, ./dev kills",
    "connectors/graph/doctor.py": "`doctor`: tests/cli/test_doctor.py",
    "connectors/salesforce/doctor.py": "`doctor`: tests/cli/test_doctor.py",
    "connectors/graph/html.py": "bodies: tests/connectors/test_html.py, tests/fuzz",
    "connectors/graph/zones.py": "zones: tests/connectors/test_zones.py",
}
"""Files whose branches are tried elsewhere, and where."""


def tell(seed: int) -> None:
    """Play some worlds and weeks under `coverage` and print what was never taken."""
    watch = coverage.Coverage(branch=True, include=[str(ROOT / one) for one in WATCHED], data_file=None)
    watch.start()
    for number in range(seed, seed + WORLDS):
        World(drawn(number)).play()
    for number in range(seed, seed + WEEKS):
        week_played(number)
    watch.stop()
    print(f"\nbranches in {WORLDS} worlds and {WEEKS} weeks, from seed {seed}:")
    for path in sorted(watch.get_data().measured_files()):
        analysis = watch._analyze(path)
        name = Path(path).relative_to(ROOT / "src" / "twincal").as_posix()
        numbers = analysis.numbers
        if not numbers.n_branches:
            continue
        taken = numbers.n_branches - numbers.n_missing_branches
        missing = [f"{start}→{end if end > 0 else 'end'}" for start, ends in sorted(analysis.missing_branch_arcs().items())
                   for end in ends]  # fmt: skip
        about = f"  ({EXPLAINED[name]})" if name in EXPLAINED else f"  never: {' '.join(missing)}" if missing else ""
        print(f"  {name:<42}{taken:>4} of {numbers.n_branches}{about}")
