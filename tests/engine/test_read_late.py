"""What is read between plan and write, and what comes back from the bin, on calendars in memory."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from twincal.connectors.memory import APP, MemoryCalendar, MemoryDirectory
from twincal.core.decision import Verdict
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.item import Body, Item, Participant, Timed
from twincal.core.matching import Owner
from twincal.core.policy import Explicit, resolve
from twincal.core.vocabulary import Level, Side
from twincal.core.writes import Absent, Receipt, Write
from twincal.engine.cycle import Cycle, run_cycle
from twincal.engine.observe import observe_exchange, observe_salesforce
from twincal.engine.person import Person, Ports
from twincal.errors import HomeUnusable
from twincal.ports import Capabilities
from twincal.store.accounts import Member
from twincal.store.store import Store

ANN, USER = "ann@northwind.example", "005ANN"
START = datetime(2027, 3, 4, 9, tzinfo=UTC)


class Clock:
    """Goes on only while somebody waits, and between cycles."""

    def __init__(self) -> None:
        self.moment = datetime(2027, 3, 1, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        """Time passes at once."""
        self.moment += timedelta(seconds=seconds)


class Fickle(MemoryCalendar):
    """Exchange; `instead` is what a read shows in the place of an item."""

    instead: Mapping[str, Item | Absent] | None = None

    async def read(self, owner: str, ids: Sequence[str]) -> Mapping[str, Item | Absent]:
        return {**await super().read(owner, ids), **(self.instead or {})}


class Deaf(MemoryCalendar):
    """Salesforce; while `lost` is set, whatever is written there is carried out and nobody hears of it; while `late` is, it is
    carried out just before the next request for a write arrives."""

    lost = late = False
    _waiting: Sequence[Write] = ()

    async def write(self, owner: str, writes: Sequence[Write]) -> Sequence[Receipt]:
        if self.late:
            self._waiting = writes
            raise VendorFault(self.side, FaultCode.NO_REPLY)
        if self._waiting:
            await super().write(owner, self._waiting)
            self._waiting = ()
        told = await super().write(owner, writes)
        if self.lost:
            raise VendorFault(self.side, FaultCode.NO_REPLY)
        return told


class Desk:
    """One person, both calendars, and a store."""

    def __init__(self) -> None:
        self.clock, directory = Clock(), MemoryDirectory()
        self.exchange = Fickle(Side.EXCHANGE, self.clock, directory)
        self.salesforce = Deaf(Side.SALESFORCE, self.clock, directory)
        self.store = Store.in_memory()
        self.ports = Ports(
            exchange=self.exchange,
            salesforce=self.salesforce,
            directory=directory,
            ledger=self.store.ledger,
            clock=self.clock,
            key=b"k" * 32,
            capabilities=Capabilities(key_field=True, stamp_field=True, integration_user=APP),
        )

    async def settle_in(self) -> None:
        """Ann is added, and everything is read once."""
        who = Member(id="", mailbox=ANN, salesforce_username=ANN, salesforce_user_id=USER, profile="Standard User")
        stored = await self.store.accounts.add(who)
        policy = resolve([Explicit("mode", Level.SUBSCRIPTION, "", "sync_all")])
        self.person = Person(id=stored.id, mailbox=ANN, owner=Owner((ANN,), USER), policy=policy, name="Ann")
        await self.cycle()

    async def cycle(self) -> Cycle:
        """One round, five minutes later."""
        self.clock.moment += timedelta(minutes=5)
        seen = await observe_salesforce([self.person], self.ports)
        return await run_cycle(self.person, self.ports, seen[self.person.id])

    def book(self, subject: str, body: str = "") -> Item:
        times = Timed(START, START + timedelta(hours=1))
        item = Item(side=Side.EXCHANGE, id="", times=times, subject=subject, body=Body.of(body), organizer=Participant(ANN))
        return self.exchange.put(ANN, item)

    @property
    def event(self) -> Item:
        """The one event in Salesforce."""
        (found,) = self.salesforce.items(USER).values()
        return found


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = Desk()
    await made.settle_in()
    yield made
    made.store.close()


async def test_an_event_is_not_made_without_the_body_that_could_not_be_read(desk: Desk) -> None:
    item = desk.book("Review", "Agenda")
    await observe_exchange(desk.person, desk.ports)  # and the process ends here: the body is not at hand any more
    desk.exchange.instead = {item.id: Absent(item.id, deleted=False)}
    assert (await desk.cycle()).failed == 1
    assert not desk.salesforce.items(USER)
    desk.exchange.instead = None
    await desk.cycle()
    assert desk.event.body.text == "Agenda"


async def test_the_body_of_an_item_that_has_become_private_since_goes_nowhere(desk: Desk) -> None:
    item = desk.book("Review", "Agenda")
    await observe_exchange(desk.person, desk.ports)
    desk.exchange.instead = {item.id: replace(item, private=True, body=Body.of("Nobody's business"))}
    await desk.cycle()
    assert not desk.salesforce.items(USER)


async def test_a_pair_from_the_bin_is_in_step_again_whatever_was_made_of_its_halves(desk: Desk) -> None:
    item = desk.book("Review")
    await desk.cycle()
    event = desk.event
    desk.exchange.remove(ANN, item.id)
    await desk.cycle()
    assert not desk.salesforce.items(USER)
    desk.exchange.restore(ANN, item.id)
    desk.exchange.put(ANN, replace(desk.exchange.items(ANN)[item.id], subject="Review of March"))
    desk.salesforce.restore(USER, event.id, by=USER)
    for _ in range(3):
        await desk.cycle()
    assert (desk.event.id, desk.event.subject) == (event.id, "Review of March")


async def test_an_event_from_the_bin_is_no_pair_with_a_meeting_that_is_cancelled(desk: Desk) -> None:
    item = desk.book("Review")
    await desk.cycle()
    event = desk.event
    desk.exchange.put(ANN, replace(item, cancelled=True))
    await desk.cycle()
    assert not desk.salesforce.items(USER)
    desk.salesforce.restore(USER, event.id, by=USER)
    for _ in range(3):
        await desk.cycle()
    assert desk.event.id == event.id
    (row,) = [one for one in (await desk.store.history.rows(desk.person.id)) if one.salesforce_id == event.id]
    assert row.exchange_id != item.id


async def test_a_poll_that_does_not_show_our_update_yet_makes_no_edit_of_what_stood_there_before(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends before it has noted what became of an update, and the next poll does not show that update."""

    async def ended(*given: object) -> None:
        raise HomeUnusable("The disk is full.", "Make room.")

    item = desk.book("Review")
    await desk.cycle()
    desk.exchange.put(ANN, replace(desk.exchange.items(ANN)[item.id], subject="Review of March"))
    with monkeypatch.context() as broken, pytest.raises(HomeUnusable):
        broken.setattr(type(desk.store.ledger), "finish", ended)
        await desk.cycle()
    assert desk.event.subject == "Review of March"
    desk.salesforce._log.clear()
    for _ in range(2):
        await desk.cycle()
    assert desk.event.subject == desk.exchange.items(ANN)[item.id].subject == "Review of March"


