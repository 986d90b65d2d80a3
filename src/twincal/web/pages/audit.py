"""What administrators did: the audit log, by who, what and when, and as a file for a spreadsheet."""

import csv
import io
from datetime import date, datetime, time

from starlette.responses import Response

from twincal.core.access import AuditLine, Sought
from twincal.core.vocabulary import Level
from twincal.errors import WrongInput
from twincal.web.pages.history import harmless
from twincal.web.visit import Needs, Visit, page

PAGE = 100
HEADS = ("When (UTC)", "Who", "What", "To", "From what", "To what")
Lines = list[tuple[int, AuditLine]]


async def audit(visit: Visit) -> Response:
    """Every administrative change in the visitor's part, the newest first."""
    before = visit.asked("before")
    lines, following = await logged(visit, _sought(visit), before=int(before) if before.isdecimal() else None, limit=PAGE)
    log = visit.service.audit_log
    people, actions = await log.book.choices(await _profiles(visit)) if log else ([], [])
    return await visit.page("audit.html", lines=lines, following=following, people=people, actions=actions)


async def audit_as_csv(visit: Visit) -> Response:
    """All lines that the filters leave, for a spreadsheet."""
    lines, _ = await logged(visit, _sought(visit), limit=1_000_000)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADS)
    for _, line in lines:
        row = (f"{line.at:%Y-%m-%d %H:%M:%S}", line.who, line.action, line.target, line.before, line.after)
        writer.writerow([harmless(text) for text in row])
    headers = {"Content-Disposition": 'attachment; filename="twincal-audit.csv"'}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _sought(visit: Visit) -> Sought:
    """What the filters of the page leave. Raises WrongInput for what is no date."""
    return Sought(
        who=visit.asked("by").strip(), action=visit.asked("action").strip(), search=visit.asked("search").strip(),
        since=day(visit, _date(visit.asked("since"))), until=day(visit, _date(visit.asked("until")), over=True),
    )  # fmt: skip


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError as error:
        raise WrongInput(f"{text!r} is no date.", "Write dates like 2027-03-01.") from error


def day(visit: Visit, wanted: date | None, *, over: bool = False) -> datetime | None:
    """When a day begins in the reader's zone, or when it is over."""
    return None if wanted is None else datetime.combine(wanted, time.max if over else time.min, visit.zone)


async def logged(visit: Visit, sought: Sought, *, before: int | None = None, limit: int) -> tuple[Lines, str]:
    """So many lines of the visitor's part, and the number below which there are more; empty where there are none."""
    log = visit.service.audit_log
    below = before if before is None else max(-(2**62), min(2**62, before))
    found = await log.book.lines(sought, profiles=await _profiles(visit), before=below, limit=limit + 1) if log else []
    return found[:limit], str(found[limit - 1][0]) if len(found) > limit else ""


async def _profiles(visit: Visit) -> list[str] | None:
    """The profiles whose lines the visitor reads; None for everything."""
    return None if visit.visitor.reaches(Level.SUBSCRIPTION) else visit.visitor.profiles(await visit.service.profiles())


PAGES = (
    page("/audit", audit, needs=Needs.ADMINISTRATOR),
    page("/audit.csv", audit_as_csv, needs=Needs.ADMINISTRATOR),
)
