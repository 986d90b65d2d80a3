"""A company of five behind both vendors' servers, in-process, and Twincal beside it: the real clients, codecs and store."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from twincal.connectors.inprocess import InProcessTransport
from twincal.core.decision import Plan
from twincal.core.vocabulary import Side
from twincal.engine.service import Service
from twincal.errors import HomeUnusable
from twincal.ports import Reply, Transport
from twincal.sandbox.serve import Sandbox
from twincal.settings import ProcessSettings
from twincal.store.books import StoreBooks
from twincal.store.database import Database
from twincal.store.store import Store
from twincal.wiring import StoredConnections

TODAY = date(2027, 3, 1)
NAMES = ("ann", "ben", "cleo", "dan", "eve")
MAILBOXES = tuple(f"{name}@northwind.example" for name in NAMES)
GUEST = "guest@acme.example"
Json = dict[str, Any]
Close = Callable[[], Awaitable[None]]
STATUS = re.compile(rb'"status":\s*(\d{3})')
STRUCK = {
    429: "F5 throttled", 503: "F5 throttled", 410: "F7 cursor expired", 412: "F13 refused version", 409: "F13 refused version",
    401: "F15 token refused", 403: "F18 out of sight",
}  # fmt: skip
REFUSED = {
    b"UNABLE_TO_LOCK_ROW": "F14 row locked", b"REQUEST_LIMIT_EXCEEDED": "F14 limit reached", b"API_DISABLED": "F15 consent lost",
    b"INVALID_QUERY_LOCATOR": "F7 cursor expired", b"INVALID_REPLICATION_DATE": "F7 cursor expired",
    b"FIELD_CUSTOM_VALIDATION_EXCEPTION": "F12 some rows refused",
}  # fmt: skip


class CompanyClock:
    """The port `Clock` of a machine that stands `skew` seconds off the servers' clock; waits are the loop's."""

    def __init__(self, sandbox: Sandbox, skew: float = 0.0) -> None:
        self._sandbox = sandbox
        self._skew = timedelta(seconds=skew)

    def now(self) -> datetime:
        """The moment, aware and in UTC."""
        return self._sandbox.clock.now() + self._skew

    async def sleep(self, seconds: float) -> None:
        """Wait in virtual time."""
        await asyncio.sleep(seconds)


class Dead(BaseException):
    """The process has ended: nothing may catch this."""


class Life:
    """One process. It can be made to end at one of its next requests or transactions, before it or just after."""

    def __init__(self) -> None:
        self.left: int | None = None
        """Beats until it ends; None while nothing threatens it."""
        self.over = False

    def beat(self) -> None:
        """One more moment. Raises Dead where it was the last."""
        if self.left is not None:
            self.left -= 1
            self.over = self.over or self.left < 0
        if self.over:
            raise Dead

    def buried(self) -> None:
        """What is left of it may be put away."""
        self.left, self.over = None, False


class WatchedTransport:
    """A line on which every refusal is counted by its class, those inside a batch too."""

    def __init__(self, inner: Transport, faults: Counter[str], life: Life) -> None:
        self._inner = inner
        self._faults = faults
        self._life = life

    async def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """As the port."""
        self._life.beat()
        reply = await self._inner.send(method, url, headers=headers, body=body)
        self._life.beat()
        batch = url.endswith("$batch") or "/composite/" in url
        if reply.status >= 400 or batch:
            self._count(reply, inside=batch)
        return reply

    def _count(self, reply: Reply, *, inside: bool) -> None:
        named = [kind for code, kind in REFUSED.items() if code in reply.body]
        codes = [reply.status] if reply.status >= 400 else [int(code) for code in STATUS.findall(reply.body)]
        for kind in named or [STRUCK[code] for code in codes if code in STRUCK]:
            self._faults[f"{kind}, inside a batch" if inside and reply.status < 400 and "F5" in kind else kind] += 1

    async def aclose(self) -> None:
        """As the port."""
        await self._inner.aclose()


class InProcessConnections(StoredConnections):
    """Both sides as stored, reached without a socket."""

    def __init__(self, store: Store, company: "Company", life: Life) -> None:
        super().__init__(store, ProcessSettings(), company.clock, jitter=company.jitter)
        self._company = company
        self._life = life

    async def _transport(self, side: Side) -> Transport:
        return WatchedTransport(InProcessTransport(side, self._company.sandbox.app), self._company.faults, self._life)


class Company:
    """The sandbox's control without a socket, and Twincal's service on a home."""

    def __init__(self, sandbox: Sandbox, home: Path) -> None:
        self.sandbox = sandbox
        self.home = home
        self.faults: Counter[str] = Counter()
        self.clock = CompanyClock(sandbox)
        self.jitter = Random(1).random
        self.on_plan: Callable[[Plan], None] = lambda plan: None
        self.disk: Callable[[], str] = lambda: ""
        """Which fault the disk has right now: `F27…`, `F28…` or none."""
        self._control = InProcessTransport(Side.EXCHANGE, sandbox.app)

    def skewed(self, seconds: float) -> None:
        """Twincal's machine has a clock that is wrong by so much."""
        self.clock = CompanyClock(self.sandbox, seconds)

    async def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """GET, or POST of a body, at the sandbox's control. Raises Refused with its sentence when it refuses."""
        method, data = ("GET", b"") if body is None else ("POST", json.dumps(body).encode())
        url = f"{self.sandbox.plain_url}/control{path}"
        reply = await self._control.send(method, url, headers={"content-type": "application/json"}, body=data)
        told = json.loads(reply.body)
        if reply.status != 200:
            raise Refused(str(told))
        return told

    async def act(self, system: str, who: str, action: str, **more: Any) -> Json:
        """What a person does."""
        done: Json = await self.ask("/act", {"system": system, "who": who, "action": action, **more})
        return done

    async def state(self, who: str) -> tuple[list[Json], list[Json]]:
        """Both calendars of a person."""
        found = await self.ask(f"/state?mailbox={who}&start=2026-06-01T00:00:00Z&end=2028-06-01T00:00:00Z")
        return found["exchange"], found["salesforce"]

    async def open(self, settings: Mapping[str, str], org: Mapping[str, Any]) -> None:
        """Five people, one guest who is a Contact, and a home that is connected."""
        for name, mailbox in zip(NAMES, MAILBOXES, strict=True):
            await self.ask("/people", {"name": name.title(), "mailbox": mailbox, "salesforce_username": mailbox})
        await self.ask("/org", dict(org))
        await self.act("salesforce", MAILBOXES[0], "insert", object="Contact", fields={"LastName": "Guest", "Email": GUEST})
        self.home.mkdir()
        service, _, close = self.process()
        line = self.sandbox.announcement()
        graph, salesforce = line["graph"], line["salesforce"]
        try:
            names = ("tenant", "client_id", "authority", "base_url")
            await service.connect_graph(secret=graph["client_secret"], **{name: graph[name] for name in names})
            await service.connect_salesforce(
                login_url=salesforce["login_url"], client_id=salesforce["client_id"], secret=salesforce["client_secret"]
            )
            for key, value in settings.items():
                level = "organization" if key == "private_items" else "subscription"
                await service.set_setting(key, value, level=level)
            for mailbox in MAILBOXES:
                await service.add_person(mailbox, mailbox)
        finally:
            await close()

    def process(self) -> tuple[Service, Life, Close]:
        """Twincal as a process that has just started, its life, and how it is put away. Raises HomeUnusable."""
        life = Life()
        store = Store.open(self.home)
        connections = InProcessConnections(store, self, life)
        service = Service(StoreBooks(store, self.clock), connections, self.clock)
        self._tap(store, life)

        async def close() -> None:
            life.buried()
            await connections.aclose()
            store.close()

        return service, life, close

    def _tap(self, store: Store, life: Life) -> None:
        """Every plan is shown before it is begun, and the disk may fail."""
        begin = store.ledger.begin

        async def shown(plan: Plan) -> str:
            self.on_plan(plan)
            return await begin(plan)

        store.ledger.begin = shown  # type: ignore[method-assign]
        _unreliable(store.database, self, life)

    def later(self, by: timedelta) -> datetime:
        """The moment after a while."""
        return self.sandbox.clock.now() + by


def _unreliable(database: Database, company: Company, life: Life) -> None:
    """Transactions fail as the company's disk does, before anything is kept or with the answer lost; and processes end."""
    run = database.run

    def unreliable(*given: Any, **named: Any) -> Any:
        life.beat()
        fault = company.disk()
        if fault:
            company.faults[fault] += 1
        if fault and not fault.startswith("F27"):
            raise HomeUnusable("The home cannot be written.", "Free some space.")
        answer = run(*given, **named)
        life.beat()
        if fault:
            raise HomeUnusable("The home cannot be written.", "Try again.")
        return answer

    database.run = unreliable  # type: ignore[method-assign]


class Refused(Exception):
    """The sandbox would not do what a person wanted, as it would refuse the person."""
