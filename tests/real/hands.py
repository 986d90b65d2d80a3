"""Ann's own hands: edits in Outlook and in Salesforce, and what both calendars have to show once they are in step again."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.real.clouds import DAY, Seen, of_graph, written
from tests.real.stage import OPENING, WINDOW, Stage

QUARTER = timedelta(minutes=15)
EXCHANGE, SALESFORCE = "exchange", "salesforce"
EDGE = timedelta(days=40)
Rows = dict[str, dict[str, Any]]


class Choice:
    """Items of Ann's own, without guests, in step and still to come, each chosen once."""

    def __init__(self, rows: Rows, pairs: dict[str, str]) -> None:
        self.rows = rows
        mine = {found: row for found, row in rows.items() if found in pairs and row["isOrganizer"] and not row["attendees"]}
        coming = {found: of_graph(row) for found, row in mine.items() if of_graph(row).span[0] > OPENING}
        single = [found for found in coming if rows[found]["type"] == "singleInstance"]
        self.timed = iter([found for found in single if not coming[found].all_day])
        self.days = iter([found for found in single if coming[found].all_day])
        self.series = self._series(mine, coming)

    def _series(self, mine: Rows, coming: dict[str, Seen]) -> Iterator[tuple[str, list[str]]]:
        """Series that lie wholly inside the window, without exceptions: the master, and the instances to come."""
        every: dict[str, list[str]] = {}
        for found, row in self.rows.items():
            if row["seriesMasterId"]:
                every.setdefault(row["seriesMasterId"], []).append(found)
        for master, members in every.items():
            plain = all(found in mine and self.rows[found]["type"] == "occurrence" for found in members)
            spans = [of_graph(self.rows[found]).span for found in members]
            inside = min(spans)[0] > WINDOW[0] + EDGE and max(spans)[1] < WINDOW[1] - EDGE
            ahead = [found for found in members if found in coming]
            if plain and inside and len(ahead) >= 3:
                yield master, ahead

    def members(self, instance: str) -> list[str]:
        """All instances of the series of one."""
        master = self.rows[instance]["seriesMasterId"]
        return [found for found, row in self.rows.items() if master and row["seriesMasterId"] == master]


@dataclass
class Hands:
    """Edits are done at once; `edited` says what each item shall be (None: gone), by its Exchange id, `added` what is new.

    `pairs` maps the ids of Exchange to those of Salesforce.
    """

    stage: Stage
    calendar: dict[str, Seen]
    pairs: dict[str, str]
    edited: dict[str, Seen | None] = field(default_factory=dict)
    added: Counter[Seen] = field(default_factory=Counter)

    def retitle(self, side: str, item: str) -> None:
        """It gets another subject."""
        old = self.calendar[item]
        subject = f"Now called so, in {side}: {len(self.edited)}"
        if side == EXCHANGE:
            self.stage.act(EXCHANGE, "change", id=item, event={"subject": subject})
        else:
            self.stage.act(SALESFORCE, "update", id=self.pairs[item], fields={"Subject": subject})
        self.edited[item] = Seen(subject, old.place, old.start, old.end)

    def move(self, side: str, item: str) -> None:
        """It is a quarter of an hour later; of whole days, a day."""
        new = later(self.calendar[item])
        if side == EXCHANGE:
            self.stage.act(EXCHANGE, "change", id=item, event=_graph_times(new))
        else:
            self.stage.act(SALESFORCE, "update", id=self.pairs[item], fields=_salesforce_times(new))
        self.edited[item] = new

    def delete(self, side: str, item: str) -> None:
        """It is no more."""
        if side == EXCHANGE:
            self.stage.act(EXCHANGE, "remove", id=item)
        else:
            self.stage.act(SALESFORCE, "delete", id=self.pairs[item])
        self.edited[item] = None

    def move_series(self, master: str, instances: list[str]) -> None:
        """A whole series is a quarter of an hour later; only Outlook knows of series."""
        event = self.stage.clouds.event(master)
        start, end = (datetime.fromisoformat(event[edge]["dateTime"][:19] + "Z") for edge in ("start", "end"))
        first = later(Seen("", "", *written(start, end)))
        self.stage.act(EXCHANGE, "change", id=master, event=_graph_times(first))
        self.edited |= {each: later(self.calendar[each]) for each in instances}

    def create(self, side: str, new: Seen) -> None:
        """A new appointment."""
        if side == EXCHANGE:
            self.stage.act(EXCHANGE, "book", event={"subject": new.subject, **_graph_times(new)})
        else:
            self.stage.act(SALESFORCE, "insert", fields={"Subject": new.subject, **_salesforce_times(new)})
        self.added[new] += 1

    def create_series(self, first: Seen, times: int) -> None:
        """A new series of so many days in Outlook."""
        day = first.start[:10]
        limits = {"type": "numbered", "startDate": day, "numberOfOccurrences": times, "recurrenceTimeZone": "UTC"}
        recurrence = {"pattern": {"type": "daily", "interval": 1}, "range": limits}
        self.stage.act(EXCHANGE, "book", event={"subject": first.subject, "recurrence": recurrence, **_graph_times(first)})
        self.added.update(shifted(first, DAY * number) for number in range(times))

    @property
    def expected(self) -> Counter[Seen]:
        """What Exchange has to show."""
        now = self.calendar | {item: seen for item, seen in self.edited.items() if seen is not None}
        gone = {item for item, seen in self.edited.items() if seen is None}
        return Counter(seen for item, seen in now.items() if item not in gone) + self.added


def later(old: Seen) -> Seen:
    """A little later: a quarter of an hour, or a day."""
    return shifted(old, DAY if old.all_day else QUARTER)


def shifted(old: Seen, by: timedelta) -> Seen:
    """The same at another time."""
    start, end = (at + by for at in old.span)
    return Seen(old.subject, old.place, *(written(start.date(), end.date()) if old.all_day else written(start, end)))


def _graph_times(new: Seen) -> dict[str, Any]:
    start, end = ({"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"} for at in new.span)
    return {"start": start, "end": end, "isAllDay": new.all_day}


def _salesforce_times(new: Seen) -> dict[str, Any]:
    start, end = new.span
    last = end - DAY if new.all_day else end
    return {
        "IsAllDayEvent": new.all_day,
        "StartDateTime": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "EndDateTime": f"{last:%Y-%m-%dT%H:%M:%SZ}",
    }
