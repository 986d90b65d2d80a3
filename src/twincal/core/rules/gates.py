"""Is this write allowed? Asked of each write by itself; the first row that matches decides (SPEC 7)."""

from collections.abc import Mapping

from twincal.core.rules.fate import Choice
from twincal.core.rules.table import Policy, Rule, Table, YesNo, any_of
from twincal.core.vocabulary import Operation, Side, Word


class Passage(Word):
    """What the table answers."""

    PASS = "pass", "is allowed"
    PREVENTED = "prevented", "is prevented by a setting"
    HOLD = "hold", "waits for a person"
    UNRESOLVED = "unresolved", "is unresolved"


class Mail(Word):
    """What Exchange would do with other people's calendars because of the write."""

    SILENT = "silent", "nobody is mailed"
    NOTIFIES = "notifies", "Exchange mails the attendees"
    INVITED = "invited", "somebody else organizes it"


class Notice(Word):
    """The setting `notify_attendees`."""

    UPDATES = "updates", "updates may notify"
    NEVER = "never", "never"
    ALWAYS = "always", "always"


class Touch(Word):
    """What an update in Exchange changes: the time; subject or place; only how the time is shown."""

    TIME = "time", "the time"
    TEXT = "text", "subject or place"
    QUIET = "quiet", "only how the time is shown"


FACTS: dict[str, type[Word]] = {
    "side": Side,
    "operation": Operation,
    "prevented": YesNo,
    "too_long": YesNo,
    "mail": Mail,
    "notice": Notice,
    "touch": Touch,
    "choice": Choice,
}
WRITE_IN = {Side.EXCHANGE: "in Exchange", Side.SALESFORCE: "in Salesforce"}


def possible(facts: Mapping[str, Word]) -> bool:
    """Mail exists in Exchange only; what is touched matters for updates there only; length for writes in Salesforce."""
    in_salesforce = facts["side"] is Side.SALESFORCE
    update = facts["operation"] is Operation.UPDATE
    return (
        (facts["mail"] is Mail.SILENT or not in_salesforce)
        and (facts["mail"] is not Mail.INVITED or facts["operation"] is not Operation.CREATE)
        and (facts["touch"] is Touch.QUIET or (update and not in_salesforce))
        and (facts["too_long"] is YesNo.NO or (in_salesforce and facts["operation"] is not Operation.DELETE))
    )


EXCHANGE_UPDATE = {"side": Side.EXCHANGE, "operation": Operation.UPDATE}
EXCHANGE_DELETE = {"side": Side.EXCHANGE, "operation": Operation.DELETE}
UNDECIDED = any_of(Choice.NONE, Choice.EXCHANGE)
NO_MAIL_ELSEWHERE = "Only Exchange mails attendees."

