"""Home: both connections, the last and the next cycle, how many items stand where, and what waits for somebody."""

from starlette.responses import Response

from twincal.web.visit import Visit, act, page


async def home(visit: Visit) -> Response:
    """The first page."""
    overview = await visit.service.overview()
    members = await visit.service.people()
    me = visit.own(members)
    standing = await visit.service.standing(me.mailbox) if me else None
    mine = {one.mailbox for one in members if visit.visitor.may_see(one.id, one.profile)}
    held = [plan for plan in await visit.service.held_plans() if plan.mailbox in mine]
    return await visit.page("home.html", overview=overview, me=me, standing=standing, held=held, people=len(members))


async def look_now(visit: Visit) -> Response:
    """Look at a person's two calendars at once."""
    member = await visit.member(visit.asked("who"))
    report = await visit.service.sync([member.mailbox])
    failure = report.people[0].failure
    if failure is not None:
        return await visit.back(f"{failure.message} {failure.remedy}", kind="bad")
    sides = [report.total(what) for what in ("created", "updated", "deleted")]
    done = [f"{one.exchange + one.salesforce} {what}" for one, what in zip(sides, ("created", "updated", "deleted"), strict=True)]
    return await visit.back(f"Both calendars were looked at: {', '.join(done)}.")


async def put_notices_away(visit: Visit) -> Response:
    """What an administrator changed has been read."""
    if visit.visitor.person and visit.service.audit_log is not None:
        await visit.service.audit_log.book.put_away(visit.visitor.person)
    return await visit.back()


async def choose_zone(visit: Visit) -> Response:
    """The zone in which times are shown."""
    visit.data["zone"] = visit.asked("zone")
    return await visit.back()


PAGES = (
    page("/", home),
    act("/look", look_now),
    act("/notices", put_notices_away, quiet=True),
    act("/zone", choose_zone, quiet=True),
)
