"""The Exchange side as a calendar: one mailbox at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from twincal.connectors.graph import reading, writing
from twincal.connectors.graph.client import GraphClient
from twincal.connectors.graph.look import look
from twincal.core.item import Item
from twincal.core.trees import Window
from twincal.core.vocabulary import Side
from twincal.core.writes import Absent, Receipt, Write
from twincal.ports import Sight

PAGE_SIZE = 1000
"""Events a page is asked for; real pages may be smaller."""


class GraphCalendar:
    """The `Calendar` port on Microsoft Graph. Owners are mailbox addresses, one in each look."""

    side = Side.EXCHANGE
    shared = False

    def __init__(self, client: GraphClient, *, page_size: int = PAGE_SIZE) -> None:
        self._client = client
        self._page_size = page_size

    async def look(self, owners: Sequence[str], cursor: str | None, window: Window) -> Sight:
        """What is new in one mailbox. Raises VendorFault."""
        (mailbox,) = owners
        return await look(self._client, mailbox, cursor, window, self._page_size)

    async def read(self, owner: str, ids: Sequence[str]) -> Mapping[str, Item | Absent]:
        """Each id as it is now. Raises VendorFault."""
        return await reading.read(self._client, owner, ids)

    async def find(self, owner: str, marks: Sequence[str]) -> Mapping[str, tuple[Item | Absent, ...]]:
        """Items that carry our marks. Raises VendorFault."""
        return await reading.find(self._client, owner, marks)

    async def find_alike(self, owner: str, write: Write, since: datetime) -> tuple[Item, ...]:
        """Items like a write that were created since. Raises VendorFault."""
        return await reading.find_alike(self._client, owner, write, since)

    async def write(self, owner: str, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Send the writes; one receipt each, in order."""
        return await writing.write(self._client, owner, writes)
