"""One sandbox on real sockets for each module; it is set back for every test."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest_asyncio

from tests.engine.stage import TODAY, Stage
from twincal.sandbox.serve import Sandbox

Company = tuple[Sandbox, aiohttp.ClientSession]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def company() -> AsyncIterator[Company]:
    """The sandbox, and a client for its control."""
    async with Sandbox.running("empty", today=TODAY.date()) as sandbox, aiohttp.ClientSession() as http:
        yield sandbox, http


@pytest_asyncio.fixture(loop_scope="module")
async def stage(company: Company, tmp_path: Path) -> AsyncIterator[Stage]:
    """Ann and Ben with empty calendars, an org that can do everything, and a new home."""
    sandbox, http = company
    found = Stage(sandbox, http, tmp_path / "home")
    await found.open()
    yield found
    await found.weather()
    await sandbox.weather.settle()
