"""Every scenario of every page, over HTTP through both servers of the sandbox."""

from pathlib import Path
from shutil import copytree
from typing import Any

import aiohttp
import pytest

from tests.scenarios import acts, asking, outcomes, telling
from tests.scenarios.pages import Case, scenarios
from tests.scenarios.stage import ANN, Stage
from tests.scenarios.words import SENTENCES, carry_out
from twincal.core.vocabulary import Tab

CASES = [case for scenario in scenarios() for case in scenario.cases()]
VOCABULARY = (acts, asking, outcomes, telling)


def test_the_vocabulary_is_there() -> None:
    modules = {doing.__module__ for _, doing in SENTENCES}
    assert modules == {module.__name__ for module in VOCABULARY}


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_scenario(case: Case, company: tuple[aiohttp.ClientSession, dict[str, Any]], blank: Path, tmp_path: Path) -> None:
    stage = Stage(*company, Path(copytree(blank, tmp_path / "home")), dict(case.chosen))
    await stage.open()
    for step in case.steps:
        try:
            await carry_out(step.text, stage)
        except Exception as error:
            place = f"{case.scenario.page}.md:{step.line}"
            pytest.fail(f"{place}: {step.text}\n{type(error).__name__}: {error}", pytrace=not isinstance(error, AssertionError))
    await ends_well(stage)


async def ends_well(stage: Stage) -> None:
    """Whatever the story: all was counted, no mail by surprise, and a further cycle has nothing to do."""
    assert stage.counted, "the page does not say how much stands in both calendars in the end"
    sent = [(mail["kind"], mail["subject"], mail["to"]) for mail in await stage.mail() if mail["by"] == "app"]
    assert sorted(sent) == sorted(stage.expected_mail), f"because of Twincal Exchange has mailed {sent}"
    await stage.control("/weather", {"calm": True})
    await stage.pass_time()
    async with stage.twincal() as service:
        for found in await service.plan([ANN]):
            counts = found.today
            writes = [side for both in (counts.create, counts.update, counts.delete) for side in (both.exchange, both.salesforce)]
            assert not any((*writes, counts.link, counts.mail)), f"a further cycle would do something: {found.steps}"
        for tab in Tab:
            await service.history(ANN, tab=tab)
