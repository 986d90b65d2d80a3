"""Who comes in by the web app: passwords, one-time links, accounts of identity providers, and sessions."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Struct
from msgspec.structs import replace

from twincal.core.access import Authority, Session, Visitor
from twincal.core.vocabulary import Level
from twincal.errors import WrongInput
from twincal.ports import Clock, Member

LINK_LIVES = timedelta(hours=24)
"""How long a one-time link opens the door."""
SHORTEST_PASSWORD = 12
TRIES, LOCKED_FOR = 5, timedelta(minutes=15)
"""After so many wrong passwords for one address no further one is looked at for this long."""
TOUCHED = timedelta(seconds=30)
"""A session's last use is written down this coarsely: reading a page must not cost a write each time."""


class Vouched(Struct, frozen=True, kw_only=True):
    """An account that an identity provider vouches for. `subject` names it for ever (`provider:tenant:id`; empty where the
    calendar's owner is stored with the account's id), `email` is a name that only the provider's administrators give."""

    subject: str = ""
    email: str = ""
    name: str = ""
    member: Member | None = None

    def takes_over(self, subject: str) -> bool:
        """Is that another account of the same provider and tenant?"""
        ours, theirs = self.subject.rpartition(":"), subject.rpartition(":")
        return bool(self.subject) and ours[0] == theirs[0] and ours != theirs


class VisitorBook(Protocol):
    """The store's visitors (store/visitors.py)."""

    async def all(self) -> list[Visitor]: ...
    async def find(self, *, id: str = "", email: str = "", subject: str = "", person: str = "") -> Visitor | None: ...
    async def add(
        self, email: str, name: str, *, subject: str = "", password: str = "", person: str = "",
        authorities: Sequence[Authority] = (),
    ) -> Visitor: ...  # fmt: skip
    async def change(self, id: str, **values: object) -> None: ...
    async def appoint(self, id: str, authorities: Sequence[Authority]) -> None: ...
    async def remove(self, id: str) -> None: ...
    async def password_of(self, id: str) -> str: ...


class SessionBook(Protocol):
    """The store's sessions and one-time links (store/visitors.py)."""

    async def find(self, token: str) -> Session | None: ...
    async def put(self, one: Session) -> None: ...
    async def end(self, *, token: str = "", visitor: str = "", before: datetime | None = None) -> None: ...
    async def issue(self, token: str, until: datetime, visitor: str = "") -> None: ...
    async def redeem(self, token: str, now: datetime, *, keep: bool = False) -> str | None: ...


