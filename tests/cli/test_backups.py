"""A copy made and used from the command line."""

from pathlib import Path

from tests.cli.stage import Twincal, command


def test_a_home_is_copied_and_made_from_the_copy(twincal: Twincal, ann: str, tmp_path: Path) -> None:
    twincal.sandbox.book(ann, "Before")
    twincal.does("sync")
    copy = tmp_path / "copy.db"
    assert "keep it apart" in " ".join(twincal.does("backup", copy).out.split())
    assert "is there already" in twincal.refuses("backup", copy)
    assert twincal.does("backup", tmp_path / "second.db", "--json").json["bytes"] > 10_000
    twincal.sandbox.book(ann, "After", day=9)
    twincal.does("sync")
    told = twincal.does("restore", copy)
    assert "before-restore-1" in told.out and "restore --accept" in " ".join(told.out.split())
    held = twincal("sync")
    assert held.code == 3 and "restored from a backup" in held.out and "release" not in held.out
    twincal.does("plan")
    assert twincal("restore", "--accept", "--json").json["people"][0]["failure"] is None
    twincal.does("sync")
    assert twincal.sandbox.both(ann) == (["After", "Before"], ["After", "Before"])


def test_what_is_no_copy_is_refused(twincal: Twincal, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ann")
    assert "no whole copy" in twincal.refuses("restore", tmp_path / "letter.txt")
    assert "There is no file" in twincal.refuses("restore", tmp_path / "nothing")
    assert "either a file or --accept" in twincal.refuses("restore")
    assert "not restored from a backup" in twincal.refuses("restore", "--accept")
    assert twincal.does("restore", "--help").out


def test_with_another_key_nothing_is_restored(twincal: Twincal, ann: str, tmp_path: Path) -> None:
    twincal.sandbox.book(ann, "Before")
    twincal.does("sync")
    copy, elsewhere = tmp_path / "copy.db", tmp_path / "elsewhere"
    twincal.does("backup", copy)
    twincal.does("keys", "rotate")
    refusal = twincal.refuses("restore", copy)
    assert "sealed with another key" in refusal and "nothing has been changed" in refusal
    twincal.does("sync")
    assert twincal.sandbox.both(ann) == (["Before"], ["Before"])
    missing = command("--home", str(elsewhere), "restore", copy)
    assert missing.code == 2 and "There is no key in" in " ".join(missing.err.split()) and not elsewhere.exists()
