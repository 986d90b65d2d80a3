"""My calendar: a week or an agenda in which each item shows both sides and how it stands; a click opens its explanation."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo

from msgspec import Struct
from starlette.responses import Response

from twincal.engine.diary import Shown
from twincal.errors import WrongInput
from twincal.web.visit import Visit, page

WEEK, AGENDA = 7, 28
"""Days that the two views show."""


class Day(Struct, kw_only=True):
    """One day of a view, with what reaches into it: all-day items first."""

    date: date
    today: bool
    items: list[Shown]


async def calendar(visit: Visit) -> Response:
    """A week, or four weeks as a list."""
    member = await visit.member(visit.asked("who"))
    view = "agenda" if visit.asked("view") == "agenda" else "week"
    today = visit.now.astimezone(visit.zone).date()
    first = _day(visit.asked("day"), today)
    if view == "week":
        first -= timedelta(days=first.weekday())
    count = WEEK if view == "week" else AGENDA
    start = datetime.combine(first, time(), visit.zone)
    shown = await visit.service.diary(member.mailbox, start - timedelta(days=1), start + timedelta(days=count + 1))
    if member.id != visit.visitor.person:
        shown = [one for one in shown if one.state.value != "private"]
    days = [Day(date=day, today=day == today, items=of_day(shown, day, visit.zone)) for day in dates(first, count)]
    return await visit.page(
        "calendar.html", member=member, view=view, first=first, days=days, before=first - timedelta(days=count),
        after=first + timedelta(days=count), today=today,
    )  # fmt: skip


def _day(text: str, default: date) -> date:
    try:
        return date.fromisoformat(text) if text else default
    except ValueError as error:
        raise WrongInput(f"{text!r} is not a day.", "Write it as 2027-03-05.") from error


def dates(first: date, count: int) -> list[date]:
    """So many days in a row."""
    return [first + timedelta(days=number) for number in range(count)]


def of_day(shown: Iterable[Shown], day: date, zone: tzinfo) -> list[Shown]:
    """What reaches into a day: all-day items by their dates, which pass through no zone, others by their instants."""
    found = [one for one in shown if _reaches(one, day, zone)]
    return sorted(found, key=lambda one: (not one.all_day, one.start, one.subject))


def _reaches(one: Shown, day: date, zone: tzinfo) -> bool:
    if one.all_day:
        return one.start.date() <= day < max(one.end.date(), one.start.date() + timedelta(days=1))
    start, end = one.start.astimezone(zone), one.end.astimezone(zone)
    last = (end - timedelta(seconds=1)) if end > start else start
    return start.date() <= day <= last.date()


PAGES = (page("/calendar", calendar),)
