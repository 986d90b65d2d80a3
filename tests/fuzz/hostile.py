"""Hostile values, and documents with some of them put into the places of others."""

import copy
from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import strategies as st

Json = Any
Path = tuple[str | int, ...]

TEXTS = (
    "", " ", "\0", "a\0b", "\u202e\u2066evil\u2069", "\ufeff", "é" * 300, "🙈" * 90, "\ud800", "ok\udfff", "'; DROP--", "\\'",
    "\r\n\r\n", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999", "10000-01-01T00:00:00", "2026-02-30T10:00:00",
    "2026-11-24", "T", "-1", "2026-11-24T24:00:00", "٢٠٢٦-١١-٢٤T٠٩:٠٠:٠٠", "2026-W48-2", "2026-11-24T09:30:00+99:99",
    "2026-11-24T09:30:00.000-2359", "0001-01-01", "9999-12-31", "tzone://Microsoft/Custom", "../../etc/passwd", "/etc/localtime",
    "Europe/\0", "x" * 5000, "@", "a@b", "<img src=x onerror=alert(1)>", "{{7*7}}", "%s%n", "=cmd()", "null", "true", "NaN",
    "005000000000001AAA", "00U" + "0" * 15,
)  # fmt: skip
NUMBERS = (0, -1, 1, 2**31, -(2**63), 2**63, 2**64, 10**30, 10**400, 1.5, -0.0, 1e308, 5e-324)
OTHERS: tuple[Json, ...] = (None, True, False, [], {}, [[]], [None], {"": None}, {"value": []}, [1, "a", {}])

texts = st.sampled_from(TEXTS) | st.text(st.characters(), max_size=12)
values = texts | st.sampled_from(NUMBERS) | st.sampled_from(OTHERS) | st.integers()


def places(document: Json, here: Path = ()) -> list[Path]:
    """Every place in a document, itself left aside."""
    found: list[Path] = []
    inner = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for key, value in inner:
        found += [(*here, key), *places(value, (*here, key))]
    return found


def changed(document: Json, path: Path, change: Callable[[Any, str | int], None]) -> Json:
    """A copy with a change at one place."""
    fresh = copy.deepcopy(document)
    around = fresh
    for key in path[:-1]:
        around = around[key]
    change(around, path[-1])
    return fresh


@st.composite
def mutated(draw: st.DrawFn, document: Json, most: int = 4) -> Json:
    """A document in which up to so many places hold something else, are missing, or (one of them) stand there a hundredfold."""
    kinds = ["value", "value", "value", "gone", "other place", "many"]
    for _ in range(draw(st.integers(1, most))):
        found = places(document)
        if not found:
            break
        path = draw(st.sampled_from(found))
        kind = draw(st.sampled_from(kinds))
        if kind == "value":
            value = draw(values)
            document = changed(document, path, lambda around, key, value=value: around.__setitem__(key, value))  # type: ignore[misc]
        elif kind == "gone":
            document = changed(document, path, lambda around, key: around.__delitem__(key))
        elif kind == "many":
            document = changed(document, path, lambda around, key: around.__setitem__(key, [around[key]] * 100))
            kinds.remove("many")
        else:
            other = _at(document, draw(st.sampled_from(found)))
            document = changed(document, path, lambda around, key, other=other: around.__setitem__(key, other))  # type: ignore[misc]
    return document


def _at(document: Json, path: Path) -> Json:
    for key in path:
        document = document[key]
    return copy.deepcopy(document)


def encoded(document: Json) -> bytes:
    """JSON as a careless server writes it: lone surrogates and numbers of any size included."""
    import json

    return json.dumps(document).encode()


@st.composite
def spoiled(draw: st.DrawFn, raw: bytes) -> bytes:
    """Bytes cut off, turned over, or with others in their midst."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(raw) - 1)))
        kind = draw(st.sampled_from(("cut", "flip", "insert", "repeat")))
        if kind == "cut":
            raw = raw[:at]
        elif kind == "flip" and raw:
            raw = raw[:at] + bytes((raw[at] ^ (1 << draw(st.integers(0, 7))),)) + raw[at + 1 :]
        elif kind == "insert":
            raw = (
                raw[:at]
                + draw(st.sampled_from((b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", b'"', b"{", b"[" * 3000, b"1e999")))
                + raw[at:]
            )
        else:
            raw = raw + raw[at:]
    return raw


def depth(levels: int, kind: str = "[") -> bytes:
    """JSON that is nested so deep."""
    return b"[" * levels + b"]" * levels if kind == "[" else b'{"a":' * levels + b"1" + b"}" * levels


def well_formed(raw: bytes) -> bool:
    """Is this JSON that a strict reader takes?"""
    try:
        msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return False
    return True
