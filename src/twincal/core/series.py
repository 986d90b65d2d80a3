"""Which new instance of a series that was moved is which old one (SPEC 6): they are paired in order, so that Salesforce keeps
notes and associations.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from twincal.core.item import Item, Moment
from twincal.core.trees import Link

Ties = list[tuple[Link, Item]]
Same = Callable[[Link, Item], bool]
"""Does an item still say what the Exchange side of a link said when both sides last agreed?"""
BEGINNING = datetime.min.replace(tzinfo=UTC)
HIDDEN = frozenset({"A03", "A04"})
"""Rules that froze a pair because half of it is private: whether its instance still stands says nothing."""
CLOCK_CHANGE = timedelta(hours=1)
"""By so much instances lie nearer or farther from each other where the clocks change between them."""


def moved_series(links: Sequence[Link], vanished: frozenset[str], fresh: Iterable[Item], same: Same) -> list[Link]:
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
        lost = _lost(old, vanished)
        new = sorted(new_by_series[series], key=_place)
        tied += [replace(link, exchange_id=item.id, original_start=item.original_start) for link, item in _ties(lost, new, same)]
    return tied


def _lost(old: Sequence[Link], vanished: frozenset[str]) -> list[Link]:
    """The links of one series whose instance vanished; none where it was not moved as a whole."""
    lost = sorted((link for link in old if link.exchange_id in vanished), key=_former_place)
    standing = (link for link in old if link.exchange_id not in vanished and link.frozen not in HIDDEN)
    if not lost or any(_former_place(link) >= _former_place(lost[0]) for link in standing):
        return []
    return lost


def _ties(lost: Sequence[Link], new: Sequence[Item], same: Same) -> Ties:
    """In order from the first new instance on; from a later one where so more of them say what the old ones said: an instance
    that was never linked (its creation was refused, say) has a new one too."""
    found: Ties = []
    most = -1
    for ahead in range(max(0, len(new) - len(lost)) + 1 if lost else 0):
        ties = _aligned(lost, new[ahead:])
        alike = sum(same(link, item) for link, item in ties)
        if alike > most:
            found, most = ties, alike
    return found


def _aligned(lost: Sequence[Link], new: Sequence[Item]) -> Ties:
    """The first lost link and the first new instance belong together, the others by their distance from those; one by one
    where the distances are no longer the same."""
    in_order = list(zip(lost, new, strict=False))
    if not in_order:
        return []
    by_place = {_place(item): item for item in new}
    shift = _place(new[0]) - _former_place(lost[0])
    places = [(link, _former_place(link) + shift) for link in lost]
    found = [(link, _at(by_place, place)) for link, place in places]
    ties = [(link, item) for link, item in found if item is not None]
    return ties if len({item.id for _, item in ties}) >= len(in_order) else in_order


def _at(by_place: dict[datetime, Item], place: datetime) -> Item | None:
    near = (place, place + CLOCK_CHANGE, place - CLOCK_CHANGE)
    return next((by_place[one] for one in near if one in by_place), None)


def _place(item: Item) -> datetime:
    return _moment(item.original_start or item.start)


def _former_place(link: Link) -> datetime:
    return _moment(link.original_start)


def _moment(place: Moment | None) -> datetime:
    if place is None:
        return BEGINNING
    return place if isinstance(place, datetime) else datetime(place.year, place.month, place.day, tzinfo=UTC)
