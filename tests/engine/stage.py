"""A company of two in the sandbox, a Twincal home of its own, and a clock that the test moves."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from twincal.engine.history import Row
from twincal.engine.report import PersonReport, Report
from twincal.engine.service import Service
from twincal.sandbox.serve import Sandbox
from twincal.wiring import opened

ANN, BEN = "ann@northwind.example", "ben@northwind.example"
NAMES = {ANN: "Ann Smith", BEN: "Ben Jones"}
CARLA, DORA = "carla@acme.example", "dora@initech.example"
TODAY = datetime(2027, 3, 1, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Json = dict[str, Any]


class Stage:
    """Both clouds and one home. `now` is the time everywhere; every act and every cycle takes a minute."""

    def __init__(self, sandbox: Sandbox, http: aiohttp.ClientSession, home: Path) -> None:
        self.sandbox = sandbox
        self.home = home
        self.now = TODAY
        self.people: dict[str, Json] = {}
        self._http = http
        self._connected = False

    async def control(self, path: str, body: Any = None) -> Any:
        """A POST of JSON to the sandbox's control, or a GET; fails with its sentence unless it answers 200."""
        method = "GET" if body is None else "POST"
        async with self._http.request(method, f"{self.sandbox.plain_url}/control{path}", json=body) as answer:
            told = await answer.json()
            assert answer.status == 200, f"the sandbox refuses {path}: {told}"
            return told

    async def open(self, **org: Any) -> None:
        """The company anew, in calm weather."""
        await self.control("/weather", {})
        await self.control("/reset", {"world": "empty", "today": f"{TODAY:%Y-%m-%d}"})
        for address, name in NAMES.items():
            order = {"name": name, "mailbox": address, "salesforce_username": address}
            self.people[address] = await self.control("/people", order)
        standard = {"shared_activities": True, "multiday_events": True, "key_fields": True, "hidden_fields": [], "revoked": []}
        await self.control("/org", {**standard, **org})

    async def pass_time(self, by: timedelta = MINUTE) -> None:
        """Time goes on, everywhere."""
        self.now += by
        await self.control("/clock", {"now": self.now.isoformat()})

    async def weather(self, **given: Any) -> None:
        """What goes wrong from now on; nothing without arguments."""
        await self.control("/weather", {})
        if given:
            await self.control("/weather", given)

    @property
    def struck(self) -> int:
        """How many requests the weather has struck since it was ordered."""
        return self.sandbox.weather.struck

    # What people do

    async def act(self, system: str, who: str, action: str, **more: Any) -> Json:
        """Somebody does something in Outlook or in Salesforce."""
        await self.pass_time()
        done: Json = await self.control("/act", {"system": system, "who": who, "action": action, **more})
        return done

    async def book(self, subject: str, *, day: int = 4, hour: int = 9, who: str = ANN, **event: Any) -> Json:
        """A new item in Outlook, an hour long, on a day of March 2027 (or later)."""
        start = datetime(2027, 3, 1, hour, tzinfo=UTC) + timedelta(days=day - 1)
        end = start + timedelta(hours=1)
        times = {name: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"} for name, at in (("start", start), ("end", end))}
        return await self.act("exchange", who, "book", event={"subject": subject, **times, **event})

    async def meet(self, subject: str, *others: str, **more: Any) -> Json:
        """A new meeting in Outlook."""
        return await self.book(subject, attendees=[{"emailAddress": {"address": other}} for other in others], **more)

    async def enter(self, subject: str, *, day: int = 4, hour: int = 9, who: str = ANN, **fields: Any) -> str:
        """A new event in Salesforce, an hour long; its id."""
        start = datetime(2027, 3, 1, hour, tzinfo=UTC) + timedelta(days=day - 1)
        end = start + timedelta(hours=1)
        times = {"StartDateTime": f"{start:%Y-%m-%dT%H:%M:%SZ}", "EndDateTime": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
        done = await self.act("salesforce", who, "insert", fields={"Subject": subject, **times, **fields})
        return str(done["Id"])

    async def change(self, subject: str, /, **event: Any) -> Json:
        """An edit in Outlook."""
        return await self.act("exchange", ANN, "change", subject=subject, event=event)

    async def edit(self, subject: str, /, *, by: str = ANN, who: str = ANN, **fields: Any) -> Json:
        """An edit of a person's one event with this subject in Salesforce."""
        return await self.act("salesforce", by, "update", id=(await self.event(subject, who))["Id"], fields=fields)

    async def record(self, kind: str, name: str, address: str) -> str:
        """A Contact or a Lead that Ben enters; its id."""
        fields = {"LastName": name, "Email": address, **({"Company": "Initech", "Status": "Open"} if kind == "Lead" else {})}
        return str((await self.act("salesforce", BEN, "insert", object=kind, fields=fields))["Id"])

    # What stands there

    async def state(self, who: str = ANN) -> tuple[list[Json], list[Json]]:
        """Both calendars of a person, three years wide."""
        found = await self.control(f"/state?mailbox={who}&start=2026-01-01T00:00:00Z&end=2029-12-31T00:00:00Z")
        return found["exchange"], found["salesforce"]

    async def subjects(self, who: str = ANN) -> tuple[list[str], list[str]]:
        """The subjects that stand in both calendars, sorted."""
        exchange, salesforce = await self.state(who)
        return sorted(item["subject"] for item in exchange), sorted(event.get("Subject") or "" for event in salesforce)

    async def both(self, *wanted: str, who: str = ANN) -> None:
        """Exactly these stand in both calendars, nothing twice."""
        exchange, salesforce = await self.subjects(who)
        assert (exchange, salesforce) == (sorted(wanted), sorted(wanted))

    async def event(self, subject: str, who: str = ANN) -> Json:
        """The one Salesforce event with this subject."""
        found = [event for event in (await self.state(who))[1] if event.get("Subject") == subject]
        assert len(found) == 1, f"{who} has {len(found)} events `{subject}`; all: {await self.subjects(who)}"
        return found[0]

    async def item(self, subject: str, who: str = ANN) -> Json:
        """The one Exchange item with this subject."""
        found = [item for item in (await self.state(who))[0] if item["subject"] == subject]
        assert len(found) == 1, f"{who} has {len(found)} items `{subject}`; all: {await self.subjects(who)}"
        return found[0]

    async def mails(self, by: str = "app") -> list[tuple[str, str, str]]:
        """The mails that Twincal (or people) caused: kind, subject, to."""
        return [(mail["kind"], mail["subject"], mail["to"]) for mail in await self.control("/mail") if mail["by"] == by]

    # Twincal

    @asynccontextmanager
    async def twincal(self, **more: Any) -> AsyncIterator[Service]:
        """Twincal as a fresh process sees the home. The first one connects both sides and adds Ann."""
        async with opened(self.home, now=self.now, **more) as service:
            if not self._connected:
                await self._connect(service)
            yield service

    async def _connect(self, service: Service) -> None:
        line = self.sandbox.announcement()
        graph, salesforce = line["graph"], line["salesforce"]
        names = ("tenant", "client_id", "authority", "base_url")
        await service.connect_graph(secret=graph["client_secret"], **{name: graph[name] for name in names})
        await service.connect_salesforce(
            login_url=salesforce["login_url"], client_id=salesforce["client_id"], secret=salesforce["client_secret"]
        )
        await service.add_person(ANN, ANN)
        await service.set_setting("mode", "sync_all")
        self._connected = True

    async def set(self, **settings: str) -> None:
        """Settings of the subscription; a double underscore stands for a dot."""
        async with self.twincal() as service:
            for key, value in settings.items():
                level = "organization" if key == "private_items" else "subscription"
                await service.set_setting(key.replace("__", "."), value, level=level)

    async def sync(self, *mailboxes: str, full: bool = False) -> Report:
        """One cycle, a minute later, as a fresh process runs it."""
        await self.pass_time()
        async with self.twincal() as service:
            return await service.sync(mailboxes, full=full)

    async def rest(self, cycles: int = 3) -> None:
        """Within so many cycles there is nothing left to do; then a further cycle, even a full one, writes nothing."""
        for _ in range(cycles):
            report = await self.sync()
        assert changes(report) == 0, f"not at rest after {cycles} cycles: {report}"
        before = await self.versions()
        report = await self.sync(full=True)
        assert changes(report) == 0 and report.failed == 0, f"a further cycle writes: {report}"
        assert await self.versions() == before

    async def versions(self) -> list[tuple[str, str]]:
        """Which version of which item stands in both calendars of everybody."""
        found = []
        for who in self.people:
            exchange, salesforce = await self.state(who)
            found += [(item["id"], item["changeKey"]) for item in exchange]
            found += [(event["Id"], event["SystemModstamp"]) for event in salesforce]
        return sorted(found)

    async def history(self, who: str = ANN, **more: Any) -> list[Row]:
        """A person's rows."""
        async with self.twincal() as service:
            return await service.history(who, **more)

    async def row(self, subject: str, who: str = ANN) -> Row:
        """The one row of the history with this subject."""
        found = [row for row in await self.history(who) if row.subject == subject]
        assert len(found) == 1, f"the history has {len(found)} rows `{subject}`"
        return found[0]

    async def codes(self, who: str = ANN) -> Mapping[str, str]:
        """Each row's code by its subject."""
        return {row.subject: row.code for row in await self.history(who)}


def of(report: Report, who: str = ANN) -> PersonReport:
    """One person's line."""
    return next(person for person in report.people if person.mailbox == who)


def changes(report: Report) -> int:
    """How many writes a run carried out."""
    totals = [report.total(what) for what in ("created", "updated", "deleted")]
    return sum(total.exchange + total.salesforce for total in totals)
