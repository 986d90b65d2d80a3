"""The wire of Graph: tokens, pauses, what is sent again and what never is, and batches."""

import asyncio
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from tests.connectors.graph_script import (
    ANN,
    GRAPH,
    MAILBOX,
    Clock,
    Row,
    ScriptedGraph,
    Staged,
    answer,
    client_of,
    error,
    page,
)
from twincal.connectors.graph.batch import Call, batch, readings
from twincal.connectors.graph.client import PREFER, literal, segment
from twincal.connectors.graph.doctor import doctor
from twincal.connectors.graph.faults import fault_of
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side
from twincal.ports import Reply

EVENTS = f"{MAILBOX}/events"
LOST = VendorFault(Side.EXCHANGE, FaultCode.NO_REPLY)
UNREACHED = VendorFault(Side.EXCHANGE, FaultCode.UNAVAILABLE)
BUSY = error(429, "ApplicationThrottled")


class SlowGraph(ScriptedGraph):
    """Answers only when everybody who asks at once has asked."""

    async def send(self, method: str, url: str, **more: Any) -> Reply:
        reply = await super().send(method, url, **more)
        await asyncio.sleep(0)
        return reply


def graph_with(*before: Staged, **answers: Reply) -> ScriptedGraph:
    """A tenant that first answers `before`."""
    graph = ScriptedGraph({f"GET {EVENTS}": page(), f"POST {EVENTS}": answer(201, {"id": "e1"}), **answers})
    graph.before = list(before)
    return graph


async def fault_from(graph: ScriptedGraph, method: str = "GET", clock: Clock | None = None) -> VendorFault:
    with pytest.raises(VendorFault) as told:
        await client_of(graph, clock).send(method, EVENTS, body={} if method != "GET" else None)
    return told.value


class TestTokens:
    async def test_one_token_serves_until_five_minutes_before_its_end(self) -> None:
        graph, clock = graph_with(), Clock()
        client = client_of(graph, clock)
        for seconds in (0, 3598 - 300, 1):
            await clock.sleep(seconds)
            await client.send("GET", EVENTS)
        assert [headers["Authorization"] for headers in graph.headers] == ["Bearer t1", "Bearer t1", "Bearer t2"]

    async def test_a_refused_token_is_fetched_anew_once(self) -> None:
        graph = graph_with(error(401, "InvalidAuthenticationToken"))
        await client_of(graph).send("GET", EVENTS)
        assert [headers["Authorization"] for headers in graph.headers] == ["Bearer t1", "Bearer t2"]

    async def test_refused_twice_is_told(self) -> None:
        graph = graph_with(*[error(401, "InvalidAuthenticationToken")] * 3)
        assert (await fault_from(graph)).code is FaultCode.SIGN_IN_REFUSED
        assert len(graph.sent) == 2

    async def test_a_write_is_sent_again_with_the_new_token(self) -> None:
        graph = graph_with(error(401, "InvalidAuthenticationToken"))
        assert (await client_of(graph).send("POST", EVENTS, body={"subject": "x"})).status == 201
        assert [body for _, _, body in graph.sent] == [{"subject": "x"}] * 2

    async def test_many_requests_at_once_fetch_one_token(self) -> None:
        graph = graph_with()
        client = client_of(graph)
        await asyncio.gather(*(client.send("GET", EVENTS) for _ in range(5)))
        assert len(graph.tokens) == 1

    async def test_a_token_refused_to_two_requests_at_once_is_fetched_anew_once(self) -> None:
        graph = SlowGraph({f"GET {EVENTS}": page()})
        graph.before = [error(401, "InvalidAuthenticationToken")] * 2
        client = client_of(graph)
        await asyncio.gather(*(client.send("GET", EVENTS) for _ in range(2)))
        assert len(graph.tokens) == 2


