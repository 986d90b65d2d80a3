"""`./dev simulate --branches`: what the weather leaves out has a direct test, or a reason, or is wrong."""

from pathlib import Path

import pytest

from tools.simulate import branches
from tools.simulate.reasons import Branch

CODE = """\
def sign(number):
    if number > 5:
        return "many"
    if number < 0:
        return "owed"
    return "some"
"""
TEST = """\
import pathlib

def test_many():
    space = {}
    path = pathlib.Path(__file__).with_name("planted.py")
    exec(compile(path.read_text(), str(path), "exec"), space)
    assert space["sign"](6) == "many"
"""
OWED = Branch("planted.py", "sign", "if number < 0:", 'return "owed"')
MANY = Branch("planted.py", "sign", "if number > 5:", 'return "many"')
GONE = Branch("planted.py", "sign", "if number == 0:", 'return "none"')


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A file with two branches that the weather does not take, one of which a test takes."""
    (tmp_path / "planted.py").write_text(CODE)
    (tmp_path / "test_planted.py").write_text(TEST)
    return tmp_path


def explained(planted: Path, reasons: dict[Branch, str]) -> int:
    path = planted / "planted.py"

    def weather() -> None:
        space: dict[str, object] = {}
        exec(compile(path.read_text(), str(path), "exec"), space)
        assert eval("sign(1)", space) == "some"

    return branches.explained(planted, ["planted.py"], weather, [str(planted / "test_planted.py")], reasons)


def test_a_branch_that_nothing_takes_is_wrong(planted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explained(planted, {}) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "not reached and not explained: 1"
    many = said.index('    sign: if number > 5: → return "many"')
    assert said[many + 1].endswith("::test_many")
    assert said[said.index('    sign: if number < 0: → return "owed"') + 1].strip() == "NOT EXPLAINED"


def test_a_branch_with_a_reason_is_right(planted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explained(planted, {OWED: "nobody owes"}) == 0
    said = capsys.readouterr().out
    assert "nobody owes" in said and said.endswith("not reached and not explained: none\n")


def test_a_reason_for_what_is_taken_or_gone_is_wrong(planted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explained(planted, {OWED: "nobody owes", GONE: "never", MANY: "never"}) == 2
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("a reason for what is taken")]
    assert [GONE.line in line or MANY.line in line for line in said] == [True, True]


def test_a_direct_test_that_fails_is_told(planted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (planted / "test_planted.py").write_text(TEST.replace("(6)", "(1)"))
    assert explained(planted, {OWED: "nobody owes"}) == 2
    assert "the direct tests failed" in capsys.readouterr().out
