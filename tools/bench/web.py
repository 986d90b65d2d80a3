"""`./dev bench web`: what each page costs the server with 200 people and 100,000 rows of history, and how many SQL statements."""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import httpx
from sqlalchemy import event, insert

from twincal.core.access import Authority
from twincal.core.decision import Decision, Entry, ParticipantVerdict, Reason, Verdict
from twincal.core.vocabulary import Level, Side, Tab
from twincal.engine.service import Service
from twincal.store.accounts import Member
from twincal.store.packed import pack_entry
from twincal.store.packing import key_bytes, seconds
from twincal.store.shelf import shelved
from twincal.store.store import Store
from twincal.store.tables import history
from twincal.web.app import COOKIE, create_app
from twincal.wiring import opened

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)
PEOPLE, ROWS, ROUNDS = 200, 100_000, 15
GOAL = 0.100
KINDS = (
    *((Tab.SYNCED, Verdict.IN_STEP, Reason("F10")),) * 90,
    *((Tab.UNRESOLVED, Verdict.UNRESOLVED, Reason("A20", {"addresses": ("someone@customer.example",)})),) * 3,
    *((Tab.EXCLUDED, Verdict.EXCLUDED, Reason("A09", {"category": "No sync"})),) * 7,
)
PAGES = (
    "/", "/calendar?who={who}", "/history?who={who}&tab=synced", "/history?who={who}&tab=synced&sort=organizer&order=down",
    "/history?who={who}&tab=synced&search=talk+1", "/history?who={who}&tab=unresolved", "/history/grouped",
    "/history.csv?who={who}&tab=synced", "/settings?who={who}", "/organization", "/subscriptions", "/profiles", "/users", "/held",
    "/audit", "/admin/settings?level=subscription",
)  # fmt: skip


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
        exchange_id=f"AAMk{number:060d}", salesforce_id=f"00U{number:015d}", first_seen=NOW, last_attempt=NOW,
        next_attempt=NOW + timedelta(days=1) if waiting else None, retry_ends=NOW + timedelta(days=30) if waiting else None,
    )  # fmt: skip


async def filled(home: Path, rows: int) -> None:
    """A home with people and rows; the last person has a tenth of all rows."""
    store = Store.open(home)
    members = [
        await store.accounts.add(Member(id="", mailbox=f"p{n:03}@northwind.example", name=f"Person {n:03}",
                                        salesforce_username=f"p{n}@x", salesforce_user_id=f"005{n:015}", profile="Standard User"))
        for n in range(PEOPLE)
    ]  # fmt: skip
    made = []
    for number in range(rows):
        member = members[-1] if number % 10 == 0 else members[number % (PEOPLE - 1)]
        made.append(_row(int(member.id), entry(number, member.mailbox)))
    store.database.run(
        lambda opened: [opened.execute(insert(history), made[at : at + 5_000]).rowcount for at in range(0, rows, 5_000)]
    )
    store.close()


def _row(who: int, one: Entry) -> dict[str, object]:
    following = seconds(one.next_attempt) if one.next_attempt else None
    return {
        "person": who, "key": key_bytes(one.key), "tab": one.decision.tab.value if one.decision.tab else "",
        "verdict": one.decision.verdict.value, "code": one.decision.code, "first_seen": seconds(NOW), "last_attempt": seconds(NOW),
        "next_attempt": following, "payload": pack_entry(one), **shelved(one),
    }  # fmt: skip


@contextmanager
def statements(service: Service) -> Iterator[list[str]]:
    """The SQL statements that are asked meanwhile."""
    engine = service._books._store.database._engine  # type: ignore[attr-defined]
    told: list[str] = []

    def note(connection: object, cursor: object, statement: str, *more: object) -> None:
        told.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield told
    event.remove(engine, "before_cursor_execute", note)


async def measured(rows: int) -> dict[str, tuple[float, int]]:
    """Each page's median time and its SQL statements, with so many rows."""
    with tempfile.TemporaryDirectory(prefix="twincal-bench-") as folder:
        home = Path(folder) / "home"
        await filled(home, rows)
        async with opened(home, now=NOW, web=True) as service:
            visitor = await service.desk.visitors.add("ada@northwind.example", "Ada", authorities=[Authority(Level.ORGANIZATION)])
            token = (await service.desk.open(visitor.id)).token
            transport = httpx.ASGITransport(app=create_app(service))
            found = {}
            async with httpx.AsyncClient(transport=transport, base_url="http://bench.test", cookies={COOKIE: token}) as http:
                for path in PAGES:
                    address = path.format(who=f"p{PEOPLE - 1:03}@northwind.example")
                    times = []
                    with statements(service) as told:
                        for _ in range(ROUNDS):
                            began = time.process_time()
                            answer = await http.get(address)
                            times.append(time.process_time() - began)
                            if answer.status_code != HTTPStatus.OK:
                                raise SystemExit(f"{address} answered {answer.status_code}")
                    found[path] = (statistics.median(times), len(told) // ROUNDS)
            return found


def main() -> int:
    """Print the table; exit code 1 where a page is over the goal or asks more with more rows."""
    small, large = (asyncio.run(measured(rows)) for rows in (ROWS // 100, ROWS))
    print(f"{PEOPLE} people; processor time of the server at the median of {ROUNDS} requests, and SQL statements\n")
    print(f"  {'page':<58}{'1,000 rows':>12}{'100,000 rows':>15}{'SQL':>12}  goal: under {GOAL * 1000:.0f} ms")
    missed = 0
    for path in PAGES:
        (quick, few), (slow, many) = small[path], large[path]
        verdict = (
            "met" if slow < GOAL and few == many else "MISSED" if not path.startswith("/history.csv") else "an export, not a page"
        )
        missed += verdict == "MISSED"
        print(f"  {path.format(who='…'):<58}{quick * 1000:>9.1f} ms{slow * 1000:>12.1f} ms{few:>6} {many:>5}  {verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
