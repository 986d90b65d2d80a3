"""The sandbox of the engine's tests, with the web app on top."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.engine.conftest import Company, company, stage
from tests.engine.stage import Stage
from tests.web.browser import chromium, served
from tests.web.screen import Screen
from tests.web.stage import Office, office

__all__ = ["company", "desk", "front", "stage"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """The system's browser, one for all tests of a file."""
    async with chromium() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def desk(stage: Stage) -> AsyncIterator[Office]:
    """The web app of a connected home, new for each test."""
    async with office(stage) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def front(company: Company, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """The web app of a connected home, one for all tests of a file: for tests that leave nothing behind."""
    sandbox, http = company
    there = Stage(sandbox, http, tmp_path_factory.mktemp("front") / "home")
    await there.open()
    async with office(there) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def screen(desk: Office, browser: Browser) -> AsyncIterator[Screen]:
    """Windows on the app of this test. No script may have failed in them, and nothing been refused by the page's own policy."""
    async with served(desk.app) as url:
        found = Screen(browser, url)
        yield found
        await found.close()
    assert [one for one in found.complaints if "status of 4" not in one] == []
