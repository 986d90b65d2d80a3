"""Home: both connections, the last and the next cycle, how many items stand where, and what waits for somebody."""

from collections import Counter
from collections.abc import Awaitable, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import asdict
from starlette.responses import Response

from twincal.core.vocabulary import Level, Mode, Side, Tab
from twincal.engine.administration import SettingShown
from twincal.engine.overview import Overview
from twincal.engine.report import Standing
from twincal.ports import Member
from twincal.web.visit import Visit, act, page

NAMED = 10
"""So many people are named for whom something waits; *Users* has all of them."""


class Step(Struct, frozen=True):
    """One of the first steps: what to do, where, and whether it has been done."""

    text: str
    path: str
    done: bool


async def home(visit: Visit) -> Response:
    """The first page."""
    overview = await visit.service.overview()
    members = await visit.service.people()
    me = visit.own(members)
    mine = {one.mailbox: one for one in members if visit.visitor.may_see(one.id, one.profile)}
    standings = {who: one for who, one in (await visit.service.standings()).items() if who in mine}
    held = [plan for plan in await visit.service.held_plans() if plan.mailbox in mine]
    return await visit.page(
        "home.html", overview=overview, me=me, standing=standings[me.mailbox] if me else together(standings.values()), held=held,
        reasons=await visit.service.codes(me.mailbox, Tab.UNRESOLVED) if me else [], members=mine,
        waiting=waiting(standings, overview.rhythm.failures) if visit.visitor.administers else [],
        steps=await first_steps(visit, overview, me, bool(members)), failures=overview.rhythm.failures,
    )  # fmt: skip


def together(standings: Iterable[Standing]) -> Standing:
    """How the items of several people stand."""
    total: Counter[str] = Counter()
    for one in standings:
        total.update(asdict(one))
    return Standing(**total)


def waiting(standings: Mapping[str, Standing], failures: Mapping[str, object]) -> list[tuple[str, Standing]]:
    """The people for whom something waits, those whose sync fails first, then those with most of it."""
    found = [(who, one) for who, one in standings.items() if one.unresolved + one.held or who in failures]
    return sorted(found, key=lambda pair: (pair[0] not in failures, -pair[1].unresolved - pair[1].held, pair[0]))[:NAMED]


async def first_steps(visit: Visit, overview: Overview, me: Member | None, people: bool) -> list[Step]:
    """What a first-time visitor does next; none once all of it has been done."""
    steps = []
    if visit.visitor.reaches(Level.SUBSCRIPTION):
        connected = {side.side: bool(side.account) for side in overview.sides}
        mode = await _mode(visit.service.settings_at(Level.SUBSCRIPTION))
        steps = [
            Step("Connect Exchange", "/connections", connected[Side.EXCHANGE]),
            Step("Connect Salesforce", "/connections", connected[Side.SALESFORCE]),
            Step("Add the people whose calendars are to be kept in step", "/users/import", people),
            Step("Choose what is synced; see what it would do before you save", "/admin/settings?level=subscription#mode", mode),
        ]
    if me is not None:
        mode = await _mode(visit.service.settings(me.mailbox))
        steps.append(Step("Choose what is synced of your own calendars", "/settings#mode", mode))
    return steps if not all(step.done for step in steps) else []


async def _mode(settings: Awaitable[Sequence[SettingShown]]) -> bool:
    """Is a mode chosen in these settings, so that something is synced?"""
    return any(one.key == "mode" and one.value != Mode.OFF.value for one in await settings)


async def look_now(visit: Visit) -> Response:
    """Look at a person's two calendars at once."""
    member = await visit.member(visit.asked("who"))
    report = await visit.service.sync([member.mailbox])
    failure = report.people[0].failure
    if failure is not None:
        return await visit.back(f"{failure.message} {failure.remedy}", kind="bad")
    sides = [report.total(what) for what in ("created", "updated", "deleted")]
    done = [f"{one.exchange + one.salesforce} {what}" for one, what in zip(sides, ("created", "updated", "deleted"), strict=True)]
    return await visit.back(f"Both calendars were looked at: {', '.join(done)}.")


async def put_notices_away(visit: Visit) -> Response:
    """What an administrator changed has been read."""
    if visit.visitor.person and visit.service.audit_log is not None:
        await visit.service.audit_log.book.put_away(visit.visitor.person)
    return await visit.back()


async def choose_zone(visit: Visit) -> Response:
    """The zone in which times are shown."""
    visit.data["zone"] = visit.asked("zone")
    return await visit.back()


PAGES = (
    page("/", home),
    act("/look", look_now),
    act("/notices", put_notices_away, quiet=True),
    act("/zone", choose_zone, quiet=True),
)
