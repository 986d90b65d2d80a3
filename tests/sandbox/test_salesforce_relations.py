"""People of an event: Shared Activities on and off, Leads, promotion, invitations and the copies they make."""

import pytest

from tests.sandbox.salesforce_company import Company, company
from twincal.sandbox.salesforce import SalesforceError

RELATED, INVITED = (True, False, None), (False, True, "New")


@pytest.fixture
def acme() -> Company:
    return company()


def rows(there: Company, **wanted: object) -> list[dict[str, object]]:
    table = there.org.records.storage["Event"].rows.values()
    return [row for row in table if not row["IsDeleted"] and all(row.get(name) == value for name, value in wanted.items())]


def test_contacts_are_related_in_one_call(acme: Company) -> None:
    made = acme.book(EventWhoIds=[acme.contacts[1], acme.contacts[0]])
    assert acme.event(made)["WhoId"] == acme.contacts[1]
    assert acme.event(made)["WhoCount"] == 2
    assert acme.relations(made) == {acme.contacts[1]: RELATED, acme.contacts[0]: RELATED}


def test_a_who_missing_from_the_list_comes_first(acme: Company) -> None:
    made = acme.book(WhoId=acme.contacts[2], EventWhoIds=acme.contacts[:2])
    assert acme.event(made)["WhoId"] == acme.contacts[2]
    assert set(acme.relations(made)) == set(acme.contacts)


def test_an_emptied_list_leaves_the_who(acme: Company) -> None:
    made = acme.book(EventWhoIds=acme.contacts)
    acme.org.update("Event", made, {"EventWhoIds": None}, by=acme.ann)
    assert acme.relations(made) == {acme.contacts[0]: RELATED}


def test_another_is_promoted_when_the_who_goes(acme: Company) -> None:
    made = acme.book(EventWhoIds=acme.contacts)
    acme.org.update("Event", made, {"WhoId": None}, by=acme.ann)
    assert acme.event(made)["WhoId"] in acme.contacts[1:]
    assert set(acme.relations(made)) == set(acme.contacts[1:])


def test_deleting_the_relation_of_the_who_promotes_another(acme: Company) -> None:
    made = acme.book(EventWhoIds=acme.contacts[:2])
    relation = next(row for row in acme.org.relations.of(made) if row["RelationId"] == acme.contacts[0])
    acme.org.delete("EventRelation", relation["Id"], by=acme.ann)
    assert acme.event(made)["WhoId"] == acme.contacts[1]
    assert acme.relations(made) == {acme.contacts[1]: RELATED}


def test_fifty_contacts_and_no_more(acme: Company) -> None:
    many = [acme.org.insert("Contact", {"LastName": f"P{n}"}, by=acme.admin) for n in range(51)]
    assert len(acme.relations(acme.book(EventWhoIds=many[:50]))) == 50
    with pytest.raises(SalesforceError):
        acme.book(EventWhoIds=many)


def test_one_lead_and_nobody_beside_it(acme: Company) -> None:
    assert acme.event(acme.book(WhoId=acme.lead))["WhoId"] == acme.lead
    second = acme.org.insert("Lead", {"LastName": "Two", "Company": "X"}, by=acme.admin)
    for mixed in ([acme.lead, second], [acme.contacts[0], acme.lead]):
        with pytest.raises(SalesforceError):
            acme.book(EventWhoIds=mixed)


def test_a_lead_beside_a_related_record_may_be_forbidden(acme: Company) -> None:
    acme.book(WhoId=acme.lead, WhatId=acme.account)
    acme.org.options.allow_lead_with_what = False
    with pytest.raises(SalesforceError):
        acme.book(WhoId=acme.lead, WhatId=acme.account)


def test_a_converted_lead_cannot_be_named(acme: Company) -> None:
    acme.org.convert_lead(acme.lead, by=acme.admin)
    with pytest.raises(SalesforceError) as caught:
        acme.book(WhoId=acme.lead)
    assert caught.value.code == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_a_name_of_the_wrong_kind_is_told_apart(acme: Company) -> None:
    with pytest.raises(SalesforceError) as caught:
        acme.book(WhoId=acme.account)
    assert caught.value.message == f"Name ID: id value of incorrect type: {acme.account}"


