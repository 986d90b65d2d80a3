"""What the platform does to rows by itself or at an administrator's wish: archive, recycle bin, erasure, undeletion."""

from datetime import timedelta

from twincal.sandbox.salesforce.errors import SalesforceError, not_found
from twincal.sandbox.salesforce.ids import full_id
from twincal.sandbox.salesforce.moments import write_moment
from twincal.sandbox.salesforce.records import TABLES, Records
from twincal.sandbox.salesforce.storage import Row


class Upkeep:
    """Daily jobs and the recycle bin."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._done: tuple[str, int, int] | None = None

    def daily(self) -> None:
        """Runs the daily jobs when the day, or what they depend on, has changed."""
        options = self._records.options
        due = (write_moment(self._records.clock.now())[:10], options.archive_after_days, options.recycle_bin_days)
        if due == self._done:
            return
        self._done = due
        self.archive()
        self.empty_bin(self._ago(options.recycle_bin_days))

    def _ago(self, days: int) -> str:
        return write_moment(self._records.clock.now() - timedelta(days=days))

    def archive(self) -> int:
        """Marks events that ended long ago as archived. That moves their SystemModstamp, as every change does."""
        days = self._records.options.archive_after_days
        if days <= 0:
            return 0
        border = self._ago(days)
        rows = self._records.storage["Event"].rows
        old = [row for row in rows.values() if not row["IsArchived"] and not row["IsDeleted"] and row["EndDateTime"] < border]
        for row in old:
            self._records.adjust("Event", row["Id"], {"IsArchived": True}, row["LastModifiedById"])
        return len(old)

    def empty_bin(self, before: str) -> None:
        """Rows deleted before a moment leave the recycle bin. The delete log keeps them for its own time."""
        for name in TABLES:
            for row in list(self._records.storage[name].rows.values()):
                if row["IsDeleted"] and not row.get("_Emptied") and row.get("_Deleted", "") < before:
                    self._records.adjust(name, row["Id"], {"_Emptied": True})

    def erase(self, name: str, record_id: str) -> None:
        """Removes a row, its relations and copies for good."""
        key = full_id(record_id) or ""
        if key not in self._records.storage[name].rows:
            raise not_found()
        if name == "Event":
            for index, column in (("EventRelation", "EventId"), ("Event", "_ParentId")):
                for other in self._records.storage[index].hashed[column].ids([key]):
                    self._records.storage.remove(index, other)
        self._records.storage.remove(name, key)

    def undelete(self, name: str, record_id: str, by: str) -> None:
        """Brings a row back, with the rows that its deletion took along."""
        row = self._records.storage[name].rows.get(full_id(record_id) or "")
        if row is None or not row["IsDeleted"] or row.get("_Emptied"):
            raise SalesforceError("UNDELETE_FAILED", "Entity is not in the recycle bin")
        self._records.check_unique(self._records.sobject(name), row)
        self._revive(name, row, by)
        for table in ("Event", "EventRelation"):
            taken = [each for each in self._records.storage[table].rows.values() if each.get("_Cause") == row["Id"]]
            for each in taken:
                self._revive(table, each, by)

    def _revive(self, name: str, row: Row, by: str) -> None:
        self._records.adjust(name, row["Id"], {"IsDeleted": False, "_Cause": None, "_Deleted": None}, by)
