"""The O365 package against the Graph sandbox, over a real socket."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import requests
from O365 import Account, MSGraphProtocol
from O365.utils import BaseTokenBackend

from tests.clients.graph_server import served
from tests.sandbox.graph_company import ANN, BOB, company, meeting, weekly
from twincal.sandbox.exchange import Exchange

# That package takes zones of this class only.
ZONE = ZoneInfo("UTC")


@pytest.fixture
def exchange() -> Exchange:
    """A company of three."""
    return company()


@pytest.fixture
def account(exchange: Exchange) -> Iterator[Account]:
    """An account of that package, signed in by a token it was handed."""
    with served(exchange) as port:
        root = f"http://127.0.0.1:{port}/"
        form = {
            "client_id": "app", "client_secret": "secret", "grant_type": "client_credentials",
            "scope": "https://graph.microsoft.com/.default",
        }  # fmt: skip
        token = requests.post(f"{root}{exchange.tenant}/oauth2/v2.0/token", data=form, timeout=30).json()["access_token"]
        protocol_class = type("LocalProtocol", (MSGraphProtocol,), {"_protocol_url": root})
        found = Account(
            ("app", "secret"), protocol=protocol_class(), auth_flow_type="credentials", tenant_id=exchange.tenant,
            main_resource=f"users/{ANN}", token_backend=BaseTokenBackend(), requests_delay=0,
        )  # fmt: skip
        found.con.session = found.con.get_session(load_token=False)
        found.con.session.headers["Authorization"] = f"Bearer {token}"
        yield found


def test_a_view_with_instances(exchange: Exchange, account: Account) -> None:
    exchange.book(ANN, meeting("Single", "2026-12-03"))
    exchange.book(ANN, meeting("Weekly", recurrence=weekly()))
    calendar = account.schedule(resource=ANN).get_default_calendar()
    start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)
    events = list(calendar.get_events(limit=100, include_recurring=True, start_recurring=start, end_recurring=end))
    assert sorted(event.subject for event in events) == ["Single", *["Weekly"] * 4]
    assert {event.start.astimezone(UTC).hour for event in events} == {9}


def test_create_change_and_delete(exchange: Exchange, account: Account) -> None:
    event = account.schedule(resource=ANN).get_default_calendar().new_event(subject="Review")
    event.start, event.end = datetime(2026, 12, 1, 9, tzinfo=ZONE), datetime(2026, 12, 1, 10, tzinfo=ZONE)
    event.attendees.add(BOB)
    event.body = "Hello"
    assert event.save()
    assert [item.fields["subject"] for item in exchange.mailbox(BOB).listing()] == ["Review"]
    event.subject = "Audit"
    assert event.save()
    assert [mail.kind for mail in exchange.mail] == ["invitation", "update"]
    assert event.delete()
    assert list(exchange.mailbox(ANN).listing()) == []
