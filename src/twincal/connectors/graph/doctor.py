"""What `twincal doctor` tries on the Exchange side."""

from twincal.connectors.graph.client import GraphClient, segment
from twincal.core.faults import FaultCode, VendorFault
from twincal.ports import Finding

CONSENT = "Grant the application permission Calendars.ReadWrite and admin consent, or include the mailbox in its scope."


async def doctor(client: GraphClient, mailbox: str) -> list[Finding]:
    """Sign-in, permission, mailbox; what depends on something that failed is not tried."""
    try:
        await client.token()
    except VendorFault as fault:
        return [Finding(check="Exchange sign-in", well=False, note=fault.message, remedy=fault.remedy)]
    findings = [Finding(check="Exchange sign-in", well=True)]
    if not mailbox:
        remedy = "Add somebody: twincal people add MAILBOX --salesforce USERNAME."
        return [*findings, Finding(check="Exchange mailbox", well=True, note="nobody to try yet", remedy=remedy)]
    try:
        await client.send("GET", f"/users/{segment(mailbox)}/events?$top=1")
    except VendorFault as fault:
        remedy = CONSENT if fault.code is FaultCode.PERMISSION_MISSING else fault.remedy
        return [*findings, Finding(check=f"Exchange mailbox {mailbox}", well=False, note=fault.message, remedy=remedy)]
    return [*findings, Finding(check=f"Exchange mailbox {mailbox}", well=True, note="can be read")]
