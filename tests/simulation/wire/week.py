"""One simulated week of the company: five people, bad lines, a process that dies now and then; then calm, then the judgement."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, ClassVar

from msgspec import Struct

from tests.simulation.tokens import Tokens, lineage_of, tokens_in
from tests.simulation.wire.company import GUEST, MAILBOXES, TODAY, Company, Json, Refused
from tests.simulation.wire.virtual import lived
from twincal.engine.history import Row
from twincal.errors import TwincalError
from twincal.sandbox.serve import Sandbox

WEEK = timedelta(days=7)
FIRST = datetime(2027, 3, 9, 8, tzinfo=UTC)
STEP = timedelta(minutes=35)
CANARY = "Zhivago"
KINDS = (
    "throttled",
    "unavailable",
    "server_error",
    "gateway_page",
    "reply_lost",
    "request_lost",
    "late_write",
    "truncated",
    "delayed",
)
DEEDS = (
    *("book", "enter", "retitle", "relocate", "edit", "move", "drag", "cancel", "delete", "series", "instance", "rewrite"),
    *("hide", "meet", "note", "restore"),
)


class Week(Struct, kw_only=True):
    """What came of a week."""

    seed: int
    violations: list[str] = []
    story: list[str] = []
    rounds: int = 0
    requests: int = 0
    struck: int = 0
    deaths: int = 0
    deeds: int = 0
    writes: int = 0


class _World:
    def __init__(self, seed: int, company: Company) -> None:
        self.draw, self.fate = Random(seed), Random(seed + 1)
        self.company = company
        self.tokens = Tokens()
        self.told = Week(seed=seed, violations=[], story=[])
        self.starts = 0
        self.gone: dict[int, str] = {}
        self.private: set[int] = set()

    def slot(self) -> tuple[datetime, datetime]:
        """A time nobody else has chosen."""
        self.starts += 1
        start = FIRST + STEP * self.starts
        return start, start + timedelta(minutes=30)

    # People

    async def deed(self) -> None:
        """Somebody does something."""
        who, verb = self.draw.choice(MAILBOXES), self.draw.choice(DEEDS)
        with suppress(Refused):
            told = await self.DO[verb](self, who)
            self.told.deeds += 1
            self.told.story.append(f"{self.company.sandbox.clock.now():%a %H:%M} {who.partition('@')[0]} {told}")

    async def one(self, who: str, side: int) -> Json:
        """Any item of one side that a person may change. Raises Refused where there is none."""
        found = [row for row in (await self.company.state(who))[side] if not _private(row)]
        if not found:
            raise Refused("there is nothing")
        return self.draw.choice(found)

    async def book(self, who: str, **more: Any) -> str:
        lineage = self.tokens.lineage()
        subject, place = self.tokens.made(lineage), self.tokens.made(lineage)
        body = {"contentType": "text", "content": self.tokens.made(lineage)}
        event = {"subject": subject, "location": {"displayName": place}, "body": body, **_graph(*self.slot()), **more}
        await self.company.act("exchange", who, "book", event=event)
        return f"books {subject}"

    async def meet(self, who: str) -> str:
        return await self.book(who, attendees=[{"emailAddress": {"address": GUEST}}])

    async def series(self, who: str) -> str:
        start, _ = self.slot()
        pattern = {"type": "weekly", "interval": 1, "daysOfWeek": [f"{start:%A}".lower()]}
        span = {"type": "numbered", "startDate": f"{start:%Y-%m-%d}", "numberOfOccurrences": 4}
        return await self.book(who, recurrence={"pattern": pattern, "range": span})

    async def enter(self, who: str) -> str:
        lineage = self.tokens.lineage()
        start, end = self.slot()
        fields = {
            "Subject": self.tokens.made(lineage),
            "Location": self.tokens.made(lineage),
            "Description": self.tokens.made(lineage),
        }
        times = {"StartDateTime": f"{start:%Y-%m-%dT%H:%M:%SZ}", "EndDateTime": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
        await self.company.act("salesforce", who, "insert", fields={**fields, **times})
        return f"enters {fields['Subject']}"

    async def _change(self, who: str, event: Json, **new: Any) -> None:
        await self.company.act("exchange", who, "change", id=event["id"], event=new)

    async def retitle(self, who: str) -> str:
        item = await self.one(who, 0)
        token = self.tokens.made(lineage_of(item["subject"]) or 0, item["subject"])
        await self._change(who, item, subject=token)
        return f"retitles {item['subject']} to {token}"

    async def relocate(self, who: str) -> str:
        item = await self.one(who, 0)
        seen = (item.get("location") or {}).get("displayName") or ""
        token = self.tokens.made(lineage_of(item["subject"]) or 0, seen)
        await self._change(who, item, location={"displayName": token})
        return f"moves {item['subject']} to the place {token}"

    async def rewrite(self, who: str) -> str:
        item = await self.one(who, 0)
        token = self.tokens.made(lineage_of(item["subject"]) or 0)
        await self._change(who, item, body={"contentType": "text", "content": token})
        return f"rewrites {item['subject']}"

    async def move(self, who: str) -> str:
        item = await self.one(who, 0)
        await self._change(who, item, **_graph(*self.slot()))
        return f"moves {item['subject']}"

    instance = move

    async def hide(self, who: str) -> str:
        lineage = self.tokens.lineage()
        self.private.add(lineage)
        event = {"subject": f"{CANARY} {self.tokens.made(lineage)}", "sensitivity": "private", **_graph(*self.slot())}
        await self.company.act("exchange", who, "book", event=event)
        return "books something private"

    async def cancel(self, who: str) -> str:
        item = await self.one(who, 0)
        self.gone.setdefault(lineage_of(item["subject"]) or 0, "")
        await self.company.act("exchange", who, "remove", id=item["id"])
        return f"deletes {item['subject']} in Outlook"

    async def edit(self, who: str) -> str:
        row = await self.one(who, 1)
        token = self.tokens.made(lineage_of(row["Subject"]) or 0, row.get("Location") or "")
        await self.company.act("salesforce", who, "update", id=row["Id"], fields={"Location": token})
        return f"edits the place of {row['Subject']} to {token} in Salesforce"

    async def note(self, who: str) -> str:
        row = await self.one(who, 1)
        token = self.tokens.made(lineage_of(row["Subject"]) or 0)
        await self.company.act("salesforce", who, "update", id=row["Id"], fields={"Description": f"note {token}"})
        return f"writes a note into {row['Subject']}"

    async def drag(self, who: str) -> str:
        row = await self.one(who, 1)
        start, end = self.slot()
        times = {"StartDateTime": f"{start:%Y-%m-%dT%H:%M:%SZ}", "EndDateTime": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
        await self.company.act("salesforce", who, "update", id=row["Id"], fields=times)
        return f"drags {row['Subject']} in Salesforce"

    async def delete(self, who: str) -> str:
        row = await self.one(who, 1)
        self.gone[lineage_of(row["Subject"]) or 0] = row["Id"]
        await self.company.act("salesforce", who, "delete", id=row["Id"])
        return f"deletes {row['Subject']} in Salesforce"

    async def restore(self, who: str) -> str:
        ids = [ident for ident in self.gone.values() if ident]
        if not ids:
            raise Refused("nothing was deleted")
        await self.company.act("salesforce", who, "undelete", id=self.draw.choice(ids))
        return "takes an event out of the recycle bin"

    DO: ClassVar = {
        "book": book, "enter": enter, "retitle": retitle, "relocate": relocate, "edit": edit, "move": move, "drag": drag,
        "cancel": cancel, "delete": delete, "series": series, "instance": instance, "rewrite": rewrite, "hide": hide,
        "meet": meet, "note": note, "restore": restore,
    }  # fmt: skip

    # Twincal

    async def twincal(self, until: datetime) -> None:
        """`twincal run`, which dies now and then in the middle of a round and is started again."""
        while self.company.sandbox.clock.now() < until:
            service, close = self.company.process()
            try:
                while self.company.sandbox.clock.now() < until:
                    mortal = self.fate.random() < 0.08
                    limit = self.fate.uniform(0.05, 4.0) if mortal else None
                    try:
                        async with asyncio.timeout(limit):
                            report = await service.sync()
                        self.told.writes += sum(
                            getattr(report.total(what), side)
                            for what in ("created", "updated", "deleted") for side in ("exchange", "salesforce")
                        )  # fmt: skip
                        self.told.rounds += 1
                    except TimeoutError:
                        self.told.deaths += 1
                        break
                    except TwincalError:
                        self.told.rounds += 1
                    await asyncio.sleep(self.fate.uniform(1_800, 9_000))
            finally:
                await close()

    async def people(self, until: datetime) -> None:
        """Between four and forty deeds, whenever."""
        count = self.draw.randint(15, 60)
        moments = sorted(self.draw.uniform(0, WEEK.total_seconds()) for _ in range(count))
        began = asyncio.get_running_loop().time()
        for moment in moments:
            await asyncio.sleep(max(0.0, began + moment - asyncio.get_running_loop().time()))
            await self.deed()

    # The judgement

    async def judge(self) -> None:
        """Calm, a few rounds, and then what must hold."""
        await self.company.ask("/weather", {"calm": True})
        service, close = self.company.process()
        try:
            for _ in range(4):
                await asyncio.sleep(1_800)
                await service.sync(full=True)
            await asyncio.sleep(1_800)
            before = [await self.company.state(who) for who in MAILBOXES]
            await service.sync(full=True)
            if [await self.company.state(who) for who in MAILBOXES] != before:
                self.told.violations.append("L2: at rest, and yet a cycle writes")
            for who, (exchange, salesforce) in zip(MAILBOXES, before, strict=True):
                rows = await service.history(who)
                self._calendars(who, exchange, salesforce, _by_subject(rows))
        finally:
            await close()
        for mail in await self.company.ask("/mail"):
            if mail["by"] == "app" and mail["kind"] == "cancellation":
                self.told.violations.append(f"S7: a cancellation was mailed because of Twincal: {mail['subject']}")
        if CANARY.encode() in b"".join(path.read_bytes() for path in self.company.home.iterdir() if path.is_file()):
            self.told.violations.append("S8: text of a private item stands in the home")

    def _calendars(self, who: str, exchange: list[Json], salesforce: list[Json], rows: dict[str, Row]) -> None:
        here = [item for item in exchange if not _private(item)]
        say = self.told.violations.append
        left = Counter((item["subject"], item["start"]["dateTime"][:16]) for item in here)
        right = Counter((row["Subject"], row["StartDateTime"][:16]) for row in salesforce)
        for (subject, start), count in (left | right).items():
            row = rows.get(subject)
            waits = row is not None and (row.tab == "unresolved" or row.verdict in ("hold", "freeze", "excluded"))
            if count > 1:
                say(f"S1: {who}: {subject} at {start} stands {left[subject, start]} / {right[subject, start]} times")
            elif left[subject, start] != right[subject, start] and not waits:
                say(f"L1: {who}: {subject} at {start} stands {left[subject, start]} / {right[subject, start]} times, unexplained")
        places = {row["Subject"]: row.get("Location") or "" for row in salesforce}
        for item in here:
            place = (item.get("location") or {}).get("displayName") or ""
            other = places.get(item["subject"], place)
            row = rows.get(item["subject"])
            if other != place and not (row is not None and row.tab == "unresolved") and not item.get("seriesMasterId"):
                say(f"L1: {who}: {item['subject']} is at {place} / {other}")
            if tokens_in(str(item.get("bodyPreview", ""))) and "note" in str(item.get("bodyPreview", "")):
                say(f"S4: {who}: a note of Salesforce's stands in the body of {item['subject']}")


def _by_subject(rows: Sequence[Row]) -> dict[str, Row]:
    """The row of each subject; of the instances of a series one that waits, if there is one."""
    found: dict[str, Row] = {}
    for row in rows:
        if row.subject not in found or row.tab == "unresolved":
            found[row.subject] = row
    return found


def _private(row: Json) -> bool:
    return row.get("sensitivity") in ("private", "confidential") or bool(row.get("IsPrivate"))


def _graph(start: datetime, end: datetime) -> Json:
    return {
        name: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"} for name, at in (("start", start), ("end", end))
    }  # fmt: skip


def fronts(draw: Random) -> Json:
    """The weather of a week: for each system some kinds, at some rate."""
    found = []
    for system in ("graph", "salesforce"):
        kinds = draw.sample(KINDS, draw.randint(1, 4))
        front: Json = {"kinds": kinds, "system": system, "rate": draw.choice((0.0, 0.02, 0.05, 0.1)), "seed": draw.getrandbits(16)}
        front |= {"retry_after": draw.choice(("seconds", "date", "absent")), "late_ms": draw.choice((500, 5_000, 50_000))}
        found.append(front)
    return {"transport": found}


def played(seed: int) -> Week:
    """One week, from its seed."""
    draw = Random(seed)
    with tempfile.TemporaryDirectory(prefix="twincal-week-") as folder:

        async def story() -> Week:
            tick = asyncio.get_running_loop().time
            with Sandbox.unserved(world="empty", today=TODAY, seed=1, tick=tick) as sandbox:
                world = _World(seed, Company(sandbox, Path(folder) / "home"))
                org = {"key_fields": draw.random() < 0.7, "shared_activities": draw.random() < 0.5, "multiday_events": True}
                settings = {"mode": "sync_all", "conflict": draw.choice(("exchange", "exchange", "salesforce", "latest", "hold"))}
                await world.company.open(settings, org)
                await world.company.ask("/weather", fronts(draw))
                until = world.company.later(WEEK)
                await asyncio.gather(world.people(until), world.twincal(until))
                world.told.struck = sandbox.weather.struck
                await world.judge()
                await sandbox.weather.settle()
                world.told.requests = sum(row["count"] for row in await world.company.ask("/requests"))
                return world.told

        return lived(story())
