"""The pictures of docs/howto/troubleshooting.md: what Twincal shows for each situation that the user's guide asks about."""

import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from playwright.async_api import Browser

from tests.engine.stage import TODAY, Stage
from tests.web import guide
from tests.web.browser import served, window
from tests.web.stage import Office, office
from twincal.engine.service import Service
from twincal.sandbox.serve import Sandbox
from twincal.web.app import COOKIE

WIDTH, HEIGHT = 1000, 700


@asynccontextmanager
async def furnished() -> AsyncIterator[Office]:
    """Ann's and Ben's calendars with everything that the guide tells of."""
    with tempfile.TemporaryDirectory(prefix="twincal-guide-") as folder:
        async with Sandbox.running("empty", today=TODAY.date()) as sandbox, aiohttp.ClientSession() as http:
            stage = Stage(sandbox, http, Path(folder) / "home")
            await stage.open()
            async with office(stage) as found:
                await guide.furnish(stage, found.service)
                await read_notices(found.service)
                yield found


async def read_notices(service: Service) -> None:
    """What an administrator changed has been read by everybody: it would stand on top of every picture."""
    if service.audit_log is not None:
        for member in await service.people():
            await service.audit_log.book.put_away(member.id)


async def photograph(browser: Browser, into: Path, names: Sequence[str]) -> None:
    """Take them all, or those with these names. Of a page with an anchor only what the anchor names is taken."""
    async with furnished() as there, served(there.app) as url:
        for name, (who, path) in (await guide.answers(there.stage)).items():
            if names and f"guide-{name}" not in names:
                continue
            visitor = await (there.person(who) if who else there.admin())
            context = await window(browser, url, visitor.http.cookies[COOKIE], width=WIDTH, height=HEIGHT)
            page = await context.new_page()
            await page.goto(path)
            anchor = path.partition("#")[2]
            await page.locator(f"#{anchor}" if anchor else "main").screenshot(path=into / f"guide-{name}.png")
            print(f"docs/images/guide-{name}.png", file=sys.stderr)
            await context.close()