class TestPatience:
    @pytest.mark.parametrize("status", [429, 503])
    async def test_throttling_waits_as_long_as_asked(self, status: int) -> None:
        clock = Clock()
        graph = graph_with(error(status, "ApplicationThrottled", {"retry-after": "7"}))
        await client_of(graph, clock).send("POST", EVENTS, body={})
        assert clock.slept == [7.0]
        assert len(graph.sent) == 2, "what was throttled was not carried out, so that a write may be sent again"

    async def test_throttling_without_a_pause_waits_longer_each_time(self) -> None:
        clock = Clock()
        await client_of(graph_with(BUSY, BUSY, error(429, "TooManyRequests"), BUSY), clock).send("GET", EVENTS)
        assert clock.slept == [1.0, 2.0, 4.0, 8.0]

    async def test_a_pause_may_be_a_date(self) -> None:
        clock = Clock()
        await client_of(graph_with(error(429, "x", {"retry-after": "Tue, 24 Nov 2026 12:00:30 GMT"})), clock).send("GET", EVENTS)
        assert clock.slept == [30.0]

    async def test_throttling_without_end_is_told(self) -> None:
        graph = graph_with(*[BUSY] * 9)
        assert (await fault_from(graph)).code is FaultCode.THROTTLED
        assert len(graph.sent) == 6

    async def test_a_long_pause_is_left_to_a_later_cycle(self) -> None:
        clock = Clock()
        fault = await fault_from(graph_with(error(429, "ApplicationThrottled", {"retry-after": "300"})), clock=clock)
        assert (fault.code, fault.retry_after, clock.slept) == (FaultCode.THROTTLED, 300.0, [])

    async def test_nothing_is_sent_to_a_mailbox_before_a_long_pause_is_over(self) -> None:
        clock = Clock()
        graph = graph_with(error(429, "ApplicationThrottled", {"retry-after": "300"}))
        client = client_of(graph, clock)
        for left in (300.0, 300.0):
            with pytest.raises(VendorFault) as caught:
                await client.send("GET", EVENTS)
            assert (caught.value.code, caught.value.retry_after) == (FaultCode.THROTTLED, left)
        assert len(graph.sent) == 1
        with pytest.raises(VendorFault):
            client.awaits(EVENTS)
        client.awaits("/users/somebody-else/events")
        await clock.sleep(301)
        assert (await client.send("GET", EVENTS)).status == 200

    @pytest.mark.parametrize(
        "staged", [LOST, UNREACHED, error(500, "ErrorInternalServerError"), answer(502), answer(503), answer(504)]
    )
    async def test_a_reading_is_sent_again(self, staged: Staged) -> None:
        graph = graph_with(staged)
        assert (await client_of(graph).send("GET", EVENTS)).status == 200
        assert len(graph.sent) == 2

    @pytest.mark.parametrize("staged", [LOST, error(500, "ErrorInternalServerError"), answer(502), answer(503), answer(504)])
    async def test_a_write_of_which_nobody_knows_is_not_sent_again(self, staged: Staged) -> None:
        graph = graph_with(staged)
        assert (await fault_from(graph, "POST")).code is FaultCode.NO_REPLY
        assert len(graph.sent) == 1

    async def test_a_write_that_cannot_have_arrived_is_sent_again(self) -> None:
        graph = graph_with(UNREACHED)
        assert (await client_of(graph).send("POST", EVENTS, body={})).status == 201

    @pytest.mark.parametrize("status", [400, 403, 404, 409, 412])
    async def test_a_refusal_is_not_asked_twice(self, status: int) -> None:
        graph = graph_with(error(status, "x"))
        await fault_from(graph)
        assert len(graph.sent) == 1


