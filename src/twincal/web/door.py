"""The door of the web app: finds the session, checks the role and the token that unsafe requests carry, and turns failures into
pages."""

import traceback
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from twincal.core.access import Session, Visitor
from twincal.core.faults import VendorFault
from twincal.core.vocabulary import Level
from twincal.engine.service import Service
from twincal.errors import HomeUnusable, TwincalError, WrongInput
from twincal.logs import log
from twincal.web.jobs import Jobs
from twincal.web.rendering import Renderer
from twincal.web.visit import Needs, Page, Refused, Visit

COOKIE = "twincal"
BIGGEST_FORM = 2_000_000
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
SAFE = frozenset({"GET", "HEAD"})


class Door:
    """Lets requests in: finds the session, checks the role and the token, and turns failures into pages."""

    def __init__(self, service: Service, renderer: Renderer, *, tls: bool) -> None:
        self.service = service
        self.renderer = renderer
        self.tls = tls
        self.jobs = Jobs()

    def route(self, page: Page) -> Route:
        """The route of a page."""

        async def endpoint(request: Request) -> Response:
            return await self.answer(page, request)

        return Route(page.path, endpoint, methods=list(page.methods), name=page.name)

    async def answer(self, page: Page, request: Request) -> Response:
        """Answer one request; never with a traceback."""
        session, visitor = await self.who(request)
        fresh = session is None
        if session is None:
            session = await self.service.desk.open()
        form = await request.form(max_files=4, max_part_size=BIGGEST_FORM) if request.method not in SAFE else FormData()
        service = self.service.asked_by(visitor.name or visitor.email) if visitor else self.service
        visit = Visit(request, service, session, visitor, self.renderer, form, self.jobs)
        response = await self._guarded(page, visit)
        self._around(response, visit, fresh=fresh or visit.session.token != session.token)
        return response

    async def who(self, request: Request) -> tuple[Session | None, Visitor | None]:
        """The session of a request and who it belongs to."""
        session = await self.service.desk.session(request.cookies.get(COOKIE, ""), await self._idle())
        return session, await self.service.desk.visitor(session)

    async def _idle(self) -> timedelta:
        return timedelta(minutes=await self.service.session_minutes())

    async def _guarded(self, page: Page, visit: Visit) -> Response:
        try:
            refused = await self._refused(page, visit)
            if refused is not None:
                return refused
            response = await page.answer(visit)
            await self._noted(page, visit)
            return response
        except Refused as error:
            return await self._failure(visit, HTTPStatus.FORBIDDEN, error)
        except (WrongInput, HomeUnusable) as error:
            return await self._wrong(page, visit, error)
        except VendorFault as fault:
            return await self._failure(visit, HTTPStatus.BAD_GATEWAY, TwincalError(fault.message, fault.remedy))
        except Exception as error:
            return await self._unforeseen(visit, error)

    async def _refused(self, page: Page, visit: Visit) -> Response | None:
        """The answer to a request that is not let in; None when it is."""
        if page.needs is not Needs.NOBODY and visit.signed_in is None:
            return self._to_the_door(visit)
        if visit.request.method not in SAFE and not self._carries_token(visit):
            stale = TwincalError("This form was open for too long, or was not made here.", "Load the page anew and try again.")
            return await self._failure(visit, HTTPStatus.FORBIDDEN, stale)
        if not allowed(page.needs, visit.signed_in):
            closed = TwincalError("This page is for administrators.", "Ask an administrator of your organization.")
            return await self._failure(visit, HTTPStatus.FORBIDDEN, closed)
        return None

    def _to_the_door(self, visit: Visit) -> Response:
        wanted = visit.path if visit.request.method in SAFE else "/"
        return RedirectResponse(f"/sign-in?next={quote(wanted)}" if wanted != "/" else "/sign-in", 303)

    def _carries_token(self, visit: Visit) -> bool:
        given = visit.asked("csrf") or visit.request.headers.get("x-csrf-token", "")
        return bool(given) and given == visit.session.csrf

    async def _noted(self, page: Page, visit: Visit) -> None:
        """Every change is in the audit log: where the service wrote no line, the route's name is written."""
        audit = visit.service.audit_log
        if visit.request.method in SAFE or page.quiet or audit is None or audit.noted:
            return
        target = visit.asked("who") or visit.asked("mailbox")
        member = next((one for one in await visit.service.people() if one.mailbox == target), None)
        item = visit.asked("item")
        await audit.note(page.name.replace("_", " "), " ".join(filter(None, (target, item))), member=member)

    async def _wrong(self, page: Page, visit: Visit, error: TwincalError) -> Response:
        """Wrong input goes back to where it was typed, with what to do about it."""
        came_from = visit.asked("next")
        if visit.request.method not in SAFE and came_from:
            return await visit.back(f"{error.message} {error.remedy}".strip(), kind="bad")
        return await self._failure(visit, HTTPStatus.UNPROCESSABLE_ENTITY, error)

    async def _failure(self, visit: Visit, status: HTTPStatus, error: TwincalError) -> Response:
        return await visit.page("failure.html", status=status, message=error.message, remedy=error.remedy)

    async def _unforeseen(self, visit: Visit, error: Exception) -> Response:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        log().error("page failed", error=type(error).__name__, at=f"{Path(frame.filename).name}:{frame.lineno}")
        told = TwincalError("Something went wrong in Twincal.", "Nothing was lost. Please report when it happened, and where.")
        return await self._failure(visit, HTTPStatus.INTERNAL_SERVER_ERROR, told)

    def _around(self, response: Response, visit: Visit, *, fresh: bool) -> None:
        """What every answer carries."""
        response.headers.update(HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
        if fresh:
            response.set_cookie(COOKIE, visit.session.token, httponly=True, secure=self.tls, samesite="lax", path="/")


def allowed(needs: Needs, visitor: Visitor | None) -> bool:
    """May this visitor open a page that needs this?"""
    if needs is Needs.NOBODY:
        return True
    if visitor is None:
        return False
    if needs is Needs.ADMINISTRATOR:
        return visitor.administers
    wanted = {Needs.SUBSCRIPTION: Level.SUBSCRIPTION, Needs.ORGANIZATION: Level.ORGANIZATION}.get(needs)
    return wanted is None or visitor.reaches(wanted)
