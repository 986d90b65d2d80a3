"""The addresses of the page, below `/control/calendars`. Plain HTML without scripts."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from twincal.sandbox.acts import Act, act
from twincal.sandbox.clock import Clock
from twincal.sandbox.exchange import Exchange, GraphError
from twincal.sandbox.page.changes import ANSWERS, MOVES, adding, answering, changing, moving, removing, repeated
from twincal.sandbox.page.entry import Entry, When, day_of, entered
from twincal.sandbox.page.rendering import PATH, Companion, Renderer, Sayings, told
from twincal.sandbox.page.week import Card, Owner, Side, card_of, owner_of, side_named
from twincal.sandbox.salesforce import Org, SalesforceError
from twincal.sandbox.switches import Refused
from twincal.sandbox.world import Employee

REFUSALS = (Refused, GraphError, SalesforceError)


class Stage(Protocol):
    """What the page works on: the sandbox."""

    clock: Clock
    exchange: Exchange
    org: Org
    people: list[Employee]


@dataclass(frozen=True, slots=True)
class Form:
    """The form that is open: of an item, or of a new one. `typed` are its values, `problem` why they were not taken."""

    side: Side
    typed: Mapping[str, str]
    card: Card | None = None
    problem: str = ""


class Calendars:
    """The page. `companion` is set by whoever runs one beside the sandbox."""

    def __init__(self, stage: Stage) -> None:
        self.companion: Companion | None = None
        self.stage = stage
        self._renderer = Renderer()
        self._sayings = Sayings()

    def routes(self) -> list[Route]:
        """Its routes below `/control`."""
        return [
            Route("/calendars", self.answering(self.week), methods=["GET"]),
            Route("/calendars/add", self.answering(self.add), methods=["POST"]),
            Route("/calendars/change", self.answering(self.change), methods=["POST"]),
            Route("/calendars/sync", self.answering(self.sync), methods=["POST"]),
            Route("/calendars/page.css", self._renderer.css, methods=["GET"]),
        ]

    def answering(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """A handler whose refusals are a page, and to whose forms no other site has access."""

        async def answered(request: Request) -> Response:
            try:
                _own(request)
                return await handler(request)
            except REFUSALS as error:
                status = error.status if isinstance(error, GraphError | SalesforceError) else 422
                return self._renderer.failure(told(error), status, self.companion)

        return answered

    # What is shown

    def page(self, template: str, status: int, values: Mapping[str, Any]) -> Response:
        """Another page in the same frame."""
        return self._renderer.page(template, status, {"companion": self.companion, **values})

    async def week(self, request: Request) -> Response:
        """`GET /calendars?who=…&day=…`: the week of a day, of one mailbox. `add` or `edit` names the side of a form."""
        query = request.query_params
        if not self.stage.people:
            return self._renderer.failure("Nobody works here yet. POST /control/people adds somebody.", 200, self.companion)
        return await self._shown(query, self._form(query))

    def _form(self, query: Mapping[str, str]) -> Form | None:
        owner = self._owner(query)
        if query.get("edit"):
            card = self._card(owner, query["edit"], query)
            return Form(card.side, card.entry.typed(), card)
        if query.get("add"):
            day = day_of(query["on"], "The day") if query.get("on") else self._first(owner, query)
            return Form(side_named(query["add"]), Entry("", When(day, day)).typed() | {"all_day": ""})
        return None

    async def _shown(self, asked: Mapping[str, str], form: Form | None = None, status: int = 200) -> Response:
        stage, owner = self.stage, self._owner(asked)
        first, watched = self._first(owner, asked), bool(asked.get("watch")) and form is None
        return await self._renderer.week(
            stage.exchange, stage.org, owner, stage.people, first=first, today=self._today(owner), form=form,
            said=self._sayings.take(asked.get("said", "")), watched=watched, companion=self.companion, status=status,
        )  # fmt: skip

    def _owner(self, asked: Mapping[str, str]) -> Owner:
        stage = self.stage
        return owner_of(stage.exchange, stage.people, asked.get("who") or stage.people[0].mailbox)

    def _card(self, owner: Owner, side: str, asked: Mapping[str, str]) -> Card:
        return card_of(self.stage.org, owner, side_named(side), asked.get("id", ""))

    def _first(self, owner: Owner, asked: Mapping[str, str]) -> date:
        """The Monday of the week that is asked for, else of the present one."""
        day = day_of(asked["day"], "The day") if asked.get("day") else self._today(owner)
        return day - timedelta(days=day.weekday())

    def _today(self, owner: Owner) -> date:
        return self.stage.clock.now().astimezone(owner.zone).date()

    # What is done

    async def add(self, request: Request) -> Response:
        """`POST /calendars/add`: a new item on one side."""
        form = await _typed(request)
        owner, side = self._owner(form), side_named(form.get("side", ""))
        try:
            entry = entered(form)
            order = adding(owner, side, entry, repeated(form, entry.when) if side == "exchange" else None)
            return self._done(form, order, f"'{entry.subject}' stands in {_name(side)}.", entry.when.first)
        except REFUSALS as error:
            return await self._shown(form, Form(side, form, problem=told(error)), 422)

    async def change(self, request: Request) -> Response:
        """`POST /calendars/change`: an item is edited, moved, deleted, or its invitation answered, as `do` says."""
        form = await _typed(request)
        owner = self._owner(form)
        card = self._card(owner, form.get("side", ""), form)
        try:
            order, sentence = _ordered(owner, card, form)
            if order is None:
                return self._back(form, sentence)
            return self._done(form, order, sentence, _day_after(card, form))
        except REFUSALS as error:
            return await self._shown(
                form, Form(card.side, form if "subject" in form else card.entry.typed(), card, told(error)), 422
            )

    async def sync(self, request: Request) -> Response:
        """`POST /calendars/sync`: whatever keeps both calendars in step looks at them now. Raises Refused where nothing does."""
        form = await _typed(request)
        if self.companion is None:
            raise Refused("Nothing runs beside this sandbox. Start `twincal demo`, or sync where Twincal runs.")
        good, sentence = await self.companion.sync(self._owner(form).address)
        return self._back(form, sentence, good=good)

    def _done(self, form: Mapping[str, str], order: Act, sentence: str, day: date) -> Response:
        """Does it, and shows the week in which it can be seen, with the mail that went out."""
        post = self.stage.exchange.mail
        before = len(post)
        act(self.stage.exchange, self.stage.org, order)
        mailed = [f"{mail.kind} to {mail.to}" for mail in post[before:]]
        return self._back({**form, "day": day.isoformat()}, f"{sentence} Mailed: {', '.join(mailed)}." if mailed else sentence)

    def _back(self, form: Mapping[str, str], sentence: str, *, good: bool = True) -> Response:
        query = {name: form[name] for name in ("who", "day", "watch") if form.get(name)}
        return RedirectResponse(f"{PATH}?{urlencode({**query, 'said': self._sayings.keep(sentence, good=good)})}", 303)


def _ordered(owner: Owner, card: Card, form: Mapping[str, str]) -> tuple[Act | None, str]:
    """The act that a button stands for, and what is said when it is done. Raises Refused."""
    name, place = f"'{card.label}'", _name(card.side)
    do = form.get("do") or "save"
    if do == "delete":
        return removing(owner, card), f"{name} is no longer in {place}."
    if do in MOVES:
        return moving(owner, card, do), f"{name} was moved in {place}."
    if do in ANSWERS and card.asks:
        return answering(owner, card, do), f"The invitation to {name} was answered."
    if do != "save":
        raise Refused(f"Nothing can be done by '{do}'. Use the buttons of the form.")
    order = changing(owner, card, entered(form))
    return order, f"{name} was changed in {place}." if order else f"{name} says that already; nothing was changed."


def _day_after(card: Card, form: Mapping[str, str]) -> date:
    """A day of the week in which an item is once it is saved or moved."""
    do = form.get("do") or "save"
    if do in MOVES:
        return card.entry.when.moved(MOVES[do]).first
    return entered(form).when.first if do == "save" else card.entry.when.first


def _name(side: Side) -> str:
    return "Outlook" if side == "exchange" else "Salesforce"


async def _typed(request: Request) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def _own(request: Request) -> None:
    """Raises Refused for a form of another site, which a browser names in `Origin` or `Sec-Fetch-Site`."""
    if request.method == "GET":
        return
    origin, here = request.headers.get("origin"), request.url
    foreign = origin is not None and URL(origin).netloc != here.netloc
    if foreign or request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise Refused("This form belongs to another site. Open the sandbox's own page and try there.")
