"""The seeded company: believable, complete, and the same each time for the same seed and day."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.stage import TODAY
from twincal.sandbox.acts import state_of
from twincal.sandbox.exchange.rendering import render
from twincal.sandbox.serve import Sandbox


@pytest.fixture(scope="module")
def company() -> Iterator[Sandbox]:
    with Sandbox.unserved(today=TODAY) as sandbox:
        yield sandbox


def window(company: Sandbox) -> dict[str, list[Any]]:
    """What everybody's calendar shows in the window of a first sync."""
    now = company.clock.now()
    bounds = now - timedelta(days=30), now + timedelta(days=365)
    return {person.mailbox: company.exchange.mailbox(person.mailbox).view(*bounds) for person in company.people}


def everything(company: Sandbox) -> list[dict[str, Any]]:
    """Every event in every mailbox, as Graph's JSON."""
    now = company.clock.now()
    bounds = now - timedelta(days=400), now + timedelta(days=400)
    return [render(ref) for person in company.people for ref in company.exchange.mailbox(person.mailbox).view(*bounds)]


def sample(company: Sandbox) -> list[Any]:
    """What three people see in both systems."""
    now = company.clock.now()
    bounds = now - timedelta(days=30), now + timedelta(days=60)
    return [state_of(company.exchange, company.org, person, *bounds)["exchange"] for person in company.people[::10]]


def test_thirty_people_with_full_diaries(company: Sandbox) -> None:
    assert len(company.people) == 30
    sizes = [len(events) for events in window(company).values()]
    assert min(sizes) > 100
    assert max(sizes) < 400
    assert {person.salesforce_username for person in company.people} != {person.mailbox for person in company.people}


def test_it_starts_with_no_mail_and_no_requests(company: Sandbox) -> None:
    assert company.exchange.mail == []
    assert company.traffic.rows() == []
    assert company.clock.now().hour == 8


def test_everything_a_real_diary_has(company: Sandbox) -> None:
    events = everything(company)
    kinds = Counter(event["type"] for event in events)
    assert kinds["occurrence"] > 1000
    assert kinds["exception"] > 50
    assert kinds["singleInstance"] > 1000
    assert {event["sensitivity"] for event in events} == {"normal", "private", "confidential"}
    assert {category for event in events for category in event["categories"]} == {"Salesforce", "No sync"}
    assert {event["showAs"] for event in events} >= {"busy", "free", "tentative", "oof"}
    assert any(event["isCancelled"] for event in events)
    assert any(event["isAllDay"] for event in events)
    assert any(event["originalStartTimeZone"] != event["originalEndTimeZone"] for event in events)
    assert len({event["originalStartTimeZone"] for event in events}) > 10
    assert any(attendee["type"] == "resource" for event in events for attendee in event["attendees"])
    assert any(not event["isOrganizer"] for event in events)


def test_somebody_is_away_longer_than_salesforce_allows(company: Sandbox) -> None:
    spans = [ref.span for refs in window(company).values() for ref in refs]
    assert any(span.end - span.start > timedelta(days=14) for span in spans)


def test_meetings_are_with_contacts_leads_both_and_neither(company: Sandbox) -> None:
    storage = company.org.records.storage
    contacts, leads = ({str(row["Email"]).lower() for row in storage[name].rows.values()} for name in ("Contact", "Lead"))
    kinds = set()
    for event in everything(company):
        guests = {entry["emailAddress"]["address"].lower() for entry in event["attendees"]}
        guests = {guest for guest in guests if not guest.endswith("northwind.example")}
        if guests:
            kinds.add((bool(guests & contacts), bool(guests & leads)))
    assert kinds == {(True, False), (True, True), (False, True), (False, False)}


def test_the_org_is_as_untidy_as_a_real_one(company: Sandbox) -> None:
    storage = company.org.records.storage
    contacts = list(storage["Contact"].rows.values())
    assert max(Counter(str(row["Email"]).lower() for row in contacts).values()) > 1
    assert sum(bool(row["IsConverted"]) for row in storage["Lead"].rows.values()) == 2
    staff = {person.mailbox for person in company.people}
    assert any(row["Email"] in staff for row in contacts)
    assert {str(row["Email"]).lower() for row in contacts} & {str(row["Email"]).lower() for row in storage["Lead"].rows.values()}


def test_people_have_the_salesforce_profiles_of_their_work(company: Sandbox) -> None:
    storage = company.org.records.storage
    names = Counter(storage["Profile"].rows[row["ProfileId"]]["Name"] for row in storage["User"].rows.values())
    assert names == {"Sales User": 21, "Standard User": 9, "System Administrator": 1, "Chatter Free User": 1}


def test_appointments_born_in_salesforce(company: Sandbox) -> None:
    rows = list(company.org.records.storage["Event"].rows.values())
    assert any(str(row.get("WhoId")).startswith("003") for row in rows)
    assert any(str(row.get("WhoId")).startswith("00Q") for row in rows)
    assert any(row.get("WhatId") for row in rows)
    assert any(row["IsPrivate"] for row in rows)
    assert any(row["IsAllDayEvent"] for row in rows)
    assert any(row["IsChild"] for row in rows)


def test_some_items_stand_on_both_sides_already(company: Sandbox) -> None:
    person, now = company.people[0], company.clock.now()
    state = state_of(company.exchange, company.org, person, now, now + timedelta(days=60))
    count = Counter(event["subject"] for event in state["exchange"]), Counter(row["Subject"] for row in state["salesforce"])
    assert [(each["Contract signing"], each["Weekly figures"]) for each in count] == [(1, 2), (1, 2)]


def test_the_same_seed_makes_the_same_company_and_another_makes_another(company: Sandbox) -> None:
    before = [sample(company), list(company.org.records.storage["Event"].rows.values())]
    with Sandbox.unserved(today=TODAY) as again:
        assert [sample(again), list(again.org.records.storage["Event"].rows.values())] == before
        again.reset("company", seed=2, today=TODAY)
        assert sample(again) != before[0]
        again.reset("company", seed=1, today=TODAY)
        assert [[event["subject"] for event in each] for each in sample(again)] == [
            [event["subject"] for event in each] for each in before[0]
        ]
