"""Trees, policy and the moment in; the complete plan out. Pure: the same arguments give the same plan."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from twincal.core.choosing import judged
from twincal.core.decision import Plan, Step
from twincal.core.facts import Case, Context
from twincal.core.item import Item
from twincal.core.joining import ALONE, Joined, joined
from twincal.core.judgement import admission
from twincal.core.pairing import item_key, item_keys
from twincal.core.relocation import relocated
from twincal.core.rules.admit import Admission
from twincal.core.rules.fate import Twin
from twincal.core.rules.table import Rule
from twincal.core.scene import Grave, Note, Scene
from twincal.core.series import moved_series
from twincal.core.trees import Link
from twincal.core.vocabulary import Field, Side
from twincal.core.writes import Absent

ALIVE = Grave(())
"""What an item was that has never been anything else."""


def make_plan(scene: Scene, context: Context) -> Plan:
    """Judge every item and pair of the scene; steps stand in order of time."""
    steps = _marked_as_tied([judged(case, context) for case in cases(scene, context)], scene)
    steps.sort(key=_order)
    return Plan(
        person=context.person,
        made_at=context.now,
        window=context.window,
        steps=tuple(steps),
        everything=scene.everything,
        policy_digest=context.policy.digest,
    )


def _marked_as_tied(steps: list[Step], scene: Scene) -> list[Step]:
    stored = {link.key: link.exchange_id for link in scene.links}
    return [
        replace(step, tied=True) if step.link is not None and step.link.exchange_id != stored.get(step.key, step.link.exchange_id)
        else step
        for step in steps
    ]  # fmt: skip


def _order(step: Step) -> tuple[float, str]:
    item = step.item
    return (item.start.timestamp() if item else 0.0, step.key)


def cases(scene: Scene, context: Context) -> list[Case]:
    """Everything that is to be judged: links with what stands on both sides, then unlinked items, twins joined."""
    links = repaired(scene, context)
    found = [_linked(link, scene, context) for link in links]
    free = {side: _unlinked(scene, links, side) for side in Side}
    return found + _paired(free, joined(free, scene, context), scene, context)


def _linked(link: Link, scene: Scene, context: Context) -> Case:
    return Case(
        key=link.key,
        exchange=scene.exchange.get(link.exchange_id),
        salesforce=scene.salesforce.get(link.salesforce_id),
        link=link,
        note=_note(scene, link.key, context),
    )


def repaired(scene: Scene, context: Context) -> Sequence[Link]:
    """The links, those whose Exchange item is another one now tied to that: instances of a series that was moved, and items of
    a mailbox that was."""
    vanished = frozenset(
        link.exchange_id
        for link in scene.links
        if isinstance(found := scene.exchange.get(link.exchange_id), Absent) and found.deleted
    )
    if not vanished:
        return scene.links
    held = {link.exchange_id for link in scene.links}
    free = [item for item in scene.exchange.values() if isinstance(item, Item) and item.id not in held]
    fresh = [item for item in free if _is_news(item, scene, context)]
    tied = {link.key: link for link in relocated(scene.links, vanished, fresh, context.prints)}
    taken = {link.exchange_id for link in tied.values()}
    links = [tied.get(link.key, link) for link in scene.links]
    tied |= {
        link.key: link
        for link in _of_moved_series(links, vanished, [item for item in free if item.id not in taken], scene, context)
    }
    return [tied.get(link.key, link) for link in scene.links]


def _of_moved_series(
    links: Sequence[Link], vanished: frozenset[str], free: list[Item], scene: Scene, context: Context
) -> list[Link]:
    """What follows beyond the window is no sign of a move: such instances are unlinked all along; nor is one that was judged
    already, and is not linked because it is private or excluded, or because its creation failed."""
    arrived = {item.series for item in free if item.series and context.window.meets(item) and _is_news(item, scene, context)}

    def same(link: Link, item: Item) -> bool:
        return context.prints(item).get(Field.SUBJECT) == link.exchange.get(Field.SUBJECT)

    return moved_series(links, vanished, [item for item in free if item.series in arrived], same)


def _is_news(item: Item, scene: Scene, context: Context) -> bool:
    """Has it come since the last judgement?"""
    if item.private or (scene.touched is not None and (item.side, item.id) not in scene.touched):
        return False
    return not any(key in scene.notes for key in item_keys(context.person, item.side, item.id))


def _unlinked(scene: Scene, links: Iterable[Link], side: Side) -> list[Item]:
    held = {link.id_on(side) for link in links}
    tree: Mapping[str, Item | Absent] = scene.exchange if side is Side.EXCHANGE else scene.salesforce
    return [item for item in tree.values() if isinstance(item, Item) and item.id not in held]


def _note(scene: Scene, key: str, context: Context) -> Note:
    return scene.notes.get(key) or Note(key=key)


def _paired(free: Mapping[Side, list[Item]], alike: Joined, scene: Scene, context: Context) -> list[Case]:
    salesforce = {item.id: item for item in free[Side.SALESFORCE]}
    pairs = {here: salesforce[there] for here, there in alike.pairs.items() if there in salesforce}
    found: list[Case] = []
    together: set[tuple[Side, str]] = set()
    for item in free[Side.EXCHANGE]:
        twin = pairs.get(item.id)
        pair = _pair(item, twin, alike, scene, context) if twin else None
        if pair and twin:
            together |= {(item.side, item.id), (twin.side, twin.id)}
            found.append(pair)
    rest = alike.without(together)
    return found + [_single(item, rest, scene, context) for side in Side for item in free[side] if (side, item.id) not in together]


def _single(item: Item, alike: Joined, scene: Scene, context: Context) -> Case:
    own, other = item_keys(context.person, item.side, item.id)
    grave = scene.graves.get((item.side, item.id), ALIVE)
    key = other if grave.replaced and own in grave.keys else own
    name = item.side, item.id
    exchange = item.side is Side.EXCHANGE
    return Case(
        key=key,
        exchange=item if exchange else None,
        salesforce=None if exchange else item,
        note=_note(scene, key, context),
        generation=grave.generation + 1,
        twin=Twin.FORMER if grave.replaced else alike.twin.get(name, Twin.NONE),
        twins=alike.others.get(name, ()),
        alike=alike.facts.get(name, ()),
    )


WISHES = frozenset({"A09", "A11", "A13"})
"""Rows by which somebody keeps an item out: they hold for its twin too."""


def _pair(exchange: Item, salesforce: Item, alike: Joined, scene: Scene, context: Context) -> Case | None:
    """Both as one case, made where it is synced by itself; None where neither is: then there is nothing to link."""
    here, there = (_admission(_single(item, ALONE, scene, context), context) for item in (exchange, salesforce))
    if Admission.ADMITTED not in (here.then, there.then):
        return None
    theirs = here.then is not Admission.ADMITTED and here.code not in WISHES
    key = item_key(context.person, Side.EXCHANGE, exchange.id)
    return Case(
        key=key,
        exchange=exchange,
        salesforce=salesforce,
        note=_note(scene, key, context),
        origin=Side.SALESFORCE if theirs or there.code in WISHES else Side.EXCHANGE,
        generation=scene.graves.get((Side.EXCHANGE, exchange.id), ALIVE).generation + 1,
        twin=alike.twin.get((Side.EXCHANGE, exchange.id), Twin.ONE),
        alike=alike.facts.get((Side.EXCHANGE, exchange.id), ()),
    )


def _admission(case: Case, context: Context) -> Rule:
    item = case.items[0]
    return admission(case, item, context.candidates(item), context)[0]


def absorbed(plan: Plan) -> Plan:
    """The plan with the keys of the Salesforce halves that linking makes superfluous."""
    steps = tuple(
        replace(step, absorbed=item_key(plan.person, Side.SALESFORCE, step.salesforce.id))
        if step.link is None and step.exchange and step.salesforce
        else step
        for step in plan.steps
    )
    return replace(plan, steps=steps)
