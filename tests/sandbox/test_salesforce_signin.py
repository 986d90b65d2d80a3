"""People who log in with Salesforce: the page, approval, the way back to the app, codes, tokens, what is refused, revocation."""

import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest

from tests.sandbox.browser import goals_of, opened, pressed, said
from tests.sandbox.salesforce_company import CLIENT_ID, DATA, SECRET, Company, company
from twincal.sandbox.salesforce import salesforce_app

HERE = "http://127.0.0.1:8765/sign-in/salesforce/done"
BASE = "https://acme.test"
ANN = "ann@acme.example"
AUTHORIZE, TOKEN, REVOKE = (f"/services/oauth2/{name}" for name in ("authorize", "token", "revoke"))
VERIFIER = "a-verifier-of-at-least-forty-three-characters-0"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
ASKED = {
    "client_id": CLIENT_ID, "response_type": "code", "redirect_uri": HERE, "scope": "openid", "state": "s<1>&", "nonce": "n1",
    "code_challenge": CHALLENGE, "code_challenge_method": "S256",
}  # fmt: skip


@pytest.fixture
def acme() -> Company:
    there = company()
    there.org.register_app(CLIENT_ID, secret=SECRET, run_as=there.admin, name="Twincal <b>")
    there.org.register_app("other", secret="secret2", approved_users="self", name="Other")
    for app in (CLIENT_ID, "other"):
        there.org.identity.register_callbacks(app, [HERE])
    return there


@pytest.fixture
async def http(acme: Company) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(salesforce_app(acme.org)), base_url=BASE) as found:
        yield found


async def code_of(http: httpx.AsyncClient, **changes: str) -> str:
    """A code for Ann, without a page."""
    return said(await opened(http, AUTHORIZE, {**ASKED, "login_hint": ANN, **changes}), HERE)["code"]


async def redeemed(http: httpx.AsyncClient, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code", "client_id": CLIENT_ID, "client_secret": SECRET, "redirect_uri": HERE,
        "code_verifier": VERIFIER, **changes,
    }  # fmt: skip
    return await http.post(TOKEN, data={name: value for name, value in form.items() if value})


async def granted(http: httpx.AsyncClient, scope: str = "api refresh_token") -> dict[str, Any]:
    """What an app gets that Ann logs in to."""
    answer: dict[str, Any] = (await redeemed(http, code=await code_of(http, scope=scope))).json()
    return answer


async def refreshed(http: httpx.AsyncClient, token: str, **changes: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": CLIENT_ID, "client_secret": SECRET, **changes}
    return await http.post(TOKEN, data=form)


async def reads(http: httpx.AsyncClient, token: str) -> int:
    """The status of a call of the REST API with a token."""
    return (await http.get(f"{DATA}/limits", headers={"Authorization": f"Bearer {token}"})).status_code


async def test_somebody_picks_their_user_and_the_app_learns_who_it_is(acme: Company, http: httpx.AsyncClient) -> None:
    acme.org.update("User", acme.bob, {"IsActive": False}, by=acme.admin)
    page = await opened(http, AUTHORIZE, ASKED)
    assert (page.answer.status_code, "Twincal <b>" in page.text) == (200, True)
    assert [label.split()[0] for label in page.labels()] == ["Inte", "Ann", "Cancel"], "nobody who is inactive"
    assert goals_of(page) == ["'self'", "http://127.0.0.1:8765"] and not page.html.css("script")
    answer = said(await pressed(http, page, "Ann"), HERE)
    assert (answer["state"], set(answer)) == ("s<1>&", {"code", "state"}), "everybody is pre-authorised, nobody is asked"
    tokens = (await redeemed(http, code=answer["code"])).json()
    found = (await http.get("/.well-known/openid-configuration")).json()
    keys = jwt.PyJWKSet.from_dict((await http.get(found["jwks_uri"])).json())
    key = keys[jwt.get_unverified_header(tokens["id_token"])["kid"]]
    claims = jwt.decode(tokens["id_token"], key, algorithms=["RS256"], audience=CLIENT_ID, issuer=found["issuer"])
    assert (claims["sub"], claims["nonce"]) == (f"{BASE}/id/{acme.org.id}/{acme.ann}", "n1")
    assert claims["sub"] == tokens["id"] and claims["exp"] > time.time() >= claims["iat"]
    half = base64.urlsafe_b64encode(hashlib.sha256(tokens["access_token"].encode()).digest()[:16]).decode().rstrip("=")
    assert claims["at_hash"] == half
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await http.get(found["userinfo_endpoint"], headers=bearer)).json()["sub"] == claims["sub"]
    assert (await http.get(tokens["id"], headers=bearer)).json()["username"] == ANN
    assert await reads(http, tokens["access_token"]) == 401, "a sign-in is not for the API"


