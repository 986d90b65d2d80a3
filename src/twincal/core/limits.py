"""Guards on the plan as a whole: a class of steps that is too large to be believed is held, the rest goes on (SPEC 7)."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from twincal.core.decision import Evidence, Plan, Step
from twincal.core.holding import Held, HeldClass
from twincal.core.policy import Policy
from twincal.core.vocabulary import Operation, Side


class Release(Struct, frozen=True):
    """Held steps, by the code of the guard and the key of the item: `steps` may go on. `kept` were left when others were
    released: they stay held though they are not too many, until the guard allows more than it did then. `waits` is all that
    waits, by key: where a plan is about a part only, its count says nothing about these."""

    steps: frozenset[tuple[str, str]] = frozenset()
    kept: Mapping[tuple[str, str], int] = {}
    waits: Mapping[str, HeldClass] = {}


NOTHING = Release()
OPERATION = {"L01": Operation.DELETE, "L02": Operation.DELETE, "L03": Operation.UPDATE, "L04": Operation.CREATE}
"""What the steps do that each guard holds."""


def waiting(classes: Iterable[HeldClass]) -> Mapping[tuple[str, str], int]:
    """The steps of classes that wait to be released, each with what its guard allowed when it held it."""
    return {(each.code, key): _number(each, "allowed") for each in classes for key in each.keys}


def still_held(held: Iterable[Held]) -> Release:
    """What the next cycle has to know of what waits. A class that is not too many is what was left when others were released."""
    classes = [each for one in held for each in one.classes]
    left = [each for each in classes if _number(each, "count") <= _number(each, "allowed")]
    return Release(kept=waiting(left), waits={key: each for each in classes for key in each.keys})


def _number(held: HeldClass, name: str) -> int:
    return int(str(held.evidence.get(name, 0)))


class Stock(Struct, frozen=True, kw_only=True):
    """How much is there: links in all, links whose item has not ended, what is left on each side, and whether the first
    sync has been completed. `release` is what an administrator has let go on."""

    linked: int = 0
    linked_future: int = 0
    first_sync: bool = False
    emptied: Side | None = None
    release: Release = NOTHING


def _does(step: Step, operation: Operation) -> bool:
    return any(write.operation is operation for write in step.writes)


def _waits(step: Step, release: Release) -> bool:
    """Is this what was held earlier, and not something else by now?"""
    found = release.waits.get(step.key)
    return found is not None and _does(step, OPERATION[found.code])


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
    still = [] if plan.everything else [step for step in plan.steps if _waits(step, stock.release)]
    held: dict[str, tuple[Evidence, list[Step]]] = {}

    def of(operation: Operation, *codes: str) -> list[Step]:
        doing = (step for step in plan.steps if _does(step, operation) and step not in still)
        return [step for step in doing if not any((code, step.key) in stock.release.steps for code in codes)]

    def limit(code: str, steps: list[Step], most: int, setting: str) -> None:
        count = _weight(steps)
        kept = steps if count > most else [step for step in steps if stock.release.kept.get((code, step.key), -1) >= most]
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
    for step in still:
        found = stock.release.waits[step.key]
        held.setdefault(found.code, (found.evidence, []))[1].append(step)
    if not held:
        return plan
    by_key = {step.key: code for code, (_, steps) in held.items() for step in steps}
    steps = tuple(replace(step, held_by=by_key.get(step.key, "")) for step in plan.steps)
    return replace(plan, steps=steps, held={code: evidence for code, (evidence, _) in held.items()})
