"""From JSON to stored values: types, lengths, picklists, ids; the checks every object shares."""

import re
from typing import Any

from twincal.sandbox.salesforce.errors import SalesforceError, integrity, plain
from twincal.sandbox.salesforce.ids import checked_id
from twincal.sandbox.salesforce.moments import date_value, moment_value
from twincal.sandbox.salesforce.schema import Field

TEXTS = {"string", "combobox", "textarea", "phone", "url", "email", "picklist"}
ADDRESS = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\"]+\.[^@\s.,;<>()\"]+\Z")
TRUTHS: dict[object, bool] = {True: True, False: False, "true": True, "false": False}


def stored(field: Field, value: Any, *, trim: bool = True) -> Any:
    """A column's value as it is stored. Raises SalesforceError with the code the API gives for such a value."""
    if value is None or value == "":
        return False if field.type == "boolean" else None
    if field.type in TEXTS:
        return _text(field, value, trim)
    if field.type == "datetime":
        return moment_value(value, field.name)
    if field.type == "date":
        return date_value(value, field.name)
    if field.type in {"reference", "id"}:
        return checked_id(value, field.label, field.name)
    if field.type == "boolean":
        return _truth(field, value)
    return _number(field, value)


def _text(field: Field, value: Any, trim: bool) -> str | None:
    if not isinstance(value, str):
        value = str(value)
    if trim:
        value = value.strip()
    if field.type == "textarea":
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    if field.length and len(value) > field.length:
        raise SalesforceError(
            "STRING_TOO_LONG", f"{field.label}: data value too large: {value} (max length={field.length})", [field.name]
        )
    if field.restricted and value not in field.picklist.labels:
        raise SalesforceError(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"{field.label}: bad value for restricted picklist field: {value}",
            [field.name],
        )
    if field.type == "email":
        return _address(field, value)
    return value or None


def _address(field: Field, value: str) -> str:
    if not ADDRESS.match(value):
        raise SalesforceError("INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {value}", [field.name])
    return value.lower()


def _truth(field: Field, value: Any) -> bool:
    try:
        return TRUTHS[value]
    except (KeyError, TypeError):
        raise _unreadable("boolean", field, value) from None


def _number(field: Field, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _unreadable(field.type, field, value)
    try:
        number = float(value)
    except ValueError:
        raise _unreadable(field.type, field, value) from None
    if field.type != "int":
        return number
    if number != int(number):
        raise _unreadable("int", field, value)
    if abs(number) >= 2**31:
        raise integrity(f"{field.label}: value outside of valid range", field.name)
    return int(number)


def _unreadable(kind: str, field: Field, value: Any) -> SalesforceError:
    return plain(
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {kind} from VALUE_STRING value {value} "
        f"or request may be missing a required field: {field.name}",
    )
