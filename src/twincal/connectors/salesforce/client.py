"""Speaking to one org: the session, queries with their pages, Composites, and the count of what it costs."""

import asyncio
import random
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Generic, TypeVar, get_args
from urllib.parse import quote_plus

import msgspec
from msgspec import Struct
from msgspec.json import Decoder

from twincal.connectors import decoding
from twincal.connectors.quiet import EVERYTHING, Quiet
from twincal.connectors.salesforce.faults import fault_of
from twincal.connectors.salesforce.signin import RefreshToken, Session, SignIn, sign_in
from twincal.connectors.salesforce.soql import LONGEST_URI
from twincal.connectors.salesforce.wire import COMPOSITE, Page
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side
from twincal.ports import Clock, Reply, Transport

T = TypeVar("T")

API_VERSION = "67.0"
"""Pinned: what an update of one occurrence does to its series depends on the version (Object Reference, Event)."""
QUERIES_A_COMPOSITE = 5
"""Of the 25 requests in a Composite, five may be queries."""
TRIES = 3
LONGEST_PAUSE = 60.0
"""Seconds waited inside a call; who is asked to wait longer comes back in a later cycle."""
FIRST_PAUSE = 0.5
"""Seconds before the first repetition, doubled by each; drawn between half and once and a half of it."""
PASSING = frozenset({FaultCode.UNAVAILABLE, FaultCode.NO_REPLY, FaultCode.THROTTLED})


class Query(Struct, Generic[T], frozen=True, kw_only=True):
    """A question in SOQL. `everything` asks for deleted and archived rows too; `optional` answers with no rows where the
    object as a whole is out of our sight (an org without Leads)."""

    soql: str
    pages: Decoder[Page[T]]
    everything: bool = False
    optional: bool = False


class Usage(Struct, frozen=True):
    """API calls of the org in the last 24 hours, ours and everybody's, and how many are allowed."""

    used: int
    allowed: int


