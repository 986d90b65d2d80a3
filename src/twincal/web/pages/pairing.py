"""Two rows that may be one item: the person says that they are the same, and the two are linked."""

from collections.abc import Mapping, Sequence
from datetime import date

from starlette.responses import Response

from twincal.core.explain import RULES
from twincal.core.listing import Wanted
from twincal.core.vocabulary import Tab
from twincal.engine.history import Row
from twincal.ports import Member
from twincal.web.visit import Visit, act

PAIRABLE = frozenset({"F04", "F05", "F45", "F46"})
"""The reasons that hold an item because it may be the same as one of the other side (core/rules/fate.py)."""
LOOKED_AT, SHOWN = 500, 8
"""So many rows of the other side are looked at, and so many are offered."""


async def partners(visit: Visit, member: Member, rows: Sequence[Row]) -> Mapping[str, Sequence[Row]]:
    """For each row that may be the same as one of the other side, those it can be paired with, the likeliest first."""
    wanted = {RULES[row.code].mirror for row in rows if row.code in PAIRABLE}
    others: list[Row] = []
    for code in sorted(wanted):
        others += (await visit.service.listed(member.mailbox, Wanted(tab=Tab.UNRESOLVED, code=code, limit=LOOKED_AT))).rows
    return {row.item: offered(row, others) for row in rows if row.code in PAIRABLE}


def offered(row: Row, others: Sequence[Row]) -> Sequence[Row]:
    """What stands on the other side on the same day or one beside it, the same subject and start first."""
    near = [one for one in others if one.origin != row.origin and abs((_day(one) - _day(row)).days) <= 1]
    return sorted(near, key=lambda one: (one.start != row.start, one.subject != row.subject, one.start))[:SHOWN]


def _day(row: Row) -> date:
    return date.fromisoformat(row.start[:10])


async def pair_items(visit: Visit) -> Response:
    """Say that two items are the same."""
    member = await visit.member(visit.asked("who"))
    await visit.service.pair(member.mailbox, visit.asked("item"), visit.asked("other"))
    return await visit.back("The two are linked, and are kept in step from now on.")


PAGES = (act("/history/pair", pair_items),)
