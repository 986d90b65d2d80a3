"""`$batch`: many requests on one mailbox in one, never more than the four at a time that it takes."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from twincal.connectors.decoding import UNREADABLE, understood
from twincal.connectors.faults import pause_asked
from twincal.connectors.graph.client import LONGEST_PAUSE, PREFER, TRIES, GraphClient
from twincal.connectors.graph.faults import fault_of
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side

CHAIN, ABREAST = 20, 4
"""Requests in one batch, and how many of them one mailbox takes at a time (Graph, throttling of Outlook services)."""
LOST = 504
"""How an answer counts that the batch does not hold: nobody knows what came of it."""


class Call(Struct, frozen=True, kw_only=True):
    """One request inside a batch; `path` is relative to the version."""

    method: str
    path: str
    headers: Mapping[str, str] = {}
    body: Any = None

    @property
    def repeatable(self) -> bool:
        """May it be sent again though it may have been carried out? What names a version fails the second time."""
        return self.method == "GET" or "If-Match" in self.headers


class Answer(Struct, frozen=True, kw_only=True):
    """One answer of a batch; `fault` is None where it is a success."""

    status: int
    body: bytes = b""
    fault: VendorFault | None = None

    @property
    def unsure(self) -> bool:
        """Is it unknown whether it was carried out? Throttling says that it was not."""
        return self.fault is not None and self.status >= 500 and self.fault.code is not FaultCode.THROTTLED


class _Told(Struct, frozen=True):
    id: str
    status: int
    headers: Mapping[str, str | int | float] = {}
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Answers(Struct, frozen=True):
    responses: list[_Told]


_ANSWERS = msgspec.json.Decoder(_Answers)


async def batch(client: GraphClient, calls: Sequence[Call], *, chained: bool = False) -> list[Answer]:
    """The answers in the order of the calls. They run four abreast, or in chains of 20 of which the rest is not run when one
    fails (status 424). What was throttled is sent again after the longest pause asked for, and so is what depended on it.

    Raises VendorFault when a whole batch fails; NO_REPLY where some of it may have been carried out.
    """
    for call in calls[:1]:
        client.awaits(call.path)
    answers: dict[int, Answer] = {}
    waiting = list(range(len(calls)))
    step = CHAIN if chained else ABREAST
    for attempt in range(1, TRIES + 1):
        for first in range(0, len(waiting), step):
            part = {place: calls[place] for place in waiting[first : first + step]}
            answers |= await _batched(client, part, chained=chained)
        again = [place for place in waiting if _again(calls[place], answers[place])]
        asked = max((fault.retry_after or 0.0 for place in again if (fault := answers[place].fault)), default=0.0)
        if not again or attempt == TRIES or asked > LONGEST_PAUSE:
            break
        waiting = sorted({*again, *(place for place in waiting if answers[place].status == 424)})
        await client.pause(attempt, asked or None)
    for place in waiting:
        if (refused := answers[place].fault) is not None:
            client.keeps_quiet(calls[place].path, refused)
    return [answers[place] for place in range(len(calls))]


async def readings(client: GraphClient, calls: Sequence[Call]) -> list[Answer]:
    """Answers of calls that only read: in chains while all is well, as most readings are; four abreast once one fails."""
    if len(calls) <= ABREAST:
        return await batch(client, calls) if calls else []
    answers = await batch(client, calls, chained=True)
    left = [place for place, answer in enumerate(answers) if answer.status == 424]
    again = await batch(client, [calls[place] for place in left]) if left else []
    for place, answer in zip(left, again, strict=True):
        answers[place] = answer
    return answers


def _again(call: Call, answer: Answer) -> bool:
    if answer.fault is None:
        return False
    return answer.fault.code is FaultCode.THROTTLED or (answer.status >= 500 and call.repeatable)


async def _batched(client: GraphClient, calls: Mapping[int, Call], *, chained: bool) -> dict[int, Answer]:
    requests: list[dict[str, Any]] = []
    for place, call in calls.items():
        headers = {"Prefer": PREFER, **call.headers}
        one: dict[str, Any] = {"id": str(place), "method": call.method, "url": call.path, "headers": headers}
        if call.body is not None:
            one["body"] = call.body
            headers["Content-Type"] = "application/json"
        if chained and requests:
            one["dependsOn"] = [requests[-1]["id"]]
        requests.append(one)
    repeatable = all(call.repeatable for call in calls.values())
    reply = await client.send("POST", "/$batch", body={"requests": requests}, repeatable=repeatable)
    try:
        found = {int(told.id): _answer(client, told) for told in understood(_ANSWERS, reply.body).responses}
    except (*UNREADABLE, ValueError) as error:
        raise VendorFault(Side.EXCHANGE, FaultCode.BAD_ANSWER, "batch") from error
    lost = Answer(status=LOST, fault=fault_of(LOST, b""))
    return {place: found.get(place, lost) for place in calls}


def _answer(client: GraphClient, told: _Told) -> Answer:
    body = bytes(told.body)
    if told.status < 400:
        return Answer(status=told.status, body=body)
    headers = {name.lower(): str(value) for name, value in told.headers.items()}
    fault = fault_of(told.status, body, pause_asked(headers.get("retry-after"), client.clock.now()))
    return Answer(status=told.status, body=body, fault=fault)
