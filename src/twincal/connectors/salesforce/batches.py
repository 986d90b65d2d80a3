"""Collections of up to 200 records: sent, told apart row by row, locked rows sent again."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from twincal.connectors.salesforce.client import TRIES, SalesforceClient, decoded
from twincal.connectors.salesforce.faults import code_of, detail_of, fault_of, standing_id
from twincal.connectors.salesforce.soql import parts
from twincal.connectors.salesforce.wire import SAVED, Failure, Saved
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Operation, Outcome, Side

ROWS_A_CALL = 200
METHODS: Mapping[Operation, str] = {Operation.CREATE: "POST", Operation.UPDATE: "PATCH", Operation.DELETE: "DELETE"}


Rows = Sequence[tuple[str, Any]]
"""Name → record; for deletes, name → id."""
AGAIN = frozenset({FaultCode.LOCKED, FaultCode.THROTTLED})
"""Faults that pass within seconds."""
STOPPING = frozenset({FaultCode.LIMIT_REACHED, FaultCode.SIGN_IN_REFUSED})
"""Faults that meet every further call."""


UNCLEAR = frozenset({FaultCode.NO_REPLY, FaultCode.BAD_ANSWER})
"""Faults of the transport after which a request may have been carried out."""


class Result(Struct, frozen=True, kw_only=True):
    """What became of one row. `id` is the record's, or the id of the one that stands in its way."""

    outcome: Outcome
    id: str = ""
    fault: FaultCode | None = None
    detail: str = ""
    retry_after: float | None = None


async def save(client: SalesforceClient, operation: Operation, rows: Rows) -> dict[str, Result]:
    """Send rows in as few calls as there are; what became of each, by name.

    Rows that another change had locked are sent again, a few times. A call whose reply is lost or makes no sense leaves its
    rows UNKNOWN and is not repeated. Once the org's limit is reached or the sign-in refused, the rest is not sent.
    """
    results: dict[str, Result] = {}
    for chunk in parts(rows, ROWS_A_CALL):
        sent = await _sent_until_unlocked(client, operation, chunk)
        results |= sent
        stopped = next((r for r in sent.values() if r.fault in STOPPING), None)
        if stopped is not None:
            rest = [name for name, _ in rows if name not in results]
            return results | dict.fromkeys(rest, stopped)
    return results


async def _sent_until_unlocked(client: SalesforceClient, operation: Operation, rows: Rows) -> dict[str, Result]:
    results: dict[str, Result] = {}
    waiting = list(rows)
    for attempt in range(TRIES):
        sent = await _sent(client, operation, waiting)
        results |= sent
        waiting = [(name, row) for name, row in waiting if _may_go_again(sent[name])]
        if not waiting or attempt == TRIES - 1:
            break
        await client.pause(attempt, max((sent[name].retry_after or 0.0 for name, _ in waiting), default=0.0))
    return results


def _may_go_again(result: Result) -> bool:
    return result.outcome is Outcome.NOT_APPLIED and result.fault in AGAIN


async def _sent(client: SalesforceClient, operation: Operation, rows: Rows) -> dict[str, Result]:
    """One call. Whatever was not refused in so many words may have been carried out."""
    try:
        reply = await client.send(METHODS[operation], *_request(operation, rows))
    except VendorFault as fault:
        return _all(rows, fault, Outcome.UNKNOWN if fault.code in UNCLEAR else Outcome.NOT_APPLIED)
    if reply.status >= 400:
        return _all(rows, fault_of(reply), Outcome.UNKNOWN if reply.status >= 500 else Outcome.NOT_APPLIED)
    try:
        told = decoded(SAVED, reply.body)
        if len(told) != len(rows):
            raise VendorFault(Side.SALESFORCE, FaultCode.BAD_ANSWER, "collection")
    except VendorFault as fault:
        return _all(rows, fault, Outcome.UNKNOWN)
    return {name: _result(saved) for (name, _), saved in zip(rows, told, strict=True)}


def _request(operation: Operation, rows: Rows) -> tuple[str, object]:
    if operation is Operation.DELETE:
        ids = quote(",".join(record for _, record in rows), safe=",")
        return f"composite/sobjects?ids={ids}&allOrNone=false", None
    return "composite/sobjects", {"allOrNone": False, "records": [record for _, record in rows]}


def _all(rows: Rows, fault: VendorFault, outcome: Outcome) -> dict[str, Result]:
    result = Result(outcome=outcome, fault=fault.code, detail=fault.detail, retry_after=fault.retry_after)
    return dict.fromkeys((name for name, _ in rows), result)


def _result(saved: Saved) -> Result:
    if saved.success:
        return Result(outcome=Outcome.DONE, id=saved.id or "")
    failure = saved.errors[0] if saved.errors else Failure()
    standing = standing_id(failure) if failure.code == "DUPLICATE_VALUE" else ""
    return Result(outcome=Outcome.NOT_APPLIED, id=standing, fault=code_of(failure), detail=detail_of(failure))
