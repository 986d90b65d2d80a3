"""What becomes of a new or linked item: three-way, exactly one row for each possible situation (SPEC 6)."""

from collections.abc import Mapping

from twincal.core.decision import Verdict
from twincal.core.rules.table import Policy, Rule, Table, YesNo, any_of
from twincal.core.vocabulary import Side, Word


class Change(Word):
    """What happened to an item on one side since the base. NOTED: something changed there that does not travel.

    AWAY: it is not in the calendar, yet nothing shows that somebody deleted it (moved, archived, not readable).
    """

    NEVER = "never", "was never there"
    NEW = "new", "is new"
    SAME = "same", "is unchanged"
    NOTED = "noted", "changed in something that stays on its side"
    EDITED = "edited", "was edited"
    GONE = "gone", "was deleted"
    AWAY = "away", "is out of sight"


class Winner(Word):
    """Who wins where both changed the same field."""

    EXCHANGE = "exchange", "Exchange wins"
    SALESFORCE = "salesforce", "Salesforce wins"
    NOBODY = "nobody", "a person decides"


class Deleter(Word):
    """Who deleted it in Salesforce."""

    PERSON = "person", "the person"
    OTHER = "other", "somebody else"
    UNKNOWN = "unknown", "nobody knows who"


class Twin(Word):
    """Unlinked items with the same subject, start and end on the other side. FORMER: it was one half of a pair and was
    deleted; when it was taken out of the bin, another item had its place in the pair already. SURE, LIKELY and DOUBLE are
    what a first sync finds by likeness (core/likeness.py)."""

    NONE = "none", "no item is the same"
    ONE = "one", "exactly one item is the same"
    SEVERAL = "several", "several items are the same"
    FORMER = "former", "another copy has taken its place"
    SURE = "sure", "one item is alike for certain"
    CHOSEN = "chosen", "a person said which item is the same"
    LIKELY = "likely", "items are alike, but not for certain"
    DOUBLE = "double", "it looks like an item that is paired already"


TOGETHER = frozenset({Twin.ONE, Twin.SURE, Twin.CHOSEN})
"""Two items that are judged as one."""


class Choice(Word):
    """The side a person chose for a held item."""

    NONE = "none", "nobody has chosen"
    EXCHANGE = "exchange", "Exchange was chosen"
    SALESFORCE = "salesforce", "Salesforce was chosen"

    @staticmethod
    def of(side: Side | None) -> "Choice":
        """The word for a chosen side."""
        return Choice.NONE if side is None else Choice.of_value(side.value)


class Frozen(Word):
    """Was the link out of scope until now?"""

    NO = "no", "it was in step"
    SCOPE = "scope", "it was out of scope"
    PRIVATE = "private", "it was private"


NEVER, NEW, SAME, NOTED, EDITED, GONE, AWAY = Change
STILL = any_of(SAME, NOTED)
TOUCHED = any_of(NOTED, EDITED)
PRESENT = any_of(SAME, NOTED, EDITED)
NOT_CLEAR = any_of(Twin.SEVERAL, Twin.FORMER, Twin.LIKELY, Twin.DOUBLE)
NOT_PRIVATE = any_of(Frozen.NO, Frozen.SCOPE)

FACTS: dict[str, type[Word]] = {
    "exchange": Change,
    "salesforce": Change,
    "clash": YesNo,
    "winner": Winner,
    "relations": YesNo,
    "deleter": Deleter,
    "past": YesNo,
    "twin": Twin,
    "choice": Choice,
    "frozen": Frozen,
}


