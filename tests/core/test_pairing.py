"""Which items are the same: twins at the first sync, and the instances of a series that was moved (SPEC 6)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from twincal.core.item import AllDay, Item, Timed, Times
from twincal.core.pairing import item_key, item_keys, moved_series, twins
from twincal.core.trees import Link
from twincal.core.vocabulary import Side

NINE = datetime(2027, 3, 1, 9, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


def item(side: Side, ident: str, subject: str = "Plan", times: Times | None = None, hours: float = 0) -> Item:
    start = NINE + timedelta(hours=hours)
    return Item(side=side, id=ident, subject=subject, times=times or Timed(start, start + HOUR))


def exchange(ident: str, subject: str = "Plan", *, hours: float = 0, times: Times | None = None) -> Item:
    return item(Side.EXCHANGE, ident, subject, times, hours)


def salesforce(ident: str, subject: str = "Plan", *, hours: float = 0, times: Times | None = None) -> Item:
    return item(Side.SALESFORCE, ident, subject, times, hours)


DAY = AllDay(date(2027, 3, 1), date(2027, 3, 1))
MIDNIGHTS = Timed(datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 3, 2, tzinfo=UTC))
TWINS: tuple[tuple[list[Item], list[Item], dict[str, str], str], ...] = (
    # Exchange, Salesforce, the pairs, who is unclear
    ([exchange("e")], [salesforce("s")], {"e": "s"}, ""),
    ([exchange("e")], [salesforce("s", hours=0.25)], {}, ""),
    ([exchange("e", "Plan ")], [salesforce("s")], {"e": "s"}, ""),
    ([exchange("e", "plan")], [salesforce("s")], {}, ""),
    ([exchange("e", "P" * 300)], [salesforce("s", "P" * 255)], {"e": "s"}, ""),
    ([exchange("e"), exchange("f")], [], {}, ""),
    ([exchange("e"), exchange("f")], [salesforce("s")], {}, "efs"),
    ([exchange("e")], [salesforce("s"), salesforce("t")], {}, "est"),
    ([exchange("e"), exchange("f", "Other")], [salesforce("s"), salesforce("t", "Other")], {"e": "s", "f": "t"}, ""),
    ([exchange("e", times=DAY)], [salesforce("s", times=DAY)], {"e": "s"}, ""),
    ([exchange("e", times=DAY)], [salesforce("s", times=MIDNIGHTS)], {}, ""),
    ([exchange("e", hours=0.0001)], [salesforce("s")], {"e": "s"}, ""),
)


@pytest.mark.parametrize(("here", "there", "pairs", "unclear"), TWINS)
def test_twins_have_the_same_subject_start_and_end(
    here: list[Item], there: list[Item], pairs: dict[str, str], unclear: str
) -> None:
    found = twins(here, there)
    assert found.pairs == pairs
    assert "".join(sorted(ident for _, ident in found.unclear)) == "".join(sorted(unclear))


def test_what_is_unclear_names_all_the_others() -> None:
    found = twins([exchange("e"), exchange("f")], [salesforce("s")])
    assert set(found.unclear[Side.EXCHANGE, "e"]) == {"f", "s"}
    assert set(found.unclear[Side.SALESFORCE, "s"]) == {"e", "f"}


def link(number: int) -> Link:
    return Link(key=str(number), exchange_id=f"old{number}", born=Side.EXCHANGE, series="S", original_start=NINE + number * WEEK)


def fresh(number: int, shift: timedelta = HOUR, moved: timedelta = timedelta(0), series: str = "S") -> Item:
    """A new instance in the place of an old one; `moved` is how far it was then moved by itself."""
    place = NINE + number * WEEK + shift
    times = Timed(place + moved, place + moved + HOUR)
    return Item(side=Side.EXCHANGE, id=f"new{number}", times=times, series=series, original_start=place)


def tied(links: list[Link], vanished: str, new: list[Item]) -> dict[str, str]:
    gone = frozenset(f"old{number}" for number in vanished)
    return {link.exchange_id: link.key for link in moved_series(links, gone, new)}


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
    (found, *_) = moved_series(SERIES, frozenset({"old0", "old1", "old2"}), [fresh(0)])
    assert (found.key, found.exchange_id, found.original_start) == ("0", "new0", NINE + HOUR)


def test_keys_tell_people_sides_and_items_apart() -> None:
    keys = {item_key(person, side, ident) for person in ("ann", "ben") for side in Side for ident in ("1", "2")}
    assert len(keys) == 8
    own, former = item_keys("ann", Side.EXCHANGE, "1")
    assert own == item_key("ann", Side.EXCHANGE, "1") != former
