"""A company of five behind both vendors' servers, in-process, and the machine on which Twincal runs beside it."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from twincal.connectors.inprocess import InProcessTransport
from twincal.core.decision import Plan
from twincal.core.vocabulary import Side
from twincal.sandbox.serve import Sandbox

TODAY = date(2027, 3, 1)
NAMES = ("ann", "ben", "cleo", "dan", "eve")
MAILBOXES = tuple(f"{name}@northwind.example" for name in NAMES)
GUEST = "guest@acme.example"
Json = dict[str, Any]


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


class Company:
    """The sandbox's control without a socket, and what a process of Twincal's finds: a home, a clock, a disk."""

    def __init__(self, sandbox: Sandbox, home: Path) -> None:
        self.sandbox = sandbox
        self.home = home
        self.faults: Counter[str] = Counter()
        """By class, which each name begins with."""
        self.reached: set[str] = set()
        """Rules and situations that have occurred."""
        self.steps = 0
        """Requests and transactions of Twincal's."""
        self.clock = CompanyClock(sandbox)
        self.jitter = Random(1).random
        self.on_plan: Callable[[Plan], None] = lambda plan: None
        self.disk: Callable[[], str] = lambda: ""
        """Which fault the disk has right now: `F27…`, `F28…` or none."""
        self._control = InProcessTransport(Side.EXCHANGE, sandbox.app)

    def reach(self, point: str) -> None:
        """A situation has occurred that not every week has."""
        self.reached.add(point)

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

    async def open(self, org: Mapping[str, Any]) -> None:
        """Five people, and one guest who is a Contact."""
        for name, mailbox in zip(NAMES, MAILBOXES, strict=True):
            await self.ask("/people", {"name": name.title(), "mailbox": mailbox, "salesforce_username": mailbox})
        await self.ask("/org", dict(org))
        await self.act("salesforce", MAILBOXES[0], "insert", object="Contact", fields={"LastName": "Guest", "Email": GUEST})

    def later(self, by: timedelta) -> datetime:
        """The moment after a while."""
        return self.sandbox.clock.now() + by


class Refused(Exception):
    """The sandbox would not do what a person wanted, as it would refuse the person."""
