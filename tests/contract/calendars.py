"""One calendar and the hands of its owner, for every adapter of the port: what the suite needs and nothing more."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from twincal import ports
from twincal.connectors.graph.calendar import GraphCalendar
from twincal.connectors.graph.client import GraphClient
from twincal.connectors.graph.signin import Secret
from twincal.connectors.inprocess import InProcessTransport
from twincal.connectors.memory import MemoryCalendar, MemoryDirectory
from twincal.connectors.salesforce.calendar import SalesforceCalendar
from twincal.connectors.salesforce.capabilities import capabilities
from twincal.connectors.salesforce.client import SalesforceClient
from twincal.connectors.salesforce.directory import SalesforceDirectory
from twincal.connectors.salesforce.signin import ClientCredentials
from twincal.core.item import Item, Timed
from twincal.core.trees import Record, Window
from twincal.core.vocabulary import RecordKind, Side
from twincal.ports import Calendar, Directory, Transport
from twincal.sandbox.serve import Sandbox

TODAY = date(2027, 3, 1)
WINDOW = Window(datetime(2027, 2, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC))
Json = dict[str, Any]
START = datetime(2027, 3, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANN, BEN = "ann@northwind.example", "ben@northwind.example"


class Clock:
    """Stands until somebody waits; waiting takes no time."""

    def __init__(self) -> None:
        self.at = datetime(2027, 3, 1, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class SandboxClock:
    """The sandbox's clock; sleeping moves it on without waiting."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def now(self) -> datetime:
        return self._sandbox.clock.now()

    async def sleep(self, seconds: float) -> None:
        self._sandbox.clock.set(self.now() + timedelta(seconds=seconds))


class Stage(Protocol):
    """A calendar with what its people do in it by hand. Whoever does something leaves a few seconds behind it."""

    calendar: Calendar
    directory: Directory
    owner: str
    other: str

    @property
    def clock(self) -> ports.Clock:
        """The time there."""
        ...

    async def make(self, subject: str, *, start: datetime = START, owner: str = "") -> str:
        """A person enters an item of an hour; its id."""
        ...

    async def edit(self, item_id: str, subject: str) -> None:
        """The owner changes the subject."""
        ...

    async def remove(self, item_id: str) -> None:
        """The owner deletes an item."""
        ...

    async def repeat(self, subject: str, times: int) -> list[str]:
        """A weekly series (Exchange only); the ids of its instances in order."""
        ...

    async def end_series(self, subject: str) -> None:
        """The owner deletes a whole series (Exchange only)."""
        ...

    async def contact(self, address: str) -> str:
        """Somebody enters a Contact (Salesforce only); its id."""
        ...


async def later(stage: Stage, seconds: float = 5) -> None:
    """Time goes by."""
    await stage.clock.sleep(seconds)


class InMemory:
    """Calendars in a dictionary, in one of the two roles."""

    def __init__(self, side: Side, *, marks: bool = True) -> None:
        self.clock = Clock()
        self.records = MemoryDirectory()
        self.directory: Directory = self.records
        self.memory = MemoryCalendar(side, self.clock, self.records, marks=marks)
        self.calendar: Calendar = self.memory
        self.owner, self.other = (ANN, BEN) if side is Side.EXCHANGE else ("005ANN", "005BEN")

    async def make(self, subject: str, *, start: datetime = START, owner: str = "") -> str:
        whose = owner or self.owner
        item = Item(side=self.calendar.side, id="", subject=subject, times=Timed(start, start + HOUR))
        made = self.memory.put(whose, item, by=whose)
        await later(self)
        return made.id

    async def edit(self, item_id: str, subject: str) -> None:
        self.memory.put(self.owner, replace(self.memory.items(self.owner)[item_id], subject=subject), by=self.owner)
        await later(self)

    async def remove(self, item_id: str) -> None:
        self.memory.remove(self.owner, item_id, by=self.owner)
        await later(self)

    async def repeat(self, subject: str, times: int) -> list[str]:
        starts = [START + timedelta(weeks=number) for number in range(times)]
        item = Item(side=self.calendar.side, id="", subject=subject, times=Timed(START, START + HOUR), series="series")
        instances = [replace(item, times=Timed(start, start + HOUR), original_start=start) for start in starts]
        return [self.memory.put(self.owner, one, by=self.owner).id for one in instances]

    async def end_series(self, subject: str) -> None:
        for one in [item.id for item in self.memory.items(self.owner).values() if item.subject == subject]:
            await self.remove(one)

    async def contact(self, address: str) -> str:
        record = Record(f"003{self.records.position}", RecordKind.CONTACT, address, address)
        self.records.put(record)
        await later(self)
        return record.id


