"""The gates themselves: a blind one is noticed, an answer needs a reason, and every planted fault is found in its room."""

from dataclasses import replace

import pytest

from tools.gates import __main__ as gates
from tools.gates.rule import Rule, Source

CANARIES = [(rule, text) for rule in gates.RULES for text in rule.canaries]
BARE = 'where = f"Email = {address}"'
ROOM = "src/twincal/connectors/salesforce/new.py"


def place(rule: Rule) -> str:
    """A path this rule judges."""
    room = rule.rooms[0]
    suffix = rule.suffix if isinstance(rule.suffix, str) else rule.suffix[0]
    return f"{room}planted{suffix}" if room.endswith("/") else room


@pytest.mark.parametrize(("rule", "text"), CANARIES, ids=[f"{rule.code}-{text[:40]}" for rule, text in CANARIES])
def test_a_fault_planted_in_its_room_is_found(rule: Rule, text: str) -> None:
    found = list(gates.judged(Source(place(rule), text)))
    assert any(f" {rule.code}: " in words for words in found)


def test_every_gate_has_canaries_and_a_name_of_its_own() -> None:
    assert all(rule.canaries for rule in gates.RULES)
    assert len({rule.code for rule in gates.RULES}) == len(gates.RULES)


def test_a_gate_that_went_blind_fails_before_anything_is_judged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blind = replace(gates.RULES[0], find=lambda source: iter(()))
    monkeypatch.setattr(gates, "RULES", (blind,))
    assert gates.main() == 1
    said = capsys.readouterr().out
    assert "nothing was judged" in said and blind.canaries[0] in said


def test_a_gate_that_cries_at_everything_fails_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    shrill = replace(gates.RULES[0], find=lambda source: iter([(1, "everything")]))
    monkeypatch.setattr(gates, "RULES", (shrill,))
    assert gates.main() == 1
    assert "without cause" in capsys.readouterr().out


def test_a_finding_fails_the_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(gates, "sources", lambda: iter([Source(ROOM, BARE)]))
    assert gates.main() == 1
    assert f"{ROOM}:1 soql:" in capsys.readouterr().out


def test_an_answer_with_a_reason_is_heard_on_its_line_and_on_the_line_before() -> None:
    answer = "# gate: soql because the address is a constant of the test"
    assert not list(gates.judged(Source(ROOM, f"{BARE}  {answer}")))
    assert not list(gates.judged(Source(ROOM, f"{answer}\n{BARE}")))


@pytest.mark.parametrize("answer", ["# gate: soql", "# gate: soql because", "# gate: odata because it is another rule", "# noqa"])
def test_an_answer_without_a_reason_or_to_another_rule_is_none(answer: str) -> None:
    assert any(" soql: " in words for words in gates.judged(Source(ROOM, f"{BARE}  {answer}")))


def test_an_answer_to_nothing_is_a_finding() -> None:
    [found] = gates.judged(Source(ROOM, "where = 1  # gate: soql because of yesterday"))
    assert "an answer to nothing" in found


def test_the_helper_itself_is_the_one_place() -> None:
    assert not list(gates.judged(Source("src/twincal/connectors/salesforce/soql.py", BARE)))
