"""Bad weather, met by a client on a real socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.sandbox.stage import TODAY, Stage, staged
from twincal.sandbox.clock import Clock, opening
from twincal.sandbox.traffic import Asked
from twincal.sandbox.weather import KINDS, Front, Judge, Weather

ANN = "ann@northwind.example"
EVENT = {
    "subject": "Plan",
    "start": {"dateTime": "2027-03-04T09:00:00", "timeZone": "UTC"},
    "end": {"dateTime": "2027-03-04T10:00:00", "timeZone": "UTC"},
}


class Client:
    """Ann's Graph client."""

    def __init__(self, stage: Stage, headers: dict[str, str]) -> None:
        self.stage, self._headers = stage, headers
        self.events = f"{stage.line['graph']['base_url']}/users/{ANN}/events"

    async def weather(self, **switches: Any) -> None:
        await self.stage.control("/weather", {"transport": switches})

    async def look(self) -> Any:
        return await self.stage.ask("GET", self.events, headers=self._headers)

    async def book(self) -> Any:
        return await self.stage.ask("POST", self.events, headers=self._headers, json=EVENT)

    async def booked(self) -> int:
        return len((await self.stage.control(f"/state?mailbox={ANN}"))["exchange"])


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with staged() as stage:
        await stage.add_ann()
        yield Client(stage, await stage.token())


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("throttled", 429, "TooManyRequests"), ("unavailable", 503, "ServiceUnavailable"),
        ("server_error", 500, "InternalServerError"), ("unauthorized", 401, "InvalidAuthenticationToken"),
    ],
)  # fmt: skip
async def test_graph_refuses_in_its_own_shape_and_once(client: Client, kind: str, status: int, code: str) -> None:
    await client.weather(kinds=[kind], next=1, system="graph")
    reply = await client.book()
    assert (reply.status, reply.json["error"]["code"]) == (status, code)
    assert "request-id" in reply.json["error"]["innerError"]
    assert await client.booked() == 0
    assert (await client.book()).status == 201


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("throttled", 403, "REQUEST_LIMIT_EXCEEDED"), ("unavailable", 503, "SERVER_UNAVAILABLE"),
        ("server_error", 500, "UNKNOWN_EXCEPTION"), ("unauthorized", 401, "INVALID_SESSION_ID"),
    ],
)  # fmt: skip
async def test_salesforce_refuses_in_its_own_shape(client: Client, kind: str, status: int, code: str) -> None:
    await client.weather(kinds=[kind], next=1)
    reply = await client.stage.ask("GET", "/services/data/v67.0/limits")
    assert (reply.status, reply.json[0]["errorCode"]) == (status, code)
    assert ("retry-after" in reply.headers) == (status == 503)


async def test_a_gateway_answers_with_a_page(client: Client) -> None:
    await client.weather(kinds=["gateway_page"], next=1)
    reply = await client.look()
    assert reply.status == 502
    assert b"<h1>502 Bad Gateway</h1>" in reply.body
    assert "html" in reply.headers["content-type"]


@pytest.mark.parametrize(("how", "expected"), [("seconds", "17"), ("date", "Mon, 01 Mar 2027 08:00"), ("absent", None)])
async def test_retry_after_as_seconds_as_a_date_and_not_at_all(client: Client, how: str, expected: str | None) -> None:
    await client.stage.control("/clock", {"now": "2027-03-01T08:00:00Z"})
    await client.weather(kinds=["throttled"], next=1, retry_after=how, retry_after_seconds=17)
    value = (await client.look()).headers.get("retry-after")
    assert value is None if expected is None else value.startswith(expected)


async def test_a_lost_reply_is_a_write_that_was_done(client: Client) -> None:
    await client.weather(kinds=["reply_lost"], next=1, writes_only=True)
    assert (await client.look()).status == 200
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.book()
    assert await client.booked() == 1


async def test_a_lost_request_is_a_write_that_was_not_done(client: Client) -> None:
    await client.weather(kinds=["request_lost"], next=1, methods=["POST"])
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.book()
    assert await client.booked() == 0


async def test_a_late_write_is_done_after_the_client_has_given_up(client: Client) -> None:
    await client.weather(kinds=["late_write"], next=1, late_ms=300)
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.book()
    assert await client.booked() == 0
    await client.stage.sandbox.weather.settle()
    assert await client.booked() == 1


