"""Every page in a real browser, light and dark, wide and narrow: axe-core finds nothing, nothing is cut off."""

from collections.abc import AsyncIterator, Iterable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from tests.engine.stage import ANN
from tests.web.browser import chromium, findings_in_both_schemes, needs_chromium, served, window
from tests.web.scenery import NO_PAGES, addresses, doors, furnish
from tests.web.stage import ADMIN, Office
from tests.web.visitor import PASSWORD, Visitor
from twincal.web import pages

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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin(front: Office, url: str) -> Visitor:
    """Who looks at every page."""
    return await front.admin()


async def every(front: Office, admin: Visitor) -> list[str]:
    return [path for paths in (await addresses(front, admin)).values() for path in paths]


async def test_no_page_is_forgotten(front: Office, admin: Visitor) -> None:
    shown = {page.path for page in pages.ALL if "GET" in page.methods}
    looked_at = {**await addresses(front, admin), **await doors(front)}.keys()
    assert shown == (looked_at - {""}) | NO_PAGES.keys(), "a page is new, or gone: tests/web/scenery.py says what is looked at"


async def looked_at(context: BrowserContext, paths: Iterable[str]) -> list[str]:
    """What axe finds on these pages, and what the browser complains of."""
    page = await context.new_page()
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    for path in paths:
        await page.goto(path)
        found += [f"{path}: {line}" for line in await findings_in_both_schemes(page)]
    await context.close()
    return [one for one in found if "status of 4" not in one]


async def test_axe_finds_nothing(front: Office, browser: Browser, url: str, admin: Visitor) -> None:
    signed_in = await window(browser, url, admin.http.cookies["twincal"])
    assert await looked_at(signed_in, await every(front, admin)) == []


async def test_axe_finds_nothing_at_the_door_and_for_somebody_without_a_role(front: Office, browser: Browser, url: str) -> None:
    paths = [path for found in (await doors(front)).values() for path in found]
    assert await looked_at(await window(browser, url), paths) == []
    person = await window(browser, url, (await front.person()).http.cookies["twincal"])
    assert await looked_at(person, ["/", "/calendar", "/history", "/explain", "/settings", "/users"]) == []


@pytest.mark.parametrize("width", [390, 1440])
async def test_no_page_is_wider_than_the_window(front: Office, browser: Browser, url: str, admin: Visitor, width: int) -> None:
    context = await window(browser, url, admin.http.cookies["twincal"], width=width)
    page = await context.new_page()
    too_wide = []
    for path in await every(front, admin):
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


async def test_a_whole_way_through_the_app_needs_no_script(front: Office, browser: Browser, url: str) -> None:
    desk = front.service.desk
    link = await desk.invite(await front_id(front))
    context = await window(browser, url, scripts=False)
    page = await context.new_page()
    await page.goto(f"/first/{link}")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Begin").click()
    await page.locator("details.who summary").click()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await page.get_by_label("E-mail address").fill(ADMIN)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.goto(f"/history?who={ANN}&tab=excluded")
    await page.get_by_label("Search").fill("gym")
    await page.get_by_role("button", name="Show").click()
    gym = page.locator("tbody tr", has_text="Gym")
    await gym.get_by_role("button", name="Try again").click()
    assert "It was tried again." in await page.locator("main").inner_text()
    await page.goto(f"/settings?who={ANN}")
    await page.select_option("#v-conflict", "latest")
    await page.locator("section#conflict").get_by_role("button", name="Save", exact=True).click()
    assert "is now latest" in await page.locator("main").inner_text()
    await page.get_by_role("button", name="Take it back").click()
    assert {one.key: one.value for one in await front.service.settings(ANN)}["conflict"] == "exchange"
    await context.close()


async def front_id(front: Office) -> str:
    """The administrator, as who may come in."""
    await front.admin()
    found = await front.service.desk.visitors.find(email=ADMIN)
    assert found is not None
    return found.id


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


async def test_where_the_keyboard_is_can_be_seen(front: Office, browser: Browser, url: str) -> None:
    context = await window(browser, url, await token(front))
    page = await context.new_page()
    await page.goto("/users")
    drawn = "(one => getComputedStyle(one).outlineStyle + ' ' + getComputedStyle(one).outlineWidth)(document.activeElement)"
    seen = []
    await page.keyboard.press("Tab")
    while await page.evaluate("document.activeElement !== document.body"):
        seen.append(await page.evaluate(drawn))
        await page.keyboard.press("Tab")
    assert len(seen) > 20
    assert set(seen) == {"solid 3px"}
    await context.close()


async def test_times_are_shown_in_the_readers_zone(front: Office, browser: Browser, url: str) -> None:
    context = await window(browser, url, await token(front))
    page = await context.new_page()
    await page.goto("/")
    await page.goto(f"/history?who={ANN}&tab=synced&search=offer")
    assert "Europe/Berlin" in await page.locator("main").inner_text()
    assert "10:00" in await page.locator("td.c-start").first.inner_text()
    await context.close()
