"""A held plan in a browser: who would be mailed, let go on, in part too, declined, with what then stands in both calendars."""

import pytest
from playwright.async_api import Page, expect

from tests.engine.stage import ANN, CARLA, DORA
from tests.web.browser import needs_chromium
from tests.web.screen import Screen, follow, press, row, titled, told
from tests.web.stage import Office

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]

TALKS = [f"Talk {number:02}" for number in range(12)]
GONE = TALKS[:9]
LEFT = TALKS[9:]


async def held(desk: Office, screen: Screen) -> Page:
    """Nine of twelve events were deleted in Salesforce, the first two with somebody invited; the administrator looks at it."""
    await desk.service.set_setting("notify_attendees", "always", level="subscription")
    for number, name in enumerate(TALKS):
        await (desk.stage.meet(name, CARLA, day=5 + number) if number < 2 else desk.stage.book(name, day=5 + number))
    await desk.service.sync()
    for name in GONE:
        await desk.stage.act("salesforce", ANN, "delete", id=(await desk.stage.event(name))["Id"])
    await desk.service.sync()
    assert (await desk.stage.subjects())[0] == TALKS, "nothing is deleted by itself"
    page = await screen.open("/", await desk.admin())
    await expect(row(page, ANN)).to_contain_text("The plan deletes 9 items or series, more than the 5 allowed")
    await follow(row(page, ANN), "Decide")
    await expect(page.locator("form tbody tr")).to_have_count(9)
    return page


def mail(page: Page, item: str) -> str:
    return f"form tbody tr:has(td:text-is('{item}')) td.n"


async def test_it_tells_what_would_happen_and_to_whom_before_it_is_released(desk: Office, screen: Screen) -> None:
    page = await held(desk, screen)
    await titled(page, "Held plans")
    assert await row(page, ANN).locator("td.n").all_inner_texts() == ["9", "2"], "steps, and mail that would be sent"
    await expect(page.locator(mail(page, "Talk 00"))).to_have_text("1")
    await expect(page.locator(mail(page, "Talk 05"))).to_have_text("0")
    to = [row(page, name).locator("td[data-title=To]") for name in ("Talk 00", "Talk 05")]
    assert [await cell.inner_text() for cell in to] == [CARLA, ""]
    await expect(page.locator("form tbody tr", has_text="Talk 05")).to_contain_text("Delete in Exchange")
    assert await desk.stage.mails() == []
    await press(page, "Release everything")
    await told(page, "Released: 9 writes were carried out.", "good")
    await expect(page.locator("main")).to_contain_text("No guard holds anything.")
    assert await desk.stage.subjects() == (LEFT, LEFT)
    assert sorted(await desk.stage.mails()) == [("cancellation", name, CARLA) for name in TALKS[:2]]


async def test_what_is_ticked_goes_on_and_the_rest_waits(desk: Office, screen: Screen) -> None:
    page = await held(desk, screen)
    for name in ("Talk 05", "Talk 06"):
        await page.get_by_label(name, exact=True).check()
    await press(page, "Release what is ticked")
    await told(page, "Released: 2 writes were carried out.", "good")
    assert (await desk.stage.subjects())[0] == [name for name in TALKS if name not in ("Talk 05", "Talk 06")]
    await expect(row(page, ANN).locator("td.n").first).to_have_text("7")
    await desk.service.sync()
    assert (await desk.stage.subjects())[0] == [name for name in TALKS if name not in ("Talk 05", "Talk 06")], (
        "a further cycle lets nothing of it slip through"
    )
    assert await desk.stage.mails() == []


async def test_nothing_ticked_is_told_and_nothing_happens(desk: Office, screen: Screen) -> None:
    page = await held(desk, screen)
    await page.goto("/held")
    await follow(row(page, ANN), "Look at the items")
    await press(page, "Release what is ticked")
    await told(page, "Nothing was ticked.", "bad")
    assert (await desk.stage.subjects())[0] == TALKS


async def test_what_is_declined_is_made_again_on_the_side_where_it_was_deleted(desk: Office, screen: Screen) -> None:
    page = await held(desk, screen)
    await press(page, "Decline everything")
    await told(page, "Declined: 9 items", "good")
    assert await desk.stage.subjects() == (TALKS, TALKS)
    assert await desk.stage.mails() == [], "nobody is mailed"
    await expect(page.locator("main")).to_contain_text("No guard holds anything.")
    await page.goto("/audit")
    await expect(page.locator("tbody tr").first).to_contain_text("Ada Admin")


async def test_nobody_is_named_on_a_private_item(desk: Office) -> None:
    await desk.service.set_setting("notify_attendees", "always", level="subscription")
    await desk.service.set_setting("private_items", "masked", level="organization")
    await desk.stage.meet("Secret", CARLA, day=4, sensitivity="private")
    for number, name in enumerate(TALKS):
        await (desk.stage.meet(name, DORA, day=5 + number) if number < 1 else desk.stage.book(name, day=5 + number))
    await desk.service.sync()
    for name in ("Private", *GONE):
        await desk.stage.act("salesforce", ANN, "delete", id=(await desk.stage.event(name))["Id"])
    await desk.service.sync()
    (plan,) = await desk.service.held_plans()
    admin = await desk.admin()
    page, answer = await admin.get(f"/held/{plan.plan}"), await admin.http.get(f"/api/v1/held/{plan.plan}")
    told = {step["subject"]: (step["mail"], step["mailed"]) for step in answer.json()}
    assert (told["Private"], told["Talk 00"], told["Talk 01"]) == ((1, []), (1, [DORA]), (0, []))
    assert DORA in page.text
    assert CARLA not in page.html + answer.text
