"""Who comes back from an identity provider is let in by a token that holds in every respect, and by no other."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import jwt
import pytest
import pytest_asyncio
from starlette.responses import JSONResponse, PlainTextResponse

from tests.engine.stage import ANN, BEN
from tests.web.crooked import CLIENT, KEY_ID, SECRET, TENANT, Provider, later, provider
from tests.web.stage import Office
from tests.web.visitor import Page
from twincal.engine.person import IdentityClient
from twincal.web.openid import Providers

pytestmark = pytest.mark.asyncio(loop_scope="module")
Edit = Callable[[Provider], Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running() -> AsyncIterator[Provider]:
    """One provider for all tests."""
    async with provider() as found:
        yield found


@pytest.fixture
def crook(front: Office, running: Provider, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """The provider by which people sign in here, honest again, and not yet known."""
    running.honest()

    async def clients() -> Sequence[IdentityClient]:
        return [running.client()]

    monkeypatch.setattr(front.service._connections, "identity_clients", clients)
    front.app.state.providers = Providers()
    return running


def say(**claims: Any) -> Edit:
    """The token says this instead."""
    return lambda crook: crook.claims.update(claims)


def leave_out(name: str) -> Edit:
    """The token does not say this."""
    return lambda crook: crook.claims.pop(name)


def unsigned(crook: Provider) -> None:
    crook.token = jwt.encode(crook.claims, "", algorithm="none")


def signed_with_what_everybody_knows(crook: Provider) -> None:
    crook.token = jwt.encode(crook.claims, SECRET.ljust(32), algorithm="HS256", headers={"kid": KEY_ID})


def signed_with_another_key(crook: Provider) -> None:
    crook.signs_with = "another"


def not_let_in(page: Page) -> bool:
    return page.status == 303 and page.where.startswith("/sign-in?")


async def test_a_token_that_holds_lets_its_person_in(front: Office, crook: Provider) -> None:
    visitor = front.stranger()
    asked = await crook.sent(visitor, "/sign-in/microsoft?next=/history")
    before = visitor.http.cookies["twincal"]
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256" and "openid" in asked["scope"].split()
    page = await crook.back(visitor, asked["state"])
    assert page.where == "/history"
    assert "Ann Smith" in (await visitor.get("/")).html
    assert visitor.http.cookies["twincal"] != before, "a session that somebody may have prepared is not used on"
    assert crook.told["client_secret"] == SECRET and crook.told["client_id"] == CLIENT and crook.told["code"] == "c0de"


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param(say(nonce="of another sign-in"), id="nonce of another sign-in"),
        pytest.param(leave_out("nonce"), id="no nonce"),
        pytest.param(say(aud="another app"), id="meant for another app"),
        pytest.param(say(aud="another app", azp=CLIENT), id="meant for another app, by way of ours"),
        pytest.param(say(iss="https://login.microsoftonline.com/x/v2.0"), id="another issuer"),
        pytest.param(say(exp=later(minutes=-5)), id="too old"),
        pytest.param(leave_out("exp"), id="good for ever"),
        pytest.param(say(iat=later(hours=1)), id="from the future"),
        pytest.param(say(nbf=later(hours=1)), id="not yet good"),
        pytest.param(leave_out("sub"), id="about nobody"),
        pytest.param(say(at_hash="of another token"), id="beside another token"),
        pytest.param(unsigned, id="not signed"),
        pytest.param(signed_with_what_everybody_knows, id="signed with what is no key of it"),
        pytest.param(signed_with_another_key, id="signed with another key"),
        pytest.param(say(tid="0" * 36), id="another tenant"),
        pytest.param(leave_out("tid"), id="no tenant"),
        pytest.param(lambda crook: setattr(crook, "token", "no token"), id="no token at all"),
        pytest.param(lambda crook: setattr(crook, "challenge", "of another verifier"), id="a code of another sign-in"),
        pytest.param(lambda crook: setattr(crook, "answer", JSONResponse({"access_token": "a", "token_type": "Bearer"})),
                     id="says not who"),
        pytest.param(lambda crook: setattr(crook, "answer", PlainTextResponse("<html>", 502)), id="a gateway answers"),
    ],
)  # fmt: skip
async def test_a_lie_lets_nobody_in(front: Office, crook: Provider, lie: Edit) -> None:
    visitor = front.stranger()
    asked = await crook.sent(visitor)
    lie(crook)
    page = await crook.back(visitor, asked["state"])
    assert not_let_in(page)
    assert "did not sign you in" in (await visitor.get(page.where)).text
    assert (await visitor.get("/history")).where.startswith("/sign-in")


async def test_a_template_for_any_tenant_lets_nobody_in(front: Office, crook: Provider) -> None:
    crook.description["issuer"] = f"{crook.url}/{{tenantid}}/v2.0"
    visitor = front.stranger()
    asked = await crook.sent(visitor)
    assert not_let_in(await crook.back(visitor, asked["state"]))
    asked = await crook.sent(visitor)
    crook.claims["iss"] = crook.description["issuer"]
    assert not_let_in(await crook.back(visitor, asked["state"]))


@pytest.mark.parametrize("gone", ["issuer", "jwks_uri", "token_endpoint"])
async def test_a_provider_that_does_not_describe_itself_is_not_gone_to(front: Office, crook: Provider, gone: str) -> None:
    crook.leaves_out = gone
    assert not_let_in(await front.stranger().get("/sign-in/microsoft"))


async def test_nobody_comes_back_who_was_not_sent(front: Office, crook: Provider) -> None:
    victim, thief = front.stranger(), front.stranger()
    asked = await crook.sent(thief)
    assert not_let_in(await crook.back(victim, asked["state"])), "another browser's sign-in"
    assert not_let_in(await crook.back(thief, "guessed"))
    assert not_let_in(await thief.get("/sign-in/microsoft/done")), "nothing at all"


async def test_nobody_comes_back_twice(front: Office, crook: Provider) -> None:
    visitor = front.stranger()
    asked = await crook.sent(visitor)
    crook.claims["nonce"] = "wrong"
    assert not_let_in(await crook.back(visitor, asked["state"]))
    crook.claims["nonce"] = asked["nonce"]
    assert not_let_in(await crook.back(visitor, asked["state"])), "a sign-in that failed is over"
    asked = await crook.sent(visitor)
    assert (await crook.back(visitor, asked["state"])).where == "/"
    assert not_let_in(await crook.back(visitor, asked["state"]))


async def test_another_provider_does_not_answer_for_the_one_that_was_asked(front: Office, crook: Provider) -> None:
    visitor = front.stranger()
    asked = await crook.sent(visitor)
    assert not_let_in(await crook.back(visitor, asked["state"], iss="https://evil.example"))
    asked = await crook.sent(visitor)
    assert (await crook.back(visitor, asked["state"], iss=crook.issuer)).where == "/"


@pytest.mark.parametrize(
    ("error", "told"),
    [("access_denied", "it was called off"), ("Call+0900+12345", "it gave no reason"), ("invalid_scope", "invalid_scope")],
)
async def test_a_refusal_is_told_in_words_of_ours(front: Office, crook: Provider, error: str, told: str) -> None:
    visitor = front.stranger()
    asked = await crook.sent(visitor, "/sign-in/microsoft?next=/settings")
    page = await visitor.get(f"/sign-in/microsoft/done?error={error}&error_description=Visit+evil&state={asked['state']}")
    shown = await visitor.get(page.where)
    assert told in shown.text and "evil" not in shown.text and "0900" not in shown.text
    assert 'value="/settings"' in shown.html, "where they wanted to go is not forgotten"


@pytest.mark.parametrize("away", ["https://evil.example", "//evil.example", "/\\evil.example", "/%09/evil.example"])
async def test_a_sign_in_leads_nowhere_else(front: Office, crook: Provider, away: str) -> None:
    visitor = front.stranger()
    asked = await crook.sent(visitor, f"/sign-in/microsoft?next={away}")
    page = await crook.back(visitor, asked["state"])
    assert page.where == "/" or page.where.startswith("/%09")


async def test_a_guest_of_the_tenant_is_nobody_by_name(front: Office, crook: Provider) -> None:
    visitor = front.stranger()
    asked = await crook.sent(visitor)
    crook.claims.update(idp="live.com", oid="guest-1")
    page = await crook.back(visitor, asked["state"])
    assert page.status == 422 and "no calendar here" in page.text


async def test_an_address_that_people_choose_themselves_is_nobody(front: Office, crook: Provider) -> None:
    visitor = front.stranger()
    asked = await crook.sent(visitor)
    crook.claims.update(preferred_username="eve@northwind.example", email=ANN, upn=ANN, oid="eve-1")
    assert "no calendar here" in (await crook.back(visitor, asked["state"])).text


async def test_a_name_that_is_given_to_somebody_else_does_not_give_them_what_was_the_firsts(front: Office, crook: Provider) -> None:
    first = front.stranger()
    asked = await crook.sent(first)
    crook.claims.update(preferred_username=BEN, oid="ben-1")
    assert (await crook.back(first, asked["state"])).where == "/"
    second = front.stranger()
    asked = await crook.sent(second)
    crook.claims.update(preferred_username=BEN, oid="ben-2")
    page = await crook.back(second, asked["state"])
    assert page.status == 422 and "another account of that name" in page.text
    admin = await front.admin()
    await admin.get("/organization")
    ben = await front.service.desk.visitors.find(email=BEN)
    assert ben is not None
    for _ in range(2):
        await admin.does("/organization/shut-out", visitor=ben.id, next="/organization")
    asked = await crook.sent(second)
    crook.claims.update(preferred_username=BEN, oid="ben-2")
    assert (await crook.back(second, asked["state"])).where == "/"


async def test_a_tenant_may_be_connected_by_its_domain(front: Office, crook: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    async def clients() -> Sequence[IdentityClient]:
        return [crook.client(account="northwind.onmicrosoft.com")]

    monkeypatch.setattr(front.service._connections, "identity_clients", clients)
    visitor = front.stranger()
    asked = await crook.sent(visitor)
    assert (await crook.back(visitor, asked["state"])).where == "/"
    asked = await crook.sent(visitor)
    crook.claims["tid"] = "0" * 36
    assert not_let_in(await crook.back(visitor, asked["state"]))
    assert TENANT in crook.issuer
