"""Microsoft's own SDK for Python against the Graph sandbox, over a real socket."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from kiota_abstractions.api_error import APIError
from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator, BaseBearerTokenAuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.models.attendee import Attendee
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.event import Event
from msgraph.generated.models.event_type import EventType
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.users.item.calendar_view.delta.delta_request_builder import DeltaRequestBuilder
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core.requests.batch_request_content import BatchRequestContent  # type: ignore[import-untyped]
from msgraph_core.requests.batch_request_item import BatchRequestItem  # type: ignore[import-untyped]

from tests.clients.graph_server import served
from tests.sandbox.graph_company import ANN, BOB, company, meeting, weekly
from twincal.sandbox.exchange import Exchange

# The SDK warns of its own generated classes.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

Delta = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters


class Provider(AccessTokenProvider):
    """Hands out one token for this machine."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_authorization_token(self, uri: str, additional_authentication_context: Any = None) -> str:
        """The token."""
        return self._token

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        """This machine only."""
        return AllowedHostsValidator(["127.0.0.1"])


@pytest.fixture
def exchange() -> Exchange:
    """A company of three."""
    return company()


@pytest.fixture
def port(exchange: Exchange) -> Iterator[int]:
    """Where it is served."""
    with served(exchange) as number:
        yield number


async def sdk(exchange: Exchange, port: int) -> GraphServiceClient:
    """A client that is signed in."""
    form = {
        "client_id": "app", "client_secret": "secret", "grant_type": "client_credentials",
        "scope": "https://graph.microsoft.com/.default",
    }  # fmt: skip
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"http://127.0.0.1:{port}/{exchange.tenant}/oauth2/v2.0/token", data=form)
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Provider(answer.json()["access_token"])))
    adapter.base_url = f"http://127.0.0.1:{port}/v1.0"
    return GraphServiceClient(request_adapter=adapter)


def at(moment: str) -> DateTimeTimeZone:
    """A moment in UTC."""
    return DateTimeTimeZone(date_time=moment, time_zone="UTC")


async def test_create_with_attendees_patch_and_delete(exchange: Exchange, port: int) -> None:
    events = (await sdk(exchange, port)).users.by_user_id(ANN).events
    people = [Attendee(email_address=EmailAddress(address=BOB, name="Bob"))]
    body = ItemBody(content_type=BodyType.Html, content="<p>Hello</p>")
    draft = Event(subject="Review", body=body, attendees=people, start=at("2026-12-01T09:00:00"), end=at("2026-12-01T10:00:00"))
    made = await events.post(draft)
    assert made is not None and made.id is not None and made.is_organizer
    assert made.attendees is not None and made.attendees[0].email_address is not None
    assert made.attendees[0].email_address.address == BOB
    assert made.last_modified_date_time == datetime.fromisoformat("2026-11-23T08:00:00+00:00")
    patched = await events.by_event_id(made.id).patch(Event(subject="Audit"))
    assert patched is not None and patched.subject == "Audit"
    assert [(mail.to, mail.kind) for mail in exchange.mail] == [(BOB, "invitation"), (BOB, "update")]
    await events.by_event_id(made.id).delete()
    with pytest.raises(APIError) as refusal:
        await events.by_event_id(made.id).get()
    assert refusal.value.response_status_code == 404


async def test_delta_in_pages_then_changes(exchange: Exchange, port: int) -> None:
    for number in range(5):
        exchange.book(ANN, meeting(f"Event {number}"))
    exchange.book(ANN, meeting("Weekly", recurrence=weekly()))
    builder = (await sdk(exchange, port)).users.by_user_id(ANN).calendar_view.delta
    window = Delta(start_date_time="2026-11-01T00:00:00Z", end_date_time="2027-03-01T00:00:00Z")
    asked = RequestConfiguration[Delta](query_parameters=window)
    asked.headers.add("Prefer", 'odata.maxpagesize=3, IdType="ImmutableId"')
    page = await builder.get(request_configuration=asked)
    seen, pages = list[Event](), 1
    while page is not None and page.odata_next_link:
        seen += page.value or []
        page = await builder.with_url(page.odata_next_link).get()
        pages += 1
    assert page is not None and page.odata_delta_link
    seen += page.value or []
    assert (len(seen), pages) == (10, 3)
    bare = [event for event in seen if event.type == EventType.Occurrence]
    assert len(bare) == 4 and {event.subject for event in bare} == {None}
    exchange.change(ANN, exchange.mailbox(ANN).find(seen[0].id or "").item.id, {"subject": "Changed"})
    later = await builder.with_url(page.odata_delta_link).get()
    assert later is not None and [event.subject for event in later.value or []] == ["Changed"]


async def test_batch(exchange: Exchange, port: int) -> None:
    client = await sdk(exchange, port)
    exchange.book(ANN, meeting("Event"))
    events = client.users.by_user_id(ANN).events
    content = BatchRequestContent()
    read: RequestInformation = events.to_get_request_information()
    draft = Event(subject="Made", start=at("2026-12-02T09:00:00"), end=at("2026-12-02T10:00:00"))
    create = events.to_post_request_information(draft)
    missing = events.by_event_id("none").to_delete_request_information()
    assert (read.http_method, create.http_method) == (Method.GET, Method.POST)
    names = [BatchRequestItem(request_information=each) for each in (read, create, missing)]
    for item in names:
        content.add_request(item.id, item)
    answer = await client.batch.post(content)
    assert answer is not None
    found = {item.id: answer.get_response_by_id(item.id) for item in names}
    assert [found[item.id].status for item in names] == [200, 201, 404]
    assert [item.fields["subject"] for item in exchange.mailbox(ANN).listing()] == ["Event", "Made"]
