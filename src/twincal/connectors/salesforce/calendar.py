"""The Salesforce side as a calendar: all owners in one look, all writes of one owner together."""

from collections.abc import Sequence
from datetime import timedelta

from twincal.connectors.salesforce.client import SalesforceClient
from twincal.connectors.salesforce.cursor import OVERLAP
from twincal.connectors.salesforce.directory import SalesforceDirectory
from twincal.connectors.salesforce.org import Org
from twincal.connectors.salesforce.scan import scan
from twincal.core.trees import Window
from twincal.core.vocabulary import Side
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
        """A full reading of these owners without a cursor."""
        return await scan(self._org, owners, window)
