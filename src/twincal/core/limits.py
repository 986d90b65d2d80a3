"""Guards on the plan as a whole: a class of steps that is too large to be believed is held, the rest goes on (SPEC 7)."""

from collections.abc import Collection, Iterable

from msgspec import Struct
from msgspec.structs import replace

from twincal.core.decision import Evidence, Plan, Step
from twincal.core.policy import Policy
from twincal.core.vocabulary import Operation, Side


class Stock(Struct, frozen=True, kw_only=True):
    """How much is there: links in all, links whose item has not ended, what is left on each side, and whether the first
    sync has been completed. `released` are the guard codes an administrator has released, with the keys they cover."""

    linked: int = 0
    linked_future: int = 0
    first_sync: bool = False
    emptied: Side | None = None
    released: frozenset[tuple[str, str]] = frozenset()


def _of(steps: Iterable[Step], operation: Operation) -> list[Step]:
    return [step for step in steps if any(write.operation is operation for write in step.writes)]


def _weight(steps: Iterable[Step]) -> int:
    """How many changes these are: a series counts once."""
    return len({(step.link.series if step.link else "") or step.key for step in steps})


def checked(plan: Plan, allowed: Policy, stock: Stock) -> Plan:
    """The plan with every step of a class that is too large marked as held."""
    deletions, updates, creations = (_of(plan.steps, operation) for operation in (
        Operation.DELETE, Operation.UPDATE, Operation.CREATE))  # fmt: skip
    held: dict[str, tuple[Evidence, set[str]]] = {}

    def hold(code: str, steps: Collection[Step], evidence: Evidence) -> None:
        keys = {step.key for step in steps if (code, step.key) not in stock.released}
        if keys:
            held[code] = (evidence, keys)

    if stock.emptied and stock.linked > allowed.guard_emptied and deletions:
        hold("L02", deletions, {"count": stock.linked, "side": stock.emptied.phrase})
    most = min(
        max(allowed.guard_deletion_floor, stock.linked_future * allowed.guard_deletion_share // 100),
        allowed.guard_deletions,
    )
    if _weight(deletions) > most and "L02" not in held:
        hold("L01", deletions, {"count": _weight(deletions), "allowed": most})
    most = max(allowed.guard_updates_floor, stock.linked * allowed.guard_updates_share // 100)
    if _weight(updates) > most:
        hold("L03", updates, {"count": _weight(updates), "allowed": most})
    if not stock.first_sync and _weight(creations) > allowed.guard_creations:
        hold("L04", creations, {"count": _weight(creations), "allowed": allowed.guard_creations})
    if not held:
        return plan
    by_key = {key: code for code, (_, keys) in held.items() for key in keys}
    steps = tuple(replace(step, held_by=by_key.get(step.key, "")) for step in plan.steps)
    return replace(plan, steps=steps, held={code: evidence for code, (evidence, _) in held.items()})
