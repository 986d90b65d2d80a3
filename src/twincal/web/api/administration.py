"""What administrators do: people, profiles, held plans, the emergency stop, the audit log."""

from datetime import date

from fastapi import APIRouter, Depends
from starlette.responses import Response

from twincal.core.access import Sought
from twincal.core.vocabulary import Level
from twincal.engine.preview import StepShown
from twincal.engine.report import HeldPlan, Report
from twincal.engine.steering import Proposed
from twincal.errors import WrongInput
from twincal.ports import Member
from twincal.web.api.shapes import AddPerson, AuditPage, ChangePerson, Done, Named, Some, StopShown, Where, answer, strings
from twincal.web.api.visiting import Asking, needing, told
from twincal.web.pages.audit import day, logged
from twincal.web.pages.history import part
from twincal.web.pages.parts import stoppable, stops_of
from twincal.web.visit import Needs, Visit

router = APIRouter(tags=["administration"], dependencies=[Depends(needing(Needs.ADMINISTRATOR))])
LINES = 200


@router.get("/users/proposed", responses={200: answer(Proposed, many=True)})
async def proposed(visit: Asking, search: str) -> Response:
    """Salesforce's users who match a search, as people to add."""
    return told(await visit.service.proposed(search))


@router.post("/users", responses={200: answer(Member)})
async def add_person(visit: Asking, asked: AddPerson) -> Response:
    """Add a person."""
    await visit.reach(Level.PROFILE, asked.profile)
    return told(await visit.service.add_person(asked.mailbox, asked.salesforce_username, profile=asked.profile))


@router.patch("/users/{mailbox}", responses={200: answer(Done)})
async def change_person(visit: Asking, mailbox: str, asked: ChangePerson) -> Response:
    """Move a person to another profile, or stop and begin syncing them."""
    member = await visit.member(mailbox)
    await visit.reach(Level.PROFILE, member.profile)
    if asked.profile is not None:
        await visit.reach(Level.PROFILE, asked.profile)
        await visit.service.move_person(member.mailbox, asked.profile)
    if asked.active is not None:
        await visit.service.set_active(member.mailbox, active=asked.active)
    return told(Done(said=f"{member.mailbox} was changed."))


@router.delete("/users/{mailbox}", responses={200: answer(Done)})
async def erase_person(visit: Asking, mailbox: str) -> Response:
    """Erase a person with every row and text. Nothing is deleted in either calendar."""
    member = await visit.member(mailbox)
    await visit.reach(Level.PROFILE, member.profile)
    if member.id == visit.visitor.person:
        raise WrongInput("Nobody erases themselves.", "Another administrator can.")
    await visit.service.remove_person(member.mailbox)
    visit.jobs.forget(member.mailbox)
    return told(Done(said="The person was erased."))


@router.get("/profiles", responses={200: strings()})
async def profiles(visit: Asking) -> Response:
    """The profiles of the asker's part."""
    return told(visit.visitor.profiles(await visit.service.profiles()))


@router.post("/profiles", responses={200: answer(Done)}, dependencies=[Depends(needing(Needs.SUBSCRIPTION))])
async def add_profile(visit: Asking, asked: Named) -> Response:
    """Add a profile."""
    await visit.service.add_profile(asked.name)
    return told(Done(said=f"The profile {asked.name.strip()} was added."))


@router.get("/held", responses={200: answer(HeldPlan, many=True)})
async def held(visit: Asking) -> Response:
    """What waits to be released in the asker's part."""
    mine = {one.mailbox for one in await part(visit)}
    return told([one for one in await visit.service.held_plans() if one.mailbox in mine])


@router.get("/held/{plan}", responses={200: answer(StepShown, many=True)})
async def held_steps(visit: Asking, plan: str) -> Response:
    """A held plan, item by item."""
    await _mine(visit, plan)
    return told(await visit.service.held_steps(plan))


@router.post("/held/{plan}/release", responses={200: answer(Report)})
async def release(visit: Asking, plan: str, asked: Some) -> Response:
    """Let a held plan go on, or some items of it."""
    await _mine(visit, plan)
    return told(await visit.service.release(plan, asked.items))


@router.post("/held/{plan}/decline", responses={200: answer(Done)})
async def decline(visit: Asking, plan: str, asked: Some) -> Response:
    """Do not do what is held: the side that would have been written to was right."""
    await _mine(visit, plan)
    count = await visit.service.decline(plan, asked.items)
    return told(Done(said=f"{count} items keep what stands on the side that would have been written to."))


async def _mine(visit: Visit, plan: str) -> None:
    """Raises WrongInput for plans that are not held, Refused for those beyond the asker's part."""
    found = next((one for one in await visit.service.held_plans() if one.plan == plan), None)
    if found is None:
        raise WrongInput("Nothing is held under this name.", "It may have been released, or have changed since.")
    member = await visit.member(found.mailbox)
    await visit.reach(Level.PROFILE, member.profile)


@router.get("/stops", responses={200: answer(StopShown, many=True)})
async def stops(visit: Asking) -> Response:
    """The emergency stops in force in the asker's part."""
    return told([StopShown(level=one.level.value, name=one.name, who=one.who) for one in await stops_of(visit)])


@router.post("/stop", responses={200: answer(Done)})
async def stop(visit: Asking, asked: Where) -> Response:
    """The emergency stop of a person, a profile or everything."""
    level, name = await stoppable(visit, asked.level, asked.name)
    await visit.service.stop(level, name)
    return told(Done(said="Nothing more is written there."))


@router.post("/resume", responses={200: answer(Done)})
async def resume(visit: Asking, asked: Where) -> Response:
    """Take an emergency stop back."""
    level, name = await stoppable(visit, asked.level, asked.name)
    await visit.service.resume(level, name)
    return told(Done(said="It goes on as it was set before."))


@router.get("/audit", responses={200: answer(AuditPage)})
async def audit(
    visit: Asking, search: str = "", by: str = "", action: str = "", since: date | None = None, until: date | None = None,
    before: int | None = None,
) -> Response:  # fmt: skip
    """The audit log of the asker's part, the newest first: what somebody did, what was done, on which days of the asker's zone."""
    sought = Sought(who=by, action=action, search=search, since=day(visit, since), until=day(visit, until, over=True))
    lines, following = await logged(visit, sought, before=before, limit=LINES)
    return told(AuditPage(lines=tuple(line for _, line in lines), following=following))
