"""What waits for an administrator: held plans."""

from starlette.responses import Response

from twincal.core.vocabulary import Level
from twincal.errors import WrongInput
from twincal.ports import Member
from twincal.web.pages.history import part
from twincal.web.visit import Needs, Visit, act, page


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


PAGES = (
    page("/held", held, needs=Needs.ADMINISTRATOR),
    page("/held/{plan}", held_plan, needs=Needs.ADMINISTRATOR),
    act("/held/release", release, needs=Needs.ADMINISTRATOR),
    act("/held/decline", decline, needs=Needs.ADMINISTRATOR),
)
