"""What a gate is: a rule over the sources, the canaries that it must report, and the snippets that it must leave alone."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

Found = Iterator[tuple[int, str]]
"""Line, and what is wrong there."""


@dataclass(frozen=True)
class Source:
    """One file: its path from the top of the clone, and what is written in it."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file; empty where it is not Python."""
        return ast.parse(self.text if self.name.endswith(".py") or self.name == "dev" else "", filename=self.name)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Everything in the file."""
        return tuple(ast.walk(self.tree))


@dataclass(frozen=True)
class Rule:
    """One gate. `rooms` are the paths it judges, `but` the files where what it forbids has its one place.

    A canary that is not reported, or a calm snippet that is, means that the gate itself is broken.
    """

    code: str
    about: str
    rooms: tuple[str, ...]
    find: Callable[[Source], Found]
    canaries: tuple[str, ...]
    calm: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    suffix: str | tuple[str, ...] = ".py"

    def judges(self, name: str) -> bool:
        """Is this file under this rule?"""
        here = name == "dev" or name.endswith(self.suffix)
        return here and name.startswith(self.rooms) and not name.startswith(self.but or ("\0",))

    def broken(self) -> Iterator[str]:
        """What the rule gets wrong about its own snippets."""
        for text in self.canaries:
            if not list(self.find(self._source(text))):
                yield f"{self.code}: the canary is not reported: {text!r}"
        for text in self.calm:
            if list(self.find(self._source(text))):
                yield f"{self.code}: reported without cause: {text!r}"

    def _source(self, text: str) -> Source:
        suffix = self.suffix if isinstance(self.suffix, str) else self.suffix[0]
        return Source(f"snippet{suffix}", text)


def called(node: ast.AST) -> str:
    """The name of what is called, with what stands before its last dot where that is a name: `ssl.create_default_context`."""
    if not isinstance(node, ast.Call):
        return ""
    return dotted(node.func)


def dotted(node: ast.AST) -> str:
    """A name with its dots; a call in it as its name with `()`; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else f".{node.attr}"
    if isinstance(node, ast.Call):
        return f"{dotted(node.func)}()"
    return ""


def calls(source: Source) -> Iterator[tuple[ast.Call, str]]:
    """Every call, with the name of what is called."""
    for node in source.nodes:
        if isinstance(node, ast.Call):
            yield node, called(node)


def modules(source: Source) -> Iterator[tuple[int, str]]:
    """Every module that is imported, and every name out of one, with its line."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value given by this name."""
    return next((one.value for one in call.keywords if one.arg == name), None)


def is_constant(node: ast.AST | None, *values: object) -> bool:
    """Is it one of these constants, by identity of kind (so that 0 is not False)?"""
    return isinstance(node, ast.Constant) and any(node.value is value for value in values)
