"""Pages of rows: fetched by their links, one odd row never taking the others with it, and never without end."""

from collections.abc import AsyncIterator, Iterable
from hashlib import blake2b

import msgspec

from twincal.connectors.decoding import UNREADABLE, left_out, understood, whole_rows
from twincal.connectors.graph.client import PREFER, GraphClient
from twincal.connectors.graph.codec import item_of
from twincal.connectors.graph.wire import PAGE, RAW_PAGE, ROW, EventRow, Page
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.item import Item
from twincal.core.vocabulary import Side

MOST_PAGES = 2_000
MOST_EMPTY = 100
"""Empty pages in a row: some are lawful (Graph, delta query), a hundred are none."""


class Misbehaved(Exception):
    """Pages without end: the same one again and again, or more than any calendar has."""


async def pages(client: GraphClient, path: str, page_size: int) -> AsyncIterator[Page]:
    """Page after page, until one has no next link. Raises Misbehaved, VendorFault."""
    seen: set[bytes] = set()
    empty = 0
    link = path
    for _ in range(MOST_PAGES):
        reply = await client.send("GET", link, headers={"Prefer": f"{PREFER}, odata.maxpagesize={page_size}"})
        page = page_of(client, reply.body)
        yield page
        if not page.next:
            return
        link = page.next
        digest = blake2b("\n".join(f"{row.id} {row.etag}" for row in page.value).encode(), digest_size=8).digest()
        empty = 0 if page.value else empty + 1
        if (page.value and digest in seen) or empty > MOST_EMPTY:
            raise Misbehaved
        seen.add(digest)
    raise Misbehaved


def page_of(client: GraphClient, body: bytes) -> Page:
    """A page with every row that is one. Raises VendorFault BAD_ANSWER for what is no page."""
    try:
        return understood(PAGE, body)
    except msgspec.ValidationError:
        return _row_by_row(client, body)
    except UNREADABLE as error:
        raise VendorFault(Side.EXCHANGE, FaultCode.BAD_ANSWER, "page") from error


def _row_by_row(client: GraphClient, body: bytes) -> Page:
    try:
        page = understood(RAW_PAGE, body)
    except UNREADABLE as error:
        raise VendorFault(Side.EXCHANGE, FaultCode.BAD_ANSWER, "page") from error
    rows = whole_rows(ROW, page.value, lambda what, reason: skipped(client, what, reason))
    return Page(list(rows), page.next, page.delta)


def items(client: GraphClient, rows: Iterable[EventRow]) -> Iterable[Item]:
    """The items of whole rows; a row without usable times is skipped."""
    for row in rows:
        try:
            yield item_of(row)
        except (ValueError, OverflowError):
            skipped(client, row.id.encode(), "no usable times")


def skipped(client: GraphClient, what: bytes, reason: str) -> None:
    """Count and log a row nobody can make sense of; the digest tells one from another and nothing else."""
    client.skipped += 1
    left_out(Side.EXCHANGE, what, reason)
