"""What was decided for one item, and why: codes and evidence, never sentences. And the plan, a value made of such steps."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from twincal.core.item import Item, Moment
from twincal.core.trees import Link, Window
from twincal.core.vocabulary import Field, RecordKind, Side, Tab, Word
from twincal.core.writes import Write

Evidence = Mapping[str, str | int | tuple[str, ...]]
"""Named facts behind a reason, ready to be put into its sentence. Never the text of a private item."""


class Verdict(Word):
    """What is done with one item in this cycle."""

    IN_STEP = "in_step", "In step"
    LINK = "link", "Link the two copies"
    CREATE_IN_EXCHANGE = "create_in_exchange", "Create in Exchange"
    CREATE_IN_SALESFORCE = "create_in_salesforce", "Create in Salesforce"
    UPDATE_IN_EXCHANGE = "update_in_exchange", "Update in Exchange"
    UPDATE_IN_SALESFORCE = "update_in_salesforce", "Update in Salesforce"
    MERGE = "merge", "Update both"
    DELETE_IN_EXCHANGE = "delete_in_exchange", "Delete in Exchange"
    DELETE_IN_SALESFORCE = "delete_in_salesforce", "Delete in Salesforce"
    FORGET = "forget", "Forget the pair"
    FREEZE = "freeze", "Leave both as they are"
    PREVENTED = "prevented", "Prevented by a setting"
    HOLD = "hold", "Hold for a person"
    UNRESOLVED = "unresolved", "Unresolved"
    EXCLUDED = "excluded", "Excluded"
    NOT_CONSIDERED = "not_considered", "Not considered"
    PRIVATE = "private", "Private, ignored completely"


class Reason(Struct, frozen=True, omit_defaults=True):
    """One stop of the trail: the code of the rule that applied, and what it saw."""

    code: str
    evidence: Evidence = {}


class Decision(Struct, frozen=True, omit_defaults=True):
    """A verdict with the trail of rules that led to it. The last reason is the one that decided.

    `tab` is where the history lists it; None where it is not listed (private, or never considered).
    """

    verdict: Verdict
    trail: tuple[Reason, ...]
    tab: Tab | None = None

    @property
    def code(self) -> str:
        """The code of the rule that decided."""
        return self.trail[-1].code

    @property
    def evidence(self) -> Evidence:
        """What that rule saw."""
        return self.trail[-1].evidence


class ParticipantVerdict(Struct, frozen=True, omit_defaults=True):
    """One address of an item and what came of it: own, ignored, resource, matched, or no record."""

    address: str
    verdict: str
    record: str = ""


class Matched(Struct, frozen=True, omit_defaults=True):
    """A Salesforce record the event is related to."""

    kind: RecordKind
    id: str
    name: str = ""


class Step(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a plan: an item (or a pair), the decision, and the writes that carry it out.

    `key` names the item for good: the key of its link, or the one a link of it would get. `after` is the link as it will
    be when every write succeeded; its base and ids are completed from the receipts. `mail` counts the mails Exchange
    will send because of the writes. `lost` holds the values that lose a conflict, for the history.
    `held_by` is the code of a whole-plan guard that holds this step. `pending` are fields whose edit could not travel (a
    gate stopped it): their base stays, so that the edit is not forgotten. `absorbed` is the key of the other item of a
    pair that is being linked; its row in the history goes. `tied` tells that `link` is not as it is stored: its series was
    moved, and it was tied to a new instance, which has to be remembered whatever becomes of the step. `likely` are the ids
    across of what it may be the same as, `double` tells that it looks like an item that is paired: both are remembered until
    a person has settled them.
    """

    key: str
    decision: Decision
    exchange: Item | None = None
    salesforce: Item | None = None
    link: Link | None = None
    after: Link | None = None
    writes: tuple[Write, ...] = ()
    mail: int = 0
    lost: Mapping[str, str] = {}
    participants: tuple[ParticipantVerdict, ...] = ()
    matched: tuple[Matched, ...] = ()
    held_by: str = ""
    pending: tuple[Field, ...] = ()
    absorbed: str = ""
    seen: bytes = b""
    tied: bool = False
    likely: tuple[str, ...] = ()
    double: bool = False

    @property
    def item(self) -> Item | None:
        """The item as it stands where it was born, else wherever it stands."""
        born = self.link.born if self.link else None
        first, second = (self.salesforce, self.exchange) if born is Side.SALESFORCE else (self.exchange, self.salesforce)
        return first or second


class Plan(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The complete, ordered list of steps for one person and cycle: shown, stored, compared and executed as it is.

    `everything` tells that every item of the person was judged, not only those that changed. `held` maps the code of a
    whole-plan guard to its evidence.
    """

    person: str
    made_at: datetime
    window: Window
    steps: tuple[Step, ...]
    everything: bool = True
    policy_digest: str = ""
    held: Mapping[str, Evidence] = {}

    @property
    def mail(self) -> int:
        """How many mails Exchange will send when the plan is carried out."""
        return sum(step.mail for step in self.steps if not step.held_by)


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of the history: one item, its latest decision and what is known about its retries.

    Times of day are instants in UTC or dates. `retry_ends` and `next_attempt` are set on unresolved items only.
    """

    key: str
    origin: Side
    decision: Decision
    subject: str = ""
    start: Moment | None = None
    end: Moment | None = None
    series: str = ""
    organizer: str = ""
    participants: tuple[ParticipantVerdict, ...] = ()
    matched: tuple[Matched, ...] = ()
    related_to: str = ""
    exchange_id: str = ""
    salesforce_id: str = ""
    source: str = ""
    lost: Mapping[str, str] = {}
    first_seen: datetime
    last_attempt: datetime
    attempts: int = 1
    next_attempt: datetime | None = None
    retry_ends: datetime | None = None