def test_without_shared_activities_there_is_one_name_and_no_list() -> None:
    acme = company(shared_activities=False)
    made = acme.book(WhoId=acme.contacts[0])
    assert acme.relations(made) == {}
    with pytest.raises(SalesforceError) as caught:
        acme.book(EventWhoIds=acme.contacts)
    assert (caught.value.code, caught.value.message) == (
        "INVALID_FIELD",
        "No such column 'EventWhoIds' on sobject of type Event",
    )
    invitation = acme.org.insert("EventRelation", {"EventId": made, "RelationId": acme.contacts[1]}, by=acme.ann)
    assert acme.relations(made)[acme.contacts[1]] == INVITED
    with pytest.raises(SalesforceError):
        acme.org.update("EventRelation", invitation, {"IsParent": True}, by=acme.ann)


def test_an_invited_user_gets_a_copy_and_a_contact_does_not(acme: Company) -> None:
    made = acme.book(UndecidedEventInviteeIds=[acme.bob, acme.contacts[0], acme.lead])
    event = acme.event(made)
    assert (event["IsGroupEvent"], event["GroupEventType"]) == (True, "1")
    [copy] = rows(acme, IsChild=True)
    assert (copy["OwnerId"], copy["Subject"], copy["StartDateTime"]) == (acme.bob, "Talk", event["StartDateTime"])
    acme.org.update("Event", made, {"Subject": "Moved", "StartDateTime": "2026-11-26T09:00:00Z"}, by=acme.ann)
    [copy] = rows(acme, IsChild=True)
    assert (copy["Subject"], copy["ActivityDate"]) == ("Moved", "2026-11-26")


def test_a_copy_is_its_owners_to_delete_but_not_to_change(acme: Company) -> None:
    made = acme.book(AcceptedEventInviteeIds=[acme.bob])
    [copy] = rows(acme, IsChild=True)
    with pytest.raises(SalesforceError):
        acme.org.update("Event", str(copy["Id"]), {"Subject": "Mine"}, by=acme.bob)
    acme.org.update("Event", str(copy["Id"]), {"IsReminderSet": True}, by=acme.bob)
    acme.org.delete("Event", str(copy["Id"]), by=acme.bob)
    assert acme.event(made)["Subject"] == "Talk"
    assert acme.relations(made)[acme.bob] == (False, True, "Accepted")


def test_uninviting_takes_the_copy_away(acme: Company) -> None:
    made = acme.book(UndecidedEventInviteeIds=[acme.bob])
    acme.org.update("Event", made, {"UndecidedEventInviteeIds": None}, by=acme.ann)
    assert rows(acme, IsChild=True) == []
    assert acme.event(made)["IsGroupEvent"] is False
    assert acme.relations(made) == {}


def test_each_list_speaks_for_its_own_status(acme: Company) -> None:
    made = acme.book(AcceptedEventInviteeIds=[acme.contacts[0]], UndecidedEventInviteeIds=[acme.contacts[1]])
    acme.org.update("Event", made, {"UndecidedEventInviteeIds": [acme.lead]}, by=acme.ann)
    assert acme.relations(made) == {acme.contacts[0]: (False, True, "Accepted"), acme.lead: INVITED}
    acme.org.update("Event", made, {"DeclinedEventInviteeIds": [acme.contacts[0]]}, by=acme.ann)
    assert acme.relations(made)[acme.contacts[0]] == (False, True, "Declined")


def test_a_related_contact_is_invited_by_a_flag_not_by_a_second_row(acme: Company) -> None:
    made = acme.book(WhoId=acme.contacts[0])
    with pytest.raises(SalesforceError) as caught:
        acme.org.insert("EventRelation", {"EventId": made, "RelationId": acme.contacts[0]}, by=acme.ann)
    assert caught.value.code == "DUPLICATE_VALUE"
    [row] = acme.org.relations.of(made)
    acme.org.update("EventRelation", row["Id"], {"IsInvitee": True}, by=acme.ann)
    assert acme.relations(made) == {acme.contacts[0]: (True, True, "New")}


