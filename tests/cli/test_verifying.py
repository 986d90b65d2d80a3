"""Comparing both calendars from the command line."""

import json

from tests.cli.stage import Sandbox, Twincal, started
from tests.cli.test_running import until


def test_both_calendars_are_compared_and_mended(twincal: Twincal, ann: str) -> None:
    item = twincal.sandbox.book(ann, "Review")
    twincal.does("sync")
    assert "1 of 1 pairs say the same (100 %)" in twincal.does("verify").out
    twincal.sandbox.act("exchange", ann, "change", id=item["id"], event={"subject": "Retitled"})
    twincal.does("sync")
    twincal.does("undo", ann, "--run", "last", "--yes")
    ended = twincal("verify", ann)
    assert ended.code == 1 and "Retitled / Review" in ended.out
    (found,) = twincal.does("verify", "--repair", "--json").json
    assert (found["mailbox"], found["pairs"], [finding["kind"] for finding in found["findings"]]) == (ann, 1, ["differs"])
    assert twincal.sandbox.both(ann) == (["Retitled"], ["Retitled"])
    assert twincal.does("verify", "--json").json[0]["parity"] == 100.0


def test_the_loop_audits_once_a_day(twincal: Twincal, ann: str, calm: Sandbox) -> None:
    assert twincal.does("audit", "--json").json == []
    calm.book(ann, "Review")
    running = started(*twincal.before, "run", "--interval", "1")
    until(lambda: bool(json.loads(twincal.does("audit", "--json").out)), running)
    running.terminate()
    running.communicate()
    (score,) = twincal.does("audit", "--json").json
    assert (score["mailbox"], score["parity"], score["pairs"]) == (ann, 100.0, 1)
    assert "100 %" in twincal.does("audit", ann).out
