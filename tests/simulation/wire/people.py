"""What the five do in a week, in Outlook and in Salesforce. Every value they write is a token that occurs once."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from msgspec import Struct

from tests.simulation.tokens import CANARY, Tokens, lineage_of
from tests.simulation.wire.company import GUEST, MAILBOXES, Company, Json, Refused

FIRST = datetime(2027, 3, 3, 6, tzinfo=UTC)
STEP = timedelta(minutes=35)
HALF_HOUR = timedelta(minutes=30)
ZONES = ("UTC", "Europe/Berlin", "Pacific Standard Time", "America/New_York", "Asia/Kathmandu")
TRICKS = (
    "<script>alert(1)</script>", "‮txet", "=HYPERLINK('x')", "' OR Id != null --", "%27%20$filter", "\t\u200b", "&lt;b&gt;",
    "né ﬁ ẞ 漢字 🗓", "x" * 300,
)  # fmt: skip


class Diary(Struct, kw_only=True):
    """What the judge has to know of what people did, by appointment (lineage)."""

    born: dict[int, tuple[str, str]] = {}
    """Whose it is, and in which system it was made."""
    deleted: set[int] = set()
    private: set[int] = set()
    series: set[int] = set()
    odd: set[int] = set()
    """Copied, restored or made private for a while: counted apart."""
    ends: dict[int, datetime] = {}
    values: dict[tuple[int, str], list[str]] = {}
    """Every token that was written into a field of an appointment."""
    archived: set[int] = set()
    notes: set[str] = set()
    """What was written into a Description when its item stood in Exchange already."""
    gone: list[tuple[str, str, str]] = []
    """What can be taken out of a bin: system, whose, id."""


class People:
    """Everybody's hands."""

    def __init__(self, company: Company, draw: Random, tokens: Tokens) -> None:
        self.company = company
        self.draw = draw
        self.tokens = tokens
        self.diary = Diary(
            born={}, deleted=set(), private=set(), series=set(), odd=set(), ends={}, values={}, archived=set(), notes=set(), gone=[]
        )  # fmt: skip
        self._starts = 0
        self._records = 0
        self._leads: list[str] = []
        self._contacts: list[str] = []
        self._busy = (MAILBOXES[0], 0)
        """Who did something last, and with which appointment: half of all that is done goes on there."""
        self._notes: list[Callable[[], object]] = []
        """What goes into the diary once the deed is done."""

    async def deed(self) -> str:
        """Somebody does something; what, in words. Raises Refused where it cannot be done."""
        who, verb = self.draw.choice((*MAILBOXES, *[self._busy[0]] * len(MAILBOXES))), self.draw.choice(DEEDS)
        self._notes = []
        told = await verb(self, who)
        for note in self._notes:
            note()
        return f"{who.partition('@')[0]} {told}"

    def _slot(self, *, zone: str = "UTC") -> tuple[datetime, datetime, str]:
        """A time nobody else has chosen."""
        self._starts += 1
        start = FIRST + STEP * self._starts
        return start, start + HALF_HOUR, zone

    def _token(self, lineage: int, field: str, seen: str = "") -> str:
        token = self.tokens.made(lineage, seen, field=field)
        self._notes.append(lambda: self.diary.values.setdefault((lineage, field), []).append(token))
        return token

    async def _one(self, who: str, side: int) -> Json:
        """Any item of one side that a person may change. Raises Refused where there is none."""
        found = [row for row in (await self.company.state(who))[side] if not is_private(row) and mine(row, who)]
        if not found:
            raise Refused("there is nothing")
        same = [row for row in found if lineage_of(row.get("subject") or row.get("Subject") or "") == self._busy[1]]
        row = self.draw.choice(same if same and self.draw.random() < 0.6 else found)
        self._busy = (who, lineage_of(row.get("subject") or row.get("Subject") or "") or 0)
        return row

    def _mark(self, what: set[int], lineage: int) -> None:
        self._notes.append(lambda: what.add(lineage))

    def _new(self, who: str, system: str, end: datetime) -> int:
        lineage = self.tokens.lineage()
        self._notes.append(lambda: self.diary.born.setdefault(lineage, (who, system)))
        self.diary.ends[lineage] = end
        return lineage

    # In Outlook

    async def book(self, who: str, *, zone: str = "UTC", trick: str = "", **more: Any) -> str:
        start, end, _ = self._slot()
        lineage = self._new(who, "exchange", end)
        subject, place = self._token(lineage, "subject"), self._token(lineage, "place")
        if "recurrence" in more:
            self.diary.series.add(lineage)
            self.diary.ends[lineage] = end + timedelta(weeks=8)
        body = {"contentType": "html" if trick else "text", "content": f"{self._token(lineage, 'body')}{trick}"}
        event = {"subject": f"{subject}{trick}", "location": {"displayName": f"{place}{trick}"}, "body": body}
        await self.company.act("exchange", who, "book", event={**event, **at(start, end, zone), **more})
        return f"books {subject}" + (f" in {zone}" if zone != "UTC" else "") + (" with strange text" if trick else "")

    async def _odd(self, kind: str, deed: Awaitable[str]) -> str:
        told = await deed
        self.company.faults[kind] += 1
        return told

    async def meet(self, who: str) -> str:
        return await self.book(who, attendees=[{"emailAddress": {"address": GUEST}}])

    async def abroad(self, who: str) -> str:
        return await self._odd("F24 another zone", self.book(who, zone=self.draw.choice(ZONES)))

    async def strange(self, who: str) -> str:
        return await self._odd("F26 hostile text", self.book(who, trick=self.draw.choice(TRICKS)))

    async def whole_day(self, who: str) -> str:
        start, _, _ = self._slot()
        day = datetime(start.year, start.month, start.day, tzinfo=UTC) + timedelta(days=self.draw.randint(0, 20))
        times = at(day, day + timedelta(days=self.draw.randint(1, 3)), "UTC")
        return f"{await self._odd('F25 whole days', self.book(who, isAllDay=True, **times))} for whole days"

    async def moment(self, who: str) -> str:
        start, _, _ = self._slot()
        return f"{await self._odd('F25 no length', self.book(who, **at(start, start, 'UTC')))} without a length"

    async def series(self, who: str) -> str:
        start, _, _ = self._slot()
        pattern = {"type": "weekly", "interval": 1, "daysOfWeek": [f"{start + STEP:%A}".lower()]}
        span = {"type": "numbered", "startDate": f"{start + STEP:%Y-%m-%d}", "numberOfOccurrences": 4}
        return f"{await self.book(who, recurrence={'pattern': pattern, 'range': span})} as a series"

    async def _change(self, who: str, item: Json, **new: Any) -> None:
        await self.company.act("exchange", who, "change", id=item["id"], event=new)

    async def retitle(self, who: str) -> str:
        item = await self._one(who, 0)
        token = self._token(lineage_of(item["subject"]) or 0, "subject", item["subject"])
        await self._change(who, item, subject=token)
        return f"retitles {item['subject'][:20]} to {token}"

    async def relocate(self, who: str) -> str:
        item = await self._one(who, 0)
        token = self._token(lineage_of(item["subject"]) or 0, "place", place_of(item))
        await self._change(who, item, location={"displayName": token})
        return f"moves {item['subject'][:20]} to the place {token}"

    async def rewrite(self, who: str) -> str:
        item = await self._one(who, 0)
        token = self._token(lineage_of(item["subject"]) or 0, "body")
        await self._change(who, item, body={"contentType": "text", "content": token})
        return f"rewrites {item['subject'][:20]}"

    async def move(self, who: str) -> str:
        item = await self._one(who, 0)
        start, end, zone = self._slot(zone=self.draw.choice(ZONES))
        await self._change(who, item, isAllDay=False, **at(start, end, zone))
        self._ends(item["subject"], end)
        return f"moves {item['subject'][:20]}"

    def _ends(self, subject: str, end: datetime) -> None:
        lineage = lineage_of(subject) or 0
        self.diary.ends[lineage] = max(end, self.diary.ends.get(lineage, end))

    async def whole_series(self, who: str) -> str:
        item = await self._one(who, 0)
        master = item.get("seriesMasterId")
        if not master:
            raise Refused("it is no series")
        token = self._token(lineage_of(item["subject"]) or 0, "subject", item["subject"])
        await self.company.act("exchange", who, "change", id=master, event={"subject": token})
        return f"retitles the series of {item['subject'][:20]} to {token}"

    async def end_series(self, who: str) -> str:
        item = await self._one(who, 0)
        master = item.get("seriesMasterId")
        if not master:
            raise Refused("it is no series")
        self._mark(self.diary.deleted, lineage_of(item["subject"]) or 0)
        await self.company.act("exchange", who, "remove", id=master)
        return f"deletes the series of {item['subject'][:20]}"

    async def hide(self, who: str) -> str:
        start, end, _ = self._slot()
        lineage = self._new(who, "exchange", end)
        self.diary.private.add(lineage)
        text = f"{CANARY} L{lineage}"
        event = {"subject": text, "location": {"displayName": text}, "body": {"contentType": "text", "content": text}}
        await self.company.act("exchange", who, "book", event={**event, "sensitivity": "private", **at(start, end, "UTC")})
        return "books something private"

    async def veil(self, who: str) -> str:
        item = await self._one(who, 0)
        if item.get("seriesMasterId"):
            raise Refused("instances are as private as their series")
        lineage = lineage_of(item["subject"]) or 0
        self._mark(self.diary.odd, lineage)
        self._mark(self.diary.private, lineage)
        text = f"{CANARY} L{lineage}"
        await self._change(who, item, subject=text, location={"displayName": text}, sensitivity="private")
        return f"makes {item['subject'][:20]} private"

    async def cancel(self, who: str) -> str:
        item = await self._one(who, 0)
        self._mark(self.diary.deleted, lineage_of(item["subject"]) or 0)
        await self.company.act("exchange", who, "remove", id=item["id"])
        if not item.get("seriesMasterId"):
            self.diary.gone.append(("exchange", who, item["id"]))
        return f"deletes {item['subject'][:20]} in Outlook"

    async def archive(self, who: str) -> str:
        item = await self._one(who, 0)
        if item.get("seriesMasterId"):
            raise Refused("a series is archived as a whole")
        self._mark(self.diary.archived, lineage_of(item["subject"]) or 0)
        await self.company.act("exchange", who, "move_to_archive", id=item["id"])
        self.company.faults["F20 archived in Exchange"] += 1
        return f"archives {item['subject'][:20]}"

    async def copy(self, who: str) -> str:
        item = await self._one(who, 0)
        master = item.get("seriesMasterId")
        marks = item.get("singleValueExtendedProperties") or []
        if master:
            raise Refused("a copy of an instance is a new item")
        more: dict[str, Any] = {"singleValueExtendedProperties": marks} if marks else {}
        told = await self.book(who, **more)
        self.company.faults["F22 copied"] += 1
        return f"{told}, a copy of {item['subject'][:20]}"

    # In Salesforce

    async def enter(self, who: str, *, trick: str = "") -> str:
        start, end, _ = self._slot()
        lineage = self._new(who, "salesforce", end)
        fields = {
            "Subject": f"{self._token(lineage, 'subject')}{trick}"[:255],
            "Location": f"{self._token(lineage, 'place')}{trick}"[:255],
            "Description": self._token(lineage, "notes"),
        }
        await self.company.act("salesforce", who, "insert", fields={**fields, **between(start, end)})
        return f"enters {fields['Subject'][:20]}" + (" with strange text" if trick else "")

    async def enter_strange(self, who: str) -> str:
        return await self._odd("F26 hostile text", self.enter(who, trick=self.draw.choice(TRICKS)))

    async def edit(self, who: str) -> str:
        row = await self._one(who, 1)
        token = self._token(lineage_of(row["Subject"]) or 0, "place", row.get("Location") or "")
        await self.company.act("salesforce", who, "update", id=row["Id"], fields={"Location": token})
        return f"edits the place of {row['Subject'][:20]} to {token} in Salesforce"

    async def rename(self, who: str) -> str:
        row = await self._one(who, 1)
        token = self._token(lineage_of(row["Subject"]) or 0, "subject", row["Subject"])
        await self.company.act("salesforce", who, "update", id=row["Id"], fields={"Subject": token})
        return f"renames {row['Subject'][:20]} to {token} in Salesforce"

    async def note(self, who: str) -> str:
        row = await self._one(who, 1)
        lineage = lineage_of(row["Subject"]) or 0
        token = self._token(lineage, "notes")
        if any(lineage_of(item["subject"]) == lineage for item in (await self.company.state(who))[0]):
            self._notes.append(lambda: self.diary.notes.add(token))
        await self.company.act("salesforce", who, "update", id=row["Id"], fields={"Description": f"note {token}"})
        return f"writes a note into {row['Subject'][:20]}"

    async def drag(self, who: str) -> str:
        row = await self._one(who, 1)
        start, end, _ = self._slot()
        fields = {**between(start, end), "IsAllDayEvent": False}
        await self.company.act("salesforce", who, "update", id=row["Id"], fields=fields)
        self._ends(row["Subject"], end)
        return f"drags {row['Subject'][:20]} in Salesforce"

    async def delete(self, who: str) -> str:
        row = await self._one(who, 1)
        self._mark(self.diary.deleted, lineage_of(row["Subject"]) or 0)
        await self.company.act("salesforce", who, "delete", id=row["Id"])
        self.diary.gone.append(("salesforce", who, row["Id"]))
        return f"deletes {row['Subject'][:20]} in Salesforce"

    async def clear_out(self, who: str) -> str:
        """The platform archives what ended more than a day ago."""
        today = self.company.sandbox.clock.now()
        for lineage, end in self.diary.ends.items():
            if end < today:
                self._mark(self.diary.archived, lineage)
        await self.company.ask("/org", {"archive_after_days": 1})
        await self.company.act("salesforce", who, "archive")
        await self.company.ask("/org", {"archive_after_days": 0})
        self.company.faults["F10 archived in Salesforce"] += 1
        return "sees Salesforce archive what is old"

    async def restore(self, who: str) -> str:
        if not self.diary.gone:
            raise Refused("nothing was deleted")
        system, whose, ident = self.diary.gone.pop(self.draw.randrange(len(self.diary.gone)))
        done = await self.company.act(system, whose, "restore" if system == "exchange" else "undelete", id=ident)
        subject = done.get("Subject") or done.get("subject") or ""
        self._mark(self.diary.odd, lineage_of(subject) or 0)
        self.company.faults["F23 undeleted"] += 1
        return f"takes {subject[:20]} out of the bin in {system}"

    async def contact(self, who: str) -> str:
        self._records += 1
        fields = {"LastName": f"Contact {self._records}", "Email": f"c{self._records % 3}@acme.example"}
        done = await self.company.act("salesforce", who, "insert", object="Contact", fields=fields)
        self._contacts.append(done["Id"])
        return "enters a Contact"

    async def lead(self, who: str) -> str:
        self._records += 1
        fields = {"LastName": f"Lead {self._records}", "Email": GUEST, "Company": "Acme", "Status": "Open"}
        self._leads.append((await self.company.act("salesforce", who, "insert", object="Lead", fields=fields))["Id"])
        return "enters a Lead"

    async def convert(self, who: str) -> str:
        if not self._leads:
            raise Refused("there is no Lead")
        await self.company.act("salesforce", who, "convert_lead", object="Lead", id=self._leads.pop())
        return "converts a Lead"

    async def merge(self, who: str) -> str:
        if len(self._contacts) < 2:
            raise Refused("there are no two Contacts")
        await self.company.act(
            "salesforce", who, "merge_contacts", object="Contact", id=self._contacts[0], duplicates=[self._contacts.pop()]
        )
        return "merges two Contacts"

    async def invite(self, who: str) -> str:
        item = await self._one(who, 0)
        guests = [{"emailAddress": {"address": self.draw.choice((GUEST, "c0@acme.example", "c1@acme.example"))}}]
        await self._change(who, item, attendees=guests)
        return f"invites {guests[0]['emailAddress']['address']} to {item['subject'][:20]}"


