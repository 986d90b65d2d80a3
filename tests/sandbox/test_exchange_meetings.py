"""Meetings between mailboxes: copies, updates, answers, cancellations, and every mail that would go out."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sandbox.graph_company import ANN, BOB, EVE, START, company, meeting, quirk, weekly
from twincal.sandbox.exchange import Exchange, GraphError
from twincal.sandbox.exchange.rendering import render

OUTSIDE = "guest@else.example"
LATER = datetime(2028, 1, 1, tzinfo=UTC)


def shown(exchange: Exchange, who: str) -> list[dict[str, Any]]:
    """What a person's calendar shows."""
    return [render(ref) for ref in exchange.mailbox(who).view(START, LATER)]


def mails(exchange: Exchange) -> list[tuple[str, str]]:
    """Mail since the last look."""
    found = [(mail.to, mail.kind) for mail in exchange.mail]
    exchange.mail.clear()
    return found


def test_an_invitation_makes_copies_and_mails_everyone_but_the_organizer() -> None:
    exchange = company()
    event = exchange.book(ANN, meeting("Review", "2026-12-01", ANN, BOB, OUTSIDE))
    assert mails(exchange) == [(BOB, "invitation"), (OUTSIDE, "invitation")]
    (copy,) = shown(exchange, BOB)
    assert copy["iCalUId"] == event["iCalUId"]
    assert copy["id"] != event["id"]
    assert (copy["isOrganizer"], copy["organizer"]["emailAddress"]["address"]) == (False, ANN)
    assert copy["responseStatus"] == {"response": "notResponded", "time": "0001-01-01T00:00:00Z"}
    assert {entry["status"]["response"] for entry in copy["attendees"]} == {"none"}
    assert copy["showAs"] == "tentative"


def test_another_organizer_is_silently_replaced() -> None:
    exchange = company()
    event = exchange.book(ANN, meeting(organizer={"emailAddress": {"address": BOB, "name": "Bob"}}))
    assert event["organizer"]["emailAddress"]["address"] == ANN
    assert event["isOrganizer"] is True


def test_answers_flow_back_and_survive_a_change_of_words_not_of_times() -> None:
    exchange = company()
    event = exchange.book(ANN, meeting("Review", "2026-12-01", BOB))
    exchange.respond(BOB, shown(exchange, BOB)[0]["id"], "accept")
    assert mails(exchange)[-1] == (ANN, "response")
    own = shown(exchange, ANN)[0]
    assert own["attendees"][0]["status"]["response"] == "accepted"
    assert own["changeKey"] != event["changeKey"]
    exchange.change(ANN, event["id"], {"subject": "Audit"})
    assert shown(exchange, ANN)[0]["attendees"][0]["status"]["response"] == "accepted"
    assert shown(exchange, BOB)[0]["responseStatus"]["response"] == "accepted"
    exchange.change(ANN, event["id"], meeting("Audit", "2026-12-02"))
    assert shown(exchange, ANN)[0]["attendees"][0]["status"]["response"] == "none"
    assert shown(exchange, BOB)[0]["responseStatus"]["response"] == "notResponded"
    assert mails(exchange) == [(BOB, "update"), (BOB, "update")]


def test_declining_clears_the_calendar_and_the_organizer_cannot_answer() -> None:
    exchange = company()
    event = exchange.book(ANN, meeting("Review", "2026-12-01", BOB))
    exchange.respond(BOB, shown(exchange, BOB)[0]["id"], "decline", send=False)
    assert shown(exchange, BOB) == []
    assert mails(exchange) == [(BOB, "invitation")]
    with pytest.raises(GraphError, match="organizer"):
        exchange.respond(ANN, event["id"], "accept")


def test_a_copy_changes_for_its_owner_only_until_the_organizer_speaks_again() -> None:
    exchange = company()
    event = exchange.book(ANN, meeting("Review", "2026-12-01", BOB))
    exchange.mail.clear()
    exchange.change(BOB, shown(exchange, BOB)[0]["id"], {"subject": "Mine", "categories": ["Red"]})
    assert mails(exchange) == []
    assert shown(exchange, ANN)[0]["subject"] == "Review"
    exchange.change(ANN, event["id"], {"location": {"displayName": "Hall"}})
    copy = shown(exchange, BOB)[0]
    assert (copy["subject"], copy["categories"], copy["location"]["displayName"]) == ("Review", ["Red"], "Hall")


def test_a_patch_of_attendees_alone_mails_only_those_it_concerns() -> None:
    exchange = company()
    event = exchange.book(ANN, meeting("Review", "2026-12-01", BOB, OUTSIDE))
    exchange.mail.clear()
    patch = {"attendees": [{"emailAddress": {"address": each}} for each in (OUTSIDE, EVE)]}
    exchange.change(ANN, event["id"], patch, by="app")
    assert mails(exchange) == [(EVE, "invitation"), (BOB, "cancellation")]
    assert shown(exchange, BOB)[0]["isCancelled"] is True
    assert shown(exchange, EVE)[0]["subject"] == "Review"


