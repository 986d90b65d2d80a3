"""A company of five behind both vendors' servers, in-process, and Twincal beside it: the real clients, codecs and store."""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from twincal.connectors.inprocess import InProcessTransport
from twincal.core.vocabulary import Side
from twincal.engine.service import Service
from twincal.ports import Transport
from twincal.sandbox.serve import Sandbox
from twincal.settings import ProcessSettings
from twincal.store.books import StoreBooks
from twincal.store.store import Store
from twincal.wiring import StoredConnections

TODAY = date(2027, 3, 1)
NAMES = ("ann", "ben", "cleo", "dan", "eve")
MAILBOXES = tuple(f"{name}@northwind.example" for name in NAMES)
GUEST = "guest@acme.example"
Json = dict[str, Any]


class CompanyClock:
    """The port `Clock` on the sandbox's clock; waits are the loop's."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def now(self) -> datetime:
        """The moment, aware and in UTC."""
        return self._sandbox.clock.now()

    async def sleep(self, seconds: float) -> None:
        """Wait in virtual time."""
        await asyncio.sleep(seconds)


class InProcessConnections(StoredConnections):
    """Both sides as stored, reached without a socket."""

    def __init__(self, store: Store, sandbox: Sandbox, jitter: Callable[[], float]) -> None:
        super().__init__(store, ProcessSettings(), CompanyClock(sandbox), jitter=jitter)
        self._sandbox = sandbox

    async def _transport(self, side: Side) -> Transport:
        return InProcessTransport(side, self._sandbox.app)


class Company:
    """The sandbox's control without a socket, and Twincal's service on a home."""

    def __init__(self, sandbox: Sandbox, home: Path) -> None:
        self.sandbox = sandbox
        self.home = home
        self._control = InProcessTransport(Side.EXCHANGE, sandbox.app)
        self._jitter = Random(1).random

    async def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """GET, or POST of a body, at the sandbox's control. Raises AssertionError with its sentence when it refuses."""
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
        service, close = self.process()
        line = self.sandbox.announcement()
        graph, salesforce = line["graph"], line["salesforce"]
        try:
            names = ("tenant", "client_id", "authority", "base_url")
            await service.connect_graph(secret=graph["client_secret"], **{name: graph[name] for name in names})
            await service.connect_salesforce(
                login_url=salesforce["login_url"], client_id=salesforce["client_id"], secret=salesforce["client_secret"]
            )
            for key, value in settings.items():
                await service.set_setting(key, value)
            for mailbox in MAILBOXES:
                await service.add_person(mailbox, mailbox)
        finally:
            await close()

    def process(self) -> tuple[Service, Any]:
        """Twincal as a process that has just started, and how it ends."""
        store = Store.open(self.home)
        connections = InProcessConnections(store, self.sandbox, self._jitter)
        service = Service(StoreBooks(store, CompanyClock(self.sandbox)), connections, CompanyClock(self.sandbox))

        async def close() -> None:
            await connections.aclose()
            store.close()

        return service, close

    def later(self, by: timedelta) -> datetime:
        """The moment after a while."""
        return self.sandbox.clock.now() + by


class Refused(Exception):
    """The sandbox would not do what a person wanted, as it would refuse the person."""
