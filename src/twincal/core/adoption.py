"""The first sync of two calendars that already hold the same meetings: who belongs to whom, for certain or likely.

Pure, one to one, and the same whatever order the items come in: where two pairs claim the same item with the same points,
neither is made. Nothing here writes; what is only likely waits for the person.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby

from msgspec import Struct

from twincal.core.item import Item
from twincal.core.likeness import CLOSE, HIGH, MEDIUM, Likeness, compared, hidden_ids
from twincal.core.vocabulary import Side

Name = tuple[Side, str]


class Pair(Struct, frozen=True):
    """Two items that may be the same."""

    exchange: Item
    salesforce: Item
    likeness: Likeness

    @property
    def names(self) -> tuple[Name, Name]:
        """Both, by side and id."""
        return (Side.EXCHANGE, self.exchange.id), (Side.SALESFORCE, self.salesforce.id)


class Likely(Struct, frozen=True):
    """What an item may be the same as, the likeliest first, and why."""

    others: tuple[str, ...]
    facts: tuple[str, ...]


class Adoption(Struct, frozen=True):
    """`sure` maps an Exchange id to the Salesforce id that is the same, with the facts that tell; `likely` holds what waits
    for a person; `doubles` look like an item that has found its other half, so that they stand twice on their side."""

    sure: Mapping[str, tuple[str, tuple[str, ...]]] = {}
    likely: Mapping[Name, Likely] = {}
    doubles: frozenset[Name] = frozenset()


def adopted(pairs: Iterable[Pair], taken: Collection[Name] = ()) -> Adoption:
    """Sort pairs by their points, the best first. `taken` have found their other half already."""
    linked: set[Name] = set(taken)
    unclear: set[Name] = set()
    sure: dict[str, tuple[str, tuple[str, ...]]] = {}
    likely: dict[Name, list[Pair]] = defaultdict(list)
    doubles: set[Name] = set()
    ranked = sorted((pair for pair in pairs if pair.likeness.points >= MEDIUM), key=_rank)
    for points, level in groupby(ranked, key=lambda pair: pair.likeness.points):
        alike = list(level)
        open_pairs = [pair for pair in alike if not linked & set(pair.names)]
        claims: dict[Name, int] = defaultdict(int)
        for name in (name for pair in open_pairs for name in pair.names):
            claims[name] += 1
        for pair in open_pairs:
            certain = points >= HIGH and not unclear & set(pair.names)
            if certain and all(claims[name] == 1 for name in pair.names):
                sure[pair.exchange.id] = pair.salesforce.id, pair.likeness.facts
                continue
            for name in pair.names:
                likely[name].append(pair)
        unclear |= {name for pair in open_pairs for name in pair.names if pair.exchange.id not in sure}
        linked |= {name for pair in open_pairs if pair.exchange.id in sure for name in pair.names}
        doubles |= {name for pair in alike if _same_start(pair) for name in pair.names if linked & set(pair.names)}
    waiting = {name: _likely(name, found) for name, found in likely.items() if name not in linked}
    return Adoption(sure, waiting, frozenset(doubles - linked - waiting.keys()))


def _rank(pair: Pair) -> tuple[int, str, str]:
    return -pair.likeness.points, pair.exchange.id, pair.salesforce.id


def _same_start(pair: Pair) -> bool:
    return pair.exchange.start == pair.salesforce.start


def _likely(name: Name, found: Sequence[Pair]) -> Likely:
    others = tuple(pair.salesforce.id if name[0] is Side.EXCHANGE else pair.exchange.id for pair in found)
    return Likely(others, found[0].likeness.facts)


def candidates(exchange: Iterable[Item], salesforce: Iterable[Item], own: Collection[str] = ()) -> list[Pair]:
    """Every pair that may come to enough points: those with an id in common, and those that start close to each other."""
    there = sorted(salesforce, key=lambda item: (item.start, item.id))
    starts = [item.start for item in there]
    known: dict[str, list[Item]] = defaultdict(list)
    for item in there:
        for one in hidden_ids(item):
            known[one].append(item)
    found = []
    for item in exchange:
        near = there[bisect_left(starts, item.start - CLOSE) :]
        close: dict[str, Item] = {}
        for other in near:
            if other.start > item.start + CLOSE:
                break
            close[other.id] = other
        close |= {other.id: other for one in hidden_ids(item) for other in known.get(one, ())}
        found += [Pair(item, other, compared(item, other, own)) for other in close.values()]
    return found
