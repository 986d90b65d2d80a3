"""Who may open what: every route, for nobody, a person, an administrator of a profile, and one of the organization."""

import pytest

from tests.engine.stage import ANN, BEN
from tests.web.stage import Office
from tests.web.visitor import Visitor
from twincal.web import pages
from twincal.web.visit import Needs, Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPENED = {"{token}": "no-such-token", "{job}": "no-such-job", "{plan}": "no-such-plan", "{provider}": "nobody"}


def address(page: Page) -> str:
    found = page.path
    for place, value in OPENED.items():
        found = found.replace(place, value)
    return found


def named(page: Page) -> str:
    return f"{page.methods[0]} {page.path}"


async def opened(visitor: Visitor, page: Page) -> int:
    if page.methods == ("POST",):
        found = await visitor.post(address(page), who="nobody@northwind.example", name="nobody@northwind.example", visitor="")
    else:
        found = await visitor.get(f"{address(page)}?level=subscription")
    return found.status if not found.where.startswith("/sign-in?") and found.where != "/sign-in" else 401


CLOSED = [page for page in pages.ALL if page.needs is not Needs.NOBODY]
QUIET_LEAVING = ("/sign-out", "/sign-out-everywhere")


@pytest.mark.parametrize("page", CLOSED, ids=named)
async def test_a_stranger_is_shown_the_door(front: Office, page: Page) -> None:
    assert await opened(front.stranger(), page) == 401


@pytest.mark.parametrize("page", [one for one in CLOSED if one.needs is not Needs.VISITOR], ids=named)
async def test_a_person_without_the_role_is_refused(front: Office, page: Page) -> None:
    assert await opened(await front.person(), page) == 403


@pytest.mark.parametrize("page", [one for one in CLOSED if one.needs in (Needs.SUBSCRIPTION, Needs.ORGANIZATION)], ids=named)
async def test_the_administrator_of_a_profile_reaches_no_further(front: Office, page: Page) -> None:
    assert await opened(await front.head_of_sales(), page) == 403


@pytest.mark.parametrize("page", [one for one in CLOSED if one.path not in QUIET_LEAVING], ids=named)
async def test_the_administrator_of_the_organization_is_let_in(front: Office, page: Page) -> None:
    status = await opened(await front.admin(), page)
    nobody_is_meant = page.needs is Needs.VISITOR or page.path.startswith("/users/")
    assert status in (200, 303, 404, 422) or (status == 403 and nobody_is_meant), status


@pytest.mark.parametrize("page", [one for one in pages.ALL if one.methods == ("POST",)], ids=named)
async def test_nothing_is_changed_without_the_token_of_the_session(front: Office, page: Page) -> None:
    visitor = await front.admin() if page.needs is not Needs.NOBODY else front.stranger()
    assert (await visitor.post(address(page), csrf="")).status == 403
    assert (await visitor.post(address(page), csrf="made-up")).status == 403


@pytest.mark.parametrize("page", pages.ALL, ids=named)
async def test_every_answer_carries_the_policy_refusals_too(front: Office, page: Page) -> None:
    for visitor in (front.stranger(), await front.person()):
        found = await (visitor.get(address(page)) if page.methods == ("GET",) else visitor.post(address(page), csrf=""))
        assert "script-src 'self'" in found.answer.headers["content-security-policy"], found.status
        assert "<script>" not in found.html


PERSONAL = ("/history", "/calendar", "/explain", "/settings", "/undo", "/history.csv", "/history/grouped")


@pytest.mark.parametrize("path", PERSONAL)
async def test_nobody_reads_what_is_another_persons(front: Office, path: str) -> None:
    ann, sales = await front.person(ANN), await front.head_of_sales()
    assert (await ann.get(path)).status == 200
    assert (await ann.get(f"{path}?who={BEN}")).status == 403
    assert (await sales.get(f"{path}?who={BEN}")).status == 403
    await front.service.move_person(BEN, "Sales")
    try:
        assert (await sales.get(f"{path}?who={BEN}")).status == 200
    finally:
        await front.service.move_person(BEN, "Standard User")


ACTS = ("/look", "/history/retry", "/history/ignore", "/history/choose", "/history/reinstate", "/history/ignore-address", "/undo",
        "/settings/set", "/settings/preview", "/history/grouped/retry", "/history/grouped/ignore")  # fmt: skip


@pytest.mark.parametrize("path", ACTS)
async def test_nobody_changes_what_is_another_persons(front: Office, path: str) -> None:
    ann = await front.person(ANN)
    form = {"who": BEN, "name": BEN, "item": "0" * 32, "key": "mode", "value": "off", "entry": "acme.com", "side": "exchange"}
    assert (await ann.post(path, **form)).status == 403