@pytest.mark.parametrize(
    ("status", "code", "fault"),
    [
        (400, "ErrorInvalidRequest", FaultCode.BAD_REQUEST),
        (400, "ErrorOccurrenceCrossingBoundary", FaultCode.VALUE_REFUSED),
        (400, "ErrorDuplicateTransactionId", FaultCode.DUPLICATE),
        (409, "ErrorDuplicateTransactionId", FaultCode.DUPLICATE),
        (400, "InvalidDeltaToken", FaultCode.CURSOR_EXPIRED),
        (400, "ErrorInvalidIdMalformed", FaultCode.BAD_REQUEST),
        (401, "InvalidAuthenticationToken", FaultCode.SIGN_IN_REFUSED),
        (403, "ErrorAccessDenied", FaultCode.PERMISSION_MISSING),
        (403, "Authorization_RequestDenied", FaultCode.PERMISSION_MISSING),
        (404, "ErrorItemNotFound", FaultCode.GONE),
        (404, "MailboxNotEnabledForRESTAPI", FaultCode.MAILBOX_UNREACHABLE),
        (404, "MailboxNotSupportedForRESTAPI", FaultCode.MAILBOX_UNREACHABLE),
        (404, "UnknownError", FaultCode.MAILBOX_UNREACHABLE),
        (404, "", FaultCode.MAILBOX_UNREACHABLE),
        (409, "Conflict", FaultCode.VALUE_REFUSED),
        (410, "SyncStateNotFound", FaultCode.CURSOR_EXPIRED),
        (412, "ErrorIrresolvableConflict", FaultCode.CHANGED_MEANWHILE),
        (424, "FailedDependency", FaultCode.UNAVAILABLE),
        (429, "ApplicationThrottled", FaultCode.THROTTLED),
        (418, "", FaultCode.BAD_REQUEST),
        (500, "ErrorInternalServerError", FaultCode.UNAVAILABLE),
    ],
)
def test_every_failure_has_a_name(status: int, code: str, fault: FaultCode) -> None:
    told = fault_of(status, error(status, code).body)
    assert told.code is fault
    assert told.detail == f"{status} {code}".strip()
    assert "..." not in told.message, "the vendor's sentence may hold a subject"


@pytest.mark.parametrize("body", [b"", b"<html>Bad Gateway</html>", b'{"error": "invalid"}', b'{"error": null}', b"[1]"])
def test_a_failure_without_graphs_words_still_has_a_name(body: bytes) -> None:
    assert fault_of(502, body).code is FaultCode.UNAVAILABLE


@pytest.mark.parametrize("inner", ["innerError", "innererror"])
def test_both_spellings_of_the_inner_error_are_read(inner: str) -> None:
    body = {"error": {"code": "ErrorItemNotFound", "message": "x", inner: {"request-id": "r"}}}
    assert fault_of(404, answer(404, body).body).code is FaultCode.GONE


def calls(count: int) -> list[Call]:
    return [Call(method="GET", path=f"{EVENTS}/e{number}") for number in range(count)]


def rows(count: int) -> dict[str, Staged]:
    return {f"GET {EVENTS}/e{number}": answer(200, {"id": f"e{number}"}) for number in range(count)}


def sizes(graph: ScriptedGraph) -> list[int]:
    return [len(requests) for requests in graph.batches]


