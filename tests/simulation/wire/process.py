"""One process of Twincal's beside the company: it may die at any request or transaction, stand still, or write to a bad disk."""

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tests.simulation.wire.company import MAILBOXES, Company
from twincal.connectors.inprocess import InProcessTransport
from twincal.connectors.transport import WhileLeased
from twincal.core.decision import Plan
from twincal.core.vocabulary import Side
from twincal.engine.service import Service
from twincal.errors import HomeUnusable
from twincal.ports import Clock, Reply, Transport
from twincal.settings import ProcessSettings
from twincal.store.books import StoreBooks
from twincal.store.database import Database
from twincal.store.store import Store
from twincal.wiring import StoredConnections

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


class Dead(BaseException):
    """The process has ended: nothing may catch this."""


class Life:
    """How long a process lives, and whether it moves. It ends at one of its next requests or transactions, before it or just
    after; it stands still where it waits for a reply."""

    def __init__(self) -> None:
        self.left: int | None = None
        """Beats until it ends; None while nothing threatens it."""
        self.over = False
        self.stops_after: int | None = None
        """Replies after which it stands still; None while nothing stops it."""
        self.stops_for = 0.0
        self.on_stop: Callable[[float], None] = lambda until: None
        """Told when it stops, with the moment of the loop at which it goes on."""
        self._until = 0.0

    def beat(self) -> None:
        """One more moment. Raises Dead where it was the last."""
        if self.left is not None:
            self.left -= 1
            self.over = self.over or self.left < 0
        if self.over:
            raise Dead

    async def stand(self) -> None:
        """Go on only when the process moves."""
        now = asyncio.get_running_loop().time()
        if self.stops_after is not None:
            self.stops_after -= 1
            if self.stops_after < 0:
                self.stops_after, self._until = None, now + self.stops_for
                self.on_stop(self._until)
        if now < self._until:
            await asyncio.sleep(self._until - now)

    def put_away(self, close: Callable[[], None]) -> None:
        """Let the system close what it had open; from then on nothing of it moves, whatever it was about to do."""
        self.left, self.over = None, False
        close()
        self.over = True


class LivingClock:
    """The port `Clock` as a process has it: when it stands still, its waits last until it moves again."""

    def __init__(self, clock: Clock, life: Life) -> None:
        self._clock = clock
        self._life = life

    def now(self) -> datetime:
        """The moment, aware and in UTC."""
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        """Wait in virtual time."""
        await self._clock.sleep(seconds)
        await self._life.stand()


class WatchedTransport:
    """A line on which every refusal is counted by its class, those inside a batch too."""

    def __init__(self, inner: Transport, company: Company, life: Life) -> None:
        self._inner = inner
        self._company = company
        self._life = life

    async def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """As the port."""
        self._company.steps += 1
        self._life.beat()
        try:
            reply = await self._inner.send(method, url, headers=headers, body=body)
        finally:
            await self._life.stand()
            self._life.beat()
        batch = url.endswith("$batch") or "/composite/" in url
        if reply.status >= 400 or batch:
            self._count(reply, inside=batch)
        return reply

    def _count(self, reply: Reply, *, inside: bool) -> None:
        named = [kind for code, kind in REFUSED.items() if code in reply.body]
        codes = [reply.status] if reply.status >= 400 else [int(code) for code in STATUS.findall(reply.body)]
        for kind in named or [STRUCK[code] for code in codes if code in STRUCK]:
            self._company.faults[f"{kind}, inside a batch" if inside and reply.status < 400 and "F5" in kind else kind] += 1

    async def aclose(self) -> None:
        """As the port."""
        await self._inner.aclose()


class InProcessConnections(StoredConnections):
    """Both sides as stored, reached without a socket."""

    def __init__(self, store: Store, company: Company, clock: Clock, life: Life) -> None:
        super().__init__(store, ProcessSettings(), clock, jitter=company.jitter)
        self._company = company
        self._life = life

    async def _transport(self, side: Side) -> Transport:
        line = WatchedTransport(InProcessTransport(side, self._company.sandbox.app), self._company, self._life)
        return WhileLeased(line, side, self._store.database.may_send)


class Process:
    """Twincal as a process that has just started on the company's home. Raises HomeUnusable where another is at work there."""

    def __init__(self, company: Company) -> None:
        self.life = Life()
        self._store = Store.open(company.home, clock=lambda: company.sandbox.clock.now().timestamp())
        clock = LivingClock(company.clock, self.life)
        self._connections = InProcessConnections(self._store, company, clock, self.life)
        self.service = Service(StoreBooks(self._store, clock), self._connections, clock)
        self._tap(company)

    def renew(self) -> None:
        """What a process does every few seconds, also while it waits for the next round. Raises TakenOver."""
        self._store.database.renew()

    async def end(self) -> None:
        """Put it away, however it came to its end."""
        await self._connections.aclose()
        self.life.put_away(self._store.close)

    def _tap(self, company: Company) -> None:
        """Every plan is shown before it is begun, and the disk may fail."""
        begin = self._store.ledger.begin

        async def shown(plan: Plan) -> str:
            company.on_plan(plan)
            return await begin(plan)

        self._store.ledger.begin = shown  # type: ignore[method-assign]
        _unreliable(self._store.database, company, self.life)


async def connected(company: Company, settings: Mapping[str, str]) -> None:
    """A home for a company that has none yet: both sides connected, everybody added, the settings made."""
    company.home.mkdir()
    process = Process(company)
    line = company.sandbox.announcement()
    graph, salesforce = line["graph"], line["salesforce"]
    try:
        names = ("tenant", "client_id", "authority", "base_url")
        await process.service.connect_graph(secret=graph["client_secret"], **{name: graph[name] for name in names})
        await process.service.connect_salesforce(
            login_url=salesforce["login_url"], client_id=salesforce["client_id"], secret=salesforce["client_secret"]
        )
        for key, value in settings.items():
            level = "organization" if key == "private_items" else "subscription"
            await process.service.set_setting(key, value, level=level)
        for mailbox in MAILBOXES:
            await process.service.add_person(mailbox, mailbox)
    finally:
        await process.end()


def _unreliable(database: Database, company: Company, life: Life) -> None:
    """Transactions fail as the company's disk does, before anything is kept or with the answer lost; and processes end."""
    run = database.run

    def unreliable(*given: Any, **named: Any) -> Any:
        company.steps += 1
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
