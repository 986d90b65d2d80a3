"""Ten differences and one more, planted in the home of one person: `verify` finds, explains and mends each of them, and the nightly
audit's score tells before and after."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import pytest_asyncio
from msgspec import Struct

from tests.engine import planting
from tests.engine.conftest import Company
from tests.engine.stage import ANN, CARLA, Stage, changes
from tests.engine.test_verify import swallow, verify
from twincal.engine.verify import Finding, Score, Verified

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Planted(Struct, frozen=True):
    """What is wrong with one item: how that was done, and how it is told; `gone` where mending means that it goes."""

    subject: str
    plant: Callable[[Stage], Awaitable[object]]
    kind: str
    code: str
    gone: bool = False


async def misremember(stage: Stage) -> None:
    async with stage.twincal() as service:
        await planting.misremember(service, ANN, "Stale")


async def take_back(stage: Stage) -> None:
    """What an edit had made of `Undone` is taken back, in Salesforce alone."""
    async with stage.twincal() as service:
        await service.undo(ANN, text="Undone", do=True)


async def hang_up(stage: Stage) -> None:
    await stage.act("salesforce", ANN, "delete", id=(await stage.event("Hung up"))["Id"])


PLANTED = (
    Planted("Moved", lambda s: s.change("Moved", location={"displayName": "Hall"}), "unseen", "F12"),
    Planted("Placed", lambda s: s.edit("Placed", Location="Hall"), "unseen", "F13"),
    Planted("Dropped", lambda s: s.act("exchange", ANN, "remove", subject="Dropped"), "unseen", "F21", gone=True),
    Planted("Hung up", hang_up, "unseen", "F31", gone=True),
    Planted("New", lambda s: s.book("New", day=25), "unseen", "F01"),
    Planted("Review", lambda s: s.record("Contact", "Carla", CARLA), "waiting", "F11"),
    Planted("Undone", take_back, "differs", "F49"),
    Planted("Unmarked", lambda s: s.edit("Unmarked", Twincal_Key__c=None), "unmarked", "V02"),
    Planted("Unmarked call", lambda s: s.change("Unmarked call", **planting.WITHOUT_MARK), "unmarked", "V03"),
    Planted("Private", lambda s: s.edit("Private", Subject="Surgery"), "unmasked", "V04"),
    Planted("Stale", misremember, "stale", "V06"),
)  # fmt: skip


class Drill(Struct):
    """What happened: the stage as it was left, every verification, the audits' scores, and what the repair wrote."""

    stage: Stage
    before: Verified
    repaired: Verified
    after: Verified
    scores: list[Score]

    def told(self, found: Verified, subject: str) -> list[Finding]:
        """The findings about one item."""
        return [one for one in found.findings if one.subject == subject]


async def company_of(stage: Stage) -> None:
    """Twelve items in step, one of them private and shown as such."""
    await stage.open()
    async with stage.twincal() as service:
        await service.set_setting("private_items", "masked", level="organization")
    await stage.set(guard__updates_floor="20", guard__deletion_floor="20")
    for day, name in enumerate(("Moved", "Placed", "Dropped", "Undone", "Unmarked", "Stale", "Untouched"), 4):
        await stage.book(name, day=day)
    await stage.meet("Review", CARLA, day=12)
    await stage.book("Surgery", day=13, sensitivity="private")
    for day, name in enumerate(("Hung up", "Unmarked call"), 15):
        await stage.enter(name, day=day)
    await stage.sync()
    await stage.change("Undone", subject="Undone", location={"displayName": "Room 2"})
    await stage.sync()


async def audited(stage: Stage) -> Score:
    """The score of today's audit."""
    async with stage.twincal() as service:
        await service._audited()
        (score,) = await service.audit()
        return score


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def drill(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Drill:
    stage = Stage(*company, tmp_path_factory.mktemp("planted") / "home")
    await company_of(stage)
    assert (await verify(stage)).findings == ()
    for one in PLANTED:
        await one.plant(stage)
    await swallow(stage)
    assert changes(await stage.sync()) == 0, "nobody has reported anything"
    before, scores = await verify(stage), [await audited(stage)]
    repaired = await verify(stage, mend=True)
    await stage.sync()
    after = await verify(stage)
    await stage.pass_time(by=timedelta(days=1))
    return Drill(stage, before, repaired, after, [*scores, await audited(stage)])


@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: one.subject)
async def test_it_is_found_explained_and_mended(drill: Drill, planted: Planted) -> None:
    (found,) = drill.told(drill.before, planted.subject)
    assert (found.kind, found.code) == (planted.kind, planted.code)
    assert found.because.endswith(".") and found.what
    (mended,) = drill.told(drill.repaired, planted.subject)
    assert mended.mended, mended
    assert drill.told(drill.after, planted.subject) == []
    exchange, salesforce = await drill.stage.subjects()
    here = "Surgery" if planted.subject == "Private" else planted.subject
    assert (exchange.count(here), salesforce.count(planted.subject)) == ((0, 0) if planted.gone else (1, 1))


async def test_nothing_is_wrong_afterwards_and_the_score_says_so(drill: Drill) -> None:
    assert drill.after.findings == () and drill.after.parity == 100.0
    first, second = drill.scores
    kinds = {"unseen": 0, "waiting": 6, "differs": 1, "unmarked": 2, "unmasked": 1, "stale": 1}
    assert first.findings == {kind: count for kind, count in kinds.items() if count}
    assert (first.pairs, first.parity) == (9, round(100 * 5 / 9, 2)), "two edits, an undo and the mask"
    assert (second.pairs, second.parity, second.findings) == (10, 100.0, {})
    assert await drill.stage.mails() == []


async def test_what_stands_behind_a_mask_is_not_told(drill: Drill) -> None:
    told = str(drill.before) + str(drill.repaired) + str(await drill.stage.history())
    assert "Surgery" not in told
    (found,) = drill.told(drill.before, "Private")
    assert "subject" in found.because
