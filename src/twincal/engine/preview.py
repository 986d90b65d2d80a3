"""Plan and what-if: what the next cycle would do, and what it would do under other settings. Executes nothing."""

from collections.abc import Mapping

from msgspec import Struct

from twincal.core.decision import Plan, Step, Verdict
from twincal.core.drafting import mailed_names
from twincal.core.explain import why
from twincal.core.faults import VendorFault
from twincal.core.item import AllDay, Participant
from twincal.core.limits import NOTHING, Release
from twincal.core.policy import Policy
from twincal.core.settings_table import SETTINGS
from twincal.core.vocabulary import Side
from twincal.engine.decide import decided
from twincal.engine.history import written
from twincal.engine.observe import Observed
from twincal.engine.person import Person, Ports
from twincal.engine.report import Counts, Failure, counted


class StepShown(Struct, frozen=True, kw_only=True):
    """One step of a plan in words. `mail` is how many people Exchange would mail, `mailed` their addresses (with a private item
    none); `held` the guard that holds it."""

    item: str
    subject: str
    start: str
    verdict: str
    code: str
    because: str
    mail: int = 0
    mailed: tuple[str, ...] = ()
    held: str = ""


class AdoptionShown(Struct, frozen=True, kw_only=True):
    """What stands in both calendars already, by confidence: pairs with the same subject, start and end, pairs that are alike for
    certain, items that may have another half and wait for the person, and items that stand twice on their side."""

    same: int = 0
    alike: int = 0
    likely: int = 0
    surplus: int = 0


class SettingMoved(Struct, frozen=True, kw_only=True):
    """A setting that is another one for a person after a change, as it is typed."""

    key: str
    before: str
    after: str


def moved(before: Policy, after: Policy) -> tuple[SettingMoved, ...]:
    """What is set otherwise in the one than in the other."""
    pairs = ((key, before.origin(key).text, after.origin(key).text) for key in SETTINGS)
    return tuple(SettingMoved(key=key, before=old, after=new) for key, old, new in pairs if old != new)


class Preview(Struct, frozen=True, kw_only=True):
    """A plan as counts and steps: today's, and beside it the one under changed settings. With a change the steps are those
    that come out differently, and `settings` those that become others for this person. `held` are the codes of guards that would
    hold a class of steps. Where the person's calendar could not be read there is a `failure`, and of the plan nothing."""

    mailbox: str
    today: Counts
    changed: Counts | None = None
    steps: tuple[StepShown, ...] = ()
    held: tuple[str, ...] = ()
    adoption: AdoptionShown = AdoptionShown()
    settings: tuple[SettingMoved, ...] = ()
    failure: Failure | None = None


def unread(mailbox: str, fault: VendorFault) -> Preview:
    """What is told of a person whose calendar could not be read."""
    return Preview(mailbox=mailbox, today=Counts(), failure=Failure(message=fault.message, remedy=fault.remedy))


QUIET = frozenset({Verdict.IN_STEP, Verdict.NOT_CONSIDERED, Verdict.PRIVATE})


CONFIDENCE = {
    "same": frozenset({"F03"}),
    "alike": frozenset({"F43", "F44"}),
    "likely": frozenset({"F04", "F05", "F45", "F46"}),
    "surplus": frozenset({"F47", "F48"}),
}
"""The rules by which a step is counted as an adoption."""


def adoption(plan: Plan) -> AdoptionShown:
    """What a plan says of meetings that both calendars hold already."""
    codes = [step.decision.code for step in plan.steps]
    return AdoptionShown(**{name: sum(code in wanted for code in codes) for name, wanted in CONFIDENCE.items()})


def _named(one: Participant) -> str:
    return f"{one.name} ({one.address})" if one.name and one.name != one.address else one.address


def shown(step: Step) -> StepShown:
    """A step in words."""
    item = step.item
    times = item.times if item else None
    start = None if times is None else times.first if isinstance(times, AllDay) else times.start
    return StepShown(
        item=step.key,
        subject=item.subject if item else "",
        start=written(start),
        verdict=step.decision.verdict.phrase,
        code=step.held_by or step.decision.code,
        because=why(step.decision),
        mail=step.mail,
        mailed=tuple(map(_named, mailed_names(step))),
        held=step.held_by,
    )


async def preview(
    person: Person, ports: Ports, seen: Mapping[Side, Observed], changed: Person | None = None, *, release: Release = NOTHING
) -> Preview:
    """The plan for everything the store shows now, and the one of the same person with other settings. `release` is what an
    earlier cycle has held and nobody has let go on."""
    today, _, _ = await decided(person, ports, seen, everything=True, release=release)
    if changed is None:
        steps = [step for step in today.steps if step.decision.verdict not in QUIET]
        told = tuple(map(shown, steps))
        return Preview(
            mailbox=person.mailbox, today=counted(today), steps=told, held=tuple(today.held), adoption=adoption(today)
        )  # fmt: skip
    other, _, _ = await decided(changed, ports, seen, everything=True, release=release)
    before = {step.key: _outcome(step) for step in today.steps}
    steps = [step for step in other.steps if before.get(step.key) != _outcome(step)]
    return Preview(
        mailbox=person.mailbox,
        today=counted(today),
        changed=counted(other),
        steps=tuple(map(shown, steps)),
        held=tuple(other.held),
        adoption=adoption(other),
    )


def _outcome(step: Step) -> tuple[object, ...]:
    return step.decision.verdict, step.decision.code, step.held_by, tuple(write.values.names for write in step.writes)
