"""What the suite asks of a calendar, shortly said."""

from typing import Any

from tests.contract.calendars import HOUR, START, WINDOW, Stage, later
from twincal.core.fields import face
from twincal.core.item import Item, Timed
from twincal.core.vocabulary import Operation
from twincal.core.writes import Absent, Receipt, Values, Write
from twincal.ports import Look, Sight


def mark(number: int) -> str:
    return f"{number:032x}:1"


def creating(stage: Stage, number: int = 1, **values: Any) -> Write:
    return Write(
        intent=f"c{number}",
        side=stage.calendar.side,
        operation=Operation.CREATE,
        mark=mark(number),
        stamp=f"c{number}:00",
        values=Values(**{"subject": f"Visit {number}", "times": Timed(START, START + HOUR), **values}),
    )


def changing(item: Item, operation: Operation = Operation.UPDATE, **values: Any) -> Write:
    intent = f"{operation.value}-{item.id}-{item.version}"
    return Write(
        intent=intent,
        side=item.side,
        operation=operation,
        mark=item.mark or mark(1),
        stamp=f"{intent}:00",
        item_id=item.id,
        version=item.version,
        values=Values(**values),
        known=face(item),
    )


async def seen(stage: Stage, cursor: str | None = None) -> tuple[Look, str]:
    """The owner's look (empty where there was nothing to show) and where to go on."""
    sight: Sight = await stage.calendar.look([stage.owner], cursor, WINDOW)
    await later(stage)
    return sight.looks.get(stage.owner, Look()), sight.cursor


async def settled(stage: Stage) -> str:
    """A cursor behind everything that has happened, whatever is still read twice for safety."""
    _, cursor = await seen(stage)
    for _ in range(3):
        await later(stage, 60)
        _, cursor = await seen(stage, cursor)
    return cursor


async def read(stage: Stage, item_id: str) -> Item | Absent:
    return (await stage.calendar.read(stage.owner, [item_id]))[item_id]


async def item_there(stage: Stage, item_id: str) -> Item:
    found = await read(stage, item_id)
    assert isinstance(found, Item)
    return found


async def written(stage: Stage, *writes: Write) -> list[Receipt]:
    receipts = list(await stage.calendar.write(stage.owner, writes))
    await later(stage)
    return receipts


async def created(stage: Stage, number: int = 1, **values: Any) -> Item:
    (receipt,) = await written(stage, creating(stage, number, **values))
    assert receipt.item is not None, receipt
    return receipt.item


async def subjects(stage: Stage) -> list[str]:
    look, _ = await seen(stage)
    return sorted(item.subject for item in look.items)
