"""The installation's key is changed again and again while a first sync and a round of edits run: nobody stops, nothing is lost."""

import asyncio

import pytest

from tests.engine.stage import ANN, Stage, changes
from twincal.store.keys import keys_of
from twincal.store.rotation import rotate

pytestmark = pytest.mark.asyncio(loop_scope="module")
ITEMS = 30


class Rotations:
    """Rotations one after the other, in a thread, until told to stop; the keys that each left in force."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._stop = asyncio.Event()
        self.keys: list[bytes] = []

    async def run(self) -> None:
        """Rotate until told to stop, twice at least."""
        while not self._stop.is_set() or len(self.keys) < 2:
            await asyncio.to_thread(rotate, self._stage.home)
            self.keys += keys_of(self._stage.home)

    def stop(self) -> None:
        """The one under way is the last."""
        self._stop.set()


async def test_the_key_is_changed_while_a_sync_runs(stage: Stage) -> None:
    async with stage.twincal():
        pass
    for number in range(ITEMS):
        body = {"contentType": "text", "content": f"agenda {number}"}
        await stage.book(f"Review {number}", day=1 + number % 28, hour=8 + number // 28, body=body)
    await stage.enter("Entered", day=3, Description="an agenda that is overwritten")
    await stage.set(guard__updates_share="100")
    first = keys_of(stage.home)

    rotations = Rotations(stage)
    turning = asyncio.create_task(rotations.run())
    assert (await stage.sync()).failed == 0
    for number in range(ITEMS):
        await stage.change(f"Review {number}", body={"contentType": "text", "content": f"another agenda {number}"})
    edited = await stage.sync()
    rotations.stop()
    await turning

    assert changes(edited) == ITEMS and edited.failed == 0
    assert len(set(rotations.keys)) == len(rotations.keys) >= 2
    assert not set(first) & set(rotations.keys)
    # A fresh process, with the last key alone: the connections, the prints and the bodies that were overwritten all open.
    await stage.rest(1)
    async with stage.twincal() as service:
        undone = await service.undo(ANN, run=(await service.runs(ANN))[0].run, do=True)
    assert len(undone.steps) == ITEMS
    texts = {event["Subject"]: event["Description"] for event in (await stage.state())[1]}
    assert {texts[f"Review {number}"] for number in range(ITEMS)} == {f"agenda {number}" for number in range(ITEMS)}
