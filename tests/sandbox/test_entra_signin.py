"""People who sign in with Entra: the page, the way back to the app, codes, id tokens, what is refused; consent; signing out."""

import base64
import hashlib
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest

from tests.sandbox.browser import Page, goals_of, opened, pressed, said
from tests.sandbox.graph_company import ANN, BASE, BOB, StillClock, client, company
from twincal.sandbox.exchange import Exchange

HERE = "http://127.0.0.1:8765/sign-in/done"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-0"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
ASKED = {
    "client_id": "app", "response_type": "code", "redirect_uri": HERE, "scope": "openid profile email", "state": "s<1>&",
    "nonce": "n1", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
}  # fmt: skip


@pytest.fixture
def exchange() -> Exchange:
    found = company()
    found.register_app("app", secret="secret", name="Twincal <b>")
    found.register_redirects("app", [HERE, "https://app.example/done?x=1", "https://bare.example"])
    found.register_app("other", secret="secret2")
    found.register_redirects("other", [HERE])
    found.add_mailbox("oak@corp.example", "Oak Room", is_room=True)
    return found


@pytest.fixture
async def http(exchange: Exchange) -> AsyncIterator[httpx.AsyncClient]:
    async with client(exchange) as found:
        yield found


def authorize(exchange: Exchange) -> str:
    return f"/{exchange.tenant}/oauth2/v2.0/authorize"


async def code_of(http: httpx.AsyncClient, exchange: Exchange, **changes: str) -> str:
    """A code for Ann, without a page."""
    page = await opened(http, authorize(exchange), {**ASKED, "login_hint": ANN, **changes})
    return said(page, HERE)["code"]


async def redeemed(http: httpx.AsyncClient, exchange: Exchange, code: str, **changes: str) -> httpx.Response:
    form = {
        "client_id": "app", "client_secret": "secret", "grant_type": "authorization_code", "code": code, "redirect_uri": HERE,
        "code_verifier": VERIFIER, **changes,
    }  # fmt: skip
    return await http.post(f"/{exchange.tenant}/oauth2/v2.0/token", data={name: value for name, value in form.items() if value})


async def verified(http: httpx.AsyncClient, exchange: Exchange, token: str, audience: str = "app") -> dict[str, Any]:
    """The claims of an id token, as a stranger's library finds them by discovery."""
    found = (await http.get(f"/{exchange.tenant}/v2.0/.well-known/openid-configuration")).json()
    keys = jwt.PyJWKSet.from_dict((await http.get(found["jwks_uri"])).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=found["issuer"])
    return claims


async def test_somebody_picks_their_account_and_the_app_learns_who_it_is(exchange: Exchange, http: httpx.AsyncClient) -> None:
    page = await opened(http, authorize(exchange), ASKED)
    assert (page.answer.status_code, "Twincal <b>" in page.text) == (200, True)
    assert page.labels() == [f"Ann Archer {ANN}", f"Bob Baker {BOB}", "Eve Evans eve@corp.example", "Cancel"], "no room"
    assert goals_of(page) == ["'self'", "http://127.0.0.1:8765"] and not page.html.css("script")
    answer = said(await pressed(http, page, "Bob Baker"), HERE)
    assert (answer["state"], set(answer)) == ("s<1>&", {"code", "state", "session_state"})
    tokens = (await redeemed(http, exchange, answer["code"])).json()
    assert tokens["token_type"] == "Bearer" and "refresh_token" not in tokens
    claims = await verified(http, exchange, tokens["id_token"])
    bob = exchange.mailbox(BOB)
    told = {"oid": bob.id, "preferred_username": BOB, "email": BOB, "name": "Bob Baker"}
    assert claims | told | {"nonce": "n1", "tid": exchange.tenant, "ver": "2.0"} == claims
    assert claims["exp"] > time.time() >= claims["iat"] == claims["nbf"], "valid by the real clock, whatever it is here"


async def test_the_subject_is_another_one_for_each_app(exchange: Exchange, http: httpx.AsyncClient) -> None:
    subjects = []
    for app, secret in (("app", "secret"), ("other", "secret2"), ("app", "secret")):
        code = await code_of(http, exchange, client_id=app)
        tokens = (await redeemed(http, exchange, code, client_id=app, client_secret=secret)).json()
        subjects.append((await verified(http, exchange, tokens["id_token"], app))["sub"])
    assert subjects[0] == subjects[2] != subjects[1]


