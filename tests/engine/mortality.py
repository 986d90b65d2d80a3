"""A service on calendars in memory whose process can be made to end at any await: the world outlives it, its memory does not."""

import copy
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from inspect import iscoroutinefunction
from typing import Any, cast

from msgspec.structs import replace

from twincal.connectors.memory import APP, MemoryCalendar, MemoryDirectory
from twincal.core.item import Body, Item, Participant, Timed
from twincal.core.trees import Record, window_on
from twincal.core.vocabulary import RecordKind, Side
from twincal.core.writes import Receipt, Write
from twincal.engine.person import Connections, Ports
from twincal.engine.report import Report
from twincal.engine.service import Service
from twincal.ports import Account, Books, Calendar, Capabilities, Directory, Ledger
from twincal.store.books import StoreBooks
from twincal.store.database import Database
from twincal.store.secrets import Sealer
from twincal.store.store import Store

ANN, USER = "ann@northwind.example", "005ANN"
GUEST = "guest@acme.example"
TODAY = datetime(2027, 3, 1, 8, tzinfo=UTC)
HOUR, SOON, PAUSE = timedelta(hours=1), timedelta(seconds=1), timedelta(minutes=5)


class Fate(Enum):
    """What becomes of the call that the process was waiting for when it ended."""

    LOST = "lost"
    CARRIED_OUT = "carried out"
    LATE = "carried out late"


class Killed(BaseException):
    """The process ends here: nothing may catch this."""


class Life:
    """The awaits of one process. It ends at the one with the number `doom`, or at the first with the name `doom`."""

    def __init__(self, doom: int | str | None = None, fate: Fate = Fate.LOST) -> None:
        self.points: list[str] = []
        self.over = False
        self.late: Callable[[], Awaitable[Any]] | None = None
        self._doom = doom
        self._fate = fate

    async def at(self, point: str, call: Callable[[], Awaitable[Any]]) -> Any:
        """Wait for a call, unless the process ends while it does. Raises Killed."""
        if self.over:
            raise Killed(point)
        self.points.append(point)
        if self._doom in (len(self.points), point):
            self.over = True
            if self._fate is Fate.CARRIED_OUT:
                await call()
            elif self._fate is Fate.LATE and point.endswith(".write"):
                self.late = call
            raise Killed(point)
        return await call()


class Fragile:
    """A port at which a process can end: each of its coroutines is one await."""

    def __init__(self, inner: object, name: str, life: Life) -> None:
        self._inner = inner
        self._name = name
        self._life = life

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._inner, method)
        if not iscoroutinefunction(found):
            return found

        async def waited(*given: Any, **named: Any) -> Any:
            return await self._life.at(f"{self._name}.{method}", lambda: found(*given, **named))

        return waited


