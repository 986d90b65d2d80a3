"""The history and the explanations as people read them, on every surface."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from twincal.core.decision import Entry, ParticipantVerdict
from twincal.core.explain import Deciding, Explanation, Told, explained, remedy, why
from twincal.core.item import AllDay, Item, Moment
from twincal.core.policy import Policy
from twincal.core.trees import Link


def written(moment: Moment | None) -> str:
    """A moment in ISO 8601: an instant in UTC, or a date."""
    if moment is None:
        return ""
    if isinstance(moment, datetime):
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return moment.isoformat()


class MatchedShown(Struct, frozen=True):
    """A Salesforce record the event is related to: `type` is the object's name, such as Contact."""

    type: str
    id: str
    name: str


class Row(Struct, frozen=True, kw_only=True):
    """One row of the history (SPEC 10). Times are ISO 8601 in UTC, or dates; `item` names the item in every command."""

    item: str
    subject: str
    start: str
    end: str
    series: str
    origin: str
    tab: str
    code: str
    trail: tuple[str, ...]
    reason: str
    remedy: str
    verdict: str
    organizer: str
    participants: tuple[ParticipantVerdict, ...]
    matched: tuple[MatchedShown, ...]
    related_to: str
    exchange_id: str
    salesforce_id: str
    lost: dict[str, str]
    first_seen: str
    last_attempt: str
    attempts: int
    next_attempt: str
    retry_ends: str


class Listed(Struct, frozen=True, kw_only=True):
    """One page of rows: how many there are on all pages, and the key behind which the next page begins (empty: the last)."""

    rows: tuple[Row, ...]
    total: int
    following: str = ""


def row(entry: Entry) -> Row:
    """An entry of the history in words."""
    decision = entry.decision
    reason = decision.trail[-1]
    return Row(
        item=entry.key,
        subject=entry.subject,
        start=written(entry.start),
        end=written(entry.end),
        series=entry.series,
        origin=entry.origin.value,
        tab=decision.tab.value if decision.tab else "",
        code=decision.code,
        trail=tuple(step.code for step in decision.trail),
        reason=why(decision),
        remedy=remedy(reason),
        verdict=decision.verdict.value,
        organizer=entry.organizer,
        participants=entry.participants,
        matched=tuple(MatchedShown(one.kind.phrase, one.id, one.name) for one in entry.matched),
        related_to=entry.related_to,
        exchange_id=entry.exchange_id,
        salesforce_id=entry.salesforce_id,
        lost=dict(entry.lost),
        first_seen=written(entry.first_seen),
        last_attempt=written(entry.last_attempt),
        attempts=entry.attempts,
        next_attempt=written(entry.next_attempt),
        retry_ends=written(entry.retry_ends),
    )


class ItemShown(Struct, frozen=True, kw_only=True):
    """The item an explanation is about."""

    item: str
    subject: str = ""
    start: str = ""
    end: str = ""
    exchange_id: str = ""
    salesforce_id: str = ""


class Explained(Struct, frozen=True, kw_only=True):
    """The answer to *why?*: verdict, trail, the setting that decided, and what would change it."""

    verdict: str
    headline: str
    trail: tuple[Told, ...]
    deciding_setting: Deciding | None
    to_change: tuple[str, ...]
    item: ItemShown | None


def told(explanation: Explanation, item: ItemShown | None) -> Explained:
    """An explanation with the item it is about."""
    return Explained(
        verdict=explanation.verdict.value,
        headline=explanation.headline,
        trail=explanation.trail,
        deciding_setting=explanation.deciding_setting,
        to_change=explanation.to_change,
        item=item,
    )


def explained_entry(entry: Entry, policy: Policy) -> Explained:
    """The explanation of a row of the history."""
    shown = ItemShown(
        item=entry.key,
        subject=entry.subject,
        start=written(entry.start),
        end=written(entry.end),
        exchange_id=entry.exchange_id,
        salesforce_id=entry.salesforce_id,
    )
    return told(explained(entry.decision, policy), shown)


def shown_item(key: str, item: Item, link: Link | None) -> ItemShown:
    """An item that is not in the history; of a private one only its id is told."""
    if item.private:
        return ItemShown(item=key, **{f"{item.side.value}_id": item.id})
    start = item.times.first if isinstance(item.times, AllDay) else item.times.start
    end = item.times.last if isinstance(item.times, AllDay) else item.times.end
    ids = {f"{item.side.value}_id": item.id}
    if link:
        ids = {"exchange_id": link.exchange_id, "salesforce_id": link.salesforce_id}
    return ItemShown(item=key, subject=item.subject, start=written(start), end=written(end), **ids)


def by_start(entries: Iterable[Entry]) -> list[Entry]:
    """Entries in order of time, all-day ones first on their day."""
    return sorted(entries, key=lambda entry: (written(entry.start), entry.key))
