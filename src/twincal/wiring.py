"""The only file that knows which adapters exist: a home opened, both sides connected, the service put on top."""

import asyncio
import gc
import random
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from twincal.core.faults import VendorFault
from twincal.core.vocabulary import Side
from twincal.engine.auditing import AuditLog
from twincal.engine.clock import StartedClock, SystemClock
from twincal.engine.person import ConnectedSide, Granted, IdentityClient, Ports
from twincal.engine.service import Service
from twincal.errors import HomeUnusable, WrongInput
from twincal.ports import Capabilities, Clock, Finding, Transport
from twincal.settings import ProcessSettings
from twincal.store.accounts import Connected
from twincal.store.books import StoreBooks
from twincal.store.store import Store

if TYPE_CHECKING:
    from twincal.connectors.graph.client import GraphClient
    from twincal.connectors.salesforce.client import SalesforceClient

RENEWALS = 4
"""How often the right to write is renewed within the length of a lease."""
STALE = timedelta(days=1)
"""How long a description of the org is believed."""


@asynccontextmanager
async def opened(home: Path, *, now: datetime | None = None, writes: bool = True, web: bool = False) -> AsyncIterator[Service]:
    """The service of one home, closed at the end; with the door of the web app where `web` says so.
    Raises HomeUnusable, WrongInput."""
    settings = ProcessSettings.from_environment()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)  # plans are large and without circles: looking for them again and again is wasted
    clock = StartedClock(now) if now else SystemClock()
    async with AsyncExitStack() as stack:
        store = Store.open(home, writes=writes, lease_seconds=settings.lease_seconds)
        stack.callback(store.close)
        if writes:
            renewing = asyncio.create_task(_renewed(store, settings.lease_seconds / RENEWALS))
            stack.callback(renewing.cancel)
        connections = StoredConnections(store, settings, clock)
        stack.push_async_callback(connections.aclose)
        audit = AuditLog(store.audit, clock, "the operator")
        service = Service(StoreBooks(store, clock), connections, clock, audit=audit)
        if settings.smtp:
            from twincal.connectors.mail import SmtpServer

            service.post = SmtpServer(settings.smtp, settings.mail_from, settings.public_url)
        if web:
            from twincal.engine.desk import Desk

            service.desk = Desk(store.visitors, store.sessions, clock)
        yield service


def trusted() -> ssl.SSLContext | None:
    """Whom to believe besides the system's authorities, as the environment says; None for nobody. Raises WrongInput."""
    from twincal.connectors.transport import trust

    authorities = ProcessSettings.from_environment().authorities
    return trust(authorities) if authorities else None


def rotated(home: Path) -> int:
    """Put a new key in the place of the one that secrets are sealed with; how many there are. Raises HomeUnusable, WrongInput."""
    from twincal.store.rotation import rotate

    return rotate(home)


def backed_up(home: Path, target: Path) -> int:
    """Copy a home's database to a file; its size in bytes. Raises HomeUnusable, WrongInput."""
    from twincal.store.backups import back_up

    return back_up(home, target)


def restored(home: Path, source: Path, now: datetime | None) -> Path | None:
    """Make a home from such a copy; where the database is now that stood there. Raises HomeUnusable, WrongInput."""
    from twincal.store.backups import restore

    return restore(home, source, now or SystemClock().now())


async def _renewed(store: Store, pause: float) -> None:
    """Keep the right to write while the process lives. Whoever lost it learns that from its next transaction."""
    with suppress(HomeUnusable):
        while True:
            await asyncio.sleep(pause)
            store.database.renew()


