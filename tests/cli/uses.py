"""Which verbs and flags the tests of the command line use: read from their text, so that it does not matter who runs first.

A *line* is what one call hands to a command: its words as far as they stand in the text. A word that is computed is left
out; `*words` stands for each sequence that is bound to `words` in the same function or in its decorators, and `*made()`
for the words in the function of that name.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

RUNNERS = {"does", "refuses", "twincal", "bare", "command", "started", "on_a_terminal", "home", "run", "rows"}
"""Functions of the stage that hand their words to the command line, or to a function of the test that does."""

Line = tuple[str, ...]


def lines_of(path: Path) -> Iterator[Line]:
    """Every line in a file of tests."""
    tree = ast.parse(path.read_text())
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for function in functions.values():
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and _name(node.func) in RUNNERS:
                for parts in product(*(_alternatives(argument, function, functions) for argument in node.args)):
                    yield tuple(word for part in parts for word in part)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _alternatives(node: ast.expr, function: ast.FunctionDef, functions: Mapping[str, ast.FunctionDef]) -> Sequence[Line]:
    """The words an argument may stand for."""
    if isinstance(node, ast.Starred):
        inner = node.value
        if isinstance(inner, ast.Call) and _name(inner.func) in functions:
            return [tuple(_words(functions[_name(inner.func)]))]
        if isinstance(inner, ast.Name):
            return _bound(inner.id, function) or _handed(inner.id, function, functions) or [()]
        return [tuple(_words(inner))]
    if isinstance(node, ast.Name):
        return _bound(node.id, function) or [()]
    return [tuple(_words(node))]


def _bound(name: str, function: ast.FunctionDef) -> list[Line]:
    """Every literal that could be bound to a name: by an assignment, by a loop, or by `parametrize`."""
    found: list[Line] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(_names(target, name) for target in node.targets):
            found += _literals(node.value)
        elif isinstance(node, ast.For | ast.comprehension) and _names(node.target, name):
            found += _literals(node.iter)
        elif isinstance(node, ast.Call) and _name(node.func) == "parametrize" and name in set(_split(node.args[0])):
            found += _literals(node.args[1])
    return found


def _handed(name: str, function: ast.FunctionDef, functions: Mapping[str, ast.FunctionDef]) -> list[Line]:
    """What the other functions of the file hand to `*name`."""
    if function.args.vararg is None or function.args.vararg.arg != name:
        return []
    calls = [node for other in functions.values() for node in ast.walk(other) if isinstance(node, ast.Call)]
    return [tuple(_words(ast.Tuple(node.args))) for node in calls if _name(node.func) == function.name]


def _names(target: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(target))


def _split(node: ast.expr) -> Iterator[str]:
    for word in _words(node):
        yield from (part.strip() for part in word.split(","))


def _literals(node: ast.expr) -> list[Line]:
    """Each sequence of words in an expression, and each word that stands for itself."""
    sequences = [inner for inner in ast.walk(node) if isinstance(inner, ast.Tuple | ast.List)]
    found = [tuple(_words(inner)) for inner in sequences]
    alone = [inner for inner in ast.walk(node) if isinstance(inner, ast.Constant) and isinstance(inner.value, str)]
    return [line for line in found if line] + [(str(inner.value),) for inner in alone]


def _words(node: ast.AST) -> Iterator[str]:
    """The strings in a piece of text, in the order in which they stand there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from _words(child)