def test_any_patch_of_an_app_mails_unless_switched() -> None:
    exchange = company()
    event = exchange.book(ANN, meeting("Review", "2026-12-01", BOB))
    exchange.mail.clear()
    exchange.change(ANN, event["id"], {"categories": ["Red"]}, by="person")
    assert mails(exchange) == []
    exchange.change(ANN, event["id"], {"categories": ["Red"]}, by="app")
    assert mails(exchange) == [(BOB, "update")]
    with quirk(exchange, silent_properties=["categories"]):
        exchange.change(ANN, event["id"], {"categories": []}, by="app")
    assert mails(exchange) == []


def test_a_series_with_exceptions_mails_once_for_the_series_and_once_for_each() -> None:
    exchange = company()
    master = exchange.book(ANN, meeting("Weekly", "2026-12-01", BOB, recurrence=weekly()))
    days = exchange.occurrences(ANN, master["id"], START, LATER)
    exchange.change(ANN, days[1]["id"], {"subject": "Other"})
    assert mails(exchange) == [(BOB, "invitation"), (BOB, "update")]
    assert [event["subject"] for event in shown(exchange, BOB)] == ["Weekly", "Other", "Weekly", "Weekly"]
    exchange.change(ANN, master["id"], {"location": {"displayName": "Hall"}})
    assert mails(exchange) == [(BOB, "update"), (BOB, "update")]


def test_cancelled_instances_and_meetings_stay_marked_with_the_attendee() -> None:
    exchange = company()
    master = exchange.book(ANN, meeting("Weekly", "2026-12-01", BOB, recurrence=weekly(2)))
    days = exchange.occurrences(ANN, master["id"], START, LATER)
    exchange.remove(ANN, days[0]["id"])
    assert [(each["isCancelled"], each["subject"]) for each in shown(exchange, BOB)] == [
        (True, "Canceled: Weekly"), (False, "Weekly"),
    ]  # fmt: skip
    assert len(shown(exchange, ANN)) == 1
    exchange.remove(ANN, master["id"], by="app")
    assert [(mail.kind, mail.by) for mail in exchange.mail] == [
        ("invitation", "person"), ("cancellation", "person"), ("cancellation", "app"),
    ]  # fmt: skip
    assert exchange.mailbox(BOB).find(shown(exchange, BOB)[1]["seriesMasterId"]).item.is_cancelled
    assert shown(exchange, ANN) == []


def test_an_answer_to_one_instance() -> None:
    exchange = company()
    exchange.book(ANN, meeting("Weekly", "2026-12-01", BOB, recurrence=weekly(2)))
    exchange.respond(BOB, shown(exchange, BOB)[0]["id"], "tentativelyAccept")
    assert [each["responseStatus"]["response"] for each in shown(exchange, BOB)] == ["tentativelyAccepted", "notResponded"]
    assert [each["attendees"][0]["status"]["response"] for each in shown(exchange, ANN)] == ["tentativelyAccepted", "none"]


def test_an_invitation_from_outside_is_one_meeting_in_two_mailboxes() -> None:
    exchange = company()
    times = {"start": datetime(2027, 3, 5, 9, tzinfo=UTC), "end": datetime(2027, 3, 5, 10, tzinfo=UTC)}
    one, two = (exchange.deliver(who, organizer=OUTSIDE, attendees=[ANN, BOB], subject="Pitch", **times) for who in (ANN, BOB))
    assert one["iCalUId"] == two["iCalUId"]
    assert (one["isOrganizer"], one["organizer"]["emailAddress"]["address"]) == (False, OUTSIDE)
    assert exchange.mail == []
    exchange.respond(ANN, one["id"], "accept")
    assert mails(exchange) == [(OUTSIDE, "response")]


def test_an_import_tells_nobody_and_keeps_the_organizer() -> None:
    exchange = company()
    organizer = {"emailAddress": {"address": OUTSIDE, "name": "Guest"}}
    event = exchange.book(ANN, meeting("Old", "2026-12-01", BOB, organizer=organizer), by="import")
    assert (event["isOrganizer"], event["organizer"]) == (False, organizer)
    assert (exchange.mail, shown(exchange, BOB)) == ([], [])


def test_a_reset_leaves_apps_and_tenant() -> None:
    exchange = company()
    exchange.book(ANN, meeting("Review", "2026-12-01", BOB))
    tenant = exchange.tenant
    exchange.reset()
    assert (exchange.tenant, exchange.mail, exchange.mailboxes()) == (tenant, [], [])
    assert "app" in exchange.apps
    with pytest.raises(GraphError) as refusal:
        exchange.mailbox(ANN)
    assert (refusal.value.status, refusal.value.code) == (404, "ErrorInvalidUser")


def test_two_mailboxes_cannot_share_an_address() -> None:
    exchange = company()
    with pytest.raises(ValueError, match="taken"):
        exchange.add_mailbox("A.Archer@corp.example", "Other")


def test_the_same_seed_makes_the_same_ids() -> None:
    one, two = (company().book(ANN, meeting()) for _ in range(2))
    assert one == two
