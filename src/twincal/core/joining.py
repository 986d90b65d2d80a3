"""Which unlinked items of both sides belong together: twins, what a person said, what came out of the bin, and, in a first sync,
what is alike (SPEC 6)."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from twincal.core.adoption import Adoption, Name, Pair, adopted, candidates
from twincal.core.facts import Context
from twincal.core.item import Item
from twincal.core.likeness import compared
from twincal.core.pairing import Twins, item_keys, trace, twins
from twincal.core.rules.fate import TOGETHER, Twin
from twincal.core.scene import Note, Scene
from twincal.core.vocabulary import Side

Free = Mapping[Side, Sequence[Item]]
BY_PROGRAM = "transaction:"
"""How `created_by` begins on an Exchange item that was created with a `transactionId`."""


class Joined(Struct, frozen=True):
    """`pairs` maps an Exchange id to the Salesforce id that is judged with it. `twin` says of an item why it is judged so,
    `others` what it could be mistaken for, `facts` what tells so."""

    pairs: Mapping[str, str] = {}
    twin: Mapping[Name, Twin] = {}
    others: Mapping[Name, tuple[str, ...]] = {}
    facts: Mapping[Name, tuple[str, ...]] = {}

    def without(self, together: Collection[Name]) -> "Joined":
        """What is left to say of items that are not judged as one, since neither is synced: of those that are alike it is
        remembered, for the day when one of them is."""
        twin = {name: word for name, word in self.twin.items() if word not in TOGETHER}
        others = dict(self.others)
        for here, there in self.pairs.items():
            names = (Side.EXCHANGE, here), (Side.SALESFORCE, there)
            if self.twin.get(names[0]) is Twin.SURE and names[0] not in together:
                twin |= dict.fromkeys(names, Twin.LIKELY)
                others |= {names[0]: (there,), names[1]: (here,)}
        return Joined({}, twin, others, self.facts)


ALONE = Joined()


def joined(free: Free, scene: Scene, context: Context) -> Joined:
    """What belongs together of the items that stand alone: as a person said, by hidden ids, as twins, by likeness."""
    items = {side: [item for item in free[side] if _has_a_twin(item, context)] for side in Side}
    notes = _notes(items, scene, context)
    chosen = _chosen(items, notes)
    found = _compared(items, notes, scene, context)
    certain = adopted([pair for pair in found if pair.likeness.named], _names(chosen)).sure
    held = _names(chosen) | _names({here: there for here, (there, _) in certain.items()})
    every = twins(items[Side.EXCHANGE], items[Side.SALESFORCE])
    alike = _without(held, items) if held else every
    surplus = frozenset(every.unclear.keys() - alike.unclear.keys() - held - _names(alike.pairs))
    alike = _with_restored(alike, free, scene)
    likeness = adopted(found, held | _names(alike.pairs))
    sure = {**certain, **likeness.sure}
    doubles = likeness.doubles | surplus | _arrived_late(items, scene, context)
    return _told(alike, chosen, replace(likeness, sure=sure, doubles=doubles), notes)


def _arrived_late(items: Free, scene: Scene, context: Context) -> frozenset[Name]:
    """Items of ours that stand alone though we know of their pair: the request was taken for lost, was sent again, and then
    arrived after all. What was taken out of the bin is none of them."""
    if not context.latecomers:
        return frozenset()
    free = [one for side in Side for one in items[side] if (side, one.id) not in scene.graves]
    ours = [one for one in free if made_by_us(one, context.integration_user)]
    return frozenset(
        (one.side, one.id) for one in ours if trace(one.side, one.subject, one.times, context.key) in context.latecomers
    )


def made_by_us(item: Item, integration_user: str) -> bool:
    """Who created an item, Exchange tells nobody: only that a program did, which named the request."""
    by = item.created_by
    return bool(by) and (by == integration_user or (item.side is Side.EXCHANGE and by.startswith(BY_PROGRAM)))


def _without(held: Collection[Name], items: Free) -> Twins:
    return twins(*([item for item in items[side] if (side, item.id) not in held] for side in Side))


def _names(pairs: Mapping[str, str]) -> frozenset[Name]:
    return frozenset((side, one) for pair in pairs.items() for side, one in zip(Side, pair, strict=True))


def _has_a_twin(item: Item, context: Context) -> bool:
    return not item.private and not item.cancelled and context.window.meets(item)


def _notes(items: Free, scene: Scene, context: Context) -> dict[Name, Note]:
    """What is remembered of the items, by their names."""
    if not scene.notes:
        return {}
    keyed = ((item, key) for side in Side for item in items[side] for key in item_keys(context.person, side, item.id)[::-1])
    return {(item.side, item.id): scene.notes[key] for item, key in keyed if key in scene.notes}


def _chosen(items: Free, notes: Mapping[Name, Note]) -> dict[str, str]:
    """What people said is the same, one to one: who is named twice is left as it was."""
    there = {item.id for item in items[Side.SALESFORCE]}
    here = {item.id for item in items[Side.EXCHANGE]}
    said = {
        one: note.paired for (side, one), note in notes.items() if side is Side.EXCHANGE and one in here and note.paired in there
    }
    named = list(said.values())
    return {one: other for one, other in said.items() if named.count(other) == 1}


def _compared(items: Free, notes: Mapping[Name, Note], scene: Scene, context: Context) -> list[Pair]:
    """What may be alike: of everything in a first sync; later of what a first sync has left to a person. What a person gave a
    copy of its own is nothing else's other half."""
    own = context.owner.addresses
    apart = {name for name, note in notes.items() if note.choice is name[0]}
    shown = {side: [one for one in items[side] if not one.masked and (side, one.id) not in apart] for side in Side}
    if scene.totals.first_sync:
        return candidates(shown[Side.EXCHANGE], shown[Side.SALESFORCE], own)
    if not any(note.likely for note in notes.values()):
        return []
    here, there = ({item.id: item for item in shown[side]} for side in Side)
    left = [(one, other) if side is Side.EXCHANGE else (other, one) for (side, one), note in notes.items() for other in note.likely]
    known = sorted({(one, other) for one, other in left if one in here and other in there})
    return [Pair(here[one], there[other], compared(here[one], there[other], own)) for one, other in known]


