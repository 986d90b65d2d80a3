"""A calendar out of somebody's export, kept in step over both protocols, against an expander that knows nothing of us."""

from collections import Counter

from tests.real.clouds import Seen, fitted
from tests.real.conftest import Rehearsed
from tests.real.stage import ANN, OPENING
from twincal.engine.history import Row

Expanded = tuple[Counter[Seen], dict[str, str]]


def of_row(row: Row, places: dict[str, str]) -> Seen:
    """A row of the history; it keeps no place, so that is taken from the item it names."""
    return Seen(fitted(row.subject), places[row.exchange_id], row.start, row.end)


def test_every_row_of_the_file_is_accounted_for(rehearsed: Rehearsed) -> None:
    imported = rehearsed.stage.imported
    assert (imported["singles"], imported["series"], imported["exceptions"]) == rehearsed.case.rows
    assert len(imported["faults"]) == rehearsed.case.refused
    assert all(fault["uid"] and fault["reason"] and fault["line"] for fault in imported["faults"])


async def test_each_instance_is_one_salesforce_event_or_listed_with_its_reason(rehearsed: Rehearsed, expander: Expanded) -> None:
    """Must show 2, in one sum: what the expander finds is what Salesforce holds and what is kept out for a reason that
    Twincal names; what is left over on either side is what the table of differences says, and nothing else."""
    found, unread = expander
    kept_out = await reasons(rehearsed)
    accounted = Counter(rehearsed.salesforce.values()) + kept_out
    left, added = found - accounted, accounted - found
    assert sum(found.values()) - left.total() == accounted.total() - added.total() > 100
    assert set(unread) == rehearsed.case.unread
    differing = {each.subject: (each.expander, each.calendar) for each in rehearsed.case.differences}
    subjects = {each.subject for each in [*left, *added]} | set(differing)
    assert {name: (_count(left, name), _count(added, name)) for name in subjects} == differing


def _count(instances: Counter[Seen], subject: str) -> int:
    return sum(count for each, count in instances.items() if each.subject == subject)


async def reasons(rehearsed: Rehearsed) -> Counter[Seen]:
    """What is in Exchange and not in Salesforce, after each has been found to have the reason it should have."""
    ids = {row.exchange_id for row in rehearsed.history if row.tab == "synced"}
    kept_out = {found: seen for found, seen in rehearsed.exchange.items() if found not in ids}
    listed = {row.exchange_id: row for row in rehearsed.history if row.tab != "synced"}
    codes: Counter[tuple[str, bool]] = Counter()
    async with rehearsed.stage.twincal() as service:
        for found, seen in kept_out.items():
            told = await service.explain(ANN, found)
            codes[told.trail[-1].code, found in listed] += 1
            row = listed.get(found)
            assert row is None or (row.reason and row.remedy and (row.start, row.end) == (seen.start, seen.end))
    assert codes == {(each.code, each.in_history): each.items for each in rehearsed.case.listed}
    assert set(listed) <= set(kept_out)
    return Counter(kept_out.values())


def test_a_reason_says_by_how_much_a_limit_is_exceeded(rehearsed: Rehearsed) -> None:
    reasons = {row.reason for row in rehearsed.history if row.code == "G02"}
    assert reasons == set(rehearsed.case.reasons)


def test_nothing_else_is_in_salesforce(rehearsed: Rehearsed) -> None:
    records = rehearsed.stage.clouds.records()
    assert {row["OwnerId"] for row in records.values()} == {rehearsed.stage.owner}
    pairs = {row.salesforce_id: row.exchange_id for row in rehearsed.history if row.tab == "synced"}
    assert set(pairs) == set(rehearsed.salesforce)
    assert len(set(pairs.values())) == len(pairs) == rehearsed.case.synced
    apart = {found for found, seen in rehearsed.salesforce.items() if seen != rehearsed.exchange[pairs[found]]}
    assert apart == set()


def test_the_first_sync_tells_what_it_did_and_disturbs_nobody(rehearsed: Rehearsed) -> None:
    (person,) = rehearsed.report.people
    listed = sum(each.items for each in rehearsed.case.listed if each.in_history)
    assert (person.created.salesforce, person.in_step, person.unresolved) == (rehearsed.case.synced, rehearsed.case.synced, listed)
    assert (person.created.exchange, person.failed, person.held, rehearsed.report.mail_expected) == (0, 0, 0, 0)
    assert rehearsed.stage.ask("/mail") == []
    assert rehearsed.stage.now > OPENING