class InSandbox:
    """What both servers of the sandbox have in common; called in this process."""

    system = ""

    def __init__(self, sandbox: Sandbox, side: Side) -> None:
        self.clock = SandboxClock(sandbox)
        self.line = sandbox.announcement()
        self.transport: Transport = InProcessTransport(side, sandbox.app)

    async def control(self, path: str, body: Any) -> Any:
        """An order to the sandbox."""
        url = f"{self.line['control_url']}{path}"
        reply = await self.transport.send("POST", url, headers={"content-type": "application/json"}, body=msgspec.json.encode(body))
        assert reply.status == 200, reply.body
        return msgspec.json.decode(reply.body)

    async def act(self, action: str, *, who: str = ANN, **order: Any) -> Any:
        """A person does something; a few seconds go by."""
        done = await self.control("/act", {"system": self.system, "who": who, "action": action, **order})
        await self.clock.sleep(5)
        return done

    async def people(self) -> None:
        """Ann and Ben work here."""
        for name, mailbox in (("Ann Smith", ANN), ("Ben Jones", BEN)):
            await self.control("/people", {"name": name, "mailbox": mailbox, "salesforce_username": mailbox})


class OnGraph(InSandbox):
    """The Graph connector before the sandbox's Exchange."""

    system = "exchange"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox, Side.EXCHANGE)
        told = self.line["graph"]
        self.client = GraphClient(
            self.transport,
            tenant="",
            client_id=told["client_id"],
            credential=Secret(told["client_secret"]),
            clock=self.clock,
            authority=told["authority"],
            base_url=told["base_url"],
            jitter=lambda: 0.0,
        )
        self.calendar: Calendar = GraphCalendar(self.client, page_size=50)
        self.directory: Directory = MemoryDirectory()
        self.owner, self.other = ANN, BEN

    async def make(self, subject: str, *, start: datetime = START, owner: str = "") -> str:
        ends = {"start": start, "end": start + HOUR}
        times = {name: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"} for name, at in ends.items()}
        await self.act("book", who=owner or self.owner, event={"subject": subject, **times})
        shown = await self.calendar.look([owner or self.owner], None, Window(start, start + HOUR))
        return next(item.id for item in shown.looks[owner or self.owner].items if item.subject == subject)

    async def repeat(self, subject: str, times: int) -> list[str]:
        pattern = {"type": "weekly", "interval": 1, "daysOfWeek": [f"{START:%A}".lower()]}
        span = {"type": "numbered", "startDate": f"{START:%Y-%m-%d}", "numberOfOccurrences": times}
        hour = {
            name: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
            for name, at in (("start", START), ("end", START + HOUR))
        }
        await self.act("book", event={"subject": subject, **hour, "recurrence": {"pattern": pattern, "range": span}})
        shown = await self.calendar.look([self.owner], None, WINDOW)
        return [item.id for item in sorted(shown.looks[self.owner].items, key=lambda item: item.start) if item.subject == subject]

    async def end_series(self, subject: str) -> None:
        await self.act("remove", subject=subject)

    async def contact(self, address: str) -> str:
        raise AssertionError("Exchange knows no Contacts")

    async def _subject(self, item_id: str) -> str:
        found = (await self.calendar.read(self.owner, [item_id]))[item_id]
        assert isinstance(found, Item)
        return found.subject

    async def edit(self, item_id: str, subject: str) -> None:
        await self.act("change", subject=await self._subject(item_id), event={"subject": subject})

    async def remove(self, item_id: str) -> None:
        await self.act("remove", subject=await self._subject(item_id))


class OnSalesforce(InSandbox):
    """The Salesforce connector before the sandbox's org."""

    system = "salesforce"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox, Side.SALESFORCE)
        told = self.line["salesforce"]
        way = ClientCredentials(told["login_url"], told["client_id"], told["client_secret"])
        self.client = SalesforceClient(self.transport, way, self.clock, api_version=told["api_version"])

    async def connect(self, *, marks: bool) -> "OnSalesforce":
        """What the org can do, and who is who."""
        await self.control("/org", {"key_fields": marks})
        directory = SalesforceDirectory(self.client)
        self.directory: Directory = directory
        ann, ben = await self.directory.user(ANN), await self.directory.user(BEN)
        assert ann is not None
        assert ben is not None
        self.owner, self.other = ann.id, ben.id
        found = await capabilities(self.client)
        self.calendar: Calendar = SalesforceCalendar(self.client, found, directory)
        return self

    async def make(self, subject: str, *, start: datetime = START, owner: str = "") -> str:
        times = {"StartDateTime": f"{start:%Y-%m-%dT%H:%M:%SZ}", "EndDateTime": f"{start + HOUR:%Y-%m-%dT%H:%M:%SZ}"}
        who = BEN if owner == self.other else ANN
        return str((await self.act("insert", who=who, fields={"Subject": subject, **times}))["Id"])

    async def edit(self, item_id: str, subject: str) -> None:
        await self.act("update", id=item_id, fields={"Subject": subject})

    async def remove(self, item_id: str) -> None:
        await self.act("delete", id=item_id)

    async def repeat(self, subject: str, times: int) -> list[str]:
        raise AssertionError("series of Salesforce are its own business")

    async def end_series(self, subject: str) -> None:
        raise AssertionError("series of Salesforce are its own business")

    async def contact(self, address: str) -> str:
        return str((await self.act("insert", object="Contact", fields={"LastName": address, "Email": address}))["Id"])


