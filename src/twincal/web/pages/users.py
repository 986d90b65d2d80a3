"""Users: taken over from Salesforce with a preview, moved between profiles, stopped, erased."""

from starlette.responses import Response

from twincal.core.vocabulary import Level
from twincal.engine.whatif import Change
from twincal.errors import WrongInput
from twincal.ports import Member
from twincal.web.pages.history import part
from twincal.web.visit import Needs, Refused, Visit, act, page


async def users(visit: Visit) -> Response:
    """Everybody in the visitor's part."""
    wanted = visit.asked("search").strip().casefold()
    shown = [one for one in await part(visit)
             if not wanted or any(wanted in text.casefold() for text in (one.name, one.mailbox, one.profile))]  # fmt: skip
    standings = await visit.service.standings()
    overview = await visit.service.overview()
    profiles = visit.visitor.profiles(await visit.service.profiles())
    return await visit.page(
        "users.html", shown=shown, standings=standings, failures=overview.rhythm.failures, profiles=profiles,
        search=visit.asked("search"),
        stopped={one.name: one.who for one in await visit.service.stops() if one.level is Level.USER},
    )  # fmt: skip


async def import_page(visit: Visit) -> Response:
    """Salesforce's users who match a search, each with the mailbox that is proposed."""
    search = visit.asked("search").strip()
    proposed = await visit.service.proposed(search) if search else []
    profiles = visit.visitor.profiles(await visit.service.profiles())
    return await visit.page("import.html", search=search, proposed=proposed, profiles=profiles)


async def import_users(visit: Visit) -> Response:
    """Add those who were ticked; whoever cannot be added is named, and the others are."""
    profile = visit.asked("profile") or "Standard User"
    await visit.reach(Level.PROFILE, profile)
    usernames = visit.every("username")
    if not usernames:
        raise WrongInput("Nobody was ticked.", "Tick the people to add.")
    added = 0
    for username in usernames:
        mailbox = visit.asked(f"mailbox {username}").strip()
        try:
            await visit.service.add_person(mailbox, username, profile=profile)
            added += 1
        except WrongInput as error:
            visit.say(f"{username}: {error.message} {error.remedy}", "bad")
    return await visit.go("/users", f"{added} {'person was' if added == 1 else 'people were'} added to the profile {profile}.")


async def preview_move(visit: Visit) -> Response:
    """What moving people to another profile would do."""
    members, profile = await _moving(visit)
    change = Change(people=tuple(one.mailbox for one in members), profile=profile)
    of = sum(one.active for one in members)
    job = visit.jobs.begin(visit.visitor.id, change, of, lambda: visit.service.what_if(change))
    await visit.jobs.settled(job, 3)
    return await visit.go(f"/what-if/{job.id}", next="/users")


async def move_user(visit: Visit) -> Response:
    """Put people under another profile."""
    members, profile = await _moving(visit)
    for member in members:
        await visit.service.move_person(member.mailbox, profile)
    who = members[0].mailbox if len(members) == 1 else f"{len(members)} people"
    return await visit.back(f"{who} {'is' if len(members) == 1 else 'are'} in the profile {profile} now.", default="/users")


async def _moving(visit: Visit) -> tuple[list[Member], str]:
    """Who shall move, and to which profile; the visitor reaches all of that."""
    members = [await visit.member(mailbox) for mailbox in visit.every("who") if mailbox]
    if not members:
        raise WrongInput("Nobody was ticked.", "Tick the people to move.")
    profile = visit.asked("profile")
    for one in {profile, *(member.profile for member in members)}:
        await visit.reach(Level.PROFILE, one)
    return members, profile


async def set_active(visit: Visit) -> Response:
    """Sync a person, or stop; nothing that stands in either calendar is touched."""
    member = await visit.member(visit.asked("who"))
    await visit.reach(Level.PROFILE, member.profile)
    active = visit.asked("active") == "1"
    await visit.service.set_active(member.mailbox, active=active)
    return await visit.back(f"{member.mailbox} is {'synced again' if active else 'no longer synced'}.")


async def erase_user(visit: Visit) -> Response:
    """Erase a person with every row and text that is kept of them; that it was done is noted, without a name."""
    member = await visit.member(visit.asked("who"))
    await visit.reach(Level.PROFILE, member.profile)
    if visit.asked("confirm").strip().lower() != member.mailbox:
        raise WrongInput("The address that was typed is another one.", f"To erase {member.mailbox}, type that address.")
    if member.id == visit.visitor.person:
        raise Refused("Nobody erases themselves.", "Another administrator can.")
    await visit.service.remove_person(member.mailbox)
    visit.jobs.forget(member.mailbox)
    visit.data = {key: value for key, value in visit.data.items() if key == "zone"}  # the rest may quote who was erased
    return await visit.go("/users", "The person was erased. Nothing was deleted in either calendar.")


PAGES = (
    page("/users", users, needs=Needs.ADMINISTRATOR),
    page("/users/import", import_page, needs=Needs.ADMINISTRATOR),
    act("/users/import", import_users, needs=Needs.ADMINISTRATOR),
    act("/users/preview-move", preview_move, needs=Needs.ADMINISTRATOR, quiet=True),
    act("/users/move", move_user, needs=Needs.ADMINISTRATOR),
    act("/users/active", set_active, needs=Needs.ADMINISTRATOR),
    act("/users/erase", erase_user, needs=Needs.ADMINISTRATOR),
)
