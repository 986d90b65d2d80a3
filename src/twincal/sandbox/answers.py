"""Answers the frame gives by itself: the vendors' refusals as their clients see them, and JSON."""

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from twincal.sandbox.traffic import SALESFORCE, Asked, Send

GRAPH_CODES = {
    401: ("InvalidAuthenticationToken", "Access token has expired or is not yet valid."),
    429: ("TooManyRequests", "Too many requests"),
    500: ("InternalServerError", "An internal server error occurred. The operation failed."),
    503: ("ServiceUnavailable", "The service is temporarily unavailable. Please retry the request."),
}
# Salesforce knows no 429: throttling is 403 with a code of its own, and never a Retry-After.
SALESFORCE_CODES = {
    401: (401, "INVALID_SESSION_ID", "Session expired or invalid"),
    429: (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    500: (500, "UNKNOWN_EXCEPTION", "An unexpected error occurred. Please include this ErrorId if you contact support: 1"),
    503: (503, "SERVER_UNAVAILABLE", "Server temporarily unavailable"),
}
GATEWAY_PAGE = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    b"</body>\r\n</html>\r\n"
)


@dataclass(slots=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def cut(self, length: int) -> "Answer":
        """The same answer with only the first bytes of its body, and a length that says so."""
        kept = [pair for pair in self.headers if pair[0].lower() != b"content-length"]
        return replace(self, headers=[*kept, (b"content-length", b"%d" % length)], body=self.body[:length])

    async def send(self, send: Send, *, pieces: int = 1, pause: float = 0.0) -> None:
        """Sends it, in pieces with a pause (seconds) before each when asked to."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        step = max(1, -(-len(self.body) // pieces))
        for begin in range(0, max(1, len(self.body)), step):
            await asyncio.sleep(pause)
            more = begin + step < len(self.body)
            await send({"type": "http.response.body", "body": self.body[begin : begin + step], "more_body": more})


def json_answer(value: Any, status: int = 200) -> Answer:
    """An answer of JSON."""
    body = json.dumps(value, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    return Answer(status, headers, body)


def refusal(asked: Asked, status: int, retry_after: str | None, now: datetime) -> Answer:
    """A refusal in the shape of the system that was asked. 502 is a page of the gateway before it, not of the vendor."""
    if status == HTTPStatus.BAD_GATEWAY:
        headers = [(b"content-type", b"text/html"), (b"content-length", b"%d" % len(GATEWAY_PAGE))]
        return Answer(status, headers, GATEWAY_PAGE)
    if asked.system == SALESFORCE:
        status, code, message = SALESFORCE_CODES[status]
        oauth = {"error": "unavailable", "error_description": message}
        answer = json_answer(oauth if asked.is_token else [{"message": message, "errorCode": code}], status)
        # Its documents know Retry-After for 503 alone.
        retry_after = retry_after if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    elif asked.is_token:
        answer = json_answer(_entra_error(now), status)
    else:
        answer = json_answer({"error": _graph_error(status, now)}, status)
    if retry_after is not None:
        answer.headers.append((b"retry-after", retry_after.encode()))
    return answer


def _graph_error(status: int, now: datetime) -> dict[str, Any]:
    code, message = GRAPH_CODES[status]
    request = f"{int(now.timestamp() * 1000):032x}"
    request = "-".join((request[:8], request[8:12], request[12:16], request[16:20], request[20:]))
    inner = {"date": now.strftime("%Y-%m-%dT%H:%M:%S"), "request-id": request, "client-request-id": request}
    return {"code": code, "message": message, "innerError": inner | ({"code": "429"} if status == 429 else {})}


def _entra_error(now: datetime) -> dict[str, Any]:
    return {
        "error": "temporarily_unavailable",
        "error_description": "AADSTS90033: A transient error has occurred. Please try again.",
        "error_codes": [90033],
        "timestamp": now.strftime("%Y-%m-%d %H:%M:%SZ"),
    }
