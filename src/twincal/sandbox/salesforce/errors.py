"""What Salesforce refuses with: a code from its public lists, a sentence, the fields concerned."""

from collections.abc import Sequence
from typing import Any


class SalesforceError(Exception):
    """A refusal as the REST API words it. `status` is the HTTP status of a call about one record."""

    def __init__(self, code: str, message: str, fields: Sequence[str] = (), *, status: int = 400, with_fields: bool = True) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fields = list(fields)
        self.status = status
        self.with_fields = with_fields

    def as_answer(self) -> list[dict[str, Any]]:
        """The body of a refused call about one record."""
        error: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.with_fields:
            error["fields"] = self.fields
        return [error]

    def as_row(self) -> dict[str, Any]:
        """One refused row of a collection; there the code is called `statusCode`."""
        return {
            "success": False,
            "errors": [{"statusCode": self.code, "message": self.message, "fields": self.fields}],
        }


def plain(code: str, message: str, status: int = 400) -> SalesforceError:
    """A refusal without a `fields` entry: of queries, sessions, limits and addresses."""
    return SalesforceError(code, message, status=status, with_fields=False)


def not_found() -> SalesforceError:
    """An address that names nothing."""
    return plain("NOT_FOUND", "The requested resource does not exist", 404)


def deleted() -> SalesforceError:
    """The record lies in the recycle bin."""
    return SalesforceError("ENTITY_IS_DELETED", "entity is deleted", status=404)


def no_type(name: str, status: int = 400) -> SalesforceError:
    """An object the org does not have."""
    return plain("INVALID_TYPE", f"sObject type '{name}' is not supported.", status)


def no_column(field: str, sobject: str) -> SalesforceError:
    """A column in a row that the object lacks, or that the caller's field permissions hide."""
    return plain("INVALID_FIELD", f"No such column '{field}' on sobject of type {sobject}")


def integrity(message: str, *fields: str) -> SalesforceError:
    """Values that contradict one another or a rule of the object."""
    return SalesforceError("FIELD_INTEGRITY_EXCEPTION", message, fields)


def bad_reference(*fields: str) -> SalesforceError:
    """An id that names nothing the caller may point to."""
    return SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields)


def no_access() -> SalesforceError:
    """The caller may not change this record."""
    return SalesforceError("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", status=403)
