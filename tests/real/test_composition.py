"""ADR 3: what our first look composes out of one delta round is what calendarView shows, instance by instance.

And what a delta round composes after edits of series is what calendarView shows then.
"""

from typing import Any

from tests.real.clouds import DAY, Seen, fitted, of_graph, written
from tests.real.conftest import Rehearsed
from tests.real.hands import EXCHANGE, Choice, Hands
from tests.real.stage import ANN, WINDOW, Stage
from twincal.connectors.graph.calendar import GraphCalendar
from twincal.connectors.graph.client import GraphClient
from twincal.connectors.graph.signin import Secret
from twincal.connectors.transport import HttpTransport
from twincal.core.item import AllDay, Item
from twincal.core.trees import Window
from twincal.core.vocabulary import ShowAs, Side
from twincal.engine.clock import StartedClock

SHOWN = {"free": ShowAs.FREE, "workingElsewhere": ShowAs.FREE, "oof": ShowAs.OUT_OF_OFFICE}
Told = tuple[Seen, ShowAs, bool, bool, str, str, frozenset[str], frozenset[str], bool]


def of_item(item: Item) -> Told:
    """What our connector made of an instance."""
    times = item.times
    edges = written(times.first, times.last + DAY) if isinstance(times, AllDay) else written(times.start, times.end)
    return (
        Seen(fitted(item.subject), fitted(item.place), *edges), item.show_as, item.private, item.organized_by_owner,
        item.organizer.address if item.organizer else "", item.series, frozenset(item.categories),
        frozenset(person.address for person in item.people), bool(item.body.text),
    )  # fmt: skip


def of_row(row: dict[str, Any]) -> Told:
    """The same, read by hand off a whole row of calendarView."""
    people = frozenset(each["emailAddress"]["address"].lower() for each in row["attendees"])
    return (
        of_graph(row), SHOWN.get(row["showAs"], ShowAs.BUSY), row["sensitivity"] in {"private", "confidential"}, row["isOrganizer"],
        row["organizer"]["emailAddress"]["address"].lower(), row["seriesMasterId"] or "", frozenset(row["categories"]), people,
        bool(row["bodyPreview"]),
    )  # fmt: skip


def client(rehearsed: Rehearsed, transport: HttpTransport) -> GraphClient:
    """Our connector's client."""
    told = rehearsed.stage.line["graph"]
    return GraphClient(
        transport, tenant="", client_id=told["client_id"], credential=Secret(told["client_secret"]),
        clock=StartedClock(rehearsed.stage.now), authority=told["authority"], base_url=told["base_url"],
    )  # fmt: skip


def shown(rehearsed: Rehearsed) -> dict[str, Told]:
    """What calendarView shows now."""
    return {found: of_row(row) for found, row in rehearsed.stage.clouds.view(WINDOW).items()}


async def test_the_first_look_composes_what_calendar_view_shows(rehearsed: Rehearsed) -> None:
    async with HttpTransport(Side.EXCHANGE) as transport:
        sight = await GraphCalendar(client(rehearsed, transport)).look([ANN], None, Window(*WINDOW))
    look = sight.looks[ANN]
    assert look.full
    assert len(look.items) == len({item.id for item in look.items}) > 100
    assert {item.id: of_item(item) for item in look.items} == shown(rehearsed)


async def test_a_round_after_edits_leads_to_what_calendar_view_shows(rehearsed: Rehearsed) -> None:
    stage, window = rehearsed.stage, Window(*WINDOW)
    async with HttpTransport(Side.EXCHANGE) as transport:
        calendar = GraphCalendar(client(rehearsed, transport))
        first = await calendar.look([ANN], None, window)
        before = shown(rehearsed)
        await disturb(stage)
        second = (await calendar.look([ANN], first.cursor, window)).looks[ANN]
    assert not second.full
    known = {item.id: item for item in first.looks[ANN].items}
    known = {found: item for found, item in known.items() if found not in second.gone}
    known |= {item.id: item for item in second.items}
    told = {found: of_item(item) for found, item in known.items() if found in second.series.get(item.series, {found})}
    assert told == shown(rehearsed) != before


async def disturb(stage: Stage) -> None:
    """Instances of a series retitled, moved and deleted, a single item deleted, a whole series moved, a new one made."""
    rows, pairs = stage.clouds.view(WINDOW), await stage.pairs()
    hands, choice = Hands(stage, {found: of_graph(row) for found, row in rows.items()}, pairs), Choice(rows, pairs)
    _, instances = next(choice.series)
    for does, instance in zip((hands.retitle, hands.move, hands.delete), instances, strict=False):
        does(EXCHANGE, instance)
    hands.delete(EXCHANGE, next(choice.timed))
    master, _ = next(choice.series)
    hands.move_series(master, [])
    hands.create_series(Seen("New series", "", "2015-07-13T06:00:00Z", "2015-07-13T06:20:00Z"), 3)