class SalesforceClient:
    """One org through one account. Every method raises VendorFault. `requests` counts data calls, sign-ins apart;
    `skipped` counts rows nobody could make sense of."""

    def __init__(
        self,
        transport: Transport,
        way: SignIn | RefreshToken,
        clock: Clock,
        *,
        api_version: str = API_VERSION,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.clock = clock
        self.quiet = Quiet(Side.SALESFORCE, clock)
        self.api_version = api_version
        self.requests = 0
        self.skipped = 0
        self.sign_ins = 0
        self.api_usage: Usage | None = None
        self.server_time: datetime | None = None
        self._transport = transport
        self._way = way
        self._jitter = jitter
        self._session: Session | None = None
        self._signing = asyncio.Lock()

    async def session(self) -> Session:
        """The session, signed in where there is none."""
        async with self._signing:
            if self._session is None:
                self.sign_ins += 1
                self._session = await sign_in(self._transport, self._way, self.clock.now())
            return self._session

    async def send(self, method: str, path: str, body: object = None) -> Reply:
        """One data call, whatever it answers; a session that has ended is renewed once, for it carried nothing out.

        `path` starts at `/services/` or, without it, below the pinned version.
        """
        self.quiet.check(EVERYTHING)
        session = await self.session()
        reply = await self._sent(session, method, path, body)
        if reply.status >= 400:
            self.quiet.keep(EVERYTHING, fault_of(reply), LONGEST_PAUSE)
        if reply.status != 401:
            return reply
        if self._session is session:
            self._session = None
        return await self._sent(await self.session(), method, path, body)

    async def get(self, path: str) -> Reply:
        """A reading, repeated when the failure may pass."""
        return await self._patiently("GET", path, None)

    async def query(self, query: Query[T]) -> list[T]:
        """All rows of one question."""
        return await self._complete(query, await self._first_page(query))

    async def ask(self, queries: Sequence[Query[Any]]) -> list[list[Any]]:
        """All rows of up to five questions for the price of one call, and one more for each further page."""
        return [await self._complete(query, page) for query, page in zip(queries, await self._first_pages(queries), strict=True)]

    async def more(self, pages: Decoder[Page[T]], page: Page[T]) -> list[T]:
        """The rows of a page and of all that follow it. Raises CURSOR_EXPIRED when the place is no longer known."""
        rows = list(page.records)
        while not page.done and page.next_records_url:
            page = self._page(pages, (await self.get(page.next_records_url)).body)
            rows += page.records
        return rows

    async def pause(self, attempt: int, least: float | None = None) -> None:
        """Wait before a repetition: longer each time and never in step with others; at least `least` seconds."""
        await self.clock.sleep(max(least or 0.0, FIRST_PAUSE * 2.0**attempt * (0.5 + self._jitter())))

    @property
    def _base(self) -> str:
        return f"/services/data/v{self.api_version}"

    async def _first_page(self, query: Query[T]) -> Page[T]:
        """A long question travels in the body of a Composite, where no limit of addresses holds."""
        if len(self._query_path(query)) > LONGEST_URI:
            return (await self._first_pages([query]))[0]
        try:
            reply = await self.get(self._query_path(query))
        except VendorFault as fault:
            return _nothing(query, fault)
        return self._page(query.pages, reply.body)

    async def _first_pages(self, queries: Sequence[Query[Any]]) -> list[Page[Any]]:
        requests = [
            {"method": "GET", "url": f"{self._base}/{self._query_path(query)}", "referenceId": f"q{number}"}
            for number, query in enumerate(queries)
        ]
        reply = await self._patiently("POST", "composite", {"allOrNone": False, "compositeRequest": requests})
        parts = decoded(COMPOSITE, reply.body).composite_response
        if len(parts) != len(queries):
            raise VendorFault(Side.SALESFORCE, FaultCode.BAD_ANSWER, "composite")
        return [
            _nothing(query, fault_of(Reply(status=part.http_status_code, headers={}, body=bytes(part.body))))
            if part.http_status_code >= 400
            else self._page(query.pages, part.body)
            for query, part in zip(queries, parts, strict=True)
        ]

    def _page(self, pages: Decoder[Page[T]], body: bytes | msgspec.Raw) -> Page[T]:
        """A page with every row that is one. Raises VendorFault BAD_ANSWER for what is no page."""
        try:
            return decoding.understood(pages, body)
        except msgspec.ValidationError:
            page = decoded(_RAW, body)
            rows = decoding.whole_rows(_row_decoder(pages.type), page.records, self.leave_out)
            return Page(list(rows), page.done, page.next_records_url)
        except decoding.UNREADABLE as error:
            raise VendorFault(Side.SALESFORCE, FaultCode.BAD_ANSWER, "decoding") from error

    def leave_out(self, what: bytes, reason: str) -> None:
        """Count and log a row nobody can make sense of."""
        self.skipped += 1
        decoding.left_out(Side.SALESFORCE, what, reason)

    async def _complete(self, query: Query[T], page: Page[T]) -> list[T]:
        """The rows of all pages; when the place between two of them is lost, the question is asked anew."""
        for _ in range(TRIES):
            try:
                return await self.more(query.pages, page)
            except VendorFault as fault:
                if fault.code is not FaultCode.CURSOR_EXPIRED:
                    raise
            page = await self._first_page(query)
        raise VendorFault(Side.SALESFORCE, FaultCode.UNAVAILABLE, "INVALID_QUERY_LOCATOR")

    def _query_path(self, query: Query[Any]) -> str:
        return f"{'queryAll' if query.everything else 'query'}?q={quote_plus(query.soql)}"

    async def _patiently(self, method: str, path: str, body: object) -> Reply:
        """A call that changes nothing, repeated while its failure may pass."""
        for attempt in range(TRIES):
            try:
                reply = await self.send(method, path, body)
                if reply.status < 400:
                    return reply
                raise fault_of(reply)
            except VendorFault as fault:
                if fault.code not in PASSING or attempt == TRIES - 1 or (fault.retry_after or 0.0) > LONGEST_PAUSE:
                    raise
                await self.pause(attempt, fault.retry_after)
        raise AssertionError("the last attempt returns or raises")

    async def _sent(self, session: Session, method: str, path: str, body: object) -> Reply:
        url = session.instance_url + (path if path.startswith("/") else f"{self._base}/{path}")
        headers = {
            "authorization": f"Bearer {session.token}",
            "accept": "application/json",
            # Shows as the origin in change events, and is what the documents recommend against loops.
            "sforce-call-options": "client=Twincal",
        }
        content = b""
        if body is not None:
            headers["content-type"] = "application/json"
            content = msgspec.json.encode(body)
        self.requests += 1
        try:
            reply = await self._transport.send(method, url, headers=headers, body=content)
        except VendorFault as fault:
            raise VendorFault(Side.SALESFORCE, fault.code, fault.detail, fault.retry_after) from fault
        self._note(reply.headers)
        return reply

    def _note(self, headers: Mapping[str, str]) -> None:
        self.api_usage = _usage(headers.get("sforce-limit-info", "")) or self.api_usage
        self.server_time = _date(headers.get("date", "")) or self.server_time


def _nothing(query: Query[T], fault: VendorFault) -> Page[T]:
    """No rows, where an object may be out of sight. Raises the fault where not."""
    if query.optional and fault.detail.startswith("INVALID_TYPE"):
        return Page([])
    raise fault


def decoded(decoder: Decoder[T], body: bytes | msgspec.Raw) -> T:
    """The typed content of an answer. Raises VendorFault BAD_ANSWER."""
    return decoding.decoded(Side.SALESFORCE, decoder, body, "decoding")


_RAW: Decoder[Page[msgspec.Raw]] = Decoder(Page[msgspec.Raw])


@cache
def _row_decoder(page: Any) -> Decoder[Any]:
    """What decodes one row of such a page."""
    return Decoder(get_args(page)[0])


_USAGE = re.compile(r"(?:^|[^-\w])api-usage=(\d{1,12})/(\d{1,12})", re.ASCII)


def _usage(text: str) -> Usage | None:
    """`api-usage=18/100000; per-app-api-usage=...` (REST guide, Limit Info Header)."""
    found = _USAGE.search(text)
    return Usage(int(found[1]), int(found[2])) if found else None


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
