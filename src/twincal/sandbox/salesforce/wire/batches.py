"""sObject Collections: up to 200 rows a call, each with its own result, or all or none."""

from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import Any

from twincal.sandbox.salesforce.errors import SalesforceError, not_found, plain
from twincal.sandbox.salesforce.ids import full_id
from twincal.sandbox.salesforce.org import Org
from twincal.sandbox.salesforce.records import PREFIXES
from twincal.sandbox.salesforce.visibility import sees
from twincal.sandbox.salesforce.wire.calls import Answer, Call
from twincal.sandbox.salesforce.wire.rows import holders, key_field, write_row, wrong_method

MOST_ROWS = 200
MOST_READ = 2_000
MOST_CHUNKS = 10
Result = dict[str, Any]
ROLLED_BACK = SalesforceError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)


def collections(org: Org, call: Call) -> Answer:
    """`/composite/sobjects` and below it."""
    rest = call.parts[2:]
    if len(rest) == 1:
        return _retrieve(org, call, rest[0])
    if len(rest) == 2 and call.method == "PATCH":
        return _upsert(org, call, rest[0], rest[1])
    if rest:
        raise wrong_method(call)
    if call.method == "DELETE":
        return _delete(org, call)
    if call.method not in {"POST", "PATCH"}:
        raise wrong_method(call)
    records, whole = _records(call)
    write = _create_one if call.method == "POST" else _update_one
    return _each(org, [partial(write, org, call, record) for record in records], whole)


def _records(call: Call) -> tuple[list[dict[str, Any]], bool]:
    body = call.json_object()
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise plain("JSON_PARSER_ERROR", "records must be a list of objects")
    _limit(len(records), MOST_ROWS)
    kinds = [_type_of(record) for record in records]
    if len([kind for kind, _ in groupby(kinds)]) > MOST_CHUNKS:
        message = f"Cannot have more than {MOST_CHUNKS} chunks in a single operation. Please rearrange the data to reduce chunking."
        raise plain("LIMIT_EXCEEDED", message)
    return records, bool(body.get("allOrNone", False))


def _limit(count: int, most: int) -> None:
    if count > most:
        message = f"record limit reached. cannot submit more than {most} records into this call"
        raise plain("EXCEEDED_ID_LIMIT", message)


def _type_of(record: dict[str, Any]) -> str:
    attributes = record.get("attributes")
    kind = attributes.get("type") if isinstance(attributes, dict) else None
    return kind if isinstance(kind, str) else ""


def _each(org: Org, steps: list[Callable[[], Result]], whole: bool) -> Answer:
    """Runs every step; with `whole` a single failure undoes all."""
    mark = org.records.storage.mark()
    results: list[Result] = []
    for step in steps:
        try:
            results.append(step())
        except SalesforceError as error:
            results.append(error.as_row())
    if whole and not all(result["success"] for result in results):
        org.records.storage.roll_back(mark)
        results = [ROLLED_BACK.as_row() if result["success"] else result for result in results]
    return Answer(200, results)


def _done(record_id: str, **more: Any) -> Result:
    return {"id": record_id, "success": True, "errors": [], **more}


def _create_one(org: Org, call: Call, record: dict[str, Any]) -> Result:
    kind = _type_of(record)
    if not kind:
        raise SalesforceError("INVALID_TYPE", "Missing type in attributes")
    return _done(org.records.insert(kind, record, call.rights))


def _update_one(org: Org, call: Call, record: dict[str, Any]) -> Result:
    key = next((name for name in record if name.lower() == "id"), None)
    record_id = record.get(key) if key else None
    if not isinstance(record_id, str) or full_id(record_id) is None:
        raise SalesforceError("MISSING_ARGUMENT" if not record_id else "MALFORMED_ID", f"Id not specified or wrong: {record_id}")
    fields = {name: value for name, value in record.items() if name != key}
    org.records.update(_type_of(record) or PREFIXES.get(record_id[:3], ""), record_id, fields, call.rights)
    return _done(str(full_id(record_id)))


def _delete(org: Org, call: Call) -> Answer:
    ids = [each for each in call.params.get("ids", "").split(",") if each]
    _limit(len(ids), MOST_ROWS)

    def delete_one(record_id: str) -> Result:
        if full_id(record_id) is None or record_id[:3] not in PREFIXES:
            raise SalesforceError("MALFORMED_ID", f"malformed id {record_id}")
        org.records.delete(PREFIXES[record_id[:3]], record_id, call.rights)
        return _done(str(full_id(record_id)))

    return _each(org, [partial(delete_one, each) for each in ids], call.flag("allOrNone"))


def _upsert(org: Org, call: Call, kind: str, name: str) -> Answer:
    sobject = org.records.sobject(kind)
    field = key_field(sobject, name)
    records, whole = _records(call)

    def upsert_one(record: dict[str, Any]) -> Result:
        value = record.get(field.name)
        fields = {key: each for key, each in record.items() if key != field.name}
        if value is None:
            if field.name != "Id":
                raise SalesforceError("MISSING_ARGUMENT", f"{field.name} not specified")
            return _done(org.records.insert(sobject.name, fields, call.rights), created=True)
        ids = holders(org, sobject, field, str(value))
        if len(ids) > 1:
            message = f"{field.name}: more than one record found for external id field: [{', '.join(ids)}]"
            raise SalesforceError("DUPLICATE_EXTERNAL_ID", message)
        if ids:
            org.records.update(sobject.name, ids[0], fields, call.rights)
            return _done(ids[0], created=False)
        if field.name == "Id":
            raise not_found()
        return _done(org.records.insert(sobject.name, {**fields, field.name: value}, call.rights), created=True)

    return _each(org, [partial(upsert_one, each) for each in records], whole)


def _retrieve(org: Org, call: Call, kind: str) -> Answer:
    """Records by id, in the order asked for, null for those that are not there."""
    sobject = org.records.sobject(kind)
    if call.method == "POST":
        body = call.json_object()
        ids, fields = list(body.get("ids") or ()), list(body.get("fields") or ())
    elif call.method == "GET":
        ids = [each for each in call.params.get("ids", "").split(",") if each]
        fields = [each for each in call.params.get("fields", "").split(",") if each]
    else:
        raise wrong_method(call)
    _limit(len(ids), MOST_READ)
    call.params = {**call.params, "fields": ",".join(fields)}
    rows = [org.records.storage[sobject.name].live(full_id(str(each))) for each in ids]
    seen = [row if row and sees(org.records, sobject, row, call.rights) else None for row in rows]
    return Answer(200, [write_row(call, sobject, row) if row else None for row in seen])
