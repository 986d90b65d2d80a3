"""People are taken over from Salesforce in a browser: found, previewed with the mailbox proposed, added, and then kept in step."""

import pytest
from playwright.async_api import expect

from tests.engine.stage import ANN, BEN
from tests.web.browser import needs_chromium
from tests.web.screen import Screen, follow, press, row, titled, told
from tests.web.stage import Office

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]

CAT, DAN = "cat@northwind.example", "dan@northwind.example"


async def hire(desk: Office, address: str, name: str, username: str = "", profile: str = "Standard User") -> None:
    order = {"name": name, "mailbox": address, "salesforce_username": username or address, "profile": profile}
    desk.stage.people[address] = await desk.stage.control("/people", order)


async def test_people_are_found_previewed_added_and_synced(desk: Office, screen: Screen) -> None:
    await hire(desk, CAT, "Cat Miller")
    await hire(desk, DAN, "Dan Miller")
    page = await screen.open("/users", await desk.admin())
    await follow(page, "Add people from Salesforce")
    await page.get_by_label("Name, e-mail or Salesforce profile").fill("mIllEr")
    await press(page, "Search")
    await expect(page.locator("tbody th")).to_have_text(["Cat Miller", "Dan Miller"])
    await expect(page.get_by_label("Mailbox of Cat Miller")).to_have_value(CAT)
    await page.get_by_label("Cat Miller", exact=True).check()
    await page.get_by_label("Under the profile").select_option("Administrator")
    assert {one.mailbox for one in await desk.service.people()} == {ANN, BEN}, "a preview adds nobody"
    await press(page, "Add those ticked")
    await told(page, "1 person was added to the profile Administrator.", "good")
    await expect(row(page, CAT)).to_contain_text("Administrator")
    assert {one.mailbox: one.profile for one in await desk.service.people()}[CAT] == "Administrator"
    await desk.stage.book("Cat's kick-off", who=CAT)
    await desk.stage.book("Dan's kick-off", who=DAN)
    await desk.service.sync()
    await desk.stage.both("Cat's kick-off", who=CAT)
    assert (await desk.stage.subjects(DAN))[1] == [], "who was not ticked is not synced"


async def test_people_are_found_by_their_salesforce_profile(desk: Office, screen: Screen) -> None:
    await hire(desk, CAT, "Cat Miller", profile="Sales User")
    await hire(desk, DAN, "Dan Brown", username="dan@northwind.example.crm", profile="Sales User")
    await hire(desk, "chat@northwind.example", "Eve Chat", profile="Chatter Free User")
    page = await screen.open("/users/import?search=sales+us", await desk.admin())
    await expect(page.locator("tbody th")).to_have_text(["Cat Miller", "Dan Brown"])
    await expect(row(page, "Dan Brown")).to_contain_text("Sales User")
    await expect(page.get_by_label("Mailbox of Dan Brown")).to_have_value(DAN)
    await page.goto("/users/import?search=standard")
    await expect(page.locator("tbody th")).to_have_text(["Ann Smith", "Ben Jones"])
    await expect(row(page, "Ben Jones")).to_contain_text(f"is here already: {BEN}")
    await page.goto("/users/import?search=chat")
    await expect(page.locator("p.empty")).to_be_visible()


async def test_who_is_here_already_is_shown_and_cannot_be_added_twice(desk: Office, screen: Screen) -> None:
    await hire(desk, CAT, "Cat Jones")
    page = await screen.open("/users/import?search=jones", await desk.admin())
    await expect(row(page, "Ben Jones")).to_contain_text(f"is here already: {BEN}")
    assert await row(page, "Ben Jones").get_by_role("checkbox").count() == 0
    await page.get_by_label("Cat Jones", exact=True).check()
    await page.get_by_label("Mailbox of Cat Jones").fill(BEN)
    await press(page, "Add those ticked")
    await expect(page.locator("p.say.bad")).to_contain_text(CAT)
    assert sorted(one.mailbox for one in await desk.service.people()) == [ANN, BEN], "one mailbox is one person"


async def test_two_users_with_one_address_are_shown_as_such_and_one_of_them_is_added(desk: Office, screen: Screen) -> None:
    await hire(desk, CAT, "Cat Miller")
    await hire(desk, DAN, "Dan Miller")
    shared = {"object": "User", "id": desk.stage.people[DAN]["salesforce_user_id"], "fields": {"Email": CAT}}
    await desk.stage.act("salesforce", DAN, "update", **shared)
    page = await screen.open("/users/import?search=cat%40", await desk.admin())
    await expect(page.locator("tbody th")).to_have_text(["Cat Miller", "Dan Miller"])
    await expect(row(page, "Cat Miller")).to_contain_text(f"also the address of {DAN}")
    await expect(row(page, "Dan Miller")).to_contain_text(f"also the address of {CAT}")
    for name in ("Cat Miller", "Dan Miller"):
        await page.get_by_label(name, exact=True).check()
    await press(page, "Add those ticked")
    await told(page, "1 person was added", "good")
    await expect(page.locator("p.say.bad")).to_contain_text(DAN)
    assert [one.salesforce_username for one in await desk.service.people() if one.mailbox == CAT] == [CAT]


async def test_who_has_no_mailbox_of_that_name_gets_one_typed(desk: Office, screen: Screen) -> None:
    await hire(desk, DAN, "Dan Brown", username="dan.brown@northwind.example.crm")
    page = await screen.open("/users/import?search=brown", await desk.admin())
    await page.get_by_label("Dan Brown", exact=True).check()
    await page.get_by_label("Mailbox of Dan Brown").fill(DAN)
    await press(page, "Add those ticked")
    await told(page, "1 person was added", "good")
    (dan,) = [one for one in await desk.service.people() if one.mailbox == DAN]
    assert dan.salesforce_username == "dan.brown@northwind.example.crm"


async def test_a_search_that_finds_nobody_and_a_form_without_a_tick_say_so(desk: Office, screen: Screen) -> None:
    page = await screen.open("/users/import?search=nobody+like+her", await desk.admin())
    await expect(page.locator("p.empty")).to_contain_text("Salesforce has no active user with that")
    await hire(desk, CAT, "Cat Miller")
    await page.goto("/users/import?search=miller")
    await press(page, "Add those ticked")
    await told(page, "Nobody was ticked.", "bad")
    await titled(page, "Add people from Salesforce")
