"""Sign-in, permissions, throttling, batches."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.sandbox.graph_company import ANN, BOB, EVE, StillClock, client, company, meeting, quirk, signed_in
from twincal.sandbox.exchange import Exchange

EVENTS = f"/v1.0/users/{ANN}/events"
FORM = {
    "client_id": "app", "client_secret": "secret", "grant_type": "client_credentials",
    "scope": "https://graph.microsoft.com/.default",
}  # fmt: skip

SIGN_IN: list[tuple[dict[str, str], int, str, int]] = [
    ({"client_id": "other"}, 400, "unauthorized_client", 700016),
    ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
    ({"client_secret": ""}, 401, "invalid_client", 7000218),
    ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
    ({"grant_type": ""}, 400, "invalid_request", 900144),
    ({"scope": "Calendars.Read"}, 400, "invalid_scope", 1002012),
    ({"client_assertion": "x"}, 400, "invalid_request", 900144),
    (
        {"client_assertion": "x", "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
        401, "invalid_client", 50027,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "status", "error", "number"), SIGN_IN, ids=str)
async def test_sign_in_refusals(change: dict[str, str], status: int, error: str, number: int) -> None:
    exchange = company()
    async with client(exchange) as http:
        answer = await http.post(f"/{exchange.tenant}/oauth2/v2.0/token", data={**FORM, **change})
    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (status, error, [number])
    assert answer.json()["error_description"].startswith(f"AADSTS{number}: ")


async def test_a_wrong_tenant_and_a_tenant_by_domain() -> None:
    exchange = company()
    async with client(exchange) as http:
        assert (await http.post("/elsewhere/oauth2/v2.0/token", data=FORM)).json()["error_codes"] == [90002]
        assert (await http.post("/corp.example/oauth2/v2.0/token", data=FORM)).status_code == 200
        assert (await http.get(f"/{exchange.tenant}/oauth2/v2.0/token")).status_code == 400


async def test_tokens_expire_and_strange_ones_are_refused() -> None:
    exchange = company()
    clock = exchange.clock
    assert isinstance(clock, StillClock)
    async with signed_in(exchange) as http:
        assert (await http.get(EVENTS)).status_code == 200
        clock.tick(seconds=3598)
        assert (await http.get(EVENTS)).status_code == 200
        clock.tick(seconds=1)
        for header in (http.headers["Authorization"], "Bearer strange", "Basic x", ""):
            answer = await http.get(EVENTS, headers={"Authorization": header})
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")


async def test_roles_scope_and_mailboxes_out_of_reach() -> None:
    exchange = company()

    async def code(http: httpx.AsyncClient, method: str, path: str) -> tuple[int, str]:
        answer = await http.request(method, path, json=meeting() if method == "POST" else None)
        return answer.status_code, answer.json()["error"]["code"] if answer.status_code >= 400 else ""

    exchange.register_app("app", secret="secret", roles=("Calendars.Read",))
    async with signed_in(exchange) as http:
        assert await code(http, "GET", EVENTS) == (200, "")
        assert await code(http, "POST", EVENTS) == (403, "ErrorAccessDenied")
        assert await code(http, "GET", f"/v1.0/users/{ANN}") == (403, "Authorization_RequestDenied")
        with quirk(exchange, user_needs_role=False):
            assert await code(http, "GET", f"/v1.0/users/{ANN}") == (200, "")
            assert await code(http, "GET", "/v1.0/users/no@one") == (404, "Request_ResourceNotFound")
        with quirk(exchange, out_of_scope=[ANN], unlicensed=[BOB]):
            assert await code(http, "GET", EVENTS) == (403, "ErrorAccessDenied")
            assert await code(http, "GET", f"/v1.0/users/{BOB}/calendar") == (404, "MailboxNotEnabledForRESTAPI")
            assert await code(http, "GET", f"/v1.0/users/{EVE}/events") == (200, "")
            with quirk(exchange, scope_denial_status=404):
                assert (await code(http, "GET", EVENTS))[0] == 404
    exchange.register_app("app", secret="secret", roles=())
    async with signed_in(exchange) as http:
        assert await code(http, "GET", EVENTS) == (403, "ErrorAccessDenied")


async def statuses(http: httpx.AsyncClient, path: str, number: int) -> list[httpx.Response]:
    """Answers to requests sent at once."""
    return list(await asyncio.gather(*(http.get(path) for _ in range(number))))


async def test_more_than_four_at_a_time_in_one_mailbox() -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        assert {each.status_code for each in await statuses(http, EVENTS, 4)} == {200}
        answers = await statuses(http, EVENTS, 6)
        refused = [each for each in answers if each.status_code == 429]
        assert len(refused) == 2
        assert refused[0].headers["retry-after"] == "1"
        error = refused[0].json()["error"]
        assert (error["code"], error["message"]) == ("ApplicationThrottled", "Application is over its MailboxConcurrency limit.")
        both = await asyncio.gather(statuses(http, EVENTS, 4), statuses(http, f"/v1.0/users/{BOB}/events", 4))
        assert {each.status_code for part in both for each in part} == {200}
        with quirk(exchange, throttle_status=503, throttle_code="TooManyRequests", retry_after_seconds=0, latency_ms=5.0):
            answers = await statuses(http, EVENTS, 5)
            assert sorted(each.status_code for each in answers) == [200] * 4 + [503]
            assert not any("retry-after" in each.headers for each in answers)
        with quirk(exchange, in_flight_limit=0):
            assert {each.status_code for each in await statuses(http, EVENTS, 12)} == {200}


async def test_requests_and_uploads_are_counted_when_switched_on() -> None:
    exchange = company()
    clock = exchange.clock
    assert isinstance(clock, StillClock)
    async with signed_in(exchange) as http:
        with quirk(exchange, requests_per_10_minutes=3):
            assert [(await http.get(EVENTS)).status_code for _ in range(4)] == [200, 200, 200, 429]
            clock.tick(minutes=10)
            assert (await http.get(EVENTS)).status_code == 200
        with quirk(exchange, upload_bytes_per_5_minutes=400):
            sizes = [(await http.post(EVENTS, json=meeting())).status_code for _ in range(3)]
            assert (sizes[0], sizes[-1]) == (201, 429)


def step(name: int, method: str = "GET", url: str = f"/users/{ANN}/events", **more: Any) -> dict[str, Any]:
    """One request of a batch."""
    return {"id": str(name), "method": method, "url": url, **more}


JSON = {"Content-Type": "application/json"}


async def send(http: httpx.AsyncClient, *steps: dict[str, Any]) -> dict[str, Any]:
    """The answers of a batch by id."""
    answer = await http.post("/v1.0/$batch", json={"requests": list(steps)})
    assert answer.status_code == 200, answer.text
    return {each["id"]: each for each in answer.json()["responses"]}


async def test_a_batch_creates_in_order_and_fails_item_by_item() -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        found = await send(
            http,
            step(1, "POST", headers=JSON, body=meeting("One")),
            step(2, "POST", headers=JSON, body=meeting(showAs="asleep"), dependsOn=["1"]),
            step(3, "POST", headers=JSON, body=meeting("Three"), dependsOn=["2"]),
            step(4, "DELETE", f"users/{ANN}/events/none"),
            step(5, "POST", body=meeting("Five")),
        )
        assert {name: each["status"] for name, each in found.items()} == {"1": 201, "2": 400, "3": 424, "4": 404, "5": 400}
        assert found["1"]["body"]["subject"] == "One"
        assert found["4"]["body"]["error"]["code"] == "ErrorItemNotFound"
        assert found["1"]["headers"]["Content-Type"] == "application/json"
        deleted = await send(http, step(1, "DELETE", f"/users/{ANN}/events/{found['1']['body']['id']}"))
        assert (deleted["1"]["status"], "body" in deleted["1"]) == (204, False)


async def test_a_parallel_batch_overruns_the_mailbox_and_a_chain_does_not() -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        wide = await send(http, *(step(number) for number in range(20)))
        assert sorted(each["status"] for each in wide.values()) == [200] * 4 + [429] * 16
        assert {each["headers"].get("Retry-After") for each in wide.values() if each["status"] == 429} == {"1"}
        links = [[] if number == 0 else [str(number - 1)] for number in range(20)]
        chain = await send(http, *({**step(number), "dependsOn": link} for number, link in enumerate(links)))
        assert {each["status"] for each in chain.values()} == {200}
        split = await send(http, *(step(number, url=f"/users/{(ANN, BOB, EVE)[number % 3]}/events") for number in range(12)))
        assert {each["status"] for each in split.values()} == {200}


BROKEN: list[list[dict[str, Any]]] = [
    [],
    [step(1), step(1)],
    [step(number) for number in range(21)],
    [step(1, dependsOn=["2"])],
    [step(1, dependsOn=["2"]), step(2, dependsOn=["1"])],
    [{"id": "1", "url": "/users"}],
    [{"method": "GET", "url": "/users"}],
]


@pytest.mark.parametrize("steps", BROKEN, ids=range(len(BROKEN)))
async def test_a_batch_that_cannot_be_read(steps: list[dict[str, Any]]) -> None:
    exchange = company()
    async with signed_in(exchange) as http:
        answer = await http.post("/v1.0/$batch", json={"requests": steps})
        assert (answer.status_code, "error" in answer.json()) == (400, True)
        assert (await http.get("/v1.0/$batch")).status_code == 405


async def test_errors_carry_ids_and_the_date() -> None:
    exchange: Exchange = company()
    async with signed_in(exchange) as http:
        answer = await http.get(f"{EVENTS}/none", headers={"client-request-id": "mine"})
        inner = answer.json()["error"]["innerError"]
        assert (inner["client-request-id"], inner["date"]) == ("mine", "2026-11-23T08:00:00")
        assert answer.headers["client-request-id"] == "mine"
        assert inner["request-id"] == answer.headers["request-id"]
        with quirk(exchange, inner_error_name="innererror"):
            assert "innererror" in (await http.get(f"{EVENTS}/none")).json()["error"]
