"""Three-way: what changed on each side since the base, what clashes, who wins, and which field travels where."""

from msgspec import Struct

from twincal.core.fields import FIELDS, flows, same
from twincal.core.item import Item
from twincal.core.policy import Conflict
from twincal.core.trees import Link, Prints
from twincal.core.vocabulary import Field, Side


class Edits(Struct, frozen=True):
    """What changed on one side: `travelling` fields differ from the base and from the other side; `noted` is everything
    else that differs from the base, which stays on its side but counts as an edit when the other side deletes."""

    travelling: tuple[Field, ...] = ()
    noted: tuple[Field, ...] = ()

    @property
    def any(self) -> bool:
        """True when anything at all was edited."""
        return bool(self.travelling or self.noted)


def edits(side: Side, item: Item, other: Item | None, now: Prints, link: Link) -> Edits:
    """What changed on one side since the base. A field in which both sides already agree does not travel.

    An item may be masked from the start, or become so on either side later: the mask is nobody's edit of Exchange.
    """
    base = link.base_of(side)
    masked = link.masked or item.masked or (other is not None and other.masked)
    travelling, noted = [], []
    for row in FIELDS:
        if now[row.field] == base.get(row.field):
            continue
        pair = (item, other) if side is Side.EXCHANGE else (other, item)
        if other is None or not flows(row.field, side, masked=masked):
            noted.append(row.field)
        elif not same(row.field, *pair):
            travelling.append(row.field)
    return Edits(tuple(travelling), tuple(noted))


class Merge(Struct, frozen=True):
    """Which fields go to which side, and which ones lost a clash."""

    to_salesforce: tuple[Field, ...] = ()
    to_exchange: tuple[Field, ...] = ()
    clashing: tuple[Field, ...] = ()


def merged(exchange: Edits, salesforce: Edits, winner: Side | None) -> Merge:
    """Edits in different fields are all kept; in a field that clashes the winner's value goes to the other side.

    Without a winner the clashing fields go nowhere. The body never clashes: it travels from Exchange only.
    """
    clash = tuple(field for field in exchange.travelling if field in salesforce.travelling)
    to_salesforce = tuple(f for f in exchange.travelling if f not in clash or winner is Side.EXCHANGE)
    to_exchange = tuple(f for f in salesforce.travelling if f not in clash or winner is Side.SALESFORCE)
    return Merge(to_salesforce, to_exchange, clash)


def winner(conflict: Conflict, choice: Side | None, exchange: Item, salesforce: Item) -> Side | None:
    """Who wins where both changed the same field: the person's choice, else the policy; None holds it for a person.

    `latest` compares the two servers' own times of change, and falls back to Exchange where one is not known or equal.
    """
    if choice is not None:
        return choice
    if conflict is Conflict.LATEST:
        if exchange.changed_at and salesforce.changed_at and salesforce.changed_at > exchange.changed_at:
            return Side.SALESFORCE
        return Side.EXCHANGE
    return {Conflict.EXCHANGE: Side.EXCHANGE, Conflict.SALESFORCE: Side.SALESFORCE}.get(conflict)
