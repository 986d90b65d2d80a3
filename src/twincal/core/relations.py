"""Which Whos an event should have: the people rules applied, and what Twincal may add or withdraw (SPEC 4)."""

from msgspec import Struct

from twincal.core.decision import Evidence, Matched, ParticipantVerdict, Reason
from twincal.core.facts import Case, Context
from twincal.core.item import Item
from twincal.core.matching import Candidates, Chosen
from twincal.core.rules.people import AMBIGUOUS, MOST_CONTACTS, PEOPLE, Count, Ties
from twincal.core.rules.table import Rule, YesNo
from twincal.core.trees import Matches, Record
from twincal.core.vocabulary import Field, Side


class Relations(Struct, frozen=True, kw_only=True):
    """`wanted` are the Whos the event should have in the end, `added` those that are there because of Twincal; `change`
    puts the difference to what stands there now into words, empty where there is none."""

    wanted: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    change: str = ""
    reasons: tuple[Reason, ...] = ()
    participants: tuple[ParticipantVerdict, ...] = ()
    matched: tuple[Matched, ...] = ()


def counted(records: tuple[Record, ...]) -> Count:
    """How many, as the people table counts."""
    if len(records) > MOST_CONTACTS:
        return Count.TOO_MANY
    return (Count.NONE, Count.ONE)[len(records)] if len(records) < 2 else Count.SEVERAL


def related(case: Case, candidates: Candidates, context: Context) -> Relations:
    """What the people rules want for this item, and what of it may be done without touching what a person set."""
    chosen = context.chosen(candidates)
    leads = counted(chosen.leads)
    facts = {
        "born": case.born,
        "kind": case.kind,
        "contacts": counted(chosen.contacts),
        "leads": Count.SEVERAL if leads is Count.TOO_MANY else leads,
        "shared": YesNo.of(context.shared_activities),
    }
    rule = PEOPLE.decide(facts)
    picked = picks(rule, chosen)
    reasons = [Reason(rule.code, _evidence(picked, chosen))]
    if chosen.ambiguous and rule.then is not Ties.KEEP:
        reasons.append(Reason(AMBIGUOUS.code, {"ambiguous": _ambiguous(chosen)}))
    standing = case.item_on(Side.SALESFORCE)
    desired = tuple(record.id for record in picked)
    if rule.then is Ties.KEEP:
        wanted, added = _kept(standing)
    else:
        wanted, added = merged_whos(desired, standing, case, Addresses.of(case, candidates, context), context)
    return Relations(
        wanted=wanted,
        added=added,
        change=_difference(standing, wanted, context.matches),
        reasons=tuple(reasons),
        participants=chosen.participants,
        matched=tuple(Matched(record.kind, record.id, record.name) for record in picked),
    )


def _kept(standing: Item | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (standing.whos if standing else ()), ()


def picks(rule: Rule, chosen: Chosen) -> tuple[Record, ...]:
    """The records a people rule takes."""
    return {
        Ties.KEEP: (),
        Ties.NOBODY: (),
        Ties.CONTACTS: chosen.contacts,
        Ties.FIRST_CONTACTS: chosen.contacts[:MOST_CONTACTS],
        Ties.FIRST_CONTACT: chosen.contacts[:1],
        Ties.FIRST_LEAD: chosen.leads[:1],
    }[rule.then]  # type: ignore[index]


class Addresses(Struct, frozen=True):
    """Whose addresses stand on the item: the ids of the records of each, and whether anybody came or left since the base."""

    records: tuple[frozenset[str], ...] = ()
    changed: bool = True

    @staticmethod
    def of(case: Case, found: Candidates, context: Context) -> "Addresses":
        """Ignored addresses count too: who is on the Ignore List has not left."""
        item = case.item_on(Side.EXCHANGE)
        if item is None or case.link is None:
            return Addresses()
        records = (context.matches.get(address, ()) for address in found.everybody)
        return Addresses(
            tuple(frozenset(record.converted_to or record.id for record in some) for some in records),
            context.prints(item)[Field.PEOPLE] != case.link.exchange.get(Field.PEOPLE),
        )

    def still(self, who: str) -> bool:
        """Is the attendee still there, as far as one can tell?"""
        return not self.changed or any(who in some for some in self.records)

    def shared(self, who: str, others: tuple[str, ...]) -> bool:
        """Does another of these records stand for the same attendee?"""
        return any(who in some and some.intersection(others) for some in self.records)


def merged_whos(
    desired: tuple[str, ...], standing: Item | None, case: Case, addresses: Addresses, context: Context
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Final Whos and those Twincal added, given what stands on the event.

    What a person set stays and outranks our choice: Contacts and Leads are not mixed with it. What Twincal offered before
    and a person took away is not offered again. What Twincal added itself is withdrawn when its attendee left, or when a
    Contact takes the place of a Lead; nothing else takes a relation away (SPEC 4).
    """
    link = case.link
    if standing is None:
        restored = tuple(link.whos) if link and link.whos else desired
        return restored, tuple(who for who in desired if who in restored)
    offered = set(link.added if link else ())
    foreign = tuple(who for who in standing.whos if who not in offered)
    contacts = any(not _is_lead(who) for who in desired)
    kept = tuple(
        who for who in standing.whos
        if who in offered and (who in desired or (addresses.still(who) and not (contacts and _is_lead(who))))
    )  # fmt: skip
    fresh = tuple(
        who for who in desired if who not in standing.whos and who not in offered and not addresses.shared(who, kept)
    )  # fmt: skip
    if (foreign or kept) and not _mixes(foreign + kept, fresh, context):
        fresh = ()
    room = MOST_CONTACTS if context.shared_activities else 1
    order = tuple(who for who in standing.whos if who in foreign or who in kept) + fresh
    wanted = order[: max(room, len(foreign) + len(kept))]
    refused = {who for who in offered if who in desired and who not in standing.whos}
    ours = dict.fromkeys((*(who for who in desired if who in wanted and who not in foreign), *kept))
    return wanted, tuple(ours) + tuple(sorted(refused))


def _is_lead(who: str) -> bool:
    return who.startswith("00Q")


def _mixes(standing: tuple[str, ...], fresh: tuple[str, ...], context: Context) -> bool:
    """May these Whos stand together? One Who at most without Shared Activities; never Contacts with a Lead, nor two Leads."""
    leads = [who for who in standing + fresh if _is_lead(who)]
    return context.shared_activities and (not leads or not fresh)


def _names(records: tuple[Record, ...]) -> str:
    return ", ".join(f"{record.kind.phrase} {record.name or record.id}" for record in records)


def _evidence(picked: tuple[Record, ...], chosen: Chosen) -> Evidence:
    left_out = tuple(r for r in (*chosen.contacts, *chosen.leads) if r not in picked)
    evidence: dict[str, str | int | tuple[str, ...]] = {}
    if picked:
        evidence["chosen"] = _names(picked)
    if left_out:
        evidence["left_out"] = _names(left_out)
    return evidence


def _ambiguous(chosen: Chosen) -> str:
    return "; ".join(f"{address}: {_names(records)}" for address, records in chosen.ambiguous.items())


def _difference(standing: Item | None, wanted: tuple[str, ...], matches: Matches) -> str:
    if standing is None or set(wanted) == set(standing.whos):
        return ""
    known = {record.id: record for records in matches.values() for record in records}

    def name(who: str) -> str:
        return known[who].name or who if who in known else who

    gained = [f"{name(who)} is added" for who in wanted if who not in standing.whos]
    lost = [f"{name(who)} is withdrawn" for who in standing.whos if who not in wanted]
    return ", ".join(gained + lost)
