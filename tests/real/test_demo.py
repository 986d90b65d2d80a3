"""`twincal demo --once --calendar FILE`: the one command that shows somebody's own calendar in step."""

from pathlib import Path

from tests.cli.stage import command
from tests.real.calendars import ODD, REAL, Case


def test_the_demo_on_a_calendar_file_tells_the_same_and_finds_nothing_to_do_again(case: Case) -> None:
    ended = command("demo", "--once", "--calendar", case.path, "--today", "2015-06-01", "--json")
    assert ended.code == 0, ended.err
    (person,) = ended.json["people"]
    listed = sum(each.items for each in case.listed if each.in_history)
    assert (person["created"]["salesforce"], person["in_step"], person["unresolved"]) == (case.synced, case.synced, listed)
    assert ended.json["second_look"] == {"created": 0, "updated": 0, "deleted": 0}
    assert len(ended.json["not_imported"]) == case.refused
    assert ended.json["mail_expected"] == 0


def test_the_demo_tells_one_reason_once_however_its_particulars_differ() -> None:
    ended = command("demo", "--once", "--calendar", ODD.path, "--today", "2015-06-01")
    assert ended.code == 0, ended.err
    (line,) = [line.split(maxsplit=3) for line in ended.out.splitlines() if "G02" in line]
    assert line[:3] == ["2", "unresolved", "G02"]
    assert line[3].strip() == "It lasts … and Salesforce holds no event longer than 14 days."


def test_the_page_about_it_shows_what_it_says(root: Path) -> None:
    page = (root / "docs" / "howto" / "real-calendar.md").read_text(encoding="utf-8")
    singles, series, _ = REAL.rows
    listed = sum(each.items for each in REAL.listed if each.in_history)
    assert f"Imported {singles} single events and {series} series." in page
    assert f"Where the items stand: {listed} Unresolved, {REAL.synced} Synced, 0 Excluded" in page
