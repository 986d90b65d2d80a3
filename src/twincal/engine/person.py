"""Whose calendars a cycle keeps in step, and everything the cycle needs to reach them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from twincal.core.facts import Context
from twincal.core.item import Item
from twincal.core.matching import Owner
from twincal.core.policy import Policy
from twincal.core.settings_table import WIDEST_WINDOW
from twincal.core.trees import Matches, Window
from twincal.core.vocabulary import Side
from twincal.ports import Calendar, Capabilities, Clock, Directory, Finding, Ledger

LOOK_AHEAD = 31
"""Days read beyond the window, so that the horizon can move for a month before a calendar is read in full again."""


class Person(Struct, frozen=True, kw_only=True):
    """One person with both accounts and the effective policy. `id` is the name of the person in the store."""

    id: str
    mailbox: str
    owner: Owner
    policy: Policy
    name: str = ""
    active: bool = True

    def owner_on(self, side: Side) -> str:
        """What names the person's calendar on one side: a mailbox address, or a user id."""
        return self.mailbox if side is Side.EXCHANGE else self.owner.user_id

    def window(self, now: datetime) -> Window:
        """The window of the policy today."""
        return self.policy.window(now.date())

    def look(self, now: datetime) -> Window:
        """What is read: the window with a margin, so that its horizon can move for a month, as far as Exchange allows."""
        window = self.window(now)
        room = timedelta(days=WIDEST_WINDOW + 1) - (window.end - window.start)
        return window.widened(max(0, min(LOOK_AHEAD, room.days)))


class Ports(Struct, frozen=True, kw_only=True):
    """The world as the engine sees it."""

    exchange: Calendar
    salesforce: Calendar
    directory: Directory
    ledger: Ledger
    clock: Clock
    key: bytes
    capabilities: Capabilities = Capabilities()

    def calendar(self, side: Side) -> Calendar:
        """The calendar of one side."""
        return self.exchange if side is Side.EXCHANGE else self.salesforce


Seen = Mapping[Side, Mapping[str, Item]]
"""Items just read, bodies included, by side and id: the store keeps no bodies."""


def context_of(person: Person, ports: Ports, matches: Matches, now: datetime) -> Context:
    """What the core needs to know about a person in this cycle."""
    return Context(
        person=person.id,
        name=person.name or person.mailbox,
        active=person.active,
        owner=person.owner,
        policy=person.policy,
        window=person.window(now),
        now=now,
        matches=matches,
        key=ports.key,
        shared_activities=ports.capabilities.shared_activities,
        multiday_events=ports.capabilities.multiday_events,
        integration_user=ports.capabilities.integration_user,
    )


class ConnectedSide(Struct, frozen=True, kw_only=True):
    """One side: the tenant or the organization it is connected to (empty: not connected), and how much of the day's requests
    that all programs may make has been used, where the side tells."""

    side: Side
    account: str = ""
    address: str = ""
    used: int | None = None
    allowed: int | None = None


class IdentityClient(Struct, frozen=True, kw_only=True):
    """How people sign in with the account they have on a side: the provider's document (OpenID Connect Discovery), and who
    Twincal is there. `proof` gives the fields of a token request that prove it, for the address the request goes to. `account`
    is the tenant or the organization that their accounts have to belong to."""

    side: Side
    document: str
    client_id: str
    proof: Callable[[str], Mapping[str, str]]
    account: str


class Granted(Struct, frozen=True, kw_only=True):
    """What a consent in the browser brought back: a code that serves once, the secret of who asked for it (PKCE), and the address
    it came back to."""

    code: str
    verifier: str
    back: str

    def __repr__(self) -> str:
        return f"Granted({self.back}, code=…)"


class Connections(Protocol):
    """Both sides as they are connected in one home."""

    async def ports(self) -> Ports:
        """The world, both sides connected. Raises WrongInput naming the side that is not."""
        ...

    async def sides(self) -> Sequence[ConnectedSide]:
        """How each side is connected, and how much of its daily budget has been used where it tells."""
        ...

    async def identity_clients(self) -> Sequence[IdentityClient]:
        """The sides whose accounts people may sign in with: those where Twincal can prove to be the app that they trust."""
        ...

    def requests(self) -> Mapping[str, int]:
        """Requests of data so far, by system; sign-ins apart."""
        ...

    async def connect_graph(
        self, *, tenant: str, client_id: str, secret: str, certificate: str, authority: str | None, base_url: str | None
    ) -> None:
        """Try the sign-in, then store it sealed. Raises VendorFault or WrongInput; then nothing is stored."""
        ...

    async def connect_salesforce(
        self, *, login_url: str, client_id: str, secret: str, jwt_key: str, username: str, former_field: str,
        granted: Granted | None,
    ) -> list[str]:  # fmt: skip
        """Try the sign-in and describe the org, then store both; notes on what the org cannot do. With what a consent brought, the
        sync acts as the user who gave it."""
        ...

    def salesforce_consent(self, login_url: str, client_id: str, *, back: str, state: str, verifier: str) -> str:
        """Where somebody consents that Twincal acts as the user they sign in as. Raises WrongInput."""
        ...

    async def admin_consent(self, *, back: str, state: str) -> str:
        """Where an administrator of the connected tenant consents. Raises WrongInput."""
        ...

    async def doctor(self, mailbox: str, username: str) -> list[Finding]:
        """What is well and what is missing; a mailbox and a Salesforce user are tried where they are named."""
        ...
