"""What must hold when weather and people have rested: looked at from outside, in both calendars, the mail, the home, the log."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from tests.simulation.tokens import CANARY, Tokens, lineage_of, tokens_in, word
from tests.simulation.wire.company import Json
from tests.simulation.wire.people import Diary, is_private, place_of
from twincal.engine.history import Row

Spot = tuple[int, str]
"""An appointment (lineage) and the minute at which it starts."""
ANY_TIME = ""
WAITING = frozenset({"hold", "freeze", "excluded", "not_considered", "private", "unresolved"})


class Calendars(Struct, frozen=True):
    """One person's, at rest, with the rows of the history."""

    who: str
    exchange: list[Json]
    salesforce: list[Json]
    rows: Sequence[Row]


class Judge:
    """Collects what is broken, a sentence each that begins with the number of the invariant."""

    def __init__(self, diary: Diary, tokens: Tokens, lost: set[str]) -> None:
        self.diary = diary
        self.tokens = tokens
        self.lost = lost
        self.broken: list[str] = []

    def calendars(self, found: Calendars) -> None:
        """One person's calendars."""
        left, right = _spots(found.exchange), _spots(found.salesforce)
        explained = _explained(found.rows)
        for spot in sorted({*left, *right}):
            here, there = left.get(spot, []), right.get(spot, [])
            self._twins(found.who, spot, here, there)
            if len(here) == len(there) == 1:
                self._in_step(found.who, here[0], there[0], _row(spot, there[0], explained))
            elif bool(here) != bool(there) and not self._excused(spot, here or there, explained):
                side = "Exchange" if here else "Salesforce"
                row = _row(spot, (here or there)[0], explained)
                why = f"`{row.reason}` is no reason ({row.code}, {row.verdict}, {row.tab})" if row else "nothing says why"
                self.broken.append(f"L1: {found.who}: L{spot[0]} at {spot[1]} stands in {side} alone, and {why}")
        self._bodies(found)
        self._strangers(found.who, {lineage for lineage, _ in (*left, *right)})
        self._unasked(found, {spot[0] for spot in left}, {spot[0] for spot in right})
        self._edits(found.who, left, right)

    def _twins(self, who: str, spot: Spot, here: list[Json], there: list[Json]) -> None:
        most = 2 if spot[0] in self.diary.odd else 1
        if max(len(here), len(there)) > most:
            self.broken.append(f"S1: {who}: L{spot[0]} at {spot[1]} stands {len(here)} / {len(there)} times")

    def _excused(self, spot: Spot, items: Iterable[Json], explained: Mapping[str | Spot, Row]) -> bool:
        if spot[0] in self.diary.private | self.diary.archived or any(item.get("IsArchived") for item in items):
            return True
        rows = [_row(spot, item, explained) for item in items]
        return all(row is not None and (row.tab in ("unresolved", "excluded") or row.verdict in WAITING) for row in rows)

    def _in_step(self, who: str, here: Json, there: Json, row: Row | None) -> None:
        if row is not None and (row.tab == "unresolved" or row.verdict in WAITING):
            return
        for name, mine, other in (
            ("subject", here["subject"], there["Subject"] or ""), ("place", place_of(here), place_of(there))
        ):  # fmt: skip
            if word(mine) != word(other):
                self.broken.append(
                    f"L1: {who}: in step, and yet the {name} of {word(here['subject'])} is {word(mine)} / {word(other)}"
                )

    def _bodies(self, found: Calendars) -> None:
        """S4: Exchange is the body's master. An item that has to be made anew in Exchange takes what stands in Salesforce."""
        for item in found.exchange:
            anew = lineage_of(item["subject"]) in self.diary.deleted | self.diary.odd
            if not anew and self.diary.notes.intersection(tokens_in(str(item.get("bodyPreview", "")))):
                self.broken.append(f"S4: {found.who}: a note of Salesforce's stands in the body of {word(item['subject'])}")

    def _strangers(self, who: str, lineages: set[int]) -> None:
        """S10: nothing of another company's stands here."""
        for lineage in sorted(lineages - self.diary.born.keys()):
            self.broken.append(f"S10: {who}: L{lineage} is of another company")

    def _unasked(self, found: Calendars, left: set[int], right: set[int]) -> None:
        """S5: what nobody deleted stands where it was made."""
        for lineage, (who, system) in self.diary.born.items():
            touched = {lineage} & (self.diary.deleted | self.diary.archived | self.diary.private | self.diary.odd)
            if who == found.who and not touched and lineage not in (left if system == "exchange" else right):
                self.broken.append(f"S5: {who}: L{lineage}, made in {system}, is gone, and nobody deleted it")

    def _edits(self, who: str, left: Mapping[Spot, list[Json]], right: Mapping[Spot, list[Json]]) -> None:
        """S2: no edit is lost that nobody saw, unless the history keeps it."""
        standing: dict[int, list[Json]] = defaultdict(list)
        for spots in (left, right):
            for (lineage, _), items in spots.items():
                standing[lineage] += items
        for lineage, items in standing.items():
            if lineage in self.diary.series | self.diary.odd | self.diary.deleted | self.diary.private | self.diary.archived:
                continue
            for field in ("subject", "place"):
                values = [
                    (item.get("subject") or item.get("Subject") or "") if field == "subject" else place_of(item) for item in items
                ]
                known = self.tokens.ancestors(*values, *(text for text in self.lost if lineage_of(text) == lineage))
                missing = [token for token in self.diary.values.get((lineage, field), []) if token not in known]
                if missing:
                    self.broken.append(
                        f"S2: {who}: the {field} {missing} of L{lineage} gave way to {sorted({word(v) for v in values})}"
                    )

    def mail(self, mails: Sequence[Json], rule: str, edits: int) -> None:
        """S7: nobody is mailed by surprise."""
        ours = [mail for mail in mails if mail["by"] == "app"]
        for mail in ours:
            if rule == "never" or (mail["kind"] == "cancellation" and rule != "always"):
                self.broken.append(f"S7: a {mail['kind']} was mailed because of Twincal: {word(mail['subject'])}")
        often = Counter((mail["kind"], mail["subject"], mail["to"]) for mail in ours)
        for (kind, subject, _), count in often.items():
            if count > 1 + edits:
                self.broken.append(f"S7: {count} times a {kind} of {word(subject)} was mailed to the same person")

    def secrets(self, home: Path, log: str, secrets: Iterable[str]) -> None:
        """S8: nothing of private items is kept or logged, and no secret stands in the clear."""
        kept = b"".join(path.read_bytes() for path in sorted(home.iterdir()) if path.is_file())
        for text in (CANARY, *secrets):
            if text.encode() in kept or text.encode("utf-16-le") in kept:
                self.broken.append(f"S8: {text[:6]}… stands in the home")
            if text in log:
                self.broken.append(f"S8: {text[:6]}… stands in the log")
        if "northwind.example" in log or tokens_in(log):
            self.broken.append("S8: an address or a subject stands in the log")