async def test_an_edit_in_the_moment_of_a_chosen_deletion_beats_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    item = desk.book("Review")
    await desk.cycle()
    desk.salesforce.remove(USER, desk.event.id, by="005COLLEAGUE")
    await desk.cycle()
    (row,) = await desk.store.history.rows(desk.person.id)
    assert row.decision.verdict is Verdict.HOLD
    await desk.store.wishes.choose(desk.person.id, row.key, Side.SALESFORCE)
    write = desk.exchange.write

    async def meanwhile(owner: str, writes: Sequence[Write]) -> Sequence[Receipt]:
        desk.exchange.put(ANN, replace(desk.exchange.items(ANN)[item.id], body=Body.of("Agenda")))
        return await write(owner, writes)

    with monkeypatch.context() as patched:
        patched.setattr(desk.exchange, "write", meanwhile)
        await desk.cycle()
    for _ in range(3):
        await desk.cycle()
    assert desk.exchange.items(ANN)[item.id].body.text == desk.event.body.text == "Agenda"


async def test_an_edit_between_our_write_and_its_reading_is_the_persons_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    item = desk.book("Review")
    await desk.cycle()
    desk.exchange.put(ANN, replace(desk.exchange.items(ANN)[item.id], subject="Review of March"))
    write = desk.salesforce.write

    async def then_edited(owner: str, writes: Sequence[Write]) -> Sequence[Receipt]:
        told = await write(owner, writes)
        edited = desk.salesforce.put(USER, replace(desk.event, subject="Review of April"), by=USER)
        return [replace(receipt, item=edited) for receipt in told]

    with monkeypatch.context() as patched:
        patched.setattr(desk.salesforce, "write", then_edited)
        await desk.cycle()
    for _ in range(2):
        await desk.cycle()
    assert desk.exchange.items(ANN)[item.id].subject == desk.event.subject == "Review of April"


async def test_an_event_that_arrives_late_gets_what_its_item_says_by_then(desk: Desk) -> None:
    """The request for it was taken for lost, and the item was edited before it was asked for again."""
    item = desk.book("Review")
    desk.salesforce.late = True
    await desk.cycle()
    assert not desk.salesforce.items(USER)
    desk.exchange.put(ANN, replace(desk.exchange.items(ANN)[item.id], place="Room 2"))
    desk.salesforce.late = False
    for _ in range(3):
        await desk.cycle()
    assert (desk.event.place, desk.exchange.items(ANN)[item.id].place) == ("Room 2", "Room 2")


async def test_what_is_deleted_while_its_creation_is_still_open_is_deleted_on_the_other_side_too(desk: Desk) -> None:
    item = desk.book("Review")
    desk.salesforce.lost = True
    await desk.cycle()
    assert desk.event.subject == "Review"
    desk.exchange.remove(ANN, item.id)
    desk.salesforce.lost = False
    await desk.cycle()
    await desk.cycle()
    assert not desk.salesforce.items(USER)
