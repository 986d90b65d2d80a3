"""A real browser on the app: the system's Chromium, driven by Playwright, in the event loop that serves the app too."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from starlette.applications import Starlette

from twincal.web.app import COOKIE
from twincal.web.serving import listening, serve_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="NO BROWSER: Chromium is not installed, so nothing of the web app is tried in a browser"
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--no-first-run", "--font-render-hinting=none"]  # fmt: skip
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
Scheme = Literal["light", "dark"]
AXE = Path(AXE_FILE_PATH).read_text(encoding="utf-8")


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[str]:
    """The address at which an app is served."""
    stop, ready, on = asyncio.Event(), asyncio.Event(), listening("127.0.0.1", 0)
    serving = asyncio.create_task(serve_app(app, stop, on, ready))
    await ready.wait()
    try:
        yield f"http://127.0.0.1:{on.getsockname()[1]}"
    finally:
        stop.set()
        await serving


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The system's browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


async def window(browser: Browser, url: str, token: str = "", *, width: int = 1440, height: int = 900, scheme: Scheme = "light",
                 scripts: bool = True) -> BrowserContext:  # fmt: skip
    """A window of a size and a colour scheme, signed in where a session's token is given."""
    context = await browser.new_context(
        base_url=url, viewport={"width": width, "height": height}, color_scheme=scheme, java_script_enabled=scripts,
        timezone_id="Europe/Berlin", locale="en-GB", reduced_motion="reduce",
    )  # fmt: skip
    if token:
        await context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
    return context


async def findings_in_both_schemes(page: Page) -> list[str]:
    """What axe-core finds on this page in light and in dark colours. Only colours depend on the scheme, so that in the second one
    nothing else is asked."""
    found = [f"light: {line}" for line in await findings(page)]
    await page.emulate_media(color_scheme="dark")
    found += [f"dark: {line}" for line in await findings(page, COLOURS)]
    await page.emulate_media(color_scheme="light")
    return found


async def findings(page: Page, rules: dict[str, Any] = RULES) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and good practice, a line each."""
    await page.evaluate(AXE)
    told: dict[str, Any] = await page.evaluate("rules => axe.run(document, rules)", rules)
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]}: {node['failureSummary'].splitlines()[-1].strip()}"
        for one in told["violations"]
        for node in one["nodes"]
    ]
