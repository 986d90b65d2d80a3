"""What was written for one item, in the order it happened: when, in which run, on which side, and each field before and after."""

from collections.abc import Iterable

from msgspec import UNSET, Struct

from twincal.core.fields import shown
from twincal.core.item import Item
from twincal.core.undoing import Line
from twincal.core.vocabulary import Field, Operation
from twincal.engine.history import written

NAMES = {"subject": Field.SUBJECT, "times": Field.TIME, "place": Field.PLACE, "show_as": Field.SHOW_AS}
"""Fields whose values are shown; of the others it is only told that they were written."""
OTHERS = {
    "body": Field.BODY.phrase, "whos": Field.PEOPLE.phrase, "invitees": Field.PEOPLE.phrase, "what": Field.ASSOCIATION.phrase,
    "mark": "Twincal's mark",
}  # fmt: skip


class FieldWritten(Struct, frozen=True, kw_only=True):
    """One field of a write. `before` is empty where nothing stood there, or where what stood there is not kept."""

    name: str
    before: str = ""
    after: str = ""


class Written(Struct, frozen=True, kw_only=True):
    """One write in words; `at` in ISO 8601, UTC."""

    at: str
    run: str
    side: str
    operation: str
    fields: tuple[FieldWritten, ...] = ()


def timeline(lines: Iterable[Line]) -> list[Written]:
    """The writes of one item, newest first."""
    return [
        Written(
            at=written(line.at), run=line.run, side=line.side.phrase, operation=OPERATIONS[line.operation], fields=_fields(line)
        )
        for line in sorted(lines, key=lambda line: -line.number)
    ]


OPERATIONS = {Operation.CREATE: "created", Operation.UPDATE: "updated", Operation.DELETE: "deleted"}


def _fields(line: Line) -> tuple[FieldWritten, ...]:
    if line.operation is Operation.DELETE:
        return ()
    found = []
    for name in line.after.names:
        field = NAMES.get(name)
        before = _value(line.before, field) if field else ""
        told = field.phrase if field else OTHERS[name]
        found.append(FieldWritten(name=told, before=before, after=_after(line, name) if field else "written"))
    return tuple(found)


def _value(item: Item | None, field: Field) -> str:
    return shown(field, item) if item is not None else ""


def _after(line: Line, name: str) -> str:
    value = getattr(line.after, name, UNSET)
    if value is UNSET:
        return ""
    return value.phrase if hasattr(value, "phrase") else value if isinstance(value, str) else _times(value)


def _times(value: object) -> str:
    first = getattr(value, "start", None) or getattr(value, "first", None)
    last = getattr(value, "end", None) or getattr(value, "last", None)
    return f"{written(first)} – {written(last)}"
