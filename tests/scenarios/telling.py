"""What Twincal says: the tab, the trail of rule codes, and the words of the explanation."""

import re
from pathlib import Path

from tests.scenarios.stage import ANN, Stage
from tests.scenarios.words import ITEM, SUBJECT, listed, step
from twincal.engine.history import Explained, Row
from twincal.errors import WrongInput

CODES = r"\((?P<codes>[^()]*)\)"
WORDS = r"(?:: (?P<words>\".*\"))?"
DOCS = Path(__file__).resolve().parents[2] / "docs"


def said(explained: Explained, words: str | None) -> None:
    """Each quoted piece stands in the explanation: a reason, the headline, or what would change it."""
    told = [explained.headline, *(reason.because for reason in explained.trail), *explained.to_change]
    for piece in re.findall(r"\"([^\"]*)\"", words or ""):
        assert any(piece in line for line in told), f"nothing says “{piece}”; said is: {told}"


@step(rf"{ITEM} is (?P<tab>Unresolved|Synced|Excluded) {CODES}{WORDS}")
async def listed_under(stage: Stage, subject: str, day: str | None, tab: str, codes: str, words: str | None) -> None:
    """The history lists it under this tab with exactly this trail, and the explanation says these words."""
    row = await stage.row(subject, day)
    assert row, f"the history does not list `{subject}`"
    assert (row.tab.capitalize(), list(row.trail)) == (tab, codes.split()), f"it is {row.tab} {row.trail}: {row.reason}"
    explained = await stage.explained(row.item)
    assert [reason.code for reason in explained.trail] == codes.split()
    assert explained.to_change, "it does not say what would change it"
    said(explained, words)


@step(rf"{SUBJECT} is not listed {CODES}{WORDS}")
async def unlisted(stage: Stage, subject: str, codes: str, words: str | None) -> None:
    """No tab lists it; asked, Twincal explains it all the same."""
    assert await stage.row(subject) is None, "the history lists it"
    explained = await stage.explained(subject)
    assert [reason.code for reason in explained.trail] == codes.split(), f"it is {explained}"
    said(explained, words)


@step(rf"the private {SUBJECT} in (?P<system>Exchange|Salesforce) is not listed {CODES}{WORDS}")
async def private(stage: Stage, subject: str, system: str, codes: str, words: str | None) -> None:
    """No tab lists it; its owner may ask by its id, and is told nothing but the rule."""
    assert await stage.row(subject) is None, "the history lists it"
    ident = (await stage.event(subject))["Id"] if system == "Salesforce" else await stage.immutable_id(subject)
    explained = await stage.explained(ident)
    assert [reason.code for reason in explained.trail] == codes.split(), f"it is {explained}"
    assert explained.item and not explained.item.subject
    said(explained, words)


@step(r"no word of `(?P<text>[^`]*)` is kept")
async def nothing_kept(stage: Stage, text: str) -> None:
    """Not in any row of the history, not in any file of Twincal's home."""
    async with stage.twincal() as service:
        assert text not in str(await service.history(ANN))
        try:
            found = await service.explain(ANN, text)
        except WrongInput:
            found = None
        assert found is None, f"found by its text: {found}"
    for path in stage.home.rglob("*"):
        assert not path.is_file() or text.encode() not in path.read_bytes(), f"{path.name} holds `{text}`"


@step(rf"{ITEM} keeps the lost (?P<field>\w+) `(?P<value>[^`]*)`")
async def lost(stage: Stage, subject: str, day: str | None, field: str, value: str) -> None:
    """The value that lost a conflict stands in the history."""
    row = await stage.row(subject, day)
    assert row and row.lost.get(field) == value, f"lost: {row.lost if row else None}"


@step(rf"the people of {SUBJECT} are: (?P<people>.*)")
async def people(stage: Stage, subject: str, people: str) -> None:
    """Every address of the item with its verdict, in order."""
    row = await stage.row(subject)
    assert row
    told = [f"{one.address} {one.verdict}" for one in row.participants]
    assert told == listed(people), f"they are {told}"


@step(rf"the setting `(?P<key>[\w.]+)` decided about {SUBJECT}: `(?P<value>[^`]*)`, set for (?P<level>.*)")
async def deciding(stage: Stage, key: str, subject: str, value: str, level: str) -> None:
    """The explanation names the setting, its value, its level and who set it."""
    row = await stage.row(subject)
    found = (await stage.explained(row.item if row else subject)).deciding_setting
    assert found, "no setting decided"
    told = (found.key, found.value, found.level)
    assert told == (key, value, level.removeprefix("the ")), f"it was {found}"
    assert found.level == "default" or (found.who and found.when), "it does not say who set it, and when"


