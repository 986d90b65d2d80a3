"""What people do themselves, in Outlook and in Salesforce, as against what an app does through the vendors' APIs."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import msgspec

from twincal.sandbox.exchange import Exchange
from twincal.sandbox.salesforce import Org
from twincal.sandbox.switches import Refused


class Act(msgspec.Struct, forbid_unknown_fields=True):
    """One act of one person: `who` is a mailbox's address in Exchange, a username in Salesforce.

    In Exchange an item is named by `id`, or by its `subject`, and an instance of a series by the `day` (in UTC) on which
    it starts; `event` is Graph's JSON. In Salesforce a record is named by `object` and `id`; `fields` as in its API.
    """

    system: Literal["exchange", "salesforce"]
    who: str
    action: str
    id: str = ""
    subject: str = ""
    day: date | None = None
    event: dict[str, Any] = {}
    send: bool = True
    object: str = "Event"
    fields: dict[str, Any] = {}
    contact: str | None = None
    duplicates: list[str] = []


def act(exchange: Exchange, org: Org, order: Act) -> dict[str, Any]:
    """Does it; answers what came of it as JSON. Raises Refused, GraphError or SalesforceError as the person would be told."""
    acts = _EXCHANGE if order.system == "exchange" else _SALESFORCE
    if order.action not in acts:
        raise Refused(f"Nobody can '{order.action}' in {order.system}. There is: {', '.join(acts)}.")
    return acts[order.action](exchange if order.system == "exchange" else org, order)


def _item(exchange: Exchange, order: Act) -> str:
    """The id of the item an order names. Raises Refused when it names none, or more than one."""
    mailbox = exchange.mailbox(order.who)
    if order.id:
        return order.id
    found = [item for item in mailbox.listing() if order.subject and item.fields["subject"] == order.subject]
    if order.day is None:
        ids = [item.id for item in found]
    else:
        start = datetime.combine(order.day, datetime.min.time(), UTC)
        ids = [
            event["id"] for item in found for event in exchange.occurrences(order.who, item.id, start, start + timedelta(days=1))
        ]
    if len(ids) != 1:
        day = f" on {order.day}" if order.day else ""
        raise Refused(f"{order.who} has {len(ids)} items '{order.subject}'{day}; name one by `id`, `subject` or `day`.")
    return ids[0]


def _book(exchange: Exchange, order: Act) -> dict[str, Any]:
    return exchange.book(order.who, order.event)


def _change(exchange: Exchange, order: Act) -> dict[str, Any]:
    return exchange.change(order.who, _item(exchange, order), order.event)


def _remove(exchange: Exchange, order: Act) -> dict[str, Any]:
    found = _item(exchange, order)
    exchange.remove(order.who, found)
    return {"removed": found}


def _respond(exchange: Exchange, order: Act) -> dict[str, Any]:
    found = _item(exchange, order)
    exchange.respond(order.who, found, order.action, send=order.send)
    return {"answered": found}


def _archive(exchange: Exchange, order: Act) -> dict[str, Any]:
    found = _item(exchange, order)
    exchange.move_to_archive(order.who, found)
    return {"archived": found}


_EXCHANGE: dict[str, Callable[[Any, Act], dict[str, Any]]] = {
    "book": _book,
    "change": _change,
    "remove": _remove,
    "accept": _respond,
    "decline": _respond,
    "tentativelyAccept": _respond,
    "move_to_archive": _archive,
}
_SALESFORCE: dict[str, Callable[[Any, Act], dict[str, Any]]] = {}
