"""Settings in a browser: locks, lists with wrong lines, and what-ifs whose counts the next cycle carries out."""

import re
from collections.abc import Mapping

import pytest
from playwright.async_api import Locator, Page, expect

from tests.engine.stage import ANN, BEN, CARLA, DORA
from tests.web.browser import needs_chromium
from tests.web.screen import Screen, follow, press, row, titled, told
from tests.web.stage import Office
from twincal.engine.report import Report

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]

SUBSCRIPTION = "/admin/settings?level=subscription"
WRITES = {
    ("create", "exchange"): "Create in Exchange",
    ("create", "salesforce"): "Create in Salesforce",
    ("update", "exchange"): "Update in Exchange",
    ("update", "salesforce"): "Update in Salesforce",
    ("delete", "exchange"): "Delete in Exchange",
    ("delete", "salesforce"): "Delete in Salesforce",
}


def setting(page: Page, key: str) -> Locator:
    return page.locator(f"section#{key}".replace(".", "\\."))


async def foreseen(page: Page) -> dict[str, int]:
    """What stands in the column *With the change*, by the words of the row."""
    await titled(page, "What it would do")
    rows = await page.locator("table.sums tbody tr").all()
    assert rows, "the what-if has come to its end"
    return {await one.locator("th").inner_text(): int((await one.locator("td").nth(1).inner_text()).split()[0]) for one in rows}


def came_true(report: Report) -> dict[str, int]:
    """The same, as a cycle reports it."""
    done = {"create": "created", "update": "updated", "delete": "deleted"}
    told = {words: getattr(report.total(done[what]), side) for (what, side), words in WRITES.items()}
    return {**told, "Mail that Exchange would send": report.mail_expected}


def only(counts: Mapping[str, int], words: Mapping[str, int]) -> dict[str, int]:
    return {name: counts[name] for name in words}


async def test_what_is_saved_after_a_what_if_comes_true_in_the_next_cycle(desk: Office, screen: Screen) -> None:
    await desk.service.set_setting("mode", "match", level="subscription")
    await desk.stage.record("Contact", "Carla", CARLA)
    await desk.stage.meet("With Carla", CARLA, hour=14)
    await desk.stage.book("Alone")
    await desk.stage.meet("With Dora", DORA, hour=16)
    await desk.service.sync()
    await desk.stage.change("With Carla", subject="Carla, moved")
    page = await screen.open("/settings", await desk.person())
    await setting(page, "mode").get_by_label("Mode").select_option("sync_all")
    await press(setting(page, "mode"), "See what it would do")
    counts = await foreseen(page)
    assert (counts["Create in Salesforce"], counts["Update in Salesforce"]) == (2, 1)
    await expect(row(page, "Alone")).to_contain_text("Create in Salesforce")
    assert await row(page, "Carla, moved").count() == 0, "what comes out the same is not listed"
    assert (await desk.stage.subjects())[1] == ["With Carla"], "nothing is written by asking"
    await press(page, "Save it")
    await told(page, "Mode is now sync_all; before, it was match.", "good")
    happened = came_true(await desk.service.sync())
    assert happened == only(counts, happened)
    assert (await desk.stage.subjects())[1] == ["Alone", "Carla, moved", "With Dora"]


async def test_a_change_is_taken_back_with_one_press(desk: Office, screen: Screen) -> None:
    page = await screen.open("/settings", await desk.person())
    await setting(page, "conflict").get_by_role("combobox").select_option("latest")
    await press(setting(page, "conflict"), "Save")
    await told(page, "is now latest; before, it was exchange", "good")
    await expect(setting(page, "conflict")).to_contain_text("Comes from the person ann@northwind.example by Ann Smith")
    await press(page, "Take it back")
    await told(page, "is now exchange; before, it was latest", "good")
    await expect(setting(page, "conflict")).not_to_contain_text("by Ann Smith")
    assert {one.key: one.level for one in await desk.service.settings(ANN)}["conflict"] == "default", "nothing is left of it"


async def test_leaving_a_what_if_saves_nothing(desk: Office, screen: Screen) -> None:
    page = await screen.open("/settings", await desk.person())
    await setting(page, "mode").get_by_role("combobox").select_option("off")
    await press(setting(page, "mode"), "See what it would do")
    await foreseen(page)
    await follow(page, "Leave it as it is")
    await titled(page, "My settings")
    assert {one.key: one.value for one in await desk.service.settings(ANN)}["mode"] == "sync_all"


