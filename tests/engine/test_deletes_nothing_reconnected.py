"""A side is connected to another org or another tenant: what was known is forgotten, nothing is deleted anywhere, and what stands
on both sides is linked again when the former one is back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.engine.conftest import Company
from tests.engine.six_items import ALL, in_step, in_step_again
from tests.engine.stage import TODAY, Stage, of
from twincal.errors import TwincalError
from twincal.sandbox.serve import Sandbox

pytestmark = pytest.mark.asyncio(loop_scope="module")
SIDES = pytest.mark.parametrize("side", ["exchange", "salesforce"])


@pytest_asyncio.fixture(loop_scope="module")
async def other(company: Company, tmp_path: Path) -> AsyncIterator[Stage]:
    """Another tenant and another org, in which there is an Ann too."""
    _, http = company
    async with Sandbox.running("empty", today=TODAY.date(), seed=2) as sandbox:
        found = Stage(sandbox, http, tmp_path / "other")
        await found.open()
        yield found


async def connect(stage: Stage, to: Stage, side: str) -> list[str]:
    """An administrator connects one side to what stands at another place; what they are told."""
    line = to.sandbox.announcement()
    graph, salesforce = line["graph"], line["salesforce"]
    async with stage.twincal() as service:
        if side == "exchange":
            names = ("tenant", "client_id", "authority", "base_url")
            await service.connect_graph(secret=graph["client_secret"], **{name: graph[name] for name in names})
            return []
        url = salesforce["login_url"]
        return await service.connect_salesforce(
            login_url=url, client_id=salesforce["client_id"], secret=salesforce["client_secret"]
        )


async def here(stage: Stage, side: str) -> list[str]:
    """The subjects on one side of a place."""
    return (await stage.subjects())[0 if side == "exchange" else 1]


@SIDES
async def test_another_place_is_filled_and_nothing_is_deleted_at_either(stage: Stage, other: Stage, side: str) -> None:
    await in_step(stage)
    await (other.book if side == "exchange" else other.enter)("Theirs", day=20)
    stayed = "salesforce" if side == "exchange" else "exchange"
    await connect(stage, other, side)
    for full in (False, False, True):
        report = await stage.sync(full=full)
        gone = report.total("deleted")
        assert (gone.exchange, gone.salesforce, report.failed) == (0, 0, 0)
    assert await here(stage, side) == list(ALL)
    assert await here(stage, stayed) == await here(other, side) == [*ALL, "Theirs"]
    assert await here(other, stayed) == []
    assert {row.code for row in await stage.history()} <= {"F01", "F02", "F10"}
    await connect(stage, stage, side)
    await stage.rest()
    await stage.both(*ALL, "Theirs")
    assert await here(other, side) == [*ALL, "Theirs"]


@SIDES
async def test_an_empty_place_is_no_emptied_calendar(stage: Stage, other: Stage, side: str) -> None:
    """A side at which Ann has nothing: what she has is copied there, not taken away here."""
    await in_step(stage)
    await connect(stage, other, side)
    report = await stage.sync()
    assert report.held_plans == ()
    await stage.both(*ALL)
    assert await here(other, side) == list(ALL)
    await connect(stage, stage, side)
    await stage.rest()
    await stage.both(*ALL)


@SIDES
async def test_the_same_account_connected_again_forgets_nothing(stage: Stage, side: str) -> None:
    await in_step(stage)
    before = {row.item for row in await stage.history()}
    await connect(stage, stage, side)
    await stage.sync()
    await in_step_again(stage)
    assert {row.item for row in await stage.history()} == before


@SIDES
async def test_a_connection_that_is_refused_changes_nothing(stage: Stage, other: Stage, side: str) -> None:
    await in_step(stage)
    other.sandbox.org.options.revoked = ["ApiEnabled"]
    await other.weather(transport={"kinds": ["unauthorized"], "rate": 1.0, "tokens": True})
    with pytest.raises(TwincalError):
        await connect(stage, other, side)
    await other.weather()
    await in_step_again(stage)


async def test_an_administrator_is_told_that_this_is_another_org(stage: Stage, other: Stage) -> None:
    await in_step(stage)
    assert await connect(stage, stage, "salesforce") == []
    (told,) = await connect(stage, other, "salesforce")
    assert told.startswith("This is another organization than before") and "nothing is deleted" in told


async def test_an_org_in_which_the_person_is_nobody(stage: Stage, other: Stage) -> None:
    await in_step(stage)
    await other.control("/reset", {"world": "empty", "today": f"{TODAY:%Y-%m-%d}"})
    await connect(stage, other, "salesforce")
    report = await stage.sync(full=True)
    assert (report.total("deleted").exchange, of(report).idle) == (0, "inactive")
    await stage.both(*ALL)
    await connect(stage, stage, "salesforce")
    await stage.rest()
    await stage.both(*ALL)
    assert await stage.mails() == []
