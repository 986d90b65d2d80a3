"""One call of the REST API, whether it came as a request or as a part of a composite one, and its answer."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus

import msgspec

from twincal.sandbox.salesforce.access import Rights
from twincal.sandbox.salesforce.errors import SalesforceError, plain


@dataclass(slots=True)
class Call:
    """What is asked. `parts` is the address after the version; `body` is parsed JSON, or None."""

    method: str
    version: str
    parts: list[str]
    params: dict[str, str]
    headers: dict[str, str]
    body: Any
    rights: Rights
    base: str

    @property
    def prefix(self) -> str:
        """The path before `parts`: `/services/data/v68.0`."""
        return f"/services/data/{self.version}"

    def json_object(self) -> dict[str, Any]:
        """The body, which must be an object."""
        if not isinstance(self.body, dict):
            raise plain("JSON_PARSER_ERROR", "Unexpected end-of-input or not a JSON object")
        return self.body

    def flag(self, name: str) -> bool:
        """A parameter that says true or false."""
        return self.params.get(name, "false").lower() == "true"


@dataclass(slots=True)
class Answer:
    """What is answered. A body of None sends no content; `raw` is JSON that was encoded before, or what the headers say."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


def refusal(error: SalesforceError) -> Answer:
    """A refusal as the answer of one call."""
    return Answer(error.status, error.as_answer())


def split_address(address: str) -> tuple[list[str], dict[str, str]]:
    """The unquoted parts of a path and its parameters; empty parts are dropped, so doubled slashes do no harm."""
    path, _, query = address.partition("?")
    return [unquote(part) for part in path.split("/") if part], params_of(query)


def params_of(query: str) -> dict[str, str]:
    """The parameters of a query string; of repeated ones the last."""
    if "+" not in query and "%" not in query:
        return dict(part.partition("=")[::2] for part in query.split("&") if part)
    return dict(parse_qsl(query, keep_blank_values=True)) if "&" in query else _single(query)


def _single(query: str) -> dict[str, str]:
    name, _, value = query.partition("=")
    return {unquote_plus(name): unquote_plus(value)}


def read_json(body: bytes) -> Any:
    """The JSON of a request. Raises SalesforceError JSON_PARSER_ERROR."""
    if not body:
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise plain("JSON_PARSER_ERROR", str(error)) from None
