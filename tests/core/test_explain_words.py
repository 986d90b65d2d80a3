"""The words are complete: every code of every table can be told to the end, and says what would change the verdict."""

from collections.abc import Iterator

import pytest

from twincal.core.decision import Decision, Evidence, Reason, Verdict
from twincal.core.explain import RULES, TABLES, explained
from twincal.core.faults import REMEDIES, FaultCode
from twincal.core.policy import SETTINGS, resolve
from twincal.core.rules.guards import GUARDS
from twincal.core.rules.table import Rule
from twincal.core.rules.undo import UNDO
from twincal.core.vocabulary import Tab

CODES = tuple(RULES)
NOTHING = ("Nothing to do.",)


def evidence_for(rule: Rule) -> Evidence:
    """Something for every place in its sentences; a setting is one that exists."""
    return {name: rule.setting or "prevent.update_in_exchange" if name == "setting" else f"<{name}>" for name in rule.evidence}


def decision_of(rule: Rule) -> Decision:
    """A decision that ended with this rule."""
    return Decision(Verdict.HOLD, (Reason(rule.code, evidence_for(rule)),), Tab.UNRESOLVED)


@pytest.mark.parametrize("code", CODES)
def test_every_code_can_be_told_to_the_end(code: str) -> None:
    rule = RULES[code]
    told = explained(decision_of(rule), resolve())
    assert told.headline.startswith("Unresolved: Hold for a person. ")
    for text in (told.headline, told.trail[0].because, *told.to_change):
        assert text.strip() == text and text[-1] in ".)"
        assert "…" not in text and "{" not in text and "}" not in text and "  " not in text, text
    assert told.to_change, "what would change it is missing"
    for name in rule.evidence:
        value = str(evidence_for(rule)[name])
        assert any(value in text for text in (told.trail[0].because, *told.to_change)), f"{name} is never told"


@pytest.mark.parametrize("code", CODES)
def test_missing_evidence_shows_as_dots_and_never_fails(code: str) -> None:
    told = explained(Decision(Verdict.HOLD, (Reason(code),), Tab.UNRESOLVED), resolve())
    assert ("…" in told.headline + "".join(told.to_change)) == bool(RULES[code].evidence)


def stops() -> Iterator[str]:
    """Codes that keep something from being done: each must say what would let it go on."""
    quiet = (Verdict.IN_STEP, Verdict.LINK, Verdict.FORGET)
    for table in TABLES:
        for rule in table.rows:
            if table.name == "admit" or (
                table.name != "people" and rule.then.value in ("hold", "prevented", "unresolved", "freeze")
            ):
                yield rule.code
            assert rule.then in quiet or rule.remedy
    yield from (rule.code for rule in GUARDS)


CHANGEABLE = tuple(code for code in stops() if code != "A07")


@pytest.mark.parametrize("code", CHANGEABLE)
def test_what_can_be_changed_says_how(code: str) -> None:
    assert explained(decision_of(RULES[code]), resolve()).to_change != NOTHING


@pytest.mark.parametrize("code", [code for code in CODES if RULES[code].setting])
def test_the_deciding_setting_exists_and_is_told_with_its_value(code: str) -> None:
    key = RULES[code].setting
    assert key in SETTINGS
    deciding = explained(decision_of(RULES[code]), resolve()).deciding_setting
    assert deciding is not None and deciding.key == key
    hidden = key == "global_exclusion_list"
    assert deciding.value == ("an administrator's rule" if hidden else SETTINGS[key].format(SETTINGS[key].default))


@pytest.mark.parametrize("fault", FaultCode)
def test_every_fault_of_a_vendor_can_be_told(fault: FaultCode) -> None:
    reasons = (Reason("A15", {"category": "No sync"}), Reason(fault.value, {"detail": "ErrorCode"}))
    told = explained(Decision(Verdict.UNRESOLVED, reasons, Tab.UNRESOLVED), resolve())
    assert told.headline.endswith("(ErrorCode).")
    assert told.to_change == (REMEDIES[fault][1],)


SINGULARS = (
    (Reason("G05", {"count": 1}), "1 person."),
    (Reason("G05", {"count": 2}), "2 people."),
    (Reason("L01", {"count": 1, "allowed": 0, "setting": "guard.deletions"}), "deletes 1 item or series"),
    (Reason("A23", {"addresses": ("a@x.org", "b@y.org")}), "a@x.org, b@y.org."),
)


@pytest.mark.parametrize(("reason", "expected"), SINGULARS)
def test_numbers_and_lists_read_well(reason: Reason, expected: str) -> None:
    told = explained(Decision(Verdict.HOLD, (reason,), Tab.UNRESOLVED), resolve())
    assert expected in told.trail[0].because


def test_the_tables_know_every_code_once() -> None:
    rows = [rule.code for table in (*TABLES, UNDO) for rule in table.rows]
    assert len(rows) == len(set(rows)) and set(rows) <= set(RULES)
