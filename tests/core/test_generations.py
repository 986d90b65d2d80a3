"""A pair lives more than once: each life has a mark of its own."""

import pytest

from twincal.core.decision import Verdict
from twincal.core.judgement import _renewed
from twincal.core.trees import Link
from twincal.core.vocabulary import Side

PAIR = Link(key="0" * 32, exchange_id="E1", salesforce_id="S1", born=Side.EXCHANGE)


@pytest.mark.parametrize("verdict", [Verdict.CREATE_IN_SALESFORCE, Verdict.CREATE_IN_EXCHANGE])
def test_a_half_that_is_created_again_begins_a_new_life(verdict: Verdict) -> None:
    assert _renewed(PAIR, verdict).mark == f"{PAIR.key}:{PAIR.generation + 1}"


@pytest.mark.parametrize("verdict", [Verdict.UPDATE_IN_SALESFORCE, Verdict.MERGE])
def test_a_pair_that_goes_on_keeps_its_mark(verdict: Verdict) -> None:
    assert _renewed(PAIR, verdict).mark == PAIR.mark
