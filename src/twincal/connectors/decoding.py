"""Answers as typed values. Half letters are mended, a row that is none is left out, and the rest is refused with a name.

Exchange and Salesforce count letters in UTF-16, and whoever cuts a text there may cut an emoji in two. The half that is left
comes as an escape such as `\\ud83d`, which no strict reader takes; without mending, one such subject would hide a whole page.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import TypeVar

import msgspec
from msgspec.json import Decoder

from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side
from twincal.logs import log

T = TypeVar("T")

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""All that decoding ends with when it does not succeed; the last one where a document is nested without end."""
HALF = "\ufffd".encode()
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL
)


def decoded(side: Side, decoder: Decoder[T], body: bytes | msgspec.Raw, what: str) -> T:
    """The typed content of an answer. Raises VendorFault BAD_ANSWER."""
    try:
        return understood(decoder, body)
    except UNREADABLE as error:
        raise VendorFault(side, FaultCode.BAD_ANSWER, what) from error


def understood(decoder: Decoder[T], body: bytes | msgspec.Raw) -> T:
    """The typed content, its text mended where that is what is wrong. Raises UNREADABLE."""
    try:
        return decoder.decode(body)
    except (msgspec.ValidationError, RecursionError):
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        return decoder.decode(mended(bytes(body)))


def mended(body: bytes) -> bytes:
    """JSON in which halves of letters, and bytes that are no text, are replacement characters."""
    text = body.decode("utf-8", "replace").encode()
    return _ESCAPE.sub(lambda found: HALF if found[1] else found[0], text)


def whole_rows(decoder: Decoder[T], rows: Iterable[msgspec.Raw], leave_out: Callable[[bytes, str], None]) -> Iterator[T]:
    """The rows that are such; `leave_out` is told of the others."""
    for raw in rows:
        try:
            yield understood(decoder, raw)
        except UNREADABLE:
            leave_out(bytes(raw), "not what was asked for")


def left_out(side: Side, what: bytes, reason: str) -> None:
    """Log a row nobody can make sense of; the digest tells one from another and nothing else."""
    log().warning("row skipped", side=side.value, row=blake2b(what, digest_size=6).hexdigest(), reason=reason)
