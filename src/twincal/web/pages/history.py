"""The history: three tabs, sorted, searched and filtered, with what people may do about a row."""

from starlette.responses import Response

from twincal.core.vocabulary import Side, Tab
from twincal.errors import WrongInput
from twincal.web.visit import Visit, act, page

TABS = tuple(tab.value for tab in Tab)


async def history(visit: Visit) -> Response:
    """One tab of one person's history."""
    member = await visit.member(visit.asked("who"))
    tab = _tab(visit.asked("tab", Tab.UNRESOLVED.value))
    rows = await visit.service.history(
        member.mailbox, tab=tab, code=visit.asked("code") or None, search=visit.asked("search") or None
    )
    counts = await visit.service.standing(member.mailbox)
    return await visit.page("history.html", member=member, tab=tab, rows=rows, counts=counts)


def _tab(text: str) -> Tab:
    try:
        return Tab.of_value(text)
    except KeyError as error:
        raise WrongInput(f"There is no tab {text!r}.", f"Choose one of {', '.join(TABS)}.") from error


async def retry_item(visit: Visit) -> Response:
    """Try an item again now; takes *Ignore this item* back."""
    member = await visit.member(visit.asked("who"))
    await visit.service.retry(member.mailbox, visit.asked("item") or None)
    return await visit.back("It was tried again." if visit.asked("item") else "Everything unresolved was tried again.")


async def ignore_item(visit: Visit) -> Response:
    """Ignore this item."""
    member = await visit.member(visit.asked("who"))
    await visit.service.ignore_item(member.mailbox, visit.asked("item"))
    return await visit.back("The item is ignored from now on; *Try again* takes that back.")


async def ignore_address(visit: Visit) -> Response:
    """Put an address or a domain on the person's Ignore List."""
    member = await visit.member(visit.asked("who"))
    entry = visit.asked("entry")
    said = await visit.service.ignore_entry(member.mailbox, entry, domain="@" not in entry)
    return await visit.back(said)


async def choose_side(visit: Visit) -> Response:
    """Settle a held item."""
    member = await visit.member(visit.asked("who"))
    try:
        side = Side.of_value(visit.asked("side"))
    except KeyError as error:
        raise WrongInput("Nobody said which side is right.", "Choose Exchange or Salesforce.") from error
    await visit.service.choose(member.mailbox, visit.asked("item"), side)
    return await visit.back(f"{side.phrase} was right; the other side has been brought into step.")


PAGES = (
    page("/history", history),
    act("/history/retry", retry_item),
    act("/history/ignore", ignore_item),
    act("/history/ignore-address", ignore_address),
    act("/history/choose", choose_side),
)