def possible(facts: Mapping[str, Word]) -> bool:
    """Which situations can occur: facts that say nothing in a situation have their quiet value there."""
    exchange, salesforce = facts["exchange"], facts["salesforce"]
    unlinked = {exchange, salesforce} <= {NEVER, NEW} and NEW in (exchange, salesforce)
    linked = not {exchange, salesforce} & {NEVER, NEW}
    both_new = exchange is NEW and salesforce is NEW
    clash = facts["clash"] is YesNo.YES
    chosen = facts["choice"] is not Choice.NONE
    return (
        (unlinked or linked)
        and (facts["twin"] in TOGETHER) == both_new
        and (facts["twin"] is Twin.NONE or unlinked)
        and (not clash or (exchange is EDITED and salesforce is EDITED))
        and (clash or facts["winner"] is Winner.NOBODY)
        and (not (clash and chosen) or facts["winner"].value == facts["choice"].value)
        and (facts["relations"] is YesNo.NO or (exchange in PRESENT and salesforce in PRESENT))
        and (facts["deleter"] is Deleter.UNKNOWN or salesforce is GONE)
        and (facts["past"] is YesNo.NO or GONE in (exchange, salesforce))
        and (facts["frozen"] is Frozen.NO or linked)
    )


def _row(
    code: str,
    exchange: Change | frozenset[Word],
    salesforce: Change | frozenset[Word],
    then: Verdict,
    because: str,
    remedy: str,
    example: str,
    *,
    setting: str = "",
    mirror: str = "",
    one_way: str = "",
    **facts: Word | frozenset[Word],
) -> Rule:
    when = {"exchange": exchange, "salesforce": salesforce} | facts
    return Rule(
        code=code, when=when, then=then, because=because, remedy=remedy, example=example,
        setting=setting, mirror=mirror, one_way=one_way,
    )  # fmt: skip


NOTHING_TO_DO = "Nothing to do."
CHOOSE = "Choose a side for it, Exchange or Salesforce (`twincal choose`)."
MASTER = "Exchange is the master of a person's calendar."