class FragileCalendar(Fragile):
    """A calendar at which a process can also end between two rows of one request."""

    async def write(self, owner: str, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Row by row."""
        told: list[Receipt] = []
        for write in writes:
            told += await self._life.at(f"{self._name}.write", lambda write=write: self._inner.write(owner, [write]))  # type: ignore[attr-defined, misc]
        return told


class Clock:
    """Stands until somebody waits; waiting takes no time."""

    def __init__(self) -> None:
        self.moment = TODAY

    def now(self) -> datetime:
        """The moment, aware and in UTC."""
        return self.moment

    async def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.moment += timedelta(seconds=seconds)


class World:
    """Both calendars of Ann, the records, and the time. A copy is a world of its own."""

    def __init__(self, *, marks: bool) -> None:
        self.clock = Clock()
        self.directory = MemoryDirectory()
        self.directory.add_account(Account(id=USER, username=ANN, name="Ann Smith", email=ANN))
        self.exchange = MemoryCalendar(Side.EXCHANGE, self.clock, self.directory)
        self.salesforce = MemoryCalendar(Side.SALESFORCE, self.clock, self.directory, marks=marks)
        self.directory.put(Record("003GUEST", RecordKind.CONTACT, GUEST, "Guest"))

    def calendars(self) -> list[tuple[MemoryCalendar, str]]:
        """Both calendars and what names their owner there."""
        return [(self.exchange, ANN), (self.salesforce, USER)]

    def _side(self, side: Side) -> tuple[MemoryCalendar, str]:
        return self.calendars()[side is Side.SALESFORCE]

    def make(self, side: Side, subject: str, *, day: int, guests: Sequence[str] = (), **more: Any) -> None:
        """Ann makes an item of an hour on a day of March 2027."""
        start = datetime(2027, 3, day, 9, tzinfo=UTC)
        item = Item(
            side=side, id="", subject=subject, times=Timed(start, start + HOUR), body=Body.of(f"About {subject}"),
            organizer=Participant(ANN) if side is Side.EXCHANGE else None, people=tuple(Participant(guest) for guest in guests),
        )  # fmt: skip
        calendar, owner = self._side(side)
        calendar.put(owner, replace(item, **more), by=USER)
        self.clock.moment += SOON

    def find(self, side: Side, subject: str) -> Item:
        """The one item with this subject."""
        calendar, owner = self._side(side)
        [found] = [item for item in calendar.items(owner).values() if item.subject == subject]
        return found

    def change(self, side: Side, subject: str, /, **new: Any) -> None:
        """Ann changes an item."""
        calendar, owner = self._side(side)
        calendar.put(owner, replace(self.find(side, subject), **new), by=USER)
        self.clock.moment += SOON

    def remove(self, side: Side, subject: str) -> None:
        """Ann deletes an item."""
        calendar, owner = self._side(side)
        calendar.remove(owner, self.find(side, subject).id, by=USER)
        self.clock.moment += SOON

    def written(self) -> int:
        """How many writes were carried out so far."""
        return sum((self.exchange.written + self.salesforce.written).values())

    def shown(self, side: Side) -> list[tuple[Any, ...]]:
        """What stands in a calendar, item for item, without what only tells how it came there."""
        calendar, owner = self._side(side)
        return sorted(
            (item.subject, item.times, item.place, item.show_as, item.body.text, item.private, item.cancelled, item.whos,
             item.what, tuple(sorted(one.address for one in item.people)), bool(item.mark))
            for item in calendar.items(owner).values()
        )  # fmt: skip

    def mails(self) -> list[tuple[str, int]]:
        """What Exchange mailed because of Twincal: for what kind of write, to how many."""
        return sorted((mail.operation.value, mail.people) for mail in self.exchange.mails)


class FragileConnections:
    """Both calendars as one process reaches them."""

    def __init__(self, world: World, store: Store, life: Life, capabilities: Capabilities) -> None:
        self._ports = Ports(
            exchange=cast(Calendar, FragileCalendar(world.exchange, "exchange", life)),
            salesforce=cast(Calendar, FragileCalendar(world.salesforce, "salesforce", life)),
            directory=cast(Directory, Fragile(world.directory, "directory", life)),
            ledger=cast(Ledger, Fragile(store.ledger, "ledger", life)),
            clock=world.clock,
            key=b"k" * 32,
            capabilities=capabilities,
        )

    async def ports(self) -> Ports:
        """Connected for good."""
        return self._ports

    def requests(self) -> Mapping[str, int]:
        """Nobody counts them here."""
        return {}


class Bench:
    """A world and a home; both can be kept and taken back to."""

    def __init__(self, *, marks: bool = True) -> None:
        self.world = World(marks=marks)
        self._capabilities = Capabilities(key_field=marks, stamp_field=marks, integration_user=APP)
        self._database = Database.in_memory()
        self._sealer = Sealer(lambda: [b"s" * 32])
        self.named = ""
        """The run or the held plan that a person means."""

    def process(self, life: Life | None = None) -> Service:
        """Twincal as a process that has just started on this home."""
        life = life or Life()
        store = Store(self._database, self._sealer)
        connections = FragileConnections(self.world, store, life, self._capabilities)
        books = cast(Books, Fragile(StoreBooks(store, self.world.clock), "books", life))
        return Service(books, cast(Connections, connections), self.world.clock)

    async def open(self, **settings: str) -> None:
        """Ann is added, and everything is synced."""
        service = self.process()
        await service.add_person(ANN, ANN)
        for key, value in {"mode": "sync_all", **settings}.items():
            await service.set_setting(key.replace("__", "."), value)

    async def sync(self, *, full: bool = False) -> Report:
        """A cycle of a new process, a few minutes later."""
        self.world.clock.moment += PAUSE
        return await self.process().sync(full=full)

    async def open_intents(self) -> int:
        """How many writes have no known end."""
        store = Store(self._database, self._sealer)
        return sum([len(await store.ledger.open_intents(one.id)) for one in await self.process().people()])

    async def swallow(self) -> None:
        """What both sides have to report is lost: the places up to which they were read move on without it."""
        ports = await FragileConnections(self.world, Store(self._database, self._sealer), Life(), self._capabilities).ports()
        [person] = await self.process().people()
        for stream in (f"exchange:{person.id}", "salesforce"):
            cursor = (await ports.ledger.cursor(stream) or "").partition("/")
            calendar = self.world.exchange if stream != "salesforce" else self.world.salesforce
            sight = await calendar.look([], None, window_on(self.world.clock.moment.date(), 1, 1))
            assert cursor[0] != sight.cursor.partition("/")[0], "there is something to swallow"
            await ports.ledger.record([], stream, sight.cursor)

    def story(self, story: Callable[..., Any], *given: Any) -> None:
        """One transaction on the database."""
        self._database.run(story, *given)

    @property
    def _driver(self) -> sqlite3.Connection:
        with self._database._engine.connect() as connection:
            return cast(sqlite3.Connection, connection.connection.driver_connection)

    def copy(self) -> bytes:
        """The database as a backup holds it."""
        return self._driver.serialize()

    def put_back(self, copied: bytes) -> None:
        """The database as it was."""
        self._driver.deserialize(copied)

    def kept(self) -> tuple[World, bytes]:
        """Everything as it is now."""
        return copy.deepcopy(self.world), self.copy()

    def back_to(self, kept: tuple[World, bytes]) -> None:
        """Everything as it was then."""
        self.world = copy.deepcopy(kept[0])
        self.put_back(kept[1])

    def digest(self) -> int:
        """A number for everything that a process which starts now could learn."""
        world = self.world
        calendars = [(side.items(owner), side.deleted(owner), side.written, side.mails) for side, owner in world.calendars()]
        return hash((self.copy(), world.clock.moment, repr(calendars), world.directory.position))

    def close(self) -> None:
        """The end of the home."""
        self._database.close()
