"""Events of the org: times and their twins, lengths, privacy, owners, automation."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.salesforce_company import Company, company
from twincal.sandbox.salesforce import SalesforceError
from twincal.sandbox.salesforce.moments import minutes_between, shifted


@pytest.fixture
def acme() -> Company:
    return company()


def refused(there: Company, **fields: Any) -> SalesforceError:
    with pytest.raises(SalesforceError) as caught:
        there.book(**fields)
    return caught.value


def test_a_timed_event_has_all_its_twins(acme: Company) -> None:
    event = acme.event(acme.book(StartDateTime="2026-11-24T10:30:00+01:00", EndDateTime="2026-11-24T10:15:00Z"))
    assert event["StartDateTime"] == event["ActivityDateTime"] == "2026-11-24T09:30:00.000+0000"
    assert (event["ActivityDate"], event["EndDate"], event["DurationInMinutes"]) == ("2026-11-24", "2026-11-24", 45)
    assert (event["ShowAs"], event["EventSubtype"], event["IsChild"]) == ("Busy", "Event", False)


def test_the_end_follows_from_the_duration(acme: Company) -> None:
    event = acme.event(acme.book(StartDateTime="2026-11-24T23:30:00Z", DurationInMinutes=90))
    assert (event["EndDateTime"], event["EndDate"]) == ("2026-11-25T01:00:00.000+0000", "2026-11-25")


def test_a_moved_start_keeps_the_length(acme: Company) -> None:
    made = acme.book()
    acme.org.update("Event", made, {"StartDateTime": "2026-11-25T14:00:00Z"}, by=acme.ann)
    event = acme.event(made)
    assert (event["EndDateTime"], event["ActivityDate"]) == ("2026-11-25T15:00:00.000+0000", "2026-11-25")


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        ({"StartDateTime": "2026-11-24T00:00:00Z"}, ("2026-11-24", "2026-11-24", 1440)),
        ({"ActivityDate": "2026-11-24"}, ("2026-11-24", "2026-11-24", 1440)),
        ({"StartDateTime": "2026-11-24T00:00:00Z", "EndDateTime": "2026-11-25T00:00:00Z"}, ("2026-11-24", "2026-11-25", 2880)),
        ({"StartDateTime": "2026-11-24T15:00:00Z", "DurationInMinutes": 2880}, ("2026-11-24", "2026-11-25", 2880)),
    ],
)
def test_an_all_day_event_is_a_pair_of_dates(acme: Company, fields: dict[str, Any], stored: tuple[str, str, int]) -> None:
    event = acme.event(acme.book(IsAllDayEvent=True, **fields))
    assert event["StartDateTime"] == f"{stored[0]}T00:00:00.000+0000"
    assert event["EndDateTime"] == f"{stored[1]}T00:00:00.000+0000", "midnight of the last day, which belongs to the event"
    assert (event["ActivityDate"], event["EndDate"], event["DurationInMinutes"]) == stored


def test_a_day_becomes_an_hour_and_back(acme: Company) -> None:
    made = acme.book(IsAllDayEvent=True, StartDateTime="2026-11-24T00:00:00Z")
    times = {"IsAllDayEvent": False, "StartDateTime": "2026-11-24T09:00:00Z", "EndDateTime": "2026-11-24T10:00:00Z"}
    acme.org.update("Event", made, times, by=acme.ann)
    assert acme.event(made)["DurationInMinutes"] == 60
    acme.org.update("Event", made, {"IsAllDayEvent": True}, by=acme.ann)
    assert (acme.event(made)["StartDateTime"], acme.event(made)["DurationInMinutes"]) == ("2026-11-24T00:00:00.000+0000", 1440)


@pytest.mark.parametrize(("multiday", "most"), [(True, 20160), (False, 1440)])
@pytest.mark.parametrize("sent", ["DurationInMinutes", "EndDateTime"])
def test_the_length_has_a_limit(multiday: bool, most: int, sent: str) -> None:
    acme = company(multiday_events=multiday)
    days = most // 1440
    within = {"DurationInMinutes": most} if sent == "DurationInMinutes" else {"EndDateTime": f"2026-11-{2 + days:02}T00:00:00Z"}
    beyond = {"DurationInMinutes": most + 1} if sent == "DurationInMinutes" else {"EndDateTime": f"2026-11-{2 + days:02}T00:01:00Z"}
    acme.book(StartDateTime="2026-11-02T00:00:00Z", **within)
    error = refused(acme, StartDateTime="2026-11-02T00:00:00Z", **beyond)
    assert (error.code, error.message) == ("FIELD_INTEGRITY_EXCEPTION", f"Duration must be between 0 and {most} minutes: Duration")
    assert error.fields == [sent]


def test_nothing_ends_before_it_starts(acme: Company) -> None:
    error = refused(acme, StartDateTime="2026-11-24T10:00:00Z", EndDateTime="2026-11-24T09:59:00Z")
    assert (error.code, error.fields) == ("FIELD_INTEGRITY_EXCEPTION", ["EndDateTime"])


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"Subject": "x" * 256}, "STRING_TOO_LONG", "Subject"),
        ({"Location": "x" * 256}, "STRING_TOO_LONG", "Location"),
        ({"Description": "x" * 32001}, "STRING_TOO_LONG", "Description"),
        ({"ShowAs": "Tentative"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "ShowAs"),
        ({"IsChild": True}, "INVALID_FIELD_FOR_INSERT_UPDATE", "IsChild"),
        ({"StartDateTime": "2026-11-24T09:00:00Z"}, "REQUIRED_FIELD_MISSING", "DurationInMinutes"),
        (
            {"StartDateTime": "2026-11-24T09:00:00Z", "DurationInMinutes": 5, "ActivityDate": "2026-11-25"},
            "FIELD_INTEGRITY_EXCEPTION",
            "ActivityDate",
        ),
        (
            {"StartDateTime": "2026-11-24T09:00:00Z", "DurationInMinutes": 5, "EndDateTime": "2026-11-24T10:00:00Z"},
            "FIELD_INTEGRITY_EXCEPTION",
            "DurationInMinutes",
        ),
    ],
)  # fmt: skip
def test_what_an_event_refuses(acme: Company, fields: dict[str, Any], code: str, field: str) -> None:
    error = refused(acme, **fields)
    assert (error.code, field in error.fields) == (code, True)


@pytest.mark.parametrize("kind", ["missing", "inactive"])
def test_an_owner_must_be_an_active_user(acme: Company, kind: str) -> None:
    gone = acme.org.add_user("gone@acme.example", "Gone", "gone@acme.example", active=False)
    error = refused(acme, OwnerId=gone if kind == "inactive" else "005000000000000AAA", by=acme.admin)
    assert error.code == {"inactive": "INACTIVE_OWNER_OR_USER", "missing": "INVALID_CROSS_REFERENCE_KEY"}[kind]


def test_a_private_event_has_neither_name_nor_related_record(acme: Company) -> None:
    for related in ({"WhoId": acme.contacts[0]}, {"WhatId": acme.account}, {"WhoId": acme.lead}):
        assert refused(acme, IsPrivate=True, **related).code == "FIELD_INTEGRITY_EXCEPTION"
    made = acme.book(WhoId=acme.contacts[0])
    with pytest.raises(SalesforceError):
        acme.org.update("Event", made, {"IsPrivate": True}, by=acme.ann)
    acme.org.update("Event", made, {"IsPrivate": True, "WhoId": None}, by=acme.ann)
    assert acme.event(made)["IsPrivate"] is True


def test_the_account_comes_from_the_related_record_then_from_the_contact(acme: Company) -> None:
    other = acme.org.insert("Account", {"Name": "Other"}, by=acme.admin)
    deal = acme.org.insert(
        "Opportunity", {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-31", "AccountId": other}, by=acme.admin
    )
    assert acme.event(acme.book(WhoId=acme.contacts[0]))["AccountId"] == acme.account
    assert acme.event(acme.book(WhoId=acme.contacts[0], WhatId=deal))["AccountId"] == other
    assert acme.event(acme.book(WhatId=acme.account))["AccountId"] == acme.account
    assert "AccountId" not in acme.event(acme.book(WhoId=acme.lead))


def test_people_remember_their_last_activity(acme: Company) -> None:
    acme.book(WhoId=acme.contacts[0], StartDateTime="2026-11-24T09:00:00Z", DurationInMinutes=5)
    acme.book(WhoId=acme.contacts[0], StartDateTime="2026-10-01T09:00:00Z", DurationInMinutes=5)
    assert acme.org.get("Contact", acme.contacts[0])["LastActivityDate"] == "2026-11-24"
    assert acme.org.get("Account", acme.account)["LastActivityDate"] == "2026-11-24"


def test_a_trigger_rewrites_what_was_saved(acme: Company) -> None:
    acme.org.quirks.trigger_suffix, acme.org.quirks.trigger_location_length = " [crm]", 4
    event = acme.event(acme.book(Subject="x" * 255, Location="Room 12"))
    assert (event["Subject"], event["Location"]) == ("x" * 249 + " [crm]", "Room")


def test_a_validation_rule_refuses(acme: Company) -> None:
    acme.org.quirks.validation_word = "holiday"
    assert refused(acme, Subject="My Holiday").code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    acme.book(Subject="Work")


def test_text_is_stored_as_salesforce_stores_it(acme: Company) -> None:
    event = acme.event(acme.book(Subject="  Talk ", Description="a\r\nb\rc", Location=""))
    assert (event["Subject"], event["Description"], "Location" in event) == ("Talk", "a\nb\nc", False)
    acme.org.quirks.trim_text = False
    assert acme.event(acme.book(Subject="  Talk "))["Subject"] == "  Talk "


def test_all_day_details_may_differ(acme: Company) -> None:
    acme.org.quirks.all_day_moment, acme.org.quirks.all_day_truncates = False, False
    made = acme.book(IsAllDayEvent=True, StartDateTime="2026-11-24T00:00:00Z")
    assert "ActivityDateTime" not in acme.event(made)
    acme.org.update("Event", made, {"Subject": "Still there"}, by=acme.ann)
    assert acme.event(made)["StartDateTime"] == "2026-11-24T00:00:00.000+0000"
    assert refused(acme, IsAllDayEvent=True, StartDateTime="2026-11-24T15:00:00Z").code == "FIELD_INTEGRITY_EXCEPTION"


@given(minutes=st.integers(0, 20160), moved=st.integers(-100_000, 100_000))
def test_start_end_and_duration_always_agree(minutes: int, moved: int) -> None:
    acme = company()
    made = acme.book(StartDateTime="2026-11-24T09:00:00Z", DurationInMinutes=minutes)
    start = shifted("2026-11-24T09:00:00.000+0000", minutes=moved)
    acme.org.update("Event", made, {"StartDateTime": start}, by=acme.ann)
    event = acme.event(made)
    assert event["StartDateTime"] == event["ActivityDateTime"] == start
    assert minutes_between(event["StartDateTime"], event["EndDateTime"]) == event["DurationInMinutes"] == minutes
    assert (event["ActivityDate"], event["EndDate"]) == (event["StartDateTime"][:10], event["EndDateTime"][:10])
