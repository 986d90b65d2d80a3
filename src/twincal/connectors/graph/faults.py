"""Graph's failures, named: one table from status and error code. Codes decide, never the wording (Graph, error responses)."""

import re
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from twincal.connectors.decoding import UNREADABLE, understood
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side


class Problem(Struct, frozen=True, rename={"existing": "@event.existingEventId"}):
    """The error member of an answer; `existing` names the event that has the `transactionId` already, where Graph says so."""

    code: str = ""
    existing: str = ""


class Failure(Struct, frozen=True):
    """The body of a failed answer."""

    error: Problem = Problem()


_FAILURE = msgspec.json.Decoder(Failure)

BY_CODE: Mapping[str, FaultCode] = {
    "InvalidAuthenticationToken": FaultCode.SIGN_IN_REFUSED,
    "ErrorAccessDenied": FaultCode.PERMISSION_MISSING,
    "Authorization_RequestDenied": FaultCode.PERMISSION_MISSING,
    "MailboxNotEnabledForRESTAPI": FaultCode.MAILBOX_UNREACHABLE,
    "MailboxNotSupportedForRESTAPI": FaultCode.MAILBOX_UNREACHABLE,
    "ErrorInvalidUser": FaultCode.MAILBOX_UNREACHABLE,
    "Request_ResourceNotFound": FaultCode.MAILBOX_UNREACHABLE,
    "ResourceNotFound": FaultCode.MAILBOX_UNREACHABLE,
    "ErrorItemNotFound": FaultCode.GONE,
    "SyncStateNotFound": FaultCode.CURSOR_EXPIRED,
    "syncStateInvalid": FaultCode.CURSOR_EXPIRED,
    "SyncStateInvalid": FaultCode.CURSOR_EXPIRED,
    "resyncRequired": FaultCode.CURSOR_EXPIRED,
    "InvalidDeltaToken": FaultCode.CURSOR_EXPIRED,
    "ErrorDuplicateTransactionId": FaultCode.DUPLICATE,
    "ErrorIrresolvableConflict": FaultCode.CHANGED_MEANWHILE,
    "ErrorOccurrenceCrossingBoundary": FaultCode.VALUE_REFUSED,
    "ErrorInvalidIdMalformed": FaultCode.BAD_REQUEST,
    "ApplicationThrottled": FaultCode.THROTTLED,
    "TooManyRequests": FaultCode.THROTTLED,
}
# A 404 without ErrorItemNotFound is no deletion: it is the mailbox, or something on the way, that cannot be found.
BY_STATUS: Mapping[int, FaultCode] = {
    400: FaultCode.BAD_REQUEST,
    401: FaultCode.SIGN_IN_REFUSED,
    403: FaultCode.PERMISSION_MISSING,
    404: FaultCode.MAILBOX_UNREACHABLE,
    408: FaultCode.UNAVAILABLE,
    409: FaultCode.VALUE_REFUSED,
    410: FaultCode.CURSOR_EXPIRED,
    412: FaultCode.CHANGED_MEANWHILE,
    424: FaultCode.UNAVAILABLE,
    429: FaultCode.THROTTLED,
}


_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{1,80}")


def problem(body: bytes) -> Problem:
    """The error of an answer; empty where the body is none of Graph's (a gateway's page)."""
    try:
        return understood(_FAILURE, body).error
    except UNREADABLE:
        return Problem()


def fault_of(status: int, body: bytes, retry_after: float | None = None) -> VendorFault:
    """The fault of a failed answer; `retry_after` is in seconds. A 503 that names a pause is throttling: Exchange says
    `MailboxConcurrency` so, too."""
    told = problem(body)
    # A code is a word of Graph's. Anything longer was written by something on the way, and may hold what must not be told.
    detail = f"{status} {told.code}".strip() if _CODE.fullmatch(told.code) else str(status)
    return VendorFault(Side.EXCHANGE, _code(status, told.code, retry_after), detail, retry_after)


def _code(status: int, code: str, retry_after: float | None) -> FaultCode:
    if status == 503 and retry_after is not None:
        return FaultCode.THROTTLED
    otherwise = FaultCode.UNAVAILABLE if status >= 500 else FaultCode.BAD_REQUEST
    return BY_CODE.get(code) or BY_STATUS.get(status, otherwise)
