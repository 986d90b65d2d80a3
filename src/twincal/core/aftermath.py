"""What a write that was begun and never reported has left behind, told from the items themselves (pure)."""

from msgspec.structs import replace

from twincal.core.fields import prints, same
from twincal.core.item import Item
from twincal.core.rejoining import SHORT, stamped
from twincal.core.settling import NAMES, as_sent
from twincal.core.trees import Link
from twincal.core.vocabulary import Field, Side
from twincal.core.writes import Write


def link_after(link: Link, write: Write, there: Item, source: Item | None, key: bytes) -> Link | None:
    """The link with its base moved by an update, None where nothing shows that the update was carried out.

    `there` is the item it was sent to and `source` the other half, both as they stand now. The base becomes what was sent,
    and on the other side what it was sent from, as the stamp tells: whatever anybody has made of either since is an edit.
    """
    sent = as_sent(there, write.values)
    fields = [NAMES[name] for name in write.values.names if name in NAMES]
    hidden = there.private or (source is not None and source.private)
    if hidden or link.id_on(write.side) != there.id or not _carried_out(write, there, sent, fields):
        return None
    base = {write.side: {field: value for field, value in prints(sent, key).items() if field in fields}}
    if source is not None:
        base[write.side.other] = _sent_from(write, source, fields, key)
    fresh = {side: {**link.base_of(side), **base.get(side, {})} for side in Side}
    return replace(link, exchange=fresh[Side.EXCHANGE], salesforce=fresh[Side.SALESFORCE])


def _carried_out(write: Write, there: Item, sent: Item, fields: list[Field]) -> bool:
    """Does the item bear the stamp of the write, or say all that it said?"""
    if write.stamp and there.stamp:
        return there.stamp == write.stamp
    pair = (there, sent) if write.side is Side.EXCHANGE else (sent, there)
    return bool(fields) and all(same(field, *pair) for field in fields)


def _sent_from(write: Write, source: Item, fields: list[Field], key: bytes) -> dict[Field, bytes]:
    """The prints of the other half as it stood when the write was planned: in full where it has not changed since, else the
    beginning that the stamp holds, which the print of today is not equal to."""
    then, now = stamped(write.stamp), prints(source, key)
    told = [field for field in fields if field in then]
    return {field: now[field] if now[field][:SHORT] == then[field] else then[field].ljust(len(now[field])) for field in told}
