"""The application of the API: who asks, how failures are told, and the document that describes it all."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.responses import Response

from twincal import __version__
from twincal.core.faults import VendorFault
from twincal.errors import HomeUnusable, WrongInput
from twincal.logs import log
from twincal.web.api import administration, connections, items, organization, people
from twincal.web.api.shapes import Problem, answer, schemas
from twincal.web.api.visiting import NotSignedIn
from twincal.web.door import Door
from twincal.web.visit import Refused

PROBLEMS = {
    401: "Nobody has signed in.",
    403: "The token is missing, or this is beyond the part that who asks may see.",
    404: "There is no such path.",
    422: "What was asked cannot be done; nothing was written.",
    502: "Exchange or Salesforce failed.",
}


def create_api(door: Door) -> FastAPI:
    """The API behind the door of the web app: the same sessions, roles and audit log."""
    api = FastAPI(title="Twincal", version=__version__, docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    api.state.door = door
    for router in (people.router, items.router, administration.router, organization.router, connections.router):
        api.include_router(router, responses={code: {**answer(Problem), "description": text} for code, text in PROBLEMS.items()})
    for kind, status in FAILURES.items():
        api.add_exception_handler(kind, _told(status))
    api.add_exception_handler(RequestValidationError, _malformed)
    api.add_exception_handler(HTTPException, _refused_by_routing)
    api.add_exception_handler(Exception, _unforeseen)
    api.middleware("http")(_headers)
    api.openapi = lambda: _document(api)  # type: ignore[method-assign]
    return api


FAILURES: dict[Any, int] = {Refused: 403, WrongInput: 422, HomeUnusable: 503, VendorFault: 502, NotSignedIn: 401}


def _told(status: int) -> Callable[[Request, Any], Awaitable[Response]]:
    async def handler(request: Request, error: Any) -> Response:
        message = getattr(error, "message", "") or "Please sign in."
        return problem(status, message, getattr(error, "remedy", ""))

    return handler


async def _malformed(request: Request, error: Any) -> Response:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first.get("loc", ()) if part not in ("body", "query", "path"))
    return problem(
        422, f"{where or 'the request'}: {first.get('msg', 'not understood')}.", "The API's document tells what is taken."
    )


async def _refused_by_routing(request: Request, error: Any) -> Response:
    return problem(error.status_code, str(error.detail), "The API's document lists what there is.")


async def _unforeseen(request: Request, error: Exception) -> Response:
    log().error("request failed", error=type(error).__name__)
    return problem(500, "Something went wrong in Twincal.", "Nothing was lost. Please report when it happened.")


def problem(status: int, message: str, remedy: str = "") -> Response:
    """A failure as JSON."""
    return Response(msgspec.json.encode(Problem(message=message, remedy=remedy)), status, media_type="application/json")


async def _headers(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call(request)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _document(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the schemas of the service's own structs."""
    if api.openapi_schema is None:
        made = get_openapi(title=api.title, version=api.version, routes=api.routes, description=ABOUT)
        made["components"]["schemas"].update(schemas())
        made["components"].setdefault("securitySchemes", {})["session"] = {"type": "apiKey", "in": "cookie", "name": "twincal"}
        made["security"] = [{"session": []}]
        made["servers"] = [{"url": "/api/v1"}]
        api.openapi_schema = made
    return api.openapi_schema


ABOUT = (
    "The verbs of Twincal's pages. Sign in at the web app; its session's cookie serves here too. Requests that change something "
    "carry the token of `GET /me` in the header `X-CSRF-Token`. Times are in ISO 8601, UTC; dates stand for whole days."
)
