"""What people are told of a run: counts by person and side, requests, mail, and what is held."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from twincal.core.decision import Evidence, Plan, Step, Verdict
from twincal.core.explain import RULES, sentence
from twincal.core.vocabulary import Mode, Operation, Outcome, Side, Tab
from twincal.engine.cycle import Cycle
from twincal.engine.person import Person
from twincal.engine.schedule import Result


class Sides(Struct, frozen=True, kw_only=True):
    """A count on each side."""

    exchange: int = 0
    salesforce: int = 0


class Failure(Struct, frozen=True, kw_only=True):
    """Why a person's cycle failed, and what helps."""

    message: str
    remedy: str = ""


class PersonReport(Struct, frozen=True, kw_only=True):
    """One person: what this run did, and how the person's items stand after it. `idle` says why nobody looked: `off` for the
    mode, `inactive` for the person."""

    mailbox: str
    created: Sides = Sides()
    updated: Sides = Sides()
    deleted: Sides = Sides()
    in_step: int = 0
    unresolved: int = 0
    excluded: int = 0
    held: int = 0
    failed: int = 0
    failure: Failure | None = None
    idle: str = ""


class HeldPlan(Struct, frozen=True, kw_only=True):
    """A class of steps that waits for an administrator: what `twincal release` takes, and why it is held."""

    plan: str
    mailbox: str
    code: str
    because: str
    steps: int
    mail: int = 0


class Standing(Struct, frozen=True, kw_only=True):
    """How a person's items stand, from the history."""

    in_step: int = 0
    unresolved: int = 0
    excluded: int = 0
    held: int = 0


class Report(Struct, frozen=True, kw_only=True):
    """One run over some people. `requests` are requests of data by system, sign-ins apart."""

    run: str
    people: tuple[PersonReport, ...]
    requests: Mapping[str, int]
    mail_expected: int = 0
    held_plans: tuple[HeldPlan, ...] = ()

    @property
    def failed(self) -> int:
        """How many writes and people failed."""
        return sum(person.failed + (person.failure is not None) for person in self.people)

    def total(self, what: str) -> Sides:
        """A count over all people: created, updated or deleted."""
        counts = [getattr(person, what) for person in self.people]
        return Sides(exchange=sum(c.exchange for c in counts), salesforce=sum(c.salesforce for c in counts))


def person_report(person: Person, result: Result, standing: Standing) -> PersonReport:
    """One person's line of a report."""
    failure = result.failure
    return PersonReport(
        mailbox=person.mailbox,
        created=_done(result.cycle, Operation.CREATE),
        updated=_done(result.cycle, Operation.UPDATE),
        deleted=_done(result.cycle, Operation.DELETE),
        in_step=standing.in_step,
        unresolved=standing.unresolved,
        excluded=standing.excluded,
        held=standing.held,
        failed=result.cycle.failed,
        failure=Failure(message=failure.message, remedy=failure.remedy) if failure else None,
        idle="inactive" if not person.active else "off" if person.policy.mode is Mode.OFF else "",
    )


def _done(cycle: Cycle, operation: Operation) -> Sides:
    counts = dict.fromkeys(Side, 0)
    for step in cycle.plan.steps if cycle.plan else ():
        for write in step.writes:
            receipt = cycle.receipts.get(write.intent)
            if write.operation is operation and receipt and receipt.outcome is Outcome.DONE:
                counts[write.side] += 1
    return Sides(exchange=counts[Side.EXCHANGE], salesforce=counts[Side.SALESFORCE])


class Counts(Struct, frozen=True, kw_only=True):
    """What a plan would do: the writes by operation and side, what it leaves alone, and the mail that would be sent."""

    create: Sides = Sides()
    update: Sides = Sides()
    delete: Sides = Sides()
    link: int = 0
    freeze: int = 0
    held: int = 0
    unresolved: int = 0
    excluded: int = 0
    prevented: int = 0
    mail: int = 0


def counted(plan: Plan) -> Counts:
    """The counts of a plan."""
    going = [step for step in plan.steps if not step.held_by]

    def verdicts(*wanted: Verdict) -> int:
        return sum(1 for step in going if step.decision.verdict in wanted)

    return Counts(
        create=_writes(going, Operation.CREATE),
        update=_writes(going, Operation.UPDATE),
        delete=_writes(going, Operation.DELETE),
        link=verdicts(Verdict.LINK),
        freeze=verdicts(Verdict.FREEZE),
        held=verdicts(Verdict.HOLD) + len(plan.steps) - len(going),
        unresolved=verdicts(Verdict.UNRESOLVED),
        excluded=sum(1 for step in going if step.decision.tab is Tab.EXCLUDED),
        prevented=verdicts(Verdict.PREVENTED),
        mail=plan.mail,
    )


def _writes(steps: Iterable[Step], operation: Operation) -> Sides:
    sides = [write.side for step in steps for write in step.writes if write.operation is operation]
    return Sides(exchange=sides.count(Side.EXCHANGE), salesforce=sides.count(Side.SALESFORCE))


def held_because(code: str, evidence: Evidence) -> str:
    """Why a guard holds a class of steps, in words."""
    return sentence(RULES[code].because, evidence)
