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
Face = tuple[bytes | None, ...]


def relocated(
    links: Sequence[Link], vanished: frozenset[str], fresh: Iterable[Item], prints: Callable[[Item], Prints]
) -> list[Link]:
    """Links whose Exchange item vanished, tied to the one new item that says all that it said when both sides last agreed.

    Where several could be meant, none is tied: then a deletion is a deletion, and what is new is new.
    """
    lost: dict[Face, list[Link]] = defaultdict(list)
    for link in links:
        if link.exchange_id in vanished:
            lost[_face(link.exchange)].append(link)
    new: dict[Face, list[Item]] = defaultdict(list)
    for item in fresh if lost else ():
        new[_face(prints(item))].append(item)
    return [
        replace(link, exchange_id=item.id, series=item.series, original_start=item.original_start)
        for face, (link, *more) in lost.items()
        for item in new.get(face, ())[:1]
        if not more and len(new[face]) == 1 and None not in face
    ]


def _face(found: Prints) -> Face:
    return tuple(found.get(field) for field in TELLING)
