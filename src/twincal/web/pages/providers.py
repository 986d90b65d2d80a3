"""Signing in with Microsoft Entra or with Salesforce.

Who somebody is, their provider's signed token says. Which person here that is, only what the provider's administrators control
may say: the user principal name in the connected tenant, the user id in the connected organization. An e-mail address that
people set for themselves says nothing (Microsoft identity platform, claims validation).
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response

from twincal.core.vocabulary import Side
from twincal.engine.desk import Vouched
from twincal.engine.person import IdentityClient
from twincal.errors import WrongInput
from twincal.ports import Member
from twincal.web.openid import NotVouched, Providers
from twincal.web.pages.signing_in import PROVIDERS, welcome
from twincal.web.visit import Needs, Visit, page

KEYS = {key: side for side, (key, _) in PROVIDERS.items()}
ID_LENGTH = 15
"""What tells Salesforce's ids apart; the other three characters are a checksum."""


async def go_to_provider(visit: Visit) -> Response:
    """Off to the provider, which sends the browser back."""
    client = await _client(visit)
    visit.data["then"] = visit.asked("next", "/")
    try:
        address = await _providers(visit).begin(client, _with_session(visit), _back(visit))
    except NotVouched as error:
        return await _not_in(visit, client, error)
    await visit.keep()
    return Response(status_code=303, headers={"location": address})


async def come_back(visit: Visit) -> Response:
    """Back from the provider with a code, which is changed for a token that says who it is."""
    client = await _client(visit)
    try:
        claims = await _providers(visit).end(client, _with_session(visit))
        account = READ[client.side](claims, client, await visit.service.people())
    except NotVouched as error:
        return await _not_in(visit, client, error)
    found = await visit.service.desk.admit(account)
    return await welcome(visit, found, str(visit.data.get("then") or "/"))


async def _not_in(visit: Visit, client: IdentityClient, error: NotVouched) -> Response:
    """Back to where people sign in, which says why."""
    said = f"{PROVIDERS[client.side][1]} did not sign you in: {error.message}. Try again, or sign in another way."
    return await visit.go("/sign-in", said, kind="bad", next=str(visit.data.get("then") or "/"))


def _entra(claims: Mapping[str, Any], client: IdentityClient, members: Sequence[Member]) -> Vouched:
    """An account of the connected tenant, which its issuer names (a connection may name it by a domain). A guest is somebody whom
    another provider vouches for (`idp`): no name says who that is here."""
    tenant, issuer = str(claims.get("tid") or "").lower(), str(claims["iss"])
    wanted = client.account.lower()
    if not tenant or f"/{tenant}/" not in urlsplit(issuer).path.lower() or ("." not in wanted and tenant != wanted):
        raise _stranger("tenant")
    name = str(claims.get("preferred_username") or "").lower() if claims.get("idp", issuer) == issuer else ""
    member = next((one for one in members if name and name in (one.mailbox, *one.aliases)), None)
    subject = f"entra:{tenant}:{claims.get('oid') or claims['sub']}"
    return Vouched(subject=subject, email=name, name=str(claims.get("name") or name), member=member)


def _salesforce(claims: Mapping[str, Any], client: IdentityClient, members: Sequence[Member]) -> Vouched:
    """A user of the connected organization, by the identity address that `sub` is. The user id is what people are stored with."""
    organization, _, user = urlsplit(str(claims["sub"])).path.rpartition("/id/")[2].partition("/")
    if not user or organization[:ID_LENGTH] != client.account[:ID_LENGTH]:
        raise _stranger("organization")
    member = next((one for one in members if one.salesforce_user_id[:ID_LENGTH] == user[:ID_LENGTH]), None)
    return Vouched(name=str(claims.get("name") or ""), member=member)


READ = {Side.EXCHANGE: _entra, Side.SALESFORCE: _salesforce}


def _stranger(whole: str) -> NotVouched:
    return NotVouched(f"this account belongs to another {whole} than the one that is connected here", "")


async def _client(visit: Visit) -> IdentityClient:
    side = KEYS.get(visit.request.path_params["provider"])
    client = next((one for one in await visit.service.identity_clients() if one.side is side), None)
    if client is None:
        raise WrongInput("Nobody signs in that way here.", "Choose one of the ways that are offered.")
    return client


def _providers(visit: Visit) -> Providers:
    found: Providers = visit.request.app.state.providers
    return found


def _with_session(visit: Visit) -> Any:
    """The request with what Authlib keeps between the two halves of a sign-in: in our own session, on the server."""
    visit.request.scope["session"] = visit.data
    return visit.request


def _back(visit: Visit) -> str:
    return f"{visit.base}/sign-in/{visit.request.path_params['provider']}/done"


PAGES = (
    page("/sign-in/{provider}", go_to_provider, needs=Needs.NOBODY),
    page("/sign-in/{provider}/done", come_back, needs=Needs.NOBODY),
)
