"""Which part of the API answers an address below `/services/data/vXX.0`."""

from twincal.sandbox.salesforce.errors import SalesforceError, not_found, plain
from twincal.sandbox.salesforce.org import Org
from twincal.sandbox.salesforce.wire.batches import collections
from twincal.sandbox.salesforce.wire.calls import Answer, Call, refusal
from twincal.sandbox.salesforce.wire.composite import batch, composite
from twincal.sandbox.salesforce.wire.describes import describe_full, global_describe
from twincal.sandbox.salesforce.wire.queries import Queries
from twincal.sandbox.salesforce.wire.replication import replication
from twincal.sandbox.salesforce.wire.rows import sobject_rows

RESOURCES = ("sobjects", "query", "queryAll", "composite", "limits")
OLDEST, NEWEST = 31, 68
SEASONS = ("Spring", "Summer", "Winter")


def versions() -> list[dict[str, str]]:
    """`/services/data`: every version of the API, oldest first. 68.0 is Winter '27; three a year."""
    listed = []
    for number in range(OLDEST, NEWEST + 1):
        ago = NEWEST - number
        season = SEASONS[(2 - ago) % 3]
        year = 27 - (ago + 2) // 3 if season != "Winter" else 27 - ago // 3
        listed.append({"label": f"{season} '{year:02}", "url": f"/services/data/v{number}.0", "version": f"{number}.0"})
    return listed


class Router:
    """Answers calls, alone or as parts of a composite one."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._queries = Queries(org)

    def answer(self, call: Call) -> Answer:
        """The answer of one call; a refusal leaves nothing of it behind."""
        mark = self._org.records.storage.mark()
        try:
            return self._route(call)
        except SalesforceError as error:
            self._org.records.storage.roll_back(mark)
            return refusal(error)

    def _route(self, call: Call) -> Answer:
        head = call.parts[0].lower() if call.parts else ""
        if head == "sobjects":
            return self._sobjects(call)
        if head in {"query", "queryall"} and call.method == "GET" and len(call.parts) <= 2:
            return self._queries.query(call)
        if head == "composite":
            return self._composite(call)
        if head == "limits" and call.method == "GET":
            return self._limits(call)
        if not head:
            return Answer(200, {name: f"{call.prefix}/{name}" for name in RESOURCES})
        raise not_found()

    def _sobjects(self, call: Call) -> Answer:
        if len(call.parts) == 1:
            return global_describe(self._org, call)
        verb = call.parts[2].lower() if len(call.parts) == 3 else ""
        if verb == "describe":
            sobject = self._org.records.schema.get(call.parts[1].lower())
            if sobject is None or not call.rights.reads(sobject):
                raise not_found()
            # No date goes with it: the set-up may change at any request, so If-Modified-Since always gets all of it.
            return Answer(200, describe_full(self._org, call, sobject))
        if verb in {"updated", "deleted"}:
            return replication(self._org, call)
        return sobject_rows(self._org, call)

    def _composite(self, call: Call) -> Answer:
        kind = call.parts[1].lower() if len(call.parts) > 1 else ""
        if kind == "sobjects":
            return collections(self._org, call)
        if call.method == "POST" and kind == "batch" and len(call.parts) == 2:
            return batch(self._org, call, self.answer)
        if call.method == "POST" and not kind:
            return composite(self._org, call, self.answer)
        raise not_found()

    def _limits(self, call: Call) -> Answer:
        if len(call.parts) == 2 and call.parts[1] == "recordCount":
            return self._record_count(call)
        if not call.rights.may("ViewSetup"):
            raise plain("INSUFFICIENT_ACCESS", "View Setup and Configuration is required", 403)
        most, used = self._org.options.daily_limit, self._org.meter.used
        fixed = {"DailyDeliveredPlatformEvents": 25_000, "HourlyPublishedPlatformEvents": 250_000, "DataStorageMB": 10_240}
        limits = {"DailyApiRequests": {"Max": most, "Remaining": max(most - used, 0)}}
        limits |= {name: {"Max": value, "Remaining": value} for name, value in fixed.items()}
        return Answer(200, limits)

    def _record_count(self, call: Call) -> Answer:
        names = [name for name in call.params.get("sObjects", "").split(",") if name]
        tables = {name: self._org.records.storage.tables.get(name) for name in names}
        counts = [
            {"count": sum(not row["IsDeleted"] for row in table.rows.values()), "name": name}
            for name, table in tables.items()
            if table
        ]
        return Answer(200, {"sObjects": counts})
