"""The Salesforce side as a calendar: all owners in one look, all writes of one owner together."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from twincal.connectors.salesforce.client import SalesforceClient
from twincal.connectors.salesforce.cursor import OVERLAP
from twincal.connectors.salesforce.directory import SalesforceDirectory
from twincal.connectors.salesforce.org import Org
from twincal.connectors.salesforce.poll import poll
from twincal.connectors.salesforce.reading import find, find_alike, read
from twincal.connectors.salesforce.scan import scan
from twincal.connectors.salesforce.writing import write as write_all
from twincal.core.item import Item
from twincal.core.trees import Window
from twincal.core.vocabulary import Side
from twincal.core.writes import Absent, Receipt, Write
from twincal.ports import Capabilities, Sight


class SalesforceCalendar:
    """The events of an org, seen through one account with the given capabilities; it describes nothing by itself.

    `directory` must be the one the engine asks: what a poll shows as changed is forgotten there.
    """

    side = Side.SALESFORCE
    shared = True

    def __init__(
        self,
        client: SalesforceClient,
        capabilities: Capabilities,
        directory: SalesforceDirectory,
        *,
        overlap: timedelta = OVERLAP,
    ) -> None:
        self._org = Org(client, capabilities, directory, overlap)

    async def look(self, owners: Sequence[str], cursor: str | None, window: Window) -> Sight:
        """Everything of these owners inside the window without a cursor; with one, what has changed in the org since, for the
        price of one call. Events given to another owner are shown to the new one only. Raises VendorFault."""
        if cursor is None:
            return await scan(self._org, owners, window)
        return await poll(self._org, owners, cursor)

    async def read(self, owner: str, ids: Sequence[str]) -> Mapping[str, Item | Absent]:
        """Each id as it is now. Raises VendorFault."""
        return await read(self._org, owner, ids)

    async def find(self, owner: str, marks: Sequence[str]) -> Mapping[str, tuple[Item | Absent, ...]]:
        """Events that carry our marks, deleted ones too; nothing without the key field. Raises VendorFault."""
        return await find(self._org, owner, marks)

    async def find_alike(self, owner: str, write: Write, since: datetime) -> tuple[Item, ...]:
        """Events our account created since, with this subject and start. Raises VendorFault."""
        return await find_alike(self._org, owner, write, since)

    async def write(self, owner: str, writes: Sequence[Write]) -> Sequence[Receipt]:
        """Send the writes in collections; one receipt each, in order, with the item as it stands now. For k writes of one kind
        ceil(k/200) + 1 calls, and one more where rows are changed or deleted."""
        return await write_all(self._org, owner, writes)
