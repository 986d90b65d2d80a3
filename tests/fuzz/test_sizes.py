"""Answers that are larger than they look: caps on what comes over the wire and on what it unpacks to, before it is held."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.budget import examples
from tests.fuzz.hostile import spoiled
from twincal.connectors.transport import Unpacking

CAP = 1 << 20
BOMB = gzip.compress(b"\0" * (64 << 20), 9)


def unpacked(chunks: list[bytes], *, packed: bool, wire: int = CAP, plain: int = CAP) -> bytes | None:
    """The body, None where it is refused; every other end is a crash."""
    body = Unpacking(packed=packed, most_wire=wire, most_plain=plain)
    try:
        for chunk in chunks:
            body.take(chunk)
        return body.whole()
    except ValueError:
        return None


def cut(raw: bytes, size: int) -> list[bytes]:
    return [raw[at : at + size] for at in range(0, len(raw), size)]


@pytest.mark.parametrize("size", [1 << 10, 1 << 16])
def test_a_bomb_is_refused_before_it_fills_the_memory(size: int) -> None:
    assert len(BOMB) < CAP < 64 << 20
    tracemalloc.start()
    try:
        assert unpacked(cut(BOMB, size), packed=True) is None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * CAP


def test_a_bomb_within_a_bomb_is_unpacked_once() -> None:
    assert unpacked(cut(gzip.compress(BOMB), 1 << 16), packed=True) == BOMB


@examples(200)
@given(st.binary(max_size=400), st.integers(1, 64), st.integers(0, 300), st.integers(0, 300))
def test_what_is_kept_is_whole_and_within_both_caps(text: bytes, size: int, wire: int, plain: int) -> None:
    raw = gzip.compress(text)
    fits = len(raw) <= wire and len(text) <= plain
    assert unpacked(cut(raw, size), packed=True, wire=wire, plain=plain) == (text if fits else None)
    fits = len(text) <= min(wire, plain)
    assert unpacked(cut(text, size), packed=False, wire=wire, plain=plain) == (text if fits else None)


@examples(200)
@given(spoiled(gzip.compress(b"a calendar " * 50)), st.integers(1, 64))
def test_a_spoiled_packing_is_refused_or_is_what_another_reader_finds(raw: bytes, size: int) -> None:
    found = unpacked(cut(raw, size), packed=True)
    if found:
        reader = zlib.decompressobj(16 + zlib.MAX_WBITS)
        assert reader.decompress(raw) == found and reader.eof