class TestBatches:
    async def test_requests_run_four_abreast_and_keep_their_order(self) -> None:
        graph = ScriptedGraph(rows(10))
        answers = await batch(client_of(graph), calls(10))
        assert sizes(graph) == [4, 4, 2]
        assert [one.body for one in answers] == [b'{"id":"e%d"}' % number for number in range(10)]
        assert not any("dependsOn" in request for requests in graph.batches for request in requests)

    async def test_each_request_carries_its_preferences(self) -> None:
        graph = ScriptedGraph(rows(1) | {f"POST {EVENTS}": answer(201, {"id": "n"})})
        await batch(
            client_of(graph), [*calls(1), Call(method="POST", path=EVENTS, body={"subject": "x"}, headers={"If-Match": "v"})]
        )
        assert graph.batches == [
            [
                {"id": "0", "method": "GET", "url": f"{EVENTS}/e0", "headers": {"Prefer": PREFER}},
                {
                    "id": "1",
                    "method": "POST",
                    "url": EVENTS,
                    "headers": {"Prefer": PREFER, "If-Match": "v", "Content-Type": "application/json"},
                    "body": {"subject": "x"},
                },
            ]
        ]

    async def test_many_readings_run_in_chains_of_twenty(self) -> None:
        graph = ScriptedGraph(rows(45))
        assert [one.status for one in await readings(client_of(graph), calls(45))] == [200] * 45
        assert sizes(graph) == [20, 20, 5]
        first: list[Row] = graph.batches[0]
        assert [request.get("dependsOn") for request in first] == [None, *([str(number)] for number in range(19))]
        assert "dependsOn" not in graph.batches[1][0], "a chain depends on nothing in another batch"

    async def test_a_reading_that_fails_does_not_hide_those_behind_it(self) -> None:
        graph = ScriptedGraph(rows(8) | {f"GET {EVENTS}/e2": error(404, "ErrorItemNotFound")})
        answers = await readings(client_of(graph), calls(8))
        assert [one.status for one in answers] == [200, 200, 404, 200, 200, 200, 200, 200]
        assert answers[2].fault is not None
        assert answers[2].fault.code is FaultCode.GONE
        assert sizes(graph) == [8, 4, 1], "one chain, then the rest of it four abreast"

    async def test_a_throttled_item_alone_is_sent_again_after_the_longest_pause(self) -> None:
        graph, clock = ScriptedGraph(rows(4)), Clock()
        graph.items_before = [None, error(429, "ApplicationThrottled", {"Retry-After": "3"}), error(429, "x", {"Retry-After": "9"})]
        answers = await batch(client_of(graph, clock), calls(4))
        assert [one.status for one in answers] == [200] * 4
        assert [[request["url"][-2:] for request in requests] for requests in graph.batches] == [
            ["e0", "e1", "e2", "e3"],
            ["e1", "e2"],
        ]
        assert clock.slept == [9.0]

    async def test_what_depended_on_a_throttled_item_goes_with_it(self) -> None:
        graph = ScriptedGraph(rows(6))
        graph.items_before = [None, error(503, "x", {"Retry-After": "1"})]
        answers = await batch(client_of(graph), calls(6), chained=True)
        assert [one.status for one in answers] == [200] * 6
        assert sizes(graph) == [6, 5]

    async def test_items_throttled_without_end_are_told_beside_the_others(self) -> None:
        graph = ScriptedGraph(rows(2) | {f"GET {EVENTS}/e1": BUSY})
        first, second = await batch(client_of(graph), calls(2))
        assert (first.fault, second.fault and second.fault.code) == (None, FaultCode.THROTTLED)
        assert not second.unsure
        assert sizes(graph) == [2, 1, 1, 1, 1, 1]

    async def test_a_failure_inside_the_service_is_asked_again_only_where_that_is_safe(self) -> None:
        post = Call(method="POST", path=EVENTS, body={})
        graph = ScriptedGraph(rows(1) | {f"POST {EVENTS}": error(500, "ErrorInternalServerError")})
        graph.items_before = [error(500, "ErrorInternalServerError")]
        first, second = await batch(client_of(graph), [*calls(1), post])
        assert (first.status, second.status, second.unsure) == (200, 500, True)
        assert graph.inside() == [f"GET {EVENTS}/e0", f"POST {EVENTS}", f"GET {EVENTS}/e0"]

    async def test_an_answer_that_is_missing_is_of_unknown_end(self) -> None:
        graph = ScriptedGraph({})
        graph.items_before = [LOST]
        (only,) = await batch(client_of(graph), [Call(method="POST", path=EVENTS, body={})])
        assert only.unsure
        assert len(graph.batches) == 1

    async def test_a_batch_with_a_create_whose_reply_is_lost_is_not_sent_again(self) -> None:
        graph = graph_with(LOST)
        with pytest.raises(VendorFault) as told:
            await batch(client_of(graph), [Call(method="POST", path=EVENTS, body={})])
        assert told.value.code is FaultCode.NO_REPLY
        assert len(graph.sent) == 1

    async def test_a_batch_of_what_names_a_version_is_sent_again(self) -> None:
        graph = ScriptedGraph({f"PATCH {EVENTS}/e1": answer(200, {"id": "e1"})})
        graph.before = [LOST]
        (only,) = await batch(client_of(graph), [Call(method="PATCH", path=f"{EVENTS}/e1", headers={"If-Match": "v"}, body={})])
        assert only.status == 200

    @pytest.mark.parametrize("body", [b"", b"{}", b'{"responses": [{"id": "x", "status": 200}]}', b'{"responses": [{"id": "0"}]}'])
    async def test_what_is_no_batch_is_a_bad_answer(self, body: bytes) -> None:
        graph = graph_with(Reply(status=200, headers={}, body=body))
        with pytest.raises(VendorFault) as told:
            await batch(client_of(graph), calls(1))
        assert told.value.code is FaultCode.BAD_ANSWER