async def test_a_connection_is_kept_by_its_refresh_token(acme: Company, http: httpx.AsyncClient) -> None:
    tokens = await granted(http)
    assert (tokens["scope"], tokens["instance_url"], "id_token" in tokens) == ("api refresh_token", BASE, False)
    signed = hmac.digest(SECRET.encode(), (tokens["id"] + tokens["issued_at"]).encode(), hashlib.sha256)
    assert tokens["signature"] == base64.b64encode(signed).decode()
    assert await reads(http, tokens["access_token"]) == 200
    acme.clock.pass_by(minutes=121)
    assert await reads(http, tokens["access_token"]) == 401
    again = (await refreshed(http, tokens["refresh_token"])).json()
    assert "refresh_token" not in again and await reads(http, again["access_token"]) == 200
    assert (await refreshed(http, tokens["refresh_token"])).status_code == 200


async def test_refresh_tokens_rotate_where_the_org_wants_it(acme: Company, http: httpx.AsyncClient) -> None:
    acme.org.options.rotate_refresh_tokens = True
    first = (await granted(http))["refresh_token"]
    second = (await refreshed(http, first)).json()["refresh_token"]
    dead = await refreshed(http, first)
    assert (dead.status_code, dead.json()) == (400, {"error": "invalid_grant", "error_description": "expired access/refresh token"})
    assert (await refreshed(http, second)).status_code == 200


async def test_a_refresh_token_is_one_apps_and_one_users(acme: Company, http: httpx.AsyncClient) -> None:
    token = (await granted(http))["refresh_token"]
    assert (await refreshed(http, token, client_id="other", client_secret="secret2")).json()["error"] == "invalid_grant"
    assert (await refreshed(http, token, client_secret="wrong")).json()["error"] == "invalid_client"
    acme.org.update("User", acme.ann, {"IsActive": False}, by=acme.admin)
    assert (await refreshed(http, token)).json()["error"] == "inactive_user"


async def test_revocation_ends_what_came_of_it(acme: Company, http: httpx.AsyncClient) -> None:
    tokens = await granted(http)
    more = (await refreshed(http, tokens["refresh_token"])).json()["access_token"]
    assert (await http.post(REVOKE, data={"token": more})).status_code == 200
    assert (await reads(http, more), await reads(http, tokens["access_token"])) == (401, 200)
    assert (await http.post(REVOKE, data={"token": tokens["refresh_token"]})).status_code == 200
    assert await reads(http, tokens["access_token"]) == 401
    assert (await refreshed(http, tokens["refresh_token"])).status_code == 400
    gone = await http.post(REVOKE, data={"token": tokens["refresh_token"]})
    assert (gone.status_code, gone.json()["error"]) == (400, "invalid_token")


async def test_users_are_asked_once_where_they_authorize_themselves(acme: Company, http: httpx.AsyncClient) -> None:
    asked = {**ASKED, "client_id": "other", "login_hint": ANN, "scope": "api refresh_token"}
    page = await opened(http, AUTHORIZE, asked)
    assert "Manage user data via APIs" in page.text and page.labels() == ["Allow", "Deny"]
    answer = said(await pressed(http, page, "Deny"), HERE)
    assert answer == {"error": "access_denied", "error_description": "end-user denied authorization", "state": "s<1>&"}
    assert "code" in said(await pressed(http, page, "Allow"), HERE)
    assert "code" in said(await opened(http, AUTHORIZE, asked), HERE), "not asked again"
    assert "Allow" in (await opened(http, AUTHORIZE, {**asked, "scope": "openid"})).text, "asked for more"
    assert "Allow" in (await opened(http, AUTHORIZE, {**asked, "prompt": "consent"})).text


async def test_the_page_and_then_approval(acme: Company, http: httpx.AsyncClient) -> None:
    page = await pressed(http, await opened(http, AUTHORIZE, {**ASKED, "client_id": "other"}), "Bob Ray")
    code = said(await pressed(http, page, "Allow"), HERE)["code"]
    tokens = (await redeemed(http, code=code, client_id="other", client_secret="secret2")).json()
    assert tokens["id"].endswith(acme.bob)


