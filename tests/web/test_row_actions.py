"""Every action of a row, pressed in a browser, with what it does to the calendar on the other side."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.engine.stage import ANN, BEN, CARLA, DORA
from tests.web.browser import needs_chromium
from tests.web.screen import Screen, follow, item, press, row, titled, told
from tests.web.stage import Office

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]

EVE = "eve@acme.example"


async def history(desk: Office, screen: Screen, tab: str = "unresolved") -> Page:
    """Ann's history."""
    await desk.service.sync()
    return await screen.open(f"/history?tab={tab}", await desk.person())


async def in_match(desk: Office) -> None:
    await desk.service.set_setting("mode", "match", level="subscription")


async def opened(page: Page, subject: str, menu: str) -> Locator:
    """What a menu of a row offers."""
    found = item(page, subject).locator("details.menu", has=page.locator("summary", has_text=menu))
    await found.locator("summary").click()
    return found


async def in_salesforce(desk: Office, who: str = ANN) -> list[str]:
    return (await desk.stage.subjects(who))[1]


async def test_try_again_creates_what_now_has_a_record(desk: Office, screen: Screen) -> None:
    await in_match(desk)
    await desk.stage.meet("Offer", EVE)
    page = await history(desk, screen)
    menu = await opened(page, "Offer", EVE)
    for kind in ("Contact", "Lead"):
        link = menu.get_by_role("link", name=f"Create the {kind} in Salesforce")
        address = await link.get_attribute("href") or ""
        assert address.endswith(f"/lightning/o/{kind}/new?defaultFieldValues=Email=eve%40acme.example")
        assert address.startswith((await desk.service.overview()).sides[1].address), "in the connected org"
    contact = await desk.stage.record("Contact", "Eve", EVE)
    await press(item(page, "Offer"), "Try again")
    await told(page, "It was tried again.", "good")
    await expect(page.locator("main")).to_contain_text("Nothing is unresolved")
    assert (await desk.stage.event("Offer"))["WhoId"] == contact
    await follow(page, "Synced 1")
    await expect(item(page, "Offer").locator("td.c-matched")).to_contain_text("Eve")


async def test_an_ignored_item_stays_as_it_is_until_it_is_tried_again(desk: Office, screen: Screen) -> None:
    await desk.stage.book("Dentist")
    page = await history(desk, screen, "synced")
    await press(item(page, "Dentist"), "Ignore this item")
    await told(page, "The item is ignored from now on", "good")
    await desk.stage.change("Dentist", subject="Dentist, moved")
    await desk.service.sync()
    assert await in_salesforce(desk) == ["Dentist"]
    await page.goto("/history?tab=excluded")
    await expect(item(page, "Dentist, moved").locator("td.c-why")).to_contain_text("Ann Smith chose to ignore this item")
    await press(item(page, "Dentist, moved"), "Try again")
    await told(page, "It was tried again.", "good")
    assert await in_salesforce(desk) == ["Dentist, moved"]


@pytest.mark.parametrize(("button", "left"), [("Ignore this address", ["Demo with Bob"]), ("Ignore everybody at acme.example", [])])
async def test_an_ignored_address_matches_nothing_any_more(desk: Office, screen: Screen, button: str, left: list[str]) -> None:
    await in_match(desk)
    await desk.stage.meet("Offer", EVE)
    await desk.stage.meet("Demo with Bob", "bob@acme.example", hour=14)
    page = await history(desk, screen)
    await press(await opened(page, "Offer", EVE), button)
    await told(page, "is on the Ignore List", "good")
    await desk.stage.record("Contact", "Eve", EVE)
    await desk.stage.record("Contact", "Bob", "bob@acme.example")
    await desk.service.sync(full=True)
    assert await in_salesforce(desk) == left
    await page.goto("/history?tab=unresolved&search=offer")
    await expect(item(page, "Offer").locator("td.c-participants")).to_contain_text("ignored")
    await page.goto("/settings")
    await expect(page.locator("#v-ignore_list")).to_have_value(EVE if left else "acme.example")


@pytest.mark.parametrize(("button", "winner"), [("Exchange is right", "In Outlook"), ("Salesforce is right", "In Salesforce")])
async def test_a_side_is_chosen_for_what_is_held(desk: Office, screen: Screen, button: str, winner: str) -> None:
    await desk.service.set_setting("conflict", "hold", level="subscription")
    await desk.stage.book("Review")
    await desk.service.sync()
    await desk.stage.edit("Review", Subject="In Salesforce")
    await desk.stage.change("Review", subject="In Outlook")
    page = await history(desk, screen)
    held = item(page, "In Outlook")
    await expect(held.locator("td.c-why")).to_contain_text("until somebody chooses")
    await press(held, button)
    await told(page, f"{button.removesuffix(' is right')} was right", "good")
    await desk.stage.both(winner)


