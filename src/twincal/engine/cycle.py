"""THE STORY: look, decide, check, do, remember, for one person."""

from collections.abc import Collection

from msgspec import Struct
from msgspec.structs import replace

from twincal.core.decision import Plan, Reason
from twincal.core.facts import Context
from twincal.core.limits import NOTHING, Release
from twincal.core.scene import Scene, Settled
from twincal.core.settling import settled
from twincal.core.vocabulary import Side
from twincal.engine.decide import decided
from twincal.engine.execute import Receipts, execute
from twincal.engine.latecomers import remember_latecomers
from twincal.engine.observe import Observed, observe_exchange
from twincal.engine.person import Person, Ports
from twincal.engine.recover import recover


class Cycle(Struct, frozen=True, kw_only=True):
    """What one cycle did: the plan (None when nothing had changed) and the receipts by intent."""

    plan: Plan | None = None
    receipts: Receipts = {}
    waiting: int = 0

    @property
    def failed(self) -> int:
        """How many writes did not come out."""
        return sum(1 for receipt in self.receipts.values() if receipt.fault is not None)


async def run_cycle(person: Person, ports: Ports, salesforce: Observed, *, full: bool = False, release: Release = NOTHING) -> Cycle:
    """Keep one person's calendars in step once, of somebody who is served and whose mode is not off. What Salesforce shows has
    been looked at before, for everybody together.

    Raises VendorFault when Exchange cannot be looked at, HomeUnusable when nothing can be written down.
    """
    seen = {Side.EXCHANGE: await observe_exchange(person, ports), Side.SALESFORCE: salesforce}
    await remember_latecomers(person, ports)
    waiting = await recover(person, ports)  # after the looks: what a look showed of a late write can be found by its mark
    everything = full or salesforce.blind or await _due(person, ports)
    plan, scene, context = await decided(person, ports, seen, everything=everything, release=release)
    plan = _without(plan, waiting)
    if not plan.steps and not everything:
        return Cycle(waiting=len(waiting))
    run = await ports.ledger.begin(plan)
    receipts = await execute(plan, person, ports)
    await ports.ledger.finish(run, remembered(plan, receipts, scene, context), ports.clock.now())
    if everything:
        await ports.ledger.record([], _stream(person), _judged(person, ports))
    return Cycle(plan=plan, receipts=receipts, waiting=len(waiting))


def _without(plan: Plan, waiting: Collection[str]) -> Plan:
    """The plan without items of which an earlier write may still arrive: there is one open intent an item."""
    if not waiting:
        return plan
    return replace(plan, steps=tuple(step for step in plan.steps if step.key not in waiting))


def remembered(plan: Plan, receipts: Receipts, scene: Scene, context: Context) -> list[Settled]:
    """What every step leaves behind."""
    found: list[Settled] = []
    for step in plan.steps:
        left = settled(step, receipts, scene.notes.get(step.key), context)
        found.append(_with_count(left, step.held_by, plan) if step.held_by else left)
        if step.absorbed:
            found.append(Settled(key=step.absorbed))
    return found + [Settled(key=key) for key in _superseded(plan, scene)]


def _superseded(plan: Plan, scene: Scene) -> list[str]:
    """Rows that tell how a pair was deleted, one half of which was taken out of the bin: it has a row of its own now."""
    keys = {step.key for step in plan.steps}
    items = (item for step in plan.steps if step.link is None for item in (step.exchange, step.salesforce) if item is not None)
    graves = (scene.graves.get((item.side, item.id)) for item in items)
    old = (key for grave in graves if grave is not None and not grave.replaced for key in grave.keys)
    return [key for key in dict.fromkeys(old) if key not in keys]


def _with_count(left: Settled, code: str, plan: Plan) -> Settled:
    """What a held step leaves behind, its row telling how much the guard saw: that is a fact of the plan, not of the step."""
    if left.entry is None:
        return left
    decision = left.entry.decision
    trail = (*decision.trail[:-1], Reason(code, plan.held.get(code, {})))
    return replace(left, entry=replace(left.entry, decision=replace(decision, trail=trail)))


def _judged(person: Person, ports: Ports) -> str:
    """What everything was judged under: the day, the settings, and what the org can do."""
    org = ports.capabilities
    return f"{ports.clock.now():%Y-%m-%d}|{person.policy.digest}|{org.shared_activities:d}{org.multiday_events:d}"


async def _due(person: Person, ports: Ports) -> bool:
    """Everything is judged on the first cycle of a day, and when settings or the org have changed."""
    return await ports.ledger.cursor(_stream(person)) != _judged(person, ports)


async def judge_everything_next(person: Person, ports: Ports) -> None:
    """Have the next cycle judge everything, changed or not."""
    await ports.ledger.record([], _stream(person), "")


def _stream(person: Person) -> str:
    return f"judged:{person.id}"
