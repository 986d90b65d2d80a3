"""The sandbox's own address, `/control`: what an administrator of both clouds and the weather god can do."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp

from twincal.sandbox.acts import Act, act, state_of, subjects_of
from twincal.sandbox.certificates import Certificates
from twincal.sandbox.clock import Clock
from twincal.sandbox.exchange import Exchange, GraphError
from twincal.sandbox.salesforce import Org, SalesforceError
from twincal.sandbox.salesforce.profiles import STANDARD_USER
from twincal.sandbox.switches import Refused, checked, set_all, shown, to_defaults
from twincal.sandbox.traffic import Traffic
from twincal.sandbox.weather import Front, Weather
from twincal.sandbox.world import CLIENT_ID, CONNECTED_APP, Employee, World, employ, import_ics


class Stage(Protocol):
    """What control works on: the sandbox."""

    clock: Clock
    exchange: Exchange
    org: Org
    traffic: Traffic
    weather: Weather
    people: list[Employee]
    certificates: Certificates
    world: str
    seed: int
    today: date

    def reset(self, world: str, *, seed: int, today: date) -> None:
        """Everything anew."""


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request; a member that does not belong is refused by name."""


class ResetOrder(Order):
    """`POST /reset`. What is left out stays as it was at the start."""

    world: World | None = None
    seed: int | None = None
    today: date | None = None


class PersonOrder(Order):
    """`POST /people`: somebody new in both systems; `profile` is that of the Salesforce user."""

    name: str
    mailbox: str
    salesforce_username: str
    aliases: list[str] = []
    time_zone: str = "UTC"
    profile: str = STANDARD_USER


class ClockOrder(Order):
    """`POST /clock`: from now on it is `now`, with its offset from UTC."""

    now: datetime


class DeliveryOrder(Order):
    """`POST /deliver`: an invitation arrives from outside the company."""

    mailbox: str
    organizer: str
    attendees: list[str]
    subject: str
    start: datetime
    end: datetime


class ImportOrder(Order):
    """`POST /import`: the text of an iCalendar file, into a mailbox."""

    mailbox: str
    ics: str


class AppOrder(Order):
    """`POST /apps`: where an app sends people back to, instead of where it did so far; Twincal's app where none is named.

    `permissions`: the application permissions that it wants; `consented`: whether an administrator of the directory has granted
    them.
    """

    system: Literal["graph", "salesforce"]
    client_id: str | None = None
    redirect_uris: list[str] | None = None
    permissions: list[str] | None = None
    consented: bool | None = None


OrderKind = TypeVar("OrderKind", bound=msgspec.Struct)


