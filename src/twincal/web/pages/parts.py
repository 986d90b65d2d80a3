"""The organization, the subscription and the profiles: what administrators look after."""

from starlette.responses import Response

from twincal.core.access import Authority
from twincal.core.vocabulary import Level
from twincal.engine.appointing import phrase
from twincal.engine.steering import Stopped
from twincal.errors import WrongInput
from twincal.web.visit import Needs, Refused, Visit, act, page


async def organization(visit: Visit) -> Response:
    """The organization: who looks after what, and the emergency stop."""
    return await visit.page(
        "organization.html", visitors=await visit.service.visitors(), stops=await visit.service.stops(),
        profiles=await visit.service.profiles(), members=await visit.service.people(),
    )  # fmt: skip


async def appoint(visit: Visit) -> Response:
    """Make somebody administrator of parts, or of none any more. The last one of the organization stays."""
    wanted = [authority(one) for one in visit.every("part")]
    found = await visit.service.appoint(visit.asked("visitor"), wanted)
    return await visit.back(f"{found.email} is administrator of {phrase(wanted)}.")


def authority(text: str) -> Authority:
    """A part as a form names it: `organization`, `subscription`, or `profile:` with a name. Raises WrongInput."""
    level, _, name = text.partition(":")
    if level == "profile" and name:
        return Authority(Level.PROFILE, name)
    if level in ("organization", "subscription"):
        return Authority(Level.of_value(level))
    raise WrongInput(f"There is no part {text!r}.", "Load the page anew.")


async def invite(visit: Visit) -> Response:
    """Let somebody sign in with a password: the link to choose it is shown once."""
    email, token = await visit.service.invite(visit.asked("email"), visit.asked("name"))
    address = f"{visit.base}/first/{token}"
    return await visit.back(f"Give this link to {email}; it can be used once, within a day: {address}", kind="plain")


async def shut_out(visit: Visit) -> Response:
    """Let somebody sign in no more, and end their sessions; or let them in again, by whichever account has their name by then."""
    found = await visit.service.desk.visitors.find(id=visit.asked("visitor"))
    if found is None or found.id == visit.visitor.id:
        raise WrongInput("Nobody can shut themselves out.", "Another administrator can.")
    await visit.service.let_in(found.id, active=not found.active)
    return await visit.back(f"{found.email} may {'no longer' if found.active else 'again'} sign in.")


async def subscriptions(visit: Visit) -> Response:
    """The subscription: both connections, and what they can do."""
    overview = await visit.service.overview()
    return await visit.page("subscriptions.html", overview=overview, stops=await visit.service.stops())


async def profiles(visit: Visit) -> Response:
    """The profiles of the visitor's part, with their people."""
    members = await visit.service.people()
    names = visit.visitor.profiles(await visit.service.profiles())
    counts = {name: sum(1 for one in members if one.profile == name) for name in names}
    return await visit.page("profiles.html", counts=counts, stops=await visit.service.stops())


async def add_profile(visit: Visit) -> Response:
    """Add a profile."""
    await visit.reach(Level.SUBSCRIPTION)
    await visit.service.add_profile(visit.asked("name"))
    return await visit.back(f"The profile {visit.asked('name')} was added.")


async def stop(visit: Visit) -> Response:
    """The emergency stop: nothing more is written for a person, a profile, or everybody."""
    level, name = await stoppable(visit, visit.asked("level"), visit.asked("name"))
    await visit.service.stop(level, name)
    return await visit.back(f"Nothing more is written for {level.phrase} {name}".rstrip() + ".")


async def resume(visit: Visit) -> Response:
    """Take an emergency stop back."""
    level, name = await stoppable(visit, visit.asked("level"), visit.asked("name"))
    await visit.service.resume(level, name)
    return await visit.back(f"{level.phrase.capitalize()} {name}".rstrip() + " is kept in step again, as it was set before.")


async def stops_of(visit: Visit) -> list[Stopped]:
    """The stops in force that concern the visitor's part: there, and above it."""
    found = await visit.service.stops()
    return [one for one in found if one.level not in (Level.PROFILE, Level.USER) or await _concerns(visit, one)]


async def _concerns(visit: Visit, one: Stopped) -> bool:
    try:
        await visit.reach(one.level, one.name)
    except Refused:
        return False
    return True


async def stoppable(visit: Visit, level: str, name: str) -> tuple[Level, str]:
    """The part that is to stop, or to go on. Raises WrongInput, and Refused beyond what the visitor is an administrator of: their
    own calendar alone is no such part."""
    try:
        where = Level.of_value(level)
    except KeyError as error:
        raise WrongInput("Nobody said what is to stop.", "Load the page anew.") from error
    profile = (await visit.member(name)).profile if where is Level.USER else ""
    if not visit.visitor.reaches(where, name, profile=profile):
        raise Refused("This is beyond the part that you are an administrator of.", "Ask an administrator of that part.")
    return where, name


PAGES = (
    page("/organization", organization, needs=Needs.ORGANIZATION),
    act("/organization/appoint", appoint, needs=Needs.ORGANIZATION),
    act("/organization/invite", invite, needs=Needs.ORGANIZATION),
    act("/organization/shut-out", shut_out, needs=Needs.ORGANIZATION),
    page("/subscriptions", subscriptions, needs=Needs.SUBSCRIPTION),
    page("/profiles", profiles, needs=Needs.ADMINISTRATOR),
    act("/profiles/add", add_profile, needs=Needs.SUBSCRIPTION),
    act("/stop", stop, needs=Needs.ADMINISTRATOR),
    act("/resume", resume, needs=Needs.ADMINISTRATOR),
)
