"""Guards on the plan as a whole: a class of steps that is too large to be believed is held, the rest goes on (SPEC 7)."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from twincal.core.decision import Evidence, Plan, Step
from twincal.core.policy import Policy
from twincal.core.vocabulary import Operation, Side


class Release(Struct, frozen=True):
    """Held steps, by the code of the guard and the key of the item: `steps` may go on, `kept` were held with them and stay
    held even where they alone would not be too many."""

    steps: frozenset[tuple[str, str]] = frozenset()
    kept: frozenset[tuple[str, str]] = frozenset()


NOTHING = Release()


class Stock(Struct, frozen=True, kw_only=True):
    """How much is there: links in all, links whose item has not ended, what is left on each side, and whether the first
    sync has been completed. `release` is what an administrator has let go on."""

    linked: int = 0
    linked_future: int = 0
    first_sync: bool = False
    emptied: Side | None = None
    release: Release = NOTHING


def _weight(steps: Iterable[Step]) -> int:
    """How many changes these are: a series counts once, made or changed."""
    return len({_series(step) or step.key for step in steps})


def _series(step: Step) -> str:
    return (step.link.series if step.link else "") or (step.item.series if step.item else "")


def _most(floor: int, share: int, of: int, which: tuple[str, str]) -> tuple[int, str]:
    """What a floor and a share in percent allow, and which of the two settings does."""
    part = of * share // 100
    return (part, which[1]) if part > floor else (floor, which[0])


def checked(plan: Plan, allowed: Policy, stock: Stock) -> Plan:
    """The plan with every step of a class that is too large marked as held."""
    held: dict[str, tuple[Evidence, list[Step]]] = {}

    def of(operation: Operation, *codes: str) -> list[Step]:
        doing = (step for step in plan.steps if any(write.operation is operation for write in step.writes))
        return [step for step in doing if not any((code, step.key) in stock.release.steps for code in codes)]

    def limit(code: str, steps: list[Step], most: int, setting: str) -> None:
        count = _weight(steps)
        kept = steps if count > most else [step for step in steps if (code, step.key) in stock.release.kept]
        if kept:
            held[code] = ({"count": _weight(kept), "allowed": most, "setting": setting}, kept)

    deletions = of(Operation.DELETE, "L01", "L02")
    if deletions and stock.emptied and stock.linked > allowed.guard_emptied:
        held["L02"] = ({"count": stock.linked, "side": stock.emptied.phrase, "setting": "guard.emptied"}, deletions)
    else:
        keys = ("guard.deletion_floor", "guard.deletion_share")
        part = _most(allowed.guard_deletion_floor, allowed.guard_deletion_share, stock.linked_future, keys)
        limit("L01", deletions, *min(part, (allowed.guard_deletions, "guard.deletions")))
    keys = ("guard.updates_floor", "guard.updates_share")
    part = _most(allowed.guard_updates_floor, allowed.guard_updates_share, stock.linked, keys)
    limit("L03", of(Operation.UPDATE, "L03"), *part)
    if not stock.first_sync:
        limit("L04", of(Operation.CREATE, "L04"), allowed.guard_creations, "guard.creations")
    if not held:
        return plan
    by_key = {step.key: code for code, (_, steps) in held.items() for step in steps}
    steps = tuple(replace(step, held_by=by_key.get(step.key, "")) for step in plan.steps)
    return replace(plan, steps=steps, held={code: evidence for code, (evidence, _) in held.items()})
