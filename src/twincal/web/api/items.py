"""Single items: listed, explained, and what people say about them."""

from datetime import date

from fastapi import APIRouter
from starlette.responses import Response

from twincal.core.listing import Sort, Wanted
from twincal.core.vocabulary import Side, Tab
from twincal.engine.grouping import DomainGroup
from twincal.engine.history import Explained, Listed
from twincal.engine.reinstate import LossShown
from twincal.engine.report import Report
from twincal.engine.timeline import Written
from twincal.engine.undo import RunShown, Undone
from twincal.errors import WrongInput
from twincal.web.api.shapes import (
    AboutItem,
    Choose,
    Done,
    ForMany,
    IgnoreEntry,
    IgnoreForMany,
    Pair,
    Reinstate,
    Retry,
    Undo,
    answer,
)
from twincal.web.api.visiting import Asking, told
from twincal.web.pages.explain import is_private
from twincal.web.pages.history import part
from twincal.web.visit import Refused

router = APIRouter(tags=["items"])
MOST = 500


@router.get("/people/{mailbox}/history", responses={200: answer(Listed)})
async def history(
    visit: Asking, mailbox: str, tab: str = "", code: str = "", search: str = "", sort: str = "start", descending: bool = False,
    after: str = "", limit: int = 100,
) -> Response:  # fmt: skip
    """One page of a person's history; `following` of the answer is `after` of the next page."""
    member = await visit.member(mailbox)
    if not 1 <= limit <= MOST:
        raise WrongInput(f"{limit} rows cannot be shown.", f"Ask for 1 to {MOST}.")
    if after and (len(after) != 32 or not set(after) <= set("0123456789abcdef")):
        raise WrongInput("There is no such page.", "Begin without `after`.")
    try:
        wanted = Wanted(
            tab=Tab.of_value(tab) if tab else None, code=code or None, search=search or None, sort=Sort(sort),
            descending=descending, after=after or None, limit=limit,
        )  # fmt: skip
    except (KeyError, ValueError) as error:
        raise WrongInput("There is no such tab or column.", "The API's document lists them.") from error
    return told(await visit.service.listed(member.mailbox, wanted))


@router.get("/people/{mailbox}/unresolved", responses={200: answer(DomainGroup, many=True)})
async def without_record(visit: Asking, mailbox: str) -> Response:
    """What is unresolved, by the domains and addresses that have no record."""
    return told(await visit.service.without_record([(await visit.member(mailbox)).mailbox]))


@router.get("/unresolved", responses={200: answer(DomainGroup, many=True)})
async def without_record_in_part(visit: Asking) -> Response:
    """The same, of everybody whom the asker may see."""
    return told(await visit.service.without_record([one.mailbox for one in await part(visit)]))


@router.post("/unresolved/ignore", responses={200: answer(Done)})
async def ignore_for_many(visit: Asking, asked: IgnoreForMany) -> Response:
    """Put addresses and domains on the Ignore List of many people."""
    shown = [await visit.member(mailbox) for mailbox in asked.mailboxes]
    for member in shown:
        for entry in asked.entries:
            await visit.service.ignore_entry(member.mailbox, entry, domain="@" not in entry)
    return told(Done(said=f"{', '.join(asked.entries)}: on the Ignore List of {len(shown)} people."))


@router.post("/unresolved/retry", responses={200: answer(Done)})
async def retry_for_many(visit: Asking, asked: ForMany) -> Response:
    """Try everything unresolved of many people again."""
    shown = [await visit.member(mailbox) for mailbox in asked.mailboxes]
    for member in shown:
        await visit.service.retry(member.mailbox, None)
    return told(Done(said=f"Everything unresolved of {len(shown)} people was tried again."))


@router.get("/people/{mailbox}/explain", responses={200: answer(Explained)})
async def explain(visit: Asking, mailbox: str, item: str) -> Response:
    """Why an item was or was not synced, and what would change that."""
    member = await visit.member(mailbox)
    found = await visit.service.explain(member.mailbox, item)
    if is_private(found) and member.id != visit.visitor.person:
        raise Refused("This is a private item.", "Only its owner is told why it was or was not synced.")
    return told(found)


@router.get("/people/{mailbox}/timeline", responses={200: answer(Written, many=True)})
async def timeline(visit: Asking, mailbox: str, item: str) -> Response:
    """What was written for an item."""
    return told(await visit.service.timeline((await visit.member(mailbox)).mailbox, item))


@router.get("/people/{mailbox}/runs", responses={200: answer(RunShown, many=True)})
async def runs(visit: Asking, mailbox: str) -> Response:
    """The runs that wrote something."""
    return told(await visit.service.runs((await visit.member(mailbox)).mailbox))


@router.post("/items/retry", responses={200: answer(Report)})
async def retry(visit: Asking, asked: Retry) -> Response:
    """Try an item again, or everything unresolved."""
    return told(await visit.service.retry((await visit.member(asked.mailbox)).mailbox, asked.item or None))


@router.post("/items/ignore", responses={200: answer(Done)})
async def ignore_item(visit: Asking, asked: AboutItem) -> Response:
    """Ignore an item."""
    return told(Done(said=await visit.service.ignore_item((await visit.member(asked.mailbox)).mailbox, asked.item)))


@router.post("/items/ignore-entry", responses={200: answer(Done)})
async def ignore_entry(visit: Asking, asked: IgnoreEntry) -> Response:
    """Put an address or a domain on a person's Ignore List."""
    member = await visit.member(asked.mailbox)
    return told(Done(said=await visit.service.ignore_entry(member.mailbox, asked.entry, domain="@" not in asked.entry)))


@router.post("/items/choose", responses={200: answer(Report)})
async def choose(visit: Asking, asked: Choose) -> Response:
    """Settle a held item."""
    return told(await visit.service.choose((await visit.member(asked.mailbox)).mailbox, asked.item, Side.of_value(asked.side)))


@router.post("/items/pair", responses={200: answer(Report)})
async def pair(visit: Asking, asked: Pair) -> Response:
    """Say that an item and one of the other side are the same."""
    return told(await visit.service.pair((await visit.member(asked.mailbox)).mailbox, asked.item, asked.other))


@router.get("/people/{mailbox}/losses", responses={200: answer(LossShown, many=True)})
async def losses(visit: Asking, mailbox: str, item: str) -> Response:
    """The values of an item that lost a conflict, the newest first."""
    return told(await visit.service.losses((await visit.member(mailbox)).mailbox, item))


@router.post("/items/reinstate", responses={200: answer(Report)})
async def reinstate(visit: Asking, asked: Reinstate) -> Response:
    """Put a value that lost a conflict back."""
    member = await visit.member(asked.mailbox)
    return told(await visit.service.reinstate(member.mailbox, asked.item, asked.field, asked.value))


@router.post("/undo", responses={200: answer(Undone)})
async def undo(visit: Asking, asked: Undo) -> Response:
    """What taking something back would do; with `do` it is done."""
    member = await visit.member(asked.mailbox)
    try:
        day = date.fromisoformat(asked.day) if asked.day else None
    except ValueError as error:
        raise WrongInput(f"{asked.day!r} is not a day.", "Write it as 2027-03-05.") from error
    return told(await visit.service.undo(member.mailbox, text=asked.item, fields=asked.fields, run=asked.run, day=day, do=asked.do))
