"""Who may come in, and who looks after what."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from twincal.core.access import Authority, Visitor
from twincal.core.vocabulary import Level
from twincal.errors import WrongInput
from twincal.web.api.shapes import Done, Invite, Invited, LetIn, Parts, VisitorShown, answer
from twincal.web.api.visiting import Asking, needing, told
from twincal.web.pages.parts import authority
from twincal.web.visit import Needs

router = APIRouter(tags=["organization"], dependencies=[Depends(needing(Needs.ORGANIZATION))])


@router.get("/visitors", responses={200: answer(VisitorShown, many=True)})
async def visitors(visit: Asking) -> Response:
    """Everybody who may come in, or might again."""
    return told([_shown(one) for one in await visit.service.visitors()])


@router.post("/visitors", responses={200: answer(Invited)})
async def invite(visit: Asking, asked: Invite) -> Response:
    """Let somebody sign in with a password: the link with which they choose it is told once."""
    email, token = await visit.service.invite(asked.email, asked.name)
    return told(Invited(email=email, path=f"/first/{token}"))


@router.put("/visitors/{visitor}/parts", responses={200: answer(Done)})
async def appoint(visit: Asking, visitor: str, asked: Parts) -> Response:
    """Make somebody administrator of these parts and no others."""
    found = await visit.service.appoint(visitor, [authority(one) for one in asked.parts])
    return told(Done(said=f"{found.email} looks after what was named."))


@router.patch("/visitors/{visitor}", responses={200: answer(Done)})
async def let_in(visit: Asking, visitor: str, asked: LetIn) -> Response:
    """Let somebody sign in no more, and end their sessions; or let them in again."""
    if visitor == visit.visitor.id:
        raise WrongInput("Nobody can shut themselves out.", "Another administrator can.")
    found = await visit.service.let_in(visitor, active=asked.active)
    return told(Done(said=f"{found.email} may {'again' if asked.active else 'no longer'} sign in."))


def _shown(one: Visitor) -> VisitorShown:
    return VisitorShown(
        id=one.id, email=one.email, name=one.name, person=one.person, parts=tuple(map(_part, one.authorities)),
        active=one.active, local=one.local,
    )  # fmt: skip


def _part(one: Authority) -> str:
    return f"profile:{one.name}" if one.level is Level.PROFILE else one.level.value
