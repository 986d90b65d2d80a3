"""The rule tables as mathematics: complete, unique or ordered and reachable, mirrored except where declared."""

from collections import Counter
from collections.abc import Mapping

import pytest

from twincal.core.decision import Verdict
from twincal.core.rules.admit import ADMIT
from twincal.core.rules.fate import DESCRIBED, DIFFERING, FATE, Choice, Deleter, Winner
from twincal.core.rules.gates import FORETOLD, GATES
from twincal.core.rules.guards import GUARDS
from twincal.core.rules.people import AMBIGUOUS, PEOPLE
from twincal.core.rules.table import Policy, Rule, Table
from twincal.core.rules.undo import UNDO
from twincal.core.rules.verify import VERIFY
from twincal.core.vocabulary import Side, Word

TABLES = (ADMIT, PEOPLE, FATE, GATES, UNDO, VERIFY)
ALL_RULES = [rule for table in TABLES for rule in table.rows] + [AMBIGUOUS, DESCRIBED, DIFFERING, FORETOLD, *GUARDS]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_situation_has_an_answer_and_every_row_is_reached(table: Table) -> None:
    reached: Counter[str] = Counter()
    for situation in table.situations():
        matching = [row.code for row in table.rows if row.matches(situation)]
        assert matching, f"no row for {[f'{n}={w.name}' for n, w in situation.items()]}"
        if table.policy is Policy.UNIQUE:
            assert len(matching) == 1, f"{matching} for {[f'{n}={w.name}' for n, w in situation.items()]}"
        reached[matching[0]] += 1
    assert {row.code for row in table.rows} == set(reached)


def test_codes_are_unique_and_keep_their_form() -> None:
    codes = [rule.code for rule in ALL_RULES]
    assert len(codes) == len(set(codes))
    assert all(len(code) == 3 and code[0] in "APFGLUV" and code[1:].isdigit() for code in codes)


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.code)
def test_every_rule_speaks_to_people(rule: Rule) -> None:
    for text in (rule.because, rule.remedy, rule.example):
        assert text[0].isupper() or text[0] in "`{", text
        assert text.endswith((".", "}.")), text


def test_conditions_name_facts_and_words_of_their_table() -> None:
    for table in TABLES:
        for row in table.rows:
            for name, wanted in row.when.items():
                words = wanted if isinstance(wanted, frozenset) else {wanted}
                assert words <= set(table.facts[name]), (row.code, name)


SWAPPED: Mapping[Word, Word] = {
    Winner.EXCHANGE: Winner.SALESFORCE,
    Winner.SALESFORCE: Winner.EXCHANGE,
    Choice.EXCHANGE: Choice.SALESFORCE,
    Choice.SALESFORCE: Choice.EXCHANGE,
    Verdict.CREATE_IN_EXCHANGE: Verdict.CREATE_IN_SALESFORCE,
    Verdict.CREATE_IN_SALESFORCE: Verdict.CREATE_IN_EXCHANGE,
    Verdict.UPDATE_IN_EXCHANGE: Verdict.UPDATE_IN_SALESFORCE,
    Verdict.UPDATE_IN_SALESFORCE: Verdict.UPDATE_IN_EXCHANGE,
    Verdict.DELETE_IN_EXCHANGE: Verdict.DELETE_IN_SALESFORCE,
    Verdict.DELETE_IN_SALESFORCE: Verdict.DELETE_IN_EXCHANGE,
    Side.EXCHANGE: Side.SALESFORCE,
    Side.SALESFORCE: Side.EXCHANGE,
}


def mirrored(situation: Mapping[str, Word]) -> dict[str, Word]:
    """The same situation seen from the other side."""
    found = {name: SWAPPED.get(word, word) for name, word in situation.items()}
    found["exchange"], found["salesforce"] = situation["salesforce"], situation["exchange"]
    return found


def test_fate_is_symmetric_except_where_a_row_says_why() -> None:
    """The mirrored situation is answered by the row's mirror, or by a row that declares itself one-way."""
    for situation in FATE.situations():
        if situation["deleter"] is not Deleter.UNKNOWN:
            continue
        other = mirrored(situation)
        if not FATE.possible(other):
            continue
        row, across = FATE.decide(situation), FATE.decide(other)
        if row.one_way or across.one_way or not row.mirror:
            assert row.one_way or across.one_way, (row.code, across.code)
        elif row.mirror == across.code:
            assert across.mirror == row.code
            assert SWAPPED.get(row.then, row.then) is across.then


def test_mirrors_name_each_other() -> None:
    for table in TABLES:
        for row in table.rows:
            if row.mirror:
                across = table.rule(row.mirror)
                assert across is not None and across.mirror == row.code, row.code


def test_every_fate_row_is_mirrored_or_says_why_not() -> None:
    assert [row.code for row in FATE.rows if not row.mirror and not row.one_way] == []
