"""Requests and answers as the services here see them, from a socket or from inside a batch."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from twincal.sandbox.exchange.errors import GraphError
from twincal.sandbox.exchange.rendering import View

_PREFERENCE = re.compile(r'\s*([\w.\-]+)\s*(?:=\s*(?:"([^"]*)"|([^",;\s]+)))?\s*(?:[,;]|$)')


class Query:
    """Query options; names in any case, `+` is no space, as Microsoft Graph reads them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pairs = [
            (unquote(name), unquote(value)) for name, _, value in (part.partition("=") for part in text.split("&") if part)
        ]
        self._values = {name.casefold(): value for name, value in self.pairs}

    def get(self, name: str) -> str | None:
        """The value of an option, or None. System options are found with and without `$`."""
        folded = name.casefold()
        found = self._values.get(folded)
        return self._values.get(folded.removeprefix("$")) if found is None and folded.startswith("$") else found

    def number(self, name: str, default: int) -> int:
        """A whole number of an option. Raises GraphError 400."""
        text = self.get(name)
        if text is None:
            return default
        if not text.isdecimal():
            raise GraphError(400, "BadRequest", f"Invalid value '{text}' for {name} query option found.")
        return int(text)

    def with_option(self, name: str, value: str) -> str:
        """The query text with one option put in place of any of that name."""
        kept = [(key, old) for key, old in self.pairs if key.casefold() != name.casefold()]
        return "&".join(f"{quote(key, safe='$')}={quote(old, safe='')}" for key, old in [*kept, (name, value)])


class Preferences:
    """The `Prefer` header: several in one header or in many."""

    def __init__(self, text: str) -> None:
        self._values: dict[str, str] = {}
        for match in _PREFERENCE.finditer(text):
            self._values[match.group(1).casefold()] = match.group(2) or match.group(3) or ""

    def get(self, name: str) -> str | None:
        """The value of a preference, or None."""
        return self._values.get(name.casefold())

    def view(self) -> View:
        """How events are to be shown."""
        return View(
            zone=self.get("outlook.timezone") or "UTC",
            text=(self.get("outlook.body-content-type") or "").casefold() == "text",
            immutable=(self.get("IdType") or "").casefold() == "immutableid",
        )

    def page_size(self, default: int, largest: int) -> int:
        """The page size asked for, within bounds."""
        text = self.get("odata.maxpagesize") or ""
        return min(int(text), largest) if text.isdecimal() and int(text) > 0 else default

    def applied(self) -> dict[str, str]:
        """The answering header."""
        known = {
            "outlook.timezone": "outlook.timezone", "outlook.body-content-type": "outlook.body-content-type",
            "odata.maxpagesize": "odata.maxpagesize", "idtype": "IdType",
        }  # fmt: skip
        parts = [f'{name}="{self._values[key]}"' for key, name in known.items() if self._values.get(key)]
        return {"Preference-Applied": ", ".join(parts)} if parts else {}


@dataclass(slots=True)
class Call:
    """A request: `segments` of the path below the version, unescaped; `base` is scheme and host it was sent to."""

    method: str
    path: str
    segments: list[str]
    query: Query
    headers: dict[str, str]
    body: bytes
    base: str
    prefer: Preferences = field(init=False)

    def __post_init__(self) -> None:
        self.prefer = Preferences(self.headers.get("prefer", ""))

    def json(self) -> Any:
        """The body. Raises GraphError 400 where it is no JSON object or not declared as JSON."""
        if not self.headers.get("content-type", "").casefold().startswith("application/json"):
            raise GraphError(
                400, "RequestBodyRead", "A missing or empty content type header was found when trying to read a "
                "message. The content type header is required.",
            )  # fmt: skip
        try:
            value = msgspec.json.decode(self.body)
        except msgspec.DecodeError as fault:
            raise GraphError(400, "BadRequest", f"Unable to read JSON request payload. {fault}") from None
        if not isinstance(value, dict):
            raise GraphError(400, "BadRequest", "Unable to read JSON request payload: an object was expected.")
        return value

    def link(self, query: str) -> str:
        """An absolute link to the same path."""
        return f"{self.base}{self.path}?{query}"


def call_of(method: str, target: str, headers: dict[str, str], body: bytes, base: str) -> Call:
    """A request from its target (escaped path, with the query)."""
    path, _, query = target.partition("?")
    segments = [unquote(part) for part in path.split("/") if part]
    return Call(method.upper(), path, segments, Query(query), headers, body, base)


@dataclass(slots=True)
class Reply:
    """An answer; `body` is JSON unless the headers say what else."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def json_reply(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """An answer with a value as JSON."""
    return Reply(status, msgspec.json.encode(value), headers or {})
