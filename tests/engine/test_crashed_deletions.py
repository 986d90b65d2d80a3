"""A deletion that was carried out just before the process ended has its row in the history, as if nothing had happened."""

from collections.abc import Iterator

import pytest

from tests.engine.mortality import ANN, PAUSE, Bench, Fate, Killed, Life
from twincal.core.vocabulary import Side
from twincal.engine.history import Row

SIDES = pytest.mark.parametrize("deleted", [*Side], ids=lambda side: f"deleted in {side.value}")


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


async def company(bench: Bench) -> None:
    """Two items in step."""
    await bench.open()
    for number in range(2):
        bench.world.make(Side.EXCHANGE, f"Item {number}", day=4 + number)
    await bench.sync()
    await bench.sync()


async def rows(bench: Bench) -> dict[str, Row]:
    """The history by subject."""
    return {row.subject: row for row in await bench.process().history(ANN)}


async def killed(bench: Bench, point: str, fate: Fate) -> None:
    """A cycle whose process ends at the first call of this name."""
    bench.world.clock.moment += PAUSE
    with pytest.raises(Killed):
        await bench.process(Life(point, fate)).sync()


@SIDES
@pytest.mark.parametrize(("place", "fate"), [("write", Fate.CARRIED_OUT), ("write", Fate.LOST), ("finish", Fate.LOST)])
async def test_its_row_is_what_it_would_have_been(bench: Bench, deleted: Side, place: str, fate: Fate) -> None:
    await company(bench)
    bench.world.remove(deleted, "Item 0")
    kept = bench.kept()
    await bench.sync()
    wanted = (await rows(bench))["Item 0"]
    assert wanted.code == ("F21" if deleted is Side.EXCHANGE else "F31")

    bench.back_to(kept)
    point = "ledger.finish" if place == "finish" else f"{deleted.other.value}.write"
    await killed(bench, point, fate)
    for _ in range(3):
        await bench.sync()
    assert not await bench.open_intents()
    found = (await rows(bench))["Item 0"]
    assert told(found) == told(wanted)
    await bench.sync(full=True)
    assert told((await rows(bench))["Item 0"]) == told(wanted)


def told(row: Row) -> tuple[object, ...]:
    """What people read in a row, without when it was tried."""
    return (row.tab, row.code, row.trail, row.reason, row.verdict, row.start, row.end, row.origin, row.participants, row.organizer,
            row.exchange_id, row.salesforce_id)  # fmt: skip


async def test_its_row_is_erased_when_the_item_turned_private_meanwhile(bench: Bench) -> None:
    await company(bench)
    item = bench.world.find(Side.SALESFORCE, "Item 0")
    bench.world.remove(Side.EXCHANGE, "Item 0")
    await killed(bench, "salesforce.write", Fate.LOST)
    bench.world.change(Side.SALESFORCE, "Item 0", private=True)
    for _ in range(3):
        await bench.sync()
    assert "Item 0" not in await rows(bench) and item.subject.encode() not in bench.copy()
