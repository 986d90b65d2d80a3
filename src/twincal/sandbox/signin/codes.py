"""Authorization codes: given once, for one app and one address, spent once, and soon too old (RFC 6749 4.1, RFC 7636)."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from hmac import compare_digest
from secrets import token_urlsafe

PLAIN, S256 = "plain", "S256"


@dataclass(frozen=True, slots=True)
class Ask:
    """What an app asks an authorization endpoint for, once that has been found in order. `challenge` is PKCE's, if any."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None = None
    nonce: str | None = None
    challenge: str | None = None
    method: str = S256


@dataclass(frozen=True, slots=True)
class Grant:
    """Who said yes to what. `who` is the vendor's lasting name of that person."""

    ask: Ask
    who: str


class Fault(Enum):
    """Why a code is not taken."""

    UNKNOWN = auto()
    OTHER_CLIENT = auto()
    SPENT = auto()
    EXPIRED = auto()
    OTHER_ADDRESS = auto()
    VERIFIER = auto()


class CodeRefusedError(Exception):
    """A code that is not taken."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.name)
        self.fault = fault


@dataclass(slots=True)
class _Given:
    grant: Grant
    at: datetime
    spent: bool = False


class Codes:
    """The codes of one authorization server; `now` is the clock by which they grow old."""

    def __init__(self, now: Callable[[], datetime], life: timedelta) -> None:
        self._now = now
        self._life = life
        self._given: dict[str, _Given] = {}

    def give(self, ask: Ask, who: str) -> str:
        """A new code."""
        code = token_urlsafe(48)
        self._given[code] = _Given(Grant(ask, who), self._now())
        return code

    def redeem(self, code: str, *, client_id: str, redirect_uri: str, verifier: str | None) -> Grant:
        """What the code stands for; from now on it is spent. Raises CodeRefusedError, which leaves it as it was."""
        given = self._given.get(code)
        if given is None:
            raise CodeRefusedError(Fault.UNKNOWN)
        ask = given.grant.ask
        checks = (
            (Fault.OTHER_CLIENT, ask.client_id != client_id),
            (Fault.SPENT, given.spent),
            (Fault.EXPIRED, abs(self._now() - given.at) > self._life),
            (Fault.OTHER_ADDRESS, ask.redirect_uri != redirect_uri),
            (Fault.VERIFIER, not proves(ask, verifier)),
        )
        for fault, found in checks:
            if found:
                raise CodeRefusedError(fault)
        given.spent = True
        return given.grant


def proves(ask: Ask, verifier: str | None) -> bool:
    """Whether a verifier belongs to the challenge. None belongs to none: a verifier without one is a downgrade (RFC 9700 2.1.1)."""
    if ask.challenge is None or not verifier:
        return ask.challenge is None and not verifier
    made = verifier if ask.method == PLAIN else digest_of(verifier)
    return compare_digest(made.encode(), ask.challenge.encode())


def digest_of(verifier: str) -> str:
    """The S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