@step(r"a plan is held \((?P<code>L\d\d)\): \"(?P<words>[^\"]*)\"")
async def held_plan(stage: Stage, code: str, words: str) -> None:
    """A guard holds a class of steps of the last run."""
    assert stage.report
    told = [(plan.code, plan.because) for plan in stage.report.held_plans]
    assert [plan[0] for plan in told] == [code], f"held: {told}"
    assert words in told[0][1], f"it says {told[0][1]}"


@step(r"nothing is held")
async def nothing_held(stage: Stage) -> None:
    """No guard holds anything of Ann's."""
    assert stage.report and not stage.report.held_plans, f"held: {stage.report.held_plans if stage.report else None}"


@step(rf"the trail of {ITEM} is (?P<codes>[A-Z\d ]+)")
async def trail(stage: Stage, subject: str, day: str | None, codes: str) -> None:
    """Exactly these rules decided."""
    row = await stage.row(subject, day)
    assert row and list(row.trail) == codes.split(), f"it is {row.trail if row else None}"


@step(r"the run fails: \"(?P<words>[^\"]*)\"")
async def run_fails(stage: Stage, words: str) -> None:
    """Ann's cycle could not be run, and the report says why and what helps."""
    assert stage.report
    failures = [person.failure for person in stage.report.people if person.failure]
    assert failures and words in failures[0].message, f"failures: {failures}"
    assert failures[0].remedy


@step(r"with `(?P<key>[\w.]+)` on `(?P<value>[^`]*)` the plan would say: (?P<told>.*)")
async def what_if(stage: Stage, key: str, value: str, told: str) -> None:
    """The plan under another setting, beside today's; nothing is written."""
    async with stage.twincal() as service:
        (found,) = await service.plan([ANN], [(key, value)])
    counts = found.changed
    assert counts is not None
    sides = {name: getattr(counts, name) for name in ("create", "update", "delete")}
    said = {f"{name} in {side}": getattr(both, side) for name, both in sides.items() for side in ("exchange", "salesforce")}
    said |= {name: getattr(counts, name) for name in ("link", "freeze", "held", "unresolved", "excluded", "prevented", "mail")}
    shown = ", ".join(f"{name} {count}" for name, count in said.items() if count)
    assert shown == told, f"it says: {shown or 'nothing'}"


@step(rf"{SUBJECT} is retried until (?P<day>\d{{4}}-\d\d-\d\d), after (?P<attempts>\d+) attempts?")
async def retried(stage: Stage, subject: str, day: str, attempts: str) -> None:
    """Until when an unresolved item is tried, and how often it has been."""
    row = await stage.row(subject)
    assert row and (row.retry_ends[:10], row.attempts) == (day, int(attempts)), f"{row}"


@step(r"the guide's page `(?P<page>[\w/.-]+)` says \"(?P<words>[^\"]*)\"")
async def guide(stage: Stage, page: str, words: str) -> None:
    """The documentation answers it too."""
    text = " ".join((DOCS / page).read_text(encoding="utf-8").split())
    assert words in text, f"docs/{page} does not say it"


async def alike(stage: Stage, subject: str) -> list[Row]:
    """All rows with this subject."""
    async with stage.twincal() as service:
        return [row for row in await service.history(ANN) if row.subject == subject]


@step(rf"every row {SUBJECT} is (?P<tab>Unresolved|Synced|Excluded)")
async def every_row(stage: Stage, subject: str, tab: str) -> None:
    """All items of this subject stand under one tab."""
    tabs = [row.tab.capitalize() for row in await alike(stage, subject)]
    assert tabs and set(tabs) == {tab}, f"they are {tabs}"


@step(rf"a row {SUBJECT} is (?P<tab>Unresolved|Synced|Excluded) {CODES}{WORDS}")
async def some_row(stage: Stage, subject: str, tab: str, codes: str, words: str | None) -> None:
    """Of several items with one subject, one is listed so."""
    rows = await alike(stage, subject)
    found = [row for row in rows if (row.tab.capitalize(), list(row.trail)) == (tab, codes.split())]
    assert found, f"they are {[(row.tab, row.trail) for row in rows]}"
    said(await stage.explained(found[0].item), words)


@step(r"the history lists (?P<rows>\d+) rows? `(?P<subject>[^`]*)`")
async def rows(stage: Stage, rows: str, subject: str) -> None:
    """One row an instance."""
    async with stage.twincal() as service:
        found = [row for row in await service.history(ANN) if row.subject == subject]
    assert len(found) == int(rows), f"it lists {len(found)}"
