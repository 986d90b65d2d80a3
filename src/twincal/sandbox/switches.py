"""Named switches on a plain value: checked before anything is set, refused with the list of those that exist."""

from dataclasses import asdict, fields, is_dataclass
from typing import Any, get_type_hints

import msgspec


class Refused(ValueError):
    """A wrong order to the sandbox. The message is a sentence for the person who sent it."""


def checked(kind: type, given: object, what: str) -> dict[str, Any]:
    """The values of `given`, each of its switch's type. Raises Refused for an unknown switch or a value of another type."""
    if not isinstance(given, dict):
        raise Refused(f"`{what}` must be an object of switches, for example {{}}.")
    hints = get_type_hints(kind)
    known = [each.name for each in fields(kind) if not each.name.startswith("_")]
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            raise Refused(f"`{what}` has no switch '{name}'. It has: {', '.join(known)}.")
        try:
            found[name] = msgspec.convert(value, hints[name])
        except msgspec.ValidationError as error:
            raise Refused(f"`{what}.{name}`: {error}.") from None
    return found


def set_all(target: object, values: dict[str, Any]) -> None:
    """Sets switches that were checked before."""
    for name, value in values.items():
        setattr(target, name, value)


def to_defaults(target: Any) -> None:
    """Sets every switch to what it is at first."""
    set_all(target, shown(type(target)()))


def shown(target: Any) -> dict[str, Any]:
    """All switches and their values."""
    values = asdict(target) if is_dataclass(target) and not isinstance(target, type) else {}
    return {name: value for name, value in values.items() if not name.startswith("_")}
