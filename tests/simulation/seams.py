"""The ports with weather in front of them: every call may be preceded and followed by anything else, struck, or cut off."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from msgspec.structs import replace

from tests.simulation.figures import Figures
from tests.simulation.scheduler import Flow, pause
from tests.simulation.weather import Weather
from twincal.connectors.memory import MemoryCalendar
from twincal.core.decision import Plan
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.item import Item
from twincal.core.scene import Scene, Settled
from twincal.core.trees import Record, Window
from twincal.core.vocabulary import Operation, Outcome, Side
from twincal.core.writes import Absent, Receipt, Write
from twincal.errors import HomeUnusable, TakenOver
from twincal.ports import Account, Directory, Intent, Ledger, Look, Sight, Sighting

Later = Callable[[Flow, timedelta], None]
"""Lets a coroutine run after a while."""
MaySend = Callable[[], bool]


class Line:
    """The bad line to one calendar: what outlives the processes that use it. `later` runs what arrives after its sender has
    given up."""

    def __init__(self, calendar: MemoryCalendar, weather: Weather, later: Later, figures: Figures, seed: int) -> None:
        self.calendar = calendar
        self.weather = weather
        self.later = later
        self.figures = figures
        self.draw = Random(seed)
        self.withheld: dict[str, list[Item]] = {}
        self.late: dict[str, tuple[str, list[Item]]] = {}
        """What was shown late, after which cursor: who asks again from there on is shown it again."""
        self.expired: dict[str, str] = {}
        """By owner, the cursor that no longer serves."""

    def strikes(self, kind: str) -> bool:
        """Is this opportunity taken?"""
        return self.weather.strikes(kind, self.calendar.side)


class StormyCalendar:
    """A calendar behind bad lines, as one process sees it. Nothing is sent once `may_send` says no."""

    def __init__(self, line: Line, may_send: MaySend) -> None:
        self.side = line.calendar.side
        self.shared = line.calendar.shared
        self._line = line
        self._inner = line.calendar
        self._may_send = may_send
        self._strikes = line.strikes
        self._points = {name: f"{self.side.value}.{name}" for name in POINTS}

    async def look(self, owners: Sequence[str], cursor: str | None, window: Window) -> Sight:
        """As the port; changes may be shown late or never, and ids claimed to be gone that are not."""
        await self._call("look")
        self._expires(owners, cursor)
        sight = await self._inner.look(owners, cursor, window)
        await pause(self._points["looked"])
        withheld = self._withheld(owners, cursor or "")
        if not sight.looks and not withheld:
            return sight
        looks = {**{owner: Look(window=window) for owner in withheld}, **sight.looks}
        return replace(sight, looks={owner: self._as_shown(owner, look, withheld.get(owner, ())) for owner, look in looks.items()})

    def _expires(self, owners: Sequence[str], cursor: str | None) -> None:
        """A cursor that has expired serves nobody who tries it again; reading everything anew begins from another."""
        expired = self._line.expired
        if cursor is None:
            for owner in owners:
                expired.pop(owner, None)
        elif self._strikes("F7 cursor expired"):
            expired |= dict.fromkeys(owners, cursor)
        if cursor is not None and cursor in (expired.get(owner) for owner in owners):
            raise VendorFault(self.side, FaultCode.CURSOR_EXPIRED)

    def _withheld(self, owners: Sequence[str], cursor: str) -> dict[str, list[Item]]:
        """What is shown late now, or was in a look from the same place on that came to nothing."""
        line, found = self._line, {}
        for owner in owners:
            place, items = line.late.pop(owner, ("", []))
            items = (items if place == cursor else []) + line.withheld.pop(owner, [])
            if items:
                line.late[owner] = cursor, items
                found[owner] = items
        return found

    def _as_shown(self, owner: str, look: Look, late: Sequence[Item]) -> Look:
        items = [*look.items]
        known = {item.id for item in items} | set(look.gone)
        here = self._inner.items(owner)  # what is shown late is shown as it is by then
        items += [here[item.id] for item in late if item.id not in known and item.id in here]
        single = [] if look.full else [item for item in items if not item.series]  # instances are read by the series
        if single and self._strikes("F11 change shown late"):
            self._line.withheld[owner] = [single.pop(self._line.draw.randrange(len(single)))]
            items.remove(self._line.withheld[owner][0])
        if single and self._line.weather.hides(self.side):
            items.remove(self._line.draw.choice(single))
        if items and self._strikes("F9 shown twice"):
            items.append(items[0])
        gone = look.gone
        if self._strikes("F9 out of order"):
            items, gone = items[::-1], gone[::-1]
        if items and self._strikes("F21 claimed to be gone"):
            gone = (*gone, *(item.id for item in items))
        return replace(look, items=tuple(items), gone=gone)

    async def read(self, owner: str, ids: Sequence[str]) -> Mapping[str, Item | Absent]:
        """As the port; an item may be out of sight for the moment."""
        await self._call("read")
        found = dict(await self._inner.read(owner, ids))
        await pause(self._points["was_read"])
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
            await pause(self._points[write.operation.value])
            if len(receipts) < len(writes) and self._strikes("F12 cut within a batch"):
                raise VendorFault(self.side, FaultCode.NO_REPLY)
        return receipts

    async def _row(self, owner: str, write: Write) -> Receipt:
        self._permitted()
        for kind, code in REFUSALS:
            if self._strikes(kind):
                return Receipt(intent=write.intent, outcome=Outcome.NOT_APPLIED, fault=code)
        if self._strikes("F3 request lost"):
            return _no_reply(write)
        if self._strikes("F4 carried out late"):
            self._line.later(self._arrive(owner, write), timedelta(seconds=self._line.draw.uniform(1, 50)))
            return _no_reply(write)
        [receipt] = await self._inner.write(owner, [write])
        if receipt.fault is not None:
            self._line.figures.reach(f"{write.operation.value} answered: {receipt.fault.value}")
        return _no_reply(write) if self._strikes("F2 reply lost") else receipt

    async def _arrive(self, owner: str, write: Write) -> None:
        [receipt] = await self._inner.write(owner, [write])
        self._line.figures.reach(f"late {write.operation.value}: {receipt.fault.value if receipt.fault else 'done'}")

    async def _call(self, method: str) -> None:
        await pause(self._points[method])
        self._permitted()
        fault = self._line.weather.whole_call(self.side)
        if fault is not None:
            raise fault

    def _permitted(self) -> None:
        """As the transport of a process that may no longer write in its home."""
        try:
            allowed = self._may_send()
        except TakenOver:
            self._line.figures.reach("refused to send after its time")
            raise
        if not allowed:
            raise VendorFault(self.side, FaultCode.UNAVAILABLE, "the time for sending is over")


POINTS = ("look", "looked", "read", "was_read", "find", "find_alike", "write", "create", "update", "delete")
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

    async def users(self, search: str) -> Sequence[Account]:
        """As the port."""
        return await self._inner.users(search)


class Witness(Protocol):
    """Is told what a ledger has written down."""

    def begun(self, plan: Plan) -> None:
        """Before anything is sent."""
        ...

    def finished(self, settled: Sequence[Settled]) -> None:
        """When it is known what became of it."""
        ...

    def resolved(self, operation: Operation, side: Side, settled: Settled | None) -> None:
        """An intent found open was closed."""
        ...


class StormyLedger:
    """The ledger on a machine that may stop between any two transactions, and whose disk may fill up. `witness` is told what
    was written down."""

    def __init__(self, inner: Ledger, weather: Weather, witness: Witness) -> None:
        self._inner = inner
        self._weather = weather
        self._witness = witness
        self._open: dict[str, Intent] = {}

    async def _before(self, point: str, *, writes: bool = True) -> None:
        await pause(f"ledger.{point}")
        if writes and self._weather.disk_fails():
            raise HomeUnusable("The home cannot be written.", "Free some space.")

    def _after(self) -> None:
        if self._weather.strikes("F27 commit without an answer"):
            raise HomeUnusable("The home cannot be written.", "Try again.")

    async def cursor(self, stream: str) -> str | None:
        """As the port."""
        await pause("ledger.cursor")
        return await self._inner.cursor(stream)

    async def record(self, sightings: Sequence[Sighting], stream: str, cursor: str) -> None:
        """As the port."""
        await self._before("record")
        await self._inner.record(sightings, stream, cursor)
        self._after()
        await pause("ledger.recorded")

    async def linked_ids(self, person: str, side: Side, ids: Collection[str]) -> frozenset[str]:
        """As the port."""
        await pause("ledger.linked_ids")
        return await self._inner.linked_ids(person, side, ids)

    async def known_ids(self, person: str, side: Side, *, series: str = "", window: Window | None = None) -> frozenset[str]:
        """As the port."""
        await pause("ledger.known_ids")
        return await self._inner.known_ids(person, side, series=series, window=window)

    async def scene(self, person: str, now: datetime, *, everything: bool, addresses: Collection[str] = ()) -> Scene:
        """As the port."""
        await self._before("scene", writes=False)
        return await self._inner.scene(person, now, everything=everything, addresses=addresses)

    async def begin(self, plan: Plan) -> str:
        """As the port."""
        await self._before("begin")
        run = await self._inner.begin(plan)
        self._witness.begun(plan)
        self._after()
        await pause("ledger.begun")
        return run

    async def finish(self, run: str, settled: Sequence[Settled], now: datetime) -> None:
        """As the port."""
        await self._before("finish")
        await self._inner.finish(run, settled, now)
        self._witness.finished(settled)
        self._after()
        await pause("ledger.finished")

    async def open_intents(self, person: str) -> Sequence[Intent]:
        """As the port."""
        await self._before("open_intents", writes=False)
        found = await self._inner.open_intents(person)
        self._open |= {one.id: one for one in found}
        return found

    async def resolve_intent(self, person: str, intent: str, settled: Settled | None, now: datetime) -> None:
        """As the port."""
        await self._before("resolve_intent")
        await self._inner.resolve_intent(person, intent, settled, now)
        if (one := self._open.pop(intent, None)) is not None:
            self._witness.resolved(one.write.operation, one.write.side, settled)
        self._after()
        await pause("ledger.resolved")
