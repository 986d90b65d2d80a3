"""Versions refused: a lost reply, a race inside the server, a sibling of the series, or somebody who was faster."""

from tests.connectors.graph_script import Row, ScriptedGraph, answer, error, event
from tests.connectors.test_graph_write import (
    CONFLICT,
    NOT_FOUND,
    anywhere,
    delete,
    face_of,
    patch,
    read,
    removal,
    summary,
    there,
    update,
    written,
)
from twincal.core.faults import FaultCode
from twincal.core.vocabulary import Outcome
from twincal.ports import Reply


class TestConflicts:
    async def test_a_real_change_is_told(self) -> None:
        graph = ScriptedGraph({patch("e1"): CONFLICT, read("e1"): there("e1", "2", subject="Somebody was faster")})
        (receipt,) = await written(graph, update(known=face_of(there("e1", "1"))))
        assert summary(receipt) == (Outcome.NOT_APPLIED, "e1", FaultCode.CHANGED_MEANWHILE)
        assert graph.inside() == [patch("e1"), read("e1")], "nothing is written over it"

    async def test_a_new_version_without_a_known_face_is_told(self) -> None:
        graph = ScriptedGraph({patch("e1"): CONFLICT, read("e1"): there("e1", "2")})
        (receipt,) = await written(graph, update())
        assert receipt.fault is FaultCode.CHANGED_MEANWHILE
        assert graph.inside().count(patch("e1")) == 1

    async def test_a_new_version_of_the_same_face_is_written_with_it(self) -> None:
        graph = ScriptedGraph({patch("e1"): [CONFLICT, answer(200, event("e1"))], read("e1"): there("e1", "2")})
        (receipt,) = await written(graph, update(known=face_of(there("e1", "1"))))
        assert summary(receipt) == (Outcome.DONE, "e1", None)
        sent = [
            request["headers"]["If-Match"] for requests in graph.batches for request in requests if request["method"] == "PATCH"
        ]
        assert sent == ['W/"1"', 'W/"2"']

    async def test_the_race_of_the_server_itself_is_tried_once_more(self) -> None:
        graph = ScriptedGraph({patch("e1"): [CONFLICT, answer(200, event("e1"))], read("e1"): there("e1", "1")})
        (receipt,) = await written(graph, update())
        assert receipt.outcome is Outcome.DONE

    async def test_a_race_without_end_is_told(self) -> None:
        graph = ScriptedGraph({patch("e1"): CONFLICT, read("e1"): there("e1", "1")})
        (receipt,) = await written(graph, update())
        assert summary(receipt) == (Outcome.NOT_APPLIED, "e1", FaultCode.CHANGED_MEANWHILE)
        assert graph.inside().count(patch("e1")) == 2

    async def test_what_was_deleted_meanwhile_is_told_as_gone(self) -> None:
        graph = ScriptedGraph({patch("e1"): CONFLICT, read("e1"): NOT_FOUND, anywhere("e1"): NOT_FOUND})
        (receipt,) = await written(graph, update())
        assert summary(receipt) == (Outcome.NOT_APPLIED, "e1", FaultCode.GONE)

    async def test_a_deletion_of_what_was_changed_meanwhile_is_not_sent(self) -> None:
        """That a DELETE heeds its version is documented nowhere."""
        graph = ScriptedGraph({read("e1"): there("e1", "2", subject="Still wanted")})
        (receipt,) = await written(graph, delete(known=face_of(there("e1", "1"))))
        assert summary(receipt) == (Outcome.NOT_APPLIED, "e1", FaultCode.CHANGED_MEANWHILE)

    async def test_a_deletion_that_was_changed_just_before_it_arrives_is_told(self) -> None:
        graph = ScriptedGraph({removal("e1"): CONFLICT, read("e1"): [there("e1", "1"), there("e1", "2", subject="Still wanted")]})
        (receipt,) = await written(graph, delete(known=face_of(there("e1", "1"))))
        assert summary(receipt) == (Outcome.NOT_APPLIED, "e1", FaultCode.CHANGED_MEANWHILE)
        assert graph.inside().count(removal("e1")) == 1

    async def test_a_deletion_of_the_same_face_names_the_new_version(self) -> None:
        graph = ScriptedGraph({removal("e1"): answer(204), read("e1"): there("e1", "2")})
        (receipt,) = await written(graph, delete(known=face_of(there("e1", "1"))))
        assert receipt.outcome is Outcome.DONE
        assert graph.batches[1][0]["headers"]["If-Match"] == 'W/"2"'

    async def test_a_deletion_of_what_is_gone_is_done_and_of_what_was_moved_is_not(self) -> None:
        gone = ScriptedGraph({read("e1"): NOT_FOUND, anywhere("e1"): NOT_FOUND})
        (receipt,) = await written(gone, delete())
        assert summary(receipt) == (Outcome.DONE, "e1", None)
        moved = ScriptedGraph({read("e1"): NOT_FOUND, anywhere("e1"): there("e1")})
        (receipt,) = await written(moved, delete())
        assert summary(receipt) == (Outcome.NOT_APPLIED, "e1", FaultCode.GONE)

    async def test_a_deletion_of_what_cannot_be_read_is_not_sent_and_the_rest_is(self) -> None:
        graph = ScriptedGraph(
            {read("e1"): error(403, "ErrorAccessDenied"), patch("e2"): answer(200, {"id": "e2"}), read("e2"): there("e2")}
        )
        first, second = await written(graph, delete(), update("e2"))
        assert summary(first) == (Outcome.NOT_APPLIED, "e1", FaultCode.PERMISSION_MISSING)
        assert second.outcome is Outcome.DONE

    async def test_an_update_of_what_is_gone_is_told(self) -> None:
        (receipt,) = await written(ScriptedGraph({patch("e1"): NOT_FOUND}), update())
        assert summary(receipt) == (Outcome.NOT_APPLIED, "e1", FaultCode.GONE)

    async def test_a_mailbox_that_cannot_be_found_deletes_nothing(self) -> None:
        (receipt,) = await written(ScriptedGraph({removal("e1"): error(404, "MailboxNotEnabledForRESTAPI")}), delete(version=""))
        assert summary(receipt) == (Outcome.NOT_APPLIED, "e1", FaultCode.MAILBOX_UNREACHABLE)


