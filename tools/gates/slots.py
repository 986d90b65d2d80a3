"""Text put together from pieces: what stands before each piece that is no constant, however it is put together."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tools.gates.rule import Source, dotted

PERCENT = re.compile(r"%(?:\(\w+\))?[-+ 0#]*\d*(?:\.\d+)?[sdrifx]")
BRACE = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True)
class Slot:
    """A value in the midst of text: the text on its left, the text on its right, and the value."""

    left: str
    right: str
    value: ast.expr | None
    line: int

    @property
    def made_by(self) -> str:
        """The function whose answer is put in, without the module before it; empty where it is no call."""
        return dotted(self.value.func).rsplit(".", 1)[-1] if isinstance(self.value, ast.Call) else ""

    @property
    def name(self) -> str:
        """The variable that is put in; empty where it is none."""
        return dotted(self.value) if self.value is not None else ""


Piece = str | ast.expr | None


def slots(source: Source) -> Iterator[Slot]:
    """Every slot of every text of a file, each text taken as a whole."""
    inner: set[ast.AST] = set()
    for node in source.nodes:
        if node in inner or not isinstance(node, ast.JoinedStr | ast.BinOp | ast.Call):
            continue
        if isinstance(node, ast.BinOp):
            inner.update(ast.walk(node.left) if _added(node.left) else ())
            inner.update(one for one in ast.walk(node.right) if isinstance(one, ast.JoinedStr) and one is node.right)
        yield from _slots(node)


def _added(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add))


def _slots(node: ast.JoinedStr | ast.BinOp | ast.Call) -> Iterator[Slot]:
    pieces = _pieces(node)
    if not any(isinstance(piece, str) for piece in pieces):
        return
    for at, piece in enumerate(pieces):
        if not isinstance(piece, str):
            left, right = _text(pieces[:at]), _text(pieces[at + 1 :])
            line = piece.lineno if piece is not None else node.lineno
            yield Slot(left, right, piece, line)


def _text(pieces: list[Piece]) -> str:
    return "".join(piece if isinstance(piece, str) else "\0" for piece in pieces)


def _pieces(node: ast.expr) -> list[Piece]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return [piece for value in node.values for piece in _pieces(value)]
    if isinstance(node, ast.FormattedValue):
        return [node.value]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_pieces(node.left), *_pieces(node.right)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and _constant(node.left):
        return _cut(PERCENT, _constant(node.left))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return _cut(BRACE, _constant(node.func.value)) if _constant(node.func.value) else [node]
    return [node]


def _constant(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _cut(holes: re.Pattern[str], text: str) -> list[Piece]:
    """A template as its text and its holes, of which nobody knows what fills them."""
    pieces: list[Piece] = []
    at = 0
    for hole in holes.finditer(text):
        pieces += [text[at : hole.start()], None]
        at = hole.end()
    return [*pieces, text[at:]]
