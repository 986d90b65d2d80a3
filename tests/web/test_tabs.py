"""The three tabs of the history in a browser: columns, sorting, searching, reasons, folded series, pages, the way back, CSV."""

import csv
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.engine.stage import ANN, CARLA, DORA
from tests.web.browser import needs_chromium, served
from tests.web.scenery import NO_SYNC
from tests.web.screen import Screen, follow, press, row
from tests.web.stage import Office

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]

WEEKLY = {
    "pattern": {"type": "daily", "interval": 1},
    "range": {"type": "numbered", "startDate": "2027-03-08", "numberOfOccurrences": 4},
}
HEADS = ["Subject", "Why, and what you can do", "Start", "End", "Organizer", "Participants", "Comes from", "Matched records",
         "Related to", "Reason", "First seen", "Last attempt", "Attempts", "Next attempt", "Retry ends"]  # fmt: skip
ROUNDS = 52
"""More than one page, with the four of the series."""


async def furnish(office: Office) -> None:
    """Ann's history with rows for several reasons in each tab."""
    stage, service = office.stage, office.service
    await service.set_setting("mode", "match", level="subscription")
    await service.set_setting("ignore_list", f"initech.example, {ANN}", level="user", who=ANN)
    await stage.record("Contact", "Carla Rossi", CARLA)
    await stage.meet("Standup", CARLA, day=8, hour=7, recurrence=WEEKLY)
    for number in range(ROUNDS):
        await stage.meet(f"Round {number:02}", CARLA, day=2 + number // 4, hour=8 + 2 * (number % 4))
    await stage.meet("Offer", "eve@acme.example", day=3, location={"displayName": "Room 1"})
    await stage.meet("Budget", "eve@acme.example", "max@else.example", day=5)
    await stage.meet("Internal", DORA, day=4)
    await stage.book("Gym", day=6, categories=[NO_SYNC])
    await stage.book("Dentist", day=5)
    await service.sync()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gallery(front: Office, browser: Browser) -> AsyncIterator[Screen]:
    """Windows on that history; nothing here changes it."""
    await furnish(front)
    async with served(front.app) as url:
        yield Screen(browser, url)


async def ann(front: Office, gallery: Screen, tab: str, query: str = "") -> Page:
    page = await gallery.open(f"/history?tab={tab}{query}", await front.person())
    await expect(page.get_by_role("navigation", name="Lists").locator("[aria-current]")).to_contain_text(tab.capitalize())
    return page


async def subjects(page: Page) -> list[str]:
    return await page.locator("td.c-subject a").all_inner_texts()


async def cell(page: Page, subject: str, column: str) -> str:
    return await row(page, subject).locator(f"td.c-{column}").inner_text()


async def test_the_tabs_count_and_lead_to_one_another(front: Office, gallery: Screen) -> None:
    page = await ann(front, gallery, "unresolved")
    tabs = page.get_by_role("navigation", name="Lists").get_by_role("link")
    assert await tabs.all_inner_texts() == ["Unresolved 3", f"Synced {ROUNDS + 4}", "Excluded 2"]
    await tabs.nth(2).click()
    await expect(page.locator("td.c-subject a")).to_have_text(["Dentist", "Gym"])
    await page.go_back()
    await expect(page.locator("td.c-subject a")).to_have_text(["Offer", "Internal", "Budget"])
    await page.go_forward()
    await expect(page.locator("td.c-subject a")).to_have_text(["Dentist", "Gym"])


@pytest.mark.parametrize("tab", ["unresolved", "synced", "excluded"])
async def test_every_tab_has_the_columns(front: Office, gallery: Screen, tab: str) -> None:
    page = await ann(front, gallery, tab)
    heads = [text.strip(" ▲▼") for text in await page.locator("thead th").all_inner_texts()]
    assert heads == HEADS


async def test_what_the_columns_of_each_tab_say(front: Office, gallery: Screen) -> None:
    page = await ann(front, gallery, "unresolved")
    await page.reload()
    assert await cell(page, "Offer", "code") == "A23"
    assert "no Contact or Lead has any of these addresses" in await cell(page, "Offer", "why")
    assert await cell(page, "Offer", "start") == "Wed 3 Mar 2027 10:00", "in Berlin, as the browser told with the first page"
    assert await cell(page, "Offer", "organizer") == ANN
    assert "eve@acme.example no record" in await cell(page, "Offer", "participants")
    assert (await cell(page, "Offer", "origin"), await cell(page, "Offer", "attempts")) == ("Exchange", "1")
    assert "31 Mar 2027" in await cell(page, "Offer", "retry_ends"), "thirty days after it was first seen"
    assert await cell(page, "Offer", "next_attempt")
    assert await cell(page, "Internal", "code") == "A22"
    assert f"{DORA} ignored" in await cell(page, "Internal", "participants")
    page = await ann(front, gallery, "synced", "&search=round+00")
    assert await cell(page, "Round 00", "matched") == "Carla Rossi Contact"
    record = await row(page, "Round 00").locator("td.c-matched a").get_attribute("href")
    assert record and record.rpartition("/")[2].startswith("003"), "a link to the Contact in the org"
    assert await cell(page, "Round 00", "retry_ends") == ""
    page = await ann(front, gallery, "excluded")
    assert (await cell(page, "Gym", "code"), await cell(page, "Dentist", "code")) == ("A09", "A17")


async def test_every_column_sorts_both_ways_and_the_way_back_undoes_it(front: Office, gallery: Screen) -> None:
    page = await ann(front, gallery, "unresolved")
    for head in [one for one in HEADS if not one.startswith("Why")]:
        link = page.locator("thead").get_by_role("link", name=head, exact=True)
        await link.click()
        await expect(page.locator("th[aria-sort='ascending']")).to_contain_text(head)
        await page.locator("th[aria-sort='ascending'] a").click()
        await expect(page.locator("th[aria-sort='descending']")).to_contain_text(head)
    await page.goto("/history?tab=unresolved&sort=subject")
    assert await subjects(page) == ["Budget", "Internal", "Offer"]
    await follow(page.locator("thead"), "Subject")
    await expect(page.locator("td.c-subject a")).to_have_text(["Offer", "Internal", "Budget"])
    await page.go_back()
    await expect(page.locator("td.c-subject a")).to_have_text(["Budget", "Internal", "Offer"])


async def test_search_and_reason_make_an_address_that_can_be_shared(front: Office, gallery: Screen) -> None:
    page = await ann(front, gallery, "unresolved")
    await page.get_by_label("Search").fill("max@EL")
    await press(page, "Show")
    await expect(page.locator("td.c-subject a")).to_have_text(["Budget"])
    await page.get_by_label("Search").fill("")
    await page.get_by_label("Reason").select_option("A22")
    await press(page, "Show")
    await expect(page.locator("td.c-subject a")).to_have_text(["Internal"])
    shared = await gallery.open(page.url.removeprefix(gallery.url), await front.person())
    assert await subjects(shared) == ["Internal"]
    assert (await shared.get_by_label("Reason").input_value()) == "A22"
    await page.go_back()
    await expect(page.locator("td.c-subject a")).to_have_text(["Budget"])
    await expect(page.get_by_label("Search")).to_have_value("max@EL")
    await page.get_by_label("Search").fill("nobody at all")
    await press(page, "Show")
    await follow(page, "Show everything")
    await expect(page.locator("td.c-subject a")).to_have_count(3)


async def test_the_reasons_that_can_be_chosen_are_those_of_the_tab(front: Office, gallery: Screen) -> None:
    page = await ann(front, gallery, "excluded")
    options = await page.get_by_label("Reason").locator("option").all_inner_texts()
    assert [text.split()[0] for text in options] == ["Every", "A09", "A17"]
    assert all(text.endswith("(1)") for text in options[1:])


async def test_a_series_folds_wherever_its_instances_stand(front: Office, gallery: Screen) -> None:
    page = await ann(front, gallery, "synced", "&fold=series&sort=end&order=down")
    assert await page.locator("td.c-subject", has_text="Standup").all_inner_texts() == ["Standup 4 times"]
    first = await subjects(page)
    await follow(page, "Next page")
    await expect(page.get_by_role("link", name="First page")).to_be_visible()
    assert len([*first, *await subjects(page)]) == ROUNDS + 1, "each round once, and the series once"


async def test_a_series_folds_into_one_row(front: Office, gallery: Screen) -> None:
    page = await ann(front, gallery, "synced", "&search=standup")
    await expect(page.locator("td.c-subject a")).to_have_text(["Standup"] * 4)
    await page.get_by_label("Fold series").check()
    await press(page, "Show")
    await expect(page.locator("td.c-subject")).to_have_text(["Standup 4 times"])
    assert await page.get_by_label("Search").input_value() == "standup"
    await page.get_by_label("Fold series").uncheck()
    await press(page, "Show")
    await expect(page.locator("td.c-subject a")).to_have_count(4)


async def test_pages_follow_one_another_and_the_way_back(front: Office, gallery: Screen) -> None:
    page = await ann(front, gallery, "synced", "&sort=subject")
    first = await subjects(page)
    assert len(first) == 50
    await follow(page, "Next page")
    await expect(page.get_by_role("link", name="First page")).to_be_visible()
    second = await subjects(page)
    assert first + second == [f"Round {number:02}" for number in range(ROUNDS)] + ["Standup"] * 4, "none missing, none twice"
    assert await page.get_by_role("link", name="Next page").count() == 0
    await page.go_back()
    await expect(page.locator("td.c-subject a")).to_have_text(first)
    await page.go_forward()
    await follow(page, "First page")
    await expect(page.locator("td.c-subject a")).to_have_text(first)


async def test_the_export_holds_every_row_that_the_filters_leave(front: Office, gallery: Screen, tmp_path: Path) -> None:
    page = await ann(front, gallery, "synced", "&search=round&sort=subject&order=down")
    async with page.expect_download() as waiting:
        await follow(page, "Export as CSV")
    found = await waiting.value
    assert found.suggested_filename == "twincal-synced.csv"
    await found.save_as(tmp_path / "rows.csv")
    head, *rows = csv.reader((tmp_path / "rows.csv").read_text(encoding="utf-8-sig").splitlines())
    assert [line[0] for line in rows] == [f"Round {number:02}" for number in reversed(range(ROUNDS))], "all pages of it"
    assert set(HEADS) - {"Why, and what you can do"} <= set(head)
    assert rows[0][head.index("Matched records")] == "Carla Rossi"


async def test_a_row_leads_to_its_explanation_and_back(front: Office, gallery: Screen) -> None:
    page = await ann(front, gallery, "unresolved")
    await follow(page, "Offer")
    await expect(page.locator("article.answer h2")).to_have_text("Offer")
    await page.go_back()
    await expect(page.locator("td.c-subject a")).to_have_text(["Offer", "Internal", "Budget"])
