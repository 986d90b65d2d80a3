"""A statement run over the org's rows: which rows, in which order, and how they are written."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from twincal.sandbox.salesforce.access import Rights
from twincal.sandbox.salesforce.errors import no_type
from twincal.sandbox.salesforce.records import Records
from twincal.sandbox.salesforce.schema import Sobject
from twincal.sandbox.salesforce.soql import syntax
from twincal.sandbox.salesforce.soql.columns import NAME, Columns
from twincal.sandbox.salesforce.soql.conditions import Conditions
from twincal.sandbox.salesforce.soql.lexer import located, malformed
from twincal.sandbox.salesforce.storage import Row, folded
from twincal.sandbox.salesforce.visibility import rows_of, visible

MOST_JUNCTION_IDS = 500
JUNCTION = "EventWhoIds"


@dataclass(slots=True)
class Shape:
    """What is written of a row: own columns, parents with shapes of their own, children by a query."""

    sobject: Sobject
    names: list[str] = field(default_factory=list)
    parents: dict[str, "Parent"] = field(default_factory=dict)
    children: list["Child"] = field(default_factory=list)


@dataclass(slots=True)
class Parent:
    """A parent record: how it is reached, and what is written of it."""

    reach: Callable[[Row], Row | None]
    shape: Shape


@dataclass(slots=True)
class Child:
    """Children of a row under a relationship's name: the query among them and the column that points to the row."""

    name: str
    column: str
    statement: "Statement"


