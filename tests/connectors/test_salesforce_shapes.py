"""The documented and recorded shapes, one by one: what each error means, and that each answer is understood."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.connectors.salesforce_script import answer, event, event_id
from twincal.connectors.salesforce.codec import item_of
from twincal.connectors.salesforce.faults import CODES, code_of, detail_of, fault_of
from twincal.connectors.salesforce.wire import COMPOSITE, DELETED, EVENTS, SAVED, EventRow
from twincal.core.faults import FaultCode
from twincal.core.item import AllDay

MEANINGS = {
    "error.session": FaultCode.SIGN_IN_REFUSED,
    "error.limit": FaultCode.LIMIT_REACHED,
    "error.limit_concurrent": FaultCode.THROTTLED,
    "error.api_off": FaultCode.PERMISSION_MISSING,
    "error.not_found": FaultCode.GONE,
    "error.deleted": FaultCode.GONE,
    "error.gone": FaultCode.BAD_REQUEST,
    "error.no_column": FaultCode.FIELD_HIDDEN,
    "error.soql_no_column": FaultCode.FIELD_HIDDEN,
    "error.soql_malformed": FaultCode.BAD_REQUEST,
    "error.type": FaultCode.PERMISSION_MISSING,
    "error.required": FaultCode.VALUE_REFUSED,
    "error.duration_multiday_off": FaultCode.VALUE_REFUSED,
    "error.duration_multiday_on": FaultCode.VALUE_REFUSED,
    "error.who_type": FaultCode.VALUE_REFUSED,
    "error.too_long": FaultCode.VALUE_REFUSED,
    "error.picklist": FaultCode.VALUE_REFUSED,
    "error.owner": FaultCode.VALUE_REFUSED,
    "error.inactive_owner": FaultCode.VALUE_REFUSED,
    "error.xref_access": FaultCode.PERMISSION_MISSING,
    "error.readonly": FaultCode.FIELD_HIDDEN,
    "error.access": FaultCode.PERMISSION_MISSING,
    "error.lock": FaultCode.LOCKED,
    "error.dup_value": FaultCode.DUPLICATE,
    "error.dup_rule": FaultCode.BAD_REQUEST,
    "error.validation_rule": FaultCode.VALUE_REFUSED,
    "error.trigger": FaultCode.VALUE_REFUSED,
    "error.storage": FaultCode.VALUE_REFUSED,
    "error.locator": FaultCode.CURSOR_EXPIRED,
    "error.too_large": FaultCode.BAD_REQUEST,
    "error.precondition": FaultCode.CHANGED_MEANWHILE,
}


@pytest.fixture(scope="module")
def shapes(shared: Path) -> dict[str, Any]:
    rows = json.loads((shared / "reference/salesforce/examples/rest_shapes.json").read_text())
    return {row["name"]: row for row in rows}


def test_every_error_shape_has_a_meaning(shapes: dict[str, Any]) -> None:
    assert {name for name in shapes if name.startswith("error.")} == set(MEANINGS)


@pytest.mark.parametrize("name", sorted(MEANINGS))
def test_an_error_shape_means(name: str, shapes: dict[str, Any]) -> None:
    shape = shapes[name]
    fault = fault_of(answer(shape["status"], shape["body"]))
    assert fault.code is MEANINGS[name]
    assert fault.detail.split()[0] == shape["body"][0]["errorCode"]


def test_details_carry_field_names_and_never_the_message(shapes: dict[str, Any]) -> None:
    details = {name: fault_of(answer(shapes[name]["status"], shapes[name]["body"])).detail for name in MEANINGS}
    assert details["error.no_column"] == "INVALID_FIELD EventWhoIds"
    assert details["error.who_type"] == "FIELD_INTEGRITY_EXCEPTION WhoId"
    assert not any("SELECT" in detail or "00U" in detail for detail in details.values())


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, FaultCode.SIGN_IN_REFUSED), (404, FaultCode.GONE), (418, FaultCode.BAD_REQUEST), (500, FaultCode.UNAVAILABLE),
     (503, FaultCode.UNAVAILABLE), (429, FaultCode.THROTTLED)],
)  # fmt: skip
def test_without_a_code_the_status_speaks(status: int, code: FaultCode) -> None:
    fault = fault_of(answer(status, {"html": "?"}, {"retry-after": "7"}))
    assert (fault.code, fault.detail, fault.retry_after) == (code, f"HTTP {status}", 7.0)


def test_unknown_codes_go_by_the_status_and_odd_ones_are_not_shown() -> None:
    assert fault_of(answer(503, [{"errorCode": "NEVER_HEARD_OF", "message": ""}])).code is FaultCode.UNAVAILABLE
    assert fault_of(answer(400, [{"errorCode": "Ann is ill", "message": ""}])).detail == "unnamed error"


def test_every_code_in_the_table_is_a_code_of_the_vendor(shared: Path) -> None:
    folder = shared / "reference/salesforce/enums"
    text = "".join((folder / name).read_text() for name in ("StatusCode_v63.json", "ExceptionCode_v47.json"))
    rest_only = {"NOT_FOUND", "PRECONDITION_FAILED", "JSON_PARSER_ERROR"}
    assert {code for code in CODES if f'"{code}"' not in text} <= rest_only


def test_answers_are_understood(shapes: dict[str, Any]) -> None:
    def body(name: str) -> bytes:
        return msgspec.json.encode(shapes[name]["body"])

    page = EVENTS.decode(body("query.page1"))
    assert (page.done, page.next_records_url) == (False, "/services/data/v68.0/query/01gRO0000016PIAYA2-2000")
    assert page.records[0].event_relations is not None
    mixed = SAVED.decode(body("collections.mixed"))
    assert [row.success for row in mixed] == [True, False]
    assert code_of(mixed[1].errors[0]) is FaultCode.VALUE_REFUSED
    assert detail_of(mixed[1].errors[0]) == "FIELD_INTEGRITY_EXCEPTION DurationInMinutes"
    assert [part.http_status_code for part in COMPOSITE.decode(body("composite")).composite_response] == [201, 400]
    assert DELETED.decode(body("getDeleted")).deleted_records[0].id == "00U000000000001AAA"


@pytest.mark.parametrize(("name", "days"), [("event.timed", None), ("event.allday.2days", 2)])
def test_documented_rows_become_items(name: str, days: int | None, shapes: dict[str, Any]) -> None:
    row = msgspec.convert(event(1) | shapes[name]["body"] | {"Id": event_id(1)}, EventRow)
    times = item_of(row, {}, "https://acme.my.salesforce.com").times
    assert isinstance(times, AllDay) is (days is not None)
    if days:
        assert times.length.days == days


def test_recorded_collections_are_understood(shared: Path) -> None:
    lines = (shared / "reference/salesforce/recorded/cumulusci_interactions.jsonl").read_text().splitlines()
    found = [json.loads(line) for line in lines]
    bodies = [
        row["response"] for row in found if "/composite/sobjects" in row["uri"] and row["status"] == 200 and row["method"] != "GET"
    ]
    assert bodies
    for body in bodies:
        assert all(row.success or row.errors for row in SAVED.decode(body))
