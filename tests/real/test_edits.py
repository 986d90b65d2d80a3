"""A handful of edits on either side arrive on the other; a second look plans nothing; and nothing else moves at all."""

from collections import Counter
from datetime import timedelta
from typing import Any

from tests.real.clouds import Seen, of_graph, of_salesforce
from tests.real.conftest import Rehearsed
from tests.real.hands import EXCHANGE, SALESFORCE, Choice, Hands, Rows
from tests.real.stage import WINDOW
from twincal.engine.report import Counts, Sides


def versions(exchange: Rows, salesforce: Rows) -> dict[str, str]:
    """What tells whether anybody wrote to a row, by id."""
    stamps = {found: row["changeKey"] for found, row in exchange.items()}
    return stamps | {found: row["SystemModstamp"] for found, row in salesforce.items()}


async def test_a_second_look_plans_nothing_asks_little_and_touches_nothing(rehearsed: Rehearsed) -> None:
    stage = rehearsed.stage
    stage.pass_time(timedelta(minutes=30))
    await stage.sync()
    before = versions(stage.clouds.view(WINDOW), stage.clouds.records())
    async with stage.twincal() as service:
        (plan,) = await service.plan()
    listed = sum(each.items for each in rehearsed.case.listed if each.in_history)
    assert plan.today == Counts(unresolved=listed)
    assert {step.code for step in plan.steps} == {each.code for each in rehearsed.case.listed if each.in_history}
    stage.forget_requests()
    report = await stage.sync()
    (person,) = report.people
    assert person.created == person.updated == person.deleted == Sides()
    assert report.requests == stage.requests() == {"graph": 1, "salesforce": 1}
    assert versions(stage.clouds.view(WINDOW), stage.clouds.records()) == before


def edit(hands: Hands, choice: Choice) -> None:
    """Single items, whole days, instances of a series and new ones on either side; a whole series where there are series."""
    for number, side in enumerate((EXCHANGE, SALESFORCE)):
        hands.retitle(side, next(choice.timed))
        hands.move(side, next(choice.timed))
        hands.delete(side, next(choice.timed))
        hands.move(side, next(choice.days))
        _, instances = next(choice.series)
        hands.retitle(side, instances[0])
        hands.move(side, instances[1])
        hands.delete(side, instances[2])
        hands.create(side, Seen(f"New in {side}", "", f"2015-07-0{number + 1}T06:00:00Z", f"2015-07-0{number + 1}T06:20:00Z"))
    master, instances = next(choice.series)
    hands.move_series(master, choice.members(instances[0]))
    hands.create_series(Seen("New series", "", "2015-07-03T06:00:00Z", "2015-07-03T06:20:00Z"), 3)


async def test_edits_on_either_side_arrive_and_nothing_else_moves(rehearsed: Rehearsed) -> None:
    stage = rehearsed.stage
    rows, records, pairs = stage.clouds.view(WINDOW), stage.clouds.records(), await stage.pairs()
    kept_out = Counter(of_graph(row) for found, row in rows.items() if found not in pairs)
    hands, choice = Hands(stage, {found: of_graph(row) for found, row in rows.items()}, pairs), Choice(rows, pairs)
    stage.pass_time()
    edit(hands, choice)
    report = await stage.sync()

    exchange, salesforce = stage.clouds.view(WINDOW), stage.clouds.records()
    assert Counter(map(of_graph, exchange.values())) == hands.expected
    assert Counter(map(of_salesforce, salesforce.values())) == hands.expected - kept_out
    (person,) = report.people
    assert (person.created, person.deleted) == (Sides(exchange=1, salesforce=4), Sides(exchange=2, salesforce=2))
    assert (person.failed, person.held, stage.ask("/mail")) == (0, 0, [])

    series = {rows[found]["seriesMasterId"] for found in hands.edited} - {None}
    touched = {pairs[found] for found in hands.edited} | {found for found in hands.edited if not rows[found]["seriesMasterId"]}
    before, after = versions(rows, records), versions(exchange, salesforce)
    in_series = {found for found, row in (rows | exchange).items() if row["seriesMasterId"] in series}
    assert {found for found in before if before[found] != after.get(found)} - in_series == touched
    assert all(_is_new(found, exchange, salesforce) for found in set(after) - set(before) - in_series)
    alone = [found for found in in_series & set(rows) & set(exchange) if found not in hands.edited]
    assert alone and all(said(rows[found]) == said(exchange[found]) for found in alone)
    again = await stage.sync()
    assert versions(stage.clouds.view(WINDOW), stage.clouds.records()) == after
    assert again.requests["graph"] <= 2


def said(row: dict[str, Any]) -> dict[str, Any]:
    """What an event says. The instances of a series share its version, which tells nothing of one of them."""
    return {name: value for name, value in row.items() if name not in {"@odata.etag", "changeKey", "lastModifiedDateTime"}}


def _is_new(found: str, exchange: Rows, salesforce: Rows) -> bool:
    subject = exchange[found]["subject"] if found in exchange else salesforce[found]["Subject"]
    return str(subject).startswith("New ")
