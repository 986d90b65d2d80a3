"""One request as the pages see it: who asks, in which session, and what may be answered."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, tzinfo
from enum import Enum
from typing import Any
from urllib.parse import unquote, urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct
from msgspec.structs import replace
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from twincal.core.access import Session, Visitor
from twincal.core.vocabulary import Level
from twincal.engine.service import Service
from twincal.errors import TwincalError
from twincal.ports import Member
from twincal.web.jobs import Jobs
from twincal.web.rendering import Renderer


class Needs(Enum):
    """Who may open a page."""

    NOBODY = "nobody in particular"
    VISITOR = "somebody who has signed in"
    ADMINISTRATOR = "an administrator of any part"
    SUBSCRIPTION = "an administrator of the subscription or above"
    ORGANIZATION = "an administrator of the organization"


class Refused(TwincalError):
    """What a visitor may not see or do. The same words whether the thing exists or not."""


class Visit:
    """A request with everything a page needs to answer it."""

    def __init__(
        self, request: Request, service: Service, session: Session, visitor: Visitor | None, renderer: Renderer, form: FormData,
        jobs: Jobs,
    ) -> None:  # fmt: skip
        self.request = request
        self.service = service
        self.session = session
        self.form = form
        self.jobs = jobs
        self._visitor = visitor
        self._renderer = renderer
        self.data = dict(session.data)

    # Who asks

    @property
    def signed_in(self) -> Visitor | None:
        """Who asks; None before sign-in."""
        return self._visitor

    @property
    def visitor(self) -> Visitor:
        """Who asks. Raises Refused before sign-in; pages that need a visitor never get that far."""
        if self._visitor is None:
            raise Refused("Please sign in.", "")
        return self._visitor

    async def member(self, mailbox: str = "") -> Member:
        """The person a page is about: the one named, else who asks. Raises Refused for anybody beyond the visitor's part."""
        members = await self.service.people()
        found = next((one for one in members if one.mailbox == mailbox), None) if mailbox else self.own(members)
        if found is None or not self.visitor.may_see(found.id, found.profile):
            raise Refused("There is nobody here by that address whom you may see.", "Ask an administrator of your organization.")
        return found

    def own(self, members: list[Member]) -> Member | None:
        """The person that the visitor is."""
        return next((one for one in members if one.id == self.visitor.person), None)

    async def reach(self, level: Level, name: str = "") -> None:
        """Raises Refused where the visitor may not change what stands at this level; a user's is their own, too."""
        profile = ""
        if level is Level.USER:
            member = await self.member(name)
            if member.id == self.visitor.person:
                return
            profile = member.profile
        if not self.visitor.reaches(level, name, profile=profile):
            raise Refused("This is beyond the part that you are an administrator of.", "Ask an administrator of that part.")

    # What is asked

    def asked(self, name: str, default: str = "") -> str:
        """A value of the form, else of the address."""
        value = self.form.get(name, self.request.query_params.get(name, default))
        return value if isinstance(value, str) else default

    def every(self, name: str) -> list[str]:
        """All values of a name in the form."""
        return [value for value in self.form.getlist(name) if isinstance(value, str)]

    @property
    def path(self) -> str:
        """The address of this page, with its query, as it can be shared."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    @property
    def base(self) -> str:
        """How browsers reach the app, without a slash at the end. What a request says of that itself counts only where nobody
        has said it (`--public-url`): whoever asks can write anything there."""
        return str(self.request.app.state.public_url or self.request.base_url).rstrip("/")

    @property
    def zone(self) -> tzinfo:
        """The reader's zone, chosen in their settings or told by the browser; UTC before that."""
        try:
            return ZoneInfo(str(self.data.get("zone") or unquote(self.request.cookies.get("zone", "")) or "UTC"))
        except (ZoneInfoNotFoundError, ValueError):
            return UTC

    @property
    def now(self) -> datetime:
        """The moment, by the service's clock."""
        return self.service.now

    # What is answered

    async def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page. What was to be said since the last one is said on it."""
        said = self.data.pop("said", [])
        if said:
            await self.keep()
        context = {
            "visit": self, "visitor": self._visitor, "csrf": self.session.csrf, "said": said, "zone": self.zone,
            "now": self.now, "query": self._query,
        }  # fmt: skip
        if self._visitor is not None and self._visitor.person and self.service.audit_log is not None:
            context["notices"] = await self.service.audit_log.book.notices(self._visitor.person)
        return HTMLResponse(self._renderer.render(template, {**context, **values}), status)

    async def go(self, path: str, said: str = "", *, kind: str = "good", **query: str) -> Response:
        """To another page, which says this first."""
        if said:
            self.say(said, kind)
        await self.keep()
        return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, 303)

    async def back(self, said: str = "", *, kind: str = "good", default: str = "/") -> Response:
        """To the page that the form named as the one it came from."""
        came_from = self.asked("next", default)
        return await self.go(came_from if is_here(came_from) else default, said, kind=kind)

    def say(self, text: str, kind: str = "good") -> None:
        """Say this on the next page; `kind` is good, bad or plain."""
        said = self.data.get("said", [])
        self.data["said"] = [*(said if isinstance(said, list) else ()), [kind, text]]

    async def keep(self) -> None:
        """Store what the pages keep in the session."""
        if self.data != self.session.data:
            self.session = replace(self.session, data=dict(self.data))
            await self.service.desk.keep(self.session)

    def _query(self, **changes: str | int | None) -> str:
        """The query of this page with some values changed; None takes one away."""
        values: dict[str, str] = {**self.request.query_params}
        for key, value in changes.items():
            values.pop(key, None)
            if value not in (None, ""):
                values[key] = str(value)
        return urlencode(values)


def is_here(path: str) -> bool:
    """Is this an address of this app? Others are never redirected to."""
    return path.startswith("/") and not path.startswith(("//", "/\\"))


Answer = Callable[[Visit], Awaitable[Response]]


class Page(Struct, frozen=True, kw_only=True):
    """One route. Unsafe methods carry the session's token and are written into the audit log under the route's name, unless
    `quiet` (signing in and out, and what changes nothing but the reader's own view)."""

    path: str
    name: str
    answer: Answer
    needs: Needs = Needs.VISITOR
    methods: tuple[str, ...] = ("GET",)
    quiet: bool = False


def page(path: str, answer: Answer, **more: Any) -> Page:
    """A route named after the function that answers it."""
    return Page(path=path, name=getattr(answer, "__name__", path), answer=answer, **more)


def act(path: str, answer: Answer, **more: Any) -> Page:
    """A route that changes something."""
    return page(path, answer, methods=("POST",), **more)


Values = Mapping[str, Any]
