"""What was asked of the sandbox: requests counted by system, method and shape of the path, and how many ran at once."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

GRAPH, SALESFORCE, CONTROL = "graph", "salesforce", "control"
# What stands in a path that belongs to signing in.
SIGNING_IN = ("oauth2", ".well-known", "adminconsent", "discovery/v2.0/keys", "oidc/userinfo", "/id/")
# How the paths of Salesforce begin.
OF_SALESFORCE = ("services/", ".well-known/", "id/")
# A collection of Graph, and what stands for the id that follows it.
COLLECTIONS = {
    "users": "{user}", "events": "{event}", "calendars": "{calendar}", "calendargroups": "{group}",
    "instances": "{event}", "subscriptions": "{subscription}", "attachments": "{attachment}",
    "mailfolders": "{folder}", "messages": "{message}", "extensions": "{extension}", "calendarview": "{event}",
}  # fmt: skip
# What may follow a collection of Graph without being an id.
FUNCTIONS = {"delta", "delta()", "microsoft.graph.delta()", "$count"}
# What may follow an object's name in Salesforce without being an id.
SOBJECT_WORDS = {"describe", "deleted", "updated", "listviews", "layouts", "quickActions", "defaultValues"}
RECORD_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?\Z")
# A record's page in Salesforce, as its short address names it.
RECORD_PAGE = re.compile(r"/(003|00Q|001|00U)[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?\Z")
KEYED = re.compile(r"(\w+)\('[^']*'\)\Z")


class Asked(NamedTuple):
    """A request as it is counted."""

    system: str
    method: str
    path: str

    @property
    def is_token(self) -> bool:
        """Whether it is part of signing in, and so left apart when requests of data are counted."""
        return any(word in self.path for word in SIGNING_IN)


def system_of(path: str) -> str:
    """Which server a path belongs to."""
    if path == "/control" or path.startswith(("/control/", "/lightning/")) or RECORD_PAGE.match(path):
        return CONTROL
    return SALESFORCE if path.lstrip("/").startswith(OF_SALESFORCE) else GRAPH


def raw_path(scope: Scope) -> str:
    """The path as it was sent, so that a slash inside an id does not split it."""
    raw: bytes | None = scope.get("raw_path")
    return raw.decode("latin-1") if raw else str(scope["path"])


def shape_of(path: str) -> str:
    """A path, as it was sent, with its ids replaced: `/v1.0/users/{user}/calendarView/delta`."""
    parts = [unquote(part) for part in path.split("/") if part]
    shaped = _salesforce_shape(parts) if system_of(path) == SALESFORCE else _graph_shape(parts)
    return "/" + "/".join(shaped)


def _graph_shape(parts: list[str]) -> list[str]:
    if not parts:
        return []
    if parts[0] not in {"v1.0", "beta", "oidc"}:
        return ["{tenant}", *parts[1:]]
    shaped, place = parts[:1], ""
    for part in parts[1:]:
        keyed = KEYED.match(part)
        if place and part not in FUNCTIONS:
            shaped.append(place)
            place = ""
        elif keyed and keyed[1].lower() in COLLECTIONS:
            shaped += [keyed[1], COLLECTIONS[keyed[1].lower()]]
            place = ""
        else:
            shaped.append("delta" if part.startswith(("delta", "microsoft.graph.delta")) else part)
            place = COLLECTIONS.get(part.lower(), "")
    return shaped


def _salesforce_shape(parts: list[str]) -> list[str]:
    if parts[0] == "id" and len(parts) == 3:
        return ["id", "{organization}", "{user}"]
    if parts[:2] != ["services", "data"]:
        return parts
    shaped = [*parts[:2], *(["{version}"] if len(parts) > 2 else [])]
    rest = parts[3:]
    if rest[:1] == ["sobjects"]:
        return shaped + rest[:2] + _record_shape(rest[2:])
    if rest[:2] == ["composite", "sobjects"]:
        return shaped + rest
    if rest[:1] in (["query"], ["queryAll"]) and len(rest) > 1:
        return [*shaped, rest[0], "{locator}"]
    return shaped + rest


def _record_shape(rest: list[str]) -> list[str]:
    if not rest or rest[0] in SOBJECT_WORDS:
        return rest
    if len(rest) == 1 or RECORD_ID.match(rest[0]):
        return ["{id}", *rest[1:]]
    return [rest[0], "{value}", *rest[2:]]


def mailbox_of(path: str) -> str | None:
    """Whose mailbox a path of Graph is about, in lower case; None where the path does not say."""
    found = re.search(r"/users(?:/|\('|%28%27)([^/')]+)", path, re.IGNORECASE)
    return unquote(found[1]).casefold() if found else None


@dataclass(slots=True)
class Traffic:
    """Counts since the last reset. A batch or a composite call is one request; calls of control are not counted."""

    counts: Counter[Asked] = field(default_factory=Counter)
    most_in_flight: Counter[str] = field(default_factory=Counter)
    _in_flight: Counter[str] = field(default_factory=Counter)

    def rows(self) -> list[dict[str, Any]]:
        """The counts as JSON, sorted."""
        return [asked._asdict() | {"count": count} for asked, count in sorted(self.counts.items())]

    def requests(self, system: str) -> int:
        """Requests of data to one system, tokens apart."""
        return sum(count for asked, count in self.counts.items() if asked.system == system and not asked.is_token)

    def reset(self) -> None:
        """Counts from nothing again; requests that are being answered right now still end in order."""
        self.counts.clear()
        self.most_in_flight.clear()

    def counted(self, app: App) -> App:
        """The same app, watched."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            path = raw_path(scope) if scope["type"] == "http" else "/control"
            system = system_of(path)
            if system == CONTROL:
                await app(scope, receive, send)
                return
            self.counts[Asked(system, scope["method"], shape_of(path))] += 1
            lane = (mailbox_of(path) or GRAPH) if system == GRAPH else SALESFORCE
            self._in_flight[lane] += 1
            self.most_in_flight[lane] = max(self.most_in_flight[lane], self._in_flight[lane])
            try:
                await app(scope, receive, send)
            finally:
                self._in_flight[lane] -= 1

        return watched
