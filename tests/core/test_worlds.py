"""Promises that hold whatever people do and however Twincal is set: each is watched over drawn tapes."""

from hypothesis import given

from tests.core import watches
from tests.core.tapes import TAPES, Tape, play, tapes, world_of
from tests.core.worlds import Watch


def watched(tape: Tape, watch: Watch) -> None:
    """The tape is played, and the world settles, under somebody's eyes."""
    world = world_of(tape, watch)
    play(tape, world)
    world.settle()


@TAPES
@given(tape=tapes)
def test_a_world_comes_to_rest_within_three_cycles_and_then_plans_nothing(tape: Tape) -> None:
    watched(tape, Watch())


@TAPES
@given(tape=tapes)
def test_no_edit_is_lost(tape: Tape) -> None:
    watched(tape, watches.Edits())


@TAPES
@given(tape=tapes)
def test_nothing_stands_twice(tape: Tape) -> None:
    watched(tape, watches.Doubles())


@TAPES
@given(tape=tapes)
def test_the_description_never_flows_to_exchange(tape: Tape) -> None:
    watched(tape, watches.Bodies())


@TAPES
@given(tape=tapes)
def test_the_relations_of_an_event_are_kept(tape: Tape) -> None:
    watched(tape, watches.Relations())


@TAPES
@given(tape=tapes)
def test_the_text_of_a_private_item_is_nowhere(tape: Tape) -> None:
    watched(tape, watches.Secrets())


@TAPES
@given(tape=tapes)
def test_nothing_is_deleted_that_nobody_deleted(tape: Tape) -> None:
    watched(tape, watches.Deletions())


@TAPES
@given(tape=tapes)
def test_nobody_is_mailed_unless_the_setting_says_so(tape: Tape) -> None:
    watched(tape, watches.Mails())


@TAPES
@given(tape=tapes)
def test_every_item_has_one_decision_with_a_complete_trail(tape: Tape) -> None:
    watched(tape, watches.Trails())