async def test_every_third_write_loses_its_reply_and_every_fourth_its_request(client: Client) -> None:
    await client.weather(lose_reply_every=3, lose_request_every=4)
    lost = []
    for number in range(1, 9):
        try:
            await client.book()
        except aiohttp.ClientConnectionError:
            lost.append(number)
        assert (await client.look()).status == 200
    assert lost == [3, 4, 6, 8]
    assert await client.booked() == 6


async def test_every_second_write_is_late_and_waits_until_it_is_called(client: Client) -> None:
    await client.weather(late_write_every=2, late_until_settled=True)
    await client.book()
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.book()
    await client.weather()
    await asyncio.sleep(0.05)
    assert await client.booked() == 1
    await client.stage.sandbox.weather.settle()
    assert await client.booked() == 2


async def test_half_of_the_json(client: Client) -> None:
    await client.weather(kinds=["truncated"], next=1)
    with pytest.raises(json.JSONDecodeError):
        await client.look()
    assert (await client.look()).json["value"] == []


@pytest.mark.parametrize("kind", ["slow", "delayed"])
async def test_a_slow_answer_comes_whole(client: Client, kind: str) -> None:
    await client.weather(kinds=[kind], next=1, delay_ms=150)
    loop = asyncio.get_running_loop()
    begin = loop.time()
    assert (await client.look()).json["value"] == []
    assert loop.time() - begin >= 0.14


async def test_only_what_a_front_names_is_struck(client: Client) -> None:
    await client.weather(kinds=["server_error"], rate=1.0, system="graph", path="/v1.0/users/{user}/calendarView*")
    view = f"{client.events.removesuffix('/events')}/calendarView/delta"
    assert (await client.stage.ask("GET", view)).status == 500
    assert (await client.look()).status == 200
    await client.weather(kinds=["server_error"], rate=1.0, tokens=True, path="*/oauth2/*")
    refused = await client.stage.ask("POST", f"{client.stage.line['graph']['authority']}/oauth2/v2.0/token")
    assert (refused.status, refused.json["error"]) == (500, "temporarily_unavailable")
    refused = await client.stage.ask("POST", "/services/oauth2/token")
    assert (refused.status, refused.json["error"]) == (500, "unavailable")


async def test_two_fronts_skipping_and_calm_again(client: Client) -> None:
    await client.stage.control("/weather", {"transport": [
        {"kinds": ["unavailable"], "skip": 1, "next": 1}, {"kinds": ["throttled"], "skip": 2, "next": 1},
    ], "graph": {"page_size": 3}})  # fmt: skip
    assert [(await client.look()).status for _ in range(4)] == [200, 503, 429, 200]
    shown = await client.stage.control("/weather", {"transport": {"rate": 1.0}})
    assert shown["graph"]["page_size"] == 3
    assert (await client.look()).status == 503
    calm = await client.stage.control("/weather", {"calm": True})
    assert calm["transport"] == []
    assert calm["graph"]["page_size"] != 3
    assert (await client.look()).status == 200
    await client.weather(rate=1.0)
    await client.stage.control("/weather", {})
    assert (await client.look()).status == 200


async def test_salesforce_quirks_are_set_through_the_weather(client: Client) -> None:
    shown = await client.stage.control("/weather", {"salesforce": {"row_locks": 2}})
    assert shown["salesforce"]["row_locks"] == 2
    assert client.stage.sandbox.org.quirks.row_locks == 2


def test_the_same_seed_strikes_the_same_requests() -> None:
    def struck(seed: int) -> list[str | None]:
        judge = Judge(Front(kinds=KINDS, rate=0.3, seed=seed))
        return [judge.kind_for(Asked("graph", "GET", "/v1.0/me")) for _ in range(200)]

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert 30 < len([kind for kind in struck(1) if kind]) < 90


async def test_in_process_a_lost_reply_is_a_reset_connection() -> None:
    weather = Weather(Clock(opening(TODAY)))
    weather.set([Front(kinds=["reply_lost"], next=1)])
    reached = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Any) -> None:
        raise AssertionError("no answer was due")

    scope = {"type": "http", "method": "GET", "path": "/v1.0/me", "headers": []}
    with pytest.raises(ConnectionResetError):
        await weather.around(app)(scope, receive, send)
    assert reached == ["/v1.0/me"]