ROWS = (
    Rule(
        code="G01",
        when={"prevented": YesNo.YES},
        then=Passage.PREVENTED,
        because="The setting `{setting}` prevents it.",
        remedy="Switch `{setting}` off.",
        example="A profile lets nothing be deleted in Salesforce.",
        mirror="G01",
    ),
    Rule(
        code="G02",
        when={"too_long": YesNo.YES},
        then=Passage.UNRESOLVED,
        because="It lasts {length}, and Salesforce holds no event longer than {longest}.",
        remedy="Split the item in Outlook, or switch on multi-day events in Salesforce (Setup › Activity Settings).",
        example="A sabbatical of six weeks.",
        one_way="The limit is Salesforce's.",
    ),
    Rule(
        code="G03",
        when={**EXCHANGE_UPDATE, "mail": Mail.INVITED, "touch": Touch.TIME},
        then=Passage.HOLD,
        because="Its time was changed in Salesforce, but {organizer} organizes it, and only the organizer can move it.",
        remedy="Ask {organizer} to move it, or choose Exchange to put the time in Salesforce back.",
        example="Ann drags an invitation to another hour in Salesforce.",
        one_way=NO_MAIL_ELSEWHERE,
    ),
    Rule(
        code="G04",
        when={**EXCHANGE_UPDATE, "mail": Mail.INVITED},
        then=Passage.PASS,
        because="{organizer} organizes it, so only the person's own copy is changed; nobody is mailed, and the organizer's next "
        "update wins.",
        remedy="Nothing to do.",
        example="Ann adds a word to the subject of an invitation in Salesforce.",
        one_way=NO_MAIL_ELSEWHERE,
    ),
    Rule(
        code="G05",
        when={
            **EXCHANGE_DELETE,
            "mail": Mail.NOTIFIES,
            "notice": any_of(Notice.UPDATES, Notice.NEVER),
            "choice": UNDECIDED,
        },
        then=Passage.HOLD,
        because="Deleting it in Exchange would send a cancellation to {count} people.",
        remedy="Choose Salesforce to cancel it, or Exchange to keep it; or set `notify_attendees` to `always`.",
        example="Ann deletes a customer meeting in Salesforce.",
        setting="notify_attendees",
        one_way=NO_MAIL_ELSEWHERE,
    ),
    Rule(
        code="G06",
        when={**EXCHANGE_DELETE, "mail": Mail.NOTIFIES},
        then=Passage.PASS,
        because="Deleting it in Exchange sends a cancellation to {count} people, which was allowed.",
        remedy="Set `notify_attendees` to `never` to have such steps held.",
        example="The same, with `notify_attendees` on `always`.",
        setting="notify_attendees",
        one_way=NO_MAIL_ELSEWHERE,
    ),
    Rule(
        code="G07",
        when={**EXCHANGE_UPDATE, "mail": Mail.NOTIFIES, "notice": Notice.NEVER, "choice": UNDECIDED},
        then=Passage.HOLD,
        because="Changing it in Exchange would mail {count} people, and the policy is never to notify.",
        remedy="Choose Salesforce to send the update, or Exchange to put Exchange's values back; or set `notify_attendees` to "
        "`updates`.",
        example="A meeting is moved in Salesforce, with `notify_attendees` on `never`.",
        setting="notify_attendees",
        one_way=NO_MAIL_ELSEWHERE,
    ),
    Rule(
        code="G08",
        when={
            **EXCHANGE_UPDATE,
            "mail": Mail.NOTIFIES,
            "notice": Notice.UPDATES,
            "touch": Touch.QUIET,
            "choice": UNDECIDED,
        },
        then=Passage.HOLD,
        because="Only how the time is shown changed, yet Exchange might mail {count} people because of it.",
        remedy="Choose Salesforce to write it all the same, or Exchange to put Exchange's value back.",
        example="A meeting is set to Free in Salesforce.",
        setting="notify_attendees",
        one_way=NO_MAIL_ELSEWHERE,
    ),
    Rule(
        code="G09",
        when={**EXCHANGE_UPDATE, "mail": Mail.NOTIFIES},
        then=Passage.PASS,
        because="Changing it in Exchange sends an update to {count} people, as changing it in Outlook would.",
        remedy="Set `notify_attendees` to `never` to have such steps held.",
        example="Ann moves her meeting in Salesforce; Outlook tells the attendees.",
        setting="notify_attendees",
        one_way=NO_MAIL_ELSEWHERE,
    ),
    Rule(
        code="G10",
        when={"side": Side.EXCHANGE, "operation": Operation.CREATE, "mail": Mail.NOTIFIES},
        then=Passage.PASS,
        because="`invite_attendees` is on, so Exchange invites {count} people.",
        remedy="Switch `invite_attendees` off.",
        example="A meeting entered in Salesforce invites its Contacts from Outlook.",
        setting="invite_attendees",
        one_way=NO_MAIL_ELSEWHERE,
    ),
    Rule(
        code="G11",
        when={},
        then=Passage.PASS,
        because="Nothing stands in the way.",
        remedy="Switch on one of the six Prevent Operations to stop such steps.",
        example="Any ordinary write.",
        mirror="G11",
    ),
)

GATES = Table("gates", Policy.FIRST, FACTS, ROWS, possible, "Is this write allowed?")

FORETOLD = Rule(
    code="G12",
    when={},
    then=Passage.HOLD,
    because="Choosing Salesforce sends {what} to {count} people.",
    remedy="Choose Exchange to send nothing.",
    example="A colleague deletes Ann's customer meeting in Salesforce; agreeing to that cancels it for everybody.",
)
"""What a hold tells beforehand where the choice would pass a gate that a write without it does not: a choice answers what was
shown."""
MAILED = {"G05": "a cancellation", "G07": "an update", "G08": "an update"}
"""What Exchange sends when somebody chooses Salesforce at these gates."""