async def test_users_who_are_not_approved_are_sent_back(acme: Company, http: httpx.AsyncClient) -> None:
    acme.org.register_app(CLIENT_ID, secret=SECRET, approved_users=["bob@acme.example"])
    answer = said(await opened(http, AUTHORIZE, {**ASKED, "login_hint": ANN}), HERE)
    assert answer["error"] == "OAUTH_APP_ACCESS_DENIED"
    assert "code" in said(await opened(http, AUTHORIZE, {**ASKED, "login_hint": "Bob@acme.example"}), HERE)


@pytest.mark.parametrize("more", [{"prompt": "login"}, {"prompt": "select_account"}, {"login_hint": "nobody@acme.example"}])
async def test_a_page_is_shown_where_it_is_wanted(http: httpx.AsyncClient, more: dict[str, str]) -> None:
    page = await opened(http, AUTHORIZE, {**ASKED, "login_hint": ANN, **more})
    answer = said(await pressed(http, page, "Cancel"), HERE)
    assert (answer["error"], answer["state"]) == ("access_denied", "s<1>&")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "openid full_moon"}, "invalid_scope"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"prompt": "please"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
async def test_faults_that_the_app_is_told(http: httpx.AsyncClient, changes: dict[str, str], error: str) -> None:
    answer = said(await opened(http, AUTHORIZE, {**ASKED, "login_hint": ANN, **changes}), HERE)
    assert (answer["error"], answer["state"], "code" in answer) == (error, "s<1>&", False)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": HERE + "/"}, "redirect_uri_mismatch"),
        ({"redirect_uri": HERE.replace("8765", "8766")}, "redirect_uri_mismatch"),
        ({"redirect_uri": "https://evil.example/"}, "redirect_uri_mismatch"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"client_id": "nobody"}, "invalid_client_id"),
        ({"client_id": ""}, "invalid_client_id"),
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(
    http: httpx.AsyncClient, changes: dict[str, str], error: str
) -> None:
    page = await opened(http, AUTHORIZE, {**ASKED, "login_hint": ANN, **changes})
    assert (page.answer.status_code, f"error={error}," in page.text) == (400, True)
    assert "location" not in page.answer.headers and goals_of(page) == ["'none'"]


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"code_verifier": VERIFIER + "x"}, "invalid_grant", "invalid code verifier"),
        ({"code_verifier": ""}, "invalid_grant", "invalid code verifier"),
        ({"redirect_uri": HERE + "/"}, "redirect_uri_mismatch", "redirect_uri must match configuration"),
        ({"code": "made-up"}, "invalid_grant", "invalid authorization code"),
        ({"client_id": "other", "client_secret": "secret2"}, "invalid_grant", "invalid authorization code"),
        ({"client_secret": "wrong"}, "invalid_client", "invalid client credentials"),
        ({"client_secret": ""}, "invalid_client", "invalid client credentials"),
        ({"client_id": "nobody"}, "invalid_client_id", "client identifier invalid"),
    ],
)
async def test_codes_that_are_refused(http: httpx.AsyncClient, changes: dict[str, str], error: str, description: str) -> None:
    code = await code_of(http)
    answer = await redeemed(http, **{"code": code, **changes})
    assert (answer.status_code, answer.json()) == (400, {"error": error, "error_description": description})
    assert (await redeemed(http, code=code)).status_code == 200, "a code is spent by its own app alone"


async def test_a_code_is_spent_once_and_grows_old(acme: Company, http: httpx.AsyncClient) -> None:
    first, second = await code_of(http), await code_of(http)
    assert (await redeemed(http, code=first)).status_code == 200
    acme.clock.pass_by(minutes=16)
    for code in (first, second):
        assert (await redeemed(http, code=code)).json()["error_description"] == "expired authorization code"


@pytest.mark.parametrize("address", ["http://acme.example/done", "https://a.example/#x", "myapp"])
def test_addresses_that_cannot_be_registered(acme: Company, address: str) -> None:
    with pytest.raises(ValueError, match="cannot be registered"):
        acme.org.identity.register_callbacks(CLIENT_ID, [address])


async def test_the_identity_of_others_is_nobodys_business(acme: Company, http: httpx.AsyncClient) -> None:
    tokens = await granted(http, "openid")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await http.get(tokens["id"].replace(acme.ann, acme.bob), headers=bearer)).status_code == 404
    assert (await http.get(tokens["id"])).status_code == 401
