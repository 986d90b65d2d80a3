"""What a verification finds wrong with a pair that no rule of a cycle explains, and what mends it (SPEC 11: what nobody else
has)."""

from collections.abc import Mapping

from twincal.core.decision import Verdict
from twincal.core.rules.table import Policy, Rule, Table, any_of
from twincal.core.vocabulary import Side, Word


class Difference(Word):
    """What can be wrong between two calendars that should be in step. The first four are explained by the rule that judges the
    item, the others by a row of the table below."""

    UNSEEN = "unseen", "a change that was never reported"
    WAITING = "waiting", "a change that the next cycle carries over"
    HELD = "held", "it waits for a person"
    ONE_SIDED = "one_sided", "it stands on one side only"
    DIFFERS = "differs", "both sides differ, though neither was changed since they were last in step"
    UNMARKED = "unmarked", "its mark is gone"
    UNMASKED = "unmasked", "it is private and shows more than it may"
    STALE = "stale", "what was remembered is not what both sides say"
    TWICE = "twice", "it stands twice"


EXPLAINED = frozenset({Difference.UNSEEN, Difference.WAITING, Difference.HELD, Difference.ONE_SIDED})
FACTS: dict[str, type[Word]] = {"found": Difference, "side": Side}
ANYWHERE = any_of(*Side)
MARKED_ANEW = "`twincal verify --repair` writes it anew, where that mails nobody."
MASKED_ANEW = "`twincal verify --repair` puts the mask back."


def possible(facts: Mapping[str, Word]) -> bool:
    """What has no explanation of its own; where both sides differ, Exchange is the master."""
    return facts["found"] not in EXPLAINED and (facts["found"] is not Difference.DIFFERS or facts["side"] is Side.SALESFORCE)


ROWS = (
    Rule(
        code="V01",
        when={"found": Difference.DIFFERS, "side": Side.SALESFORCE},
        then=Verdict.UPDATE_IN_SALESFORCE,
        because="Both calendars differed although neither had been changed; on request Exchange's values were put into "
        "Salesforce: {fields}.",
        remedy="`undo` takes it back.",
        example="A run had been taken back in Salesforce only, and an administrator wants both calendars to say the same again.",
        one_way="Exchange is the master of a person's calendar.",
    ),
    Rule(
        code="V02",
        when={"found": Difference.UNMARKED, "side": Side.SALESFORCE},
        then=Verdict.UPDATE_IN_SALESFORCE,
        because="The mark that ties it to its other half was gone in Salesforce.",
        remedy=MARKED_ANEW,
        example="A data loader had emptied the field `Twincal_Key__c`, so a restored backup would not have known the event again.",
        mirror="V03",
    ),
    Rule(
        code="V03",
        when={"found": Difference.UNMARKED, "side": Side.EXCHANGE},
        then=Verdict.UPDATE_IN_EXCHANGE,
        because="The mark that ties it to its other half was gone in Exchange.",
        remedy=MARKED_ANEW,
        example="The program that had moved the mailbox dropped what other programs had stored in its items.",
        mirror="V02",
    ),
    Rule(
        code="V04",
        when={"found": Difference.UNMASKED, "side": Side.SALESFORCE},
        then=Verdict.UPDATE_IN_SALESFORCE,
        because="It is private and may be shown in Salesforce only as `Private`, yet it showed more there: {fields}.",
        remedy=MASKED_ANEW,
        example="Ann had typed the subject of her private meeting over its mask.",
        setting="private_items",
        mirror="V05",
    ),
    Rule(
        code="V05",
        when={"found": Difference.UNMASKED, "side": Side.EXCHANGE},
        then=Verdict.UPDATE_IN_EXCHANGE,
        because="It is private and may be shown in Exchange only as `Private`, yet it showed more there: {fields}.",
        remedy=MASKED_ANEW,
        example="Ann had made an event private in Salesforce, and the copy in Outlook still showed its subject.",
        setting="private_items",
        mirror="V04",
    ),
    Rule(
        code="V06",
        when={"found": Difference.STALE, "side": ANYWHERE},
        then=Verdict.IN_STEP,
        because="Both calendars say the same, but what Twincal remembered of it was something else: {fields}.",
        remedy="`twincal verify --repair` remembers it anew, and so does the first cycle of every day.",
        example="Somebody had put yesterday's database in the place of today's by hand.",
        mirror="V06",
    ),
    Rule(
        code="V07",
        when={"found": Difference.TWICE, "side": ANYWHERE},
        then=Verdict.HOLD,
        because="It carries the mark of a pair that another item belongs to: somebody has copied it, or a write arrived late.",
        remedy="Delete the copy, or leave it as an item of its own.",
        example="Ann had copied a meeting in Outlook, mark and all.",
        mirror="V07",
    ),
)

VERIFY = Table("verify", Policy.UNIQUE, FACTS, ROWS, possible, "Found by a verification")
