"""Exchange's own post: a meeting of one colleague stands in the calendars of the others, and follows what its organizer does."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random

from msgspec.structs import replace

from tests.simulation.oracle import FIELDS, Oracle
from tests.simulation.scheduler import Flow, pause
from tests.simulation.tokens import lineage_of
from twincal.connectors.memory import MemoryCalendar
from twincal.core.item import Item, Participant

CONTENT = ("subject", "place", "body", "times", "people", "private", "show_as")
Later = Callable[[Flow, timedelta], None]


class Post:
    """Delivers the meetings of everybody in one organization; `owners` maps mailboxes to persons."""

    def __init__(self, exchange: MemoryCalendar, owners: Mapping[str, str], oracle: Oracle, later: Later, draw: Random) -> None:
        self._exchange = exchange
        self._owners = owners
        self._oracle = oracle
        self._later = later
        self._draw = draw
        self._copies: dict[tuple[str, str], str] = {}
        """Item of the organizer and mailbox of a colleague → the colleague's item."""
        self._delivering = False

    def watch(self) -> None:
        """Post goes out after every change of a meeting by its organizer."""
        put, remove = self._exchange.put, self._exchange.remove

        def posted_put(owner: str, item: Item, *, by: str = "") -> Item:
            kept = put(owner, item, by=by)
            if not self._delivering:
                self._send(owner, kept)
            return kept

        def posted_remove(owner: str, ident: str, *, by: str = "") -> None:
            item = self._exchange.items(owner)[ident]
            remove(owner, ident, by=by)
            self._send(owner, item)

        self._exchange.put = posted_put  # type: ignore[method-assign]
        self._exchange.remove = posted_remove  # type: ignore[method-assign]

    def _send(self, owner: str, item: Item) -> None:
        if not item.organized_by_owner or len(self._owners) < 2:
            return
        invited = {one.address for one in item.people}
        for colleague in self._owners:
            if colleague != owner and (colleague in invited or (item.id, colleague) in self._copies):
                self._later(self._deliver(owner, item.id, colleague), timedelta(seconds=self._draw.uniform(1, 60)))

    async def _deliver(self, owner: str, ident: str, colleague: str) -> None:
        await pause("post")
        meeting = self._exchange.items(owner).get(ident)
        known = self._copies.get((ident, colleague))
        copy = self._exchange.items(colleague).get(known or "")
        if known is not None and copy is None:
            return  # the colleague has deleted it: what follows is not delivered
        self._delivering = True
        if meeting is not None and colleague in {one.address for one in meeting.people}:
            self._put(owner, meeting, colleague, copy)
        elif copy is not None and not copy.cancelled:
            self._oracle.saw_and_deleted(self._owners[colleague], copy)
            self._exchange.put(colleague, replace(copy, cancelled=True))
        self._delivering = False

    def _put(self, owner: str, meeting: Item, colleague: str, copy: Item | None) -> None:
        content = {name: getattr(meeting, name) for name in CONTENT}
        person = self._owners[colleague]
        texts = (meeting.subject, meeting.place, meeting.body.text or "")
        self._oracle.known |= {(person, str(lineage_of(text))) for text in texts}
        if copy is None:
            fresh = replace(meeting, id="", organizer=Participant(owner), organized_by_owner=False, mark="", stamp="", **content)
            self._copies[meeting.id, colleague] = self._exchange.put(colleague, replace(fresh, series="", original_start=None)).id
            return
        changed = replace(copy, cancelled=False, **content)
        for read in FIELDS.values():
            new, old = read(changed, self._oracle.times), read(copy, self._oracle.times)
            if not self._oracle.tokens.saw(new, old):
                self._oracle.tokens.overrule(new, old)
                self._oracle.figures.exempt("the organizer's update wins over a copy")
        if changed != copy:
            self._exchange.put(colleague, changed)