class StoredConnections:
    """The port `Connections` on what the store holds; each side is connected when it is first needed.

    `jitter` spreads what is tried again: a number from 0 to 1 each time it is asked.
    """

    def __init__(
        self, store: Store, settings: ProcessSettings, clock: Clock, *, jitter: Callable[[], float] = random.random
    ) -> None:
        self._jitter = jitter
        self._store = store
        self._settings = settings
        self._clock = clock
        self._ports: Ports | None = None
        self._graph: GraphClient | None = None
        self._salesforce: SalesforceClient | None = None
        self._stack = AsyncExitStack()
        self._token = store.token(Side.SALESFORCE)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._stack.aclose()

    def requests(self) -> Mapping[str, int]:
        """Requests of data so far, by system."""
        return {
            "graph": self._graph.requests if self._graph else 0,
            "salesforce": self._salesforce.requests if self._salesforce else 0,
        }

    async def sides(self) -> list[ConnectedSide]:
        """How each side is connected, as stored; the use of the day's requests as the last answer told it."""
        found = []
        for side in Side:
            known = await self._store.accounts.connected(side)
            used = self._salesforce.api_usage if self._salesforce and side is Side.SALESFORCE else None
            found.append(
                ConnectedSide(
                    side=side,
                    account=known.account if known else "",
                    address=(known.settings.get("login_url") or known.settings.get("base_url") or "") if known else "",
                    used=used.used if used else None,
                    allowed=used.allowed if used else None,
                )
            )
        return found

    async def identity_clients(self) -> list[IdentityClient]:
        """The sides whose accounts people may sign in with. A key for assertions about users is no proof of the app itself, so
        a Salesforce that is connected with one offers none."""
        found = []
        for side in Side:
            known = await self._store.accounts.connected(side)
            proof = self._proof(known) if known is not None else None
            if known is not None and proof is not None:
                found.append(IdentityClient(side=side, document=_document(side, known), client_id=known.settings["client_id"],
                                            proof=proof, account=known.account))  # fmt: skip
        return found

    def _proof(self, known: Connected) -> Callable[[str], Mapping[str, str]] | None:
        from twincal.connectors.graph.signin import Certificate

        secret, certificate = known.secret.get("secret"), known.secret.get("certificate")
        if certificate:
            return lambda url: Certificate(certificate).fields(known.settings["client_id"], url, self._clock.now())
        return (lambda url: {"client_secret": secret}) if secret else None

    async def ports(self) -> Ports:
        """Both sides connected. Raises WrongInput naming the side that is not."""
        if self._ports is None:
            exchange, salesforce = await self._connected(Side.EXCHANGE), await self._connected(Side.SALESFORCE)
            self._graph = await self._graph_client(exchange.settings, exchange.secret)
            self._salesforce = await self._salesforce_client(salesforce.settings, salesforce.secret)
            self._ports = self._assembled(self._graph, self._salesforce, await self._capabilities(salesforce))
        return self._ports

    def _assembled(self, graph: "GraphClient", salesforce: "SalesforceClient", org: Capabilities) -> Ports:
        from twincal.connectors.graph.calendar import GraphCalendar
        from twincal.connectors.salesforce.calendar import SalesforceCalendar
        from twincal.connectors.salesforce.directory import SalesforceDirectory

        directory = SalesforceDirectory(salesforce)
        return Ports(
            exchange=GraphCalendar(graph, page_size=self._settings.graph_page_size),
            salesforce=SalesforceCalendar(salesforce, org, directory),
            directory=directory,
            ledger=self._store.ledger,
            clock=self._clock,
            key=self._store.fingerprint_key,
            capabilities=org,
        )

    async def _connected(self, side: Side) -> Connected:
        found = await self._store.accounts.connected(side)
        if found is None:
            how = "exchange graph" if side is Side.EXCHANGE else "salesforce"
            raise WrongInput(f"{side.phrase} is not connected yet.", f"Connect it: twincal connect {how} --help")
        return found

    async def _capabilities(self, connected: Connected) -> Capabilities:
        """What the org can do: as stored, described anew once it is a day old."""
        from twincal.connectors.salesforce.capabilities import capabilities

        known = connected.capabilities
        if known and known.checked_at and self._clock.now() - known.checked_at < STALE:
            return known
        if self._salesforce is None:
            return known or Capabilities()
        field = connected.settings.get("former_field", "")
        fresh = replace(await capabilities(self._salesforce, field), checked_at=self._clock.now())
        if self._store.database.writes:
            await self._store.accounts.set_capabilities(Side.SALESFORCE, fresh)
        return fresh

    async def _graph_client(self, settings: Mapping[str, str], secret: Mapping[str, str]) -> "GraphClient":
        from twincal.connectors.graph.client import GraphClient
        from twincal.connectors.graph.signin import Certificate, Secret

        transport = await self._transport(Side.EXCHANGE)
        return GraphClient(
            transport,
            tenant=settings["tenant"],
            client_id=settings["client_id"],
            credential=Certificate(secret["certificate"]) if secret.get("certificate") else Secret(secret.get("secret", "")),
            clock=self._clock,
            jitter=self._jitter,
            authority=settings.get("authority") or None,
            base_url=settings.get("base_url") or None,
        )

    async def _salesforce_client(self, settings: Mapping[str, str], secret: Mapping[str, str]) -> "SalesforceClient":
        from twincal.connectors.salesforce.client import SalesforceClient
        from twincal.connectors.salesforce.signin import ClientCredentials, JwtBearer, RefreshToken, SignIn

        login_url, client_id, password = settings["login_url"], settings["client_id"], secret.get("secret", "")
        way: SignIn | RefreshToken = ClientCredentials(login_url, client_id, password)
        if secret.get("jwt_key"):
            way = JwtBearer(login_url, client_id, settings["username"], secret["jwt_key"])
        elif secret.get("refresh_token"):
            way = RefreshToken(login_url, client_id, password, self._token)
        return SalesforceClient(await self._transport(Side.SALESFORCE), way, self._clock, jitter=self._jitter)

    async def _transport(self, side: Side) -> Transport:
        """Sockets to one side; for who writes in the home, as long as that right lasts."""
        from twincal.connectors.transport import HttpTransport, WhileLeased

        transport = await self._stack.enter_async_context(HttpTransport(side, ca_file=self._settings.authorities))
        database = self._store.database
        return WhileLeased(transport, side, database.may_send) if database.lease else transport

    async def connect_graph(
        self, *, tenant: str, client_id: str, secret: str, certificate: str, authority: str | None, base_url: str | None
    ) -> None:
        """Try the sign-in, then store it sealed."""
        from twincal.connectors.connecting import not_reached, usable_address

        for name, url in (("--authority", authority), ("--base-url", base_url)):
            usable_address(name, url)
        settings = {"tenant": tenant, "client_id": client_id, "authority": authority or "", "base_url": base_url or ""}
        sealed = {"certificate": certificate} if certificate else {"secret": secret}
        client = await self._graph_client(settings, sealed)
        try:
            await client.token()
        except VendorFault as fault:
            raise not_reached(fault, "--authority and --tenant", "connect-exchange.md") from fault
        await self._store.accounts.connect(Side.EXCHANGE, tenant, settings, sealed)
        self._ports = None

    async def connect_salesforce(
        self, *, login_url: str, client_id: str, secret: str, jwt_key: str, username: str, former_field: str,
        granted: Granted | None,
    ) -> list[str]:  # fmt: skip
        """Try the sign-in and describe the org, then store both."""
        from twincal.connectors.connecting import not_reached, usable_address
        from twincal.connectors.salesforce.capabilities import capabilities

        usable_address("--login-url", login_url)
        settings = {"login_url": login_url.rstrip("/"), "client_id": client_id, "username": username, "former_field": former_field}
        sealed = {"jwt_key": jwt_key} if jwt_key else {"secret": secret}
        try:
            if granted:
                client, sealed["refresh_token"] = await self._granted(settings, secret, granted)
            else:
                client = await self._salesforce_client(settings, sealed)
            org = replace(await capabilities(client, former_field), checked_at=self._clock.now())
        except VendorFault as fault:
            raise not_reached(fault, "--login-url", "connect-salesforce.md") from fault
        if former_field and not org.former_field:
            remedy = "Check the API name, such as Former_Id__c, and the permission to read it. Nothing was stored."
            raise WrongInput(f"Event has no field {former_field!r}, as far as this account can see.", remedy)
        another = await self._store.accounts.connect(Side.SALESFORCE, org.organization_id or login_url, settings, sealed, org)
        self._ports = None
        return [ANOTHER_ORG, *_notes(org)] if another else _notes(org)

    async def _granted(self, settings: Mapping[str, str], secret: str, granted: Granted) -> tuple["SalesforceClient", str]:
        """A client as the user who gave consent, and what it signs in with the next time. Raises VendorFault, WrongInput."""
        from twincal.connectors.salesforce.client import SalesforceClient
        from twincal.connectors.salesforce.signin import AuthorizationCode

        way = AuthorizationCode(settings["login_url"], settings["client_id"], secret, granted.code, granted.verifier, granted.back)
        client = SalesforceClient(await self._transport(Side.SALESFORCE), way, self._clock, jitter=self._jitter)
        token = (await client.session()).refresh_token
        if not token:
            raise WrongInput(
                "Salesforce gave no refresh token, so the consent would be over with this session.",
                'Add the scope "Perform requests at any time (refresh_token, offline_access)" to the app. Nothing was stored.',
            )
        return client, token

    def salesforce_consent(self, login_url: str, client_id: str, *, back: str, state: str, verifier: str) -> str:
        """Where somebody consents. Raises WrongInput."""
        from twincal.connectors.connecting import usable_address
        from twincal.connectors.salesforce.signin import consent_url

        usable_address("The address of the org", login_url)
        return consent_url(login_url, client_id, back=back, state=state, verifier=verifier)

    async def admin_consent(self, *, back: str, state: str) -> str:
        """Where an administrator of the tenant consents. Raises WrongInput."""
        from twincal.connectors.graph.signin import admin_consent_url

        known = await self._connected(Side.EXCHANGE)
        return admin_consent_url(_authority(known), known.settings["client_id"], back=back, state=state)

    async def doctor(self, mailbox: str, username: str) -> list[Finding]:
        """What is well and what is missing on both sides."""
        from twincal.connectors.graph.client import BASE_URL
        from twincal.connectors.graph.doctor import doctor as graph_doctor
        from twincal.connectors.salesforce.doctor import doctor as salesforce_doctor

        findings: list[Finding] = []
        exchange, salesforce = (
            await self._store.accounts.connected(Side.EXCHANGE),
            await self._store.accounts.connected(Side.SALESFORCE),
        )
        if exchange:
            findings += await self._clock_of(Side.EXCHANGE, exchange.settings.get("base_url") or BASE_URL)
            findings += await graph_doctor(await self._graph_client(exchange.settings, exchange.secret), mailbox)
        else:
            findings.append(_not_connected("Exchange", "exchange graph"))
        if salesforce:
            findings += await self._clock_of(Side.SALESFORCE, f"{salesforce.settings['login_url']}/services/data")
            findings += await salesforce_doctor(await self._salesforce_client(salesforce.settings, salesforce.secret), username)
        else:
            findings.append(_not_connected("Salesforce", "salesforce"))
        return findings

    async def _clock_of(self, side: Side, url: str) -> list[Finding]:
        from twincal.connectors.clocks import clock_finding

        return await clock_finding(side, await self._transport(side), url, self._clock)


