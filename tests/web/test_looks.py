"""Every page in a real browser, light and dark, wide and narrow: axe-core finds nothing, nothing is cut off."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.engine.stage import ANN
from tests.web.browser import Scheme, chromium, findings, needs_chromium, served, window
from tests.web.scenery import addresses, furnish
from tests.web.stage import Office

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(front: Office) -> AsyncIterator[str]:
    await furnish(front)
    async with served(front.app) as address:
        yield address


async def token(front: Office) -> str:
    admin = await front.admin()
    return admin.http.cookies["twincal"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(front: Office, browser: Browser, url: str, scheme: Scheme) -> None:
    context = await window(browser, url, await token(front), scheme=scheme)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    found: list[str] = []
    for path in [*await addresses(front), "/sign-out-page"]:
        await page.goto(path)
        found += [f"{path}: {line}" for line in await findings(page)]
    await context.close()
    assert found == []
    assert [one for one in complaints if "404" not in one] == []


async def test_the_door_has_no_findings_either(front: Office, browser: Browser, url: str) -> None:
    for scheme in ("light", "dark"):
        context = await window(browser, url, scheme=scheme)
        page = await context.new_page()
        await page.goto("/sign-in")
        assert await findings(page) == []
        await context.close()


@pytest.mark.parametrize("width", [390, 1440])
async def test_no_page_is_wider_than_the_window(front: Office, browser: Browser, url: str, width: int) -> None:
    context = await window(browser, url, await token(front), width=width)
    page = await context.new_page()
    too_wide = []
    for path in await addresses(front):
        await page.goto(path)
        if await page.evaluate("document.documentElement.scrollWidth") > width:
            too_wide.append(path)
    await context.close()
    assert too_wide == []


async def test_everything_works_without_scripts(front: Office, browser: Browser, url: str) -> None:
    context = await window(browser, url, await token(front), scripts=False)
    page = await context.new_page()
    await page.goto(f"/settings?who={ANN}")
    await page.select_option("#v-mode", "sync_all")
    await page.locator("section#mode").get_by_role("button", name="See what it would do").click()
    await page.get_by_role("link", name="Leave it as it is").click()
    assert await page.locator("h1").inner_text() == "Settings of Ann Smith"
    await context.close()


async def test_the_keyboard_alone_reaches_what_is_there(front: Office, browser: Browser, url: str) -> None:
    context = await window(browser, url, await token(front))
    page = await context.new_page()
    await page.goto("/users")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Skip to the content"
    seen = set()
    for _ in range(60):
        await page.keyboard.press("Tab")
        seen.add(await page.evaluate("document.activeElement.textContent.trim().slice(0, 30)"))
    assert {"Home", "Add people from Salesforce", "Explain"} <= seen
    await context.close()


async def test_times_are_shown_in_the_readers_zone(front: Office, browser: Browser, url: str) -> None:
    context = await window(browser, url, await token(front))
    page = await context.new_page()
    await page.goto("/")
    await page.goto(f"/history?who={ANN}&tab=synced&search=offer")
    assert "Europe/Berlin" in await page.locator("main").inner_text()
    assert "10:00" in await page.locator("td.c-start").first.inner_text()
    await context.close()
