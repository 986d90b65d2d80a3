"""Whether this machine's clock and a vendor's agree: sign-ins by certificate or key are refused when they do not."""

from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

from twincal.core.faults import VendorFault
from twincal.core.vocabulary import Side
from twincal.ports import Clock, Finding, Transport

APART = timedelta(minutes=2)
"""From here on it is worth a word: Salesforce refuses assertions that are valid for more than three minutes (JWT bearer
flow), Microsoft allows five minutes of difference (certificate credentials)."""


async def clock_finding(side: Side, transport: Transport, url: str, clock: Clock) -> list[Finding]:
    """Compare our clock with the `Date` of an answer from `url`, asked without signing in; nothing where none is told.

    A host that cannot be reached is what the sign-in speaks about.
    """
    try:
        reply = await transport.send("GET", url, headers={})
        told = parsedate_to_datetime(reply.headers.get("date", ""))
    except (VendorFault, ValueError):
        return []
    theirs = told if told.tzinfo else told.replace(tzinfo=UTC)
    return [_finding(side, clock.now() - theirs)]


def _finding(side: Side, ahead: timedelta) -> Finding:
    check = f"{side.phrase} clock"
    if abs(ahead) <= APART:
        return Finding(check=check, well=True, note="agrees with this machine's")
    minutes = round(abs(ahead) / timedelta(minutes=1))
    way = "ahead of" if ahead > timedelta() else "behind"
    note = f"this machine is {minutes} minutes {way} it"
    return Finding(check=check, well=False, note=note, remedy="Set this machine's clock, best by a time service (NTP).")
