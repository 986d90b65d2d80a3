"""Words for the tables of cases: how an item comes into a small world, and what Twincal says about it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from tests.core.calendars import ANN, ANN_ID, ORGANIZER, STRANGER, relation
from tests.core.worlds import NOW, World
from twincal.core.decision import Step
from twincal.core.item import AllDay, Body, Item, Participant, Timed
from twincal.core.trees import Record
from twincal.core.vocabulary import RecordKind, Side
from twincal.core.writes import Write

Make = Callable[[World], Item]
"""Puts an item into a world."""
Change = Callable[[World, Item], object]
"""Something that happens to the item of a case, or to the world around it."""


def at(days: float = 3, hours: float = 1) -> Timed:
    """Times some days from now."""
    start = NOW + timedelta(days=days)
    return Timed(start, start + timedelta(hours=hours))


def whole_day(days: int = 3, long: int = 1) -> AllDay:
    """Whole days from some days from now."""
    first: date = (NOW + timedelta(days=days)).date()
    return AllDay(first, first + timedelta(days=long - 1))


def booked(*people: str, **fields: Any) -> Make:
    """An item of Ann's own in Outlook; with people it is a meeting."""

    def make(world: World) -> Item:
        standard: dict[str, Any] = {"subject": "Plan", "times": at(), "organizer": ORGANIZER, "people": invited(*people)}
        ident = world.calendars[Side.EXCHANGE].fresh_id()
        return world.add(Item(side=Side.EXCHANGE, id=ident, **{**standard, **fields}))

    return make


def invitation(*others: str, organizer: str = STRANGER, **fields: Any) -> Make:
    """An invitation in Outlook."""
    return booked(ANN, *others, organizer=Participant(organizer), organized_by_owner=False, **fields)


def entered(*whos: str, people: tuple[str, ...] = (), **fields: Any) -> Make:
    """An event that Ann enters in Salesforce, related to records; with invitees it is a meeting."""

    def make(world: World) -> Item:
        standard: dict[str, Any] = {
            "subject": "Call",
            "times": at(),
            "organizer": ORGANIZER,
            "whos": whos,
            "people": (*(relation(who) for who in whos), *invited(*people)),
        }
        ident = world.calendars[Side.SALESFORCE].fresh_id()
        return world.add(Item(side=Side.SALESFORCE, id=ident, **{**standard, **fields}))

    return make


def invited(*people: str) -> tuple[Participant, ...]:
    """Invitees; in Salesforce they would be Contacts with these addresses."""
    return tuple(Participant(address) for address in people)


def contact(address: str, ident: str = "003X", **fields: Any) -> Record:
    """A Contact with an address."""
    return Record(ident.ljust(15, "0") + "AAA", RecordKind.CONTACT, address, ident, **fields)


def lead(address: str, ident: str = "00QX", **fields: Any) -> Record:
    """A Lead with an address."""
    return Record(ident.ljust(15, "0") + "AAA", RecordKind.LEAD, address, ident, **fields)


def world_with(
    mode: str = "sync_all", settings: Mapping[str, str] | None = None, *, shared: bool = True, multiday: bool = True
) -> World:
    """A world with a mode and further settings."""
    return World({"mode": mode, **(settings or {})}, shared=shared, multiday=multiday)


def linked(world: World, make: Make) -> Item:
    """An item that stands in both calendars and is in step."""
    item = make(world)
    world.settle(1)
    assert world.pairs(), "the item of the case was not linked"
    return item


def copy_of(world: World, item: Item) -> Item:
    """The other half of the only pair."""
    ((_, here, there),) = world.pairs()
    return there if item.side is Side.EXCHANGE else here


def here(world: World, item: Item) -> Item:
    """The item as it stands now."""
    return world.calendars[item.side].items[item.id]


def step_of(world: World, item: Item) -> Step:
    """One more cycle, and what was decided for the item in it."""
    link = next((link for link in world.links.values() if link.id_on(item.side) == item.id), None)
    plan = world.cycle()
    if link:
        return next(step for step in plan.steps if step.key == link.key)
    return next(step for step in plan.steps if item.id in {one.id for one in (step.exchange, step.salesforce) if one})


def told(step: Step) -> str:
    """A decision in one line: the verdict and its trail."""
    return " ".join((step.decision.verdict.value, *(reason.code for reason in step.decision.trail)))


def judged(world: World, item: Item) -> str:
    """One more cycle, in one line."""
    return told(step_of(world, item))


def written(step: Step) -> list[str]:
    """The writes of a step: operation, side and the fields."""
    return [_shown(write) for write in step.writes]


def _shown(write: Write) -> str:
    return " ".join((write.operation.value, write.side.value, *write.values.names))


def rename(world: World, item: Item) -> Item:
    """Ann gives it another subject."""
    return world.edit(here(world, item), subject=f"Renamed {world.token()}")


def move(world: World, item: Item) -> Item:
    """Ann moves it by an hour."""
    times = here(world, item).times
    assert isinstance(times, Timed)
    hour = timedelta(hours=1)
    return world.edit(here(world, item), times=Timed(times.start + hour, times.end + hour))


def describe(world: World, item: Item) -> Item:
    """Ann writes into the body, or the Description."""
    return world.edit(here(world, item), body=Body.of(f"Notes {world.token()}"))


def edit(**changes: Any) -> Change:
    """Ann changes fields of the item."""
    return lambda world, item: world.edit(here(world, item), **changes)


def there(change: Change) -> Change:
    """The same, to the copy."""
    return lambda world, item: change(world, copy_of(world, item))


def deleted(by: str = ANN_ID) -> Change:
    """Somebody deletes it."""
    return lambda world, item: world.delete(here(world, item), by)


def setting(key: str, value: str) -> Change:
    """An administrator changes a setting."""

    def change(world: World, item: Item) -> None:
        world.policy = world.policy.with_changes({key: value})

    return change


def later(days: float) -> Change:
    """Days pass."""

    def change(world: World, item: Item) -> None:
        world.now += timedelta(days=days)

    return change


def everything(*changes: Change) -> Change:
    """One thing after the other."""

    def change(world: World, item: Item) -> None:
        for each in changes:
            each(world, item)

    return change


def then(change: Change) -> Change:
    """The change, and a cycle that sees it."""

    def seen(world: World, item: Item) -> None:
        change(world, item)
        world.cycle()

    return seen


def nothing(world: World, item: Item) -> None:
    """Nothing happens."""


def moment(days: float) -> datetime:
    """A moment some days from now."""
    return NOW + timedelta(days=days)