def _document(side: Side, known: Connected) -> str:
    """Where a provider describes itself (OpenID Connect Discovery; Entra's is the tenant's own, so that no other can sign in)."""
    if side is Side.SALESFORCE:
        return f"{known.settings['login_url']}/.well-known/openid-configuration"
    return f"{_authority(known)}/v2.0/.well-known/openid-configuration"


def _authority(known: Connected) -> str:
    """Where the tenant signs in."""
    return (known.settings.get("authority") or f"https://login.microsoftonline.com/{known.settings['tenant']}").rstrip("/")


def _not_connected(side: str, how: str) -> Finding:
    return Finding(check=side, well=False, note="not connected", remedy=f"Connect it: twincal connect {how} --help")


ANOTHER_ORG = (
    "This is another organization than before: the history begins anew, and nothing is deleted in either. What stands on both "
    "sides is linked; `twincal plan` shows the rest."
)


def _notes(org: Capabilities) -> list[str]:
    """What people should know about an org that cannot do everything."""
    notes = []
    if not org.shared_activities:
        notes.append("Shared Activities is off: an event can be related to one Contact or Lead only.")
    if not org.key_field:
        notes.append(
            "The fields Twincal_Key__c and Twincal_Stamp__c are missing: reduced guarantee against duplicates after a lost reply."
        )
    return notes