class Series:
    """A series whose instances share one version: writing one of them moves it on for all."""

    def __init__(self, *ids: str) -> None:
        self.ids = ids
        self.version = 1
        self.subjects = dict.fromkeys(ids, "Weekly")
        self.graph = ScriptedGraph({name(one): self.answer for one in ids for name in (read, patch, removal)})

    def answer(self, request: Row) -> Reply:
        """As Exchange does: refused unless the version is the one of now."""
        item_id = request["url"].split("?")[0].rsplit("/", 1)[1]
        if request["method"] == "GET":
            return self.shown(item_id) if item_id in self.subjects else NOT_FOUND
        if request["headers"]["If-Match"] != f'W/"{self.version}"':
            return CONFLICT
        self.version += 1
        if request["method"] == "DELETE":
            del self.subjects[item_id]
            return answer(204)
        self.subjects[item_id] = request["body"]["subject"]
        return self.shown(item_id)

    def shown(self, item_id: str) -> Reply:
        """An instance as it is now."""
        day = f"2026-11-{9 + self.ids.index(item_id):02}"
        times = {"start": f"{day}T09:00:00", "end": f"{day}T10:00:00"}
        return there(item_id, str(self.version), **times, type="occurrence", seriesMasterId="m", subject=self.subjects[item_id])

    def known(self, item_id: str) -> bytes:
        """The face of an instance as it is now."""
        return face_of(self.shown(item_id))


class TestSiblings:
    async def test_instances_that_share_a_version_are_all_written(self) -> None:
        series = Series("o1", "o2", "o3", "o4", "o5")
        receipts = await written(series.graph, *(update(one, known=series.known(one)) for one in series.ids))
        assert [summary(receipt) for receipt in receipts] == [(Outcome.DONE, one, None) for one in series.ids]
        assert set(series.subjects.values()) == {"New"}
        assert [receipt.item.version for receipt in receipts if receipt.item] == [f'W/"{series.version}"'] * 5

    async def test_instances_that_share_a_version_are_all_deleted(self) -> None:
        series = Series("o1", "o2", "o3")
        receipts = await written(series.graph, *(delete(one, known=series.known(one)) for one in series.ids))
        assert {receipt.outcome for receipt in receipts} == {Outcome.DONE}
        assert series.subjects == {}

    async def test_the_one_that_somebody_changed_is_left_alone(self) -> None:
        series = Series("o1", "o2", "o3")
        writes = [update(one, known=series.known(one)) for one in series.ids]
        series.subjects["o2"] = "Somebody was faster"
        first, second, third = await written(series.graph, *writes)
        assert (first.outcome, third.outcome) == (Outcome.DONE, Outcome.DONE)
        assert summary(second) == (Outcome.NOT_APPLIED, "o2", FaultCode.CHANGED_MEANWHILE)
        assert series.subjects == {"o1": "New", "o2": "Somebody was faster", "o3": "New"}

    async def test_without_known_faces_only_the_first_is_written(self) -> None:
        series = Series("o1", "o2")
        first, second = await written(series.graph, update("o1"), update("o2"))
        assert (first.outcome, second.fault) == (Outcome.DONE, FaultCode.CHANGED_MEANWHILE)
