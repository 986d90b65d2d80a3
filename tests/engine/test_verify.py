"""Verifying: what no report ever showed is found, explained and mended; what differs by decision is told apart."""

from collections import Counter
from datetime import timedelta

import pytest

from tests.engine import planting
from tests.engine.stage import ANN, CARLA, Stage, changes
from twincal.engine.verify import Verified
from twincal.wiring import opened

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def verify(stage: Stage, *, mend: bool = False) -> Verified:
    """Both calendars of Ann, compared."""
    await stage.pass_time()
    async with stage.twincal() as service:
        (found,) = await service.verify([ANN], mend=mend)
        return found


async def swallow(stage: Stage) -> None:
    """What both sides have to report about Ann is lost."""
    await stage.pass_time()
    async with opened(stage.home, now=stage.now) as service:
        await planting.swallow(service, ANN)


async def company(stage: Stage) -> None:
    """Twelve items in step."""
    await stage.record("Contact", "Carla", CARLA)
    for number in range(10):
        await stage.book(f"Item {number}", day=number + 4)
    for number in range(2):
        await stage.enter(f"Call {number}", day=number + 15)
    await stage.sync()
    await stage.sync()


async def test_ten_differences_are_found_explained_and_mended(stage: Stage) -> None:
    await company(stage)
    await stage.set(guard__updates_floor="20")
    assert (await verify(stage)).findings == ()
    await stage.change("Item 0", subject="Retitled")
    await stage.change("Item 1", location={"displayName": "Elsewhere"})
    await stage.change("Item 2", start={"dateTime": "2027-03-20T09:00:00", "timeZone": "UTC"},
                       end={"dateTime": "2027-03-20T10:00:00", "timeZone": "UTC"})  # fmt: skip
    await stage.change("Item 3", body={"contentType": "text", "content": "New agenda"})
    await stage.change("Item 4", showAs="oof")
    await stage.act("exchange", ANN, "remove", subject="Item 5")
    await stage.book("New in Outlook", day=22)
    await stage.edit("Item 6", Location="By hand")
    await stage.act("salesforce", ANN, "delete", id=(await stage.event("Call 0"))["Id"])
    await stage.enter("New in Salesforce", day=23)
    await swallow(stage)
    assert changes(await stage.sync()) == 0, "nobody has reported anything"

    found = await verify(stage)
    assert Counter(finding.kind for finding in found.findings) == {"unseen": 10}
    assert {finding.code for finding in found.findings} == {"F12", "F21", "F01", "F13", "F31", "F02"}
    assert all(finding.because and finding.mended for finding in found.findings)
    moved = next(finding for finding in found.findings if finding.subject == "Item 2")
    assert "time: 2027-03-20 09:00" in moved.what
    assert (found.pairs, found.equal) == (10, 4) and found.parity == 40.0

    assert changes(await stage.sync()) == 10
    after = await verify(stage)
    assert (after.parity, after.findings) == (100.0, ())
    exchange, salesforce = await stage.subjects()
    assert exchange == salesforce and "Item 5" not in exchange and "Call 0" not in exchange


async def test_what_differs_by_decision_is_mended_on_request_only(stage: Stage) -> None:
    await stage.book("Review")
    await stage.sync()
    await stage.change("Review", subject="Retitled", location={"displayName": "Room 2"})
    await stage.sync()
    async with stage.twincal() as service:
        await service.undo(ANN, run=(await service.runs(ANN))[0].run, do=True)
    (finding,) = (await verify(stage)).findings
    assert (finding.kind, finding.mended) == ("differs", False)
    assert "subject: Retitled / Review" in finding.what
    assert changes(await stage.sync()) == 0
    (finding,) = (await verify(stage, mend=True)).findings
    assert finding.mended
    assert (await stage.event("Retitled"))["Location"] == "Room 2"
    assert (await verify(stage)).findings == ()
    assert (await stage.codes())["Retitled"] == "V01"


async def test_what_is_prevented_is_not_mended(stage: Stage) -> None:
    await stage.book("Review")
    await stage.sync()
    await stage.set(prevent__update_in_salesforce="on")
    await stage.change("Review", subject="Retitled")
    await stage.sync()
    (finding,) = (await verify(stage, mend=True)).findings
    assert not finding.mended
    await stage.event("Review")


async def test_the_nightly_audit_keeps_a_score(stage: Stage) -> None:
    await company(stage)
    async with stage.twincal() as service:
        assert await service.audit() == []
        await service._audited()
        (score,) = await service.audit()
        assert (score.mailbox, score.parity, score.pairs, score.findings) == (ANN, 100.0, 12, {})
    await stage.change("Item 0", subject="Retitled")
    await swallow(stage)
    async with stage.twincal() as service:
        await service._audited()
        (score,) = await service.audit()
        assert score.parity == 100.0, "one audit a day"
    await stage.pass_time(by=timedelta(days=1))
    async with stage.twincal() as service:
        await service._audited()
        (score,) = await service.audit()
    assert (score.findings, score.parity) == ({"unseen": 1}, round(100 * 11 / 12, 2))
    assert changes(await stage.sync()) == 1, "what the audit found is carried over by the next cycle"


async def test_a_dead_link_a_missing_relation_and_a_copy_too_many(stage: Stage) -> None:
    await stage.meet("Review", CARLA, day=4)
    for number in range(4):
        await stage.book(f"Item {number}", day=number + 5)
    await stage.enter("Item 3", day=8)
    await stage.enter("Item 3", day=8)
    await stage.sync()
    await stage.sync()
    assert {(finding.subject, finding.kind, finding.code) for finding in (await verify(stage)).findings} == {
        ("Item 3", "held", "F04"), ("Item 3", "held", "F05"),
    }  # fmt: skip
    await stage.act("exchange", ANN, "remove", subject="Item 0")
    await stage.act("salesforce", ANN, "delete", id=(await stage.event("Item 0"))["Id"])
    carla = await stage.record("Contact", "Carla", CARLA)
    await swallow(stage)
    before = await verify(stage)
    told = {(finding.kind, finding.code) for finding in before.findings}
    assert {("unseen", "F40"), ("waiting", "F11")} <= told, told
    assert all(finding.because for finding in before.findings)
    await stage.sync(full=True)
    assert (await stage.event("Review"))["WhoId"] == carla
    after = await verify(stage)
    assert {finding.code for finding in after.findings} == {"F04", "F05"}, "what waits for a person is told until it is settled"