class Desk:
    """The door of the web app. `idle` says after how long without a request a session ends."""

    def __init__(
        self, visitors: VisitorBook, sessions: SessionBook, clock: Clock,
        token: Callable[[], str] = lambda: secrets.token_urlsafe(32), hasher: PasswordHasher | None = None,
    ) -> None:  # fmt: skip
        self.visitors = visitors
        self._sessions = sessions
        self._clock = clock
        self._token = token
        self._hasher = hasher or PasswordHasher()
        # gate: order because this is the password of nobody: it decides nothing, and must not be known
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        self._wrong: dict[str, list[datetime]] = {}

    # Sessions

    async def session(self, cookie: str, idle: timedelta) -> Session | None:
        """The session of a cookie that is still good; a use is noted."""
        found = await self._sessions.find(cookie) if cookie else None
        now = self._clock.now()
        if found is None or now - found.seen_at >= idle:
            return None
        if now - found.seen_at >= TOUCHED:
            found = replace(found, seen_at=now)
            await self._sessions.put(found)
        return found

    async def open(self, visitor: str = "", data: dict[str, object] | None = None) -> Session:
        """A new session, of nobody yet or of somebody who has just signed in."""
        now = self._clock.now()
        await self._sessions.end(before=now - timedelta(days=1))
        made = Session(token=self._token(), csrf=self._token(), visitor=visitor, begun_at=now, seen_at=now, data=data or {})
        await self._sessions.put(made)
        return made

    async def keep(self, session: Session) -> None:
        """Store what the pages keep in a session."""
        await self._sessions.put(session)

    async def close(self, session: Session) -> None:
        """Sign out here."""
        await self._sessions.end(token=session.token)

    async def close_everywhere(self, visitor: str) -> None:
        """Sign out in every browser."""
        await self._sessions.end(visitor=visitor)

    async def visitor(self, session: Session | None) -> Visitor | None:
        """Who a session belongs to; None before sign-in, and for somebody who may no longer come in."""
        found = await self.visitors.find(id=session.visitor) if session and session.visitor else None
        return found if found and found.active else None

    # Passwords and links

    async def first_link(self) -> str | None:
        """The token of a one-time link for the first administrator; None where there is an administrator already."""
        if any(one.authorities for one in await self.visitors.all()):
            return None
        token = self._token()
        await self._sessions.issue(token, self._clock.now() + LINK_LIVES)
        return token

    async def invite(self, visitor: str) -> str:
        """The token of a one-time link with which a visitor chooses a password."""
        token = self._token()
        await self._sessions.issue(token, self._clock.now() + LINK_LIVES, visitor)
        return token

    async def opens(self, token: str) -> str | None:
        """Whom a link is for (empty: the first administrator), None where it does not open. It stays good."""
        return await self._sessions.redeem(token, self._clock.now(), keep=True)

    async def redeem(self, token: str, email: str, name: str, password: str) -> Visitor:
        """Use a link up: the visitor with the password chosen. Raises WrongInput."""
        self._strong(password)
        whom = await self.opens(token)
        if whom == "" and ("@" not in email or not name.strip()):
            raise WrongInput("A name and an e-mail address are needed.", "For example: Ann Archer, ann@northwind.example.")
        if whom is None or await self._sessions.redeem(token, self._clock.now()) is None:
            raise WrongInput("This link has been used, or it is too old.", "Start `twincal serve` anew, or ask for another one.")
        hashed = self._hasher.hash(password)
        if whom:
            await self.visitors.change(whom, password=hashed)
            found = await self.visitors.find(id=whom)
            if found is None:
                raise WrongInput("That person may no longer sign in.", "Ask an administrator.")
            return found
        return await self.visitors.add(email, name.strip(), password=hashed, authorities=[Authority(Level.ORGANIZATION)])

    def _strong(self, password: str) -> None:
        if len(password) < SHORTEST_PASSWORD:
            raise WrongInput(f"The password has fewer than {SHORTEST_PASSWORD} characters.", "A few words in a row are a good one.")

    async def sign_in(self, email: str, password: str) -> Visitor:
        """The visitor with this address and password. Raises WrongInput, and for a while after too many wrong ones at once."""
        address, now = email.strip().lower(), self._clock.now()
        recent = [at for at in self._wrong.get(address, ()) if now - at < LOCKED_FOR]
        if len(recent) >= TRIES:
            raise WrongInput(
                "Too many wrong passwords were tried for this address.", f"Wait {LOCKED_FOR.seconds // 60} minutes and try again."
            )
        found = await self.visitors.find(email=address) if address else None
        hashed = await self.visitors.password_of(found.id) if found and found.active else ""
        if found is None or not self._matches(hashed, password):
            self._wrong = {one: tried for one, tried in self._wrong.items() if now - tried[-1] < LOCKED_FOR}
            self._wrong[address] = [*recent, now]
            raise WrongInput("The address or the password is not right.", "Try again; capital letters matter in the password.")
        self._wrong.pop(address, None)
        return found

    def _matches(self, hashed: str, password: str) -> bool:
        """Compared at the same cost whether there is a hash or not, so that the time tells nobody who may sign in."""
        try:
            return self._hasher.verify(hashed or self._nobody, password) and bool(hashed)
        except (VerificationError, InvalidHashError):
            return False

    # Accounts of identity providers

    async def admit(self, account: Vouched) -> Visitor:
        """The visitor of an account that an identity provider vouches for: known already, invited by address, or a person with
        a calendar here. Whoever once came in by an account is not taken over by another one of the same provider that has been
        given the same name since. Raises WrongInput for everybody else."""
        known = await self.visitors.find(subject=account.subject) if account.subject else None
        found = known or await self._named(account)
        if found is None and account.member is not None:
            who = account.member
            return await self.visitors.add(who.mailbox, who.name or account.name, subject=account.subject, person=who.id)
        if found is None or not found.active:
            raise WrongInput(
                f"{account.email or account.name} signed in well, but has no calendar here.",
                "Ask an administrator of Twincal to add you.",
            )
        if known is None and account.takes_over(found.subject):
            raise WrongInput(
                f"{found.email} came in by another account of that name before.",
                "If it is the same person, an administrator shuts them out and lets them in again.",
            )
        changes = {"subject": account.subject} if account.subject else {}
        if account.member is not None and not found.person:
            changes["person"] = account.member.id
        if changes:
            await self.visitors.change(found.id, **changes)
        return await self.visitors.find(id=found.id) or found

    async def _named(self, account: Vouched) -> Visitor | None:
        """Who is meant by the name that the provider's administrators gave, or by the calendar."""
        found = await self.visitors.find(email=account.email) if account.email else None
        if found is None and account.member is not None:
            found = await self.visitors.find(person=account.member.id)
        return found
