"""Which new instance of a series that was moved is which old one (SPEC 6)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from twincal.core.item import Item, Timed
from twincal.core.series import moved_series
from twincal.core.trees import Link
from twincal.core.vocabulary import Side

NINE = datetime(2027, 3, 1, 9, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def link(number: int) -> Link:
    return Link(key=str(number), exchange_id=f"old{number}", born=Side.EXCHANGE, series="S", original_start=NINE + number * WEEK)


def fresh(number: int, shift: timedelta = HOUR, moved: timedelta = timedelta(0), series: str = "S") -> Item:
    """A new instance in the place of an old one; `moved` is how far it was then moved by itself."""
    place = NINE + number * WEEK + shift
    times = Timed(place + moved, place + moved + HOUR)
    return Item(side=Side.EXCHANGE, id=f"new{number}", times=times, series=series, original_start=place)


def same(link: Link, item: Item) -> bool:
    return item.subject == f"Number {link.key}"


def tied(links: list[Link], vanished: str, new: Iterable[Item]) -> dict[str, str]:
    gone = frozenset(f"old{number}" for number in vanished)
    return {link.exchange_id: link.key for link in moved_series(links, gone, new, same)}


SERIES = [link(0), link(1), link(2)]
MOVED: tuple[tuple[str, list[Item], dict[str, str]], ...] = (
    # which instances vanished, the new ones, whose place each takes
    ("012", [fresh(0), fresh(1), fresh(2)], {"new0": "0", "new1": "1", "new2": "2"}),
    ("012", [fresh(2), fresh(0), fresh(1)], {"new0": "0", "new1": "1", "new2": "2"}),
    ("12", [fresh(1), fresh(2)], {"new1": "1", "new2": "2"}),
    ("012", [fresh(0), fresh(1, moved=3 * WEEK), fresh(2)], {"new0": "0", "new1": "1", "new2": "2"}),
    ("012", [fresh(0), fresh(1), fresh(2, moved=-3 * WEEK)], {"new0": "0", "new1": "1", "new2": "2"}),
    ("1", [fresh(3)], {}),
    ("01", [fresh(0), fresh(1)], {}),
    ("2", [fresh(2)], {"new2": "2"}),
    ("012", [fresh(0)], {"new0": "0"}),
    ("012", [fresh(0, series="T")], {}),
    ("", [fresh(3)], {}),
)


@pytest.mark.parametrize(("vanished", "new", "expected"), MOVED)
def test_the_instances_of_a_moved_series_are_paired_in_order(vanished: str, new: list[Item], expected: dict[str, str]) -> None:
    assert tied(SERIES, vanished, new) == expected


def test_a_link_of_a_moved_series_keeps_its_key_and_takes_the_new_place() -> None:
    (found, *_) = moved_series(SERIES, frozenset({"old0", "old1", "old2"}), [fresh(0)], same)
    assert (found.key, found.exchange_id, found.original_start) == ("0", "new0", NINE + HOUR)


def named(number: int) -> Item:
    return replace(fresh(number), subject=f"Number {number}")


def test_an_instance_that_was_never_linked_keeps_its_new_one_free() -> None:
    """The creation of the second was refused before the series was moved."""
    assert tied([link(0), link(2)], "02", map(fresh, range(3))) == {"new0": "0", "new2": "2"}


def test_where_the_first_was_never_linked_what_they_say_tells_which_is_which() -> None:
    assert tied([link(1), link(2)], "12", map(named, range(3))) == {"new1": "1", "new2": "2"}


def test_where_all_say_the_same_they_are_paired_in_order() -> None:
    assert tied([link(1), link(2)], "12", map(fresh, range(3))) == {"new0": "1", "new1": "2"}


def test_the_clocks_change_between_two_instances() -> None:
    new = [fresh(0), fresh(1), fresh(2, shift=timedelta(0))]
    assert tied([link(0), link(2)], "02", new) == {"new0": "0", "new2": "2"}


def test_another_rhythm_is_paired_in_order() -> None:
    new = [fresh(number, shift=-number * 4 * DAY) for number in range(3)]
    assert tied(SERIES, "012", new) == {"new0": "0", "new1": "1", "new2": "2"}


def test_whole_days_are_moved_like_times() -> None:
    days = [date(2027, 3, 1), date(2027, 3, 8)]
    old = [replace(link(number), original_start=day) for number, day in enumerate(days)]
    new = [replace(fresh(number), original_start=day + DAY) for number, day in enumerate(days)]
    assert tied(old, "01", new) == {"new0": "0", "new1": "1"}


def test_old_links_without_a_place_are_tied_too() -> None:
    old = [replace(link(number), original_start=None) for number in range(2)]
    assert tied(old, "01", [fresh(0), fresh(1)]) == {"new0": "0", "new1": "1"}
    assert tied([old[0], link(1)], "01", [fresh(0), fresh(1)]) == {"new0": "0", "new1": "1"}
