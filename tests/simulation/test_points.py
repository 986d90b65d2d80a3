"""What a run says of points that it has not reached."""

from tests.simulation.points import ELSEWHERE, PLACES, RULES, unreached


def test_a_point_that_was_not_reached_is_a_finding_unless_no_deed_leads_there() -> None:
    reached = {*RULES, *PLACES} - {"F12", "conflict held", "G02"}
    assert unreached(reached) == {"nothing lasts two weeks": ("G02",), "": ("F12", "conflict held")}
    assert unreached({*RULES, *PLACES}) == {}


def test_what_is_excused_are_points_each_once() -> None:
    excused = [code for codes in ELSEWHERE.values() for code in codes]
    assert set(excused) <= {*RULES, *PLACES}
    assert len(excused) == len(set(excused))
