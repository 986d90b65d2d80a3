"""Decide and check: the plan of one person from what the store shows, with the guards applied. Executes nothing."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from twincal.core.decision import Plan
from twincal.core.facts import Context
from twincal.core.item import Item
from twincal.core.limits import NOTHING, Release, Stock, checked
from twincal.core.plan import absorbed, make_plan
from twincal.core.scene import Scene
from twincal.core.trees import Matches
from twincal.core.vocabulary import Mode, Side
from twincal.core.writes import Absent
from twincal.engine.latecomers import latecomers
from twincal.engine.observe import Observed
from twincal.engine.person import Person, Ports, context_of


async def decided(
    person: Person,
    ports: Ports,
    seen: Mapping[Side, Observed],
    *,
    everything: bool,
    release: Release = NOTHING,
) -> tuple[Plan, Scene, Context]:
    """The plan for what was touched, or for everything; with the scene and context it was made from."""
    now = ports.clock.now()
    addresses = frozenset[str]().union(*(found.addresses for found in seen.values()))
    scene = await ports.ledger.scene(person.id, now, everything=everything, addresses=addresses)
    scene = _with_bodies(scene, seen)
    context = context_of(person, ports, {}, now)
    context = replace(context, matches=await _matches(person, ports, scene, context), latecomers=await latecomers(person, ports))
    plan = absorbed(make_plan(scene, context))
    stock = Stock(
        linked=scene.totals.linked,
        linked_future=scene.totals.linked_future,
        first_sync=scene.totals.first_sync,
        emptied=_emptied(scene),
        release=release,
    )
    return checked(plan, person.policy, stock), scene, context


async def matched_scene(person: Person, ports: Ports) -> tuple[Scene, Matches]:
    """Everything the store shows of a person, with the records of its addresses; for judging without a cycle."""
    scene = await ports.ledger.scene(person.id, ports.clock.now(), everything=True)
    return scene, await _matches(person, ports, scene, context_of(person, ports, {}, ports.clock.now()))


def _with_bodies(scene: Scene, seen: Mapping[Side, Observed]) -> Scene:
    """The scene with the bodies of items that were just read: the store keeps their digests only."""

    def filled(tree: Mapping[str, Item | Absent], side: Side) -> Mapping[str, Item | Absent]:
        fresh = seen[side].items if side in seen else {}
        return {
            item_id: replace(found, body=fresh[item_id].body)
            if isinstance(found, Item) and item_id in fresh and fresh[item_id].body.digest == found.body.digest
            else found
            for item_id, found in tree.items()
        }

    return replace(
        scene, exchange=filled(scene.exchange, Side.EXCHANGE), salesforce=filled(scene.salesforce, Side.SALESFORCE)
    )  # fmt: skip


def _items(scene: Scene) -> Iterable[Item]:
    for tree in (scene.exchange, scene.salesforce):
        yield from (found for found in tree.values() if isinstance(found, Item))


async def _matches(person: Person, ports: Ports, scene: Scene, context: Context) -> Matches:
    """The records of every address that may count; nobody is looked up while the job is off."""
    policy = person.policy
    if policy.mode is Mode.OFF or not person.active:
        return {}
    related = {link.exchange_id for link in scene.links if link.added}
    wanted: set[str] = set()
    for item in _items(scene):
        if not item.private and context.window.meets(item):
            found = context.candidates(item)
            wanted.update(found.everybody if item.id in related else found.addresses)
    return await ports.directory.match(wanted) if wanted else {}


def _emptied(scene: Scene) -> Side | None:
    """The side on which nothing linked is left, where everything was looked at."""
    if not scene.everything and len(scene.links) < scene.totals.linked:
        return None
    for side, tree in ((Side.EXCHANGE, scene.exchange), (Side.SALESFORCE, scene.salesforce)):
        left = any(isinstance(tree.get(link.id_on(side)), Item) for link in scene.links)
        if scene.links and not left:
            return side
    return None
