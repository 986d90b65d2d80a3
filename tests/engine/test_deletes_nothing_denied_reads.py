"""Access is denied between the look and the second reading, as a right that is taken away reaches one server after the other."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.engine.six_items import failure, in_step, in_step_again, nothing_deleted
from tests.engine.stage import ANN, Stage
from twincal.connectors.graph.calendar import GraphCalendar
from twincal.core.item import Item
from twincal.core.writes import Absent

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("status", [403, 404])
async def test_a_denial_that_looks_like_a_deletion_is_none(stage: Stage, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """Whether Exchange denies with 403 or as if nothing were there is documented nowhere."""
    await in_step(stage)
    genuine = GraphCalendar.read

    async def denied(self: GraphCalendar, owner: str, ids: Sequence[str]) -> Mapping[str, Item | Absent]:
        quirks: dict[str, Any] = {"out_of_scope": [ANN], "scope_denial_status": status}
        await stage.weather(graph=quirks)
        return await genuine(self, owner, ids)

    await stage.weather(graph={"delta_false_tombstones": ["Item 1", "Item 2"]})
    with monkeypatch.context() as patch:
        patch.setattr(GraphCalendar, "read", denied)
        report = await stage.sync()
    await nothing_deleted(stage, report)
    assert failure(report).message.startswith("Exchange: ")
    await stage.weather()
    await in_step_again(stage)
