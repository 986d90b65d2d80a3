"""Ids of another part: every route and every verb refuses them to a person, and to the administrator of another profile."""

from collections.abc import AsyncIterator, Mapping

import httpx
import pytest
import pytest_asyncio

from tests.engine.stage import ANN, BEN
from tests.web.errands import Form, Verb, errands, forms, furnished, held_now
from tests.web.stage import Office
from tests.web.visitor import Visitor
from twincal.web import pages

pytestmark = pytest.mark.asyncio(loop_scope="module")

OF_ONES_OWN = {"/sign-in", "/first/{token}", "/sign-out", "/sign-out-everywhere", "/notices", "/zone"}
"""Routes that name nobody else."""
OF_ONES_OWN_VERBS = {"POST /notices/read"}
TEXTS = ("Kick-off", "Talk 0", "Lunch with Bo", "In Outlook", ANN, "Ann Smith")
"""What stands in Ann's part only."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(front: Office) -> AsyncIterator[tuple[Office, Mapping[str, Form], Mapping[str, Verb]]]:
    """Ann has something for every request; Eve looks after Sales, where nobody is."""
    await furnished(front)
    await front.head_of_sales()
    ours = {"level": "user", "name": ANN, "key": "mode", "value": "off"}
    more: dict[str, Form] = {"/settings/preview": ours, "/users/preview-move": {"who": ANN, "profile": "Sales"}}
    more["/connections/salesforce/consent"] = {"login_url": "https://else.my.salesforce.com"}
    yield front, {**await forms(front), **more}, await errands(front)


async def outsiders(front: Office) -> list[Visitor]:
    return [await front.person(BEN), await front.head_of_sales()]


def about_ann(form: Form) -> Form:
    """A form that names Ben, as it would be sent about Ann."""
    return {key: ANN if value == BEN else value for key, value in form.items()}


async def test_every_route_that_changes_something_refuses_ids_of_another_part(
    house: tuple[Office, Mapping[str, Form], Mapping[str, Verb]],
) -> None:
    front, told, _ = house
    assert told.keys() | OF_ONES_OWN == {page.path for page in pages.ALL if page.methods == ("POST",)}
    before = await front.stage.versions()
    for visitor in await outsiders(front):
        await visitor.get("/")
        for path, form in told.items():
            sent = await visitor.post(path, None, **about_ann(await held_now(front, form) if path.startswith("/held/") else form))
            assert sent.status == 403, f"{path} answered {sent.status}"
    assert await front.stage.versions() == before


async def test_every_verb_refuses_ids_of_another_part(house: tuple[Office, Mapping[str, Form], Mapping[str, Verb]]) -> None:
    front, _, told = house
    before = await front.stage.versions()
    for visitor in await outsiders(front):
        for name, verb in told.items():
            if name not in OF_ONES_OWN_VERBS:
                answer = await sent(visitor, name, verb)
                assert answer.status_code == 403, f"{name} answered {answer.status_code}: {answer.text}"
    for name, verb in told.items():
        assert (await sent(front.stranger(), name, verb)).status_code == 401, name
    assert await front.stage.versions() == before


async def sent(visitor: Visitor, name: str, verb: Verb) -> httpx.Response:
    method, _, path = name.partition(" ")
    named = {key: ANN if value == BEN else value for key, value in verb.names.items()}
    body = {key: ANN if value == BEN else value for key, value in (verb.body or {}).items()} if verb.body is not None else None
    address = Verb(body, **named).address(path)
    return await visitor.http.request(method, address, json=body, headers={"X-CSRF-Token": visitor.csrf})


async def test_no_page_and_no_answer_shows_what_stands_in_another_part(
    house: tuple[Office, Mapping[str, Form], Mapping[str, Verb]],
) -> None:
    front, _, _ = house
    (plan,) = await front.service.held_plans()
    document = (await front.stranger().http.get("/api/v1/openapi.json")).json()
    asked = [f"/api/v1{path}" for path, verbs in document["paths"].items() if "get" in verbs]
    asked += [page.path for page in pages.ALL if page.methods == ("GET",)]
    query = f"who={ANN}&name={ANN}&item=Kick-off&start=2027-03-01&search=talk&level=user"
    for path in asked:
        address = path.replace("{mailbox}", ANN).replace("{plan}", plan.plan)
        for visitor in await outsiders(front):
            for given in (query, ""):
                answer = await visitor.http.get(f"{address}?{given}", follow_redirects=False)
                assert answer.status_code != 500, address
                told = [text for text in TEXTS if text not in f"{address}?{given}"]  # what was asked may be quoted
                assert [text for text in told if text in answer.text] == [], f"{address} shows it"


async def test_the_same_pages_show_it_to_who_looks_after_everything(
    house: tuple[Office, Mapping[str, Form], Mapping[str, Verb]],
) -> None:
    front, _, _ = house
    admin = await front.admin()
    seen = "".join([(await admin.http.get(path)).text for path in ("/users", "/held", f"/history?who={ANN}&tab=synced", "/audit")])
    assert ANN in seen
    assert "Kick-off" in seen