class Control:
    """The endpoints. Each answers a JSON value; what they refuse is 400 with a sentence under `error`."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def reset(self, request: Request) -> Any:
        """`POST /reset`."""
        order, stage = await _order(request, ResetOrder), self._stage
        world, seed = order.world or stage.world, stage.seed if order.seed is None else order.seed
        stage.reset(world, seed=seed, today=order.today or stage.today)
        return {"world": world, "seed": seed, "now": _stamp(stage.clock.now()), "people": [p.row() for p in stage.people]}

    async def people(self, request: Request) -> Any:
        """`GET /people` and `POST /people`."""
        if request.method == "GET":
            return [person.row() for person in self._stage.people]
        order = await _order(request, PersonOrder)
        employee = employ(
            self._stage.exchange, self._stage.org, name=order.name, mailbox=order.mailbox,
            username=order.salesforce_username, aliases=tuple(order.aliases), time_zone=order.time_zone,
            profile=order.profile,
        )  # fmt: skip
        self._stage.people.append(employee)
        return employee.row()

    async def org(self, request: Request) -> Any:
        """`GET /org` shows the org's options, `POST /org` sets some."""
        options = self._stage.org.options
        if request.method == "POST":
            set_all(options, checked(type(options), await _json(request), "org"))
        return shown(options)

    async def apps(self, request: Request) -> Any:
        """`GET /apps` shows the apps of both systems, `POST /apps` sets one up."""
        exchange, identity = self._stage.exchange, self._stage.org.identity
        if request.method == "POST":
            order = await _order(request, AppOrder)
            if order.system == "salesforce" and (order.consented is not None or order.permissions is not None):
                raise Refused("Salesforce knows no `consented` and no `permissions`; its apps are approved by user.")
            if order.redirect_uris is not None and order.system == "graph":
                exchange.register_redirects(order.client_id or CLIENT_ID, order.redirect_uris)
            elif order.redirect_uris is not None:
                identity.register_callbacks(order.client_id or CONNECTED_APP, order.redirect_uris)
            if order.permissions is not None:
                exchange.want(order.client_id or CLIENT_ID, order.permissions)
            if order.consented is not None:
                exchange.consent(order.client_id or CLIENT_ID, given=order.consented)
        graph = [
            {"client_id": app.client_id, "redirect_uris": app.redirect_uris, "permissions": app.roles, "consented": app.consented}
            for app in exchange.apps.values()
        ]
        salesforce = [{"client_id": app.client_id, "redirect_uris": app.callbacks} for app in identity.apps()]
        return {"graph": graph, "salesforce": salesforce}

    async def weather(self, request: Request) -> Any:
        """`GET /weather` shows every switch; `POST /weather` sets some, `{}` or `{"calm": true}` sets all back."""
        stage = self._stage
        if request.method == "POST":
            given = await _json(request)
            if not isinstance(given, dict):
                raise Refused('The weather is an object, for example {"transport": {"next": 1}}.')
            self._set_weather(given)
        fronts = [asdict(front) for front in stage.weather.fronts]
        return {"transport": fronts, "graph": shown(stage.exchange.quirks), "salesforce": shown(stage.org.quirks)}

    def _set_weather(self, given: dict[str, Any]) -> None:
        stage = self._stage
        known = {"calm", "transport", "graph", "salesforce"}
        for name in given:
            if name not in known:
                raise Refused(f"The weather has no switch '{name}'. It has: {', '.join(sorted(known))}.")
        fronts = _fronts(given["transport"]) if "transport" in given else None
        graph = checked(type(stage.exchange.quirks), given.get("graph", {}), "graph")
        salesforce = checked(type(stage.org.quirks), given.get("salesforce", {}), "salesforce")
        if not given or given.get("calm"):
            stage.weather.set([])
            to_defaults(stage.exchange.quirks)
            to_defaults(stage.org.quirks)
        if fronts is not None:
            stage.weather.set(fronts)
        set_all(stage.exchange.quirks, graph)
        set_all(stage.org.quirks, salesforce)

    async def clock(self, request: Request) -> Any:
        """`GET /clock` and `POST /clock`."""
        if request.method == "POST":
            self._stage.clock.set((await _order(request, ClockOrder)).now)
        return {"now": _stamp(self._stage.clock.now())}

    async def deliver(self, request: Request) -> Any:
        """`POST /deliver`; answers the event as Graph shows it to the mailbox's owner."""
        order = await _order(request, DeliveryOrder)
        return self._stage.exchange.deliver(
            order.mailbox, organizer=order.organizer, attendees=order.attendees, subject=order.subject,
            start=_aware(order.start), end=_aware(order.end),
        )  # fmt: skip

    async def import_file(self, request: Request) -> Any:
        """`POST /import`; answers what was imported and each row that was not, with its line and the reason."""
        order = await _order(request, ImportOrder)
        return asdict(import_ics(self._stage.exchange, order.mailbox, order.ics))

    async def act(self, request: Request) -> Any:
        """`POST /act`: something a person does in Outlook or in Salesforce, not through the vendor's API."""
        return act(self._stage.exchange, self._stage.org, await _order(request, Act))

    async def state(self, request: Request) -> Any:
        """`GET /state?mailbox=…&start=…&end=…`: what a person sees in both calendars, by default 60 days back, 400 ahead."""
        query, now = request.query_params, self._stage.clock.now()
        start = _moment(query["start"]) if "start" in query else now - timedelta(days=60)
        end = _moment(query["end"]) if "end" in query else now + timedelta(days=400)
        return state_of(self._stage.exchange, self._stage.org, self._asked_about(request), start, end)

    async def subjects(self, request: Request) -> Any:
        """`GET /subjects?mailbox=…`: every item of both calendars in brief, deleted ones too: to watch for what is doubled."""
        return subjects_of(self._stage.exchange, self._stage.org, self._asked_about(request))

    def _asked_about(self, request: Request) -> Employee:
        asked = request.query_params.get("mailbox")
        if asked is None:
            raise Refused(f"Say whose: {request.url.path}?mailbox=ADDRESS.")
        person = next((p for p in self._stage.people if p.mailbox.casefold() == asked.casefold()), None)
        if person is None:
            raise Refused(f"Nobody here has the mailbox {asked}. POST /control/people adds somebody.")
        return person

    async def mail(self, request: Request) -> Any:
        """`GET /mail`: every mail Exchange would have sent. `DELETE /mail` forgets them."""
        if request.method == "DELETE":
            self._stage.exchange.mail.clear()
        return [asdict(mail) for mail in self._stage.exchange.mail]

    async def requests(self, request: Request) -> Any:
        """`GET /requests`: counts by system, method and shape of the path. `DELETE /requests` counts anew."""
        if request.method == "DELETE":
            self._stage.traffic.reset()
        return self._stage.traffic.rows()

    async def in_flight(self, _: Request) -> Any:
        """`GET /in_flight`: the most requests seen at once, for each mailbox and for Salesforce as a whole."""
        return dict(self._stage.traffic.most_in_flight)