async def test_scopes_say_what_is_told(exchange: Exchange, http: httpx.AsyncClient) -> None:
    tokens = (await redeemed(http, exchange, await code_of(http, exchange, scope="openid"))).json()
    assert not {"name", "oid", "preferred_username", "email"} & set(await verified(http, exchange, tokens["id_token"]))
    assert "id_token" not in (await redeemed(http, exchange, await code_of(http, exchange, scope="User.Read"))).json()


async def test_userinfo_and_refreshing(exchange: Exchange, http: httpx.AsyncClient) -> None:
    code = await code_of(http, exchange, scope="openid profile offline_access")
    tokens = (await redeemed(http, exchange, code)).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    who = (await http.get("/oidc/userinfo", headers=bearer)).json()
    assert (who["name"], who["sub"]) == ("Ann Archer", (await verified(http, exchange, tokens["id_token"]))["sub"])
    assert (await http.get(f"/v1.0/users/{ANN}/events", headers=bearer)).status_code == 403, "it stands for Ann, not for the app"
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": "app", "client_secret": "secret"}
    token = f"/{exchange.tenant}/oauth2/v2.0/token"
    assert (await http.post(token, data=form)).json()["refresh_token"] != tokens["refresh_token"]
    stolen = await http.post(token, data={**form, "client_id": "other", "client_secret": "secret2"})
    assert stolen.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("hint", ["ann@corp.example", "A.ARCHER@corp.example"])
async def test_a_login_hint_signs_in_without_a_page(exchange: Exchange, http: httpx.AsyncClient, hint: str) -> None:
    assert "code" in said(await opened(http, authorize(exchange), {**ASKED, "login_hint": hint}), HERE)


@pytest.mark.parametrize(
    "more", [{"login_hint": "nobody@corp.example"}, {"login_hint": "oak@corp.example"}, {"login_hint": ANN, "prompt": "login"},
             {"login_hint": ANN, "prompt": "select_account"}],
)  # fmt: skip
async def test_a_page_is_shown_where_nobody_is_named_or_a_page_is_wanted(
    exchange: Exchange, http: httpx.AsyncClient, more: dict[str, str]
) -> None:
    page = await opened(http, authorize(exchange), {**ASKED, **more})
    assert "Ann Archer" in page.text
    assert "code" in said(await pressed(http, page, "Ann"), HERE)


async def test_whoever_cancels_is_sent_back_without_a_code(exchange: Exchange, http: httpx.AsyncClient) -> None:
    page = await opened(http, authorize(exchange), ASKED)
    answer = said(await pressed(http, page, "Cancel"), HERE)
    assert (answer["error"], answer["state"], "code" in answer) == ("access_denied", "s<1>&", False)


@pytest.mark.parametrize(
    ("changes", "error", "number"),
    [
        ({"response_type": "token"}, "unsupported_response_type", "700051"),
        ({"response_type": ""}, "invalid_request", "900144"),
        ({"scope": ""}, "invalid_request", "900144"),
        ({"scope": "openid https://elsewhere.example/read"}, "invalid_scope", "70011"),
        ({"response_mode": "carrier_pigeon"}, "invalid_request", "9002313"),
        ({"prompt": "none login"}, "invalid_request", "9002313"),
        ({"prompt": "none", "login_hint": ANN}, "login_required", "50058"),
        ({"code_challenge_method": "S512"}, "invalid_request", "50149"),
        ({"code_challenge": "short"}, "invalid_request", "501491"),
    ],
)
async def test_faults_that_the_app_is_told(
    exchange: Exchange, http: httpx.AsyncClient, changes: dict[str, str], error: str, number: str
) -> None:
    answer = said(await opened(http, authorize(exchange), {**ASKED, **changes}), HERE)
    assert (answer["error"], answer["state"], f"AADSTS{number}:" in answer["error_description"]) == (error, "s<1>&", True)


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"redirect_uri": "http://127.0.0.1:8765/sign-in/Done"}, 50011),
        ({"redirect_uri": HERE + "?next=1"}, 50011),
        ({"redirect_uri": "http://localhost:8765/sign-in/done"}, 50011),
        ({"redirect_uri": "http://127.0.0.1.evil.example/sign-in/done"}, 50011),
        ({"redirect_uri": "http://127.0.0.1:80@evil.example/sign-in/done"}, 50011),
        ({"redirect_uri": "https://app.example:444/done?x=1"}, 50011),
        ({"redirect_uri": "https://bare.example/"}, 50011),
        ({"redirect_uri": "http://[127.0.0.1/sign-in/done"}, 50011),
        ({"redirect_uri": ""}, 900971),
        ({"client_id": "nobody"}, 700016),
        ({"client_id": ""}, 900144),
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(
    exchange: Exchange, http: httpx.AsyncClient, changes: dict[str, str], number: int
) -> None:
    page = await opened(http, authorize(exchange), {**ASKED, "login_hint": ANN, **changes})
    assert (page.answer.status_code, f"AADSTS{number}:" in page.text) == (400, True)
    assert "location" not in page.answer.headers and goals_of(page) == ["'none'"]


