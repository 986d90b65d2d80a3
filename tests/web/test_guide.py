"""The page on troubleshooting: each of the guide's situations has its picture there, and what it quotes is what Twincal says."""

import re
from collections.abc import Mapping

import pytest
import pytest_asyncio

from tests.engine.stage import ANN
from tests.house.sources import ROOT
from tests.web import guide
from tests.web.stage import Office
from tests.web.visitor import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

TROUBLESHOOTING = (ROOT / "docs" / "howto" / "troubleshooting.md").read_text(encoding="utf-8")
PICTURE = re.compile(r"^\[!\[[^\]]+\]\((../images/guide-([\w-]+)\.png)\)\]\((../images/guide-[\w-]+\.png)\)$", re.MULTILINE)
QUOTED = re.compile(r"^> (.+)$", re.MULTILINE)
WITHOUT_WORDS = {"private-not-listed", "ignore-list"}
"""Pictures of what is not there, and of a list: there is nothing to quote."""
TOPICS = ("Recurring meetings", "Leads", "Appointments", "Private items", "Associations in Salesforce", "The Ignore List",
          "The body and the Description")  # fmt: skip
"""What the guide speaks of, in its order."""


def quotes() -> Mapping[str, list[str]]:
    """What is quoted below each picture, by the situation that it shows."""
    found = list(PICTURE.finditer(TROUBLESHOOTING))
    ends = [each.start() for each in found[1:]] + [len(TROUBLESHOOTING)]
    return {each[2]: QUOTED.findall(TROUBLESHOOTING[each.end() : end]) for each, end in zip(found, ends, strict=True)}


def bare(text: str) -> str:
    """A text without blanks: markup puts them in odd places."""
    return "".join(text.split())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(front: Office) -> Mapping[str, Page]:
    """The page of each situation, as its reader sees it."""
    await guide.furnish(front.stage, front.service)
    found = {}
    for name, (who, path) in (await guide.answers(front.stage)).items():
        found[name] = await (await front.person(who) if who else await front.admin()).get(path)
    return found


async def test_every_situation_has_its_picture_and_opens_it_in_full_size(told: Mapping[str, Page]) -> None:
    assert told.keys() == quotes().keys()
    assert all(each[1] == each[3] and (ROOT / "docs" / "images" / f"guide-{each[2]}.png").is_file()
               for each in PICTURE.finditer(TROUBLESHOOTING))  # fmt: skip
    heads = re.findall(r"^## (.+)$", TROUBLESHOOTING, re.MULTILINE)
    assert tuple(heads[: len(TOPICS)]) == TOPICS


@pytest.mark.parametrize("name", quotes())
async def test_what_is_quoted_is_what_twincal_says(name: str, told: Mapping[str, Page]) -> None:
    assert told[name].status == 200
    assert bool(quotes()[name]) is (name not in WITHOUT_WORDS)
    for quote in quotes()[name]:
        assert bare(quote) in bare(told[name].text), quote


async def test_a_private_item_is_told_of_to_nobody_else(front: Office, told: Mapping[str, Page]) -> None:
    assert guide.PRIVATE not in told["private-not-listed"].text
    admin, (_, path) = await front.admin(), (await guide.answers(front.stage))["private"]
    page = await admin.get(f"{path}&who={ANN}")
    assert "Only its owner is told" in page.text and "private items are ignored completely" not in page.text
