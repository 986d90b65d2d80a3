"""A home for `./dev bench web`: many people, and rows of history as if they had synced for years."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from twincal.core.decision import Decision, Entry, ParticipantVerdict, Reason, Verdict
from twincal.core.vocabulary import Side, Tab
from twincal.engine.preview import Preview, StepShown
from twincal.engine.report import Counts, Sides
from twincal.store.accounts import Member
from twincal.store.packed import pack_entry
from twincal.store.packing import key_bytes, seconds
from twincal.store.shelf import shelved
from twincal.store.store import Store
from twincal.store.tables import history
from twincal.store.visitor_tables import audit

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)
KINDS = (
    *((Tab.SYNCED, Verdict.IN_STEP, Reason("F10")),) * 90,
    *((Tab.UNRESOLVED, Verdict.UNRESOLVED, Reason("A20", {"addresses": ("someone@customer.example",)})),) * 3,
    *((Tab.EXCLUDED, Verdict.EXCLUDED, Reason("A09", {"category": "No sync"})),) * 7,
)
IN_A_SERIES, INSTANCES = 3, 40
"""Every third row is an instance of a series, which has so many."""
AUDITED = 20
"""One line of the audit log for so many rows of the history."""


def entry(number: int, mailbox: str) -> Entry:
    """A row of the history."""
    tab, verdict, reason = KINDS[number % len(KINDS)]
    start = NOW + timedelta(minutes=30 * (number % 9_000))
    waiting = tab is Tab.UNRESOLVED
    guest = f"guest{number % 500}@customer{number % 60}.example"
    return Entry(
        key=f"{number:032x}", origin=Side.EXCHANGE, decision=Decision(verdict, (Reason("A15"), reason), tab),
        subject=f"Talk {number}", start=start, end=start + timedelta(minutes=30), organizer=mailbox,
        participants=(ParticipantVerdict(guest, "no_record" if waiting else "matched"),),
        series=f"AAMk{number // (10 * INSTANCES):060d}S" if number // 10 % IN_A_SERIES == 0 else "",
        exchange_id=f"AAMk{number:060d}", salesforce_id=f"00U{number:015d}", first_seen=NOW, last_attempt=NOW,
        next_attempt=NOW + timedelta(days=1) if waiting else None, retry_ends=NOW + timedelta(days=30) if waiting else None,
    )  # fmt: skip


def mailbox(number: int) -> str:
    """Whose calendar it is."""
    return f"p{number:03}@northwind.example"


async def filled(home: Path, people: int, rows: int) -> None:
    """A home with people and rows; the last person has a tenth of all rows."""
    store = Store.open(home)
    members = [
        await store.accounts.add(Member(id="", mailbox=mailbox(n), name=f"Person {n:03}",
                                        salesforce_username=f"p{n}@x", salesforce_user_id=f"005{n:015}", profile="Standard User"))
        for n in range(people)
    ]  # fmt: skip
    made = []
    for number in range(rows):
        member = members[-1] if number % 10 == 0 else members[number % (people - 1)]
        made.append(_row(int(member.id), entry(number, member.mailbox)))
    store.database.run(
        lambda opened: [opened.execute(insert(history), made[at : at + 5_000]).rowcount for at in range(0, rows, 5_000)]
    )
    lines = [_line(number) for number in range(rows // AUDITED)]
    store.database.run(lambda opened: opened.execute(insert(audit), lines).rowcount)
    store.close()


def _row(who: int, one: Entry) -> dict[str, object]:
    following = seconds(one.next_attempt) if one.next_attempt else None
    return {
        "person": who, "key": key_bytes(one.key), "tab": one.decision.tab.value if one.decision.tab else "",
        "verdict": one.decision.verdict.value, "code": one.decision.code, "first_seen": seconds(NOW), "last_attempt": seconds(NOW),
        "next_attempt": following, "payload": pack_entry(one), **shelved(one),
    }  # fmt: skip


def _line(number: int) -> dict[str, object]:
    return {
        "at": seconds(NOW - timedelta(minutes=number)), "who": f"Admin {number % 5}", "action": "setting changed", "target": "mode",
        "person": None, "profile": "", "before": "match", "after": "sync_all",
    }  # fmt: skip


async def previews(people: int) -> AsyncIterator[Preview]:
    """What a what-if for everybody finds."""
    steps = tuple(
        StepShown(
            item=f"{number:032x}", subject=f"Talk {number}", start="2027-03-01T09:00:00Z", verdict="Create in Salesforce",
            code="F01", because="It is new.",
        )
        for number in range(20)
    )  # fmt: skip
    for number in range(people):
        yield Preview(mailbox=mailbox(number), today=Counts(), changed=Counts(create=Sides(salesforce=20)), steps=steps)
