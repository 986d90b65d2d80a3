"""The web app as one ASGI application: the pages, the API, what is static, and whether it is well."""

import ssl
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from twincal.engine.service import Service
from twincal.web import pages
from twincal.web.api import create_api
from twincal.web.api.application import problem
from twincal.web.door import COOKIE, Door
from twincal.web.openid import Providers
from twincal.web.rendering import Renderer
from twincal.web.visit import Needs, Page, Visit

__all__ = ["COOKIE", "create_app"]


def create_app(
    service: Service, *, public_url: str = "", demo: str = "", trust: ssl.SSLContext | None = None,
) -> Starlette:  # fmt: skip
    """The application. `public_url` is how browsers reach it; `demo` the address of the sandbox's own page; `trust` the
    certificates that identity providers are believed by, the system's otherwise."""
    door = Door(service, Renderer(demo=demo), tls=public_url.startswith("https://"))

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def nowhere(request: Request, error: Exception) -> Response:
        if request.url.path.startswith("/api/"):
            return problem(404, "There is no such path.", "The API's document lists what there is.")
        if request.url.path.startswith("/static/"):
            return PlainTextResponse("not found", 404)
        return await door.answer(Page(path="", name="nowhere", answer=_nowhere, needs=Needs.NOBODY), request)

    routes: list[BaseRoute] = [
        Route("/healthz", healthz),
        Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
        *(door.route(one) for one in pages.ALL),
        Mount("/api/v1", create_api(door)),
    ]
    app = Starlette(routes=routes, exception_handlers={404: nowhere})
    app.state.door = door
    app.state.public_url = public_url
    app.state.providers = Providers(trust)
    return app


async def _nowhere(visit: Visit) -> Response:
    return await visit.page(
        "failure.html", status=404, message="There is no such page.", remedy="The address may be old, or mistyped."
    )
