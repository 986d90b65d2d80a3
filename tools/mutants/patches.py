"""Planting a bug: one small change of the real code, for as long as it is wanted.

The source of a function is rewritten, compiled in the namespace of its module, and its code put in the place of the
function's own: whoever imported it by name before runs the changed code too.
"""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from textwrap import dedent
from types import FunctionType

from msgspec import Struct

WORLDS = "worlds"


class Lost(Exception):
    """The code that a patch changes is not there any more; the message names the patch and the remedy."""


class Patch(Struct, frozen=True):
    """Replace `find`, which occurs exactly once in the function `where` (`package.module:Class.method`), by `put`."""

    where: str
    find: str
    put: str


class Bug(Struct, frozen=True, kw_only=True):
    """A planted bug. `says` is what is wrong, in one sentence.

    `seen_by` is who has to find it: `worlds` (the engine between calendars in memory), or the pytest node of a direct test.
    `why_alive` explains one that nobody can find.
    """

    name: str
    says: str
    patches: tuple[Patch, ...]
    seen_by: str = WORLDS
    why_alive: str = ""


def bug(name: str, says: str, *patches: Patch, seen_by: str = WORLDS, why_alive: str = "") -> Bug:
    """A planted bug, for tables of them."""
    return Bug(name=name, says=says, patches=patches, seen_by=seen_by, why_alive=why_alive)


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """The product with this bug. Raises Lost where its patches no longer fit."""
    codes = [(function(where), changed.__code__) for where, changed in rewritten(bug).items()]
    before = [(target, target.__code__) for target, _ in codes]
    for target, code in codes:
        target.__code__ = code
    try:
        yield
    finally:
        for target, code in before:
            target.__code__ = code


def rewritten(bug: Bug) -> dict[str, FunctionType]:
    """The functions as the bug would have them, by name. Raises Lost."""
    by_place: dict[str, list[Patch]] = {}
    for patch in bug.patches:
        by_place.setdefault(patch.where, []).append(patch)
    return {where: _rewritten(where, patches) for where, patches in by_place.items()}


def _rewritten(where: str, patches: Sequence[Patch]) -> FunctionType:
    target = function(where)
    if target.__closure__:
        raise Lost(f"{where} uses variables around it, which a patch cannot reach: change another function.")
    source = dedent(inspect.getsource(target))
    for patch in patches:
        count = source.count(patch.find)
        if count != 1:
            raise Lost(f"{where} holds {patch.find!r} {count} times and should once: fit the patch in tools/mutants anew.")
        source = source.replace(patch.find, patch.put)
    namespace = dict(vars(import_module(where.partition(":")[0])))
    exec(compile(source, inspect.getsourcefile(target) or where, "exec"), namespace)  # noqa: S102  our own source, changed by us
    return _plain(namespace[target.__name__], where)


def function(where: str) -> FunctionType:
    """The function of this name. Raises Lost."""
    name, _, path = where.partition(":")
    found: object = import_module(name)
    for part in path.split("."):
        try:
            found = inspect.getattr_static(found, part)
        except AttributeError:
            raise Lost(f"There is no {where} any more: fit the patch in tools/mutants anew.") from None
    return _plain(found, where)


def _plain(found: object, where: str) -> FunctionType:
    """The function inside a property or a decorator."""
    if isinstance(found, cached_property):
        found = found.func
    elif isinstance(found, property):
        found = found.fget
    elif isinstance(found, staticmethod | classmethod):
        found = found.__func__
    found = inspect.unwrap(found) if callable(found) else found
    if not isinstance(found, FunctionType):
        raise Lost(f"{where} is no function.")
    return found