async def test_addresses_are_taken_as_they_are_registered(exchange: Exchange, http: httpx.AsyncClient) -> None:
    asked = {**ASKED, "login_hint": ANN}
    port = "http://127.0.0.1:50123/sign-in/done"
    assert "code" in said(await opened(http, authorize(exchange), {**asked, "redirect_uri": port}), port)
    page = await opened(http, authorize(exchange), {**asked, "redirect_uri": "https://app.example/done?x=1"})
    assert page.answer.headers["location"].startswith("https://app.example/done?x=1&code=")
    page = await opened(http, authorize(exchange), {**asked, "redirect_uri": "https://bare.example"})
    assert page.answer.headers["location"].startswith("https://bare.example/?code=")


@pytest.mark.parametrize("address", ["http://app.example/done", "https://*.example/done", "https://a.example/#x", "myapp"])
def test_addresses_that_cannot_be_registered(exchange: Exchange, address: str) -> None:
    with pytest.raises(ValueError, match="cannot be registered"):
        exchange.register_redirects("app", [address])


async def test_answers_by_fragment_and_by_form(exchange: Exchange, http: httpx.AsyncClient) -> None:
    asked = {**ASKED, "login_hint": ANN}
    page = await opened(http, authorize(exchange), {**asked, "response_mode": "fragment"})
    assert said(page, HERE, "#")["state"] == "s<1>&"
    page = await opened(http, authorize(exchange), {**asked, "response_mode": "form_post"})
    form = page.html.css_first("form")
    assert form is not None and (form.attributes["method"], form.attributes["action"]) == ("post", HERE)
    assert page.fields()["state"] == "s<1>&"
    assert (await redeemed(http, exchange, page.fields()["code"])).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error", "number"),
    [
        ({"code_verifier": VERIFIER + "x"}, "invalid_grant", 501481),
        ({"code_verifier": ""}, "invalid_grant", 501481),
        ({"code_verifier": CHALLENGE}, "invalid_grant", 501481),
        ({"redirect_uri": "http://127.0.0.1:8766/sign-in/done"}, "invalid_grant", 500112),
        ({"redirect_uri": ""}, "invalid_request", 900144),
        ({"code": "made-up"}, "invalid_grant", 9002313),
        ({"client_id": "other", "client_secret": "secret2"}, "invalid_grant", 70000),
        ({"client_secret": "wrong"}, "invalid_client", 7000215),
        ({"client_secret": ""}, "invalid_client", 7000218),
    ],
)
async def test_codes_that_are_refused(
    exchange: Exchange, http: httpx.AsyncClient, changes: dict[str, str], error: str, number: int
) -> None:
    code = await code_of(http, exchange)
    answer = (await redeemed(http, exchange, **{"code": code, **changes})).json()
    assert (answer["error"], answer["error_codes"]) == (error, [number])
    assert (await redeemed(http, exchange, code)).status_code == 200, "a code is spent by its own app alone"


async def test_a_code_is_spent_once_and_grows_old(exchange: Exchange, http: httpx.AsyncClient) -> None:
    first, second = await code_of(http, exchange), await code_of(http, exchange)
    assert (await redeemed(http, exchange, first)).status_code == 200
    again = await redeemed(http, exchange, first)
    assert (again.status_code, again.json()["error"], again.json()["error_codes"]) == (400, "invalid_grant", [54005])
    assert isinstance(exchange.clock, StillClock)
    exchange.clock.tick(minutes=11)
    assert (await redeemed(http, exchange, second)).json()["error_codes"] == [70008]


