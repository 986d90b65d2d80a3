"""What every reading and writing of one org shares: the client, what the org can do, and who its people are."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from msgspec.structs import replace

from twincal.connectors.salesforce.client import Query, SalesforceClient
from twincal.connectors.salesforce.codec import is_appointment, item_of, people_of
from twincal.connectors.salesforce.columns import event_columns
from twincal.connectors.salesforce.cursor import OVERLAP
from twincal.connectors.salesforce.directory import SalesforceDirectory
from twincal.connectors.salesforce.soql import IDS_A_QUERY, one_of_ids, parts, select
from twincal.connectors.salesforce.wire import RELATIONS, EventRow, Page, event_pages
from twincal.core.item import Item
from twincal.ports import Capabilities


class Org:
    """One org as one account sees it."""

    def __init__(
        self,
        client: SalesforceClient,
        capabilities: Capabilities,
        directory: SalesforceDirectory,
        overlap: timedelta = OVERLAP,
    ) -> None:
        self.client = client
        self.capabilities = capabilities
        self.directory = directory
        self.overlap = overlap
        self.columns = event_columns(capabilities)
        self.pages = event_pages(capabilities.former_field)

    async def rows(self, ids: Iterable[str]) -> list[EventRow]:
        """Events by id, deleted and archived ones included; one call for each 2,000. Raises VendorFault."""
        found: list[EventRow] = []
        for chunk in parts(sorted(set(ids)), IDS_A_QUERY):
            soql = select(self.columns, "Event", f"Id IN {one_of_ids(chunk)}")
            found += await self.client.query(Query(soql=soql, pages=self.pages, everything=True))
        return found

    async def items(self, rows: Iterable[EventRow]) -> list[tuple[EventRow, Item]]:
        """The appointments among the rows, with the addresses of their people. A row whose times make no sense is left
        out, so that it cannot stop the rest of the org."""
        shown = [row for row in rows if is_appointment(row)]
        whole = [await self._with_all_relations(row) for row in shown]
        cards = await self.directory.cards(people_of(whole))
        session = await self.client.session()
        found = []
        for row in whole:
            try:
                found.append((row, item_of(row, cards, session.instance_url)))
            except (ValueError, OverflowError):
                self.client.leave_out(row.id.encode(), "no usable times")
        return found

    async def items_by_id(self, rows: Sequence[EventRow]) -> dict[str, Item]:
        """The same, by id."""
        return {row.id: item for row, item in await self.items(rows)}

    async def _with_all_relations(self, row: EventRow) -> EventRow:
        """A row with many invitees brings only the first page of them."""
        if row.event_relations is None or row.event_relations.done:
            return row
        return replace(row, event_relations=Page(await self.client.more(RELATIONS, row.event_relations)))