def test_ids_and_literals_are_safe_in_an_address() -> None:
    assert segment("AAMk+/=#?&%") == "AAMk%2B%2F%3D%23%3F%26%25"
    for climbing in (".", ".."):
        with pytest.raises(VendorFault):
            segment(climbing)
    assert literal("O'Brien & co") == "%27O%27%27Brien%20%26%20co%27"


async def test_requests_are_counted_and_nothing_shows_a_secret() -> None:
    graph = ScriptedGraph(rows(6))
    client = client_of(graph)
    await batch(client, calls(6))
    assert client.requests == 2
    assert repr(client) == f"GraphClient({GRAPH})"


class TestDoctor:
    async def test_all_is_well(self) -> None:
        findings = await doctor(client_of(graph_with()), ANN)
        assert [(one.check, one.well) for one in findings] == [("Exchange sign-in", True), (f"Exchange mailbox {ANN}", True)]

    async def test_without_a_sign_in_nothing_else_is_tried(self) -> None:
        graph = graph_with()
        graph.token_answers = [answer(401, {"error": "invalid_client", "error_codes": [7000215]})]
        (only,) = await doctor(client_of(graph), ANN)
        assert not only.well
        assert "AADSTS7000215" in only.note
        assert "secret or certificate" in only.remedy
        assert graph.sent == []

    async def test_without_anybody_the_mailbox_is_not_tried(self) -> None:
        graph = graph_with()
        *_, last = await doctor(client_of(graph), "")
        assert (last.well, last.note, graph.sent) == (True, "nobody to try yet", [])

    @pytest.mark.parametrize(
        ("staged", "word"),
        [
            (error(403, "ErrorAccessDenied"), "Calendars.ReadWrite"),
            (error(404, "MailboxNotEnabledForRESTAPI"), "licensed"),
            (error(404, "ErrorInvalidUser"), "Check that the mailbox exists"),
        ],
    )
    async def test_what_is_missing_is_named_with_its_remedy(self, staged: Reply, word: str) -> None:
        *_, last = await doctor(client_of(graph_with(staged)), ANN)
        assert (last.check, last.well) == (f"Exchange mailbox {ANN}", False)
        assert word in last.remedy

    @pytest.mark.parametrize("payload", [None, b"", b"{", b"[]", b'{"roles": 1}', bytes(range(256))])
    async def test_a_token_that_cannot_be_read_tells_nothing(self, payload: bytes | None) -> None:
        token = "opaque" if payload is None else f"a.{urlsafe_b64encode(payload).decode()}.c"
        for staged, well in ((None, True), (error(403, "ErrorAccessDenied"), False)):
            graph = graph_with(staged) if staged else graph_with()
            graph.token_answers = [answer(200, {"token_type": "Bearer", "expires_in": 3599, "access_token": token})]
            *_, last = await doctor(client_of(graph), ANN)
            assert (last.check, last.well) == (f"Exchange mailbox {ANN}", well)
            assert ("Grant the application permission" in last.remedy) is not well
