"""Answers as JSON: every member is there, whether or not it has its default."""

from collections.abc import Mapping
from typing import Any

import msgspec

from twincal.cli.harmless import spelled


def plain(value: object) -> Any:
    """A value as JSON holds it. Structs that leave out defaults where they are stored leave out nothing here."""
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    return msgspec.to_builtins(value)


def line(value: object) -> str:
    """A value as one line of JSON."""
    return spelled(msgspec.json.encode(plain(value)).decode()) + "\n"
