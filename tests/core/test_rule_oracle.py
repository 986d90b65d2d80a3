"""Every possible situation: the tables answer as SPEC, told a second time, does."""

import pytest

from tests.core.oracle import ORACLES
from tests.core.reasons import REASONS
from twincal.core.rules.admit import ADMIT
from twincal.core.rules.fate import FATE
from twincal.core.rules.gates import GATES
from twincal.core.rules.people import PEOPLE
from twincal.core.rules.table import Table
from twincal.core.rules.undo import UNDO


@pytest.mark.parametrize("table", (ADMIT, PEOPLE, FATE, GATES, UNDO), ids=lambda table: table.name)
def test_the_table_says_what_spec_says(table: Table) -> None:
    told = ORACLES[table.name]
    for situation in table.situations():
        rule = table.decide(situation)
        assert rule.then is told(situation), (rule.code, {name: word.name for name, word in situation.items()})


@pytest.mark.parametrize("table", (ADMIT, PEOPLE, FATE, GATES, UNDO), ids=lambda table: table.name)
def test_the_reason_is_the_one_people_expect(table: Table) -> None:
    told = REASONS[table.name]
    for situation in table.situations():
        code = table.decide(situation).code
        assert code == told(situation), {name: word.name for name, word in situation.items()}
