"""What happens to pairs and to the history as modes, people and days come and go."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import graph_options, salesforce_options
from tests.cli.stage import Sandbox, Twincal

NOTHING = {"exchange": 0, "salesforce": 0}


def written(run: Twincal, *words: str) -> list[dict[str, int]]:
    """What a sync wrote for the one person there is: created, updated, deleted."""
    (person,) = run.does("sync", *words, "--json").json["people"]
    return [person[what] for what in ("created", "updated", "deleted")]


def test_the_mode_off_freezes_and_another_thaws(twincal: Twincal, ann: str) -> None:
    event = twincal.sandbox.book(ann, "Before")
    twincal.does("sync")
    twincal.does("settings", "set", "mode=off", "--level", "user", "--who", ann)
    twincal.sandbox.act("exchange", ann, "change", id=event["id"], event={"subject": "While off"})
    assert written(twincal) == [NOTHING] * 3
    assert twincal.sandbox.both(ann) == (["While off"], ["Before"])
    twincal.does("settings", "unset", "mode", "--level", "user", "--who", ann)
    assert written(twincal) == [NOTHING, {"exchange": 0, "salesforce": 1}, NOTHING]
    assert twincal.sandbox.both(ann) == (["While off"], ["While off"])


def test_somebody_who_is_removed_and_added_gets_no_second_copies(twincal: Twincal, ann: str) -> None:
    event = twincal.sandbox.book(ann, "Still one")
    twincal.does("sync")
    twincal.does("people", "remove", ann)
    assert "people list" in twincal.refuses("history", ann)
    assert twincal.sandbox.both(ann) == (["Still one"], ["Still one"])
    twincal.does("people", "add", ann, "--salesforce", ann)
    assert written(twincal)[0] == NOTHING
    assert twincal.sandbox.both(ann) == (["Still one"], ["Still one"])
    twincal.sandbox.act("exchange", ann, "change", id=event["id"], event={"subject": "One, moved on"})
    twincal.does("sync")
    assert twincal.sandbox.both(ann) == (["One, moved on"], ["One, moved on"])


def test_somebody_who_is_inactive_is_left_alone_and_comes_back(twincal: Twincal, ann: str) -> None:
    twincal.does("people", "deactivate", ann)
    twincal.sandbox.book(ann, "Waits")
    assert written(twincal) == [NOTHING] * 3
    twincal.does("people", "activate", ann)
    assert written(twincal)[0] == {"exchange": 0, "salesforce": 1}


def test_the_history_forgets_after_its_retention(twincal: Twincal, ann: str) -> None:
    event = twincal.sandbox.book(ann, "Cancelled trip", day=20)
    twincal.sandbox.book(ann, "Stays", day=21)
    twincal.does("sync")
    twincal.sandbox.act("exchange", ann, "remove", id=event["id"])
    twincal.does("sync")
    for days, subjects in ((29, {"Cancelled trip", "Stays"}), (32, {"Stays"})):
        twincal.later = timedelta(days=days)
        twincal.does("sync")
        assert {row["subject"] for row in twincal.does("history", ann, "--json").json} == subjects, days


def test_no_key_stands_in_the_home(bare: Twincal, world: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINCAL_CA_FILE", world.said["ca_file"])
    graph, salesforce = world.said["graph"], world.said["salesforce"]
    files = [Path(graph["certificate_file"]), Path(salesforce["jwt_key_file"])]
    bare.does("connect", "exchange", "graph", *graph_options(world, "tls_"), "--certificate", files[0])
    jwt = ("--jwt-key", files[1], "--username", salesforce["jwt_username"])
    bare.does("connect", "salesforce", *salesforce_options(world, "tls_"), *jwt)
    lines = {line for file in files for line in file.read_bytes().splitlines() if len(line) > 40}
    assert lines
    for path in bare.home.rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o777 == 0o600, path
            kept = path.read_bytes()
            assert not any(line in kept for line in lines), path
