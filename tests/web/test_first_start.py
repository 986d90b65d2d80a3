"""The first start, in a browser: the one-time link, a password, out and in again."""

import pytest
from playwright.async_api import Page, expect
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.web.browser import needs_chromium
from tests.web.screen import Screen, follow, press, titled, told
from tests.web.stage import Office
from tests.web.visitor import PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]

ADA = "ada@northwind.example"


async def begin(desk: Office, screen: Screen) -> tuple[Page, str]:
    """Somebody at the page where the link of the first start leads."""
    link = f"/first/{await desk.service.desk.first_link()}"
    page = await screen.open(link)
    await titled(page, "Welcome to Twincal")
    return page, link


async def choose(page: Page, password: str = PASSWORD) -> None:
    await page.get_by_label("Your name").fill("Ada Admin")
    await page.get_by_label("E-mail address").fill(ADA)
    await page.get_by_label("Password").fill(password)
    await press(page, "Begin")


async def sign_in(page: Page, password: str) -> None:
    await titled(page, "Sign in")
    await page.get_by_label("E-mail address").fill(ADA)
    await page.get_by_label("Password").fill(password)
    await press(page, "Sign in")


async def sign_out(page: Page) -> None:
    await page.locator("details.who summary").click()
    await press(page, "Sign out")
    await told(page, "You have signed out.")


async def test_the_link_makes_an_administrator_who_signs_out_and_in(desk: Office, screen: Screen) -> None:
    page, _ = await begin(desk, screen)
    await choose(page)
    await expect(page.locator("details.who summary")).to_have_text("Ada Admin")
    await expect(page.get_by_role("navigation", name="Places").get_by_role("link", name="Organization")).to_be_visible()
    await sign_out(page)
    await page.goto("/organization")
    await sign_in(page, "another twelve letters")
    await told(page, "The address or the password is not right.", "bad")
    await sign_in(page, PASSWORD)
    await titled(page, "Organization")
    await expect(page).to_have_url(f"{screen.url}/organization")
    await sign_out(page)
    await page.go_back()
    await page.reload()
    await titled(page, "Sign in")


async def test_the_link_opens_once(desk: Office, screen: Screen) -> None:
    page, link = await begin(desk, screen)
    late = await screen.open(link)
    await choose(page)
    await expect(page.locator("details.who summary")).to_have_text("Ada Admin")
    await late.get_by_label("Your name").fill("Eve Late")
    await late.get_by_label("E-mail address").fill("eve@northwind.example")
    await late.get_by_label("Password").fill(PASSWORD)
    await press(late, "Begin")
    await titled(late, "This link has been used, or it is too old.")
    assert [one.email for one in await desk.service.desk.visitors.all()] == [ADA]
    again = await screen.open(link)
    await expect(again.locator("main")).to_contain_text("This link has been used")
    assert await again.locator("form[action^='/first']").count() == 0


async def test_a_password_that_is_too_short_is_told_before_and_after_it_is_sent(desk: Office, screen: Screen) -> None:
    page, link = await begin(desk, screen)
    await choose(page, "too short")
    assert await page.get_by_label("Password").evaluate("field => field.validity.tooShort")
    await page.get_by_label("Password").evaluate("field => field.removeAttribute('minlength')")
    await press(page, "Begin")
    await told(page, "fewer than 12 characters", "bad")
    await expect(page).to_have_url(f"{screen.url}{link}")
    await choose(page)
    await expect(page.locator("details.who summary")).to_have_text("Ada Admin")


async def test_somebody_who_is_invited_chooses_a_password_and_sees_no_administration(desk: Office, screen: Screen) -> None:
    page = await screen.open("/organization", await desk.admin())
    await page.get_by_label("E-mail address").fill("eve@northwind.example")
    await page.get_by_label("Name", exact=True).fill("Eve Invited")
    await press(page, "Make the link")
    said = await page.locator("p.say.plain", has_text="Give this link to").inner_text()
    eve = await screen.open(said.split()[-1])
    await titled(eve, "Welcome, Eve Invited")
    await eve.get_by_label("Password").fill(PASSWORD)
    await press(eve, "Begin")
    await titled(eve, "Twincal")
    places = eve.get_by_role("navigation", name="Places").get_by_role("link")
    assert not {"Organization", "Users", "Profiles"} & set(await places.all_inner_texts())
    await follow(eve, "Twincal")
    await titled(eve, "Twincal")


async def test_a_new_subscription_starts_with_two_profiles(desk: Office) -> None:
    admin, two = await desk.admin(), ["Administrator", "Standard User"]
    assert await desk.service.profiles() == two
    assert [one.text() for one in HTMLParser((await admin.get("/profiles")).html).css("main tbody th")] == two
    assert (await admin.http.get("/api/v1/profiles")).json() == two
