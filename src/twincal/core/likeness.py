"""How alike two items of different calendars are, told in points: what a first sync goes by where both calendars already hold
the same meetings, left by another product or made by hand.

The points are few and small, so that anybody can add them up:

| what both have | points |
|---|---|
| a hidden id: what a former product left in Salesforce names the Exchange item | 6 |
| the same start and end | 4 |
| the same start | 2 |
| starts no more than three hours apart | 1 |
| the same subject | 4 |
| the same words in the subject (case, accents, punctuation and `RE:` aside) | 2 |
| half of the words, or more | 1 |
| no word in common | -1 |
| somebody besides the owner | 1 |
| people, and nobody in common | -2 |

People count only where the rest leaves a doubt: the same subject, start and end are enough (SPEC 6).
"""

import re
import unicodedata
from collections.abc import Collection
from datetime import timedelta
from functools import lru_cache
from hashlib import blake2b

from msgspec import Struct

from twincal.core.fields import SUBJECT_LIMIT, fitted, shown_length, whole_seconds
from twincal.core.item import Item
from twincal.core.vocabulary import Role, Word

HIGH = 7
"""From so many points on two items are the same."""
MEDIUM = 4
"""From so many points on they may be, and a person says."""
CLOSE = timedelta(hours=3)
"""How far apart starts may lie: a meeting that was moved a little, or copied with the wrong time zone."""
HALF = 0.5
PREFIX = re.compile(r"^(?:(?:re|fw|fwd|aw|wg|tr|canceled|cancelled|updated|invitation)\s*:\s*)+", re.IGNORECASE)


class Confidence(Word):
    """How sure it is that two items are the same."""

    HIGH = "high", "they are the same"
    MEDIUM = "medium", "they may be the same"
    LOW = "low", "they are not the same"


class Likeness(Struct, frozen=True):
    """The points of two items, and in words what they have in common. `named`: one bears an id of the other."""

    points: int
    facts: tuple[str, ...]
    named: bool = False

    @property
    def confidence(self) -> Confidence:
        """What the points amount to."""
        return Confidence.HIGH if self.points >= HIGH else Confidence.MEDIUM if self.points >= MEDIUM else Confidence.LOW


def former_id(text: str) -> str:
    """A short digest of an id that another product may have left behind: 16 hex digits; case and padding aside."""
    return blake2b(text.strip().rstrip("=").casefold().encode(), digest_size=8).hexdigest()


def hidden_ids(item: Item) -> frozenset[str]:
    """Every id by which another product may have known an item."""
    return frozenset((*item.former, former_id(item.id)))


@lru_cache(maxsize=8192)
def words_of(subject: str) -> frozenset[str]:
    """The words of a subject: case, accents, punctuation and what mail programs put before it aside."""
    plain = unicodedata.normalize("NFKD", PREFIX.sub("", subject.strip()))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return frozenset(re.findall(r"\w+", bare.casefold()))


def compared(exchange: Item, salesforce: Item, own: Collection[str] = ()) -> Likeness:
    """How alike an Exchange item and a Salesforce event are; `own` are the addresses of the person, which tell nothing."""
    times, subject = _times(exchange, salesforce), _subject(exchange, salesforce)
    named = bool(hidden_ids(exchange) & hidden_ids(salesforce))
    enough = times[0] == subject[0] == 4
    people = (0, "") if enough else _people(exchange, salesforce, own)
    parts = ((6, "the id that a former product left") if named else (0, ""), times, subject, people)
    return Likeness(sum(points for points, _ in parts), tuple(fact for _, fact in parts if fact), named)


def _times(exchange: Item, salesforce: Item) -> tuple[int, str]:
    here, there = whole_seconds(exchange.times), whole_seconds(salesforce.times)
    apart = abs(here.span[0] - there.span[0])
    if here == there:
        return 4, "the same start and end"
    if not apart and type(here) is type(there):
        return 2, "the same start"
    return (1, f"starts {shown_length(apart)} apart" if apart else "the same day") if apart <= CLOSE else (0, "")


def _subject(exchange: Item, salesforce: Item) -> tuple[int, str]:
    here, there = fitted(exchange.subject, SUBJECT_LIMIT), fitted(salesforce.subject, SUBJECT_LIMIT)
    if here == there:
        return 4, "the same subject"
    mine, theirs = words_of(here), words_of(there)
    if mine and mine == theirs:
        return 2, "the same words in the subject"
    common = len(mine & theirs)
    if common and common / len(mine | theirs) >= HALF:
        return 1, "a similar subject"
    return (0, "") if common else (-1, "different subjects")


def _people(exchange: Item, salesforce: Item, own: Collection[str]) -> tuple[int, str]:
    here, there = _others(exchange, own), _others(salesforce, own)
    if not here or not there:
        return 0, ""
    return (1, "the same people") if here & there else (-2, "different people")


def _others(item: Item, own: Collection[str]) -> frozenset[str]:
    everybody = (*item.people, *((item.organizer,) if item.organizer else ()))
    return frozenset(p.address for p in everybody if p.address and p.role is not Role.RESOURCE) - frozenset(own)
