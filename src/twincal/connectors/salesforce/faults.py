"""Salesforce's error codes in Twincal's terms. Details carry codes and field names, never a message: it may hold values."""

import re

from twincal.connectors.decoding import UNREADABLE, understood
from twincal.connectors.salesforce.soql import long_id
from twincal.connectors.salesforce.wire import FAILURES, Failure
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side
from twincal.ports import Reply

CODES: dict[str, FaultCode] = {
    "INVALID_SESSION_ID": FaultCode.SIGN_IN_REFUSED,
    "REQUEST_LIMIT_EXCEEDED": FaultCode.LIMIT_REACHED,
    "UNABLE_TO_LOCK_ROW": FaultCode.LOCKED,
    "SERVER_UNAVAILABLE": FaultCode.UNAVAILABLE,
    "UNKNOWN_EXCEPTION": FaultCode.UNAVAILABLE,
    "QUERY_TIMEOUT": FaultCode.UNAVAILABLE,
    "API_CURRENTLY_DISABLED": FaultCode.UNAVAILABLE,
    "INVALID_QUERY_LOCATOR": FaultCode.CURSOR_EXPIRED,
    "ENTITY_IS_DELETED": FaultCode.GONE,
    "NOT_FOUND": FaultCode.GONE,
    "DUPLICATE_VALUE": FaultCode.DUPLICATE,
    "PRECONDITION_FAILED": FaultCode.CHANGED_MEANWHILE,
    "API_DISABLED_FOR_ORG": FaultCode.PERMISSION_MISSING,
    "INSUFFICIENT_ACCESS": FaultCode.PERMISSION_MISSING,
    "INSUFFICIENT_ACCESS_OR_READONLY": FaultCode.PERMISSION_MISSING,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": FaultCode.PERMISSION_MISSING,
    "FUNCTIONALITY_NOT_ENABLED": FaultCode.PERMISSION_MISSING,
    "INVALID_TYPE": FaultCode.PERMISSION_MISSING,
    "INVALID_FIELD": FaultCode.FIELD_HIDDEN,
    "INVALID_FIELD_FOR_INSERT_UPDATE": FaultCode.FIELD_HIDDEN,
    "FIELD_INTEGRITY_EXCEPTION": FaultCode.VALUE_REFUSED,
    "STRING_TOO_LONG": FaultCode.VALUE_REFUSED,
    "REQUIRED_FIELD_MISSING": FaultCode.VALUE_REFUSED,
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": FaultCode.VALUE_REFUSED,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": FaultCode.VALUE_REFUSED,
    "FIELD_FILTER_VALIDATION_EXCEPTION": FaultCode.VALUE_REFUSED,
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": FaultCode.VALUE_REFUSED,
    "INVALID_CROSS_REFERENCE_KEY": FaultCode.VALUE_REFUSED,
    "INACTIVE_OWNER_OR_USER": FaultCode.VALUE_REFUSED,
    "OP_WITH_INVALID_USER_TYPE_EXCEPTION": FaultCode.VALUE_REFUSED,
    "NUMBER_OUTSIDE_VALID_RANGE": FaultCode.VALUE_REFUSED,
    "INVALID_EMAIL_ADDRESS": FaultCode.VALUE_REFUSED,
    "STORAGE_LIMIT_EXCEEDED": FaultCode.VALUE_REFUSED,
    "DELETE_FAILED": FaultCode.VALUE_REFUSED,
    "UNSUPPORTED_API_VERSION": FaultCode.BAD_REQUEST,
    "MALFORMED_QUERY": FaultCode.BAD_REQUEST,
    "MALFORMED_ID": FaultCode.BAD_REQUEST,
    "JSON_PARSER_ERROR": FaultCode.BAD_REQUEST,
    "OPERATION_TOO_LARGE": FaultCode.BAD_REQUEST,
}
"""Error code → fault (REST guide, Status Codes and Error Responses; SOAP guide, StatusCode)."""

STATUSES: dict[int, FaultCode] = {
    401: FaultCode.SIGN_IN_REFUSED,
    403: FaultCode.PERMISSION_MISSING,
    404: FaultCode.GONE,
    408: FaultCode.UNAVAILABLE,
    412: FaultCode.CHANGED_MEANWHILE,
    429: FaultCode.THROTTLED,
}

_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,80}")
_FIELD = re.compile(r"[A-Za-z]\w{0,80}", re.ASCII)
_COLUMN = re.compile(r"No such column '(\w{1,80})'")
_SECONDS = re.compile(r"[0-9]{1,5}")
_RECORD = re.compile(r"record with id: ([A-Za-z0-9]{15,18})")


def fault_of(reply: Reply) -> VendorFault:
    """The fault of an answer with an error status."""
    failure = _first_failure(reply.body)
    if failure is None:
        return VendorFault(Side.SALESFORCE, _by_status(reply.status), f"HTTP {reply.status}", _pause(reply))
    return VendorFault(Side.SALESFORCE, code_of(failure, reply.status), detail_of(failure), _pause(reply))


def code_of(failure: Failure, status: int = 400) -> FaultCode:
    """The name of one error; unknown codes go by the status of the answer."""
    if failure.code == "REQUEST_LIMIT_EXCEEDED" and failure.message.startswith("ConcurrentRequests"):
        # Too many slow requests at once: over in seconds, unlike the daily limit with the same code.
        return FaultCode.THROTTLED
    if failure.code in CODES:
        return CODES[failure.code]
    return FaultCode.VALUE_REFUSED if failure.fields else _by_status(status)


def detail_of(failure: Failure) -> str:
    """Code and field names."""
    named = [name for name in failure.fields or () if _FIELD.fullmatch(name)]
    column = _COLUMN.search(failure.message)
    if column:
        named.append(column[1])
    code = failure.code if _CODE.fullmatch(failure.code) else "unnamed error"
    return " ".join([code, *dict.fromkeys(named)])


def standing_id(failure: Failure) -> str:
    """The id of the record that has the value already, as `DUPLICATE_VALUE` names it; empty where it does not."""
    named = _RECORD.search(failure.message)
    return long_id(named[1]) if named else ""


def _first_failure(body: bytes) -> Failure | None:
    try:
        failures = understood(FAILURES, body)
    except UNREADABLE:
        return None
    return failures[0] if failures else None


def _by_status(status: int) -> FaultCode:
    if status >= 500:
        return FaultCode.UNAVAILABLE
    return STATUSES.get(status, FaultCode.BAD_REQUEST)


def _pause(reply: Reply) -> float | None:
    """Salesforce names no pause as a rule; a proxy before it may."""
    text = reply.headers.get("retry-after", "")
    return float(text) if _SECONDS.fullmatch(text) else None
