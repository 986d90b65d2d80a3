"""A linked item that can no longer be read on one side is left alone on both, and goes on with its next edit that can be read."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.stage import Stage, changes
from twincal.connectors.graph import look, pages
from twincal.connectors.graph import reading as graph_reading
from twincal.connectors.salesforce import org

pytestmark = pytest.mark.asyncio(loop_scope="module")
READERS: dict[str, tuple[Any, ...]] = {"exchange": (pages, look, graph_reading), "salesforce": (org,)}


def odd(item_of: Callable[..., Any]) -> Callable[..., Any]:
    """The codec, to which this one row makes no sense."""

    def read(row: Any, *given: Any) -> Any:
        if row.subject == "Odd":
            raise ValueError("makes no sense")
        return item_of(row, *given)

    return read


@pytest.mark.parametrize("side", ["exchange", "salesforce"])
@pytest.mark.parametrize("full", [False, True])
async def test_a_row_that_makes_no_sense_deletes_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, side: str, full: bool
) -> None:
    for subject, day in (("Odd", 4), ("Even", 5)):
        await stage.book(subject, day=day)
    await stage.sync()
    await stage.both("Odd", "Even")
    with monkeypatch.context() as patched:
        for module in READERS[side]:
            patched.setattr(module, "item_of", odd(module.item_of))
        await relocate(stage, side, "elsewhere")
        for _ in range(2):
            report = await stage.sync(full=full)
            assert (changes(report), report.failed) == (0, 0)
        await stage.both("Odd", "Even")
    await relocate(stage, side, "here again")
    await stage.sync()
    await stage.both("Odd", "Even")
    places = {(await stage.item("Odd"))["location"]["displayName"], (await stage.event("Odd"))["Location"]}
    assert places == {"here again"}


async def relocate(stage: Stage, side: str, place: str) -> None:
    """An edit of the item on one side."""
    if side == "exchange":
        await stage.change("Odd", location={"displayName": place})
    else:
        await stage.edit("Odd", Location=place)
