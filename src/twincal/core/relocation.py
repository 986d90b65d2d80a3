"""Exchange items that stand there under another id: the mailbox was moved to another server, or exported and imported again
(immutable ids do not outlive that: Microsoft Graph, *Obtain immutable identifiers for Outlook resources*).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from twincal.core.item import Item
from twincal.core.trees import Link, Prints
from twincal.core.vocabulary import Field

TELLING = (Field.SUBJECT, Field.TIME, Field.PLACE)
"""Fields that every look shows."""
NEARLY = ((Field.SUBJECT, Field.TIME), (Field.TIME, Field.PLACE), (Field.SUBJECT, Field.PLACE))
"""What one edit leaves as it was, the most telling first."""
Fields = tuple[Field, ...]
Face = tuple[bytes | None, ...]


def relocated(
    links: Sequence[Link], vanished: frozenset[str], fresh: Iterable[Item], prints: Callable[[Item], Prints]
) -> list[Link]:
    """Links whose Exchange item vanished, tied to the one new item that says all that it said when both sides last agreed.
    Where that is true of half of them or more, the mailbox was moved: then what was edited meanwhile is known by the rest.

    Where several could be meant, none is tied: then a deletion is a deletion, and what is new is new.
    """
    lost = [link for link in links if link.exchange_id in vanished]
    new = list(fresh) if lost else []
    tied = _tied(lost, new, TELLING, prints)
    if tied and len(tied) * 2 >= len(lost):
        for fields in NEARLY:
            keys, taken = {link.key for link in tied}, {link.exchange_id for link in tied}
            left = [link for link in lost if link.key not in keys]
            tied += _tied(left, [item for item in new if item.id not in taken], fields, prints)
    return tied


def _tied(lost: Iterable[Link], new: Iterable[Item], fields: Fields, prints: Callable[[Item], Prints]) -> list[Link]:
    """The links that one new item alone says the same of in these fields."""
    before: dict[Face, list[Link]] = defaultdict(list)
    for link in lost:
        before[_face(link.exchange, fields)].append(link)
    after: dict[Face, list[Item]] = defaultdict(list)
    for item in new:
        after[_face(prints(item), fields)].append(item)
    return [
        replace(link, exchange_id=item.id, series=item.series, original_start=item.original_start)
        for face, (link, *more) in before.items()
        for item in after.get(face, ())[:1]
        if not more and len(after[face]) == 1 and None not in face
    ]


def _face(found: Prints, fields: Fields) -> Face:
    return tuple(found.get(field) for field in fields)