ROWS = (
    _row("F01", NEW, NEVER, Verdict.CREATE_IN_SALESFORCE, "It is new in Exchange.",
         "Ignore the item to keep it out of Salesforce.", "Ann accepts an invitation in Outlook.",
         twin=Twin.NONE, mirror="F02"),
    _row("F02", NEVER, NEW, Verdict.CREATE_IN_EXCHANGE, "It is new in Salesforce.",
         "Ignore the item to keep it out of Exchange.", "Ann enters a call in Salesforce.",
         twin=Twin.NONE, mirror="F01"),
    _row("F03", NEW, NEW, Verdict.LINK,
         "The same item stands in both calendars already (same subject, start and end), so the two are linked.",
         NOTHING_TO_DO, "Ann had typed the meeting into both calendars herself.", twin=Twin.ONE, mirror="F03"),
    _row("F04", NEW, NEVER, Verdict.HOLD,
         "Several items have its subject, start and end ({twins}), so it is not clear which of them are the same.",
         "Delete the surplus copies, pair it (`twincal pair`), or choose Exchange to give it a copy of its own.",
         "`Lunch` stands twice in Salesforce at the same time.",
         twin=Twin.SEVERAL, choice=any_of(Choice.NONE, Choice.SALESFORCE), mirror="F05"),
    _row("F05", NEVER, NEW, Verdict.HOLD,
         "Several items have its subject, start and end ({twins}), so it is not clear which of them are the same.",
         "Delete the surplus copies, pair it (`twincal pair`), or choose Salesforce to give it a copy of its own.",
         "`Lunch` stands twice in Exchange at the same time.",
         twin=Twin.SEVERAL, choice=any_of(Choice.NONE, Choice.EXCHANGE), mirror="F04"),
    _row("F06", NEW, NEVER, Verdict.CREATE_IN_SALESFORCE,
         "{person} chose to give it a copy of its own, although others look the same.",
         "Ignore the item to keep it out of Salesforce.", "Ann keeps both lunches.",
         twin=NOT_CLEAR, choice=Choice.EXCHANGE, mirror="F07"),
    _row("F07", NEVER, NEW, Verdict.CREATE_IN_EXCHANGE,
         "{person} chose to give it a copy of its own, although others look the same.",
         "Ignore the item to keep it out of Exchange.", "Ann keeps both lunches.",
         twin=NOT_CLEAR, choice=Choice.SALESFORCE, mirror="F06"),
    _row("F08", NEW, NEVER, Verdict.HOLD,
         "It was deleted and taken out of the bin again, but meanwhile the item has been created again, so it stands twice.",
         "Delete one of the two in Exchange, or choose Exchange to give this one a copy of its own.",
         "Ann restores the event in Salesforce, and a day later the meeting in Outlook too.",
         twin=Twin.FORMER, choice=any_of(Choice.NONE, Choice.SALESFORCE), mirror="F09"),
    _row("F09", NEVER, NEW, Verdict.HOLD,
         "It was deleted and taken out of the bin again, but meanwhile the item has been created again, so it stands twice.",
         "Delete one of the two in Salesforce, or choose Salesforce to give this one a copy of its own.",
         "Ann changed the meeting in Outlook after its event was deleted, so it was created again; now the first one is restored.",
         twin=Twin.FORMER, choice=any_of(Choice.NONE, Choice.EXCHANGE), mirror="F08"),
    _row("F10", STILL, STILL, Verdict.IN_STEP, "Both calendars say the same.",
         NOTHING_TO_DO, "Nothing happened since the last cycle.", relations=YesNo.NO, mirror="F10"),
    _row("F11", STILL, STILL, Verdict.UPDATE_IN_SALESFORCE, "Its relations in Salesforce change: {relations}.",
         "Set the relation in Salesforce by hand; Twincal keeps it.",
         "Carla was created as a Contact after the meeting had been synced.",
         relations=YesNo.YES, one_way="Relations exist in Salesforce only."),
    _row("F12", EDITED, STILL, Verdict.UPDATE_IN_SALESFORCE, "Only Exchange changed: {exchange_edits}.",
         NOTHING_TO_DO, "Ann moves the meeting in Outlook.", mirror="F13"),
    _row("F13", STILL, EDITED, Verdict.UPDATE_IN_EXCHANGE, "Only Salesforce changed: {salesforce_edits}.",
         "Choose Exchange to put Exchange's values back.", "Ann corrects the place in Salesforce.",
         relations=YesNo.NO, choice=any_of(Choice.NONE, Choice.SALESFORCE), mirror="F12"),
    _row("F14", STILL, EDITED, Verdict.MERGE,
         "Salesforce changed ({salesforce_edits}), and its relations change: {relations}.",
         NOTHING_TO_DO, "The place was corrected in Salesforce on the day Carla became a Contact.",
         relations=YesNo.YES, choice=any_of(Choice.NONE, Choice.SALESFORCE),
         one_way="Relations exist in Salesforce only."),
    _row("F15", STILL, EDITED, Verdict.UPDATE_IN_SALESFORCE,
         "{person} chose Exchange, so its values go back to Salesforce: {salesforce_edits}.",
         NOTHING_TO_DO, "A colleague had moved the event; Ann puts it back.",
         choice=Choice.EXCHANGE, one_way=MASTER),
    _row("F16", EDITED, EDITED, Verdict.MERGE,
         "Both changed, in different fields: {exchange_edits} in Exchange, {salesforce_edits} in Salesforce. Both edits are kept.",
         NOTHING_TO_DO, "Ann moves the meeting in Outlook while the place is corrected in Salesforce.",
         clash=YesNo.NO, choice=any_of(Choice.NONE, Choice.SALESFORCE), mirror="F16"),
    _row("F17", EDITED, EDITED, Verdict.UPDATE_IN_SALESFORCE,
         "Both changed, and {person} chose Exchange: {exchange_edits} in Exchange, {salesforce_edits} in Salesforce.",
         "The values that lost are kept in the history; `twincal reinstate` puts one back.", "Ann decides a clash for Outlook.",
         choice=Choice.EXCHANGE, one_way=MASTER),
    _row("F18", EDITED, EDITED, Verdict.MERGE,
         "Both changed the same field: {exchange_edits} in Exchange, {salesforce_edits} in Salesforce. Exchange wins.",
         "The value that lost is kept in the history. The setting `conflict` decides who wins. `twincal reinstate` puts it back.",
         "The meeting was moved to 10:00 in Outlook and to 11:00 in Salesforce.",
         clash=YesNo.YES, winner=Winner.EXCHANGE, choice=Choice.NONE, setting="conflict", mirror="F19"),
    _row("F19", EDITED, EDITED, Verdict.MERGE,
         "Both changed the same field: {exchange_edits} in Exchange, {salesforce_edits} in Salesforce. Salesforce wins.",
         "The value that lost is kept in the history. The setting `conflict` decides who wins. `twincal reinstate` puts it back.",
         "As above, in a company that lets Salesforce win.",
         clash=YesNo.YES, winner=Winner.SALESFORCE, setting="conflict", mirror="F18"),
    _row("F20", EDITED, EDITED, Verdict.HOLD,
         "Both changed the same field: {exchange_edits} in Exchange, {salesforce_edits} in Salesforce. Nothing is overwritten "
         "until somebody chooses.",
         CHOOSE, "As above, with the setting `conflict` on hold.",
         clash=YesNo.YES, winner=Winner.NOBODY, setting="conflict", mirror="F20"),
    _row("F21", GONE, SAME, Verdict.DELETE_IN_SALESFORCE,
         "It was deleted in Exchange, and nobody touched the copy in Salesforce.",
         "Restore it from Deleted Items in Outlook.", "Ann deletes a meeting in Outlook.",
         past=YesNo.NO, frozen=Frozen.NO, choice=Choice.NONE, mirror="F31"),
    _row("F22", GONE, TOUCHED, Verdict.HOLD,
         "It was deleted in Exchange, but somebody changed the copy in Salesforce ({salesforce_edits}).",
         "Choose Exchange to delete the copy too, or Salesforce to put the item back into Outlook.",
         "Notes were written into the event before the meeting was cancelled.",
         past=YesNo.NO, frozen=Frozen.NO, choice=Choice.NONE,
         one_way=MASTER + " The reverse (F34) is created again."),
    _row("F23", GONE, PRESENT, Verdict.DELETE_IN_SALESFORCE,
         "It was deleted in Exchange, and {person} chose Exchange.",
         "Restore it from Salesforce's recycle bin.", "Ann settles a held deletion.",
         frozen=NOT_PRIVATE, choice=Choice.EXCHANGE, mirror="F37"),
    _row("F24", GONE, PRESENT, Verdict.FREEZE,
         "It was deleted in Exchange, but it ended more than a day ago; what is past is never deleted automatically.",
         "Delete the copy in Salesforce by hand, or choose Exchange.",
         "Ann tidies last month's meetings out of Outlook; the record in Salesforce stays.",
         past=YesNo.YES, frozen=Frozen.NO, choice=Choice.NONE, mirror="F35"),
    _row("F25", GONE, PRESENT, Verdict.CREATE_IN_EXCHANGE,
         "It was deleted in Exchange, and {person} chose Salesforce, so it is put back.",
         NOTHING_TO_DO, "Ann settles a held deletion the other way.",
         frozen=NOT_PRIVATE, choice=Choice.SALESFORCE, mirror="F36"),
    _row("F26", GONE, PRESENT, Verdict.HOLD,
         "It was deleted in Exchange while it was not kept in step.",
         "Choose Exchange to delete the copy too, or Salesforce to put the item back into Outlook.",
         "An item that had lost its mark was deleted in Outlook.",
         frozen=Frozen.SCOPE, choice=Choice.NONE, mirror="F38"),
    _row("F27", GONE, PRESENT, Verdict.FREEZE,
         "It was private when it was deleted in Exchange, so nothing follows.",
         "Delete the copy in Salesforce by hand.", "A meeting made private and then deleted.",
         frozen=Frozen.PRIVATE, mirror="F28"),
    _row("F28", PRESENT, GONE, Verdict.FREEZE,
         "It was private when it was deleted in Salesforce, so nothing follows.",
         "Delete it in Outlook by hand.", "An event made private and then deleted.",
         frozen=Frozen.PRIVATE, mirror="F27"),
    _row("F31", SAME, GONE, Verdict.DELETE_IN_EXCHANGE,
         "{person} deleted it in Salesforce, and nobody touched it in Exchange.",
         "Restore it from Salesforce's recycle bin.", "Ann deletes her own event in Salesforce.",
         past=YesNo.NO, frozen=Frozen.NO, choice=Choice.NONE, deleter=Deleter.PERSON, mirror="F21"),
    _row("F32", SAME, GONE, Verdict.HOLD,
         "Somebody else deleted it in Salesforce ({deleter}).",
         "Choose Salesforce to delete it in Exchange too, or Exchange to create it in Salesforce again.",
         "A colleague deletes Ann's event by mistake.",
         past=YesNo.NO, frozen=Frozen.NO, choice=Choice.NONE, deleter=Deleter.OTHER, one_way=MASTER),
    _row("F33", SAME, GONE, Verdict.HOLD,
         "It was deleted in Salesforce, and Salesforce no longer tells by whom.",
         "Choose Salesforce to delete it in Exchange too, or Exchange to create it in Salesforce again.",
         "The recycle bin was emptied before the next cycle.",
         past=YesNo.NO, frozen=Frozen.NO, choice=Choice.NONE, deleter=Deleter.UNKNOWN, one_way=MASTER),
    _row("F34", TOUCHED, GONE, Verdict.CREATE_IN_SALESFORCE,
         "It was deleted in Salesforce, but changed in Exchange ({exchange_edits}), so it is created there again.",
         "Delete it in Exchange.", "Ann moves in Outlook what had just been deleted in Salesforce.",
         frozen=Frozen.NO, choice=Choice.NONE, one_way=MASTER + " The reverse (F22) is held."),
    _row("F35", SAME, GONE, Verdict.FREEZE,
         "It was deleted in Salesforce, but it ended more than a day ago; what is past is never deleted automatically.",
         "Delete it in Outlook by hand, or choose Salesforce.",
         "An administrator clears old events out of Salesforce.",
         past=YesNo.YES, frozen=Frozen.NO, choice=Choice.NONE, mirror="F24"),
    _row("F36", PRESENT, GONE, Verdict.CREATE_IN_SALESFORCE,
         "It was deleted in Salesforce, and {person} chose Exchange, so it is created there again.",
         NOTHING_TO_DO, "Ann puts back what a colleague deleted.",
         frozen=NOT_PRIVATE, choice=Choice.EXCHANGE, mirror="F25"),
    _row("F37", PRESENT, GONE, Verdict.DELETE_IN_EXCHANGE,
         "It was deleted in Salesforce, and {person} chose Salesforce.",
         "Restore it from Deleted Items in Outlook.", "Ann agrees with a colleague's deletion.",
         frozen=NOT_PRIVATE, choice=Choice.SALESFORCE, mirror="F23"),
    _row("F38", PRESENT, GONE, Verdict.HOLD,
         "It was deleted in Salesforce while it was not kept in step.",
         "Choose Salesforce to delete it in Exchange too, or Exchange to create it in Salesforce again.",
         "The event of an item outside the window was deleted.",
         frozen=Frozen.SCOPE, choice=Choice.NONE, mirror="F26"),
    _row("F40", GONE, GONE, Verdict.FORGET, "It was deleted in both calendars.",
         NOTHING_TO_DO, "Ann deleted both copies herself.", mirror="F40"),
    _row("F41", AWAY, any_of(SAME, NOTED, EDITED, GONE, AWAY), Verdict.FREEZE,
         "It is no longer in the Exchange calendar (moved to another folder, archived or not readable), and nothing shows "
         "that somebody deleted it.",
         "Move it back into the calendar.", "Outlook's archive took the meeting.", mirror="F42"),
    _row("F42", any_of(SAME, NOTED, EDITED, GONE), AWAY, Verdict.FREEZE,
         "The event is out of sight in Salesforce (archived or not readable), and nothing shows that somebody deleted it.",
         "Give the account Twincal uses access to it.", "Salesforce archived an old event.", mirror="F41"),
    _row("F43", NEW, NEW, Verdict.LINK,
         "The same item stands in both calendars already ({facts}), so the two are linked.",
         NOTHING_TO_DO, "A former product had copied the meeting, and its subject was changed in Outlook since.",
         twin=Twin.SURE, mirror="F43"),
    _row("F44", NEW, NEW, Verdict.LINK,
         "{person} said that they are the same, so the two are linked.",
         NOTHING_TO_DO, "Ann pairs `Lunch with Bo` with `Lunch Bo` after the first sync.", twin=Twin.CHOSEN, mirror="F44"),
    _row("F45", NEW, NEVER, Verdict.HOLD,
         "It may be the same as an event in Salesforce ({others}): {facts}. That is no proof, so nothing is copied.",
         "Pair the two if they are the same (`twincal pair`), or choose Exchange to give this one a copy of its own.",
         "`Lunch with Bo` in Outlook and `Lunch Bo` in Salesforce, both on Friday at noon.",
         twin=Twin.LIKELY, choice=any_of(Choice.NONE, Choice.SALESFORCE), mirror="F46"),
    _row("F46", NEVER, NEW, Verdict.HOLD,
         "It may be the same as an item in Exchange ({others}): {facts}. That is no proof, so nothing is copied.",
         "Pair the two if they are the same (`twincal pair`), or choose Salesforce to give this one a copy of its own.",
         "`Lunch Bo` in Salesforce and `Lunch with Bo` in Outlook, both on Friday at noon.",
         twin=Twin.LIKELY, choice=any_of(Choice.NONE, Choice.EXCHANGE), mirror="F45"),
    _row("F47", NEW, NEVER, Verdict.HOLD,
         "It stands twice in Exchange (it looks like an item that is paired with an event already), or it is a copy that Twincal "
         "made before a backup was restored, of an event that is not in sight.",
         "Delete the surplus copy, or choose Exchange to give it a copy of its own.",
         "A former product had left two copies of the lunch in Outlook.",
         twin=Twin.DOUBLE, choice=any_of(Choice.NONE, Choice.SALESFORCE), mirror="F48"),
    _row("F48", NEVER, NEW, Verdict.HOLD,
         "It stands twice in Salesforce (it looks like an event that is paired with an item already), or it is a copy that Twincal "
         "made before a backup was restored, of an item that is not in sight.",
         "Delete the surplus copy, or choose Salesforce to give it a copy of its own.",
         "A former product had left two copies of the lunch in Salesforce.",
         twin=Twin.DOUBLE, choice=any_of(Choice.NONE, Choice.EXCHANGE), mirror="F47"),
)  # fmt: skip

CHOOSABLE = frozenset({"F24", "F35"})
"""Rows that hold nothing and yet offer a choice: what is past is deleted when a person says so."""

DIFFERING = Rule(
    code="F49",
    when={},
    then=Verdict.IN_STEP,
    because="Nothing has been changed in either calendar, and what only one of them says stays there: {differences}.",
    remedy="Change it in either calendar; an edit reaches the other one.",
    example="Ann had typed the lunch into both calendars herself, with the place in Outlook alone.",
)
"""What is told in the place of F10 where both halves are as they were and yet do not say the same."""

DESCRIBED = Rule(
    code="F50",
    when={},
    then=Verdict.IN_STEP,
    because="The Description was changed in Salesforce. Exchange is the master of the text, so Outlook keeps its own; the "
    "Description stays as it is until the text in Outlook changes.",
    remedy="Write it in Outlook; a change of the text there replaces the Description in Salesforce.",
    example="Ben typed notes into the Description of Ann's lunch.",
)
"""What is told in the place of F10 where nothing but the Description was changed in Salesforce."""

FATE = Table("fate", Policy.UNIQUE, FACTS, ROWS, possible, "What becomes of it?")
