"""A what-if for many: how far it has got, seen without a script; one person who cannot be looked at; what ended too early."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.engine.stage import ANN, BEN
from tests.web.stage import ADMIN, Office
from tests.web.visitor import Page
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Level, Side
from twincal.engine.preview import Preview
from twincal.engine.report import Counts, Sides
from twincal.engine.whatif import Change
from twincal.web.jobs import Job

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANGE = Change(level=Level.SUBSCRIPTION, key="mode", value="sync_all")
SAVE = 'action="/settings/set"'


async def asked(desk: Office) -> Page:
    """What the change would do, as its administrator is told."""
    admin = await desk.admin()
    await admin.get("/")
    return await admin.does("/settings/preview", level="subscription", key="mode", value="sync_all", next="/")


async def begun(desk: Office, steps: AsyncIterator[Preview]) -> Job:
    """A what-if of the administrator's that goes on as the test says."""
    await desk.admin()
    visitor = await desk.service.desk.visitors.find(email=ADMIN)
    assert visitor is not None
    job: Job = desk.app.state.door.jobs.begin(visitor.id, CHANGE, 2, lambda: steps)
    return job


async def test_one_person_who_cannot_be_looked_at_is_named_and_the_others_are_previewed(desk: Office) -> None:
    await desk.service.set_setting("mode", "match", level="subscription")
    await desk.stage.book("Anns")
    await desk.stage.book("Bens", who=BEN)
    await desk.stage.weather(graph={"unlicensed": [ANN]})
    page = await asked(desk)
    assert f"{ANN} : Exchange: the mailbox cannot be reached through Microsoft Graph" in page.text
    assert "Create in Salesforce 0 1" in page.text, "of Ben alone"
    assert "Save it without knowing that of 1 of 2 people" in page.text
    await desk.stage.weather()
    whole = await asked(desk)
    assert "Create in Salesforce 0 2" in whole.text
    assert "is not known" not in whole.text


async def test_how_far_it_is_can_be_asked_without_a_script(desk: Office) -> None:
    going = asyncio.Event()

    async def slowly() -> AsyncIterator[Preview]:
        yield Preview(mailbox=ANN, today=Counts(), changed=Counts(create=Sides(salesforce=3)))
        await going.wait()
        yield Preview(mailbox=BEN, today=Counts(), changed=Counts(create=Sides(salesforce=4)))

    job, admin = await begun(desk, slowly()), await desk.admin()
    await asyncio.sleep(0)
    page = await admin.get(f"/what-if/{job.id}")
    assert "1 of 2 people" in page.text
    assert page.links("/what-if/") == [f"/what-if/{job.id}"], "a link asks again"
    assert SAVE not in page.html, "nothing is saved before it is known"
    going.set()
    await desk.app.state.door.jobs.settled(job, 5)
    page = await admin.get(f"/what-if/{job.id}")
    assert "Create in Salesforce 0 7" in page.text
    assert SAVE in page.html


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (VendorFault(Side.SALESFORCE, FaultCode.LIMIT_REACHED), "daily API limit is used up"),
        (ZeroDivisionError("an error of our own"), "Something went wrong in Twincal."),
    ],
)
async def test_what_ended_too_early_says_so_and_cannot_be_saved_from_there(desk: Office, error: Exception, words: str) -> None:
    async def broken() -> AsyncIterator[Preview]:
        yield Preview(mailbox=ANN, today=Counts(), changed=Counts())
        raise error

    job, admin = await begun(desk, broken()), await desk.admin()
    await desk.app.state.door.jobs.settled(job, 5)
    page = await admin.get(f"/what-if/{job.id}")
    assert words in page.text
    assert "ended after 1 of 2 people" in page.text
    assert ">Save it" not in page.html
