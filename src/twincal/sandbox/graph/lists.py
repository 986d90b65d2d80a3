"""Lists of events: paging, `$select`, `$expand`, and the JSON around the rows."""

import re
from typing import Any

import msgspec

from twincal.sandbox.exchange.errors import GraphError
from twincal.sandbox.exchange.item import Ref
from twincal.sandbox.exchange.rendering import View, encoded, id_of, properties_of, render
from twincal.sandbox.graph.calls import Call, Reply
from twincal.sandbox.graph.filters import ordered, predicate

LARGEST_PAGE = 1000
_EXPANDED = re.compile(r"singleValueExtendedProperties(?:\(\s*\$filter=(.*)\))?\s*(?:,|$)", re.IGNORECASE | re.DOTALL)
_NAMED = re.compile(r"id\s+eq\s+'((?:[^']|'')*)'", re.IGNORECASE)


class Shape:
    """What of each event a request wants: `$select` and `$expand` together with the view."""

    def __init__(self, call: Call) -> None:
        self.view: View = call.prefer.view()
        chosen = call.query.get("$select")
        self.chosen = {name.strip().casefold() for name in chosen.split(",")} if chosen else None
        expand = call.query.get("$expand") or ""
        found = _EXPANDED.search(expand)
        self.properties = found is not None
        named = [name.replace("''", "'") for name in _NAMED.findall(found.group(1))] if found and found.group(1) else None
        self.named: list[str] | None = named
        self.exceptions = "exceptionoccurrences" in expand.casefold()

    def of(self, ref: Ref) -> bytes:
        """The JSON of one event."""
        if self.chosen is None and not self.properties and not self.exceptions:
            return encoded(ref, self.view)
        return msgspec.json.encode(self.shown(ref))

    def shown(self, ref: Ref) -> dict[str, Any]:
        """One event as a dictionary."""
        event = render(ref, self.view)
        if self.chosen is not None:
            event = {name: value for name, value in event.items() if name[0] == "@" or name.casefold() in self.chosen | {"id"}}
            if "cancelledoccurrences" in self.chosen and ref.slot is None and ref.item.series:
                event["cancelledOccurrences"] = self._cancelled(ref)
        if self.properties:
            found = properties_of(ref, self.named)
            if found:
                event["singleValueExtendedProperties"] = found
        if self.exceptions and ref.slot is None and ref.item.series:
            event["exceptionOccurrences"] = [render(Ref(ref.item, slot), self.view) for slot in ref.item.series.departures]
        return event

    def _cancelled(self, ref: Ref) -> list[str]:
        series, master = ref.item.series, id_of(ref, self.view)
        slots = sorted(series.deleted) if series else []
        return [f"OID.{master}.{slot[:4]}-{slot[4:6]}-{slot[6:8]}" for slot in slots]


def collection(rows: list[bytes], context: str, link: tuple[str, str] | None = None, count: int | None = None) -> bytes:
    """A page of rows with its context and its next or delta link."""
    counted = b"" if count is None else b'"@odata.count":%d,' % count
    linked = b"" if link is None else b',"%s":%s' % (link[0].encode(), msgspec.json.encode(link[1]))
    return b'{"@odata.context":%s,%s"value":[%s]%s}' % (msgspec.json.encode(context), counted, b",".join(rows), linked)


def page(call: Call, refs: list[Ref], context: str, default: int) -> Reply:
    """The page of a list that a request asks for, filtered, ordered, cut, with a link to the next."""
    shape = Shape(call)
    condition, order = call.query.get("$filter"), call.query.get("$orderby")
    if condition:
        wanted = predicate(condition)
        refs = [ref for ref in refs if wanted(ref)]
    if order:
        refs = ordered(refs, order)
    skip = call.query.number("$skip", 0)
    size = call.query.number("$top", call.prefer.page_size(default, LARGEST_PAGE))
    if not 1 <= size <= LARGEST_PAGE:
        raise GraphError(400, "BadRequest", f"Invalid page size specified: '{size}'. Must be between 1 and 1000 inclusive.")
    following = None
    if skip + size < len(refs):
        following = ("@odata.nextLink", call.link(call.query.with_option("$skip", str(skip + size))))
    count = len(refs) if (call.query.get("$count") or "").casefold() == "true" else None
    rows = [shape.of(ref) for ref in refs[skip : skip + size]]
    return Reply(200, collection(rows, context, following, count), call.prefer.applied())
