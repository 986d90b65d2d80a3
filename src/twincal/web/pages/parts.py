"""The organization, the subscription and the profiles: what administrators look after."""

from starlette.responses import Response

from twincal.core.access import Authority
from twincal.core.vocabulary import Level
from twincal.errors import WrongInput
from twincal.web.visit import Needs, Refused, Visit, act, page


async def organization(visit: Visit) -> Response:
    """The organization: who looks after what, and the emergency stop."""
    desk = visit.service.desk
    return await visit.page(
        "organization.html", visitors=await desk.visitors.all(), stops=await visit.service.stops(),
        profiles=await visit.service.profiles(), members=await visit.service.people(),
    )  # fmt: skip


async def appoint(visit: Visit) -> Response:
    """Make somebody administrator of parts, or of none any more. The last one of the organization stays."""
    desk = visit.service.desk
    found = await desk.visitors.find(id=visit.asked("visitor"))
    if found is None:
        raise WrongInput("That person may not sign in any more.", "Load the page anew.")
    wanted = [authority(one) for one in visit.every("part")]
    others = [one for one in await desk.visitors.all() if one.id != found.id and one.reaches(Level.ORGANIZATION) and one.active]
    if not others and Authority(Level.ORGANIZATION) not in wanted:
        raise WrongInput("Nobody would look after the organization.", "Appoint somebody else first.")
    await desk.visitors.appoint(found.id, wanted)
    before, after = (", ".join(one.phrase for one in parts) or "nothing" for parts in (found.authorities, wanted))
    await visit.service.note("administrator appointed", found.email, before=before, after=after)
    return await visit.back(f"{found.email} is administrator of {after}.")


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
    desk = visit.service.desk
    email, name = visit.asked("email").strip().lower(), visit.asked("name").strip()
    if "@" not in email:
        raise WrongInput(f"{email!r} is not an address.", "For example: ann@northwind.example.")
    member = next((one for one in await visit.service.people() if email in (one.mailbox, *one.aliases)), None)
    found = await desk.visitors.find(email=email)
    if found is None:
        person = member.id if member and await desk.visitors.find(person=member.id) is None else ""
        found = await desk.visitors.add(email, name or (member.name if member else ""), person=person)
    token = await desk.invite(found.id)
    await visit.service.note("invited", email, member=member)
    address = f"{visit.base}/first/{token}"
    return await visit.back(f"Give this link to {email}; it can be used once, within a day: {address}", kind="plain")


async def shut_out(visit: Visit) -> Response:
    """Let somebody sign in no more, and end their sessions; or let them in again, by whichever account has their name by then."""
    desk = visit.service.desk
    found = await desk.visitors.find(id=visit.asked("visitor"))
    if found is None or found.id == visit.visitor.id:
        raise WrongInput("Nobody can shut themselves out.", "Another administrator can.")
    await desk.visitors.change(found.id, active=not found.active, **({} if found.active else {"subject": ""}))
    await desk.close_everywhere(found.id)
    await visit.service.note("shut out" if found.active else "let in again", found.email)
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
    level, name = await _stoppable(visit)
    await visit.service.stop(level, name)
    return await visit.back(f"Nothing more is written for {level.phrase} {name}".rstrip() + ".")


async def resume(visit: Visit) -> Response:
    """Take an emergency stop back."""
    level, name = await _stoppable(visit)
    await visit.service.resume(level, name)
    return await visit.back(f"{level.phrase.capitalize()} {name}".rstrip() + " is kept in step again, as it was set before.")


async def _stoppable(visit: Visit) -> tuple[Level, str]:
    try:
        level = Level.of_value(visit.asked("level"))
    except KeyError as error:
        raise WrongInput("Nobody said what is to stop.", "Load the page anew.") from error
    name = visit.asked("name")
    if not visit.visitor.administers:
        raise Refused("Only administrators stop the sync of a part.", "Set your own mode to Off instead.")
    await visit.reach(level, name)
    return level, name


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
