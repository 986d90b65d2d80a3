"""The history: three tabs, sorted, searched, filtered and paged, with what people may do about a row or about many."""

import csv
import io
from collections.abc import Sequence

from starlette.responses import Response

from twincal.core.listing import Sort, Wanted
from twincal.core.rules.fate import CHOOSABLE
from twincal.core.vocabulary import Side, Tab
from twincal.engine.history import Listed, Row
from twincal.errors import WrongInput
from twincal.ports import Member
from twincal.web.pages.pairing import partners
from twincal.web.visit import Visit, act, page

PAGE = 50
COLUMNS: tuple[tuple[str, str], ...] = (
    ("subject", "Subject"),
    ("start", "Start"),
    ("end", "End"),
    ("organizer", "Organizer"),
    ("participants", "Participants"),
    ("origin", "Comes from"),
    ("matched", "Matched records"),
    ("related_to", "Related to"),
    ("code", "Reason"),
    ("first_seen", "First seen"),
    ("last_attempt", "Last attempt"),
    ("attempts", "Attempts"),
    ("next_attempt", "Next attempt"),
    ("retry_ends", "Retry ends"),
)
"""The columns of SPEC 10, in order, by the name they are sorted by."""


async def history(visit: Visit) -> Response:
    """One tab of one person's history."""
    member = await visit.member(visit.asked("who"))
    wanted, folded = _wanted(visit), visit.asked("fold") == "series"
    listed, times = await _rows(visit, member, wanted, folded=folded)
    counts = await visit.service.standing(member.mailbox)
    codes = await visit.service.codes(member.mailbox, wanted.tab or Tab.UNRESOLVED)
    org = await org_address(visit)
    return await visit.page(
        "history.html", member=member, tab=wanted.tab, listed=listed, rows=list(zip(listed.rows, times, strict=True)),
        counts=counts, wanted=wanted, codes=codes, columns=COLUMNS,
        folded=folded, org=org, choosable=CHOOSABLE, partners=await partners(visit, member, listed.rows),
    )  # fmt: skip


async def org_address(visit: Visit) -> str:
    """Where records of the connected org are looked at."""
    overview = await visit.service.overview()
    return next((side.address for side in overview.sides if side.side is Side.SALESFORCE), "").rstrip("/")


async def _rows(visit: Visit, member: Member, wanted: Wanted, *, folded: bool) -> tuple[Listed, Sequence[int]]:
    """One page of rows, and how many each stands for: a series is one of them where it is folded."""
    if folded:
        return await visit.service.folded(member.mailbox, wanted)
    listed = await visit.service.listed(member.mailbox, wanted)
    return listed, [1] * len(listed.rows)


def _wanted(visit: Visit) -> Wanted:
    """Which rows an address names. Raises WrongInput."""
    sort = visit.asked("sort") or "start"
    if sort not in {name for name, _ in COLUMNS}:
        raise WrongInput(f"There is no column {sort!r}.", "Click on the head of a column to sort by it.")
    return Wanted(
        tab=tab_of(visit.asked("tab") or Tab.UNRESOLVED.value), code=visit.asked("code").strip().upper() or None,
        search=visit.asked("search").strip() or None, sort=Sort(sort), descending=visit.asked("order") == "down",
        after=_key(visit.asked("after")), limit=PAGE,
    )  # fmt: skip


def _key(text: str) -> str | None:
    if not text:
        return None
    if len(text) != 32 or not set(text) <= set("0123456789abcdef"):
        raise WrongInput("This page of the history does not exist.", "Begin again with the first one.")
    return text


def tab_of(text: str) -> Tab:
    """The tab of a name. Raises WrongInput."""
    try:
        return Tab.of_value(text)
    except KeyError as error:
        raise WrongInput(f"There is no tab {text!r}.", f"Choose one of {', '.join(tab.value for tab in Tab)}.") from error


