"""Small numbers and bytes for what the store keeps most of: ids, keys, moments, prints."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, date, datetime
from hashlib import blake2b
from math import floor

from twincal.core.item import Moment
from twincal.core.trees import Prints
from twincal.core.vocabulary import Field, Side

SIDES = {Side.EXCHANGE: 0, Side.SALESFORCE: 1}
SIDE_OF = (Side.EXCHANGE, Side.SALESFORCE)
PLAIN, BASE64 = b"\0", b"\1"
WORTH_PACKING = 40
"""Characters from which an id is tried as base64: Graph's ids are, and take a quarter less so."""

FIELD_BITS = {
    Field.SUBJECT: 1, Field.TIME: 2, Field.PLACE: 4, Field.SHOW_AS: 8, Field.BODY: 16, Field.PEOPLE: 32, Field.ASSOCIATION: 64,
}  # fmt: skip
PRINT = 8
"""Bytes of one print."""


def reference(side: Side, ident: str) -> int:
    """63 bits that stand for one id of one side."""
    return int.from_bytes(blake2b(f"{side.value}|{ident}".encode(), digest_size=8).digest()) >> 1


def series_reference(ident: str) -> int:
    """63 bits that stand for the id of a series, whichever side it is of."""
    return int.from_bytes(blake2b(f"series|{ident}".encode(), digest_size=8).digest()) >> 1


def address_hash(address: str) -> int:
    """32 bits that stand for an address; a collision only lets an item be judged once more than needed."""
    return int.from_bytes(blake2b(address.lower().encode(), digest_size=4).digest())


def pack_ident(ident: str) -> bytes:
    """An id of a vendor, in fewer bytes where it is base64."""
    if len(ident) >= WORTH_PACKING and len(ident) % 4 == 0 and ident.isascii():
        try:
            raw = urlsafe_b64decode(ident)
        except ValueError:
            return PLAIN + ident.encode()
        if urlsafe_b64encode(raw).decode() == ident:
            return BASE64 + raw
    return PLAIN + ident.encode()


def unpack_ident(packed: bytes) -> str:
    """The id as the vendor gave it."""
    return urlsafe_b64encode(packed[1:]).decode() if packed[:1] == BASE64 else packed[1:].decode()


def key_bytes(key: str) -> bytes:
    """The 16 bytes of a key. Raises ValueError for what is no key."""
    return bytes.fromhex(key)


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970 of an aware moment."""
    return floor(moment.timestamp())


def moment_at(value: int) -> datetime:
    """The moment of whole seconds since 1970, in UTC."""
    return datetime.fromtimestamp(value, UTC)


def pack_moment(moment: Moment | None) -> int | None:
    """An instant or a date as one number; the last two bits tell which: whole seconds, a date, or microseconds."""
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        return moment.toordinal() << 2 | 1
    whole = seconds(moment)
    if not moment.microsecond:
        return whole << 2
    return (whole * 1_000_000 + moment.microsecond) << 2 | 2


def unpack_moment(packed: int | None) -> Moment | None:
    """The instant (UTC) or date."""
    if packed is None:
        return None
    kind, value = packed & 3, packed >> 2
    if kind == 1:
        return date.fromordinal(value)
    if kind == 0:
        return moment_at(value)
    whole, micro = divmod(value, 1_000_000)
    return moment_at(whole).replace(microsecond=micro)


def unpack_instant(packed: int | None) -> datetime | None:
    """As `unpack_moment`, for what never is a date."""
    found = unpack_moment(packed)
    return found if isinstance(found, datetime) else None


def pack_prints(exchange: Prints, salesforce: Prints) -> bytes:
    """Both bases in one: which fields each has, in which the second equals the first, then 8 bytes a print."""
    ours = theirs = same = 0
    first: list[bytes] = []
    second: list[bytes] = []
    for field, bit in FIELD_BITS.items():
        mine, other = exchange.get(field), salesforce.get(field)
        if mine is not None:
            ours |= bit
            first.append(mine)
        if other is not None:
            theirs |= bit
            if other == mine:
                same |= bit
            else:
                second.append(other)
    packed = b"".join((bytes((ours, theirs, same)), *first, *second))
    if len(packed) != 3 + PRINT * (len(first) + len(second)):
        raise ValueError(f"a print has {PRINT} bytes")
    return packed


def unpack_prints(packed: bytes) -> tuple[Prints, Prints]:
    """The bases of Exchange and Salesforce."""
    ours, theirs, same = packed[:3]
    at = 3
    exchange: dict[Field, bytes] = {}
    salesforce: dict[Field, bytes] = {}
    for field, bit in FIELD_BITS.items():
        if ours & bit:
            exchange[field] = packed[at : at + PRINT]
            at += PRINT
    for field, bit in FIELD_BITS.items():
        if theirs & same & bit:
            salesforce[field] = exchange[field]
        elif theirs & bit:
            salesforce[field] = packed[at : at + PRINT]
            at += PRINT
    return exchange, salesforce
