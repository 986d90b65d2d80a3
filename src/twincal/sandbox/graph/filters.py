"""`$filter` and `$orderby`: the forms of OData that calendar clients send."""

import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from twincal.sandbox.exchange.errors import GraphError
from twincal.sandbox.exchange.item import Ref
from twincal.sandbox.exchange.moments import instant
from twincal.sandbox.exchange.rendering import properties_of, render

Scope = dict[str, Any]
Term = Callable[[Ref, Scope], Any]
_TOKEN = re.compile(
    r"\s*(?:('(?:[^']|'')*')|(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?|\d{4}-\d\d-\d\d|-?\d+(?:\.\d+)?)"
    r"|([A-Za-z_@$][\w.@]*(?:/[\w.@]+)*)|([(),:]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
    "contains": lambda text, part: part in text,
}


def _refused(text: str) -> GraphError:
    return GraphError(400, "BadRequest", f"Invalid filter clause: {text}")


def event_value(ref: Ref, path: str) -> Any:
    """A member of an event for comparing; times are instants in UTC, and those of whole days are not midnight UTC."""
    folded = path.casefold()
    departure = ref.departure
    if folded == "lastmodifieddatetime":
        return departure.modified if departure else ref.item.modified
    if folded == "createddatetime":
        return departure.created if departure else ref.item.created
    if folded in {"start/datetime", "end/datetime"}:
        return ref.span.start if folded[0] == "s" else ref.span.end
    if folded == "icaluid":
        return ref.item.uid
    if folded == "transactionid":
        return ref.item.transaction_id
    value: Any = render(ref)
    for part in path.split("/"):
        names = {name.casefold(): name for name in value} if isinstance(value, dict) else {}
        if part.casefold() not in names:
            raise _refused(f"Could not find a property named '{part}' on type 'microsoft.graph.event'.")
        value = value[names[part.casefold()]]
    return value


class _Parser:
    """Turns the text of a filter into a predicate."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at, text = 0, text.strip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise _refused(f"Syntax error at position {at}.")
            kind = ("text", "literal", "word", "mark")[(found.lastindex or 1) - 1]
            self._tokens.append((kind, found.group(found.lastindex or 1)))
            at = found.end()
        self._at = 0

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, mark: str) -> None:
        if self._next()[1] != mark:
            raise _refused(f"'{mark}' was expected.")

    def whole(self) -> Term:
        term = self._either()
        if self._peek()[0] != "end":
            raise _refused(f"Syntax error near '{self._peek()[1]}'.")
        return term

    def _either(self) -> Term:
        left = self._both()
        while self._peek()[1].casefold() == "or":
            self._next()
            left = _joined(left, self._both(), any)
        return left

    def _both(self) -> Term:
        left = self._single()
        while self._peek()[1].casefold() == "and":
            self._next()
            left = _joined(left, self._single(), all)
        return left

    def _single(self) -> Term:
        if self._peek()[1].casefold() == "not":
            self._next()
            inner = self._single()
            return lambda ref, scope: not inner(ref, scope)
        if self._peek()[1] == "(":
            self._next()
            inner = self._either()
            self._expect(")")
            return inner
        left, exact = self._operand()
        sign = self._peek()[1].casefold()
        if sign not in _COMPARE:
            return left
        self._next()
        right, _ = self._operand()
        return _compared(left, right, _COMPARE[sign], exact)

    def _operand(self) -> tuple[Term, bool]:
        kind, text = self._next()
        if kind == "text":
            literal = text[1:-1].replace("''", "'")
            return (lambda ref, scope: literal), False
        if kind == "literal":
            value: Any = instant(text) if "-" in text[1:] else float(text)
            return (lambda ref, scope: value), False
        if kind != "word":
            raise _refused(f"Syntax error near '{text}'.")
        if self._peek()[1] == "(":
            return self._called(text), False
        if text.casefold() in _WORDS:
            word = _WORDS[text.casefold()]
            return (lambda ref, scope: word), False
        return (lambda ref, scope: _looked_up(ref, scope, text)), text.casefold().endswith(("/id", "@id"))

    def _called(self, name: str) -> Term:
        self._expect("(")
        head, _, last = name.rpartition("/")
        if last.casefold() in {"any", "all"} and head:
            return self._lambda(head)
        function = _FUNCTIONS.get(name.casefold())
        if function is None:
            raise _refused(f"An unknown function with name '{name}' was found.")
        subject, _ = self._operand()
        self._expect(",")
        part, _ = self._operand()
        self._expect(")")
        return lambda ref, scope: function(_text(subject(ref, scope)), _text(part(ref, scope)))

    def _lambda(self, path: str) -> Term:
        variable = self._next()[1]
        self._expect(":")
        inner = self._either()
        self._expect(")")

        def found(ref: Ref, scope: Scope) -> bool:
            listed = properties_of(ref, None) if path.casefold() == "singlevalueextendedproperties" else event_value(ref, path)
            return any(inner(ref, {**scope, variable: entry}) for entry in listed)

        return found


def _text(value: Any) -> str:
    return str(value if value is not None else "").casefold()


def _looked_up(ref: Ref, scope: Scope, path: str) -> Any:
    head, _, rest = path.partition("/")
    if head not in scope:
        return event_value(ref, path)
    value = scope[head]
    for part in rest.split("/") if rest else []:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _joined(left: Term, right: Term, how: Callable[[Any], bool]) -> Term:
    return lambda ref, scope: how(term(ref, scope) for term in (left, right))


def _compared(left: Term, right: Term, compare: Callable[[Any, Any], bool], exact: bool) -> Term:
    def result(ref: Ref, scope: Scope) -> bool:
        one, other = left(ref, scope), right(ref, scope)
        if isinstance(one, datetime) and isinstance(other, str):
            other = instant(other)
        if isinstance(one, str) and isinstance(other, str) and not exact:
            one, other = one.casefold(), other.casefold()
        try:
            return compare(one, other)
        except TypeError:
            return False

    return result


def predicate(text: str) -> Callable[[Ref], bool]:
    """The predicate of a `$filter`. Raises GraphError 400 for what it cannot read."""
    term = _Parser(text).whole()
    return lambda ref: bool(term(ref, {}))


def ordered(refs: list[Ref], text: str) -> list[Ref]:
    """Events in the order of `$orderby`. Raises GraphError 400."""
    for clause in reversed(text.split(",")):
        path, _, way = clause.strip().partition(" ")
        keys = {id(ref): event_value(ref, path) for ref in refs}
        refs = sorted(refs, key=lambda ref: _sortable(keys[id(ref)]), reverse=way.strip().casefold() == "desc")
    return refs


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value.casefold() if isinstance(value, str) else value if value is not None else 0)
