"""JSON batching: up to twenty requests in one, in waves that their `dependsOn` allows."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from twincal.sandbox.exchange.errors import GraphError
from twincal.sandbox.graph.calls import Call, Reply, call_of, json_reply
from twincal.sandbox.graph.service import mailbox_key

LARGEST = 20
Answer = Callable[[Call, int], Reply]


def _refused(message: str) -> GraphError:
    return GraphError(400, "BadRequest", f"Invalid batch payload format. {message}")


def _requests(call: Call) -> dict[str, dict[str, Any]]:
    listed = call.json().get("requests")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise _refused("A collection 'requests' is required.")
    if not 1 <= len(listed) <= LARGEST:
        raise GraphError(400, "MaximumValueExceeded", f"Number of batch request steps exceeds the maximum value of {LARGEST}.")
    found: dict[str, dict[str, Any]] = {}
    for each in listed:
        name = str(each.get("id") or "")
        if not name or name in found:
            raise _refused("Each request needs an id of its own.")
        if not each.get("method") or not each.get("url"):
            raise _refused(f"Request {name} needs a method and a url.")
        found[name] = each
    for name, each in found.items():
        if any(str(other) not in found or str(other) == name for other in each.get("dependsOn") or []):
            raise _refused(f"Request {name} depends on a request that is not in the batch.")
    return found


def _call(each: dict[str, Any], outer: Call) -> Call:
    url = str(each["url"])
    path = url if url.startswith("/") else f"/{url}"
    headers = {str(key).casefold(): str(value) for key, value in (each.get("headers") or {}).items()}
    body = b"" if each.get("body") is None else msgspec.json.encode(each["body"])
    inner = call_of(str(each["method"]), path, headers, body, outer.base)
    inner.path = f"/v1.0{inner.path}"
    return inner


def _shown(name: str, reply: Reply) -> dict[str, Any]:
    headers = {"Cache-Control": "private", **reply.headers}
    shown: dict[str, Any] = {"id": name, "status": reply.status, "headers": headers}
    if reply.body:
        headers["Content-Type"] = "application/json"
        shown["body"] = msgspec.Raw(reply.body)
    return shown


def batch(call: Call, answer: Answer) -> Reply:
    """Answer a batch. `answer` gets each request with how many of its wave came before it in the same mailbox.

    Raises GraphError 400 for a batch that cannot be read; what fails inside fails alone, and its dependents with 424.
    """
    waiting, done = _requests(call), dict[str, Reply]()
    while waiting:
        ready = [name for name, each in waiting.items() if not {str(o) for o in each.get("dependsOn") or []} & waiting.keys()]
        if not ready:
            raise _refused("The dependencies form a circle.")
        beside: Counter[str] = Counter()
        for name in ready:
            each = waiting.pop(name)
            if any(done[str(other)].status >= 400 for other in each.get("dependsOn") or []):
                error = {"error": {"code": "FailedDependency", "message": "A request this one depends on has failed."}}
                done[name] = json_reply(error, 424)
                continue
            inner = _call(each, call)
            key = (mailbox_key(inner) or "").casefold()
            done[name] = answer(inner, beside[key])
            beside[key] += 1
    return json_reply({"responses": [_shown(name, reply) for name, reply in done.items()]})
