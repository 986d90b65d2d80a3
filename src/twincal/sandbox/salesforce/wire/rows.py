"""sObject Rows: one record by id or by a field that looks it up; conditional headers."""

from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from twincal.sandbox.salesforce.errors import SalesforceError, deleted, no_type, not_found, plain
from twincal.sandbox.salesforce.ids import full_id
from twincal.sandbox.salesforce.moments import read_moment
from twincal.sandbox.salesforce.org import Org
from twincal.sandbox.salesforce.schema import Field, Sobject
from twincal.sandbox.salesforce.storage import Row
from twincal.sandbox.salesforce.values import stored
from twincal.sandbox.salesforce.visibility import sees
from twincal.sandbox.salesforce.wire.calls import Answer, Call
from twincal.sandbox.salesforce.wire.describes import describe_brief

DATED = ("If-Modified-Since", "If-Unmodified-Since")


def sobject_rows(org: Org, call: Call) -> Answer:
    """`/sobjects/X`, `/sobjects/X/{id}`, `/sobjects/X/{field}/{value}` and `/sobjects/X/{id}/fromThisEventOnwards`."""
    sobject = org.records.schema.get(call.parts[1].lower())
    if sobject is None:
        raise not_found()
    rest = call.parts[2:]
    if not rest:
        return _collection(org, call, sobject)
    if len(rest) == 1:
        return _by_id(org, call, sobject, rest[0])
    if rest[1] == "fromThisEventOnwards" and sobject.name == "Event":
        return _onwards(org, call, rest[0])
    if len(rest) == 2:
        return _by_field(org, call, sobject, rest[0], rest[1])
    raise not_found()


def _collection(org: Org, call: Call, sobject: Sobject) -> Answer:
    if call.method == "GET":
        return Answer(200, {"objectDescribe": describe_brief(sobject, call.prefix), "recentItems": []})
    if call.method != "POST":
        raise wrong_method(call)
    record_id = org.records.insert(sobject.name, call.json_object(), call.rights)
    return created(call, sobject, record_id)


def created(call: Call, sobject: Sobject, record_id: str, **more: Any) -> Answer:
    """The answer to a creation."""
    location = f"{call.prefix}/sobjects/{sobject.name}/{record_id}"
    return Answer(201, {"id": record_id, "success": True, "errors": [], **more}, {"Location": location})


def wrong_method(call: Call) -> SalesforceError:
    """A verb that the address does not have."""
    allowed = "HEAD,GET,POST,PATCH,DELETE"
    return plain("METHOD_NOT_ALLOWED", f"HTTP Method '{call.method}' not allowed. Allowed are {allowed}", 405)


def _by_id(org: Org, call: Call, sobject: Sobject, record_id: str) -> Answer:
    if full_id(record_id) is None:
        raise plain("NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {record_id}", 404)
    if call.method in {"GET", "HEAD"}:
        row = readable(org, call, sobject, record_id)
        unchanged = _condition(call, row)
        return unchanged or Answer(200, write_row(call, sobject, row), last_modified(row))
    if call.method == "PATCH":
        _condition(call, org.records.find(sobject.name, record_id))
        org.records.update(sobject.name, record_id, call.json_object(), call.rights)
        return Answer(204)
    if call.method == "DELETE":
        org.records.delete(sobject.name, record_id, call.rights)
        return Answer(204)
    raise wrong_method(call)


def readable(org: Org, call: Call, sobject: Sobject, record_id: str) -> Row:
    """A record that the caller may see. Raises SalesforceError."""
    if sobject.name == "EventWhoRelation":
        raise no_type(sobject.name)
    row = org.records.find(sobject.name, record_id)
    if not sees(org.records, sobject, row, call.rights):
        raise not_found()
    return row


def write_row(call: Call, sobject: Sobject, row: Row) -> dict[str, Any]:
    """A record with the fields asked for, or all of them."""
    wanted = [name.strip() for name in call.params.get("fields", "").split(",") if name.strip()]
    fields = [_field(call, sobject, name) for name in wanted] or sobject.fields.values()
    url = f"{call.prefix}/sobjects/{sobject.name}/{row['Id']}"
    record: dict[str, Any] = {"attributes": {"type": sobject.name, "url": url}}
    record.update({field.name: row.get(field.name) for field in fields if call.rights.sees(sobject, field)})
    record.setdefault("Id", row["Id"])
    return record


