"""The wire of Graph: tokens, one request at a time, and patience with throttling and with what was not carried out."""

import asyncio
import random
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec

from twincal.connectors.faults import pause_asked, pause_before
from twincal.connectors.graph.faults import fault_of
from twincal.connectors.graph.signin import Credential, sign_in
from twincal.connectors.quiet import EVERYTHING, Quiet
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side
from twincal.ports import Clock, Reply, Transport

BASE_URL = "https://graph.microsoft.com/v1.0"
AUTHORITY = "https://login.microsoftonline.com"
TRIES = 6
LONGEST_PAUSE = 60.0
"""Seconds waited inside a call; who is asked to wait longer comes back in a later cycle."""
LONGEST_LIFE = 86_400
"""Seconds that a token is believed to serve, whatever it says."""
EARLY = timedelta(minutes=5)
"""How long before its end a token is renewed."""
PREFER = 'outlook.timezone="UTC", outlook.body-content-type="text", IdType="ImmutableId"'
"""What every request asks for; links do not carry it (Graph, Outlook's immutable ids)."""


class GraphClient:
    """One tenant through one app. Every method raises VendorFault.

    A pause that was asked for and is too long to be waited for is kept by `quiet`: until it is over nothing is sent.
    `requests` counts data calls, a batch as one, tokens apart; `skipped` counts events nobody could make sense of.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        tenant: str,
        client_id: str,
        credential: Credential,
        clock: Clock,
        authority: str | None = None,
        base_url: str | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.requests = 0
        self.skipped = 0
        self.clock = clock
        self.quiet = Quiet(Side.EXCHANGE, clock)
        self._transport = transport
        self._client_id = client_id
        self._credential = credential
        self._base = (base_url or BASE_URL).rstrip("/")
        self._token_url = (authority or f"{AUTHORITY}/{tenant}").rstrip("/") + "/oauth2/v2.0/token"
        self._jitter = jitter
        self._token = ""
        self._expires: datetime | None = None
        self._signing_in = asyncio.Lock()

    def __repr__(self) -> str:
        return f"GraphClient({self._base})"

    async def token(self) -> str:
        """An access token, fetched where there is none that still serves."""
        async with self._signing_in:
            now = self.clock.now()
            if not self._token or self._expires is None or now >= self._expires:
                found = await sign_in(self._transport, self._token_url, self._client_id, self._credential, now)
                self._token = found.access_token
                serves = timedelta(seconds=min(max(found.expires_in, 0), LONGEST_LIFE))
                self._expires = now + max(serves - EARLY, timedelta(seconds=30))
            return self._token

    async def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        repeatable: bool | None = None,
    ) -> Reply:
        """One request. A whole link of this service may be given as path.

        Sent again after throttling and where nothing can have been carried out; after a lost reply or a failure inside the
        service only when it is `repeatable` (a GET is). Raises VendorFault for every answer from 400 up; NO_REPLY where it
        is not known what was carried out.
        """
        url = self._address(path)
        scope = _mailbox(url)
        self.quiet.check(scope)
        again = method == "GET" if repeatable is None else repeatable
        refused = False
        for attempt in range(1, TRIES + 1):
            token = await self.token()
            try:
                reply = await self._sent(method, url, {"Authorization": f"Bearer {token}", **(headers or {})}, body)
                if reply.status < 400:
                    return reply
                if reply.status == 401 and not refused:
                    refused = True
                    self._forget(token)
                    continue
                fault = self._fault(reply, again)
            except VendorFault as lost:
                fault = lost
            if not _passing(fault, again) or attempt == TRIES or (fault.retry_after or 0) > LONGEST_PAUSE:
                self.quiet.keep(scope, fault, LONGEST_PAUSE)
                raise fault
            await self.pause(attempt, fault.retry_after)
        raise VendorFault(Side.EXCHANGE, FaultCode.UNAVAILABLE)

    def _address(self, path: str) -> str:
        """The whole address; a link that leads elsewhere is not followed, since the token goes with it."""
        if path.startswith("/"):
            return self._base + path
        if _host(path) != _host(self._base):
            raise VendorFault(Side.EXCHANGE, FaultCode.CURSOR_EXPIRED, "a link to another host")
        return path

    def _forget(self, token: str) -> None:
        """The token was refused; another task may have fetched a new one meanwhile."""
        if self._token == token:
            self._token = ""

    def _fault(self, reply: Reply, repeatable: bool) -> VendorFault:
        fault = fault_of(reply.status, reply.body, pause_asked(reply.headers.get("retry-after"), self.clock.now()))
        if reply.status >= 500 and fault.code is not FaultCode.THROTTLED and not repeatable:
            return VendorFault(Side.EXCHANGE, FaultCode.NO_REPLY, fault.detail)
        return fault

    async def _sent(self, method: str, url: str, headers: Mapping[str, str], body: Any) -> Reply:
        wanted = {"Accept": "application/json", "Prefer": PREFER, **headers}
        raw = b""
        if body is not None:
            raw = msgspec.json.encode(body)
            wanted["Content-Type"] = "application/json"
        self.requests += 1
        return await self._transport.send(method, url, headers=wanted, body=raw)

    def awaits(self, path: str) -> None:
        """Raises VendorFault while this mailbox has asked to be left alone: a batch does not name it in its address."""
        self.quiet.check(_mailbox(path))

    def keeps_quiet(self, path: str, fault: VendorFault) -> None:
        """Remember what an answer inside a batch has asked for."""
        self.quiet.keep(_mailbox(path), fault, LONGEST_PAUSE)

    async def pause(self, attempt: int, asked: float | None) -> None:
        """Wait as long as was asked, else longer from attempt to attempt, with jitter."""
        await self.clock.sleep(pause_before(attempt, asked, self._jitter, LONGEST_PAUSE))


def _passing(fault: VendorFault, repeatable: bool) -> bool:
    """May the same request be sent again now?"""
    if fault.code in (FaultCode.THROTTLED, FaultCode.UNAVAILABLE):
        return True
    return repeatable and fault.code is FaultCode.NO_REPLY


def _mailbox(url: str) -> str:
    """Whose mailbox an address is about: limits are counted by app and mailbox (Graph, limits of the Outlook service)."""
    found = _USER.search(url)
    return unquote(found[1]).lower() if found else EVERYTHING


_USER = re.compile(r"/users(?:/|\(')([^/'?]+)")


def _host(url: str) -> tuple[str, str] | None:
    """Scheme, host and port of an address; None for what is no address."""
    try:
        return urlsplit(url)[:2]
    except ValueError:
        return None


def segment(text: str) -> str:
    """Text as one segment of a path: ids hold `+`, `/` and `=`. Raises VendorFault for what would climb up the path."""
    if text in (".", ".."):
        raise VendorFault(Side.EXCHANGE, FaultCode.BAD_REQUEST, "an id that is none")
    return quote(text, safe="@.-_~")


def literal(text: str) -> str:
    """Text as a literal of an OData filter, quotes doubled, ready for a URL."""
    return quote("'" + text.replace("'", "''") + "'", safe="")
