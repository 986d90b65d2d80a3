"""OpenID Connect with the providers of both sides, by Authlib: authorization code, PKCE (S256), state, nonce, and a signed token
whose issuer, audience, age and nonce are checked (OpenID Connect Core 3.1.3.7, RFC 9700)."""

import re
import ssl
import warnings  # gate: voice because it keeps a notice of a library away and tells nothing
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
from joserfc.errors import JoseError
from starlette.requests import Request

with warnings.catch_warnings():  # Authlib looks for the next version of httpx and says so on the terminal
    from authlib.deprecate import AuthlibDeprecationWarning

    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.common.urls import add_params_to_qs
    from authlib.integrations.starlette_client import OAuth, OAuthError, StarletteOAuth2App

from twincal.engine.person import IdentityClient
from twincal.errors import TwincalError

ENDPOINTS = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
"""What is believed of a provider's description of itself (OpenID Connect Discovery 3); all of it has to be there."""
SIGNED = ["RS256"]
"""How both providers sign; what calls itself unsigned, or signed with what is no secret, is not looked at."""
LEEWAY = timedelta(minutes=2)
SECONDS = 20
REASONS = {
    "access_denied": "it was called off, or not allowed",
    "consent_required": "an administrator has to grant consent first",
    "interaction_required": "it was called off, or not allowed",
    "server_error": "the provider had a failure",
    "temporarily_unavailable": "the provider is busy",
}
_CODE = re.compile(r"[a-z_]{1,40}")


class NotVouched(TwincalError):
    """The provider did not say who somebody is, or not in a way that can be believed."""


class Providers:
    """The providers as they have described themselves. `trust` are certificates that they are believed by; the system's else."""

    def __init__(self, trust: ssl.SSLContext | None = None) -> None:
        self._trust: ssl.SSLContext | bool = trust or True
        self._apps: dict[tuple[str, str], StarletteOAuth2App] = {}
        self._clients: dict[tuple[str, str], IdentityClient] = {}

    async def begin(self, client: IdentityClient, request: Request, back: str) -> str:
        """Where to send the browser; what has to be known when it comes back to `back` is left in the request's session. Raises
        NotVouched."""
        try:
            app = await self._app(client)
            answer = await app.authorize_redirect(request, back)
        except UNANSWERED as error:
            raise NotVouched("it cannot be reached, or does not answer as it should", "") from error
        return str(answer.headers["location"])

    async def end(self, client: IdentityClient, request: Request) -> Mapping[str, Any]:
        """What the provider's signed token says of who has come back; what was left in the session is used up whatever it says.
        Raises NotVouched."""
        try:
            app = await self._app(client)
            _same_issuer(app, request)
            token = await app.authorize_access_token(request, claims_options=_claims(app), leeway=LEEWAY.seconds)
        except OAuthError as error:
            raise NotVouched(_reason(str(error.error)), "") from error
        except JoseError as error:
            raise NotVouched("what it said is not signed by it, not meant for Twincal, or not for this sign-in", "") from error
        except UNANSWERED as error:
            raise NotVouched("it cannot be reached, or does not answer as it should", "") from error
        finally:
            _used_up(client, request)
        claims: Mapping[str, Any] = token.get("userinfo") or {}
        if not claims:
            raise NotVouched("it did not say who you are", "")
        return claims

    async def _app(self, client: IdentityClient) -> StarletteOAuth2App:
        """The provider, asked to describe itself where it has not yet. How we prove who we are is looked up for each token: the
        side may have been connected anew since."""
        key = (client.document, client.client_id)
        self._clients[key] = client
        if key not in self._apps:
            app = OAuth().register(
                client.side.value, client_id=client.client_id, server_metadata_url=client.document,
                client_kwargs={
                    "scope": "openid profile email", "code_challenge_method": "S256", "verify": self._trust,
                    "timeout": SECONDS, "trust_env": False, "token_endpoint_auth_method": self._proved(key),
                },
            )  # fmt: skip
            told = await app.load_server_metadata()
            app.server_metadata = {name: str(told[name]) for name in ENDPOINTS} | {
                "_loaded_at": told["_loaded_at"], "id_token_signing_alg_values_supported": SIGNED,
            }  # fmt: skip
            self._apps[key] = app
        return self._apps[key]

    def _proved(self, key: tuple[str, str]) -> Any:
        def auth(_: Any, method: str, url: str, headers: Any, body: Any) -> tuple[str, Any, Any]:
            client = self._clients[key]
            return url, headers, add_params_to_qs(body, [("client_id", client.client_id), *client.proof(url).items()])

        return auth


UNANSWERED = (httpx.HTTPError, OAuthError, RuntimeError, KeyError, ValueError, TypeError, AttributeError)
"""What Authlib raises at a provider that is not there, or whose answers are none of OpenID Connect's."""


def _claims(app: StarletteOAuth2App) -> dict[str, Any]:
    return {
        "iss": {"essential": True, "value": app.server_metadata["issuer"]},
        "aud": {"essential": True, "value": app.client_id},
        "exp": {"essential": True},
    }


def _same_issuer(app: StarletteOAuth2App, request: Request) -> None:
    """A provider that names itself when it sends somebody back has to be the one they were sent to (RFC 9207)."""
    told = request.query_params.get("iss")
    if told is not None and told != app.server_metadata["issuer"]:
        raise NotVouched("another provider answered than was asked", "")


def _used_up(client: IdentityClient, request: Request) -> None:
    """Nobody comes back twice: every sign-in that was begun in this session with this provider is over."""
    for key in [key for key in request.session if key.startswith(f"_state_{client.side.value}")]:
        del request.session[key]


def _reason(code: str) -> str:
    """A provider's error in words. Its name is shown where it looks like one: it comes from the address, where anybody may have
    written anything."""
    if code == "mismatching_state":
        return "this sign-in was not begun in this browser, or it is over"
    return REASONS.get(code, code if _CODE.fullmatch(code) else "it gave no reason")
