"""A mailbox was moved: its items have other ids and are the same ones all the same."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from twincal.core.fields import prints
from twincal.core.item import Item, Timed
from twincal.core.relocation import relocated
from twincal.core.trees import Link, Prints
from twincal.core.vocabulary import Side

NINE = datetime(2027, 3, 1, 9, tzinfo=UTC)
KEY = b"k" * 32


def item(ident: str, subject: str = "Plan", hour: int = 0, place: str = "Room 1") -> Item:
    start = NINE + timedelta(hours=hour)
    return Item(side=Side.EXCHANGE, id=ident, subject=subject, place=place, times=Timed(start, start + timedelta(hours=1)))


def of(item: Item) -> Prints:
    return prints(item, KEY)


def link(old: Item) -> Link:
    return Link(key=f"key of {old.id}", exchange_id=old.id, salesforce_id=f"00U{old.id}", born=Side.EXCHANGE, exchange=of(old))


def tied(old: list[Item], new: list[Item], vanished: str) -> dict[str, str]:
    found = relocated([link(one) for one in old], frozenset(vanished), new, of)
    return {one.key: one.exchange_id for one in found}


def test_the_one_new_item_that_says_the_same_takes_the_place_of_the_one_that_vanished() -> None:
    old = [item("a"), item("b", "Review"), item("c", hour=2)]
    new = [item("x", hour=2), item("y"), item("z", "Review")]
    assert tied(old, new, "abc") == {"key of a": "y", "key of b": "z", "key of c": "x"}


@pytest.mark.parametrize(
    "new", [item("x", "Another"), item("x", hour=1), item("x", place="Room 2")], ids=["subject", "time", "place"]
)
def test_what_says_something_else_is_another_item(new: Item) -> None:
    assert tied([item("a")], [new], "a") == {}


def test_where_several_could_be_meant_none_is_tied() -> None:
    assert tied([item("a"), item("b")], [item("x"), item("y")], "ab") == {}
    assert tied([item("a")], [item("x"), item("y")], "a") == {}
    assert tied([item("a"), item("b")], [item("x")], "ab") == {}


def test_what_still_stands_keeps_its_link() -> None:
    assert tied([item("a")], [item("x")], "") == {}


def test_an_instance_takes_its_new_series_along() -> None:
    instance = replace(item("x"), series="new", original_start=NINE)
    (found,) = relocated([replace(link(item("a")), series="old", original_start=NINE)], frozenset("a"), [instance], of)
    assert (found.key, found.exchange_id, found.series, found.original_start) == ("key of a", "x", "new", NINE)


def test_a_link_that_never_agreed_is_not_tied() -> None:
    assert relocated([replace(link(item("a")), exchange={})], frozenset("a"), [item("x")], of) == []


@pytest.mark.parametrize(
    "edited", [item("x", "Another"), item("x", hour=1), item("x", place="Room 2")], ids=["subject", "time", "place"]
)
def test_where_half_of_them_were_found_one_edit_hides_nothing(edited: Item) -> None:
    other, same = item("b", "Review", hour=5), item("y", "Review", hour=5)
    assert tied([item("a"), other], [edited, same], "ab") == {"key of a": "x", "key of b": "y"}
    several = [item(name, f"Lost {name}", hour=ord(name)) for name in "cde"]
    assert tied([item("a"), other, *several], [edited, same], "abcde") == {"key of b": "y"}


def test_two_that_were_edited_alike_are_not_told_apart() -> None:
    others = [item(name, name, hour=ord(name)) for name in "cd"]
    new = [replace(one, id=one.id.upper()) for one in others]
    old = [item("a", hour=9), item("b", hour=9), *others]
    found = tied(old, [*new, item("x", hour=9, place="Room 2"), item("y", hour=9, place="Room 3")], "abcd")
    assert found == {"key of c": "C", "key of d": "D"}


def test_what_says_two_other_things_is_another_item() -> None:
    assert tied([item("a"), item("b", "Review")], [item("x", "Another", hour=1), item("y", "Review")], "ab") == {"key of b": "y"}
