"""What is asked of a side, and what it answered. Values are in Twincal's terms; codecs turn them into wire form."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from twincal.core.faults import FaultCode
from twincal.core.item import Body, Item, Participant, Times
from twincal.core.vocabulary import Operation, Outcome, ShowAs, Side


class Values(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields to write; a field left UNSET is not touched. `whos` are Salesforce record ids, the primary one first.

    `invitees` are attendees to write into Exchange; set only where the policy allows inviting. `mark` is set where an item that
    stands there has lost its mark and gets it anew; what is created carries the mark of its write anyhow.
    """

    subject: str | UnsetType = UNSET
    times: Times | UnsetType = UNSET
    place: str | UnsetType = UNSET
    show_as: ShowAs | UnsetType = UNSET
    body: str | UnsetType = UNSET
    whos: tuple[str, ...] | UnsetType = UNSET
    what: str | UnsetType = UNSET
    invitees: tuple[Participant, ...] | UnsetType = UNSET
    mark: str | UnsetType = UNSET

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields that are set, in a fixed order."""
        return tuple(name for name in self.__struct_fields__ if getattr(self, name) is not UNSET)


class Write(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request to one side.

    `intent` is the id of the intent row written before it is sent. `mark` names the link and its generation
    (`<32 hex digits>:<generation>`) and travels in the item; `stamp` is `<intent>:<keyed hashes>` and travels too.
    `version` is the version that was read; a mismatch must end as `CHANGED_MEANWHILE`, with nothing changed.
    `body_of` is the id of the other side's item whose body belongs into `values` but was not at hand when the plan was
    made: the engine reads it before sending; connectors never see it set. `known` is the face (core/fields.py) of the item
    as it was judged: where only the version has moved on, the write may go ahead with the new one.
    """

    intent: str
    side: Side
    operation: Operation
    mark: str
    stamp: str = ""
    item_id: str = ""
    version: str = ""
    values: Values = Values()
    body_of: str = ""
    known: bytes = b""

    def marking(self) -> "Write":
        """The same update, which writes the mark anew. By itself it carries nothing across, so the stamp stays as it is."""
        stamp = self.stamp if self.values.names else ""
        return replace(self, values=replace(self.values, mark=self.mark), stamp=stamp)

    @property
    def takes_back(self) -> bool:
        """Is it a write of an undo? Its stamp tells no source, for it has none: it carries nothing across."""
        return self.stamp.endswith(":")


class Receipt(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one write. `item` is the item as a later read showed it, when the side was read back. `former` is the
    body as it stood just before, where it was overwritten or deleted with its item."""

    intent: str
    outcome: Outcome
    item_id: str = ""
    item: Item | None = None
    fault: FaultCode | None = None
    detail: str = ""
    retry_after: float | None = None
    former: Body | None = None


class Absent(Struct, frozen=True, omit_defaults=True):
    """An id that was read and is not in the calendar.

    `deleted` is True on positive evidence of deletion (404 on the id, or a row in the recycle bin), False when it merely
    moved elsewhere (another folder, the archive). `by` is the user id of the deleter where the side tells.
    """

    id: str
    deleted: bool
    by: str = ""
    at: datetime | None = None
    changed_at: datetime | None = None
    item: Item | None = None
