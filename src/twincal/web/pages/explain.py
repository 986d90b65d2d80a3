"""Explain: why an item was or was not synced, and what would change that."""

from starlette.responses import Response

from twincal.errors import WrongInput
from twincal.web.visit import Visit, page


async def explain(visit: Visit) -> Response:
    """The answer for an item named by subject, id or link; the question, where none is named."""
    member = await visit.member(visit.asked("who"))
    asked = visit.asked("item").strip()
    answer, failure = None, None
    if asked:
        try:
            answer = await visit.service.explain(member.mailbox, asked)
        except WrongInput as error:
            failure = error
    return await visit.page("explain.html", member=member, asked=asked, answer=answer, failure=failure)


PAGES = (page("/explain", explain),)
