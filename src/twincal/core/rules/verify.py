"""What a verification does when it is asked to mend (SPEC 11: what nobody else has)."""

from twincal.core.decision import Verdict
from twincal.core.rules.table import Rule

MENDED = Rule(
    code="V01",
    when={},
    then=Verdict.UPDATE_IN_SALESFORCE,
    because="Both calendars differed although neither had been changed; on request Exchange's values were put into Salesforce: "
    "{fields}.",
    remedy="`undo` takes it back.",
    example="A run had been taken back in Salesforce only, and an administrator wants both calendars to say the same again.",
)
