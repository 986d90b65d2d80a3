"""The test on real processes, in small: a few kills and a freeze; wrong words are told apart from a mismatch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tools.kills.__main__ import options
from tools.kills.stage import differences


def test_processes_are_killed_and_nobody_sees_it(tmp_path: Path) -> None:
    told = tmp_path / "findings.json"
    words = ["--kills", "4", "--freezes", "1", "--events", "60", "--seed", "2", "--json", str(told)]
    surroundings = {**os.environ, "TWINCAL_LEASE_SECONDS": "15"}
    command = [sys.executable, "-m", "tools.kills", *words]
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(told.read_text())
    assert sum(found["kills"].values()) == 4 and sum(found["freezes"].values()) == 1 and found["mismatches"] == []
    assert found["edits"] >= 12 and found["looks"] > 0 and found["writes"] > 0
    assert "mismatches                  0" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--kills", "-1"], "cannot be less than 0"),
        (["--events", "29"], "from 30 to 10000"),
        (["--events", "many"], "invalid int"),
        (["--json", "nowhere/at/all.json"], "there is no directory"),
    ],
)
def test_wrong_words_are_refused(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        options(words)
    assert ended.value.code == 2 and told in capsys.readouterr().err


def test_every_kind_of_difference_is_told() -> None:
    one = {"subject": "Plan #00001", "start": "9"}
    wanted = {"exchange": {"#00001": [one], "#00002": [one]}, "salesforce": {"#00001": [one]}}
    found = {"exchange": {"#00001": [one, one]}, "salesforce": {"#00001": [{**one, "start": "10"}]}}
    assert differences(wanted, wanted) == []
    assert differences(wanted, found) == [
        "exchange #00001: there 2 times, undisturbed once",
        "exchange #00002: there 0 times, undisturbed once",
        "salesforce #00001: start is '10', undisturbed '9'",
    ]