class Statement:
    """A query, checked when made; run as often as wanted."""

    def __init__(self, records: Records, query: syntax.Query, rights: Rights, version: str, *, everything: bool = False) -> None:
        self.records = records
        self._rights = rights
        self._version = version
        self._everything = everything
        self.query = query
        self.sobject = self._source(query)
        self._columns = Columns(records, self.sobject, rights, query.text)
        self._conditions = Conditions(self._columns, query.text, self._inner)
        self._test = self._conditions.test(query.where) if query.where else None
        self._order = [(self._sortable(key.path), key) for key in query.order]
        self.count = next((each for each in query.select if isinstance(each, syntax.Count)), None)
        if self.count is not None and len(query.select) > 1:
            raise malformed("Grouped query cannot use other columns beside COUNT here")
        self.shape = self._shape(query.select)

    # Which rows

    def rows(self) -> list[Row]:
        """The rows that fit, in order, after OFFSET and LIMIT."""
        found = self._ordered(self._matching())
        end = None if self.query.limit is None else self.query.offset + self.query.limit
        return found[self.query.offset : end]

    def children_of(self, column: str, record_id: str) -> list[Row]:
        """As `rows`, among those whose column points to one record."""
        index = self.records.storage[_stored(self.sobject)].hashed.get(column)
        if index is not None:
            ids: Iterable[str] | None = index.ids([record_id])
        else:
            ids = None
        rows = (row for row in self._among(ids) if row.get(column) == record_id)
        return list(islice(self._ordered([row for row in rows if self._fits(row)]), self.query.limit))

    def _matching(self) -> list[Row]:
        table = self.records.storage[_stored(self.sobject)]
        ids = self._conditions.candidates(self.query.where, table) if self.query.where else None
        return [row for row in self._among(sorted(ids) if ids is not None else None) if self._fits(row)]

    def _among(self, ids: Iterable[str] | None) -> Iterable[Row]:
        rows = rows_of(self.records, self.sobject, ids, self._rights)
        return visible(self.records, self.sobject, rows, self._rights, everything=self._everything)

    def _fits(self, row: Row) -> bool:
        return self._test is None or self._test(row)

    def _ordered(self, rows: list[Row]) -> list[Row]:
        for reach, key in reversed(self._order):
            with_value = [row for row in rows if reach(row) is not None]
            without = [row for row in rows if reach(row) is None] if len(with_value) < len(rows) else []
            with_value.sort(key=lambda row, reach=reach: folded(reach(row)), reverse=key.descending)  # type: ignore[misc]
            rows = without + with_value if key.nulls_first else with_value + without
        return rows

    def _sortable(self, path: syntax.Path) -> Callable[[Row], Any]:
        column = self._columns.column(path)
        if not column.field.sortable:
            message = f"field '{column.field.name}' can not be sorted in a query call"
            raise located(self.query.text, path.at, message, "INVALID_FIELD")
        if column.field.type in {"id", "reference"}:
            # Ids sort by their characters as they are; folding would mix upper and lower case.
            return lambda row: _Exact(found) if (found := column.reach(row)) is not None else None
        return column.reach

    def _inner(self, query: syntax.Query) -> set[Any]:
        inner = Statement(self.records, query, self._rights, self._version)
        path = query.select[0]
        if len(query.select) != 1 or not isinstance(path, syntax.Path):
            raise malformed("A semi join sub-select must select exactly one column")
        reach = inner.reach(path)
        return {value for row in inner.rows() if (value := reach(row)) is not None}

    def reach(self, path: syntax.Path) -> Callable[[Row], Any]:
        """How the value of a column is got from a row."""
        return self._columns.column(path).reach

    # What is written

    def write(self, rows: list[Row]) -> list[dict[str, Any]]:
        """Rows as records of an answer."""
        if JUNCTION in self.shape.names and sum(len(row.get("_Whos", ())) for row in rows) > MOST_JUNCTION_IDS:
            raise malformed(f"Queries of junction id lists are limited to {MOST_JUNCTION_IDS} ids")
        if self.shape.parents or self.shape.children:
            return [self._record(row, self.shape) for row in rows]
        kind, names, url = self.sobject.name, self.shape.names, self._url(self.sobject.name)
        return [
            {"attributes": {"type": kind, "url": url + row["Id"]}, **{name: row.get(name) for name in names}}
            if JUNCTION not in names
            else self._record(row, self.shape)
            for row in rows
        ]

    def _record(self, row: Row, shape: Shape) -> dict[str, Any]:
        kind = row.get("Type", shape.sobject.name) if shape.sobject is NAME else shape.sobject.name
        record: dict[str, Any] = {"attributes": {"type": shape.sobject.name, "url": self._url(kind) + row["Id"]}}
        for name in shape.names:
            record[name] = list(row.get("_Whos", ())) if name == JUNCTION else row.get(name)
        for name, parent in shape.parents.items():
            found = parent.reach(row)
            record[name] = self._record(found, parent.shape) if found else None
        for child in shape.children:
            rows = child.statement.children_of(child.column, row["Id"])
            written = child.statement.write(rows)
            record[child.name] = {"totalSize": len(rows), "done": True, "records": written} if rows else None
        return record

    def _url(self, kind: str) -> str:
        return f"/services/data/{self._version}/sobjects/{kind}/"

    # What the names mean

    def _source(self, query: syntax.Query) -> Sobject:
        found = self.records.schema.get(query.source.lower())
        if found is None or not self._rights.reads(found):
            message = f"sObject type '{query.source}' is not supported. If you are attempting to use a custom object, be sure to "
            message += "append the '__c' after the entity name. Please reference your WSDL or the describe call for the "
            raise located(query.text, query.source_at, message + "appropriate names.", "INVALID_TYPE")
        return found

    def _shape(self, select: list[syntax.Path | syntax.Count | syntax.Query]) -> Shape:
        shape = Shape(self.sobject)
        for each in select:
            if isinstance(each, syntax.Query):
                shape.children.append(self._child(each))
            elif isinstance(each, syntax.Path):
                self._enter(shape, each)
        return shape

    def _enter(self, shape: Shape, path: syntax.Path) -> None:
        if self._is_junction(path):
            shape.names.append(JUNCTION)
            return
        column = self._columns.column(path)
        at = shape
        parts = path.parts[1:] if column.own and len(path.parts) > 1 else path.parts
        for part in parts[:-1]:
            link = self._columns.link(at.sobject, part, path)
            name = str(link.relationship)
            if name not in at.parents:
                at.parents[name] = Parent(lambda row, link=link: self._columns.parent(link, row), Shape(self._columns.target(link)))  # type: ignore[misc]
            at = at.parents[name].shape
        if column.field.name in at.names:
            raise located(self.query.text, path.at, f"duplicate field selected: {column.field.name}", "INVALID_FIELD")
        at.names.append(column.field.name)

    def _is_junction(self, path: syntax.Path) -> bool:
        shared = self.records.options.shared_activities and self.sobject.name == "Event"
        return shared and [part.lower() for part in path.parts] == [JUNCTION.lower()]

    def _child(self, query: syntax.Query) -> Child:
        by_name = {name.lower(): (name, child) for name, child in self.sobject.children.items()}
        if query.source.lower() not in by_name:
            message = f"Didn't understand relationship '{query.source}' in FROM part of query call. If you are attempting to use "
            message += "a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference "
            message += "your WSDL or the describe call for the appropriate names."
            raise located(query.text, query.source_at, message, "INVALID_TYPE")
        name, (sobject, column) = by_name[query.source.lower()]
        if sobject.lower() not in self.records.schema:
            raise no_type(sobject)
        inner = syntax.Query(
            text=query.text, select=query.select, source=sobject, source_at=query.source_at, where=query.where,
            order=query.order, limit=query.limit, offset=query.offset,
        )  # fmt: skip
        return Child(name, column, Statement(self.records, inner, self._rights, self._version, everything=self._everything))


class _Exact(str):
    """An id as a sort key: compared by its characters."""

    __slots__ = ()

    def lower(self) -> "_Exact":
        return self


def _stored(sobject: Sobject) -> str:
    return "EventRelation" if sobject.name == "EventWhoRelation" else sobject.name