async def test_proof_keys_as_entra_takes_them(exchange: Exchange, http: httpx.AsyncClient) -> None:
    """`plain` is allowed, and what no method means; a verifier without a challenge is refused; without either all is well."""
    for method in ("plain", ""):
        asked = {**ASKED, "login_hint": ANN, "code_challenge": VERIFIER, "code_challenge_method": method}
        page = await opened(http, authorize(exchange), {name: value for name, value in asked.items() if value})
        assert (await redeemed(http, exchange, said(page, HERE)["code"])).status_code == 200
    bare = {name: value for name, value in ASKED.items() if not name.startswith("code_")} | {"login_hint": ANN}
    codes = [said(await opened(http, authorize(exchange), bare), HERE)["code"] for _ in range(2)]
    assert (await redeemed(http, exchange, codes[0])).json()["error_codes"] == [501481]
    assert (await redeemed(http, exchange, codes[1], code_verifier="")).status_code == 200


async def asked_to_consent(http: httpx.AsyncClient, exchange: Exchange, endpoint: str = "adminconsent", **more: str) -> Page:
    asked = {"client_id": "app", "redirect_uri": HERE, "state": "s2", **more}
    return await opened(http, f"/{exchange.tenant}/{endpoint}", asked)


async def status_of_a_read(http: httpx.AsyncClient, exchange: Exchange) -> int:
    """What the app gets that reads a calendar as itself."""
    form = {
        "client_id": "app", "client_secret": "secret", "grant_type": "client_credentials",
        "scope": "https://graph.microsoft.com/.default",
    }  # fmt: skip
    token = (await http.post(f"/{exchange.tenant}/oauth2/v2.0/token", data=form)).json()["access_token"]
    return (await http.get(f"/v1.0/users/{ANN}/events", headers={"Authorization": f"Bearer {token}"})).status_code


async def test_an_administrator_consents_and_the_app_may_read(exchange: Exchange, http: httpx.AsyncClient) -> None:
    exchange.consent("app", given=False)
    assert await status_of_a_read(http, exchange) == 403
    page = await asked_to_consent(http, exchange)
    assert "Calendars.ReadWrite" in page.text
    refused = said(await pressed(http, page, "Deny"), HERE)
    assert (refused["error"], refused["state"], await status_of_a_read(http, exchange)) == ("permission_denied", "s2", 403)
    answer = said(await pressed(http, page, "Allow"), HERE)
    assert answer == {"tenant": exchange.tenant, "admin_consent": "True", "state": "s2"}
    assert await status_of_a_read(http, exchange) == 200


async def test_the_newer_endpoint_of_consent_and_a_wrong_address(exchange: Exchange, http: httpx.AsyncClient) -> None:
    scope = "https://graph.microsoft.com/.default"
    page = await asked_to_consent(http, exchange, "v2.0/adminconsent", scope=scope)
    assert said(await pressed(http, page, "Allow"), HERE)["scope"] == scope
    assert said(await pressed(http, page, "Deny"), HERE)["error"] == "consent_required"
    page = await asked_to_consent(http, exchange, redirect_uri="https://evil.example/")
    assert page.answer.status_code == 400 and "AADSTS50011:" in page.text


async def test_signing_out_leads_to_registered_addresses_alone(exchange: Exchange, http: httpx.AsyncClient) -> None:
    leave = (await http.get(f"/{exchange.tenant}/v2.0/.well-known/openid-configuration")).json()["end_session_endpoint"]
    assert leave == f"{BASE}/{exchange.tenant}/oauth2/v2.0/logout"
    assert said(await opened(http, leave, {"post_logout_redirect_uri": HERE, "state": "s3"}), HERE) == {"state": "s3"}
    for more in ({}, {"post_logout_redirect_uri": "https://evil.example/"}):
        assert "You signed out" in (await opened(http, leave, more)).text


async def test_an_unknown_tenant_and_a_domain(exchange: Exchange, http: httpx.AsyncClient) -> None:
    page = await opened(http, "/elsewhere/oauth2/v2.0/authorize", ASKED)
    assert page.answer.status_code == 400 and "AADSTS90002:" in page.text
    found = (await http.get("/corp.example/v2.0/.well-known/openid-configuration")).json()
    assert found["issuer"] == f"{BASE}/{exchange.tenant}/v2.0", "a domain is the same directory"
