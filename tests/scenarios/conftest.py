"""One sandbox on real sockets for all scenarios; it is set back between them."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest_asyncio

from tests.scenarios.stage import TODAY
from twincal.sandbox.serve import Sandbox


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def company() -> AsyncIterator[tuple[aiohttp.ClientSession, dict[str, Any]]]:
    """The sandbox's announcement, and a client for its control."""
    async with Sandbox.running("empty", today=TODAY.date()) as sandbox, aiohttp.ClientSession() as http:
        yield http, sandbox.announcement()
