"""Signing in with Microsoft and Salesforce at the sandbox's authorization servers, over real sockets; connecting by consent."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from msgspec.structs import replace

from tests.engine.stage import ANN, BEN
from tests.sandbox.browser import Page as ProviderPage
from tests.sandbox.browser import pressed
from tests.web.stage import Office
from tests.web.visitor import Page, Visitor
from twincal.core.access import Authority
from twincal.core.vocabulary import Level, Side
from twincal.engine.person import IdentityClient

pytestmark = pytest.mark.asyncio(loop_scope="module")

PUBLIC = "http://127.0.0.1:8765"
BOTH = pytest.mark.parametrize("provider", ["microsoft", "salesforce"])
CAT = "cat@northwind.example"


@pytest_asyncio.fixture(loop_scope="module")
async def office(desk: Office) -> AsyncIterator[Office]:
    """The office, whose addresses both vendors know."""
    backs = {"graph": ("microsoft", "exchange"), "salesforce": ("salesforce", "salesforce")}
    for system, (provider, side) in backs.items():
        addresses = [f"{PUBLIC}/sign-in/{provider}/done", f"{PUBLIC}/connections/{side}/consented"]
        await desk.stage.control("/apps", {"system": system, "redirect_uris": addresses})
    yield desk


@pytest_asyncio.fixture(loop_scope="module")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """What a browser asks of the vendors."""
    async with httpx.AsyncClient(trust_env=False) as found:
        yield found


def browser(office: Office) -> Visitor:
    return Visitor(office.app, url=PUBLIC)


async def at_provider(visitor: Visitor, http: httpx.AsyncClient, path: str, who: str) -> str:
    """The address that the provider sends somebody back to, who is known to it already."""
    answer = await http.get(f"{(await visitor.get(path)).where}&login_hint={who}")
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


async def page_at(http: httpx.AsyncClient, address: str) -> ProviderPage:
    return ProviderPage(await http.get(address))


async def signed_in(visitor: Visitor, http: httpx.AsyncClient, provider: str, who: str, after: str = "/") -> Page:
    return await visitor.get(await at_provider(visitor, http, f"/sign-in/{provider}?next={after}", who))


@BOTH
async def test_a_person_comes_in_and_out_everywhere(office: Office, http: httpx.AsyncClient, provider: str) -> None:
    here, there = browser(office), browser(office)
    assert f"/sign-in/{provider}?next=" in (await here.get("/sign-in")).html
    assert (await signed_in(here, http, provider, ANN, "/history")).where == "/history"
    assert (await signed_in(there, http, provider, ANN)).where == "/"
    assert "Ann Smith" in (await there.get("/")).html
    assert (await there.get("/users")).status == 403, "no administrator"
    await here.get("/")
    await here.post("/sign-out-everywhere")
    assert (await here.get("/")).where == (await there.get("/")).where == "/sign-in"


async def test_both_accounts_of_a_person_are_one_visitor(office: Office, http: httpx.AsyncClient) -> None:
    for provider in ("salesforce", "microsoft", "salesforce", "microsoft"):
        assert (await signed_in(browser(office), http, provider, BEN)).where == "/"
    (ben,) = await office.service.desk.visitors.all()
    assert ben.email == BEN and ben.subject.startswith("entra:")


@BOTH
async def test_an_administrator_comes_in_as_one(office: Office, http: httpx.AsyncClient, provider: str) -> None:
    ben = next(one for one in await office.service.people() if one.mailbox == BEN)
    await office.service.desk.visitors.add(BEN, "Ben", person=ben.id, authorities=[Authority(Level.ORGANIZATION)])
    visitor = browser(office)
    assert (await signed_in(visitor, http, provider, BEN, "/organization")).where == "/organization"
    assert (await visitor.get("/organization")).status == 200


@BOTH
async def test_who_has_no_calendar_here_stays_out(office: Office, http: httpx.AsyncClient, provider: str) -> None:
    await office.stage.control("/people", {"name": "Cat Miller", "mailbox": CAT, "salesforce_username": CAT})
    visitor = browser(office)
    page = await signed_in(visitor, http, provider, CAT)
    assert page.status == 422 and "no calendar here" in page.text
    assert (await visitor.get("/")).where == "/sign-in"


@BOTH
async def test_an_account_of_another_tenant_or_organization_stays_out(
    office: Office, http: httpx.AsyncClient, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = [replace(one, account="another") for one in await office.service.identity_clients()]

    async def elsewhere() -> Sequence[IdentityClient]:
        return clients

    monkeypatch.setattr(office.service._connections, "identity_clients", elsewhere)
    visitor = browser(office)
    page = await signed_in(visitor, http, provider, ANN)
    assert page.where.startswith("/sign-in?")
    assert "belongs to another" in (await visitor.get(page.where)).text


@BOTH
async def test_nobody_comes_back_by_another_state_or_twice(office: Office, http: httpx.AsyncClient, provider: str) -> None:
    visitor, thief = browser(office), browser(office)
    address = await at_provider(visitor, http, f"/sign-in/{provider}", ANN)
    await thief.get(f"/sign-in/{provider}")
    assert (await thief.get(address)).where.startswith("/sign-in?"), "in another browser"
    assert (await visitor.get(address.replace("state=", "state=x"))).where.startswith("/sign-in?")
    address = await at_provider(visitor, http, f"/sign-in/{provider}", ANN)
    assert (await visitor.get(address)).where == "/"
    assert (await visitor.get(address)).where.startswith("/sign-in?"), "again"


@BOTH
@pytest.mark.parametrize(("word", "told"), [("nonce", "not for this sign-in"), ("code_challenge", "invalid_grant")])
async def test_a_code_of_another_sign_in_lets_nobody_in(
    office: Office, http: httpx.AsyncClient, provider: str, word: str, told: str
) -> None:
    """Somebody gets a victim's browser to come back with a code that was asked for elsewhere; only the state is the victim's."""
    visitor = browser(office)
    asked = httpx.URL((await visitor.get(f"/sign-in/{provider}")).where)
    assert asked.params[word] and asked.params["code_challenge_method"] == "S256"
    others = {word: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "login_hint": ANN}
    answer = await http.get(asked.copy_merge_params(others))
    assert "code=" in answer.headers["location"] and asked.params["state"] in answer.headers["location"]
    page = await visitor.get((await visitor.get(answer.headers["location"])).where)
    assert "did not sign you in" in page.text and told in page.text
    assert (await visitor.get("/history")).where.startswith("/sign-in")


@BOTH
async def test_a_sign_in_without_a_proof_key_comes_to_nothing(office: Office, http: httpx.AsyncClient, provider: str) -> None:
    visitor = browser(office)
    asked = httpx.URL((await visitor.get(f"/sign-in/{provider}")).where)
    bare = asked.copy_remove_param("code_challenge").copy_remove_param("code_challenge_method")
    answer = await http.get(bare.copy_merge_params({"login_hint": ANN}))
    page = await visitor.get((await visitor.get(answer.headers["location"])).where)
    assert "did not sign you in" in page.text and ("invalid_grant" in page.text or "invalid_request" in page.text)
    assert (await visitor.get("/history")).where.startswith("/sign-in")


@BOTH
async def test_whoever_cancels_is_told_and_may_try_again(office: Office, http: httpx.AsyncClient, provider: str) -> None:
    visitor = browser(office)
    page = await pressed(http, await page_at(http, (await visitor.get(f"/sign-in/{provider}")).where), "Cancel")
    back = await visitor.get(page.answer.headers["location"])
    assert "called off" in (await visitor.get(back.where)).text
    assert (await signed_in(visitor, http, provider, ANN)).where == "/"


# Connecting by consent


async def consented(office: Office, http: httpx.AsyncClient, admin: Visitor, button: str = "Ann", **more: str) -> Page:
    """Somebody connects Salesforce by consent, as the user of a button."""
    org = office.stage.sandbox.announcement()["salesforce"]
    form = {"login_url": org["login_url"], "client_id": org["client_id"], "secret": org["client_secret"], **more}
    await admin.get("/connections")
    page = await admin.post("/connections/salesforce/consent", **form)
    assert page.title == "Consent at Salesforce", page.text
    at = await pressed(http, await page_at(http, page.links("http")[0]), button)
    if "location" not in at.answer.headers:
        at = await pressed(http, at, "Allow")
    back = await admin.get(at.answer.headers["location"])
    return await admin.get(back.where) if back.where else back


async def administrator(office: Office) -> Visitor:
    token = (await office.admin()).http.cookies["twincal"]
    return browser(office).carries(token, "")


async def refresh_token(office: Office) -> str:
    known = await office.service._connections._store.accounts.connected(Side.SALESFORCE)  # type: ignore[attr-defined]
    assert known is not None
    return str(known.secret.get("refresh_token", ""))


@pytest.mark.parametrize("rotates", [False, True], ids=["tokens stay", "tokens rotate"])
async def test_salesforce_is_connected_by_consent_and_kept_in_step(office: Office, http: httpx.AsyncClient, rotates: bool) -> None:
    await office.stage.control("/org", {"rotate_refresh_tokens": rotates})
    told = await consented(office, http, await administrator(office))
    assert "Salesforce is connected" in told.text
    tokens = [await refresh_token(office)]
    for number in range(2):
        await office.stage.book(f"By consent {number}")
        await office.service.sync()
        office.service._connections._ports = None  # type: ignore[attr-defined]
        tokens.append(await refresh_token(office))
    await office.stage.both("By consent 0", "By consent 1")
    assert len(set(tokens)) == (3 if rotates else 1), "each token serves once where they rotate"
    findings = {one.check: one for one in await office.service.doctor()}
    assert findings["Salesforce sign-in"].well, "a test signs in beside the loop"
    await office.service.sync()


async def test_a_consent_that_is_refused_or_made_up_connects_nothing(office: Office, http: httpx.AsyncClient) -> None:
    admin = await administrator(office)
    told = await consented(office, http, admin, "Cancel")
    assert "Salesforce was not connected" in told.text
    for address in ("?code=x&state=guessed", "?code=x", ""):
        page = await admin.get(f"/connections/salesforce/consented{address}")
        assert page.status == 422 and "not asked for here" in page.text
    assert await refresh_token(office) == ""


async def test_a_consent_comes_back_to_who_asked_and_once(office: Office, http: httpx.AsyncClient) -> None:
    admin = await administrator(office)
    org = office.stage.sandbox.announcement()["salesforce"]
    await admin.get("/connections")
    page = await admin.post("/connections/salesforce/consent", login_url=org["login_url"], client_id=org["client_id"],
                            secret=org["client_secret"])  # fmt: skip
    at = await pressed(http, await page_at(http, page.links("http")[0]), "Ann")
    address = at.answer.headers["location"]
    other = browser(office).carries((await office.head_of_sales()).http.cookies["twincal"], "")
    assert (await other.get(address)).status == 403
    assert (await admin.get(address)).status == 303
    assert (await admin.get(address)).status == 422


async def test_no_secret_is_in_the_session_or_the_address_meanwhile(office: Office) -> None:
    admin = await administrator(office)
    await admin.get("/connections")
    page = await admin.post("/connections/salesforce/consent", login_url="https://acme.my.salesforce.com", client_id="app",
                            secret="a-canary-of-a-secret")  # fmt: skip
    session = await office.service.desk._sessions.find(admin.http.cookies["twincal"])
    assert session is not None and "canary" not in repr(session.data)
    assert "canary" not in page.html and "code_challenge=" in page.html and "code_verifier" not in page.html


async def test_an_administrator_of_the_tenant_consents_and_comes_back(office: Office, http: httpx.AsyncClient) -> None:
    admin = await administrator(office)
    assert "/connections/exchange/consent" in (await admin.get("/connections")).html
    for button, said in (("Deny", "Consent was not granted"), ("Allow", "Consent was granted")):
        page = await page_at(http, (await admin.get("/connections/exchange/consent")).where)
        back = await admin.get((await pressed(http, page, button)).answer.headers["location"])
        assert said in (await admin.get(back.where)).text
    assert urlsplit(back.where).path == "/connections"
    assert (await admin.get("/connections/exchange/consented?admin_consent=True&state=guessed")).status == 422


async def test_people_come_in_by_microsoft_where_a_certificate_connects(office: Office, http: httpx.AsyncClient) -> None:
    graph = office.stage.sandbox.announcement()["graph"]
    pem = _text(graph["certificate_file"])
    await office.service.connect_graph(tenant=graph["tenant"], client_id=graph["client_id"], certificate=pem,
                                       authority=graph["authority"], base_url=graph["base_url"])  # fmt: skip
    assert (await signed_in(browser(office), http, "microsoft", ANN)).where == "/"


def _text(path: str) -> str:
    return Path(path).read_text(encoding="ascii")