def control_app(stage: Stage, page: list[Route], records: list[Route]) -> ASGIApp:
    """The endpoints as an app, and the pages for people: below `/control`, and of records at Salesforce's own addresses."""
    control = Control(stage)
    both, gone = ["GET", "POST"], ["GET", "DELETE"]
    table = [
        ("/reset", control.reset, ["POST"]), ("/people", control.people, both), ("/org", control.org, both),
        ("/apps", control.apps, both),
        ("/weather", control.weather, both), ("/clock", control.clock, both), ("/deliver", control.deliver, ["POST"]),
        ("/import", control.import_file, ["POST"]), ("/act", control.act, ["POST"]), ("/state", control.state, ["GET"]),
        ("/subjects", control.subjects, ["GET"]),
        ("/mail", control.mail, gone), ("/requests", control.requests, gone), ("/in_flight", control.in_flight, ["GET"]),
    ]  # fmt: skip
    routes = [Route(path, _answering(handler), methods=methods) for path, handler, methods in table]
    below = [*routes, *page, Route("/{path:path}", _unknown([row[0] for row in table]))]
    return Router([Mount("/control", routes=below), *records])


def _answering(handler: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def answered(request: Request) -> JSONResponse:
        try:
            return JSONResponse(await handler(request))
        except msgspec.ValidationError as error:
            return JSONResponse({"error": f"{error}."}, 400)
        except (GraphError, SalesforceError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return answered


def _unknown(known: list[str]) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def unknown(request: Request) -> JSONResponse:
        return JSONResponse({"error": f"Nothing is at {request.url.path}. There is: {', '.join(known)}."}, 404)

    return unknown


async def _json(request: Request) -> Any:
    body = await request.body()
    try:
        return msgspec.json.decode(body or b"{}")
    except msgspec.DecodeError as error:
        raise Refused(f"The body is no JSON: {error}.") from None


async def _order(request: Request, kind: type[OrderKind]) -> OrderKind:
    return msgspec.convert(await _json(request), kind)


def _fronts(given: Any) -> list[Front]:
    return [Front(**checked(Front, each, "transport")) for each in (given if isinstance(given, list) else [given or {}])]


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise Refused("Times need a zone, for example 2027-03-05T09:00:00Z.")
    return moment


def _moment(text: str) -> datetime:
    return _aware(msgspec.convert(text.replace(" ", "+"), datetime))
