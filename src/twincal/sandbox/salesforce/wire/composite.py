"""Composite: several calls in one request. Parts may refer to answers of earlier parts; all or none, if wanted."""

import re
from collections.abc import Callable
from typing import Any

from twincal.sandbox.salesforce.errors import SalesforceError, plain
from twincal.sandbox.salesforce.org import Org
from twincal.sandbox.salesforce.wire.calls import Answer, Call, split_address

MOST_PARTS = 25
MOST_HEAVY = 5
REFERENCE = re.compile(r"@\{(\w+)((?:\[\d+\]|\.\w+)*)\}")
STEP = re.compile(r"\[(\d+)\]|\.(\w+)")
HALTED = "The transaction was rolled back since another operation in the same transaction failed."
Dispatch = Callable[[Call], Answer]


class _Unresolved(Exception):
    """A reference to something that an earlier part did not answer."""


def composite(org: Org, call: Call, dispatch: Dispatch) -> Answer:
    """`/composite`: parts in order, `@{ref.id}` and `@{ref[0].id}` replaced by earlier answers."""
    body = call.json_object()
    parts = _parts(body.get("compositeRequest"))
    whole = bool(body.get("allOrNone", False))
    mark = org.records.storage.mark()
    results: list[dict[str, Any]] = []
    answers: dict[str, Any] = {}
    for part in parts:
        result = _run(call, part, answers, dispatch)
        results.append(result)
        if result["httpStatusCode"] >= 400 and whole:
            break
        answers[part["referenceId"]] = result["body"] if result["httpStatusCode"] < 400 else None
    if whole and results and results[-1]["httpStatusCode"] >= 400:
        org.records.storage.roll_back(mark)
        halted = [_halted(part, HALTED) for part in parts]
        failed = len(results) - 1
        results = [*halted[:failed], results[failed], *halted[failed + 1 :]]
    return Answer(200, {"compositeResponse": results})


def _parts(parts: Any) -> list[dict[str, Any]]:
    if not isinstance(parts, list) or not parts:
        raise plain("JSON_PARSER_ERROR", "compositeRequest must be a list of at least one part")
    if len(parts) > MOST_PARTS:
        raise plain("LIMIT_EXCEEDED", f"Limit exceeded. Max {MOST_PARTS} subrequests are allowed.")
    names = set()
    for part in parts:
        if not isinstance(part, dict) or not {"method", "url", "referenceId"} <= set(part):
            raise plain("INVALID_INPUT", "method, url and referenceId are required in every subrequest")
        if part["referenceId"] in names:
            raise plain("INVALID_INPUT", f"Duplicate referenceId: {part['referenceId']}")
        names.add(part["referenceId"])
    heavy = [part for part in parts if re.search(r"/(query(All)?/?\?|composite/sobjects)", part["url"])]
    if len(heavy) > MOST_HEAVY:
        raise plain("LIMIT_EXCEEDED", f"Limit exceeded. Max {MOST_HEAVY} query or collection subrequests are allowed.")
    return parts


def _run(call: Call, part: dict[str, Any], answers: dict[str, Any], dispatch: Dispatch) -> dict[str, Any]:
    try:
        address = _resolved(part["url"], answers)
        body = _resolved(part.get("body"), answers)
    except _Unresolved as error:
        return _halted(part, str(error))
    inner = part_call(call, str(part["method"]).upper(), address, body, part.get("httpHeaders"))
    answer = dispatch(inner) if inner is not None else _lost()
    return {
        "body": answer.body,
        "httpHeaders": answer.headers,
        "httpStatusCode": answer.status,
        "referenceId": part["referenceId"],
    }


def part_call(call: Call, method: str, address: str, body: Any, headers: Any) -> Call | None:
    """A part as a call of its own; None when its address is none of this API. Addresses may go without `/services/data`."""
    # In a part's address a query stands as text, with blanks or with plus signs.
    parts, params = split_address(address)
    if parts[:2] == ["services", "data"]:
        parts = parts[2:]
    if not parts or not re.fullmatch(r"v\d+\.0", parts[0]):
        return None
    lower = {str(name).lower(): str(value) for name, value in (headers or {}).items()}
    return Call(method, call.version, parts[1:], params, lower, body, call.rights, call.base)


def _lost() -> Answer:
    error = plain("NOT_FOUND", "The requested resource does not exist", 404)
    return Answer(404, error.as_answer())


def _halted(part: dict[str, Any], message: str) -> dict[str, Any]:
    error = SalesforceError("PROCESSING_HALTED", message, with_fields=False)
    return {"body": error.as_answer(), "httpHeaders": {}, "httpStatusCode": 400, "referenceId": part["referenceId"]}


def _resolved(value: Any, answers: dict[str, Any]) -> Any:
    if isinstance(value, str):
        return REFERENCE.sub(lambda match: str(_value(match, answers)), value) if "@{" in value else value
    if isinstance(value, list):
        return [_resolved(each, answers) for each in value]
    if isinstance(value, dict):
        return {name: _resolved(each, answers) for name, each in value.items()}
    return value


def _value(match: re.Match[str], answers: dict[str, Any]) -> Any:
    name, path = match[1], match[2]
    found: Any = answers.get(name)
    for step in STEP.finditer(path):
        try:
            found = found[int(step[1]) if step[1] is not None else step[2]]
        except (KeyError, IndexError, TypeError):
            found = None
        if found is None:
            break
    if found is None:
        raise _Unresolved(f"Invalid reference specified. No value for {name}{path} found in {name}")
    return found


def batch(org: Org, call: Call, dispatch: Dispatch) -> Answer:
    """`/composite/batch`: independent parts; every one counts as a call of its own."""
    body = call.json_object()
    parts = body.get("batchRequests")
    if not isinstance(parts, list) or len(parts) > MOST_PARTS:
        raise plain("LIMIT_EXCEEDED", f"batchRequests must be a list of at most {MOST_PARTS} parts")
    org.meter.count(max(len(parts) - 1, 0))
    results: list[dict[str, Any]] = []
    halt = bool(body.get("haltOnError", False))
    for part in parts:
        if halt and any(result["statusCode"] >= 400 for result in results):
            error = SalesforceError("BATCH_PROCESSING_HALTED", "Batch processing halted by request", with_fields=False)
            results.append({"statusCode": 412, "result": error.as_answer()})
            continue
        inner = part_call(call, str(part.get("method", "")).upper(), str(part.get("url", "")), part.get("richInput"), None)
        answer = dispatch(inner) if inner is not None else _lost()
        results.append({"statusCode": answer.status, "result": answer.body})
    return Answer(200, {"hasErrors": any(result["statusCode"] >= 400 for result in results), "results": results})