def _spots(items: Iterable[Json]) -> dict[Spot, list[Json]]:
    found: dict[Spot, list[Json]] = {}
    for item in items:
        lineage = lineage_of(item.get("subject") or item.get("Subject") or "")
        start = item["start"]["dateTime"] if "start" in item else item["StartDateTime"]
        if lineage is not None and not is_private(item):
            found.setdefault((lineage, start[:16]), []).append(item)
    return found


def _explained(rows: Iterable[Row]) -> dict[str | Spot, Row]:
    """The row of each item, by its id in Salesforce, and by appointment and start; of several the one that waits. Where an
    appointment has one row alone, it also tells of a half that stands at another time."""
    found: dict[str | Spot, Row] = {}
    rows = list(rows)
    often = Counter(lineage_of(row.subject) for row in rows)
    for row in rows:
        lineage = lineage_of(row.subject)
        if lineage and often[lineage] == 1:
            found[lineage, ANY_TIME] = row
        start = row.start[:16] if "T" in row.start else f"{row.start}T00:00"
        for name in (row.salesforce_id, (lineage, start) if lineage else ""):
            if name and (name not in found or row.tab == "unresolved"):
                found[name] = row
    return found


def _row(spot: Spot, item: Json, explained: Mapping[str | Spot, Row]) -> Row | None:
    return explained.get(item.get("Id", "")) or explained.get(spot) or explained.get((spot[0], ANY_TIME))
