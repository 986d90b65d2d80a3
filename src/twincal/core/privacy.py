"""Private items: what may be seen of them at all. Applied to every item before anything else looks at it or stores it."""

from datetime import UTC, datetime

from msgspec.structs import replace

from twincal.core.item import Body, Item, Timed
from twincal.core.policy import PrivateItems

NO_TIME = Timed(datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC))
MASK = "Private"


def shielded(item: Item, allowed: PrivateItems) -> Item:
    """The item as Twincal may know it (SPEC 3.3).

    A private item keeps its id and nothing else, unless the organization lets private items sync: then it is shown as
    `Private` at its time, or in full.
    """
    if not item.private or allowed is PrivateItems.FULL:
        return replace(item, private=False) if item.private else item
    if allowed is PrivateItems.MASKED:
        return replace(
            item,
            subject=MASK,
            place="",
            body=Body(),
            people=(),
            unnamed=item.invited_others,
            organizer=None,
            categories=(),
            online_meeting=False,
            private=False,
            masked=True,
        )
    return Item(side=item.side, id=item.id, times=NO_TIME, private=True, version=item.version, mark=item.mark)
