"""Which items are the same: their keys, and twins at the first sync (SPEC 6)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from msgspec import Struct

from twincal.core.fields import SUBJECT_LIMIT, fitted, whole_seconds
from twincal.core.item import Item, Times
from twincal.core.vocabulary import Side

Likeness = tuple[str, Times]


def item_key(person: str, side: Side, item_id: str) -> str:
    """The name of an item for good, 32 hex digits: the key of its history row and of the link it may get."""
    return blake2b(f"{person}|{side.value}|{item_id}".encode(), digest_size=16).hexdigest()


def item_keys(person: str, side: Side, item_id: str) -> tuple[str, str]:
    """Every key an unlinked item may have: its own, and the one it goes by while a pair in which another item has its place
    by now holds that."""
    return item_key(person, side, item_id), item_key(f"{person}|former", side, item_id)


def likeness(item: Item) -> Likeness:
    """Subject (as Salesforce keeps it), start and end: what makes two unlinked items the same."""
    return fitted(item.subject, SUBJECT_LIMIT), whole_seconds(item.times)


def trace(side: Side, subject: str, times: Times, key: bytes) -> str:
    """A keyed digest of what makes two items of a side the same: to know them again without keeping what they say."""
    face = (side.value, fitted(subject, SUBJECT_LIMIT), whole_seconds(times))
    return blake2b(repr(face).encode(), key=key, digest_size=8).hexdigest()


class Twins(Struct, frozen=True):
    """`pairs` maps an Exchange id to the Salesforce id that is the same item; `unclear` maps the id of an item of either
    side to the ids of the items it could be mistaken for, its own side included."""

    pairs: Mapping[str, str]
    unclear: Mapping[tuple[Side, str], tuple[str, ...]]


def twins(exchange: Iterable[Item], salesforce: Iterable[Item]) -> Twins:
    """Pairs of unlinked items that are alike and unique on each side; where they are not unique, all are unclear.

    An item without a like one on the other side is neither, however many like it its own side has.
    """
    by_likeness: dict[Likeness, tuple[list[Item], list[Item]]] = defaultdict(lambda: ([], []))
    for item in exchange:
        by_likeness[likeness(item)][0].append(item)
    for item in salesforce:
        by_likeness[likeness(item)][1].append(item)
    pairs: dict[str, str] = {}
    unclear: dict[tuple[Side, str], tuple[str, ...]] = {}
    for here, there in by_likeness.values():
        if len(here) == len(there) == 1:
            pairs[here[0].id] = there[0].id
        elif here and there:
            ids = tuple(item.id for item in (*here, *there))
            unclear.update({(item.side, item.id): tuple(i for i in ids if i != item.id) for item in (*here, *there)})
    return Twins(pairs, unclear)
