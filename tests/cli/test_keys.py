"""The key under which secrets are sealed: changed from the command line while a sync runs."""

import json

from tests.cli.stage import Sandbox, Twincal, started
from tests.cli.test_running import until


def test_the_key_is_changed_and_everything_still_opens(twincal: Twincal, ann: str) -> None:
    twincal.sandbox.book(ann, "Sealed")
    before = (twincal.home / "key").read_text()
    told = twincal.does("keys", "rotate")
    assert "3 secrets are sealed with a new key" in told.out and "Backups" in told.out
    assert (twincal.home / "key").read_text() != before
    twincal.does("sync")
    assert twincal.sandbox.both(ann) == (["Sealed"], ["Sealed"])
    assert twincal.does("keys", "rotate", "--json").json == {"secrets": 3}


def test_the_key_is_changed_while_the_loop_runs(twincal: Twincal, ann: str, calm: Sandbox) -> None:
    running = started(*twincal.before, "run", "--interval", "1")
    calm.book(ann, "Before")
    until(lambda: calm.both(ann)[1] == ["Before"], running)
    for _ in range(3):
        twincal.does("keys", "rotate")
    calm.book(ann, "After")
    until(lambda: calm.both(ann)[1] == ["After", "Before"], running)
    running.terminate()
    _, err = running.communicate()
    assert running.returncode == 0, err
    assert json.loads(twincal.does("people", "list", "--json").out)


def test_a_key_in_the_environment_has_to_be_changed_there(bare: Twincal) -> None:
    bare.home.mkdir()
    (bare.home / "key").write_text("no key\n")
    assert "does not hold a key" in bare.refuses("keys", "rotate")
