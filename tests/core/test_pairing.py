"""Which items are the same: twins at the first sync, and keys (SPEC 6)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from twincal.core.item import AllDay, Item, Timed, Times
from twincal.core.pairing import item_key, item_keys, twins
from twincal.core.vocabulary import Side

NINE = datetime(2027, 3, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


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


def test_keys_tell_people_sides_and_items_apart() -> None:
    keys = {item_key(person, side, ident) for person in ("ann", "ben") for side in Side for ident in ("1", "2")}
    assert len(keys) == 8
    own, former = item_keys("ann", Side.EXCHANGE, "1")
    assert own == item_key("ann", Side.EXCHANGE, "1") != former
