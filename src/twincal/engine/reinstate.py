"""Put a value that lost a conflict back where it was overwritten. From there the next cycle carries it over, by the rules."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from twincal.core.decision import Entry, Plan
from twincal.core.explain import because, remedy
from twincal.core.faults import VendorFault
from twincal.core.item import Item
from twincal.core.losses import losses_shown, remaining
from twincal.core.privacy import shielded
from twincal.core.reinstating import as_edited, overwritten_by, reinstated, wanted_loss, without
from twincal.core.scene import Note, Scene, Settled
from twincal.core.settling import settled
from twincal.core.trees import Link
from twincal.core.undoing import Line
from twincal.core.vocabulary import Field, Side
from twincal.engine.execute import execute
from twincal.engine.history import written
from twincal.engine.person import Person, Ports, context_of
from twincal.engine.recover import recover
from twincal.errors import WrongInput


class LossShown(Struct, frozen=True, kw_only=True):
    """A value that lost a conflict: of which field, and when (ISO 8601, UTC)."""

    field: str
    value: str
    at: str


async def losses_of(key: str, person: Person, ports: Ports) -> list[LossShown]:
    """What has lost of one item and is still kept, the newest first."""
    scene = await ports.ledger.scene(person.id, ports.clock.now(), everything=True)
    return [LossShown(field=one.field, value=one.value, at=written(one.at)) for one in _note(scene, key, ports).losses]


async def reinstate(entry: Entry, field: str, value: str, lines: Sequence[Line], person: Person, ports: Ports) -> None:
    """Write the newest value of a field that has lost, or the one named, to the side that had it; the item then counts as edited
    there. Raises WrongInput, also where a gate does not let it pass, and VendorFault."""
    if entry.key in await recover(person, ports):
        raise WrongInput("A write of this item is still under way.", "Try again in a minute.")
    scene = await ports.ledger.scene(person.id, ports.clock.now(), everything=True)
    note = _note(scene, entry.key, ports)
    loss = wanted_loss(note.losses, field, value)
    line = overwritten_by((one for one in lines if one.key == entry.key), loss) if loss else None
    if loss is None or line is None:
        raise WrongInput(f"No such value of the {field} of this item has lost.", "`twincal reinstate MAILBOX ITEM` lists what has.")
    link = next((one for one in scene.links if one.key == entry.key and not one.frozen), None)
    halves = await _halves(link, person, ports) if link else None
    if link is None or halves is None:
        raise WrongInput("This item is not kept in step at the moment.", "`twincal explain MAILBOX ITEM` tells why.")
    context = context_of(person, ports, {}, ports.clock.now())
    step, stop = reinstated(line, Field.of_value(loss.field), halves, link, context)
    if stop is not None:
        raise WrongInput(because(stop), remedy(stop))
    now = ports.clock.now()
    plan = Plan(person=person.id, made_at=now, window=person.window(now), steps=(step,), everything=False)
    run = await ports.ledger.begin(plan)
    receipts = await execute(plan, person, ports)
    left = settled(step, receipts, note, context)
    (receipt,) = receipts.values()
    if receipt.fault is None and left.link is not None:
        kept = without(note, loss)
        back = as_edited(left.link, Field.of_value(loss.field), line.side)
        left = replace(left, link=back, note=kept, entry=replace(entry, lost=losses_shown(kept.losses)), judged=False)
    else:
        left = Settled(key=entry.key, link=link, entry=entry, note=note, receipts=left.receipts, items=left.items, judged=False)
    await ports.ledger.finish(run, [left], now)
    if receipt.fault is not None:
        raise VendorFault(line.side, receipt.fault, receipt.detail)


def _note(scene: Scene, key: str, ports: Ports) -> Note:
    note = scene.notes.get(key) or Note(key=key)
    return replace(note, losses=remaining(note.losses, ports.clock.now()))


async def _halves(link: Link, person: Person, ports: Ports) -> tuple[Item, Item] | None:
    """Both halves as they stand now, None where one is not there or private."""
    found = []
    for side in Side:
        there = (await ports.calendar(side).read(person.owner_on(side), [link.id_on(side)])).get(link.id_on(side))
        found.append(shielded(there, person.policy.private_items) if isinstance(there, Item) else None)
    exchange, salesforce = found
    if exchange is None or salesforce is None or exchange.private or salesforce.private:
        return None
    return exchange, salesforce
