"""The vocabulary: sentences and the functions that carry them out. A sentence nobody knows fails with page and line."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from tests.scenarios.stage import Stage

Doing = Callable[..., Awaitable[None]]
Kept = TypeVar("Kept", bound=Doing)
SENTENCES: list[tuple[re.Pattern[str], Doing]] = []

WHO = r"(?P<who>Ann|Ben)"
SUBJECT = r"`(?P<subject>[^`]*)`"
ITEM = SUBJECT + r"(?: of (?P<day>\d{4}-\d\d-\d\d))?"
WHEN = (
    r"(?:on (?P<on>\d{4}-\d\d-\d\d) at (?P<at>\d\d:\d\d)(?: for (?P<length>\d+ (?:minutes|hours|days)))?"
    r"|all day on (?P<first>\d{4}-\d\d-\d\d)(?: to (?P<last>\d{4}-\d\d-\d\d))?)"
)
DETAILS = r"(?:;(?P<details>.*))?"
UNITS = {"minutes": 1, "hours": 60, "days": 1440}
RANGE = re.compile(r"^(?P<name>[a-z]+)(?P<first>\d+)\.\.(?P<last>\d+)@(?P<domain>\S+)$")


class UnknownStep(Exception):
    """No sentence of the vocabulary says this."""


def step(pattern: str) -> Callable[[Kept], Kept]:
    """This function carries out the sentence."""

    def known(doing: Kept) -> Kept:
        SENTENCES.append((re.compile(pattern), doing))
        return doing

    return known


async def carry_out(text: str, stage: Stage) -> None:
    """Do what one sentence says. Raises UnknownStep where none, or more than one, of the vocabulary matches."""
    found = [(doing, match) for pattern, doing in SENTENCES if (match := pattern.fullmatch(text))]
    if len(found) != 1:
        raise UnknownStep(f"{len(found)} sentences of the vocabulary say: {text}")
    doing, match = found[0]
    await doing(stage, **match.groupdict())


def details(text: str | None) -> dict[str, str]:
    """`key: value` pairs between semicolons. A value in backticks may hold semicolons."""
    pairs = re.findall(r"\s*([\w ]+?):\s*(`[^`]*`|[^;]*?)\s*(?:;|$)", text or "")
    found = {key: value.strip("`") for key, value in pairs}
    left = re.sub(r"\s*[\w ]+?:\s*(`[^`]*`|[^;]*?)\s*(?:;|$)", "", text or "").strip()
    if left:
        raise UnknownStep(f"a detail is written `key: value`, this is not: {left}")
    return found


def listed(text: str) -> list[str]:
    """Entries between commas; `guest1..3@globex.example` is three of them."""
    found: list[str] = []
    for entry in (part.strip() for part in text.split(",") if part.strip()):
        many = RANGE.match(entry)
        numbers = range(int(many["first"]), int(many["last"]) + 1) if many else ()
        found += [f"{many['name']}{number}@{many['domain']}" for number in numbers] if many else [entry]
    return found


class Span:
    """When something is: two moments in UTC, or first and last day."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.all_day = given.get("first") is not None
        if self.all_day:
            self.first = date.fromisoformat(given["first"])
            self.last = date.fromisoformat(given.get("last") or given["first"])
            self.start = datetime.combine(self.first, datetime.min.time(), UTC)
            self.end = datetime.combine(self.last + timedelta(days=1), datetime.min.time(), UTC)
            return
        number, unit = (given.get("length") or "60 minutes").split()
        self.start = datetime.fromisoformat(f"{given['on']}T{given['at']}:00+00:00")
        self.end = self.start + timedelta(minutes=int(number) * UNITS[unit])

    def graph(self, zone: str = "UTC") -> dict[str, Any]:
        """As Outlook sends it; the page's wall time is taken in `zone`."""
        told = {"isAllDay": True} if self.all_day else {}
        return told | {
            name: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": zone}
            for name, at in (("start", self.start), ("end", self.end))
        }

    @property
    def ends(self) -> dict[str, datetime]:
        """Start and end as Salesforce names them; the end of an all-day event is its last day."""
        end = datetime.combine(self.last, datetime.min.time(), UTC) if self.all_day else self.end
        return {"StartDateTime": self.start, "EndDateTime": end}

    def salesforce(self) -> dict[str, Any]:
        """As the Salesforce page sends it."""
        return {"IsAllDayEvent": self.all_day} | {name: f"{at:%Y-%m-%dT%H:%M:%S}.000+0000" for name, at in self.ends.items()}
