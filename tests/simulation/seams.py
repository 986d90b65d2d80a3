"""The ports with weather in front of them: every call may be preceded and followed by anything else, struck, or cut off."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from msgspec.structs import replace

from tests.simulation.scheduler import Flow, pause
from tests.simulation.weather import Weather
from twincal.core.decision import Plan
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.item import Item
from twincal.core.scene import Scene, Settled
from twincal.core.trees import Record, Window
from twincal.core.vocabulary import Operation, Outcome, Side
from twincal.core.writes import Absent, Receipt, Write
from twincal.errors import HomeUnusable
from twincal.ports import Account, Calendar, Directory, Intent, Ledger, Look, Sight, Sighting

Later = Callable[[Flow, timedelta], None]
"""Lets a coroutine run after a while."""


class StormyCalendar:
    """A calendar behind bad lines. `later` runs what arrives after its sender has given up."""

    def __init__(self, inner: Calendar, weather: Weather, later: Later, seed: int) -> None:
        self.side = inner.side
        self.shared = inner.shared
        self._inner = inner
        self._weather = weather
        self._later = later
        self._draw = Random(seed)
        self._withheld: dict[str, list[Item]] = {}

    async def look(self, owners: Sequence[str], cursor: str | None, window: Window) -> Sight:
        """As the port; changes may be shown late, and ids claimed to be gone that are not."""
        await self._call("look")
        if cursor is not None and self._strikes("F7 cursor expired"):
            raise VendorFault(self.side, FaultCode.CURSOR_EXPIRED)
        sight = await self._inner.look(owners, cursor, window)
        await pause(f"{self.side.value}.looked")
        late = [owner for owner in owners if owner in self._withheld and owner not in sight.looks]
        looks = {**sight.looks, **{owner: Look(window=window) for owner in late}}
        return replace(sight, looks={owner: self._as_shown(owner, look) for owner, look in looks.items()})

    def _as_shown(self, owner: str, look: Look) -> Look:
        late = self._withheld.pop(owner, [])
        items = [*look.items]
        known = {item.id for item in items} | set(look.gone)
        items += [item for item in late if item.id not in known]
        if not look.full and items and self._strikes("F11 change shown late"):
            self._withheld[owner] = [items.pop(self._draw.randrange(len(items)))]
        if items and self._strikes("F9 shown twice"):
            items.append(items[0])
        gone = look.gone
        if items and self._strikes("F21 claimed to be gone"):
            gone = (*gone, *(item.id for item in items))
        return replace(look, items=tuple(items), gone=gone)

    async def read(self, owner: str, ids: Sequence[str]) -> Mapping[str, Item | Absent]:
        """As the port; an item may be out of sight for the moment."""
        await self._call("read")
        found = dict(await self._inner.read(owner, ids))
        await pause(f"{self.side.value}.was_read")
        for ident in ids:
            if isinstance(found[ident], Item) and self._strikes("F18 out of sight"):
                found[ident] = Absent(ident, deleted=False)
        return found

    async def find(self, owner: str, marks: Sequence[str]) -> Mapping[str, tuple[Item | Absent, ...]]:
        """As the port."""
        await self._call("find")
        return await self._inner.find(owner, marks)

    async def find_alike(self, owner: str, write: Write, since: datetime) -> tuple[Item, ...]:
        """As the port."""
        await self._call("find_alike")
        return await self._inner.find_alike(owner, write, since)

    async def write(self, owner: str, writes: Sequence[Write]) -> Sequence[Receipt]:
        """As the port, row by row: between two rows anything may happen, and the connection may break."""
        await self._call("write")
        receipts = []
        for write in writes:
            receipts.append(await self._row(owner, write))
            await pause(f"{self.side.value}.wrote_{write.operation.value}")
            if len(receipts) < len(writes) and self._strikes("F12 cut within a batch"):
                raise VendorFault(self.side, FaultCode.NO_REPLY)
        return receipts

    async def _row(self, owner: str, write: Write) -> Receipt:
        for kind, code in REFUSALS:
            if self._strikes(kind):
                return Receipt(intent=write.intent, outcome=Outcome.NOT_APPLIED, fault=code)
        if self._strikes("F3 request lost"):
            return _no_reply(write)
        if self._strikes("F4 carried out late"):
            self._later(self._arrive(owner, write), timedelta(seconds=self._draw.uniform(1, 50)))
            return _no_reply(write)
        [receipt] = await self._inner.write(owner, [write])
        return _no_reply(write) if self._strikes("F2 reply lost") else receipt

    async def _arrive(self, owner: str, write: Write) -> None:
        await self._inner.write(owner, [write])

    async def _call(self, method: str) -> None:
        point = f"{self.side.value}.{method}"
        await pause(point)
        fault = self._weather.whole_call(self.side)
        if fault is not None:
            raise fault

    def _strikes(self, kind: str) -> bool:
        return self._weather.strikes(kind, self.side)


REFUSALS = (
    ("F13 refused version", FaultCode.CHANGED_MEANWHILE),
    ("F14 record locked", FaultCode.LOCKED),
)


def _no_reply(write: Write) -> Receipt:
    """What is known when nothing came back: a create may be there, anything else is judged anew."""
    unknown = write.operation is Operation.CREATE
    return Receipt(
        intent=write.intent, outcome=Outcome.UNKNOWN if unknown else Outcome.NOT_APPLIED, fault=FaultCode.NO_REPLY
    )  # fmt: skip


class StormyDirectory:
    """The directory behind the same lines."""

    def __init__(self, inner: Directory, weather: Weather) -> None:
        self._inner = inner
        self._weather = weather

    async def match(self, addresses: Collection[str]) -> Mapping[str, tuple[Record, ...]]:
        """As the port."""
        await pause("directory.match")
        fault = self._weather.whole_call(Side.SALESFORCE)
        if fault is not None:
            raise fault
        return await self._inner.match(addresses)

    async def user(self, username: str) -> Account | None:
        """As the port."""
        return await self._inner.user(username)


class StormyLedger:
    """The ledger on a machine that may stop between any two transactions, and whose disk may fill up."""

    def __init__(self, inner: Ledger, weather: Weather) -> None:
        self._inner = inner
        self._weather = weather

    async def _before(self, point: str, *, writes: bool = True) -> None:
        await pause(f"ledger.{point}")
        if writes and self._weather.disk_fails():
            raise HomeUnusable("The home cannot be written.", "Free some space.")

    def _after(self) -> None:
        if self._weather.strikes("F27 commit without an answer"):
            raise HomeUnusable("The home cannot be written.", "Try again.")

    async def cursor(self, stream: str) -> str | None:
        """As the port."""
        return await self._inner.cursor(stream)

    async def record(self, sightings: Sequence[Sighting], stream: str, cursor: str) -> None:
        """As the port."""
        await self._before("record")
        await self._inner.record(sightings, stream, cursor)
        self._after()
        await pause("ledger.recorded")

    async def linked_ids(self, person: str, side: Side, ids: Collection[str]) -> frozenset[str]:
        """As the port."""
        return await self._inner.linked_ids(person, side, ids)

    async def known_ids(self, person: str, side: Side, *, series: str = "", window: Window | None = None) -> frozenset[str]:
        """As the port."""
        return await self._inner.known_ids(person, side, series=series, window=window)

    async def scene(self, person: str, now: datetime, *, everything: bool, addresses: Collection[str] = ()) -> Scene:
        """As the port."""
        await self._before("scene", writes=False)
        return await self._inner.scene(person, now, everything=everything, addresses=addresses)

    async def begin(self, plan: Plan) -> str:
        """As the port."""
        await self._before("begin")
        run = await self._inner.begin(plan)
        self._after()
        await pause("ledger.begun")
        return run

    async def finish(self, run: str, settled: Sequence[Settled], now: datetime) -> None:
        """As the port."""
        await self._before("finish")
        await self._inner.finish(run, settled, now)
        self._after()
        await pause("ledger.finished")

    async def open_intents(self, person: str) -> Sequence[Intent]:
        """As the port."""
        await self._before("open_intents", writes=False)
        return await self._inner.open_intents(person)

    async def resolve_intent(self, person: str, intent: str, settled: Settled | None, now: datetime) -> None:
        """As the port."""
        await self._before("resolve_intent")
        await self._inner.resolve_intent(person, intent, settled, now)
        self._after()
        await pause("ledger.resolved")