def test_a_relation_row_relates(acme: Company) -> None:
    made = acme.book()
    acme.org.insert("EventRelation", {"EventId": made, "RelationId": acme.contacts[0], "IsParent": True}, by=acme.ann)
    assert acme.event(made)["WhoId"] == acme.contacts[0]
    acme.org.insert("EventRelation", {"EventId": made, "RelationId": acme.account, "IsParent": True, "IsWhat": True}, by=acme.ann)
    assert (acme.event(made)["WhatId"], acme.event(made)["WhatCount"]) == (acme.account, 1)


@pytest.mark.parametrize("status", ["Maybe", "Uninvited"])
def test_a_status_that_exists_only_on_paper_is_refused(acme: Company, status: str) -> None:
    made = acme.book()
    with pytest.raises(SalesforceError):
        acme.org.insert("EventRelation", {"EventId": made, "RelationId": acme.contacts[0], "Status": status}, by=acme.ann)


@pytest.mark.parametrize("touches", [False, True])
def test_an_invitation_may_leave_the_event_untouched(acme: Company, touches: bool) -> None:
    acme.org.quirks.relations_touch_event = touches
    made = acme.book()
    before = acme.event(made)["SystemModstamp"]
    acme.clock.pass_by(minutes=5)
    acme.org.insert("EventRelation", {"EventId": made, "RelationId": acme.contacts[0]}, by=acme.ann)
    assert (acme.event(made)["SystemModstamp"] > before) is touches
    assert acme.event(made)["IsGroupEvent"] is True


def test_a_deleted_event_takes_its_people_and_copies_and_brings_them_back(acme: Company) -> None:
    made = acme.book(EventWhoIds=acme.contacts[:2], UndecidedEventInviteeIds=[acme.bob])
    acme.org.delete("Event", made, by=acme.ann)
    assert rows(acme) == [] and acme.relations(made) == {}
    acme.org.undelete("Event", made, by=acme.ann)
    assert len(rows(acme)) == 2
    assert set(acme.relations(made)) == {*acme.contacts[:2], acme.bob}


def test_a_new_contact_of_a_converted_lead_takes_over_its_events(acme: Company) -> None:
    made = acme.book(WhoId=acme.lead)
    contact = acme.org.convert_lead(acme.lead, by=acme.admin)
    lead = acme.org.get("Lead", acme.lead)
    assert (lead["IsConverted"], lead["ConvertedContactId"]) == (True, contact)
    assert acme.event(made)["WhoId"] == contact
    assert set(acme.relations(made)) == {contact}
    assert acme.org.get("Contact", contact)["Email"] == "hope@initech.example"


def test_merged_contacts_hand_over_their_events(acme: Company) -> None:
    made = acme.book(EventWhoIds=acme.contacts[:2])
    acme.org.merge_contacts(acme.contacts[0], [acme.contacts[1], acme.contacts[2]], by=acme.admin)
    assert acme.event(made)["WhoId"] == acme.contacts[0]
    assert acme.relations(made) == {acme.contacts[0]: RELATED}
    assert acme.event(made)["WhoCount"] == 1
    acme.org.update("Event", made, {"Subject": "Later"}, by=acme.ann)
    assert acme.relations(made) == {acme.contacts[0]: RELATED}, "the list behind the event followed, too"
    gone = acme.org.records.storage["Contact"].rows[acme.contacts[1]]
    assert (gone["IsDeleted"], gone["MasterRecordId"]) == (True, acme.contacts[0])


def test_a_deleted_contact_leaves_its_events_to_another(acme: Company) -> None:
    made = acme.book(EventWhoIds=acme.contacts[:2])
    acme.org.delete("Contact", acme.contacts[0], by=acme.admin)
    assert acme.event(made)["WhoId"] == acme.contacts[1]
