"""Refusals of Exchange and Entra, in the words of Microsoft Graph."""

from typing import Any


class GraphError(Exception):
    """A refusal that goes to the caller as Graph's error object.

    `status` is the HTTP status, `code` the member clients branch on, `extra` what stands beside `code` and `message`,
    `headers` what the answer carries besides.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        extra: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.extra = extra or {}
        self.headers = headers or {}


def not_found() -> GraphError:
    """404 for an item that was deleted, was moved under another id, or never was."""
    return GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def invalid(message: str) -> GraphError:
    """400 for a value that Exchange does not take."""
    return GraphError(400, "ErrorPropertyValidationFailure", message)


def unreadable(message: str) -> GraphError:
    """400 for a body that does not have the types of the metadata."""
    return GraphError(400, "RequestBodyRead", message)
