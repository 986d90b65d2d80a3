"""The page *Explain* for an example of every rule: its code and phrase, the setting that decided, the smallest change."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from shutil import copytree

import aiohttp
import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from playwright.async_api import Browser, expect
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.engine.conftest import Company
from tests.engine.planting import WITHOUT_MARK, misremember
from tests.engine.stage import ANN
from tests.engine.stage import Stage as Home
from tests.scenarios.stage import TODAY
from tests.web.browser import findings, needs_chromium, served
from tests.web.examples import Watched, anns, chosen, moments, pieces
from tests.web.screen import Screen, follow, press, titled
from tests.web.stage import Office
from tests.web.visitor import Page
from twincal.core.explain import RULES
from twincal.core.rules.undo import UNDO
from twincal.core.rules.verify import VERIFY
from twincal.engine import desk as desk_module
from twincal.wiring import opened

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_PAGE = {
    "F27": "one half was private, so nothing of the pair may be told once the other is gone (SPEC 3.3)",
    "F28": "as F27, the other way round",
    "F40": "both halves are gone, and there is no item to ask about",
    "G11": "it lets everything pass, so it never stands in a trail",
    "V07": "it is told of a copy beside the rule that judges it, which has the page",
}
"""Rules that decide and yet have no item whose page could show them."""
VERIFIED, UNDONE = frozenset(rule.code for rule in VERIFY.rows) - NO_PAGE.keys(), frozenset(rule.code for rule in UNDO.rows)
"""Rules that no scenario page reaches; they have tests of their own below."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("blank") / "home"
    async with opened(home, now=TODAY):
        return home


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost little: nobody signs in with a password here, and a home is opened for each page."""
    monkeypatch.setattr(desk_module, "PasswordHasher", partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1))


@pytest_asyncio.fixture(loop_scope="module")
async def calm(company: Company) -> AsyncIterator[Company]:
    yield company
    await company[0].weather.settle()


def test_no_code_is_without_an_example() -> None:
    reached = {code for _, codes in chosen().values() for code in codes}
    assert reached | VERIFIED | UNDONE | NO_PAGE.keys() == set(RULES)
    assert not reached & NO_PAGE.keys(), "it has a page after all"


@pytest.mark.parametrize("name", chosen())
async def test_the_page_names_phrase_setting_and_change(name: str, calm: Company, blank: Path, tmp_path: Path) -> None:
    case, wanted = chosen()[name]
    sandbox, http = calm
    stage = await watched(http, sandbox.announcement(), copytree(blank, tmp_path / "home"), dict(case.chosen))
    seen: set[str] = set()
    async for item, codes in moments(stage, case, wanted):
        async with anns(stage) as ann:
            page = await ann.get(f"/explain?item={item.replace('+', '%2B')}")
        for code in codes:
            explains(page, code)
        seen |= codes
    assert seen == wanted, "the scenario asserts it and asks nobody about it"


async def watched(http: aiohttp.ClientSession, line: dict[str, object], home: Path, choices: dict[str, str]) -> Watched:
    return Watched(http, line, Path(home), choices)


def explains(page: Page, code: str) -> None:
    """Everything that a page owes its reader about a rule that decided."""
    assert page.status == 200
    answer = HTMLParser(page.html).css_first("article.answer")
    assert answer, f"there is no answer on it: {page.text}"
    lines = [" ".join(node.text().split()) for node in answer.css("ol.trail li")]
    reasons = {line.split()[0]: line for line in lines}
    assert code in reasons, f"{code} is not told: {reasons}"
    rule, told = RULES[code], " ".join(answer.text(separator=" ").split())
    for piece in pieces(rule.because):
        assert piece in reasons[code], f"the phrase of {code} is missing in: {reasons[code]}"
    assert "…" not in reasons[code], f"evidence is missing: {reasons[code]}"
    assert "What would change that" in told
    assert [node for node in answer.css("h3 + ul li") if node.text().strip()], "it does not say what would change it"
    if rule.setting:
        assert "The setting that decided" in told, f"{code} was decided by {rule.setting}"
        assert any(mark in told for mark in ("set for", "Twincal’s default", "an administrator's rule"))


async def test_what_a_verification_mended_says_so(desk: Office) -> None:
    stage, service = desk.stage, desk.service
    await stage.book("Review")
    await service.sync()
    await stage.change("Review", subject="Retitled")
    await service.sync()
    ann = await desk.person()
    run = (await service.runs("ann@northwind.example"))[0].run
    await ann.post("/undo", who="ann@northwind.example", run=run)
    await service.verify(mend=True)
    explains(await ann.get("/explain?item=Retitled"), "V01")


async def test_what_a_verification_put_right_behind_the_values_says_so(desk: Office) -> None:
    stage, service, ann = desk.stage, desk.service, await desk.person()
    await service.set_setting("private_items", "masked", level="organization")
    for day, name in enumerate(("Unmarked", "Misremembered"), 4):
        await stage.book(name, day=day)
    await stage.book("Surgery", sensitivity="private")
    for day, name in enumerate(("Call", "Dinner"), 14):
        await stage.enter(name, day=day)
    await service.sync()
    await stage.edit("Unmarked", Twincal_Key__c=None)
    await stage.change("Call", **WITHOUT_MARK)
    await stage.edit("Private", Subject="Surgery")
    await service.sync()
    await misremember(service, ANN, "Misremembered")
    await service.verify(mend=True)
    for name, code in (("Unmarked", "V02"), ("Call", "V03"), ("Private", "V04"), ("Misremembered", "V06")):
        explains(await ann.get(f"/explain?item={name}"), code)
    await stage.edit("Dinner", IsPrivate=True)
    await service.sync()
    await service.verify(mend=True)
    dinner = next(row for row in await service.history(ANN) if row.code == "V05")
    explains(await ann.get(f"/explain?item={dinner.item}"), "V05")


async def meddled(desk: Office) -> None:
    """A run that updated, made and deleted events, and what people did with them since: each ends under a rule of its own."""
    stage: Home = desk.stage
    service = desk.service
    kept = ("Moved", "Edited", "Gone", "Back", "Hidden", "Cut", "Cut and back", "Cut and hidden")
    for number, name in enumerate(kept):
        await stage.book(name, day=number + 4)
    await service.sync()
    for name in kept[:5]:
        await stage.change(name, location={"displayName": "Room 2"})
    deleted = {name: (await stage.event(name))["Id"] for name in kept[5:]}
    for name in deleted:
        await stage.act("exchange", "ann@northwind.example", "remove", subject=name)
    for number, name in enumerate(("Made", "Made and edited", "Made and gone", "Made and hidden")):
        await stage.book(name, day=number + 15)
    await service.sync()
    ben = stage.people["ben@northwind.example"]["salesforce_user_id"]
    for name in ("Edited", "Made and edited"):
        await stage.edit(name, Location="By hand")
    await stage.edit("Back", Location="")
    for name in ("Gone", "Made and gone"):
        await stage.act("salesforce", "ann@northwind.example", "delete", id=(await stage.event(name))["Id"])
    for name in ("Cut and back", "Cut and hidden"):
        await stage.act("salesforce", "ann@northwind.example", "undelete", id=deleted[name])
    for name in ("Hidden", "Made and hidden", "Cut and hidden"):
        await stage.edit(name, OwnerId=ben)


@needs_chromium
async def test_every_rule_of_an_undo_stands_on_its_page(desk: Office, browser: Browser) -> None:
    await meddled(desk)
    async with served(desk.app) as url:
        screen = Screen(browser, url)
        page = await screen.open("/undo", await desk.person())
        await page.get_by_role("link", name="What would undoing it do?").first.click()
        await expect(page.locator("main")).to_contain_text("This is what would be written.")
        rows = await page.locator("tbody tr", has=page.locator("code")).all_inner_texts()
        await screen.close()
    found = {code: text for text in rows for code in UNDONE if code in text.split()}
    assert found.keys() == UNDONE
    for code, text in found.items():
        for piece in (*pieces(RULES[code].because), *pieces(RULES[code].remedy)):
            assert piece in " ".join(text.split()), code


@needs_chromium
async def test_the_way_to_an_explanation_in_a_browser(desk: Office, browser: Browser) -> None:
    stage, service = desk.stage, desk.service
    await service.set_setting("mode", "match", level="subscription")
    event = await stage.enter("Call with Bo")
    await stage.meet("Offer", "eve@acme.example")
    await stage.book("Offer, the second", hour=14)
    outlook = (await stage.book("Findable", hour=16))["webLink"]
    await service.sync()
    async with served(desk.app) as url:
        screen = Screen(browser, url)
        page = await screen.open("/explain", await desk.person())
        await page.get_by_label("Subject, id, or a link").fill("offer")
        await press(page, "Explain")
        await follow(page, "Offer, the second")
        answer = page.locator("article.answer")
        await expect(answer.locator("h2")).to_have_text("Offer, the second")
        await expect(answer).to_contain_text("mode = match, set for subscription by the operator")
        await follow(answer, "Change Mode")
        await titled(page, "My settings")
        await page.goto(f"/explain?item=https://northwind.my.salesforce.com/lightning/r/Event/{event}/view")
        await expect(answer.locator("h2")).to_have_text("Call with Bo")
        await expect(answer.locator("ol.trail code")).to_have_text(["A20", "P01", "F02"])
        await expect(answer.locator("ol.timeline")).to_contain_text("created in Exchange")
        assert await findings(page) == []
        await page.get_by_label("Subject, id, or a link").fill(outlook)
        await press(page, "Explain")
        await expect(answer.locator("h2")).to_have_text("Findable")
        await page.goto("/explain?item=nothing+like+it")
        await expect(page.locator("p.say.bad")).to_contain_text("No item of ann@northwind.example matches")
        await screen.close()
