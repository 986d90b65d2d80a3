"""Writing into a mailbox: what is sent, how often, and what each receipt says."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.connectors.graph_script import ANN, MAILBOX, Clock, Row, ScriptedGraph, Staged, answer, calendar_of, error, event, page
from twincal.connectors.graph.codec import item_of, transaction_id
from twincal.connectors.graph.wire import MARK_PROPERTY, ROW, STAMP_PROPERTY
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.fields import face
from twincal.core.item import AllDay, Participant, Timed
from twincal.core.vocabulary import Operation, Outcome, Role, ShowAs, Side
from twincal.core.writes import Receipt, Values, Write
from twincal.ports import Reply

START = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TIMED = Timed(START, START + timedelta(minutes=45))
POST = f"POST {MAILBOX}/calendar/events"
LOST = VendorFault(Side.EXCHANGE, FaultCode.NO_REPLY)
UNREACHED = VendorFault(Side.EXCHANGE, FaultCode.UNAVAILABLE)
CONFLICT = error(412, "ErrorIrresolvableConflict")
NOT_FOUND = error(404, "ErrorItemNotFound")
MARK = "a" * 32 + ":1"


def read(item_id: str) -> str:
    return f"GET {MAILBOX}/calendar/events/{item_id}"


def anywhere(item_id: str) -> str:
    return f"GET {MAILBOX}/events/{item_id}"


def patch(item_id: str) -> str:
    return f"PATCH {MAILBOX}/events/{item_id}"


def removal(item_id: str) -> str:
    return f"DELETE {MAILBOX}/events/{item_id}"


def there(item_id: str = "e1", version: str = "1", **members: Any) -> Reply:
    return answer(200, event(item_id, **{"@odata.etag": f'W/"{version}"'}, **members))


def stamped(stamp: str) -> Row:
    return {"singleValueExtendedProperties": [{"id": MARK_PROPERTY, "value": MARK}, {"id": STAMP_PROPERTY, "value": stamp}]}


def create(number: int = 1, **values: Any) -> Write:
    return Write(
        intent=f"c{number}",
        side=Side.EXCHANGE,
        operation=Operation.CREATE,
        mark=MARK,
        stamp=f"c{number}:00",
        values=Values(**{"subject": "Demo", "times": TIMED, **values}),
    )


def change(operation: Operation, item_id: str, version: str, known: bytes = b"", **values: Any) -> Write:
    return Write(
        intent=f"{operation.value[0]}-{item_id}",
        side=Side.EXCHANGE,
        operation=operation,
        mark=MARK,
        stamp=f"{operation.value[0]}-{item_id}:00",
        item_id=item_id,
        version=version,
        values=Values(**values),
        known=known,
    )


def update(item_id: str = "e1", version: str = 'W/"1"', known: bytes = b"", **values: Any) -> Write:
    return change(Operation.UPDATE, item_id, version, known, **(values or {"subject": "New"}))


def delete(item_id: str = "e1", version: str = 'W/"1"', known: bytes = b"") -> Write:
    return change(Operation.DELETE, item_id, version, known)


def face_of(reply: Reply) -> bytes:
    return face(item_of(ROW.decode(reply.body)))


async def written(graph: ScriptedGraph, *writes: Write, clock: Clock | None = None) -> list[Receipt]:
    return list(await calendar_of(graph, clock).write(ANN, writes))


def summary(receipt: Receipt) -> tuple[Outcome, str, FaultCode | None]:
    return receipt.outcome, receipt.item_id, receipt.fault


def first_request(graph: ScriptedGraph) -> Row:
    return graph.batches[0][0]


class TestWhatIsSent:
    async def test_a_create_names_its_transaction_mark_and_stamp(self) -> None:
        graph = ScriptedGraph({POST: answer(201, event("new")), read("new"): there("new", **stamped("c1:00"))})
        (receipt,) = await written(graph, create(place="Room 4", show_as=ShowAs.OUT_OF_OFFICE, body="a < b\n  c"))
        assert first_request(graph)["body"] == {
            "subject": "Demo",
            "isAllDay": False,
            "start": {"dateTime": "2026-11-24T09:30:00", "timeZone": "UTC"},
            "end": {"dateTime": "2026-11-24T10:15:00", "timeZone": "UTC"},
            "location": {"displayName": "Room 4"},
            "showAs": "oof",
            "body": {"contentType": "html", "content": "a &lt; b<br>\n&nbsp;&nbsp;c"},
            "transactionId": transaction_id(MARK),
            "singleValueExtendedProperties": [
                {"id": MARK_PROPERTY, "value": MARK},
                {"id": STAMP_PROPERTY, "value": "c1:00"},
            ],
        }
        assert summary(receipt) == (Outcome.DONE, "new", None)
        assert receipt.item is not None
        assert (receipt.item.mark, receipt.item.version) == (MARK, 'W/"1"'), "the item as a GET shows it, not as the POST did"

    def test_the_transaction_is_named_by_the_mark_alone(self) -> None:
        assert transaction_id(MARK) == transaction_id(MARK) != transaction_id("a" * 32 + ":2")

    async def test_whole_days_end_on_the_day_after_the_last(self) -> None:
        graph = ScriptedGraph({POST: answer(201, event("new")), read("new"): there("new")})
        await written(graph, create(times=AllDay(date(2026, 12, 30), date(2026, 12, 31))))
        body = first_request(graph)["body"]
        assert (body["isAllDay"], body["start"], body["end"]) == (
            True,
            {"dateTime": "2026-12-30T00:00:00", "timeZone": "UTC"},
            {"dateTime": "2027-01-01T00:00:00", "timeZone": "UTC"},
        )

    async def test_an_update_sends_the_changed_fields_and_the_version(self) -> None:
        graph = ScriptedGraph({patch("e1"): answer(200, event("e1")), read("e1"): there("e1", "2")})
        (receipt,) = await written(graph, update(subject="New"))
        request = first_request(graph)
        assert request["headers"]["If-Match"] == 'W/"1"'
        assert request["body"] == {"subject": "New", "singleValueExtendedProperties": [{"id": STAMP_PROPERTY, "value": "u-e1:00"}]}
        assert receipt.item is not None
        assert receipt.item.version == 'W/"2"'

    async def test_a_deletion_names_the_version_and_has_no_body(self) -> None:
        graph = ScriptedGraph({removal("e1"): answer(204), read("e1"): there()})
        (receipt,) = await written(graph, delete())
        assert graph.inside() == [read("e1"), removal("e1")], "read just before, and nothing to read back"
        ((request,),) = graph.batches[1:]
        assert "body" not in request
        assert request["headers"]["If-Match"] == 'W/"1"'
        assert summary(receipt) == (Outcome.DONE, "e1", None)

    async def test_an_update_without_a_field_is_not_sent(self) -> None:
        graph = ScriptedGraph({read("e1"): there()})
        (receipt,) = await written(graph, change(Operation.UPDATE, "e1", 'W/"1"'))
        assert receipt.outcome is Outcome.DONE
        assert graph.inside() == [read("e1")]

    async def test_nothing_to_write_sends_nothing(self) -> None:
        graph = ScriptedGraph()
        assert await written(graph) == []
        assert (graph.sent, graph.tokens) == ([], [])

    async def test_invitees_are_sent_whole(self) -> None:
        graph = ScriptedGraph({patch("e1"): answer(200, event("e1")), read("e1"): there()})
        await written(
            graph, update(invitees=(Participant("bo@acme.example", "Bo"), Participant("cy@acme.example", role=Role.OPTIONAL)))
        )
        assert first_request(graph)["body"]["attendees"] == [
            {"type": "required", "emailAddress": {"address": "bo@acme.example", "name": "Bo"}},
            {"type": "optional", "emailAddress": {"address": "cy@acme.example", "name": "cy@acme.example"}},
        ]

    async def test_ids_are_escaped(self) -> None:
        graph = ScriptedGraph({removal("a%2Bb%2F%3D"): answer(204), read("a%2Bb%2F%3D"): there("a+b/=")})
        (receipt,) = await written(graph, delete("a+b/="))
        assert summary(receipt) == (Outcome.DONE, "a+b/=", None)

    async def test_never_more_than_four_writes_are_on_their_way(self) -> None:
        ids = [f"e{number}" for number in range(10)]
        graph = ScriptedGraph({patch(one): answer(200, {"id": one}) for one in ids} | {read(one): there(one) for one in ids})
        receipts = await written(graph, *(update(one) for one in ids))
        assert [len(requests) for requests in graph.batches] == [4, 4, 2, 10], "and one chain of readings"
        assert [receipt.item_id for receipt in receipts] == ids


class TestCreates:
    @pytest.mark.parametrize("status", [400, 409])
    async def test_a_name_used_already_adopts_the_event_it_made(self, status: int) -> None:
        refusal = error(status, "ErrorDuplicateTransactionId", existing="old")
        graph = ScriptedGraph({POST: refusal, read("old"): there("old")})
        (receipt,) = await written(graph, create())
        assert summary(receipt) == (Outcome.DONE, "old", FaultCode.DUPLICATE)
        assert receipt.item is not None

    async def test_the_id_that_a_refusal_names_gives_way_to_the_immutable_one(self) -> None:
        refusal = error(409, "ErrorDuplicateTransactionId", existing="regular")
        graph = ScriptedGraph({POST: refusal, read("regular"): there("immutable")})
        (receipt,) = await written(graph, create())
        assert summary(receipt) == (Outcome.DONE, "immutable", FaultCode.DUPLICATE)

    async def test_a_name_used_already_without_an_id_is_found_by_the_mark(self) -> None:
        found = page(event("old", **stamped("c1:00")), event("other"))
        graph = ScriptedGraph(
            {POST: error(409, "ErrorDuplicateTransactionId"), f"GET {MAILBOX}/events": found, read("old"): there("old")}
        )
        (receipt,) = await written(graph, create())
        assert summary(receipt) == (Outcome.DONE, "old", FaultCode.DUPLICATE)

    async def test_a_name_used_by_a_deleted_event_makes_nothing(self) -> None:
        graph = ScriptedGraph({POST: error(409, "ErrorDuplicateTransactionId"), f"GET {MAILBOX}/events": page()})
        (receipt,) = await written(graph, create())
        assert summary(receipt) == (Outcome.NOT_APPLIED, "", FaultCode.DUPLICATE)

    async def test_a_name_whose_event_was_deleted_since_makes_nothing(self) -> None:
        refusal = error(409, "ErrorDuplicateTransactionId", existing="old")
        graph = ScriptedGraph({POST: refusal, read("old"): NOT_FOUND, anywhere("old"): NOT_FOUND})
        (receipt,) = await written(graph, create())
        assert summary(receipt) == (Outcome.NOT_APPLIED, "", FaultCode.DUPLICATE)

    async def test_a_lost_reply_is_unknown_and_not_sent_again(self) -> None:
        graph = ScriptedGraph()
        graph.before = [LOST]
        (receipt,) = await written(graph, create())
        assert summary(receipt) == (Outcome.UNKNOWN, "", FaultCode.NO_REPLY)
        assert len(graph.sent) == 1

    @pytest.mark.parametrize("lost", [error(500, "ErrorInternalServerError"), error(504, "x"), LOST])
    async def test_a_create_that_failed_inside_the_service_is_unknown(self, lost: Staged) -> None:
        graph = ScriptedGraph({POST: answer(201, event("new"))})
        graph.items_before = [lost]
        (receipt,) = await written(graph, create())
        assert receipt.outcome is Outcome.UNKNOWN
        assert graph.inside() == [POST]

    async def test_an_answer_without_an_id_is_unknown(self) -> None:
        (receipt,) = await written(ScriptedGraph({POST: answer(201, {"subject": "x"})}), create())
        assert summary(receipt) == (Outcome.UNKNOWN, "", FaultCode.BAD_ANSWER)

    async def test_a_create_that_cannot_have_arrived_is_sent_again(self) -> None:
        graph = ScriptedGraph({POST: answer(201, event("new")), read("new"): there("new")})
        graph.before = [UNREACHED]
        (receipt,) = await written(graph, create())
        assert receipt.outcome is Outcome.DONE

    async def test_a_throttled_create_is_sent_again_after_the_pause(self) -> None:
        clock = Clock()
        graph = ScriptedGraph(
            {POST: [error(429, "ApplicationThrottled", {"Retry-After": "4"}), answer(201, event("new"))], read("new"): there("new")}
        )
        (receipt,) = await written(graph, create(), clock=clock)
        assert (receipt.outcome, clock.slept) == (Outcome.DONE, [4.0])

    async def test_a_create_throttled_for_long_is_not_applied(self) -> None:
        graph = ScriptedGraph({POST: error(429, "ApplicationThrottled", {"Retry-After": "400"})})
        (receipt,) = await written(graph, create())
        assert summary(receipt) == (Outcome.NOT_APPLIED, "", FaultCode.THROTTLED)
        assert receipt.retry_after == 400.0

    async def test_one_refusal_does_not_touch_the_others(self) -> None:
        graph = ScriptedGraph({POST: [error(400, "ErrorInvalidRequest"), answer(201, event("new"))], read("new"): there("new")})
        first, second = await written(graph, create(1), create(2))
        assert summary(first) == (Outcome.NOT_APPLIED, "", FaultCode.BAD_REQUEST)
        assert summary(second) == (Outcome.DONE, "new", None)

    async def test_what_cannot_be_read_back_is_still_done(self) -> None:
        graph = ScriptedGraph({POST: answer(201, event("new")), read("new"): error(403, "ErrorAccessDenied")})
        (receipt,) = await written(graph, create())
        assert (summary(receipt), receipt.item) == ((Outcome.DONE, "new", None), None)


class TestChangesWhoseReplyIsLost:
    async def test_an_update_is_sent_again_and_the_version_tells_that_it_was_done(self) -> None:
        graph = ScriptedGraph({patch("e1"): CONFLICT, read("e1"): there("e1", "2", **stamped("u-e1:00"))})
        graph.before = [LOST]
        (receipt,) = await written(graph, update())
        assert summary(receipt) == (Outcome.DONE, "e1", None)

    async def test_a_deletion_is_sent_again_and_what_is_gone_is_deleted(self) -> None:
        graph = ScriptedGraph({removal("e1"): NOT_FOUND, read("e1"): there()})
        graph.before = [None, LOST]
        (receipt,) = await written(graph, delete())
        assert summary(receipt) == (Outcome.DONE, "e1", None)

    async def test_beside_a_create_only_the_change_is_sent_again(self) -> None:
        graph = ScriptedGraph({patch("e1"): answer(200, event("e1")), read("e1"): there()})
        graph.before = [LOST]
        first, second = await written(graph, create(), update())
        assert (first.outcome, second.outcome) == (Outcome.UNKNOWN, Outcome.DONE)
        assert graph.inside()[0] == patch("e1")
        assert POST not in graph.inside()

    async def test_a_change_without_a_version_is_not_sent_again(self) -> None:
        graph = ScriptedGraph()
        graph.before = [LOST]
        (receipt,) = await written(graph, update(version=""))
        assert receipt.outcome is Outcome.UNKNOWN
        assert len(graph.sent) == 1
