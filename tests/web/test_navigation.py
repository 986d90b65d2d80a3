"""The navigation: which places who sees, and that every page knows where it is."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.engine.stage import ANN, BEN
from tests.web.stage import Office
from tests.web.visitor import Page, Visitor
from twincal.core.access import Authority
from twincal.core.vocabulary import Level

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALL = ["Home", "Organization", "Subscriptions", "Profiles", "Users", "My settings"]


def listed(page: Page, name: str, which: str = "") -> list[str]:
    """What a navigation of this name lists; only what is marked as current with `which`."""
    links = LexborHTMLParser(page.html).css(f'nav[aria-label="{name}"] a{which}')
    return [link.text().strip() for link in links]


def current(page: Page) -> list[str]:
    return listed(page, "Places", "[aria-current]")


async def somebody(front: Office, *authorities: Authority) -> Visitor:
    """Ann, with a calendar of her own, as administrator of these parts."""
    ann = await front.person()
    found = await front.service.desk.visitors.find(email=ANN)
    assert found is not None
    await front.service.desk.visitors.appoint(found.id, authorities)
    return ann


PLACES = {
    "nothing": ((), ["Home", "My settings"]),
    "a profile": ((Authority(Level.PROFILE, "Standard User"),), ["Home", "Profiles", "Users", "My settings"]),
    "the subscription": ((Authority(Level.SUBSCRIPTION),), ["Home", "Subscriptions", "Profiles", "Users", "My settings"]),
    "the organization": ((Authority(Level.ORGANIZATION),), ALL),
}


@pytest.mark.parametrize("part", PLACES)
async def test_everybody_sees_the_places_of_their_part_and_each_opens(front: Office, part: str) -> None:
    authorities, names = PLACES[part]
    ann = await somebody(front, *authorities)
    home = await ann.get("/")
    assert listed(home, "Places") == names
    for link in LexborHTMLParser(home.html).css('nav[aria-label="Places"] a'):
        page = await ann.get(link.attributes["href"] or "")
        assert (page.status, current(page)) == (200, [link.text().strip()])
        for inner in LexborHTMLParser(page.html).css("nav.within a"):
            within = await ann.get(inner.attributes["href"] or "")
            assert (within.status, current(within)) == (200, [link.text().strip()]), inner.text()
            assert LexborHTMLParser(within.html).css("nav.within [aria-current]")[0].text() == inner.text()


async def test_what_is_about_somebody_else_belongs_to_users(front: Office) -> None:
    ann = await somebody(front, Authority(Level.ORGANIZATION))
    for path in ("history", "calendar", "explain", "undo", "settings"):
        assert current(await ann.get(f"/{path}?who={BEN}")) == ["Users"], path
        assert current(await ann.get(f"/{path}?who={ANN}")) == ["My settings" if path == "settings" else "Home"], path
    settings = {"organization": "Organization", "subscription": "Subscriptions", "profile&name=Standard User": "Profiles"}
    for level, place in settings.items():
        assert current(await ann.get(f"/admin/settings?level={level}")) == [place]


async def test_people_reach_their_calendar_history_and_explanations_from_home(front: Office) -> None:
    ann = await somebody(front)
    assert listed(await ann.get("/"), "Pages of Home") == ["Overview", "My calendar", "History", "Explain"]
