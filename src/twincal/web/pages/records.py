"""What waits for an administrator, and what administrators did: held plans and the audit log."""

import csv
import io

from starlette.responses import Response

from twincal.core.access import AuditLine
from twincal.core.vocabulary import Level
from twincal.errors import WrongInput
from twincal.ports import Member
from twincal.web.pages.history import harmless, part
from twincal.web.visit import Needs, Visit, act, page

PAGE = 100


async def held(visit: Visit) -> Response:
    """All plans that are held in the visitor's part."""
    mine = {one.mailbox for one in await part(visit)}
    plans = [one for one in await visit.service.held_plans() if one.mailbox in mine]
    return await visit.page("held.html", plans=plans, plan=None, steps=[])


async def held_plan(visit: Visit) -> Response:
    """One held plan, item by item."""
    member, plan = await _plan(visit, visit.request.path_params["plan"])
    steps = await visit.service.held_steps(plan)
    plans = [one for one in await visit.service.held_plans() if one.plan == plan]
    return await visit.page("held.html", plans=plans, plan=plan, steps=steps, member=member)


async def _plan(visit: Visit, plan: str) -> tuple[Member, str]:
    """A held plan and whose it is. Raises Refused for plans beyond the visitor's part."""
    found = next((one for one in await visit.service.held_plans() if one.plan == plan), None)
    if found is None:
        raise WrongInput("Nothing is held under this name any more.", "It may have been released, or have changed since.")
    member = await visit.member(found.mailbox)
    await visit.reach(Level.PROFILE, member.profile)
    return member, plan


async def release(visit: Visit) -> Response:
    """Let everything go on, or what was ticked."""
    _, plan = await _plan(visit, visit.asked("plan"))
    items = visit.every("item") if visit.asked("part") else []
    if visit.asked("part") and not items:
        raise WrongInput("Nothing was ticked.", "Tick the items that may go on.")
    report = await visit.service.release(plan, items)
    done = sum(report.total(what).exchange + report.total(what).salesforce for what in ("created", "updated", "deleted"))
    return await visit.go("/held", f"Released: {done} writes were carried out.")


async def decline(visit: Visit) -> Response:
    """Do not do it: the side that would have been written to was right."""
    member, plan = await _plan(visit, visit.asked("plan"))
    count = await visit.service.decline(plan, visit.every("item") if visit.asked("part") else [])
    await visit.service.sync([member.mailbox], full=True)
    return await visit.go("/held", f"Declined: {count} items keep what stands on the side that would have been written to.")


async def audit(visit: Visit) -> Response:
    """Every administrative change in the visitor's part, the newest first."""
    lines, following = await _lines(visit, PAGE)
    return await visit.page("audit.html", lines=lines, following=following)


async def audit_as_csv(visit: Visit) -> Response:
    """The same, for a spreadsheet."""
    lines, _ = await _lines(visit, 1_000_000)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["When (UTC)", "Who", "What", "To", "From what", "To what"])
    for _, line in lines:
        row = (f"{line.at:%Y-%m-%d %H:%M:%S}", line.who, line.action, line.target, line.before, line.after)
        writer.writerow([harmless(text) for text in row])
    headers = {"Content-Disposition": 'attachment; filename="twincal-audit.csv"'}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


async def _lines(visit: Visit, limit: int) -> tuple[list[tuple[int, AuditLine]], str]:
    log = visit.service.audit_log
    profiles = None if visit.visitor.reaches(Level.SUBSCRIPTION) else visit.visitor.profiles(await visit.service.profiles())
    before = visit.asked("before")
    found = await log.book.lines(
        profiles=profiles, who=visit.asked("by"), action=visit.asked("action"), search=visit.asked("search"),
        before=int(before) if before.isdigit() else None, limit=limit + 1,
    ) if log else []  # fmt: skip
    return found[:limit], str(found[limit - 1][0]) if len(found) > limit else ""


PAGES = (
    page("/held", held, needs=Needs.ADMINISTRATOR),
    page("/held/{plan}", held_plan, needs=Needs.ADMINISTRATOR),
    act("/held/release", release, needs=Needs.ADMINISTRATOR),
    act("/held/decline", decline, needs=Needs.ADMINISTRATOR),
    page("/audit", audit, needs=Needs.ADMINISTRATOR),
    page("/audit.csv", audit_as_csv, needs=Needs.ADMINISTRATOR),
)
