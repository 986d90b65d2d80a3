"""Signing in with Microsoft Entra or with Salesforce: OpenID Connect (authorization code, PKCE, state, nonce), by Authlib.

Who somebody is, their provider's signed token says. Which person here that is, only what the provider's administrators control
may say: the user principal name in the connected tenant, the user id in the connected organization. An e-mail address that
people set for themselves says nothing (Microsoft identity platform, claims validation).
"""

import ssl
import warnings  # gate: voice because it keeps a notice of a library away and tells nothing
from typing import Any
from urllib.parse import quote

import httpx

with warnings.catch_warnings():  # Authlib looks for the next version of httpx and says so on the terminal
    warnings.simplefilter("ignore")
    from authlib.integrations.starlette_client import OAuth, OAuthError, StarletteOAuth2App
from starlette.responses import Response

from twincal.core.vocabulary import Side
from twincal.engine.person import IdentityClient
from twincal.errors import WrongInput
from twincal.ports import Member
from twincal.web.pages.signing_in import PROVIDERS, welcome
from twincal.web.visit import Needs, Visit, page

NAMES = {side: name for side, (_, name) in PROVIDERS.items()}
KEYS = {key: side for side, (key, _) in PROVIDERS.items()}
ID_LENGTH = 15
"""What tells Salesforce's ids apart; the other three characters are a checksum."""


async def go_to_provider(visit: Visit) -> Response:
    """Off to the provider, which sends the browser back."""
    client, app = await _app(visit)
    visit.data["then"] = visit.asked("next", "/")
    try:
        answer = await app.authorize_redirect(_with_session(visit), _back(visit))
    except (httpx.HTTPError, OAuthError) as error:
        raise WrongInput(
            f"{NAMES[client.side]} cannot be reached to sign in.", "Try again later, or sign in with a password."
        ) from error
    await visit.keep()
    return Response(status_code=303, headers={"location": answer.headers["location"]})


async def come_back(visit: Visit) -> Response:
    """Back from the provider with a code, which is changed for a token that says who it is."""
    client, app = await _app(visit)
    try:
        token = await app.authorize_access_token(_with_session(visit))
        claims: dict[str, Any] = dict(token.get("userinfo") or {})
    except OAuthError as error:
        raise WrongInput(
            f"{NAMES[client.side]} did not let you in ({error.error}).", "Begin again from the page where you sign in."
        ) from error
    except httpx.HTTPError as error:
        raise WrongInput(f"{NAMES[client.side]} cannot be reached to sign in.", "Try again later.") from error
    subject, email, member = await _who(visit, client, claims)
    found = await visit.service.desk.admit(subject, email, str(claims.get("name") or email), member)
    then = str(visit.data.get("then") or "/")
    return await welcome(visit, found, then)


async def _who(visit: Visit, client: IdentityClient, claims: dict[str, Any]) -> tuple[str, str, Member | None]:
    """The account, the address it may be known by here, and the person with a calendar it belongs to. Raises WrongInput for an
    account of another tenant or organization."""
    members = await visit.service.people()
    if client.side is Side.EXCHANGE:
        tenant, name = str(claims.get("tid") or ""), str(claims.get("preferred_username") or "").lower()
        _same(tenant, client)
        member = next((one for one in members if name in (one.mailbox, *one.aliases)), None)
        return f"entra:{tenant}:{claims.get('oid') or claims['sub']}", name, member
    _, _, path = str(claims["sub"]).partition("/id/")
    organization, _, user = path.partition("/")
    _same(organization, client)
    member = next((one for one in members if one.salesforce_user_id[:ID_LENGTH] == user[:ID_LENGTH] != ""), None)
    return f"salesforce:{organization[:ID_LENGTH]}:{user[:ID_LENGTH]}", "", member


def _same(account: str, client: IdentityClient) -> None:
    wanted = client.account
    same = account[:ID_LENGTH] == wanted[:ID_LENGTH] if client.side is Side.SALESFORCE else account.lower() == wanted.lower()
    if not same:
        raise WrongInput(f"This account belongs to another {'organization' if client.side is Side.SALESFORCE else 'tenant'}.",
                         "Sign in with the account that you have here.")  # fmt: skip


async def _app(visit: Visit) -> tuple[IdentityClient, StarletteOAuth2App]:
    side = KEYS.get(visit.request.path_params["provider"])
    client = next((one for one in await visit.service.identity_clients() if one.side is side), None)
    if client is None:
        raise WrongInput("Nobody signs in that way here.", "Choose one of the ways that are offered.")
    known: dict[str, StarletteOAuth2App] = visit.request.app.state.providers
    if client.document not in known:
        trust: ssl.SSLContext | bool = visit.request.app.state.trust or True
        known[client.document] = OAuth().register(
            client.side.value,
            client_id=client.client_id,
            client_secret=client.client_secret,
            server_metadata_url=client.document,
            client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256", "verify": trust, "timeout": 20},
        )
    return client, known[client.document]


def _with_session(visit: Visit) -> Any:
    """The request with what Authlib keeps between the two halves of a sign-in: in our own session, on the server."""
    visit.request.scope["session"] = visit.data
    return visit.request


def _back(visit: Visit) -> str:
    base = visit.request.app.state.public_url or str(visit.request.base_url).rstrip("/")
    return f"{base}/sign-in/{quote(visit.request.path_params['provider'])}/done"


PAGES = (
    page("/sign-in/{provider}", go_to_provider, needs=Needs.NOBODY),
    page("/sign-in/{provider}/done", come_back, needs=Needs.NOBODY),
)
