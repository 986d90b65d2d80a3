"""calendarView/delta on the wire: tokens, links, pages, expiry."""

import base64
import binascii
from typing import Any

import msgspec

from twincal.sandbox.exchange.company import Exchange
from twincal.sandbox.exchange.errors import GraphError
from twincal.sandbox.exchange.mailbox import Mailbox, window_of
from twincal.sandbox.exchange.moments import instant, stamp
from twincal.sandbox.exchange.pages import Row
from twincal.sandbox.exchange.rendering import View, bare, encoded, removed
from twincal.sandbox.exchange.rounds import LARGEST_PAGE, begin
from twincal.sandbox.graph.calls import Call, Reply
from twincal.sandbox.graph.lists import collection

_REFUSED = ["$orderby", "$filter", "$select", "$expand", "$search"]


def window(call: Call) -> tuple[Any, Any]:
    """The window of a request, in UTC. Raises GraphError 400."""
    start, end = call.query.get("startDateTime"), call.query.get("endDateTime")
    if not start or not end:
        raise GraphError(
            400, "ErrorInvalidParameter", "This request requires a time window specified by the query string "
            "parameters StartDateTime and EndDateTime.",
        )  # fmt: skip
    found = instant(start), instant(end)
    window_of(*found)
    return found


class DeltaFeed:
    """Answers calendarView/delta for a company."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def answer(self, call: Call, mailbox: Mailbox, folder: str) -> Reply:
        """One page. Raises GraphError 400 for options it does not take, 410 for a token that is no longer known."""
        asked = [name for name in _REFUSED if call.query.get(name) is not None]
        if asked:
            raise GraphError(
                400, "ErrorInvalidUrlQuery", "The following parameters are not supported with change tracking over the "
                f"'CalendarView' resource: '{', '.join(asked)}'.",
            )  # fmt: skip
        skip, delta = call.query.get("$skiptoken"), call.query.get("$deltatoken")
        if skip is not None:
            token = self._read(call, skip, mailbox)
            return self._page(call, mailbox, folder, int(token["round"]), int(token["page"]), int(token.get("turn", 0)))
        if delta is not None:
            token = self._read(call, delta, mailbox)
            span, since = (instant(token["start"]), instant(token["end"])), int(token["since"])
        else:
            span, since = window(call), None
        quirks = self._exchange.quirks
        size = quirks.delta_page_size
        if quirks.delta_honours_maxpagesize:
            size = call.prefer.page_size(size, LARGEST_PAGE)
        number = begin(mailbox, quirks, window=span, folder=folder, since=since, now=self._exchange.version, size=size)
        return self._page(call, mailbox, folder, number, 0, 0)

    def _page(self, call: Call, mailbox: Mailbox, folder: str, number: int, index: int, turn: int) -> Reply:
        current = mailbox.rounds.get(number)
        if current is None or index >= len(current.pages) or current.folder != folder:
            raise self._expired(call)
        view = call.prefer.view()
        rows = [_encoded(row, view, mailbox) for row in current.pages[index]]
        last = index + 1 == len(current.pages)
        if self._exchange.quirks.delta_endless:
            link = self._link(call, mailbox, "skip", {"round": number, "page": index, "turn": turn + 1})
        elif not last:
            link = self._link(call, mailbox, "skip", {"round": number, "page": index + 1})
        else:
            since = {"since": current.upper, "start": stamp(current.start), "end": stamp(current.end)}
            link = self._link(call, mailbox, "delta", since)
        applied = call.prefer.applied().get("Preference-Applied")
        tracked = "odata.track-changes" + (f", {applied}" if applied else "")
        context = f"{call.base}/v1.0/$metadata#Collection(event)"
        return Reply(200, collection(rows, context, link), {"Preference-Applied": tracked})

    def _link(self, call: Call, mailbox: Mailbox, kind: str, token: dict[str, Any]) -> tuple[str, str]:
        content = {"of": mailbox.id, "generation": self._generation(), **token}
        text = base64.urlsafe_b64encode(msgspec.json.encode(content)).decode().rstrip("=")
        name = "@odata.nextLink" if kind == "skip" else "@odata.deltaLink"
        return name, call.link(f"${kind}token={text}")

    def _read(self, call: Call, text: str, mailbox: Mailbox) -> dict[str, Any]:
        try:
            token: dict[str, Any] = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=dict)
        except (msgspec.DecodeError, msgspec.ValidationError, binascii.Error, ValueError):
            raise GraphError(400, "InvalidDeltaToken", "The delta token is badly formed.") from None
        if token.get("of") != mailbox.id or token.get("generation") != self._generation():
            raise self._expired(call)
        if int(token.get("since", 0)) > self._exchange.version:
            raise self._expired(call)
        return token

    def _generation(self) -> list[int]:
        return [self._exchange.resets, self._exchange.quirks.sync_generation]

    def _expired(self, call: Call) -> GraphError:
        quirks = self._exchange.quirks
        headers = {"Location": f"{call.base}{call.path}"} if quirks.expired_location else {}
        return GraphError(
            quirks.expired_status, quirks.expired_code,
            f"The sync state generation is not found; generation={quirks.sync_generation};", headers=headers,
        )  # fmt: skip


def _encoded(row: Row, view: View, mailbox: Mailbox) -> bytes:
    """The JSON of a row as things stand now; what was deleted since the round began is a tombstone."""
    if row.ref is None or row.ref.item.immutable_id not in mailbox.items:
        ids = row.removed or (row.ref.item.immutable_id, row.ref.item.id) if row.ref else row.removed or ("", "")
        return msgspec.json.encode(removed(ids[0] if view.immutable else ids[1]))
    if row.bare:
        return encoded(row.ref, view, bare)
    return b'{"@odata.type":"#microsoft.graph.event",' + encoded(row.ref, view)[1:]
