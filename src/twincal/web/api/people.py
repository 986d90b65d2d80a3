"""Who asks, their calendars and settings."""

from datetime import UTC, date, datetime, time, timedelta

from fastapi import APIRouter
from starlette.responses import Response

from twincal.core.vocabulary import Level
from twincal.engine.administration import SettingShown
from twincal.engine.history import written
from twincal.engine.preview import Preview
from twincal.engine.report import Report, Standing
from twincal.engine.whatif import Change
from twincal.errors import WrongInput
from twincal.ports import Member
from twincal.web.api.shapes import (
    DiaryLine,
    Done,
    Home,
    NoticeShown,
    OverviewShown,
    SetSetting,
    SideShown,
    Think,
    UnsetSetting,
    answer,
)
from twincal.web.api.visiting import Asking, told
from twincal.web.pages.history import part
from twincal.web.pages.settings import settings_for, unlocked
from twincal.web.visit import Visit

router = APIRouter(tags=["people"])
LONGEST = 62
"""Days that one look at a calendar shows at most."""


@router.get("/me", responses={200: answer(Home)})
async def me(visit: Asking) -> Response:
    """Who asks, and the token for changes."""
    own = visit.own(await visit.service.people())
    return told(
        Home(
            email=visit.visitor.email, name=visit.visitor.name, mailbox=own.mailbox if own else "",
            administrator_of=tuple(one.phrase for one in visit.visitor.authorities), csrf=visit.session.csrf,
        )
    )  # fmt: skip


@router.get("/overview", responses={200: answer(OverviewShown)})
async def overview(visit: Asking) -> Response:
    """How both connections stand, and when Twincal looks."""
    found = await visit.service.overview()
    sides = tuple(SideShown(side=one.side.value, account=one.account, address=one.address, requests_used=one.used,
                            requests_allowed=one.allowed) for one in found.sides)  # fmt: skip
    rhythm = found.rhythm
    return told(OverviewShown(sides=sides, last_round=written(rhythm.ended), next_round=written(rhythm.following),
                              interval_seconds=found.interval))  # fmt: skip


@router.get("/people", responses={200: answer(Member, many=True)})
async def people(visit: Asking) -> Response:
    """Everybody whom the asker may see."""
    shown = await part(visit)
    own = visit.own(await visit.service.people())
    return told([*shown] if own is None or own in shown else [own, *shown])


@router.get("/people/{mailbox}/standing", responses={200: answer(Standing)})
async def standing(visit: Asking, mailbox: str) -> Response:
    """How a person's items stand."""
    return told(await visit.service.standing((await visit.member(mailbox)).mailbox))


@router.get("/people/{mailbox}/calendar", responses={200: answer(DiaryLine, many=True)})
async def calendar(visit: Asking, mailbox: str, start: date, days: int = 7) -> Response:
    """Both calendars from a day on, each item with how it stands. Private items are shown to their owner alone."""
    if not 1 <= days <= LONGEST:
        raise WrongInput(f"{days} days cannot be shown.", f"Ask for 1 to {LONGEST}.")
    if not date.min + timedelta(days=1) < start < date.max - timedelta(days=LONGEST + 1):
        raise WrongInput(f"{start} is beyond every calendar.", "Ask for a day of this century.")
    member = await visit.member(mailbox)
    first = datetime.combine(start, time(), UTC)
    shown = await visit.service.diary(member.mailbox, first, first + timedelta(days=days))
    mine = member.id == visit.visitor.person
    return told([
        DiaryLine(item=one.item, start=written(one.start), end=written(one.end), all_day=one.all_day, state=one.state.value,
                  sides=one.sides, subject=one.subject, place=one.place, code=one.code, why=one.why)
        for one in shown if mine or one.state.value != "private"
    ])  # fmt: skip


@router.post("/people/{mailbox}/sync", responses={200: answer(Report)})
async def sync(visit: Asking, mailbox: str) -> Response:
    """Look at a person's calendars now."""
    return told(await visit.service.sync([(await visit.member(mailbox)).mailbox]))


@router.get("/settings", responses={200: answer(SettingShown, many=True)})
async def settings(visit: Asking, level: str = "user", name: str = "") -> Response:
    """Every setting as it applies at a level."""
    where, who = await place(visit, level, name)
    return told(await settings_for(visit, where, who))


@router.put("/settings", responses={200: answer(SettingShown)})
async def set_setting(visit: Asking, asked: SetSetting) -> Response:
    """Set a value, and a lock."""
    where, who = await place(visit, asked.level, asked.name)
    await unlocked(visit, where, who, asked.key)
    return told(await visit.service.set_setting(asked.key, asked.value, level=where.value, who=who, lock=asked.lock))


@router.post("/settings/unset", responses={200: answer(SettingShown)})
async def unset_setting(visit: Asking, asked: UnsetSetting) -> Response:
    """Give a setting up, so that the inherited value counts."""
    where, who = await place(visit, asked.level, asked.name)
    await unlocked(visit, where, who, asked.key)
    return told(await visit.service.unset_setting(asked.key, level=where.value, who=who))


@router.post("/what-if", responses={200: answer(Preview, many=True)})
async def what_if(visit: Asking, asked: Think) -> Response:
    """What a change would do to everybody it reaches. Writes nothing."""
    if asked.profile:
        members = [await visit.member(mailbox) for mailbox in asked.people or [asked.name]]
        for profile in {asked.profile, *(member.profile for member in members)}:
            await visit.reach(Level.PROFILE, profile)
        change = Change(people=tuple(member.mailbox for member in members), profile=asked.profile)
    else:
        where, who = await place(visit, asked.level, asked.name)
        change = Change(level=where, name=who, key=asked.key, value=asked.value, lock=asked.lock)
    return told([one async for one in visit.service.what_if(change)])


@router.get("/notices", responses={200: answer(NoticeShown, many=True)})
async def notices(visit: Asking) -> Response:
    """What administrators changed for the asker, the newest first."""
    log = visit.service.audit_log
    found = await log.book.notices(visit.visitor.person) if log and visit.visitor.person else []
    return told([NoticeShown(at=written(one.at), text=one.text) for one in found])


@router.post("/notices/read", responses={200: answer(Done)})
async def read_notices(visit: Asking) -> Response:
    """What administrators changed has been read."""
    if visit.visitor.person and visit.service.audit_log is not None:
        await visit.service.audit_log.book.put_away(visit.visitor.person)
    return told(Done(said="Read."))


async def place(visit: Visit, level: str, name: str) -> tuple[Level, str]:
    """A level that the asker reaches. Raises WrongInput, Refused."""
    try:
        where = Level.of_value(level)
    except KeyError as error:
        raise WrongInput(f"There is no level {level!r}.", "Choose organization, subscription, profile or user.") from error
    who = (await visit.member(name)).mailbox if where is Level.USER else name
    await visit.reach(where, who)
    return where, who
