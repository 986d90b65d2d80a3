"""docs/glossary.md: every word as Twincal uses it: the things, the facts rules look at, and the finite words of each."""

import inspect
from collections.abc import Iterator

from tools.pages.markdown import doc, page, table
from twincal.core import decision, facts, vocabulary
from twincal.core.explain import TABLES
from twincal.core.fields import FIELDS
from twincal.core.rules.table import YesNo
from twincal.core.vocabulary import Side, Word

THINGS = {
    "item": "One calendar item: one instance, never a series. Either a meeting or an appointment.",
    "meeting": "An item that has invitees. A relation to a record alone makes no meeting.",
    "appointment": "An item without invitees.",
    "side": "Exchange or Salesforce.",
    "tree": "All items of one side inside the window, as last observed.",
    "window": "The stretch of days that is synced, from some days back to some days ahead.",
    "base": "What both sides agreed on at the last sync, each side in its own form, kept as keyed digests.",
    "link": "The pair of ids that says: these two items are one.",
    "mark": "What Twincal writes into an item to recognise it: the key of its link and the link's generation.",
    "stamp": "What Twincal writes into an item to recognise its own write: the intent, and keyed digests of what it wrote.",
    "mode": "Off, Sync All, Match or Designate: decides what is created.",
    "candidate": "An address of the item that may be matched, in To/From order.",
    "match": "A Contact or Lead whose e-mail address equals a candidate.",
    "fact": "A finite word about an item. Rules look at facts and at nothing else.",
    "rule": "A row of a table: code, when, then, because, remedy, example.",
    "decision": "A verdict, with the trail of rule codes and the evidence that led to it.",
    "trail": "The codes of the rules that decided, in order. The last one decided.",
    "plan": "The complete, ordered list of steps of one cycle, with a decision in each: shown, stored and executed as it is.",
    "guard": "A rule that judges a plan as a whole.",
    "cycle": "Look, decide, check, do, remember: once, for one person.",
    "hold": "A decision that waits for a person.",
    "freeze": "A link that is left as it is on both sides until its item comes back into scope.",
    "intent": "A write that is about to be sent, committed to the ledger before it is.",
    "receipt": "What is known after a write was sent: done, not applied, or not known.",
    "ledger": "The memory: what was seen, linked, decided and written.",
    "subscription, profile, user": "The levels of the settings below the organization.",
    "Ignore List": "Addresses and domains that are no candidates. It takes away matches; it keeps no item out by itself.",
    "Global Exclusion List": "Addresses and domains of administrators; an item that carries one is excluded in every mode.",
}
# Facts that are asked of the case as a whole; those with a function in core/facts.py are defined by its docstring.
MEANINGS = {
    "born": "The side on which the item was made.",
    "cancelled": "Was the meeting cancelled by its organizer?",
    "choice": "Has somebody chosen a side for this held item?",
    "clash": "Did both sides change the same field, each to something else?",
    "contacts": "How many Contacts match.",
    "exchange": "What happened to the item in Exchange since both sides last agreed.",
    "forbidden": "Does the Global Exclusion List name anybody on the item?",
    "ignored": "Did the person choose *Ignore this item*?",
    "kind": "Meeting or appointment, as on the side where it was born.",
    "leads": "How many Leads match.",
    "linked": "Is the item one of a linked pair?",
    "mode": "The person's effective mode.",
    "no_sync": "Does the item carry the category that excludes it?",
    "notice": "The person's effective setting `notify_attendees`.",
    "operation": "What the write would do.",
    "own_ignored": "Is the person's own address or domain on the Ignore List?",
    "prevented": "Does a setting prevent this operation on this side?",
    "relations": "Do the people rules ask for other relations than those that stand in Salesforce?",
    "salesforce": "What happened to the item in Salesforce since both sides last agreed.",
    "shared": "Does the org relate several Contacts to one event (Shared Activities)?",
    "side": "The side that would be written.",
    "twin": "Does an unlinked item on the other side have the same subject, start and end?",
    "winner": "Who wins a clash, by the setting `conflict`.",
}


def draw() -> str:
    """The whole page."""
    return page(
        "Glossary",
        "One word for one thing, here, on screen and in the code.",
        "## Things",
        table(["word", "is"], ([f"**{word}**", meaning] for word, meaning in THINGS.items())),
        "## Fields",
        table(["field", "edits travel from", "note"], _fields()),
        "## Facts",
        "What the rules of [decisions](decisions.md) may look at.",
        *_facts(),
        "## Verdicts and other words",
        "The value stands in JSON and never changes; the phrase is what people read.",
        *_vocabulary(),
    )


def meaning(fact: str) -> str:
    """What a fact says. Raises LookupError for a fact nobody has defined."""
    function = getattr(facts, fact, None)
    if inspect.isfunction(function):
        return doc(function)
    return MEANINGS[fact]


def _fields() -> Iterator[list[str]]:
    for row in FIELDS:
        sides = [side.phrase for side in Side if side in row.flows_from]
        yield [row.field.phrase, " and ".join(sides) or "neither side", row.note]


def _facts() -> Iterator[str]:
    for each in TABLES:
        rows = [[f"*{fact.replace('_', ' ')}*", meaning(fact), _choices(kind)] for fact, kind in each.facts.items()]
        yield f"### Facts of: {each.title}\n\n" + table(["fact", "says", "words"], rows)


def _choices(kind: type[Word]) -> str:
    return "yes, no" if kind is YesNo else "; ".join(word.phrase for word in kind)


def _vocabulary() -> Iterator[str]:
    kinds: list[type[Word]] = [decision.Verdict, *_words_of_vocabulary()]
    for kind in kinds:
        rows = ([f"`{word.value}`", word.phrase] for word in kind)
        yield f"### {kind.__name__}\n\n{doc(kind)}\n\n" + table(["value", "phrase"], rows)


def _words_of_vocabulary() -> list[type[Word]]:
    """The enums of core/vocabulary.py, in the order in which they stand there."""
    found = [thing for thing in vars(vocabulary).values() if inspect.isclass(thing) and issubclass(thing, Word)]
    return [kind for kind in found if kind is not Word and kind.__module__ == vocabulary.__name__]