@asynccontextmanager
async def in_memory(side: Side, *, marks: bool = True) -> AsyncIterator[Stage]:
    """Calendars in memory."""
    yield InMemory(side, marks=marks)


@asynccontextmanager
async def on_graph(*, transport: Json | None = None, **switches: Any) -> AsyncIterator[Stage]:
    """Exchange, a company of two; with switches, one that is as odd as its users say it can be."""
    with Sandbox.unserved(world="empty", today=TODAY) as sandbox:
        stage = OnGraph(sandbox)
        await stage.people()
        await stage.control(
            "/weather", {"graph": switches, **({"transport": {"system": "graph", **transport}} if transport else {})}
        )
        yield stage


@asynccontextmanager
async def on_salesforce(*, marks: bool = True) -> AsyncIterator[Stage]:
    """Salesforce, a company of two."""
    with Sandbox.unserved(world="empty", today=TODAY) as sandbox:
        stage = OnSalesforce(sandbox)
        await stage.people()
        yield await stage.connect(marks=marks)


Opening = Callable[[], AbstractAsyncContextManager[Stage]]
ADAPTERS: dict[str, Opening] = {
    "Exchange in memory": lambda: in_memory(Side.EXCHANGE),
    "Salesforce in memory": lambda: in_memory(Side.SALESFORCE),
    "Salesforce in memory without marks": lambda: in_memory(Side.SALESFORCE, marks=False),
    "Graph": on_graph,
    "Graph with odd ids and bodies": lambda: on_graph(slash_ids=True, charset_meta=True, text_echo_lies=False, token_seconds=1),
    "Graph with small odd pages": lambda: on_graph(
        page_size=1, delta_page_size=2, delta_honours_maxpagesize=False, delta_empty_pages=True, delta_repeats_rows=True
    ),
    "Graph that names who has a transaction": lambda: on_graph(
        duplicate_transaction_status=400, same_transaction_returns_event=False
    ),
    "Graph that does not": lambda: on_graph(duplicate_names_existing=False, same_transaction_returns_event=False),
    "Graph that deletes any version": lambda: on_graph(if_match_on_delete=False, delta_outsiders_removed=False),
    "Graph under load": lambda: on_graph(
        transport={"kinds": ["throttled"], "rate": 0.3}, inner_error_name="innererror", gzip=False
    ),
    "Graph with lost replies": lambda: on_graph(
        transport={"kinds": ["request_lost", "server_error", "gateway_page"], "rate": 0.2, "methods": ["GET"]}
    ),
    "Salesforce": on_salesforce,
    "Salesforce without marks": lambda: on_salesforce(marks=False),
}
