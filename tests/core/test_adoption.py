"""What a first sync makes of two calendars that hold the same meetings already: never more than there was, whatever the order."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from twincal.core.adoption import Adoption, adopted, candidates
from twincal.core.item import Item, Participant, Timed
from twincal.core.likeness import Confidence, compared, former_id, words_of
from twincal.core.vocabulary import Side

NINE = datetime(2027, 3, 1, 9, tzinfo=UTC)
OWN = frozenset({"ann@northwind.example"})


def item(
    side: Side, ident: str, subject: str = "Review", minutes: int = 0, length: int = 60, people: str = "", uid: str = ""
) -> Item:
    start = NINE + timedelta(minutes=minutes)
    return Item(
        side=side, id=ident, subject=subject, times=Timed(start, start + timedelta(minutes=length)),
        people=tuple(Participant(f"{name}@acme.example") for name in people), former=(former_id(uid),) if uid else (),
    )  # fmt: skip


def exchange(ident: str = "e", *args: str, **more: object) -> Item:
    return item(Side.EXCHANGE, ident, *args, **more)  # type: ignore[arg-type]


def salesforce(ident: str = "s", *args: str, **more: object) -> Item:
    return item(Side.SALESFORCE, ident, *args, **more)  # type: ignore[arg-type]


def found(here: list[Item], there: list[Item]) -> Adoption:
    return adopted(candidates(here, there, OWN))


LIKENESS: tuple[tuple[Item, int, str], ...] = (
    # an event beside `Review` of an hour at nine with a and b: its points, and what they amount to
    (salesforce(), 8, "high"),
    (salesforce(people="z"), 8, "high"),
    (salesforce("s", "RE: réview!", people="a"), 7, "high"),
    (salesforce("s", "review"), 6, "medium"),
    (salesforce("s", "Review of plans", people="a"), 5, "medium"),
    (salesforce(length=30), 6, "medium"),
    (salesforce(length=30, people="a"), 7, "high"),
    (salesforce(minutes=60), 5, "medium"),
    (salesforce(minutes=60, people="z"), 3, "low"),
    (salesforce("s", "Lunch"), 3, "low"),
    (salesforce("s", "Lunch", people="b"), 4, "medium"),
    (salesforce(minutes=600), 4, "medium"),
    (salesforce("s", "Lunch", minutes=600), -1, "low"),
    (salesforce("s", "Lunch", uid="U"), 9, "high"),
    (salesforce(minutes=6000, uid="u"), 10, "high"),
    (salesforce("s", "Lunch", minutes=6000, uid="U"), 5, "medium"),
    (salesforce("s", "Lunch", uid="e"), 9, "high"),
)


@pytest.mark.parametrize(("there", "points", "confidence"), LIKENESS)
def test_points_are_added_up(there: Item, points: int, confidence: str) -> None:
    likeness = compared(exchange(people="ab", uid="U"), there, OWN)
    assert (likeness.points, likeness.confidence) == (points, Confidence.of_value(confidence))


def test_words_of_a_subject() -> None:
    assert words_of("RE: FW: Café, with Bo!") == words_of("cafe WITH bo") == {"cafe", "with", "bo"}
    assert words_of("") == words_of("!") == frozenset()


def test_the_best_pair_is_made_first_and_a_tie_is_nobodys() -> None:
    best = found([exchange(uid="U")], [salesforce("s", "Retitled", uid="U"), salesforce("t")])
    assert best.sure["e"][0] == "s"
    assert best.doubles == {(Side.SALESFORCE, "t")} and not best.likely
    tie = found([exchange(people="a")], [salesforce("s", "review", people="a"), salesforce("t", "REVIEW", people="a")])
    assert not tie.sure and set(tie.likely[Side.EXCHANGE, "e"].others) == {"s", "t"}


def test_an_instance_of_a_series_finds_the_one_at_its_own_time() -> None:
    here = [exchange(f"e{n}", minutes=1440 * n, uid="U") for n in range(5)]
    there = [salesforce(f"s{n}", minutes=1440 * n, uid="U") for n in range(5)]
    assert {one: other for one, (other, _) in found(here, there).sure.items()} == {f"e{n}": f"s{n}" for n in range(5)}


def test_what_lies_days_apart_is_not_even_compared() -> None:
    assert candidates([exchange()], [salesforce(minutes=600)], OWN) == []


@st.composite
def calendars(draw: st.DrawFn) -> tuple[list[Item], list[Item]]:
    """Two calendars of a busy morning, full of likenesses."""
    made = []
    for side in Side:
        rows = draw(st.lists(st.tuples(
            st.sampled_from(("Review", "review", "Review of plans", "Lunch")), st.sampled_from((0, 0, 30, 60, 300)),
            st.sampled_from((30, 60)), st.sampled_from(("", "a", "ab", "z")), st.sampled_from(("", "", "u", "v")),
        ), max_size=6))  # fmt: skip
        made.append([
            item(side, f"{side.value[0]}{number}", subject, minutes, length, people, uid)
            for number, (subject, minutes, length, people, uid) in enumerate(rows)
        ])  # fmt: skip
    return made[0], made[1]


@given(calendars(), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_adoption_never_multiplies_and_knows_neither_order_nor_side(
    both: tuple[list[Item], list[Item]], chance: random.Random
) -> None:
    here, there = both
    one = found(here, there)
    partners = [other for other, _ in one.sure.values()]
    assert len(set(partners)) == len(partners), "an item has one other half"
    linked = {(Side.EXCHANGE, e) for e in one.sure} | {(Side.SALESFORCE, s) for s in partners}
    assert not linked & one.likely.keys() and not linked & one.doubles and not one.likely.keys() & one.doubles
    for name, likely in one.likely.items():
        across = name[0].other
        assert all(name[1] in one.likely[across, other].others for other in likely.others if (across, other) in one.likely)
        assert all((across, other) not in linked for other in likely.others), "nobody waits for what is taken"

    chance.shuffle(here)
    chance.shuffle(there)
    again = found(here, there)
    assert (again.sure, again.doubles) == (one.sure, one.doubles)
    assert {name: likely.others for name, likely in again.likely.items()} == {n: likely.others for n, likely in one.likely.items()}

    mirrored = found([replace(i, side=Side.EXCHANGE) for i in there], [replace(i, side=Side.SALESFORCE) for i in here])
    assert {(e, s) for e, (s, _) in mirrored.sure.items()} == {(s, e) for e, (s, _) in one.sure.items()}
    assert {(side.other, ident) for side, ident in mirrored.likely} == set(one.likely)
    assert {(side.other, ident) for side, ident in mirrored.doubles} == set(one.doubles)
