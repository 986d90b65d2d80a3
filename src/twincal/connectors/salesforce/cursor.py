"""Where a poll continues: for each stream the latest change seen, and what was seen in the overlap behind it.

Changes are committed out of order and many share a second, so a poll goes back ten minutes behind the latest change it saw
and leaves out what it has shown before. Once the latest change is older than that, the cursor goes on with the server's clock:
an org that rests after a first sync would otherwise show all of it in every poll. A row is named by six bytes of a digest of
its id and its SystemModstamp.
"""

from base64 import b85decode, b85encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Protocol

import msgspec
from msgspec import Struct

from twincal.connectors.decoding import UNREADABLE
from twincal.connectors.salesforce.codec import noted
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side

STREAMS = ("Event", "EventRelation", "Contact", "Lead", "User")
"""The objects whose changes matter, in the order of the positions in a cursor."""
OVERLAP = timedelta(minutes=10)
KEPT_DAYS = 14
"""The recycle bin keeps deleted rows for 15 days; a cursor that has not been used for longer could miss deletions."""
SETTLED = timedelta(seconds=1)
"""Stamps count whole seconds: a row changed in the very second of the answer may change once more under the same stamp."""
_WIDTH = 6
_LATEST = 1 << 36
"""Seconds since 1970, in the year 4147: no position lies behind."""
_VERSION = 1


class Stamped(Protocol):
    """A row with an id and the moment of its last change."""

    @property
    def id(self) -> str: ...

    @property
    def system_modstamp(self) -> str: ...


class _Form(Struct, frozen=True, array_like=True):
    version: int
    day: int
    positions: tuple[int, ...]
    seen: str


class Cursor(Struct, frozen=True):
    """`positions` are seconds since 1970, one for each stream; `day` is the day of the last poll, as an ordinal."""

    day: int
    positions: Mapping[str, int]
    seen: frozenset[bytes]

    @staticmethod
    def starting(at: datetime, rows: Iterable[Stamped], overlap: timedelta) -> "Cursor":
        """The cursor behind a full reading that began at `at` (the server's clock) and showed these events."""
        settled_until = at - SETTLED
        shown = frozenset(
            digest(row) for row in rows if (seen := noted(row.system_modstamp)) and at - overlap <= seen <= settled_until
        )  # fmt: skip
        return Cursor(at.date().toordinal(), dict.fromkeys(STREAMS, int(at.timestamp())), shown)

    @staticmethod
    def of(text: str, now: datetime) -> "Cursor":
        """The cursor a text stands for. Raises VendorFault CURSOR_EXPIRED when it cannot be continued from."""
        try:
            form = msgspec.json.decode(text, type=_Form)
            seen = b85decode(form.seen)
        except (*UNREADABLE, ValueError) as error:
            raise VendorFault(Side.SALESFORCE, FaultCode.CURSOR_EXPIRED, "not a cursor of this version") from error
        if form.version != _VERSION or len(form.positions) != len(STREAMS) or not all(0 <= at < _LATEST for at in form.positions):
            raise VendorFault(Side.SALESFORCE, FaultCode.CURSOR_EXPIRED, "not a cursor of this version")
        if now.date().toordinal() - form.day > KEPT_DAYS:
            raise VendorFault(Side.SALESFORCE, FaultCode.CURSOR_EXPIRED, f"unused for more than {KEPT_DAYS} days")
        marks = frozenset(seen[start : start + _WIDTH] for start in range(0, len(seen), _WIDTH))
        return Cursor(form.day, dict(zip(STREAMS, form.positions, strict=True)), marks)

    def text(self) -> str:
        """The opaque form: the same for the same cursor."""
        positions = tuple(self.positions[stream] for stream in STREAMS)
        form = _Form(_VERSION, self.day, positions, b85encode(b"".join(sorted(self.seen))).decode())
        return msgspec.json.encode(form).decode()

    def position(self, stream: str) -> datetime:
        """The latest change of a stream that was seen."""
        return datetime.fromtimestamp(self.positions[stream], UTC)

    def moved(self, rows: Mapping[str, Iterable[Stamped]], server_time: datetime, overlap: timedelta) -> "Cursor":
        """The cursor behind a poll that showed these rows, stream by stream."""
        positions, seen = dict(self.positions), set[bytes]()
        rested = server_time - overlap
        for stream, shown in rows.items():
            stamps = [(row, min(at, server_time)) for row in shown if (at := noted(row.system_modstamp))]
            latest = max((at for _, at in stamps), default=None)
            if latest is not None:
                positions[stream] = max(positions[stream], int(latest.timestamp()), int(rested.timestamp()))
            since = datetime.fromtimestamp(positions[stream], UTC) - overlap
            seen |= {digest(row) for row, at in stamps if at >= since and server_time - at >= SETTLED}
        return Cursor(server_time.date().toordinal(), positions, frozenset(seen))


def digest(row: Stamped) -> bytes:
    """The name of one state of one row."""
    return blake2b(f"{row.id}{row.system_modstamp}".encode(), digest_size=_WIDTH).digest()