async def history_as_csv(visit: Visit) -> Response:
    """All rows that the filters leave, for a spreadsheet. What would be a formula there is written as text."""
    member = await visit.member(visit.asked("who"))
    asked = _wanted(visit)
    listed = await visit.service.listed(
        member.mailbox, Wanted(tab=asked.tab, code=asked.code, search=asked.search, sort=asked.sort, descending=asked.descending)
    )
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*(title for _, title in COLUMNS), "Why", "Item"])
    for row in listed.rows:
        writer.writerow([harmless(text) for text in (*_cells(row), row.reason, row.item)])
    name = f"twincal-{(asked.tab or Tab.UNRESOLVED).value}.csv"
    return Response(
        "\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


def _cells(row: Row) -> list[str]:
    return [
        row.subject, row.start, row.end, row.organizer, "; ".join(f"{one.address} ({one.verdict})" for one in row.participants),
        row.origin, "; ".join(one.name for one in row.matched), row.related_to, row.code, row.first_seen, row.last_attempt,
        str(row.attempts), row.next_attempt, row.retry_ends,
    ]  # fmt: skip


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


async def grouped(visit: Visit) -> Response:
    """Unresolved by the domains and addresses that have no record: of one person, or of everybody in the visitor's part."""
    members = [await visit.member(visit.asked("who"))] if visit.asked("who") or not visit.visitor.administers else await part(visit)
    groups = await visit.service.without_record([member.mailbox for member in members])
    return await visit.page("grouped.html", groups=groups, members=members, org=await org_address(visit))


async def part(visit: Visit) -> list[Member]:
    """The people whom the visitor may see."""
    return [one for one in await visit.service.people() if visit.visitor.may_see(one.id, one.profile)]


async def ignore_for_all(visit: Visit) -> Response:
    """Put domains or addresses on the Ignore List of everybody concerned whom the visitor may see."""
    entries = visit.every("entry")
    if not entries:
        raise WrongInput("Nothing was chosen.", "Tick the addresses or domains first.")
    shown = [await visit.member(mailbox) for mailbox in visit.every("who")]
    for member in shown:
        for entry in entries:
            await visit.service.ignore_entry(member.mailbox, entry, domain="@" not in entry)
    return await visit.back(f"{', '.join(entries)}: on the Ignore List of {len(shown)} people.")


async def retry_for_all(visit: Visit) -> Response:
    """Try everything unresolved of these people again: after records were made in Salesforce."""
    shown = [await visit.member(mailbox) for mailbox in visit.every("who")]
    for member in shown:
        await visit.service.retry(member.mailbox, None)
    return await visit.back(f"Everything unresolved of {len(shown)} people was tried again.")


async def retry_item(visit: Visit) -> Response:
    """Try an item again now; takes *Ignore this item* back."""
    member = await visit.member(visit.asked("who"))
    await visit.service.retry(member.mailbox, visit.asked("item") or None)
    return await visit.back("It was tried again." if visit.asked("item") else "Everything unresolved was tried again.")


async def ignore_item(visit: Visit) -> Response:
    """Ignore this item."""
    member = await visit.member(visit.asked("who"))
    await visit.service.ignore_item(member.mailbox, visit.asked("item"))
    return await visit.back("The item is ignored from now on; *Try again* takes that back.")


async def ignore_address(visit: Visit) -> Response:
    """Put an address or a domain on the person's Ignore List."""
    member = await visit.member(visit.asked("who"))
    entry = visit.asked("entry")
    said = await visit.service.ignore_entry(member.mailbox, entry, domain="@" not in entry)
    return await visit.back(said)


async def choose_side(visit: Visit) -> Response:
    """Settle a held item."""
    member = await visit.member(visit.asked("who"))
    try:
        side = Side.of_value(visit.asked("side"))
    except KeyError as error:
        raise WrongInput("Nobody said which side is right.", "Choose Exchange or Salesforce.") from error
    await visit.service.choose(member.mailbox, visit.asked("item"), side)
    return await visit.back(f"{side.phrase} was right; the other side has been brought into step.")


async def reinstate_value(visit: Visit) -> Response:
    """Put a value that lost a conflict back."""
    member = await visit.member(visit.asked("who"))
    await visit.service.reinstate(member.mailbox, visit.asked("item"), visit.asked("field"), visit.asked("value"))
    return await visit.back("The value is back where it stood, and counts as the latest edit.")


PAGES = (
    page("/history", history),
    page("/history.csv", history_as_csv),
    page("/history/grouped", grouped),
    act("/history/retry", retry_item),
    act("/history/ignore", ignore_item),
    act("/history/ignore-address", ignore_address),
    act("/history/choose", choose_side),
    act("/history/reinstate", reinstate_value),
    act("/history/grouped/ignore", ignore_for_all),
    act("/history/grouped/retry", retry_for_all),
)