def _with_restored(alike: Twins, free: Free, scene: Scene) -> Twins:
    """Both halves of a pair that has ended, taken out of the bin, are a pair again, whatever they look like by now."""
    if not scene.graves:
        return alike
    halves: dict[Side, dict[str, str]] = {side: {} for side in Side}
    for side, items in free.items():
        for item in items:
            grave = scene.graves.get((side, item.id))
            if grave is not None and not grave.replaced and not item.cancelled:
                halves[side] |= dict.fromkeys(grave.keys, item.id)
    both = halves[Side.EXCHANGE].keys() & halves[Side.SALESFORCE].keys()
    pairs = {halves[Side.EXCHANGE][key]: halves[Side.SALESFORCE][key] for key in sorted(both)}
    taken = {*pairs, *pairs.values()}
    return Twins(
        {here: there for here, there in alike.pairs.items() if not {here, there} & taken} | pairs,
        {one: others for one, others in alike.unclear.items() if one[1] not in taken},
    )


def _told(alike: Twins, chosen: Mapping[str, str], likeness: Adoption, notes: Mapping[Name, Note]) -> Joined:
    pairs = {**alike.pairs, **chosen, **{here: there for here, (there, _) in likeness.sure.items()}}
    twin: dict[Name, Twin] = dict.fromkeys(likeness.doubles, Twin.DOUBLE)
    others: dict[Name, tuple[str, ...]] = {}
    facts: dict[Name, tuple[str, ...]] = {}
    for name, note in notes.items():
        if note.double:
            twin[name] = Twin.DOUBLE
        elif note.likely and note.choice is name[0]:
            twin[name], others[name] = Twin.LIKELY, note.likely
    for name, likely in likeness.likely.items():
        twin[name], others[name], facts[name] = Twin.LIKELY, likely.others, likely.facts
    for name, several in alike.unclear.items():
        twin[name], others[name] = Twin.SEVERAL, several
    for here in pairs:
        sure = likeness.sure.get(here)
        twin[Side.EXCHANGE, here] = Twin.CHOSEN if here in chosen else Twin.SURE if sure else Twin.ONE
        facts[Side.EXCHANGE, here] = sure[1] if sure else ()
    return Joined(pairs, twin, others, facts)
