"""What somebody who connects a side for the first time is told; that it is tried again later helps nobody then."""

from twincal.connectors.addresses import may_carry_secrets
from twincal.core.faults import FaultCode, VendorFault
from twincal.errors import WrongInput


def not_reached(fault: VendorFault, address: str, page: str) -> WrongInput:
    """Why a side was not connected, and what helps."""
    if "Certificate" in fault.detail or "SSL" in fault.detail:
        remedy = "Its certificate is not trusted here; name the authority's PEM file in TWINCAL_CA_FILE."
    elif fault.code in (FaultCode.UNAVAILABLE, FaultCode.NO_REPLY, FaultCode.BAD_ANSWER):
        remedy = f"Check {address}, and that this machine can reach it."
    elif fault.code is FaultCode.SIGN_IN_REFUSED:
        remedy = f"Check what you gave; docs/howto/{page} tells where each value stands."
    else:
        remedy = fault.remedy
    return WrongInput(fault.message, f"{remedy} Nothing was stored.")


def usable_address(option: str, url: str | None) -> None:
    """Raises WrongInput for what is no address, or none to which a secret may be sent."""
    if url and not url.startswith(("https://", "http://")):
        raise WrongInput(f"{option} {url!r} is not an address.", "It begins with https://.")
    if url and not may_carry_secrets(url):
        raise WrongInput(
            f"{option}: the secret would travel unprotected, or the address holds one itself.",
            "Give an address that begins with https:// and names no user; http:// is for a sandbox on this machine.",
        )