def _field(call: Call, sobject: Sobject, name: str) -> Field:
    field = sobject.field(name)
    if field is None or not call.rights.sees(sobject, field):
        message = f"No such column '{name}' on entity '{sobject.name}'. If you are attempting to use a custom field, be sure to "
        message += "append the '__c' after the custom field name. Please reference your WSDL or the describe call for the "
        raise plain("INVALID_FIELD", message + "appropriate names.")
    return field


def last_modified(row: Row) -> dict[str, str]:
    """The header that conditional requests go by. Only Account has an ETag, and nobody here needs it."""
    return {"Last-Modified": format_datetime(read_moment(row["LastModifiedDate"]), usegmt=True)}


def _condition(call: Call, row: Row) -> Answer | None:
    """Weak validation by the last change in whole seconds: 304, or SalesforceError 412; an unreadable date is a 400 on writes."""
    changed = read_moment(row["LastModifiedDate"])
    for name in DATED:
        text = call.headers.get(name.lower())
        if text is None:
            continue
        try:
            since = parsedate_to_datetime(text)
            since = since if since.tzinfo else since.replace(tzinfo=UTC)
        except ValueError:
            if call.method == "GET":
                continue
            raise plain("INVALID_DATE_FORMAT", f"Invalid value for header {name}: {text}") from None
        if name == "If-Modified-Since" and call.method == "GET" and changed <= since:
            return Answer(304, None, last_modified(row))
        if name == "If-Unmodified-Since" and changed > since:
            raise plain("PRECONDITION_FAILED", "The record was modified after the given date", 412)
    return None


def _onwards(org: Org, call: Call, record_id: str) -> Answer:
    """Deletes an occurrence of a Lightning series and all after it."""
    if call.method != "DELETE":
        raise wrong_method(call)
    row = org.records.find("Event", record_id)
    if not row["IsRecurrence2"] or row["IsChild"]:
        raise plain("INVALID_OPERATION", "Only occurrences of a series can be deleted this way")
    for other in list(org.records.storage["Event"].where("_Series", row.get("_Series"))):
        if other["StartDateTime"] >= row["StartDateTime"]:
            org.records.delete("Event", other["Id"], call.rights)
    message = "We're deleting the selected events from the series. Wait for all events to be removed."
    return Answer(200, {"success": message})


def _by_field(org: Org, call: Call, sobject: Sobject, name: str, value: str) -> Answer:
    """Rows by External Id, or by a standard field that looks records up."""
    field = key_field(sobject, name)
    ids = holders(org, sobject, field, value)
    if len(ids) > 1:
        return Answer(300, [f"{call.prefix}/sobjects/{sobject.name}/{each}" for each in ids])
    if call.method == "PATCH":
        return _upsert(org, call, sobject, field, value, ids)
    if not ids:
        raise not_found()
    return _by_id(org, call, sobject, ids[0])


def key_field(sobject: Sobject, name: str) -> Field:
    """A field that rows may be addressed by. Raises SalesforceError NOT_FOUND."""
    field = sobject.field(name)
    if field is None or not ({"I", "X"} & set(field.flags)):
        raise plain("NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {name}", 404)
    return field


def holders(org: Org, sobject: Sobject, field: Field, value: str) -> list[str]:
    """Ids of the live rows that hold a value in a key field."""
    if field.name == "Id":
        row = org.records.storage[sobject.name].rows.get(full_id(value) or "")
        if row is not None and row["IsDeleted"]:
            raise deleted()
        return [row["Id"]] if row else []
    wanted = stored(field, value)
    index = org.records.storage[sobject.name].hashed.get(field.name)
    rows = org.records.storage[sobject.name].rows
    found = index.ids([wanted]) if index else [key for key, row in rows.items() if row.get(field.name) == wanted]
    return [key for key in found if not rows[key]["IsDeleted"]]


def _upsert(org: Org, call: Call, sobject: Sobject, field: Field, value: str, ids: list[str]) -> Answer:
    body = {key: each for key, each in call.json_object().items() if key.lower() != field.name.lower()}
    if ids:
        org.records.update(sobject.name, ids[0], body, call.rights)
        return Answer(200, {"id": ids[0], "success": True, "errors": [], "created": False})
    if field.name == "Id":
        raise not_found()
    if call.params.get("updateOnly", "false") == "true":
        raise not_found()
    record_id = org.records.insert(sobject.name, {**body, field.name: value}, call.rights)
    return created(call, sobject, record_id, created=True)
