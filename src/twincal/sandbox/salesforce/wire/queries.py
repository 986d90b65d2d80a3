"""Queries and their pages."""

from dataclasses import dataclass
from typing import Any

from twincal.sandbox.salesforce.errors import plain
from twincal.sandbox.salesforce.ids import checksum
from twincal.sandbox.salesforce.org import Org
from twincal.sandbox.salesforce.soql.parser import parse
from twincal.sandbox.salesforce.soql.statement import Statement
from twincal.sandbox.salesforce.storage import Row
from twincal.sandbox.salesforce.wire.calls import Answer, Call

LEAST_PAGE, MOST_PAGE = 200, 2_000
MOST_CURSORS = 50


@dataclass(frozen=True, slots=True)
class Cursor:
    """The rows of a query as they were found, and how many go on a page."""

    statement: Statement
    rows: list[Row]
    size: int


class Queries:
    """Runs queries and keeps the cursors of those that need several pages. Old cursors make room for new ones."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._cursors: dict[str, Cursor] = {}
        self._made = 0

    def query(self, call: Call) -> Answer:
        """`/query?q=...` and `/queryAll?q=...`: the first page."""
        if len(call.parts) == 2:
            return self._more(call, call.parts[1])
        text = call.params.get("q")
        if text is None:
            raise plain("MALFORMED_QUERY", "A query string has to be specified")
        everything = call.parts[0].lower() == "queryall"
        statement = Statement(self._org.records, parse(text), call.rights, call.version, everything=everything)
        rows = statement.rows()
        self._bounded(statement, rows)
        rows = rows[: self._org.quirks.queries_stop_after or None]
        if statement.count is not None:
            return self._count(statement, rows)
        return self._page(call, Cursor(statement, rows, self._size(call)), 0, None)

    def _bounded(self, statement: Statement, rows: list[Row]) -> None:
        most = self._org.quirks.largest_event_query
        if most and statement.sobject.name == "Event" and len(rows) > most:
            raise plain("OPERATION_TOO_LARGE", f"exceeded {most} distinct who/what's")

    def _size(self, call: Call) -> int:
        options = call.headers.get("sforce-query-options", "")
        _, found, number = options.replace(" ", "").partition("batchSize=")
        if found and number.isdigit():
            return min(max(int(number), LEAST_PAGE), MOST_PAGE)
        return max(self._org.options.page_size, 1)

    def _count(self, statement: Statement, rows: list[Row]) -> Answer:
        count = statement.count
        if count is None or count.path is None:
            return Answer(200, {"totalSize": len(rows), "done": True, "records": []})
        reach = statement.reach(count.path)
        counted = sum(reach(row) is not None for row in rows)
        record = {"attributes": {"type": "AggregateResult"}, count.alias or "expr0": counted}
        return Answer(200, {"totalSize": 1, "done": True, "records": [record]})

    def _more(self, call: Call, locator: str) -> Answer:
        name, _, at = locator.rpartition("-")
        cursor = self._cursors.get(name)
        if self._gone(cursor) or cursor is None or not at.isdigit():
            raise plain("INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(call, cursor, int(at), name)

    def _gone(self, cursor: Cursor | None) -> bool:
        return cursor is None or self._org.quirks.locators_expire or cursor.statement.records is not self._org.records

    def _page(self, call: Call, cursor: Cursor, at: int, name: str | None) -> Answer:
        end = at + cursor.size
        body: dict[str, Any] = {"totalSize": len(cursor.rows), "done": end >= len(cursor.rows)}
        if not body["done"]:
            name = name or self._keep(cursor)
            body["nextRecordsUrl"] = f"{call.prefix}/query/{name}-{end}"
        body["records"] = cursor.statement.write(cursor.rows[at:end])
        return Answer(200, body)

    def _keep(self, cursor: Cursor) -> str:
        self._made += 1
        short = f"01g{self._org.id[3:5]}{self._made:010}"
        name = short + checksum(short)
        self._cursors[name] = cursor
        while len(self._cursors) > MOST_CURSORS:
            del self._cursors[next(iter(self._cursors))]
        return name
