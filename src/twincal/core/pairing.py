"""Which items are the same: twins at the first sync, and the instances of a series that was moved (SPEC 6)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import blake2b

from msgspec import Struct
from msgspec.structs import replace

from twincal.core.fields import SUBJECT_LIMIT, fitted, whole_seconds
from twincal.core.item import Item, Times
from twincal.core.trees import Link
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


def _rank(moment: datetime | date | None) -> str:
    return moment.isoformat() if moment else ""


def moved_series(links: Sequence[Link], vanished: frozenset[str], fresh: Iterable[Item]) -> list[Link]:
    """Links whose Exchange instance vanished, tied in order to the new instances of the same series.

    Only where the series was moved as a whole from some instance on: nothing linked stands at or after the first one that
    vanished. So a single deleted instance is not mistaken for a move when the window reveals a new instance at its end.
    The order is that of the places in the series: an instance that was then moved by itself keeps its place.
    """
    new_by_series: dict[str, list[Item]] = defaultdict(list)
    for item in fresh:
        if item.series:
            new_by_series[item.series].append(item)
    old_by_series: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        if link.series in new_by_series:
            old_by_series[link.series].append(link)
    tied: list[Link] = []
    for series, old in old_by_series.items():
        lost = sorted((link for link in old if link.exchange_id in vanished), key=lambda k: _rank(k.original_start))
        if not lost:
            continue
        first = _rank(lost[0].original_start)
        if any(link.exchange_id not in vanished and _rank(link.original_start) >= first for link in old):
            continue
        new = sorted(new_by_series[series], key=lambda item: _rank(item.original_start or item.start))
        tied += [
            replace(link, exchange_id=item.id, original_start=item.original_start) for link, item in zip(lost, new, strict=False)
        ]
    return tied
