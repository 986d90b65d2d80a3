"""What lost a conflict stays in the history for thirty days, whatever is judged, written or interrupted meanwhile."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.engine.stage import ANN, Stage
from twincal.core.faults import VendorFault
from twincal.core.scene import Settled
from twincal.core.vocabulary import Side
from twincal.errors import WrongInput
from twincal.store.ledger import SqliteLedger

pytestmark = pytest.mark.asyncio(loop_scope="module")
LOSER = "Cellar by the river"


class Ended(BaseException):
    """The process ends here."""


async def conflict(stage: Stage, *, winner: str = "exchange", lost: str = LOSER, won: str = "Attic") -> None:
    """Both sides changed the place; not carried over yet."""
    in_outlook, in_salesforce = (won, lost) if winner == "exchange" else (lost, won)
    await stage.change("Review", location={"displayName": in_outlook})
    await stage.edit("Review", Location=in_salesforce)


async def in_step(stage: Stage, **settings: str) -> None:
    """An item in two months on both sides."""
    await stage.book("Review", day=60)
    await stage.sync()
    await stage.set(**settings)
    await stage.sync()


async def lost(stage: Stage) -> dict[str, str]:
    """What the history says has lost."""
    return (await stage.row("Review")).lost


def kept_anywhere(home: Path, text: str) -> list[str]:
    """The files of a home in which a text stands."""
    return [path.name for path in home.iterdir() if path.is_file() and text.encode() in path.read_bytes()]


@pytest.mark.parametrize("winner", ["exchange", "salesforce"])
async def test_it_stays_when_the_item_is_judged_again(stage: Stage, winner: str) -> None:
    await in_step(stage, conflict=winner)
    await conflict(stage, winner=winner)
    await stage.sync()
    assert await lost(stage) == {"place": LOSER}
    await stage.sync(full=True)
    assert await lost(stage) == {"place": LOSER}
    await stage.change("Review", showAs="free")
    await stage.sync()
    await stage.edit("Review", Subject="Retitled")
    await stage.sync()
    assert (await stage.row("Retitled")).lost == {"place": LOSER}


async def test_every_value_that_lost_stays(stage: Stage) -> None:
    await in_step(stage)
    await conflict(stage)
    await stage.sync()
    await conflict(stage, lost="Shed", won="Roof")
    await stage.change("Review", showAs="oof")
    await stage.edit("Review", ShowAs="Free")
    await stage.sync()
    assert await lost(stage) == {"place": f"Shed; {LOSER}", "show_as": "Free"}


async def test_it_stays_when_the_process_ends_after_the_write(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await in_step(stage)
    await conflict(stage)
    with monkeypatch.context() as during:
        during.setattr(SqliteLedger, "finish", _ended)
        with pytest.raises(Ended):
            await stage.sync()
    assert (await stage.event("Review"))["Location"] == "Attic", "it was written"
    await stage.sync()
    assert await lost(stage) == {"place": LOSER}
    await stage.rest()
    assert await lost(stage) == {"place": LOSER}


async def _ended(ledger: SqliteLedger, run: str, settled: Sequence[Settled], now: datetime) -> None:
    raise Ended


@pytest.mark.parametrize("kind", ["reply_lost", "request_lost"])
async def test_it_stays_when_nobody_knows_whether_it_was_written(stage: Stage, kind: str) -> None:
    await in_step(stage)
    await conflict(stage)
    await stage.weather(transport={"kinds": [kind], "system": "salesforce", "path": "*/composite/*", "next": 1})
    await stage.sync()
    assert stage.struck
    await stage.weather()
    await stage.rest()
    assert (await stage.event("Review"))["Location"] == "Attic"
    assert await lost(stage) == {"place": LOSER}


async def test_what_was_not_overwritten_has_not_lost(stage: Stage) -> None:
    await in_step(stage, prevent__update_in_salesforce="true")
    await conflict(stage)
    await stage.sync()
    assert (await stage.event("Review"))["Location"] == LOSER
    assert await lost(stage) == {}


async def test_a_persons_choice_keeps_what_it_overwrites(stage: Stage) -> None:
    await in_step(stage, conflict="hold")
    await conflict(stage)
    await stage.sync()
    assert await lost(stage) == {}
    async with stage.twincal() as service:
        await service.choose(ANN, "Review", Side.EXCHANGE)
    await stage.rest()
    assert (await stage.event("Review"))["Location"] == "Attic"
    assert await lost(stage) == {"place": LOSER}


async def test_it_is_erased_when_the_item_turns_private(stage: Stage) -> None:
    await in_step(stage)
    await conflict(stage)
    await stage.sync()
    await stage.sync(full=True)
    assert kept_anywhere(stage.home, LOSER)
    await stage.change("Review", sensitivity="private")
    await stage.sync()
    assert kept_anywhere(stage.home, LOSER) == []
    await stage.change("Review", sensitivity="normal")
    await stage.rest()
    assert await lost(stage) == {}


async def test_it_is_erased_with_the_person(stage: Stage) -> None:
    await in_step(stage)
    await conflict(stage)
    await stage.sync()
    await stage.sync(full=True)
    async with stage.twincal() as service:
        await service.remove_person(ANN)
    assert kept_anywhere(stage.home, LOSER) == []


async def test_it_goes_after_thirty_days(stage: Stage) -> None:
    await in_step(stage)
    await conflict(stage)
    await stage.sync()
    await stage.pass_time(timedelta(days=29))
    await stage.sync(full=True)
    assert await lost(stage) == {"place": LOSER}
    await stage.pass_time(timedelta(days=2))
    await stage.sync(full=True)
    assert await lost(stage) == {}


async def reinstate(stage: Stage, field: str = "place", value: str = "") -> str:
    """What lost comes back; then everything is at rest. The code by which it was carried over."""
    await stage.pass_time()
    async with stage.twincal() as service:
        await service.reinstate(ANN, "Review", field, value)
        (row,) = await service.history(ANN)
    await stage.rest()
    return row.code


async def places(stage: Stage) -> tuple[str, str]:
    """The place as both calendars say it."""
    return (await stage.item("Review"))["location"]["displayName"], (await stage.event("Review"))["Location"]


@pytest.mark.parametrize("winner", ["exchange", "salesforce"])
async def test_it_comes_back_into_both_calendars(stage: Stage, winner: str) -> None:
    await in_step(stage, conflict=winner)
    await conflict(stage, winner=winner)
    await stage.sync()
    assert await places(stage) == ("Attic", "Attic")
    assert await reinstate(stage) == ("F13" if winner == "exchange" else "F12"), "an edit of the side that had lost"
    assert await places(stage) == (LOSER, LOSER)
    assert await lost(stage) == {}
    assert await stage.mails() == []


async def test_of_several_values_the_one_that_is_named_comes_back(stage: Stage) -> None:
    await in_step(stage)
    for value, won in (("Shed", "Roof"), ("Barn", "Attic")):
        await conflict(stage, lost=value, won=won)
        await stage.sync()
    async with stage.twincal() as service:
        assert [(one.field, one.value) for one in await service.losses(ANN, "Review")] == [("place", "Barn"), ("place", "Shed")]
    await reinstate(stage, value="Shed")
    assert (await places(stage), await lost(stage)) == (("Shed", "Shed"), {"place": "Barn"})
    await reinstate(stage)
    assert (await places(stage), await lost(stage)) == (("Barn", "Barn"), {})


@pytest.mark.parametrize("field", ["subject", "time", "show_as"])
async def test_every_synced_field_but_the_body_comes_back(stage: Stage, field: str) -> None:
    await in_step(stage)
    at = {"dateTime": "2027-04-29T11:00:00", "timeZone": "UTC"}, {"dateTime": "2027-04-29T12:00:00", "timeZone": "UTC"}
    times = {"StartDateTime": "2027-04-29T14:30:00Z", "EndDateTime": "2027-04-29T15:45:00Z"}
    edits = {
        "subject": ({"subject": "Review, in Outlook"}, {"Subject": "Review, in Salesforce"}),
        "time": ({"start": at[0], "end": at[1]}, times),
        "show_as": ({"showAs": "oof"}, {"ShowAs": "Free"}),
    }
    here, there = edits[field]
    wanted = there if field != "time" else {name: f"{value[:-1]}.000+0000" for name, value in there.items()}
    await stage.edit("Review", **there)
    await stage.change("Review", **here)
    await stage.sync()
    await reinstate(stage, field)
    (event,) = (await stage.state())[1]
    assert {name: event[name] for name in wanted} == wanted
    async with stage.twincal() as service:
        assert (await service.verify([ANN]))[0].findings == (), "both calendars say the same"


async def test_it_stays_lost_where_a_switch_or_nobodys_loss_stands_in_the_way(stage: Stage) -> None:
    await in_step(stage)
    await conflict(stage)
    await stage.sync()
    await stage.set(prevent__update_in_salesforce="true")
    before = await stage.versions()
    async with stage.twincal() as service:
        for field, value, word in (("place", "", "prevents it"), ("subject", "", "has lost"), ("place", "Nowhere", "has lost"),
                                   ("body", "", "has lost")):  # fmt: skip
            with pytest.raises(WrongInput, match=word):
                await service.reinstate(ANN, "Review", field, value)
    assert await stage.versions() == before
    assert await lost(stage) == {"place": LOSER}


async def test_what_fails_leaves_it_to_be_tried_again(stage: Stage) -> None:
    await in_step(stage)
    await conflict(stage)
    await stage.sync()
    await stage.weather(transport={"kinds": ["request_lost"], "system": "salesforce", "path": "*/composite/*", "next": 1})
    async with stage.twincal() as service:
        with pytest.raises(VendorFault):
            await service.reinstate(ANN, "Review", "place")
    await stage.weather()
    assert await lost(stage) == {"place": LOSER}
    await stage.pass_time(timedelta(minutes=2))
    await reinstate(stage)
    assert await places(stage) == (LOSER, LOSER)
