"""A crash at any point of a cycle: a fresh process comes to rest, nothing twice, nothing lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.engine.stage import ANN, CARLA, MINUTE, Stage
from twincal.engine.service import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")
POINTS = {
    "before the cursor is stored": ("ledger", "record", "before"),
    "after the cursor was stored": ("ledger", "record", "after"),
    "before the intents are written": ("ledger", "begin", "before"),
    "after the intents were written": ("ledger", "begin", "after"),
    "before Salesforce is written": ("salesforce", "write", "before"),
    "after Salesforce was written": ("salesforce", "write", "after"),
    "before Exchange is written": ("exchange", "write", "before"),
    "after Exchange was written": ("exchange", "write", "after"),
    "before all is remembered": ("ledger", "finish", "before"),
    "after all was remembered": ("ledger", "finish", "after"),
}
EVERYWHERE = pytest.mark.parametrize("point", POINTS)


class Killed(BaseException):
    """The process ends here: nothing may catch this."""


@contextmanager
def killed(service: Service, point: str) -> Iterator[None]:
    """The process ends at this point, the first time it gets there."""
    port, method, when = POINTS[point]
    target = getattr(service._connections._ports, port)  # type: ignore[attr-defined]
    genuine = getattr(type(target), method)

    async def ending(self: Any, *given: Any, **more: Any) -> Any:
        if when == "after":
            await genuine(self, *given, **more)
        raise Killed

    setattr(type(target), method, ending)
    try:
        yield
    finally:
        setattr(type(target), method, genuine)


async def crash(stage: Stage, point: str) -> None:
    """One cycle that ends at this point."""
    await stage.pass_time()
    async with stage.twincal() as service:
        await service._connections.ports()
        with killed(service, point), pytest.raises(Killed):
            await service.sync()


@EVERYWHERE
@pytest.mark.parametrize("key_fields", [True, False], ids=["key fields", "reduced guarantee"])
async def test_a_first_sync_that_was_killed_is_taken_up(stage: Stage, point: str, key_fields: bool) -> None:
    await stage.open(key_fields=key_fields)
    await stage.record("Contact", "Carla", CARLA)
    await stage.meet("Review", CARLA)
    await stage.book("Dentist", hour=11)
    await stage.enter("Call", hour=13)
    await stage.enter("Visit", hour=15)
    await crash(stage, point)
    await stage.pass_time(MINUTE)
    await stage.rest()
    await stage.both("Review", "Dentist", "Call", "Visit")
    assert set((await stage.codes()).values()) <= {"F01", "F02", "F10"}
    assert await stage.mails() == []


@EVERYWHERE
async def test_edits_and_deletions_survive_a_crash(stage: Stage, point: str) -> None:
    for day, subject in enumerate(("Moved", "Renamed", "Dropped here", "Dropped there", "Torn"), start=2):
        await stage.book(subject, day=day)
    await stage.rest()
    await stage.change("Moved", location={"displayName": "York"})
    await stage.edit("Renamed", Subject="New name")
    await stage.act("exchange", ANN, "remove", subject="Dropped here")
    await stage.act("salesforce", ANN, "delete", id=(await stage.event("Dropped there"))["Id"])
    await stage.change("Torn", location={"displayName": "Bath"})
    await stage.edit("Torn", Subject="Torn apart")
    await crash(stage, point)
    await stage.pass_time(MINUTE)
    await stage.rest()
    await stage.both("Moved", "New name", "Torn apart")
    assert (await stage.event("Moved"))["Location"] == "York"
    assert (await stage.event("Torn apart"))["Location"] == "Bath"


@pytest.mark.parametrize("point", ["after Salesforce was written", "after Exchange was written"])
async def test_edits_between_the_crash_and_the_next_start_count(stage: Stage, point: str) -> None:
    await stage.book("Dentist")
    await stage.enter("Call", hour=13)
    await stage.rest()
    await stage.change("Dentist", location={"displayName": "York"})
    await stage.edit("Call", Location="Bath")
    await crash(stage, point)
    await stage.edit("Dentist", Subject="Dentist, at last")
    await stage.change("Call", subject="Call back")
    await stage.rest()
    await stage.both("Dentist, at last", "Call back")
    assert (await stage.event("Dentist, at last"))["Location"] == "York"
    assert (await stage.item("Call back"))["location"]["displayName"] == "Bath"


async def test_no_intent_stays_open_once_all_is_at_rest(stage: Stage) -> None:
    await stage.book("Dentist")
    await stage.enter("Call", hour=13)
    await crash(stage, "before all is remembered")
    async with stage.twincal() as service:
        ledger = (await service._connections.ports()).ledger
        member = (await service.people())[0]
        assert len(await ledger.open_intents(member.id)) == 2
    await stage.pass_time(MINUTE)
    await stage.rest()
    async with stage.twincal() as service:
        assert await (await service._connections.ports()).ledger.open_intents(member.id) == []


async def test_a_home_that_cannot_be_written_stops_before_anything_is_sent(stage: Stage) -> None:
    await stage.book("Dentist")
    await crash(stage, "before the intents are written")
    assert (await stage.subjects()) == (["Dentist"], [])
