"""Where a scenario plays: the sandbox with Ann and her colleague Ben, and a Twincal home of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from twincal.engine.history import Explained, Row
from twincal.engine.report import Report
from twincal.engine.service import Service
from twincal.wiring import opened

ANN, BEN = "ann@northwind.example", "ben@northwind.example"
ADDRESSES = {"Ann": ANN, "Ben": BEN}
NAMES = {"Ann": "Ann Smith", "Ben": "Ben Jones"}
ALIAS = "a.smith@northwind.example"
TODAY = datetime(2027, 3, 1, 8, tzinfo=UTC)
PAUSE = timedelta(minutes=1)
"""What passes between two acts: people are not as quick as tests."""


class Stage:
    """One scenario's world. `home` is Twincal's data directory; `records` maps names of Salesforce records to ids."""

    def __init__(self, http: aiohttp.ClientSession, line: dict[str, Any], home: Path, chosen: dict[str, str]) -> None:
        self._http = http
        self._line = line
        self.home = home
        self.chosen = chosen
        self.now = TODAY
        self.records: dict[str, str] = {}
        self.report: Report | None = None
        self.reports: list[Report] = []
        self.expected_mail: list[tuple[str, str, str]] = []
        self.counted = False
        self.gone: dict[str, str] = {}
        self._connected = False

    async def control(self, path: str, body: Any = None) -> Any:
        """A POST of JSON to the sandbox's control, or a GET; fails with its sentence unless it answers 200."""
        method = "GET" if body is None else "POST"
        async with self._http.request(method, self._line["control_url"] + path, json=body) as answer:
            told = await answer.json()
            assert answer.status == 200, f"the sandbox refuses {path}: {told}"
            return told

    async def open(self) -> None:
        """The company anew: Ann and Ben, who may change everybody's events in Salesforce, nothing else, calm weather."""
        await self.control("/reset", {"world": "empty", "today": f"{TODAY:%Y-%m-%d}"})
        for name, address in ADDRESSES.items():
            aliases = [ALIAS] if address == ANN else []
            order: dict[str, Any] = {"name": NAMES[name], "mailbox": address, "salesforce_username": address, "aliases": aliases}
            order |= {"profile": "System Administrator" if address == BEN else "Standard User"}
            person = await self.control("/people", order)
            self.records[f"user {name}"] = str(person["salesforce_user_id"])
        await self.control("/org", {"shared_activities": self.chosen["shared"] == "on"})

    async def pass_time(self, by: timedelta = PAUSE) -> None:
        """Time goes on in both clouds and for Twincal."""
        self.now += by
        await self.control("/clock", {"now": self.now.isoformat()})

    async def act(self, system: str, who: str, action: str, **more: Any) -> dict[str, Any]:
        """Somebody does something in Outlook or in Salesforce."""
        await self.pass_time()
        done: dict[str, Any] = await self.control("/act", {"system": system, "who": ADDRESSES[who], "action": action, **more})
        return done

    async def calendar(self, system: str, who: str = "Ann") -> list[dict[str, Any]]:
        """What a person sees in one calendar, two years around now."""
        path = f"/state?mailbox={ADDRESSES[who]}&start=2026-01-01T00:00:00Z&end=2029-12-31T00:00:00Z"
        found: list[dict[str, Any]] = (await self.control(path))[system]
        return found

    async def events(self, subject: str, who: str = "Ann") -> list[dict[str, Any]]:
        """Salesforce events of a person with this subject."""
        return [event for event in await self.calendar("salesforce", who) if (event.get("Subject") or "") == subject]

    async def event(self, subject: str, day: str | None = None, who: str = "Ann") -> dict[str, Any]:
        """The one Salesforce event with this subject (that starts on this day)."""
        found = await self.events(subject, who)
        found = [event for event in found if day is None or event["StartDateTime"].startswith(day)]
        assert len(found) == 1, (
            f"{who} has {len(found)} events `{subject}` in Salesforce; all: {await self._shown('salesforce', who)}"
        )
        return found[0]

    async def item(self, subject: str, day: str | None = None, who: str = "Ann") -> dict[str, Any]:
        """The one Exchange item with this subject (that starts on this day)."""
        every = await self.calendar("exchange", who)
        found = [one for one in every if one["subject"] == subject and (day is None or one["start"]["dateTime"].startswith(day))]
        assert len(found) == 1, f"{who} has {len(found)} items `{subject}` in Exchange; all: {await self._shown('exchange', who)}"
        return found[0]

    async def immutable_id(self, subject: str) -> str:
        """The id under which an app sees one of Ann's items in Exchange."""
        graph, item = self._line["graph"], await self.item(subject)
        form = {"client_id": graph["client_id"], "client_secret": graph["client_secret"], "grant_type": "client_credentials"}
        form |= {"scope": "https://graph.microsoft.com/.default"}
        async with self._http.post(f"{graph['authority']}/oauth2/v2.0/token", data=form) as answer:
            token = (await answer.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Prefer": 'IdType="ImmutableId"'}
        async with self._http.get(
            f"{graph['base_url']}/users/{ANN}/events/{quote(item['id'], safe='')}", headers=headers
        ) as answer:
            return str((await answer.json())["id"])

    async def _shown(self, system: str, who: str) -> list[str]:
        rows = await self.calendar(system, who)
        if system == "exchange":
            return [f"{row['subject']} {row['start']['dateTime'][:16]}" for row in rows]
        return [f"{row.get('Subject')} {row['StartDateTime'][:16]}" for row in rows]

    # Twincal

    @asynccontextmanager
    async def twincal(self) -> AsyncIterator[Service]:
        """Twincal as one command sees it. The first one connects both sides, adds Ann and chooses the mode."""
        async with opened(self.home, now=self.now) as service:
            if not self._connected:
                await self._connect(service)
            yield service

    async def _connect(self, service: Service) -> None:
        self._connected = True
        graph, salesforce = self._line["graph"], self._line["salesforce"]
        await service.connect_graph(
            tenant=graph["tenant"], client_id=graph["client_id"], secret=graph["client_secret"],
            authority=graph["authority"], base_url=graph["base_url"],
        )  # fmt: skip
        await service.connect_salesforce(
            login_url=salesforce["login_url"], client_id=salesforce["client_id"], secret=salesforce["client_secret"]
        )
        await service.add_person(ANN, ANN, aliases=[ALIAS])
        if self.chosen["mode"] != "off":
            await service.set_setting("mode", self.chosen["mode"])

    async def row(self, subject: str, day: str | None = None) -> Row | None:
        """The one row of Ann's history with this subject (and day)."""
        async with self.twincal() as service:
            rows = [row for row in await service.history(ANN) if row.subject == subject]
        found = [row for row in rows if day is None or row.start.startswith(day)]
        assert len(found) < 2, f"the history has {len(found)} rows `{subject}`"
        return found[0] if found else None

    async def explained(self, item: str) -> Explained:
        """What Twincal says about one of Ann's items."""
        async with self.twincal() as service:
            return await service.explain(ANN, item)

    def took(self, report: Report) -> None:
        """Remember what a run told."""
        self.report = report
        self.reports.append(report)

    async def mail(self) -> list[dict[str, str]]:
        """Every mail Exchange would have sent so far."""
        found: list[dict[str, str]] = await self.control("/mail")
        return found
