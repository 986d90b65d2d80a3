"""Who asks the API, and how answers are written."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from twincal.web.door import SAFE, Door, allowed
from twincal.web.visit import Needs, Refused, Visit

QUIET = frozenset({"what_if", "read_notices"})
"""Verbs that change nothing but the asker's own view."""


class NotSignedIn(Exception):
    """A request without a session."""


async def visiting(request: Request) -> AsyncIterator[Visit]:
    """Who asks. A change that the service did not write into the audit log is written there under the route's name. Raises
    NotSignedIn, Refused."""
    door: Door = request.app.state.door
    session, visitor = await door.who(request)
    if session is None or visitor is None:
        raise NotSignedIn
    if request.method not in SAFE and request.headers.get("x-csrf-token", "") != session.csrf:
        raise Refused("The header X-CSRF-Token does not carry the token of this session.", "`GET /me` tells it.")
    service = door.service.asked_by(visitor.name or visitor.email)
    visit = Visit(request, service, session, visitor, door.renderer, FormData(), door.jobs)
    yield visit
    audit = service.audit_log
    name = str(request.scope["route"].name)
    if request.method not in SAFE and name not in QUIET and audit is not None and not audit.noted:
        await audit.note(name.replace("_", " "))


Asking = Annotated[Visit, Depends(visiting)]


def needing(needs: Needs) -> Callable[[Visit], None]:
    """A dependency that lets nobody in without this role."""

    def check(visit: Asking) -> None:
        if not allowed(needs, visit.signed_in):
            raise Refused("This is for administrators.", "Ask an administrator of your organization.")

    return check


def told(value: Any) -> Response:
    """An answer."""
    return Response(msgspec.json.encode(value), media_type="application/json")
