"""Authlib as an OpenID Connect client of both authorization servers, found by discovery, over TLS."""

import ssl
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError

from tests.sandbox.stage import Stage, staged

BACK = "http://127.0.0.1:8765/back"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-0"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        await found.add_ann()
        for system in ("graph", "salesforce"):
            await found.control("/apps", {"system": system, "redirect_uris": [BACK]})
        yield found


def servers(stage: Stage) -> dict[str, tuple[str, str, str, str]]:
    """Of each: where discovery stands, the app's name and secret, and how Ann is called there."""
    graph, salesforce = stage.line["graph"], stage.line["salesforce"]
    return {
        "microsoft": (f"{graph['tls_authority']}/v2.0", graph["client_id"], graph["client_secret"], "preferred_username"),
        "salesforce": (salesforce["tls_login_url"], salesforce["client_id"], salesforce["client_secret"], "sub"),
    }


class Visit:
    """One sign-in of Ann with one of the two."""

    def __init__(self, stage: Stage, vendor: str) -> None:
        self._root, name, secret, self.claim = servers(stage)[vendor]
        trusting = ssl.create_default_context(cafile=stage.line["ca_file"])
        self.client: Any = AsyncOAuth2Client(
            name, secret, scope="openid profile email", redirect_uri=BACK, code_challenge_method="S256", verify=trusting
        )
        self.name = name
        self.found: dict[str, Any] = {}

    async def _asked(self, address: str) -> Any:
        return await self.client.request("GET", address, withhold_token=True, follow_redirects=False)

    async def back(self) -> str:
        """The address that Ann's browser is sent to."""
        self.found = (await self._asked(f"{self._root}/.well-known/openid-configuration")).json()
        address, self.state = self.client.create_authorization_url(
            self.found["authorization_endpoint"], code_verifier=VERIFIER, nonce="n1", login_hint="ann@northwind.example"
        )
        location: str = (await self._asked(address)).headers["location"]
        return location

    async def token(self, address: str, verifier: str = VERIFIER, state: str | None = None) -> dict[str, Any]:
        """What the code in that address gives."""
        found: dict[str, Any] = await self.client.fetch_token(
            self.found["token_endpoint"], authorization_response=address, code_verifier=verifier, state=state or self.state
        )
        return found

    async def claims(self, token: dict[str, Any]) -> dict[str, Any]:
        """The claims of the id token, verified with the published keys and by the machine's clock."""
        keys = jwt.PyJWKSet.from_dict((await self._asked(self.found["jwks_uri"])).json())
        key = keys[jwt.get_unverified_header(token["id_token"])["kid"]]
        wanted = ["exp", "iat", "nonce", "sub"]
        claims: dict[str, Any] = jwt.decode(
            token["id_token"], key, algorithms=["RS256"], audience=self.name, issuer=self.found["issuer"],
            options={"require": wanted},
        )  # fmt: skip
        return claims


@pytest.mark.parametrize("vendor", ["microsoft", "salesforce"])
async def test_somebody_signs_in(stage: Stage, vendor: str) -> None:
    visit = Visit(stage, vendor)
    async with visit.client:
        token = await visit.token(await visit.back())
        claims = await visit.claims(token)
        told, ann = claims[visit.claim], stage.sandbox.people[0]
        assert (claims["nonce"], told.endswith((ann.mailbox, ann.salesforce_user_id))) == ("n1", True)
        who = (await visit.client.get(visit.found["userinfo_endpoint"])).json()
        assert (who["name"], who["email"]) == ("Ann Smith", "ann@northwind.example")


@pytest.mark.parametrize("vendor", ["microsoft", "salesforce"])
async def test_what_does_not_belong_together_is_noticed(stage: Stage, vendor: str) -> None:
    visit = Visit(stage, vendor)
    async with visit.client:
        address = await visit.back()
        with pytest.raises(AuthlibBaseError, match="state"):
            await visit.token(address, state="another")
        with pytest.raises(OAuthError, match="invalid_grant"):
            await visit.token(address, verifier=VERIFIER + "x")
        await visit.token(address)
        with pytest.raises(OAuthError, match="invalid_grant"):
            await visit.token(address)
