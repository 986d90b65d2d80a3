"""What `twincal doctor` tries on the Exchange side."""

from base64 import urlsafe_b64decode

import msgspec
from msgspec import Struct

from twincal.connectors.graph.client import GraphClient, segment
from twincal.core.faults import FaultCode, VendorFault
from twincal.ports import Finding

WANTED, READS = "Calendars.ReadWrite", "Calendars.Read"
CONSENT = f"Grant the application permission {WANTED} and admin consent, or assign it in Exchange for a scope with the mailbox."
SCOPE = "Include the mailbox in the scope that Exchange sets the app (RBAC for Applications, or an application access policy)."


class _Claims(Struct, frozen=True):
    roles: tuple[str, ...] = ()


_CLAIMS: msgspec.json.Decoder[_Claims] = msgspec.json.Decoder(_Claims)


async def doctor(client: GraphClient, mailbox: str) -> list[Finding]:
    """Sign-in, permission, mailbox; what depends on something that failed is not tried."""
    try:
        granted = _granted(await client.token())
    except VendorFault as fault:
        return [Finding(check="Exchange sign-in", well=False, note=fault.message, remedy=fault.remedy)]
    findings = [Finding(check="Exchange sign-in", well=True)]
    if not mailbox:
        remedy = "Add somebody: twincal people add MAILBOX --salesforce USERNAME."
        return [*findings, Finding(check="Exchange mailbox", well=True, note="nobody to try yet", remedy=remedy)]
    try:
        await client.send("GET", f"/users/{segment(mailbox)}/events?$top=1")
    except VendorFault as fault:
        remedy = fault.remedy if fault.code is not FaultCode.PERMISSION_MISSING else SCOPE if WANTED in granted else CONSENT
        return [*findings, Finding(check=f"Exchange mailbox {mailbox}", well=False, note=fault.message, remedy=remedy)]
    return [*findings, Finding(check=f"Exchange mailbox {mailbox}", well=True, note="can be read"), *_writing(granted)]


def _writing(granted: frozenset[str]) -> list[Finding]:
    """Nothing is written to find out. Where the token names no permission, scopes of Exchange grant it, and nothing is known."""
    if WANTED in granted or READS not in granted:
        return []
    note = f"{READS} alone: calendars can be read, not changed"
    return [Finding(check="Exchange permission", well=False, note=note, remedy=CONSENT)]


def _granted(token: str) -> frozenset[str]:
    """The permissions consented to in Entra, as the token names them; none where it cannot be read. Only findings are made of it:
    what an access token looks like is Microsoft's own affair (Access tokens in the Microsoft identity platform)."""
    try:
        payload = token.split(".")[1]
        return frozenset(_CLAIMS.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4))).roles)
    except (IndexError, ValueError, msgspec.DecodeError):
        return frozenset()
