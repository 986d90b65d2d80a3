"""What people do themselves, in Outlook and in Salesforce, as against what an app does through the vendors' APIs."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import msgspec

from twincal.sandbox.exchange import Exchange
from twincal.sandbox.exchange.rendering import render
from twincal.sandbox.salesforce import Org
from twincal.sandbox.salesforce.moments import write_moment
from twincal.sandbox.switches import Refused
from twincal.sandbox.world import Employee


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


def _migrate(exchange: Exchange, order: Act) -> dict[str, Any]:
    exchange.migrate(order.who)
    return {"migrated": order.who}


def _restore(exchange: Exchange, order: Act) -> dict[str, Any]:
    deleted = exchange.mailbox(order.who).deleted
    named = [found for found, item in deleted.items() if order.subject and item.fields["subject"] == order.subject]
    found = order.id or (named[0] if len(named) == 1 else "")
    if not found:
        raise Refused(f"{order.who} has {len(named)} deleted items '{order.subject}'; name one by `id` or `subject`.")
    return exchange.restore(order.who, found)


_EXCHANGE: dict[str, Callable[[Any, Act], dict[str, Any]]] = {
    "book": _book,
    "change": _change,
    "remove": _remove,
    "accept": _respond,
    "decline": _respond,
    "tentativelyAccept": _respond,
    "move_to_archive": _archive,
    "migrate": _migrate,
    "restore": _restore,
}


def _user(org: Org, username: str) -> str:
    found = org.user_named(username)
    if found is None:
        raise Refused(f"No Salesforce user is called {username}; the usernames are in /control/people.")
    return str(found["Id"])


def _insert(org: Org, order: Act) -> dict[str, Any]:
    by = _user(org, order.who)
    fields = {"OwnerId": by, **order.fields} if order.object == "Event" else order.fields
    return org.get(order.object, org.insert(order.object, fields, by=by))


def _update(org: Org, order: Act) -> dict[str, Any]:
    org.update(order.object, order.id, order.fields, by=_user(org, order.who))
    return org.get(order.object, order.id)


def _delete(org: Org, order: Act) -> dict[str, Any]:
    org.delete(order.object, order.id, by=_user(org, order.who))
    return {"deleted": order.id}


def _undelete(org: Org, order: Act) -> dict[str, Any]:
    org.undelete(order.object, order.id, by=_user(org, order.who))
    return org.get(order.object, order.id)


def _hard_delete(org: Org, order: Act) -> dict[str, Any]:
    org.hard_delete(order.object, order.id)
    return {"erased": order.id}


def _plant(org: Org, order: Act) -> dict[str, Any]:
    by = _user(org, order.who)
    return org.get(order.object, org.plant(order.object, order.fields, by=by))


def _convert(org: Org, order: Act) -> dict[str, Any]:
    contact = org.convert_lead(order.id, contact_id=order.contact, by=_user(org, order.who))
    return org.get("Contact", contact)


def _merge(org: Org, order: Act) -> dict[str, Any]:
    org.merge_contacts(order.id, order.duplicates, by=_user(org, order.who))
    return org.get("Contact", order.id)


def _run_archive(org: Org, _: Act) -> dict[str, Any]:
    return {"archived": org.archive()}


def _empty_bin(org: Org, _: Act) -> dict[str, Any]:
    org.empty_recycle_bin()
    return {}


# The last four are the platform's own doing rather than a person's.
_SALESFORCE: dict[str, Callable[[Any, Act], dict[str, Any]]] = {
    "insert": _insert,
    "update": _update,
    "delete": _delete,
    "undelete": _undelete,
    "convert_lead": _convert,
    "merge_contacts": _merge,
    "hard_delete": _hard_delete,
    "empty_recycle_bin": _empty_bin,
    "archive": _run_archive,
    "plant": _plant,
}


def state_of(exchange: Exchange, org: Org, person: Employee, start: datetime, end: datetime) -> dict[str, Any]:
    """Both calendars of a person as they see them: instances as Graph's JSON, events with their relations as Salesforce's.

    Salesforce's events that touch the window come in the order of their start, with live ones only.
    """
    mailbox = exchange.mailbox(person.mailbox)
    first, last = write_moment(start), write_moment(end)
    rows = org.records.storage["Event"].where("OwnerId", person.salesforce_user_id)
    ids = [row["Id"] for row in rows if str(row["StartDateTime"]) < last and str(row["EndDateTime"]) >= first]
    events = [org.get("Event", found) | {"EventRelations": _relations(org, found)} for found in ids]
    return {
        "mailbox": person.mailbox,
        "now": exchange.now().isoformat(),
        "exchange": [render(ref) for ref in mailbox.view(start, end)],
        "salesforce": sorted(events, key=lambda event: (event["StartDateTime"], event["Id"])),
    }


def subjects_of(exchange: Exchange, org: Org, person: Employee) -> dict[str, list[dict[str, Any]]]:
    """Every item of a person in brief, those in the recycle bins too: cheap enough to be asked several times a second."""
    mailbox, rows = exchange.mailbox(person.mailbox), org.records.storage["Event"].rows.values()
    listed = [(item, False) for item in mailbox.listing()] + [(item, True) for item in mailbox.deleted.values()]
    return {
        "exchange": [{"id": item.id, "subject": item.fields["subject"], "deleted": gone} for item, gone in listed],
        "salesforce": [
            {"id": row["Id"], "subject": row["Subject"], "deleted": row["IsDeleted"]}
            for row in rows
            if row["OwnerId"] == person.salesforce_user_id
        ],
    }


def _relations(org: Org, event_id: str) -> list[dict[str, Any]]:
    return [org.get("EventRelation", row["Id"]) for row in org.relations.of(event_id)]
