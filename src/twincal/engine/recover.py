"""Settle what an earlier cycle left open: look for the item by its mark before anything is sent again (DESIGN 4)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from twincal.core.aftermath import link_after
from twincal.core.decision import Entry, Plan
from twincal.core.fields import prints
from twincal.core.item import Item
from twincal.core.pairing import item_key
from twincal.core.scene import Note, Settled
from twincal.core.settling import as_sent
from twincal.core.trees import Link
from twincal.core.vocabulary import Operation, Side
from twincal.core.writes import Absent
from twincal.engine.person import Person, Ports
from twincal.ports import Intent, Sighting

LATE = timedelta(seconds=60)
"""How long a write whose reply was lost may still arrive: so long it is not sent again where nothing refuses the second copy."""


class There(Struct, frozen=True):
    """What stands there now of everything that is open: by side, what carries each mark, and what has each id."""

    marked: Mapping[Side, Mapping[str, Sequence[Item | Absent]]]
    standing: Mapping[Side, Mapping[str, Item | Absent]]


async def recover(person: Person, ports: Ports) -> frozenset[str]:
    """Close every open intent that can be settled now; the keys of the items whose intents stay open."""
    waiting = set()
    moved: dict[str, Link] = {}
    intents = await ports.ledger.open_intents(person.id)
    there = await _there(intents, person, ports)
    for intent in intents:
        if intent.write.operation is Operation.CREATE:
            closed = await _found_again(intent, there, person, ports)
        else:
            closed = await _looked_after(intent, moved, there, person, ports)
        if not closed:
            waiting.add(intent.key)
    return frozenset(waiting)


async def _there(intents: Sequence[Intent], person: Person, ports: Ports) -> There:
    """One look for all: a process that ended in the middle of a first sync leaves thousands open."""
    marks: dict[Side, list[str]] = {side: [] for side in Side}
    ids: dict[Side, list[str]] = {side: [] for side in Side}
    for intent in intents:
        side = intent.write.side
        if intent.write.operation is Operation.CREATE:
            marks[side].append(intent.write.mark)
            continue
        ids[side].append(intent.write.item_id)
        if intent.link is not None:
            ids[side.other].append(intent.link.id_on(side.other))
    marked = {side: await ports.calendar(side).find(person.owner_on(side), _each(marks[side])) for side in Side if marks[side]}
    standing = {side: await ports.calendar(side).read(person.owner_on(side), _each(ids[side])) for side in Side if any(ids[side])}
    return There(marked, standing)


def _each(names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name]


async def _found_again(intent: Intent, there: There, person: Person, ports: Ports) -> bool:
    """Close the intent of a create with what stands there under its mark."""
    write, now = intent.write, ports.clock.now()
    found = await _found(intent, there, person, ports)
    refused_twice = write.side is Side.SALESFORCE and ports.capabilities.key_field
    if not found and not refused_twice and now < intent.begun_at + LATE:
        return False
    adopted = await _free(found, write.side, person, ports)
    settled = None
    if adopted and write.takes_back:
        await _end(item_key(person.id, write.side, adopted.id), person, ports, ignored=True)
    elif adopted and intent.link:
        settled = _adopted(intent, intent.link, adopted, ports)
    if isinstance(adopted, Absent) and settled:
        await _record_absent(person, write.side, adopted, ports)
    await ports.ledger.resolve_intent(person.id, intent.id, settled, now)
    return True


async def _looked_after(intent: Intent, moved: dict[str, Link], seen: There, person: Person, ports: Ports) -> bool:
    """Close the intent of an update or a deletion with what stands there now: what people do afterwards has to be told from
    what we did ourselves. Where nothing shows that it was carried out, it may still arrive, and is waited for."""
    write, settled = intent.write, None
    there = await _standing(write.side, write.item_id, seen, person, ports)
    gone = isinstance(there, Absent) and there.deleted
    if isinstance(there, Item) and write.operation is Operation.UPDATE:
        settled = await _carried_out(intent, there, moved.get(intent.key, intent.link), seen, person, ports)
    if settled is None and not gone and ports.clock.now() < intent.begun_at + LATE:
        return False
    if gone and write.operation is Operation.DELETE:
        await _end(intent.key, person, ports, ignored=write.takes_back, entry=intent.entry)
        settled = Settled(key=intent.key, judged=False)
    if settled and settled.link:
        moved[intent.key] = settled.link
    await ports.ledger.resolve_intent(person.id, intent.id, settled, ports.clock.now())
    return True


async def _carried_out(intent: Intent, there: Item, link: Link | None, seen: There, person: Person, ports: Ports) -> Settled | None:
    """What an update has done, None where nothing shows that it was carried out. What was read is kept with the new base: a
    poll that does not show the write yet must not make what stood there before look like an edit."""
    if link is None:
        return None
    other = intent.write.side.other
    found = await _standing(other, link.id_on(other), seen, person, ports)
    source = found if isinstance(found, Item) else None
    after = link_after(link, intent.write, there, source, ports.key)
    items = (there,) if source is None else (there, source)
    return Settled(key=intent.key, link=after, items=items, judged=False) if after else None


async def _standing(side: Side, ident: str, seen: There, person: Person, ports: Ports) -> Item | Absent | None:
    """From the one look, or read where an intent that was closed just now has moved the link to another item."""
    known = seen.standing.get(side, {}).get(ident)
    if known is not None:
        return known
    return (await ports.calendar(side).read(person.owner_on(side), [ident])).get(ident) if ident else None


async def _end(key: str, person: Person, ports: Ports, *, ignored: bool, entry: Entry | None = None) -> None:
    """No pair has this key any more: our own deletion of one half is nobody's wish to delete the other. With `ignored`, what
    an undo has made or removed is left alone from then on, as it would have been had the undo come to its end. `entry` is the
    row that is left of it."""
    now = ports.clock.now()
    nothing = Plan(person=person.id, made_at=now, window=person.window(now), steps=(), everything=False)
    run = await ports.ledger.begin(nothing)
    note = Note(key=key, ignored=True) if ignored else None
    await ports.ledger.finish(run, [Settled(key=key, entry=entry, note=note, judged=False)], now)


async def _found(intent: Intent, there: There, person: Person, ports: Ports) -> Sequence[Item | Absent]:
    """What carries the mark; where a side cannot carry marks, the one item that is alike and was made by us since."""
    calendar, owner = ports.calendar(intent.write.side), person.owner_on(intent.write.side)
    marked = there.marked[intent.write.side].get(intent.write.mark, ())
    if marked or ports.capabilities.key_field or intent.write.side is Side.EXCHANGE:
        return marked
    return await calendar.find_alike(owner, intent.write, intent.begun_at - LATE)


async def _free(found: Sequence[Item | Absent], side: Side, person: Person, ports: Ports) -> Item | Absent | None:
    """The item to adopt: one that is there before one that was deleted, and none that another link has taken already."""
    taken = await ports.ledger.linked_ids(person.id, side, [one.id for one in found]) if found else frozenset()
    free = [one for one in found if one.id not in taken]
    return next((one for one in free if isinstance(one, Item)), free[0] if free else None)


def _adopted(intent: Intent, link: Link, found: Item | Absent, ports: Ports) -> Settled:
    """The link with what was found as its new half; the base is what we sent, so that later edits of it still count."""
    write = intent.write
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
