"""One sandbox on real sockets for all scenarios; it is set back between them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.scenarios.stage import TODAY
from twincal.sandbox.serve import Sandbox
from twincal.wiring import opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def company() -> AsyncIterator[tuple[aiohttp.ClientSession, dict[str, Any]]]:
    """The sandbox's announcement, and a client for its control."""
    async with Sandbox.running("empty", today=TODAY.date()) as sandbox, aiohttp.ClientSession() as http:
        yield http, sandbox.announcement()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with nothing in it: every scenario begins with a copy, which is quicker than making it anew."""
    home = tmp_path_factory.mktemp("blank") / "home"
    async with opened(home, now=TODAY):
        return home
