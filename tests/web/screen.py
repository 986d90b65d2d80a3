"""What somebody sees and presses: windows of one browser on one app."""

from contextlib import suppress
from typing import Literal

from playwright.async_api import Browser, Error, Locator, Page, expect

from tests.web.browser import window
from tests.web.visitor import Visitor
from twincal.web.app import COOKIE

PATIENCE = 30_000
"""How many milliseconds a page may take before Playwright calls it missing: a machine that is busy is no failure."""

expect.set_options(timeout=PATIENCE)


class Screen:
    """Windows on the app at `url`, each with cookies of its own; `close` ends them."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self._browser = browser
        self._pages: list[Page] = []
        self.complaints: list[str] = []

    async def open(self, path: str = "/", visitor: Visitor | None = None) -> Page:
        """A new window: of somebody who has signed in, or of a stranger."""
        context = await window(self._browser, self.url, visitor.http.cookies[COOKIE] if visitor else "")
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self._pages.append(page)
        await page.goto(path)
        return page

    async def close(self) -> None:
        """Close every window."""
        for page in self._pages:
            with suppress(Error):
                await page.context.close()


async def press(where: Page | Locator, name: str) -> None:
    """Press the one button of this name."""
    await where.get_by_role("button", name=name, exact=True).click()


async def follow(where: Page | Locator, name: str, *, exact: bool = True) -> None:
    """Follow the one link of this name."""
    await where.get_by_role("link", name=name, exact=exact).click()


async def titled(page: Page, title: str) -> None:
    """Wait for the page with this heading."""
    await expect(page.locator("h1")).to_have_text(title)


async def told(page: Page, text: str, kind: Literal["good", "bad", "plain"] | None = None) -> None:
    """Wait until the page says this."""
    await expect(page.locator(f"p.say{f'.{kind}' if kind else ''}", has_text=text)).to_be_visible()


def row(page: Page, text: str) -> Locator:
    """The row of a table in which this text stands."""
    return page.locator("tbody tr", has_text=text)


def item(page: Page, subject: str) -> Locator:
    """The row of the history whose item has this subject."""
    return page.locator("tbody tr").filter(has=page.locator("td.c-subject").get_by_role("link", name=subject, exact=True))
