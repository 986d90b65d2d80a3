"""Signing in and connecting at the vendors' own pages, in a browser: cookies, redirects and content policies of two sites at once.

The app is at `localhost` and the sandbox at `127.0.0.1`, so that a browser takes them for two sites, as it takes a company's server
and a vendor's. What only the protocol decides is in `test_accounts_of_providers.py`.
"""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.engine.stage import BEN
from tests.web.browser import needs_chromium, served
from tests.web.screen import Screen, follow, press, titled, told
from tests.web.stage import Office
from twincal.web.app import COOKIE

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]

BOTH = pytest.mark.parametrize("provider", ["Microsoft", "Salesforce"])


@pytest_asyncio.fixture(loop_scope="module")
async def screen(desk: Office, browser: Browser) -> AsyncIterator[Screen]:
    """Windows on the app of this test, whose addresses both vendors know. No page's own policy may have stood in the way."""
    async with served(desk.app) as url:
        found = Screen(browser, url.replace("127.0.0.1", "localhost"))
        desk.stage.sandbox.send_back(
            microsoft=[f"{found.url}/sign-in/microsoft/done"],
            salesforce=[f"{found.url}/sign-in/salesforce/done", f"{found.url}/connections/salesforce/consented"],
        )
        yield found
        await found.close()
    assert [one for one in found.complaints if "status of 4" not in one] == []


async def off_to(page: Page, provider: str) -> None:
    """From where people sign in to the vendor's page, which is another site."""
    await titled(page, "Sign in")
    await follow(page, f"Sign in with {provider}")
    await titled(page, "Pick an account")
    assert urlsplit(page.url).hostname == "127.0.0.1"


async def pick(page: Page, who: str) -> None:
    """Sign in at the vendor's page as the account with this name."""
    await page.get_by_role("button", name=who).click()


async def came_in(page: Page, url: str) -> None:
    """Wait until Ann is in, and nobody else."""
    await expect(page.locator("details.who summary")).to_have_text("Ann Smith")
    await expect(page).to_have_url(url)
    places = page.get_by_role("navigation", name="Places").get_by_role("link")
    assert not {"Organization", "Users"} & set(await places.all_inner_texts())


@BOTH
async def test_a_person_calls_it_off_then_comes_in_and_goes_where_they_wanted(screen: Screen, provider: str) -> None:
    page = await screen.open("/history")
    await off_to(page, provider)
    await press(page, "Cancel")
    await told(page, "called off", "bad")
    await off_to(page, provider)
    await pick(page, "Ann Smith")
    await came_in(page, f"{screen.url}/history")
    await follow(page, "Twincal")
    await came_in(page, f"{screen.url}/")
    cookie = next(one for one in await page.context.cookies(screen.url) if one["name"] == COOKIE)
    assert (cookie.get("httpOnly"), cookie.get("sameSite")) == (True, "Lax")


async def allow(page: Page) -> None:
    """Agree at Salesforce to what Twincal asks for."""
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Allow")
    await press(page, "Allow")


async def test_salesforce_is_connected_by_consent_keeps_in_step_and_lets_people_in(desk: Office, screen: Screen) -> None:
    sandbox = desk.stage.sandbox
    sandbox.org.register_app("each-agrees", secret="a secret", approved_users="self", name="Twincal")
    back = [f"{screen.url}/sign-in/salesforce/done", f"{screen.url}/connections/salesforce/consented"]
    sandbox.org.identity.register_callbacks("each-agrees", back)
    page = await screen.open("/connections", await desk.admin())
    await page.get_by_label("Address of the org").fill(sandbox.plain_url)
    await page.get_by_label("Consumer key").fill("each-agrees")
    await page.get_by_label("Consumer secret").fill("a secret")
    await press(page, "Connect by consent at Salesforce")
    await titled(page, "Consent at Salesforce")
    await follow(page, "Go to Salesforce")
    await pick(page, "Ben Jones")
    await allow(page)
    await told(page, "Salesforce is connected.", "good")
    await titled(page, "Connect Exchange and Salesforce")
    await desk.stage.book("By consent")
    await desk.service.sync()
    await desk.stage.both("By consent")
    (event,) = (await desk.stage.state())[1]
    assert event["CreatedById"] == desk.stage.people[BEN]["salesforce_user_id"]
    ann = await screen.open("/sign-in")
    await off_to(ann, "Salesforce")
    await pick(ann, "Ann Smith")
    await allow(ann)
    await came_in(ann, f"{screen.url}/")


async def test_who_has_no_calendar_here_is_told_on_a_page_that_fits_a_phone(desk: Office, screen: Screen) -> None:
    stranger = "maximiliane.oberhuber@northwind.example"
    order = {"name": "Maximiliane Oberhuber", "mailbox": stranger, "salesforce_username": stranger}
    await desk.stage.control("/people", order)
    page = await screen.open("/sign-in")
    await page.set_viewport_size({"width": 390, "height": 844})
    await off_to(page, "Microsoft")
    await pick(page, "Maximiliane Oberhuber")
    await titled(page, f"{stranger} signed in well, but has no calendar here.")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await follow(page, "To the first page")
    await titled(page, "Sign in")
