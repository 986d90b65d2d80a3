"""Explain: why an item was or was not synced, what would change that, and what was written for it. Undo starts here."""

from contextlib import suppress
from datetime import date

from starlette.responses import Response

from twincal.core.rules.fate import CHOOSABLE
from twincal.core.settings_table import SETTINGS
from twincal.core.vocabulary import Level
from twincal.engine.history import Explained
from twincal.engine.undo import Undone
from twincal.errors import WrongInput
from twincal.ports import Member
from twincal.web.pages.history import org_address
from twincal.web.visit import Refused, Visit, act, page


async def explain(visit: Visit) -> Response:
    """The answer for an item named by subject, id or link; the question, where none is named."""
    member = await visit.member(visit.asked("who"))
    asked = visit.asked("item").strip()
    answer, failure, row, written, hits = None, None, None, [], []
    if asked:
        try:
            answer = await visit.service.explain(member.mailbox, asked)
            if answer.item is not None:
                written = await visit.service.timeline(member.mailbox, answer.item.item)
                row = await visit.service.row_of(member.mailbox, answer.item.item)
        except WrongInput as error:
            failure, hits = error, await visit.service.find(member.mailbox, asked)
    hidden = answer is not None and is_private(answer) and member.id != visit.visitor.person
    return await visit.page(
        "explain.html", member=member, asked=asked, answer=None if hidden else answer, failure=failure, written=written,
        hits=hits if len(hits) > 1 else [], hidden=hidden, changeable=await _changeable(visit, member, answer),
        row=row, org=await org_address(visit), choosable=CHOOSABLE,
    )  # fmt: skip


def is_private(answer: Explained) -> bool:
    """Is it about a private item, which only its owner is told of?"""
    return answer.item is not None and not answer.item.subject and not answer.item.start


async def _changeable(visit: Visit, member: Member, answer: Explained | None) -> tuple[str, str] | None:
    """Where the reader may change the setting that decided: the address of the page, and the setting's label."""
    decided = answer.deciding_setting if answer else None
    if decided is None or decided.key not in SETTINGS:
        return None
    row = SETTINGS[decided.key]
    shown = {one.key: one for one in await visit.service.settings(member.mailbox)}[decided.key]
    if Level.USER in row.levels and not shown.locked_by:
        return f"/settings?who={member.mailbox}#{decided.key}", row.label
    for level in (Level.PROFILE, Level.SUBSCRIPTION, Level.ORGANIZATION):
        with suppress(Refused):
            if level in row.levels:
                await visit.reach(level, member.profile if level is Level.PROFILE else "")
                name = f"&name={member.profile}" if level is Level.PROFILE else ""
                return f"/admin/settings?level={level.value}{name}#{decided.key}", row.label
    return None


async def undo_page(visit: Visit) -> Response:
    """What taking back an item, a field, a run or a day would do, before it is done; the runs, where nothing is named."""
    member = await visit.member(visit.asked("who"))
    runs = await visit.service.runs(member.mailbox)
    named = visit.asked("item") or visit.asked("run") or visit.asked("day")
    undone = await _undo(visit, member, do=False) if named else None
    return await visit.page("undo.html", member=member, runs=runs, undone=undone, inside=_place(visit, member))


async def undo(visit: Visit) -> Response:
    """Take it back."""
    member = await visit.member(visit.asked("who"))
    undone = await _undo(visit, member, do=True)
    done = sum(1 for step in undone.steps if step.done)
    return await visit.page(
        "undo.html", member=member, runs=await visit.service.runs(member.mailbox), undone=undone, done=done,
        inside=_place(visit, member),
    )  # fmt: skip


def _place(visit: Visit, member: Member) -> str:
    """The place of the navigation to which the page belongs."""
    return "Home" if member.id == visit.visitor.person else "Users"


async def _undo(visit: Visit, member: Member, *, do: bool) -> Undone:
    try:
        day = date.fromisoformat(visit.asked("day")) if visit.asked("day") else None
    except ValueError as error:
        raise WrongInput(f"{visit.asked('day')!r} is not a day.", "Write it as 2027-03-05.") from error
    fields = [one for one in visit.asked("fields").split(",") if one]
    return await visit.service.undo(member.mailbox, text=visit.asked("item"), fields=fields, run=visit.asked("run"), day=day, do=do)


PAGES = (
    page("/explain", explain),
    page("/undo", undo_page),
    act("/undo", undo),
)
