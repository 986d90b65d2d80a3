"""How both sides are reached, and whether they can be."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from twincal.ports import Finding
from twincal.web.api.shapes import ConnectExchange, ConnectSalesforce, Done, Mailbox, answer
from twincal.web.api.visiting import Asking, needing, told
from twincal.web.visit import Needs

router = APIRouter(tags=["connections"], dependencies=[Depends(needing(Needs.SUBSCRIPTION))])


@router.put("/connections/exchange", responses={200: answer(Done)})
async def connect_exchange(visit: Asking, asked: ConnectExchange) -> Response:
    """Connect Exchange Online; nothing is stored unless the sign-in works."""
    await visit.service.connect_graph(
        tenant=asked.tenant.strip(), client_id=asked.client_id.strip(), secret=asked.secret, certificate=asked.certificate,
        authority=asked.authority.strip() or None, base_url=asked.base_url.strip() or None,
    )  # fmt: skip
    return told(Done(said="Exchange is connected."))


@router.put("/connections/salesforce", responses={200: answer(Done)})
async def connect_salesforce(visit: Asking, asked: ConnectSalesforce) -> Response:
    """Connect Salesforce; nothing is stored unless the sign-in works and the org answers."""
    notes = await visit.service.connect_salesforce(
        login_url=asked.login_url.strip().rstrip("/"), client_id=asked.client_id.strip(), secret=asked.secret,
        jwt_key=asked.jwt_key, username=asked.username.strip(), former_field=asked.former_field.strip(),
    )  # fmt: skip
    return told(Done(said=" ".join(("Salesforce is connected.", *notes))))


@router.post("/connections/test", responses={200: answer(Finding, many=True)})
async def test_connections(visit: Asking, asked: Mailbox) -> Response:
    """Try both connections; what is missing is named."""
    return told(await visit.service.doctor(asked.mailbox.strip() or None))
