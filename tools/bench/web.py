"""`./dev bench web`: what each page costs the server with 200 people and 100,000 rows of history, and how many SQL statements."""

import asyncio
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import httpx
from sqlalchemy import event

from tools.bench.home import NOW, filled, mailbox, previews
from twincal.core.access import Authority
from twincal.core.vocabulary import Level
from twincal.engine.service import Service
from twincal.engine.whatif import Change
from twincal.web.app import COOKIE, create_app
from twincal.wiring import opened

PEOPLE, ROWS, ROUNDS = 200, 100_000, 15
GOAL = 0.100
SYNCED = "/history?who={who}&tab=synced"
PAGES: Mapping[str, Sequence[str]] = {
    "/": ["/"],
    "/calendar": ["/calendar?who={who}", "/calendar?who={who}&view=agenda"],
    "/history": [SYNCED, f"{SYNCED}&sort=organizer&order=down", f"{SYNCED}&search=talk+1", f"{SYNCED}&fold=series",
                 "/history?who={who}&tab=unresolved"],
    "/history/grouped": ["/history/grouped"],
    "/history.csv": ["/history.csv?who={who}&tab=synced"],
    "/explain": ["/explain?who={who}", "/explain?who={who}&item={item}"],
    "/undo": ["/undo?who={who}"],
    "/settings": ["/settings?who={who}"],
    "/admin/settings": ["/admin/settings?level=subscription"],
    "/what-if/{job}": ["/what-if/{job}"],
    "/organization": ["/organization"],
    "/subscriptions": ["/subscriptions"],
    "/connections": ["/connections"],
    "/profiles": ["/profiles"],
    "/users": ["/users"],
    "/users/import": ["/users/import"],
    "/held": ["/held"],
    "/audit": ["/audit", "/audit?by=Admin+1&search=mode"],
    "/audit.csv": ["/audit.csv"],
    "/first/{token}": ["/first/{token}"],
    "/sign-in": ["/sign-in"],
}  # fmt: skip
"""What is asked of each route; every one is asked as the administrator of the organization, but for the last."""
EXPORTS = ("/history.csv", "/audit.csv")
"""Files: as long as what they hold, so that no time is a goal."""
NOT_MEASURED = {
    "/held/{plan}": "is planned anew from what both vendors show",
    "/sign-in/{provider}": "leads elsewhere at once",
    "/sign-in/{provider}/done": "asks the provider who it is, and leads on",
    "/connections/exchange/consent": "leads elsewhere at once",
    "/connections/exchange/consented": "leads on",
    "/connections/salesforce/consented": "asks Salesforce, and leads on",
}
"""Routes that are opened and yet no page of the server's own, and why."""


class Cost(NamedTuple):
    """Processor time of the server in seconds, and SQL statements: of one request, or at the median."""

    seconds: float
    statements: int


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


@asynccontextmanager
async def asking(service: Service, people: int, rows: int) -> AsyncIterator[tuple[httpx.AsyncClient, Mapping[str, str]]]:
    """The administrator's client, and what the places in the addresses stand for."""
    app = create_app(service)
    visitor = await service.desk.visitors.add("ada@northwind.example", "Ada", authorities=[Authority(Level.ORGANIZATION)])
    token = (await service.desk.open(visitor.id)).token
    jobs = app.state.door.jobs
    job = jobs.begin(visitor.id, Change(key="mode", value="sync_all"), people, lambda: previews(people))
    await jobs.settled(job, 60)
    named = {"who": mailbox(people - 1), "item": f"{rows - 10:032x}", "job": job.id,
             "token": await service.desk.invite(visitor.id)}  # fmt: skip
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bench.test", cookies={COOKIE: token}) as http:
        yield http, named


async def measured(people: int, rows: int, rounds: int) -> dict[str, Cost]:
    """What each address costs with so many people and rows, asked so many times."""
    with tempfile.TemporaryDirectory(prefix="twincal-bench-") as folder:
        home = Path(folder) / "home"
        await filled(home, people, rows)
        async with opened(home, now=NOW, web=True) as service, asking(service, people, rows) as (http, named):
            found = {}
            for path in [path for paths in PAGES.values() for path in paths]:
                if path == "/sign-in":
                    http.cookies.clear()
                with statements(service) as told:
                    costs = [await _cost(http, path.format(**named), told) for _ in range(rounds)]
                times, asked = zip(*costs, strict=True)
                found[path] = Cost(statistics.median(times), statistics.median_low(asked))
            return found


async def _cost(http: httpx.AsyncClient, address: str, told: list[str]) -> Cost:
    """What one request costs. A session is written to once in a while: not in the median."""
    told.clear()
    began = time.process_time()
    answer = await http.get(address)
    took = time.process_time() - began
    if answer.status_code != HTTPStatus.OK:
        raise SystemExit(f"{address} answered {answer.status_code}")
    return Cost(took, len(told))


def verdict(path: str, small: Cost, large: Cost) -> str:
    """Is the goal met: no more statements with more rows, and for a page the time?"""
    if small.statements != large.statements:
        return "MISSED: more statements with more rows"
    if path.startswith(EXPORTS):
        return "an export, not a page"
    return "met" if large.seconds < GOAL else "MISSED"


def main() -> int:
    """Print the table; exit code 1 where a page is over the goal or asks more with more rows."""
    small, large = (asyncio.run(measured(PEOPLE, rows, ROUNDS)) for rows in (ROWS // 100, ROWS))
    print(f"{PEOPLE} people; processor time of the server at the median of {ROUNDS} requests, and SQL statements\n")
    print(f"  {'page':<58}{'1,000 rows':>12}{'100,000 rows':>15}{'SQL':>6}  goal: under {GOAL * 1000:.0f} ms")
    verdicts = []
    for path, cost in large.items():
        verdicts.append(verdict(path, small[path], cost))
        shown = path.format_map(defaultdict(lambda: "…"))
        times = f"{small[path].seconds * 1000:>9.1f} ms{cost.seconds * 1000:>12.1f} ms"
        print(f"  {shown:<58}{times}{cost.statements:>6}  {verdicts[-1]}")
    return 1 if any(one.startswith("MISSED") for one in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
