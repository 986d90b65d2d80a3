"""Each calendar imported and synced once; every test then makes its own changes and looks for nothing but them."""

import asyncio
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.real.calendars import CASES, Case
from tests.real.clouds import Seen
from tests.real.expansion import expanded
from tests.real.stage import WINDOW, Stage
from twincal.engine.history import Row
from twincal.engine.report import Report


@dataclass(frozen=True)
class Rehearsed:
    """A calendar after its first sync: both sides and the history as they were then."""

    case: Case
    stage: Stage
    report: Report
    history: list[Row]
    exchange: dict[str, Seen]
    salesforce: dict[str, Seen]


@pytest.fixture(scope="session", params=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    """A calendar whose file is there."""
    found = CASES[request.param]
    found.text()
    return found


@pytest.fixture(scope="session")
def rehearsed(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsed]:
    """Imported, connected, synced."""
    stage = Stage(tmp_path_factory.mktemp("real") / "home")
    try:
        yield asyncio.run(_rehearsed(stage, case))
    finally:
        stage.sandbox.stop()


async def _rehearsed(stage: Stage, case: Case) -> Rehearsed:
    stage.fill(case.text(), time_zone=case.time_zone)
    await stage.connect()
    report = await stage.sync()
    return Rehearsed(case, stage, report, await stage.history(), stage.exchange(), stage.salesforce())


@pytest.fixture(scope="session")
def expander(case: Case) -> tuple[Counter[Seen], dict[str, str]]:
    """What the independent expander finds in the file inside the window, and what it cannot read."""
    with warnings.catch_warnings(action="ignore"):
        return expanded(case.text(), WINDOW, case.time_zone)
