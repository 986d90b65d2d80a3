"""A step that writes on both sides, of which one write is refused: what came out is kept, what did not is tried again."""

from collections.abc import Iterator, Sequence

import pytest
from msgspec.structs import replace

from tests.engine.mortality import ANN, USER, Bench
from twincal.core.faults import FaultCode
from twincal.core.vocabulary import Outcome, Side
from twincal.core.writes import Receipt, Write


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


async def locked(owner: str, writes: Sequence[Write]) -> Sequence[Receipt]:
    """As a calendar answers in which every item is locked for the moment."""
    return [Receipt(intent=write.intent, outcome=Outcome.NOT_APPLIED, fault=FaultCode.LOCKED) for write in writes]


@pytest.mark.parametrize("refuses", list(Side), ids=lambda side: side.value)
async def test_both_edits_arrive_in_the_end(bench: Bench, monkeypatch: pytest.MonkeyPatch, refuses: Side) -> None:
    await bench.open()
    bench.world.make(Side.EXCHANGE, "Call", day=9)
    await bench.sync()
    bench.world.change(Side.EXCHANGE, "Call", place="York")
    bench.world.change(Side.SALESFORCE, "Call", subject="Call Bo")
    with monkeypatch.context() as patch:
        patch.setattr(bench.world.calendars()[refuses is Side.SALESFORCE][0], "write", locked)
        await bench.sync()
    [row] = await bench.process().history(ANN)
    assert (row.tab, row.code) == ("unresolved", FaultCode.LOCKED.value)
    await bench.sync()
    for calendar, owner in ((bench.world.exchange, ANN), (bench.world.salesforce, USER)):
        [item] = calendar.items(owner).values()
        assert (item.subject, item.place) == ("Call Bo", "York")


async def test_an_edit_of_what_was_never_seen_before_arrives_in_the_end(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was created could not be read back, so it is not known what it said when both sides agreed."""
    await bench.open()
    bench.world.make(Side.EXCHANGE, "Call", day=9)
    write = bench.world.salesforce.write

    async def out_of_sight(owner: str, writes: Sequence[Write]) -> Sequence[Receipt]:
        return [replace(receipt, item=None) for receipt in await write(owner, writes)]

    with monkeypatch.context() as patch:
        patch.setattr(bench.world.salesforce, "write", out_of_sight)
        await bench.sync()
    bench.world.change(Side.EXCHANGE, "Call", place="York")
    bench.world.change(Side.SALESFORCE, "Call", subject="Call Bo")
    with monkeypatch.context() as patch:
        patch.setattr(bench.world.exchange, "write", locked)
        await bench.sync()
    await bench.sync()
    for calendar, owner in ((bench.world.exchange, ANN), (bench.world.salesforce, USER)):
        [item] = calendar.items(owner).values()
        assert item.subject == "Call Bo"
