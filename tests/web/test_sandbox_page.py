"""The sandbox's page beside the web app, in a real browser: what is changed there is synced, seen and explained."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.engine.stage import ANN, BEN, CARLA
from tests.web.browser import chromium, findings, findings_in_both_schemes, needs_chromium, served, window
from tests.web.stage import Office
from twincal.cli.companion import companion
from twincal.web.app import COOKIE, create_app

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]
WEEK = f"?who={ANN}&day=2027-03-01"
THURSDAY = "section[aria-labelledby='d2027-03-04']"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def url(desk: Office) -> AsyncIterator[str]:
    """The web app with the way to the sandbox's page, and the sandbox with the way back."""
    sandbox = desk.stage.sandbox
    async with served(create_app(desk.service, demo=sandbox.page_url)) as address:
        sandbox.calendars.companion = companion(desk.service, address)
        yield address
        sandbox.calendars.companion = None


@pytest.fixture
def page_url(desk: Office) -> Iterator[str]:
    yield desk.stage.sandbox.page_url + WEEK


async def token(desk: Office) -> str:
    return (await desk.person()).http.cookies["twincal"]


async def cells(page: Page, side: str) -> list[str]:
    """What stands on Thursday on one side."""
    return await page.locator(f"{THURSDAY} .{side} .subject").all_inner_texts()


async def test_a_meeting_added_in_outlook_is_synced_and_explained(desk: Office, browser: Browser, url: str) -> None:
    context = await window(browser, url, await token(desk), scripts=False)
    app = await context.new_page()
    await app.goto("/")
    async with context.expect_page() as opened:
        await app.get_by_role("link", name="Open the sandbox’s two calendars").click()
    page = await opened.value
    await page.goto(page.url + WEEK)
    await page.get_by_role("link", name="Add to Outlook on Thursday").click()
    await page.get_by_label("Subject").fill("Offer for Acme")
    await page.get_by_label("Invite").fill(CARLA)
    await page.get_by_role("button", name="Add to Outlook").click()
    assert "Mailed: invitation to carla@acme.example" in await page.get_by_role("status").inner_text()
    assert (await cells(page, "exchange"), await cells(page, "salesforce")) == (["Offer for Acme"], [])
    await page.get_by_role("button", name="Sync now").click()
    assert "Twincal wrote in Salesforce: 1 created." in await page.get_by_role("status").inner_text()
    assert await cells(page, "salesforce") == ["Offer for Acme"]
    for place in ("Outlook", "Salesforce"):
        await page.get_by_role("link", name=f"Explain Offer for Acme in {place}, Thursday").click()
        assert page.url.startswith(f"{url}/explain?")
        assert await page.locator(".headline").first.is_visible()
        assert "Offer for Acme" in await page.locator("main").inner_text()
        await page.go_back()
    await context.close()


async def test_an_edit_in_salesforce_comes_to_outlook(desk: Office, browser: Browser, url: str, page_url: str) -> None:
    await desk.stage.book("Plan")
    await desk.service.sync()
    context = await window(browser, url)
    page = await context.new_page()
    await page.goto(page_url)
    await page.locator(f"{THURSDAY} .salesforce .subject a").click()
    await page.get_by_label("Subject").fill("Plan B")
    await page.get_by_role("button", name="Save").click()
    assert await cells(page, "exchange") == ["Plan"]
    await page.get_by_role("button", name="Sync now").click()
    assert "Twincal wrote in Outlook: 1 updated." in await page.get_by_role("status").inner_text()
    assert await cells(page, "exchange") == ["Plan B"]
    await page.get_by_role("button", name="Sync now").click()
    assert "nothing had to be done" in await page.get_by_role("status").inner_text()
    await context.close()


async def test_what_does_not_go_well_is_said(desk: Office, browser: Browser, url: str, page_url: str) -> None:
    context = await window(browser, url)
    page = await context.new_page()
    await page.goto(page_url)
    await desk.stage.weather(transport={"kinds": ["unavailable"], "rate": 1})
    await page.get_by_role("button", name="Sync now").click()
    assert "bad" in (await page.get_by_role("status").get_attribute("class") or "")
    await desk.stage.weather()
    await desk.service.set_setting("mode", "off", level="subscription")
    await page.get_by_role("button", name="Sync now").click()
    assert "the mode of this person is Off" in await page.get_by_role("status").inner_text()
    await desk.service.remove_person(BEN)
    await page.goto(page_url.replace(ANN, BEN))
    assert await page.get_by_role("button", name="Sync now").count() == 0
    assert "Twincal does not look after this mailbox" in await page.locator("main").inner_text()
    await context.close()


async def test_axe_finds_nothing_and_nothing_is_cut_off(desk: Office, browser: Browser, url: str, page_url: str) -> None:
    await desk.stage.meet("A-subject-without-any-blank-in-it-that-goes-on-" * 4, CARLA, BEN)
    await desk.stage.enter("Call", Location="x" * 90)
    found = desk.stage.sandbox.exchange.mailbox(ANN).view(desk.stage.now, desk.stage.now.replace(month=4))
    context = await window(browser, url)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    await page.goto(page_url)
    await page.get_by_role("button", name="Sync now").click()
    told = page.url
    addresses = [told, f"{page_url}&add=exchange", f"{page_url}&add=salesforce&on=2027-03-04", f"{page_url}&day=someday",
                 f"{page_url}&edit=exchange&id={found[0].item.immutable_id}"]  # fmt: skip
    for address in addresses:
        await page.goto(address)
        for width in (390, 1440):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await findings_in_both_schemes(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, address
    await page.goto(addresses[1])
    await page.get_by_label("First day").evaluate("node => node.type = 'text'")
    await page.get_by_label("First day").fill("soon")
    await page.get_by_role("button", name="Add to Outlook").click()
    assert await page.get_by_role("alert").count() == 1
    assert await findings_in_both_schemes(page) == []
    assert [one for one in complaints if "422" not in one] == []
    await context.close()


async def test_a_contact_is_made_on_salesforces_own_page_and_the_item_goes_on(desk: Office, browser: Browser, url: str) -> None:
    await desk.service.set_setting("mode", "match", level="subscription")
    await desk.stage.meet("Offer", "eve+x@acme.example")
    await desk.service.sync()
    context = await window(browser, url, (await desk.person()).http.cookies[COOKIE])
    page = await context.new_page()
    await page.goto("/history?tab=unresolved")
    await page.locator("summary", has_text="eve+x@acme.example").click()
    async with context.expect_page() as opened:
        await page.get_by_role("link", name="Create the Contact in Salesforce").click()
    form = await opened.value
    assert await form.get_by_label("E-mail").input_value() == "eve+x@acme.example"
    assert await findings(form) == []
    await form.get_by_role("button", name="Save").click()
    await expect(form.locator("p.say.bad")).to_contain_text("Salesforce refuses")
    await form.get_by_label("Last name").fill("Eden")
    await form.get_by_role("button", name="Save").click()
    await expect(form.locator("dl")).to_contain_text("eve+x@acme.example")
    assert await findings(form) == []
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("p.say.good")).to_contain_text("It was tried again.")
    await page.goto("/history?tab=synced")
    async with context.expect_page() as opened:
        await page.locator("td.c-matched a").click()
    await expect((await opened.value).locator("h1")).to_contain_text("Eden")
    await context.close()