async def test_a_lock_is_set_shown_and_taken_away(desk: Office, screen: Screen) -> None:
    admin = await screen.open(SUBSCRIPTION, await desk.admin())
    await setting(admin, "mode").get_by_role("combobox").select_option("match")
    await setting(admin, "mode").get_by_label("Lock for everybody below").check()
    await press(setting(admin, "mode"), "Save")
    await told(admin, "Mode is now match", "good")
    await expect(setting(admin, "mode").get_by_label("Lock for everybody below")).to_be_checked()
    ann = await screen.open("/settings", await desk.person())
    locked = setting(ann, "mode")
    await expect(locked).to_have_class(re.compile(r"\blocked\b"))
    await expect(locked).to_contain_text("Locked by the subscription")
    await expect(locked).to_contain_text("by Ada Admin")
    await expect(locked.locator("output")).to_have_text("match")
    assert await locked.get_by_role("button").count() == 0, "there is nothing to press"
    await expect(ann.get_by_label("What administrators changed")).to_contain_text("Ada Admin changed your settings")
    await setting(admin, "mode").get_by_label("Lock for everybody below").uncheck()
    await press(setting(admin, "mode"), "Save")
    await expect(setting(admin, "mode").get_by_label("Lock for everybody below")).not_to_be_checked()
    await ann.reload()
    await expect(setting(ann, "mode").get_by_role("button", name="Save")).to_be_visible()


async def test_wrong_lines_of_a_list_are_named_and_what_was_typed_stays(desk: Office, screen: Screen) -> None:
    page = await screen.open("/settings", await desk.person())
    typed = "acme.com\nnot an address\nbob@initech.example\n@@"
    for button in ("Save", "See what it would do"):
        await setting(page, "ignore_list").get_by_label("Ignore List").fill(typed)
        await press(setting(page, "ignore_list"), button)
        problem = setting(page, "ignore_list").locator("p.say.bad")
        await expect(problem).to_contain_text("Line 2: not an address")
        await expect(problem).to_contain_text("Line 4: @@")
        await expect(problem).not_to_contain_text("Line 1")
        await expect(setting(page, "ignore_list").get_by_label("Ignore List")).to_have_value(typed)
        assert {one.key: one.value for one in await desk.service.settings(ANN)}["ignore_list"] == "", "nothing of it is saved"
        await page.goto("/settings")
    await setting(page, "ignore_list").get_by_label("Ignore List").fill("Acme.com; bob@initech.example, ")
    await press(setting(page, "ignore_list"), "Save")
    await told(page, "Ignore List is now", "good")
    await expect(setting(page, "ignore_list").get_by_label("Ignore List")).to_have_value("acme.com\nbob@initech.example")


async def test_an_administrators_entry_stands_beside_the_persons_own(desk: Office, screen: Screen) -> None:
    await desk.service.set_setting("ignore_list", "acme.example", level="subscription")
    await desk.service.set_setting("ignore_list", "initech.example", level="user", who=ANN)
    page = await screen.open("/settings", await desk.person())
    await expect(setting(page, "ignore_list").get_by_label("Ignore List")).to_have_value("initech.example")
    await expect(setting(page, "ignore_list")).to_contain_text(
        "With the entries of the levels above: acme.example, initech.example"
    )
    assert await setting(page, "global_exclusion_list").count() == 0, "the list of administrators is not shown to people"


async def two_people(desk: Office, mode: str) -> None:
    """Ann and Ben, each with a meeting with Carla, one with Dora, and an appointment, none of them synced yet."""
    await desk.service.set_setting("mode", mode, level="subscription")
    await desk.stage.record("Contact", "Carla", CARLA)
    await desk.stage.record("Contact", "Dora", DORA)
    for who in (ANN, BEN):
        await desk.stage.meet("Offer", CARLA, who=who)
        await desk.stage.meet("Review", DORA, who=who, hour=14)
        await desk.stage.book("Alone", who=who, hour=16)


CHANGES = {
    "an entry of the Ignore List": ("match", "ignore_list", "acme.example", ["Review"]),
    "an entry of the Global Exclusion List": ("sync_all", "global_exclusion_list", "initech.example", ["Alone", "Offer"]),
    "a lock over what Ann chose": ("sync_all", "mode", "match", ["Offer", "Review"]),
}
"""The mode of the subscription, what its administrator changes, and what everybody then gets in Salesforce."""


@pytest.mark.parametrize("change", CHANGES)
async def test_a_what_if_for_everybody_comes_true(desk: Office, screen: Screen, change: str) -> None:
    mode, key, value, subjects = CHANGES[change]
    await two_people(desk, mode)
    page = await screen.open(SUBSCRIPTION, await desk.admin())
    field = setting(page, key).locator(f"#v-{key}")
    if key == "mode":
        await desk.service.set_setting("mode", "sync_all", level="user", who=ANN)
        await field.select_option(value)
        await setting(page, key).get_by_label("Lock for everybody below").check()
    else:
        await field.fill(value)
    await press(setting(page, key), "See what it would do")
    counts = await foreseen(page)
    assert counts["Create in Salesforce"] == 2 * len(subjects), "for both of them"
    await press(page, "Save it")
    await titled(page, "Settings of the subscription")
    happened = came_true(await desk.service.sync())
    assert happened == only(counts, happened)
    assert [(await desk.stage.subjects(who))[1] for who in (ANN, BEN)] == [subjects, subjects]
