"""Acting as the user who once gave consent: the way there (PKCE), the code, and refresh tokens that serve once."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.connectors.salesforce_script import NOW, Clock, answer
from twincal.connectors.salesforce.client import SalesforceClient
from twincal.connectors.salesforce.signin import AuthorizationCode, RefreshToken, consent_url, sign_in
from twincal.core.faults import FaultCode, VendorFault
from twincal.ports import Reply

ORG, APP = "https://acme.my.salesforce.com", "app"
VERIFIER = "v" * 64
CODE = AuthorizationCode(ORG, APP, "hush", "c0de", VERIFIER, "https://twincal.example/back")


class Rotating:
    """A token endpoint whose refresh tokens serve once each, and where they are kept; `events` tells what happened."""

    def __init__(self, *, rotates: bool = True) -> None:
        self.good = "r0"
        self.stored = "r0"
        self.rotates = rotates
        self.forms: list[dict[str, str]] = []
        self.events: list[str] = []
        self._turn = asyncio.Lock()

    async def send(self, method: str, url: str, *, headers: Any, body: bytes = b"") -> Reply:
        assert (method, url) == ("POST", f"{ORG}/services/oauth2/token")
        form = dict(parse_qsl(body.decode()))
        self.forms.append(form)
        await asyncio.sleep(0)
        if form["refresh_token"] != self.good:
            return answer(400, {"error": "invalid_grant", "error_description": "expired access/refresh token"})
        told = {"access_token": f"t{len(self.forms)}", "instance_url": ORG}
        if self.rotates:
            self.good = told["refresh_token"] = f"r{len(self.forms)}"
        self.events.append(f"answered {told.get('refresh_token', '')}".strip())
        return answer(200, told)

    async def aclose(self) -> None:
        """Nothing is open."""

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[str]:
        async with self._turn:
            yield self.stored

    async def keep(self, token: str) -> None:
        self.stored = token
        self.events.append(f"kept {token}")


def way(org: Rotating) -> RefreshToken:
    return RefreshToken(ORG, APP, "hush", org)


def test_the_way_to_consent_binds_who_asked_to_who_comes_back() -> None:
    url = urlsplit(consent_url(f"{ORG}/", APP, back=CODE.back, state="s7", verifier=VERIFIER))
    asked = dict(parse_qsl(url.query))
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{ORG}/services/oauth2/authorize"
    assert urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=") == asked["code_challenge"]
    assert (asked["code_challenge_method"], asked["response_type"], asked["state"]) == ("S256", "code", "s7")
    assert asked["redirect_uri"] == CODE.back and asked["scope"].split() == ["api", "refresh_token"]
    assert VERIFIER not in url.query


def test_a_code_is_sent_with_what_proves_who_asked_for_it() -> None:
    url, form = CODE.request(NOW)
    assert url == f"{ORG}/services/oauth2/token"
    assert form == {"grant_type": "authorization_code", "code": "c0de", "code_verifier": VERIFIER, "client_id": APP,
                    "client_secret": "hush", "redirect_uri": CODE.back}  # fmt: skip


async def test_a_new_refresh_token_is_kept_before_the_session_is_used() -> None:
    org = Rotating()
    session = await sign_in(org, way(org), NOW)
    assert (session.token, org.stored) == ("t1", "r1")
    assert org.events == ["answered r1", "kept r1"]
    assert (await sign_in(org, way(org), NOW)).token == "t2"
    assert [form["refresh_token"] for form in org.forms] == ["r0", "r1"]


async def test_a_token_that_does_not_rotate_stays() -> None:
    org = Rotating(rotates=False)
    for _ in range(2):
        await sign_in(org, way(org), NOW)
    assert org.events == ["answered", "answered"] and org.stored == "r0"


async def test_no_token_is_used_twice_by_clients_that_ask_at_once() -> None:
    org = Rotating()
    await asyncio.gather(*(SalesforceClient(org, way(org), Clock()).session() for _ in range(5)))
    assert [form["refresh_token"] for form in org.forms] == ["r0", "r1", "r2", "r3", "r4"]


async def test_a_consent_that_was_withdrawn_is_told() -> None:
    org = Rotating()
    org.good = "another"
    with pytest.raises(VendorFault) as fault:
        await sign_in(org, way(org), NOW)
    assert (fault.value.code, fault.value.detail) == (FaultCode.SIGN_IN_REFUSED, "invalid_grant: expired access/refresh token")


def test_none_of_it_is_shown() -> None:
    shown = repr(CODE) + repr(way(Rotating()))
    assert not {"hush", "c0de", VERIFIER, "r0"} & set(shown.replace("'", " ").split())
    assert "hush" not in shown and "c0de" not in shown