Verb = Callable[[People, str], Awaitable[str]]
OFTEN: tuple[Verb, ...] = (
    People.book,
    People.enter,
    People.retitle,
    People.relocate,
    People.edit,
    People.rename,
    People.move,
    People.drag,
)
SELDOM: tuple[Verb, ...] = (
    People.meet, People.abroad, People.strange, People.whole_day, People.moment, People.series, People.rewrite, People.whole_series,
    People.end_series, People.hide, People.veil, People.cancel, People.archive, People.copy, People.enter_strange, People.note,
    People.delete, People.restore, People.clear_out, People.contact, People.lead, People.convert, People.merge, People.invite,
)  # fmt: skip
DEEDS = (*OFTEN, *OFTEN, *SELDOM)


def is_private(row: Json) -> bool:
    """May nobody else read it?"""
    return row.get("sensitivity") in ("private", "confidential") or bool(row.get("IsPrivate"))


def mine(row: Json, who: str) -> bool:
    """Is it a person's own, in Outlook its organizer's?"""
    return bool(row.get("isOrganizer", True))


def place_of(row: Json) -> str:
    """Where an item of either side takes place."""
    return ((row.get("location") or {}).get("displayName") if "location" in row else row.get("Location")) or ""


def at(start: datetime, end: datetime, zone: str) -> Json:
    """Times as Graph takes them. They are the same on everybody's wall."""
    return {
        name: {"dateTime": f"{moment:%Y-%m-%dT%H:%M:%S}", "timeZone": zone} for name, moment in (("start", start), ("end", end))
    }


def between(start: datetime, end: datetime) -> Json:
    """Times as Salesforce takes them."""
    return {"StartDateTime": f"{start:%Y-%m-%dT%H:%M:%SZ}", "EndDateTime": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
