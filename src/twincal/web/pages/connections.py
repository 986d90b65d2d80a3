"""Connecting Exchange and Salesforce, step by step, with a test that names what is missing.

Two steps lead to a vendor and back: an administrator's consent at Microsoft, and the consent by which Twincal acts as a Salesforce
user. What comes back belongs to what was sent: the session knows by which word.
"""

import re

from starlette.responses import Response

from twincal.errors import WrongInput
from twincal.ports import Finding
from twincal.web.visit import Needs, Visit, act, page

HERE = "/connections"
BACK_FROM_TENANT, BACK_FROM_SALESFORCE = "/connections/exchange/consented", "/connections/salesforce/consented"
_CODE = re.compile(r"[A-Za-z_]{1,40}")


async def connections(visit: Visit) -> Response:
    """Connect Exchange and Salesforce, step by step."""
    return await _shown(visit)


async def test_connections(visit: Visit) -> Response:
    """Try both connections; what is missing is named, with what helps."""
    tried = visit.asked("mailbox")
    return await _shown(visit, await visit.service.doctor(tried or None), tried)


async def _shown(visit: Visit, findings: list[Finding] | None = None, tried: str = "") -> Response:
    return await visit.page(
        "connections.html", overview=await visit.service.overview(), findings=findings, tried=tried,
        addresses={"exchange": f"{visit.base}{BACK_FROM_TENANT}", "salesforce": f"{visit.base}{BACK_FROM_SALESFORCE}",
                   "sign_in": f"{visit.base}/sign-in"},
    )  # fmt: skip


async def connect_exchange(visit: Visit) -> Response:
    """Connect Exchange Online; nothing is stored unless the sign-in works."""
    await visit.service.connect_graph(
        tenant=visit.asked("tenant").strip(), client_id=visit.asked("client_id").strip(), secret=visit.asked("secret"),
        certificate=visit.asked("certificate"), authority=visit.asked("authority").strip() or None,
        base_url=visit.asked("base_url").strip() or None,
    )  # fmt: skip
    return await visit.back("Exchange is connected. Grant consent next where it is not yet granted, then test the connection.")


async def ask_tenant(visit: Visit) -> Response:
    """Off to the consent page of the connected tenant."""
    consent = await visit.service.ask_tenant(f"{visit.base}{BACK_FROM_TENANT}")
    visit.data["tenant consent"] = consent.state
    await visit.keep()
    return Response(status_code=303, headers={"location": consent.url})


async def tenant_consented(visit: Visit) -> Response:
    """Back from there. What Microsoft says is only told: the test shows what is really granted."""
    _awaited(visit, "tenant consent")
    if visit.asked("admin_consent").lower() == "true" and not visit.asked("error"):
        return await visit.go(HERE, "Consent was granted. Test the connection next; it can take some minutes to be in force.")
    said = f"Consent was not granted{_reason(visit)}. An administrator of the tenant has to grant it."
    return await visit.go(HERE, said, kind="bad")


async def connect_salesforce(visit: Visit) -> Response:
    """Connect Salesforce; nothing is stored unless the sign-in works and the org answers."""
    notes = await visit.service.connect_salesforce(
        login_url=_org(visit), client_id=visit.asked("client_id").strip(), secret=visit.asked("secret"),
        jwt_key=visit.asked("jwt_key"), username=visit.asked("username").strip(), former_field=visit.asked("former_field").strip(),
    )  # fmt: skip
    return await _connected(visit, notes)


async def ask_salesforce(visit: Visit) -> Response:
    """What was entered is kept, and a page leads on to Salesforce: forms lead nowhere else (Content Security Policy)."""
    consent = await visit.service.ask_salesforce(
        login_url=_org(visit), client_id=visit.asked("client_id").strip(), secret=visit.asked("secret"),
        former_field=visit.asked("former_field").strip(), back=f"{visit.base}{BACK_FROM_SALESFORCE}",
    )  # fmt: skip
    visit.data["salesforce consent"] = consent.state
    await visit.keep()
    return await visit.page("consent.html", url=consent.url, back=f"{visit.base}{BACK_FROM_SALESFORCE}")


async def salesforce_consented(visit: Visit) -> Response:
    """Back from Salesforce with a code: connected as the user who agreed, or not at all."""
    state = _awaited(visit, "salesforce consent")
    if visit.asked("error") or not visit.asked("code"):
        return await visit.go(HERE, f"Salesforce was not connected{_reason(visit)}. Nothing was stored.", kind="bad")
    return await _connected(visit, await visit.service.salesforce_agreed(state, visit.asked("code")))


def _org(visit: Visit) -> str:
    return visit.asked("login_url").strip().rstrip("/")


def _awaited(visit: Visit, what: str) -> str:
    """The word that this session waits for, which serves once. Raises WrongInput where another one came."""
    wanted = visit.data.pop(what, None)
    if not isinstance(wanted, str) or visit.asked("state") != wanted:
        raise WrongInput("This consent was not asked for here, or it is over.", "Begin again from the page Connections.")
    return wanted


def _reason(visit: Visit) -> str:
    """A vendor's error by its name, where it looks like one: anybody may have written the address."""
    error = visit.asked("error")
    return " (called off, or not allowed)" if error == "access_denied" else f" ({error})" if _CODE.fullmatch(error) else ""


async def _connected(visit: Visit, notes: list[str]) -> Response:
    for note in notes:
        visit.say(note, "plain")
    return await visit.back("Salesforce is connected. Test the connection next.", default=HERE)


PAGES = (
    page(HERE, connections, needs=Needs.SUBSCRIPTION),
    act("/connections/test", test_connections, needs=Needs.SUBSCRIPTION),
    act("/connections/exchange", connect_exchange, needs=Needs.SUBSCRIPTION),
    page("/connections/exchange/consent", ask_tenant, needs=Needs.SUBSCRIPTION),
    page(BACK_FROM_TENANT, tenant_consented, needs=Needs.SUBSCRIPTION),
    act("/connections/salesforce", connect_salesforce, needs=Needs.SUBSCRIPTION),
    act("/connections/salesforce/consent", ask_salesforce, needs=Needs.SUBSCRIPTION, quiet=True),
    page(BACK_FROM_SALESFORCE, salesforce_consented, needs=Needs.SUBSCRIPTION),
)