async def test_a_value_that_lost_a_conflict_is_put_back(desk: Office, screen: Screen) -> None:
    await desk.stage.book("Review")
    await desk.service.sync()
    await desk.stage.edit("Review", Location="Cellar")
    await desk.stage.change("Review", location={"displayName": "Attic"})
    page = await history(desk, screen, "synced")
    await expect(item(page, "Review").locator("td.c-why")).to_contain_text("Lost: place “Cellar”")
    await press(item(page, "Review"), "Put it back")
    await told(page, "The value is back", "good")
    assert (await desk.stage.event("Review"))["Location"] == "Cellar"
    assert (await desk.stage.item("Review"))["location"]["displayName"] == "Cellar"
    await expect(item(page, "Review").locator("td.c-why")).not_to_contain_text("Lost:")


async def test_what_is_past_is_deleted_when_a_person_says_so(desk: Office, screen: Screen) -> None:
    await desk.stage.book("Last month", day=-3)
    await desk.service.sync()
    await desk.stage.act("exchange", ANN, "remove", subject="Last month")
    page = await history(desk, screen, "synced")
    await expect(item(page, "Last month").locator("td.c-why")).to_contain_text("what is past is never deleted automatically")
    assert await in_salesforce(desk) == ["Last month"]
    await press(item(page, "Last month"), "Exchange is right")
    await told(page, "Exchange was right", "good")
    assert await in_salesforce(desk) == []


async def test_a_write_is_taken_back(desk: Office, screen: Screen) -> None:
    await desk.stage.book("Kick-off")
    await desk.service.sync()
    await desk.stage.change("Kick-off", location={"displayName": "Room 5"})
    page = await history(desk, screen, "synced")
    assert (await desk.stage.event("Kick-off"))["Location"] == "Room 5"
    await follow(item(page, "Kick-off"), "Undo")
    await titled(page, "Take back what Twincal wrote")
    await expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    runs = page.get_by_role("link", name="What would undoing it do?")
    await runs.first.click()
    await expect(page.locator("main")).to_contain_text("This is what would be written.")
    await press(page, "Take it back")
    await told(page, "1 of 1 were taken back.", "good")
    assert (await desk.stage.event("Kick-off")).get("Location") in (None, "")
    await desk.service.sync()
    assert (await desk.stage.item("Kick-off"))["location"]["displayName"] == "Room 5", "only Twincal's own write is taken back"


async def test_two_that_are_the_same_are_paired(desk: Office, screen: Screen) -> None:
    await desk.stage.book("Lunch with Bo", hour=12)
    event = await desk.stage.enter("Lunch Bo", hour=12)
    page = await history(desk, screen)
    await expect(item(page, "Lunch with Bo").locator("td.c-why")).to_contain_text("It may be the same as an event in Salesforce")
    menu = await opened(page, "Lunch with Bo", "It is the same as")
    await menu.get_by_role("button", name="Lunch Bo").click()
    await told(page, "The two are linked", "good")
    await desk.service.sync()
    found = await desk.stage.event("Lunch with Bo")
    assert found["Id"] == event, "the event that was there is kept, and none is added"
    await desk.stage.change("Lunch with Bo", subject="Lunch at the lake")
    await desk.service.sync()
    assert (await desk.stage.event("Lunch at the lake"))["Id"] == event


async def test_many_are_settled_by_address(desk: Office, screen: Screen) -> None:
    await in_match(desk)
    for who in (ANN, BEN):
        await desk.stage.meet("Offer", CARLA, who=who)
        await desk.stage.meet("Review", DORA, who=who, hour=15)
    await desk.stage.meet("Demo", CARLA, hour=12)
    await desk.service.sync()
    page = await screen.open("/history/grouped", await desk.admin())
    await titled(page, "Unresolved, by address")
    numbers = await row(page, "acme.example").first.locator("td.n").all_inner_texts()
    assert numbers == ["3", "2"], "items, people"
    await page.get_by_label("initech.example", exact=True).check()
    await press(page, "Ignore what is ticked")
    await told(page, "initech.example: on the Ignore List of 2 people.", "good")
    await desk.stage.record("Contact", "Carla", CARLA)
    await desk.stage.record("Contact", "Dora", DORA)
    await press(page, "Try everything again")
    await told(page, "Everything unresolved of 2 people was tried again.", "good")
    assert await in_salesforce(desk) == ["Demo", "Offer"]
    assert await in_salesforce(desk, BEN) == ["Offer"]
