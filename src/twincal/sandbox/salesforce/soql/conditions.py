"""Conditions of a statement as tests of rows, and the rows an index can narrow them to."""

import operator
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from twincal.sandbox.salesforce.errors import SalesforceError
from twincal.sandbox.salesforce.ids import full_id
from twincal.sandbox.salesforce.moments import read_moment, write_moment
from twincal.sandbox.salesforce.schema import Field
from twincal.sandbox.salesforce.soql import syntax
from twincal.sandbox.salesforce.soql.columns import Column, Columns
from twincal.sandbox.salesforce.soql.lexer import Token, located, pattern_of, text_of
from twincal.sandbox.salesforce.storage import Row, Table, folded
from twincal.sandbox.salesforce.values import TEXTS

Test = Callable[[Row], bool]
Found = Callable[[syntax.Query], set[Any]]
"""Runs a query inside a query and gives the values of its one column."""
ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
NUMBERS = {"int", "double", "currency", "percent"}


class Conditions:
    """The WHERE of one statement."""

    def __init__(self, columns: Columns, text: str, found: Found) -> None:
        self._columns = columns
        self._text = text
        self._found = found
        self._members: dict[int, set[Any]] = {}

    def test(self, condition: syntax.Condition) -> Test:
        """The condition as a test of one row. Raises SalesforceError for values or columns that do not fit."""
        if isinstance(condition, syntax.All):
            tests = [self.test(each) for each in condition.conditions]
            return lambda row: all(test(row) for test in tests)
        if isinstance(condition, syntax.Any):
            tests = [self.test(each) for each in condition.conditions]
            return lambda row: any(test(row) for test in tests)
        if isinstance(condition, syntax.Not):
            inner = self.test(condition.condition)
            return lambda row: not inner(row)
        if isinstance(condition, syntax.Membership):
            return self._membership(condition)
        return self._comparison(condition)

    def candidates(self, condition: syntax.Condition, table: Table) -> Iterable[str] | None:
        """Ids among which all rows that fit are, found by an index; None when only looking at every row would tell."""
        if isinstance(condition, syntax.All):
            lists = [found for each in condition.conditions if (found := self._listed(each, table)) is not None]
            return min(lists, key=len, default=None)
        if isinstance(condition, syntax.Any):
            branches = [self._listed(each, table) for each in condition.conditions]
            if any(branch is None for branch in branches):
                return None
            return list(dict.fromkeys(each for branch in branches for each in branch or ()))
        return self._listed(condition, table)

    def _listed(self, condition: syntax.Condition, table: Table) -> list[str] | None:
        if isinstance(condition, syntax.All | syntax.Any):
            found = self.candidates(condition, table)
            return None if found is None else list(found)
        if isinstance(condition, syntax.Not) or (isinstance(condition, syntax.Membership) and condition.negated):
            return None
        column = self._filterable(condition.path)
        if not column.own:
            return None
        if isinstance(condition, syntax.Membership):
            return self._by_value(column, self._values(condition, column), table)
        return self._by_comparison(condition, column, table)

    def _by_comparison(self, condition: syntax.Comparison, column: Column, table: Table) -> list[str] | None:
        if condition.operator == "like" or condition.operator == "!=":
            return None
        value = self._value(condition.value, column.field)
        if value is None:
            return None
        name = column.field.name
        if condition.operator == "=" and name not in table.sorted:
            return self._by_value(column, {value} if not isinstance(value, tuple) else set(), table) if _single(value) else None
        if condition.operator in {"=", ">", ">="} and name in table.sorted:
            return table.sorted[name].ids_from(table.rows, value[0] if isinstance(value, tuple) else value)
        return None

    def _by_value(self, column: Column, values: set[Any], table: Table) -> list[str] | None:
        if None in values:
            return None
        if column.field.name == "Id":
            return [value for value in values if value in table.rows]
        index = table.hashed.get(column.field.name)
        return index.ids(sorted(values)) if index is not None else None

    def _filterable(self, path: syntax.Path) -> Column:
        column = self._columns.column(path)
        if not column.field.filterable:
            message = f"field '{column.field.name}' can not be filtered in a query call"
            raise located(self._text, path.at, message, "INVALID_FIELD")
        return column

    def _membership(self, condition: syntax.Membership) -> Test:
        column = self._filterable(condition.path)
        values, reach, negated = self._values(condition, column), column.reach, condition.negated
        folds = _folds(column.field)

        def test(row: Row) -> bool:
            value = reach(row)
            return ((folded(value) if folds else value) in values) != negated

        return test

    def _values(self, condition: syntax.Membership, column: Column) -> set[Any]:
        found = self._members.get(id(condition))
        if found is None:
            if isinstance(condition.values, syntax.Query):
                values: Iterable[Any] = self._found(condition.values)
            else:
                values = [self._value(token, column.field) for token in condition.values]
            found = self._members[id(condition)] = {folded(value) if _folds(column.field) else value for value in values}
        return found

    def _comparison(self, condition: syntax.Comparison) -> Test:
        column = self._filterable(condition.path)
        reach, sign = column.reach, condition.operator
        if sign == "like":
            return self._like(condition, column)
        value = self._value(condition.value, column.field)
        if isinstance(value, tuple):
            return _range_test(reach, sign, value)
        folds = _folds(column.field)
        if folds:
            value = folded(value)
        if sign in {"=", "!="}:
            wanted = sign == "="
            if folds:
                return lambda row: (folded(reach(row)) == value) == wanted
            return lambda row: (reach(row) == value) == wanted
        compare = ORDERINGS[sign]
        if value is None:
            return lambda row: False
        return lambda row: (found := reach(row)) is not None and compare(folded(found) if folds else found, value)

    def _like(self, condition: syntax.Comparison, column: Column) -> Test:
        if condition.value.kind != "string" or column.field.type not in TEXTS:
            raise located(self._text, condition.value.at, "invalid operator on id field", "INVALID_QUERY_FILTER_OPERATOR")
        pattern, reach = pattern_of(condition.value), column.reach
        return lambda row: (found := reach(row)) is not None and pattern.fullmatch(found) is not None

    def _value(self, token: Token, field: Field) -> Any:
        """A literal as the column stores such a value; a tuple of two bounds for a range of days."""
        word = token.text.lower()
        if token.kind == "word" and word == "null":
            return None
        if field.type in {"id", "reference"}:
            return self._id(token)
        if field.type in TEXTS and token.kind == "string":
            return text_of(token)
        if field.type == "boolean" and word in {"true", "false"}:
            return word == "true"
        if field.type in NUMBERS and token.kind == "number":
            return float(token.text)
        if field.type == "datetime" and token.kind == "moment":
            return self._moment(token)
        if field.type == "date" and token.kind == "date":
            return self._moment(token)[:10]
        if field.type in {"date", "datetime"} and token.kind == "word":
            return self._days(token, field)
        raise self._misfit(token, field)

    def _id(self, token: Token) -> str:
        found = full_id(text_of(token)) if token.kind == "string" else None
        if found is None:
            shown = text_of(token) if token.kind == "string" else token.text
            raise located(self._text, token.at, f"invalid ID field: {shown}", "INVALID_QUERY_FILTER_OPERATOR")
        return found

    def _moment(self, token: Token) -> str:
        try:
            return write_moment(read_moment(token.text))
        except ValueError:
            raise located(self._text, token.at, f"Invalid date: {token.text}", "MALFORMED_QUERY") from None

    def _days(self, token: Token, field: Field) -> tuple[str, str]:
        name, _, number = token.text.upper().partition(":")
        if name not in {"TODAY", "YESTERDAY", "TOMORROW"} and not number.isdigit():
            raise self._misfit(token, field)
        days = int(number or 0)
        bounds = {"TODAY": (0, 1), "YESTERDAY": (-1, 0), "TOMORROW": (1, 2)}
        bounds |= {"LAST_N_DAYS": (-days, 1), "NEXT_N_DAYS": (1, days + 1)}
        if name not in bounds:
            raise self._misfit(token, field)
        today = self._columns.records.clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        first, last = (_written(today + timedelta(days=shift), field) for shift in bounds[name])
        return first, last

    def _misfit(self, token: Token, field: Field) -> SalesforceError:
        kind = {"datetime": "dateTime"}.get(field.type, field.type)
        kind = "string" if field.type in TEXTS else kind
        tail = "should be enclosed in quotes" if kind == "string" else "should not be enclosed in quotes"
        message = f"value of filter criterion for field '{field.name}' must be of type {kind} and {tail}"
        return located(self._text, token.at, message, "INVALID_FIELD")


def _written(moment: datetime, field: Field) -> str:
    text = write_moment(moment)
    return text[:10] if field.type == "date" else text


def _single(value: Any) -> bool:
    return not isinstance(value, tuple)


def _folds(field: Field) -> bool:
    return field.type in TEXTS and "K" not in field.flags


def _range_test(reach: Callable[[Row], Any], sign: str, bounds: tuple[str, str]) -> Test:
    first, end = bounds
    tests: dict[str, Callable[[str], bool]] = {
        "=": lambda value: first <= value < end,
        "!=": lambda value: not first <= value < end,
        "<": lambda value: value < first,
        "<=": lambda value: value < end,
        ">": lambda value: value >= end,
        ">=": lambda value: value >= first,
    }
    test = tests[sign]
    return lambda row: (value := reach(row)) is not None and test(value)
