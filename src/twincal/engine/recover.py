"""Settle what an earlier cycle left open: look for the item by its mark before anything is sent again (DESIGN 4)."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace

from twincal.core.fields import prints
from twincal.core.item import Item
from twincal.core.scene import Settled
from twincal.core.settling import as_sent
from twincal.core.trees import Link
from twincal.core.vocabulary import Operation, Side
from twincal.core.writes import Absent
from twincal.engine.person import Person, Ports
from twincal.ports import Intent, Sighting

LATE = timedelta(seconds=60)
"""How long a create whose reply was lost may still arrive in Exchange: so long it is not sent again."""


async def recover(person: Person, ports: Ports) -> frozenset[str]:
    """Close every open intent that can be settled now; the keys of the items whose intents stay open."""
    waiting = set()
    for intent in await ports.ledger.open_intents(person.id):
        if not await _recovered(intent, person, ports):
            waiting.add(intent.key)
    return frozenset(waiting)


async def _recovered(intent: Intent, person: Person, ports: Ports) -> bool:
    write, now = intent.write, ports.clock.now()
    if write.operation is not Operation.CREATE:
        await ports.ledger.resolve_intent(person.id, intent.id, None, now)
        return True
    found = await _found(intent, person, ports)
    if not found and write.side is Side.EXCHANGE and now < intent.begun_at + LATE:
        return False
    adopted = await _free(found, write.side, person, ports)
    settled = _adopted(intent, adopted, ports) if adopted and intent.link else None
    if isinstance(adopted, Absent) and settled:
        await _record_absent(person, write.side, adopted, ports)
    await ports.ledger.resolve_intent(person.id, intent.id, settled, now)
    return True


async def _found(intent: Intent, person: Person, ports: Ports) -> Sequence[Item | Absent]:
    """What carries the mark; where a side cannot carry marks, the one item that is alike and was made by us since."""
    calendar, owner = ports.calendar(intent.write.side), person.owner_on(intent.write.side)
    marked = (await calendar.find(owner, [intent.write.mark])).get(intent.write.mark, ())
    if marked or ports.capabilities.key_field or intent.write.side is Side.EXCHANGE:
        return marked
    return await calendar.find_alike(owner, intent.write, intent.begun_at - LATE)


async def _free(found: Sequence[Item | Absent], side: Side, person: Person, ports: Ports) -> Item | Absent | None:
    """The item to adopt: one that is there before one that was deleted, and none that another link has taken already."""
    taken = await ports.ledger.linked_ids(person.id, side, [one.id for one in found]) if found else frozenset()
    free = [one for one in found if one.id not in taken]
    return next((one for one in free if isinstance(one, Item)), free[0] if free else None)


def _adopted(intent: Intent, found: Item | Absent, ports: Ports) -> Settled:
    """The link with what was found as its new half; the base is what we sent, so that later edits of it still count."""
    write, link = intent.write, intent.link
    if link is None:
        raise ValueError("the intent of a create carries its link")
    exchange = write.side is Side.EXCHANGE
    link = replace(link, **{"exchange_id" if exchange else "salesforce_id": found.id})
    if isinstance(found, Item):
        base = prints(as_sent(found, write.values), ports.key)
        link = replace(link, exchange=base) if exchange else replace(link, salesforce=base)
    return Settled(key=intent.key, link=_whole(link), items=(found,) if isinstance(found, Item) else (), judged=False)


def _whole(link: Link) -> Link:
    return replace(link, frozen="")


async def _record_absent(person: Person, side: Side, absent: Absent, ports: Ports) -> None:
    stream = f"absent:{person.id}"
    sighting = Sighting(person=person.id, side=side, absent=(absent,))
    await ports.ledger.record([sighting], stream, absent.id)
