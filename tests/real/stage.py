"""One person with a calendar out of a file: the sandbox as a process of its own, and a Twincal home beside it."""

import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.cli.stage import Sandbox
from tests.real.clouds import Clouds, Seen, Window, of_graph, of_salesforce
from twincal.engine.history import Row
from twincal.engine.report import Report
from twincal.engine.service import Service
from twincal.wiring import opened

ANN = "ann@northwind.example"
OPENING = datetime(2015, 6, 1, 8, tzinfo=UTC)
DAYS = 912
WINDOW: Window = (datetime(2012, 12, 1, tzinfo=UTC), datetime(2017, 11, 30, tzinfo=UTC))
"""912 whole days on either side of the first of June 2015, that day included."""
BEYOND: Window = (datetime(2012, 1, 1, tzinfo=UTC), datetime(2017, 12, 31, tzinfo=UTC))


class Stage:
    """The sandbox, and the home that keeps it in step. `imported` is what the import of a file answered."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.now = OPENING
        self.sandbox = Sandbox("--world", "empty", "--today", f"{OPENING:%Y-%m-%d}")
        self.ask = self.sandbox.ask
        self.owner = ""
        self.imported: dict[str, Any] = {}

    def fill(self, text: str, *, time_zone: str) -> None:
        """Ann moves in with her calendar."""
        person = {"name": "Ann Archer", "mailbox": ANN, "salesforce_username": ANN, "time_zone": time_zone}
        self.owner = str(self.ask("/people", person)["salesforce_user_id"])
        self.imported = self.ask("/import", {"mailbox": ANN, "ics": text})

    @cached_property
    def clouds(self) -> Clouds:
        """Both clouds as they are asked by hand."""
        return Clouds(self.line, ANN)

    @property
    def line(self) -> dict[str, Any]:
        """What the sandbox announced."""
        return self.sandbox.said

    @asynccontextmanager
    async def twincal(self) -> AsyncIterator[Service]:
        """The service as one command opens it."""
        async with opened(self.home, now=self.now) as service:
            yield service

    async def connect(self) -> None:
        """Both sides connected, Ann added, Sync All over the widest window: what the demo does."""
        graph, salesforce = self.line["graph"], self.line["salesforce"]
        async with self.twincal() as service:
            await service.connect_graph(
                tenant=graph["tenant"], client_id=graph["client_id"], secret=graph["client_secret"],
                authority=graph["authority"], base_url=graph["base_url"],
            )  # fmt: skip
            await service.connect_salesforce(
                login_url=salesforce["login_url"], client_id=salesforce["client_id"], secret=salesforce["client_secret"]
            )
            for key, value in (("mode", "sync_all"), ("window.past_days", str(DAYS)), ("window.future_days", str(DAYS))):
                await service.set_setting(key, value)
            await service.add_person(ANN, ANN)

    def pass_time(self, by: timedelta = timedelta(minutes=1)) -> None:
        """Some time goes by, in both clouds and here."""
        self.now += by
        self.ask("/clock", {"now": self.now.isoformat()})

    async def sync(self) -> Report:
        """A cycle, a minute later."""
        self.pass_time()
        async with self.twincal() as service:
            return await service.sync()

    async def history(self) -> list[Row]:
        """Ann's history."""
        async with self.twincal() as service:
            return await service.history(ANN)

    async def pairs(self) -> dict[str, str]:
        """Ids of Exchange and of Salesforce that belong together, as the history tells."""
        return {row.exchange_id: row.salesforce_id for row in await self.history() if row.tab == "synced"}

    def act(self, system: str, action: str, **more: Any) -> dict[str, Any]:
        """What Ann does in Outlook or in Salesforce."""
        done: dict[str, Any] = self.ask("/act", {"system": system, "who": ANN, "action": action, **more})
        return done

    def exchange(self) -> dict[str, Seen]:
        """What her Exchange calendar shows inside the window, by id."""
        return {found: of_graph(row) for found, row in self.clouds.view(WINDOW).items()}

    def salesforce(self) -> dict[str, Seen]:
        """Every Event of the org, by id."""
        return {found: of_salesforce(row) for found, row in self.clouds.records().items()}

    def requests(self) -> dict[str, int]:
        """Requests of data by system, as the sandbox counted them since it last forgot."""
        counted = {"graph": 0, "salesforce": 0}
        for row in self.ask("/requests"):
            counted[row["system"]] += 0 if "/token" in row["path"] else row["count"]
        return counted

    def forget_requests(self) -> None:
        """The sandbox counts anew."""
        order = urllib.request.Request(self.line["control_url"] + "/requests", method="DELETE")
        urllib.request.urlopen(order).close()
