"""After a restored backup: which items belong together, and what both sides had last agreed on, as the items themselves tell.

A written item carries its mark (link and generation) and a stamp (short keyed hashes of what was written). Both are newer than
the database (reliability facts 5.6, rules 3 and 4).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from twincal.core.fields import ROWS, SYNCED, prints
from twincal.core.item import Item
from twincal.core.joining import made_by_us
from twincal.core.pairing import item_keys, likeness, twins
from twincal.core.scene import Scene
from twincal.core.trees import Link, Prints
from twincal.core.vocabulary import Field, Side
from twincal.core.writes import Absent

SHORT = 4
"""Bytes of a print that a stamp holds."""
Marked = Mapping[str, Sequence[Item]]
"""Live items by the key of the mark they carry."""


def rejoined(person: str, scene: Scene, marked: Marked, key: bytes) -> list[Link]:
    """The links to store: new pairs that marks tell of, links of which a newer half stands somewhere, and links whose base
    the items know better."""
    known = {link.key: link for link in scene.links}
    held = halves(scene.links)
    found = []
    for link in scene.links:
        link = _renewed(link, marked.get(link.key, ()), scene, held)
        link = _likely(link, scene, held)
        held |= halves([link])
        found.append(_rebased(link, scene, key))
    for side, tree in ((Side.EXCHANGE, scene.exchange), (Side.SALESFORCE, scene.salesforce)):
        for born in (one for one in tree.values() if isinstance(one, Item) and (side, one.id) not in held and not one.private):
            own = item_keys(person, side, born.id)[0]
            copies = [one for one in marked.get(own, ()) if one.side is side.other and (one.side, one.id) not in held]
            if own not in known and copies:
                copy = max(copies, key=_generation)
                held |= {(side, born.id), (copy.side, copy.id)}
                found.append(_based(_paired(own, born, copy), born, copy, key))
    return [link for link in found if link != known.get(link.key)]


def halves(links: Iterable[Link]) -> set[tuple[Side, str]]:
    """The items of pairs: side and id."""
    return {(side, link.id_on(side)) for link in links for side in Side if link.id_on(side)}


def rejoined_by_looks(person: str, scene: Scene, links: Sequence[Link], integration_user: str, key: bytes) -> list[Link]:
    """The links to store where Salesforce has no field for marks: an item that nothing is paired with, and the only event like
    it, which we created. Nothing tells what both had agreed on. So the difference between them stays; but what is edited from
    now on, while somebody looks at the plan, is an edit."""
    taken, known = halves(links) | scene.graves.keys(), {link.key for link in links}
    here, there = (
        {
            one.id: one
            for one in tree.values()
            if isinstance(one, Item) and not one.private and not one.cancelled and (one.side, one.id) not in taken
        }
        for tree in (scene.exchange, scene.salesforce)
    )
    found = []
    for born, copy in ((here[one], there[other]) for one, other in twins(here.values(), there.values()).pairs.items()):
        own = item_keys(person, born.side, born.id)[0]
        if own not in known and made_by_us(copy, integration_user):
            found.append(replace(_paired(own, born, copy), exchange=prints(born, key), salesforce=prints(copy, key)))
    return found


def _generation(item: Item) -> int:
    number = item.mark.partition(":")[2]
    return int(number) if number.isdigit() else 0


def _paired(key: str, born: Item, copy: Item) -> Link:
    exchange, salesforce = (born, copy) if born.side is Side.EXCHANGE else (copy, born)
    return Link(
        key=key, generation=max(1, _generation(copy)), exchange_id=exchange.id, salesforce_id=salesforce.id, born=born.side,
        kind=born.kind, series=exchange.series, original_start=exchange.original_start, end=max(born.end, copy.end),
        whos=salesforce.whos, what=salesforce.what,
    )  # fmt: skip


def _renewed(link: Link, copies: Sequence[Item], scene: Scene, held: Collection[tuple[Side, str]]) -> Link:
    """The link with a newer half, where one carries its mark."""
    for copy in copies:
        tree = scene.exchange if copy.side is Side.EXCHANGE else scene.salesforce
        gone = not isinstance(tree.get(link.id_on(copy.side)), Item)
        if _generation(copy) > link.generation and gone and (copy.side, copy.id) not in held:
            name = "exchange_id" if copy.side is Side.EXCHANGE else "salesforce_id"
            link = replace(link, generation=_generation(copy), **{name: copy.id})
    return link


def _likely(link: Link, scene: Scene, held: Collection[tuple[Side, str]]) -> Link:
    """The link with the one free event that looks the same in the place of a half that is gone: where Salesforce has no field
    for marks, an event that was created again after the backup can only be told by its looks."""
    exchange = scene.exchange.get(link.exchange_id)
    if not isinstance(exchange, Item) or isinstance(scene.salesforce.get(link.salesforce_id), Item):
        return link
    alike = [
        one
        for one in scene.salesforce.values()
        if isinstance(one, Item) and not one.private and not one.mark
        and (Side.SALESFORCE, one.id) not in held and likeness(one) == likeness(exchange)
    ]  # fmt: skip
    return replace(link, generation=link.generation + 1, salesforce_id=alike[0].id) if len(alike) == 1 else link


def _rebased(link: Link, scene: Scene, key: bytes) -> Link:
    """The link with the base that the stamps of its halves tell."""
    exchange, salesforce = scene.exchange.get(link.exchange_id), scene.salesforce.get(link.salesforce_id)
    if not isinstance(exchange, Item) or not isinstance(salesforce, Item) or exchange.private or salesforce.private:
        return link
    written = exchange if exchange.stamp and not salesforce.stamp else salesforce
    return _based(link, salesforce if written is exchange else exchange, written, key) if written.stamp else link


def _based(link: Link, source: Item, written: Item, key: bytes) -> Link:
    """The link with what both agreed on: fields that say the same now; and the source's, where the stamp shows that it has
    not changed since it was written across, so that the other side's later edit counts as one. Any other field keeps the
    base it had: where both have changed since, the setting `conflict` decides, and the value that loses is kept."""
    exchange, salesforce = (source, written) if source.side is Side.EXCHANGE else (written, source)
    now = {source.side: prints(source, key), written.side: prints(written, key)}
    told = stamped(written.stamp)
    base: dict[Side, dict[Field, bytes]] = {side: dict(link.base_of(side)) for side in Side}
    for field, print_ in now[source.side].items():
        if field not in SYNCED or ROWS[field].same(exchange, salesforce):
            for side in Side:
                base[side][field] = now[side][field]
        elif told.get(field) == print_[:SHORT]:
            base[source.side][field] = print_
            if base[written.side].get(field) == now[written.side][field]:
                del base[written.side][field]
    return replace(link, exchange=base[Side.EXCHANGE], salesforce=base[Side.SALESFORCE])


def stamped(stamp: str) -> Prints:
    """What a stamp says: the beginning of each synced field's print."""
    text = stamp.partition(":")[2]
    if len(text) != 2 * SHORT * len(SYNCED):
        return {}
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return {}
    return {field: raw[number * SHORT : (number + 1) * SHORT] for number, field in enumerate(SYNCED)}


def marks_to_ask(person: str, scene: Scene, generations: int = 3) -> dict[Side, list[str]]:
    """The marks under which a copy of an unlinked item, or a newer half of a link, could stand on the other side."""
    wanted: dict[Side, list[str]] = {side: [] for side in Side}
    held = halves(scene.links)
    for side, tree in ((Side.EXCHANGE, scene.exchange), (Side.SALESFORCE, scene.salesforce)):
        for one in tree.values():
            if isinstance(one, Item) and not one.private and (side, one.id) not in held:
                own = item_keys(person, side, one.id)[0]
                wanted[side.other] += [f"{own}:{number}" for number in range(1, generations + 1)]
    for link in scene.links:
        for side, tree in ((Side.EXCHANGE, scene.exchange), (Side.SALESFORCE, scene.salesforce)):
            if isinstance(tree.get(link.id_on(side)), Absent | None):
                wanted[side] += [f"{link.key}:{link.generation + number}" for number in range(1, generations + 1)]
    return wanted
