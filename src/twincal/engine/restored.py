"""After a restored backup: nothing is written until both sides have been read in full and somebody has accepted the result;
what would be deleted then waits for a release (reliability facts 5.6)."""

from collections.abc import Sequence

from msgspec.structs import replace

from twincal.core.decision import Plan
from twincal.core.item import Item
from twincal.core.joining import made_by_us
from twincal.core.rejoining import halves, marks_to_ask, rejoined, rejoined_by_looks
from twincal.core.scene import Settled
from twincal.core.vocabulary import Side
from twincal.engine.latecomers import remember_copies
from twincal.engine.observe import observe_exchange, observe_whole
from twincal.engine.person import Person, Ports
from twincal.ports import RESTORED

WAITS, ACCEPTED = "restored", "accepted"


async def state(ports: Ports) -> str:
    """`restored` while the result waits to be accepted, `accepted` while deletions wait, empty at all other times."""
    text = await ports.ledger.cursor(RESTORED)
    return "" if not text else ACCEPTED if text == ACCEPTED else WAITS


async def move_on(ports: Ports, to: str) -> None:
    """Another state, or none."""
    await ports.ledger.record([], RESTORED, to)


async def scan(people: Sequence[Person], ports: Ports) -> None:
    """Read both sides of everybody in full, and put together again what belongs together. Writes nothing on either side."""
    for person in people:
        await observe_exchange(person, ports, whole=True)
        await observe_whole(person, ports)
        await _rejoin(person, ports)


async def _rejoin(person: Person, ports: Ports) -> None:
    scene = await ports.ledger.scene(person.id, ports.clock.now(), everything=True)
    marked: dict[str, list[Item]] = {}
    for side, marks in marks_to_ask(person.id, scene).items():
        found = await ports.calendar(side).find(person.owner_on(side), marks) if marks else {}
        for mark, items in found.items():
            live = [item for item in items if isinstance(item, Item)]
            marked.setdefault(mark.partition(":")[0], []).extend(live)
    links = rejoined(person.id, scene, marked, ports.key)
    if not ports.capabilities.key_field:
        links += rejoined_by_looks(person.id, scene, [*scene.links, *links], ports.capabilities.integration_user, ports.key)
    if links:
        nothing = Plan(
            person=person.id, made_at=ports.clock.now(), window=person.window(ports.clock.now()), steps=(), everything=False
        )  # fmt: skip
        run = await ports.ledger.begin(nothing)
        left = [Settled(key=link.key, link=link, note=scene.notes.get(link.key), judged=False) for link in links]
        await ports.ledger.finish(run, left, ports.clock.now())
    paired = halves([*scene.links, *links])
    trees = (scene.exchange, scene.salesforce)
    alone = [one for tree in trees for one in tree.values() if isinstance(one, Item) and (one.side, one.id) not in paired]
    await remember_copies(person, ports, await _copies(alone, person, ports))


async def _copies(alone: Sequence[Item], person: Person, ports: Ports) -> list[Item]:
    """Those that carry our mark and that nobody else created; where the org has no field for marks, those that we created."""
    ours = [one for one in alone if not one.private and made_by_us(one, ports.capabilities.integration_user)]
    found = []
    for side in Side:
        known = {one.id: one for one in ours if one.side is side}
        read = await ports.calendar(side).read(person.owner_on(side), sorted(known)) if known else {}
        unmarked = side is Side.SALESFORCE and not ports.capabilities.key_field
        found += [known[name] for name, one in read.items() if isinstance(one, Item) and (one.mark or unmarked)]
    return found


def careful(person: Person) -> Person:
    """The person with a policy under which nothing is deleted without a release."""
    policy = person.policy.with_changes({"guard.deletions": "0"}, who="the restored backup", when=None)
    return replace(person, policy=policy)
