"""What every test may use: the shared calendar data, and how hypothesis searches."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("ci", patient, derandomize=True)
settings.register_profile("explore", patient, max_examples=2_000)
settings.load_profile(os.environ.get("TWINCAL_HYPOTHESIS", "ci"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The clone."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with recorded data, beside the clone or where TWINCAL_SHARED says; without it the test skips."""
    folder = Path(os.environ.get("TWINCAL_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"NOT TESTED: {folder} is absent; set TWINCAL_SHARED to the folder with the recorded data")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the last lines what was left out for want of data: a quiet skip reads like a pass."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "NOT TESTED" in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} tests did NOT run: the recorded data is absent (TWINCAL_SHARED).")
