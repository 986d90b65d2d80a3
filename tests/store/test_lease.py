"""One process writes in a home; who stood still too long finds out before it does harm."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from twincal.connectors.transport import WhileLeased
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side
from twincal.errors import HomeUnusable, TakenOver
from twincal.ports import Reply
from twincal.store import lease as leases
from twincal.store.database import Database
from twincal.store.store import Store


class Machine:
    """A clock that the test moves, in the place of the machine's."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Time goes on when the test says so."""
    machine = Machine()

    def take(connection: object, folder: object, *, alone: bool, clock: object, length: float) -> object:
        return leases.take(connection, folder, alone=alone, clock=machine, length=length)  # type: ignore[arg-type]

    monkeypatch.setattr("twincal.store.database.take", take)
    return machine


def writes(database: Database) -> bool:
    """Can it still write?"""
    return bool(database.run(lambda connection: connection.info is not None))


def test_while_a_process_lives_no_other_takes_over(home: Path, machine: Machine) -> None:
    first = Database.open(home)
    for _ in range(10):
        machine.seconds += 50
        first.renew()
        with pytest.raises(HomeUnusable, match="in use by another"):
            Database.open(home)
    assert writes(first)
    first.close()
    Database.open(home).close()


def test_who_stood_still_is_taken_over_and_writes_nothing_more(home: Path, machine: Machine) -> None:
    stopped = Database.open(home)
    machine.seconds += 61
    second = Database.open(home)
    assert writes(second)
    for attempt in (stopped.renew, lambda: writes(stopped)):
        with pytest.raises(TakenOver, match="has taken over") as told:
            attempt()
        assert "let the other one go on" in told.value.remedy
    stopped.close()
    machine.seconds += 30
    with pytest.raises(HomeUnusable, match="in use by another"):
        Database.open(home)
    second.renew()
    machine.seconds += 59
    with pytest.raises(HomeUnusable, match="in use by another"):
        Database.open(home)
    second.close()
    third = Database.open(home)
    assert writes(third)
    third.close()


def test_a_transaction_renews_what_ends_soon(home: Path, machine: Machine) -> None:
    first = Database.open(home)
    for _ in range(4):
        machine.seconds += 45
        assert writes(first)
    with pytest.raises(HomeUnusable, match="in use by another"):
        Database.open(home)
    first.close()


def test_who_wakes_up_before_anybody_took_over_goes_on(home: Path, machine: Machine) -> None:
    asleep = Database.open(home)
    machine.seconds += 3_600
    assert asleep.lease is not None and not asleep.lease.may_send
    asleep.renew()
    assert asleep.lease.may_send and writes(asleep)
    asleep.close()


def test_a_shorter_lease_is_taken_over_sooner(home: Path, machine: Machine) -> None:
    first = Database.open(home, lease_seconds=12)
    assert first.lease is not None
    machine.seconds += 9.9
    assert first.lease.may_send
    machine.seconds += 0.2
    assert not first.lease.may_send
    with pytest.raises(HomeUnusable, match="in use by another"):
        Database.open(home)
    machine.seconds += 2
    second = Database.open(home)
    with pytest.raises(TakenOver):
        writes(first)
    second.close()


def test_the_lock_of_who_was_killed_is_free_at_once(home: Path, machine: Machine) -> None:
    killed = Database.open(home)
    assert killed.home is not None
    killed.home.unlock()
    second = Database.open(home)
    with pytest.raises(TakenOver):
        writes(killed)
    second.close()


def test_nobody_takes_over_from_who_was_stopped_in_a_transaction(
    home: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = Database.open(home)
    monkeypatch.setattr("twincal.store.database.BUSY_MILLISECONDS", 10)

    def stands_still(_: Connection) -> None:
        machine.seconds += 61
        with pytest.raises(HomeUnusable, match="in use by another process") as told:
            Database.open(home)
        assert "stands still has to go on or be ended first" in told.value.remedy

    stopped.run(stands_still)
    assert writes(stopped)
    stopped.close()


async def test_a_request_renews_a_lease_that_is_about_to_end(home: Path, machine: Machine) -> None:
    store, sent = Store.open(home), list[str]()
    transport = WhileLeased(Recording(sent.append), Side.EXCHANGE, store.database.may_send)
    for url in ("http://x", "http://y"):
        await transport.send("GET", url, headers={})
        machine.seconds += 51
    with pytest.raises(HomeUnusable, match="in use by another"):
        Database.open(home)
    assert sent == ["http://x", "http://y"]
    await transport.aclose()
    store.close()


async def test_who_was_taken_over_sends_nothing_and_is_told_at_once(home: Path, machine: Machine) -> None:
    asleep, sent = Store.open(home), list[str]()
    transport = WhileLeased(Recording(sent.append), Side.EXCHANGE, asleep.database.may_send)
    machine.seconds += 61
    second = Database.open(home)
    with pytest.raises(TakenOver, match="has taken over"):  # and no fault of a vendor's, which would be tried again for minutes
        await transport.send("POST", "http://x", headers={})
    assert sent == []
    second.close()
    asleep.close()


async def test_nothing_is_sent_where_the_lease_cannot_be_renewed() -> None:
    sent: list[str] = []
    transport = WhileLeased(Recording(sent.append), Side.EXCHANGE, lambda: False)
    with pytest.raises(VendorFault) as refused:
        await transport.send("POST", "http://x", headers={})
    assert refused.value.code is FaultCode.UNAVAILABLE and sent == []


class Recording:
    """A transport that notes where it was sent."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note

    async def send(self, method: str, url: str, *, headers: object, body: bytes = b"") -> Reply:
        """Note it."""
        self._note(url)
        await asyncio.sleep(0)
        return Reply(status=200, headers={}, body=b"")

    async def aclose(self) -> None:
        """Nothing to close."""
