"""Every way in which a vendor can fail us: its name, what it asks for, and the remedy people read."""

from twincal.core.vocabulary import Side, Word
from twincal.errors import TwincalError


class Response(Word):
    """What a fault asks for."""

    RETRY_LATER = "retry_later", "Twincal tries again by itself"
    ASK_PERSON = "ask_person", "somebody has to act"
    OUR_BUG = "our_bug", "this is an error in Twincal"


class FaultCode(Word):
    """Every way in which a vendor can fail us, named; remedy and response stand beside each in `REMEDIES`."""

    THROTTLED = "throttled", "the service asked us to slow down"
    UNAVAILABLE = "unavailable", "the service was not available"
    NO_REPLY = (
        "no_reply",
        "no reply arrived, so it is not known whether the request was carried out",
    )
    LIMIT_REACHED = "limit_reached", "the org's daily API limit is used up"
    LOCKED = "locked", "another change had the record locked"
    CURSOR_EXPIRED = (
        "cursor_expired",
        "the place we had read up to is no longer known there",
    )
    CHANGED_MEANWHILE = (
        "changed_meanwhile",
        "somebody changed the item while we were about to write it",
    )
    GONE = "gone", "the item is no longer there"
    DUPLICATE = "duplicate", "an item with our mark exists already"
    SIGN_IN_REFUSED = "sign_in_refused", "the sign-in was refused"
    PERMISSION_MISSING = "permission_missing", "a permission is missing"
    MAILBOX_UNREACHABLE = (
        "mailbox_unreachable",
        "the mailbox cannot be reached through Microsoft Graph",
    )
    VALUE_REFUSED = "value_refused", "a value was refused"
    FIELD_HIDDEN = "field_hidden", "a field is hidden from the account Twincal uses"
    BAD_REQUEST = "bad_request", "the service did not understand our request"
    BAD_ANSWER = "bad_answer", "the answer could not be understood"


REMEDIES: dict[FaultCode, tuple[Response, str]] = {
    FaultCode.THROTTLED: (
        Response.RETRY_LATER,
        "Nothing to do; it goes on after the pause the service asked for.",
    ),
    FaultCode.UNAVAILABLE: (
        Response.RETRY_LATER,
        "Nothing to do; it is tried again in the next cycle.",
    ),
    FaultCode.NO_REPLY: (
        Response.RETRY_LATER,
        "Nothing to do; the next cycle looks for the item before it writes.",
    ),
    FaultCode.LIMIT_REACHED: (
        Response.RETRY_LATER,
        "Wait until the rolling 24 hours free some calls, or buy more API calls in Salesforce.",
    ),
    FaultCode.LOCKED: (Response.RETRY_LATER, "Nothing to do; it is tried again."),
    FaultCode.CURSOR_EXPIRED: (
        Response.RETRY_LATER,
        "Nothing to do; the calendar is read in full again.",
    ),
    FaultCode.CHANGED_MEANWHILE: (
        Response.RETRY_LATER,
        "Nothing to do; the item is read and judged again.",
    ),
    FaultCode.GONE: (
        Response.RETRY_LATER,
        "Nothing to do; the item is read and judged again.",
    ),
    FaultCode.DUPLICATE: (
        Response.RETRY_LATER,
        "Nothing to do; the item that is there is adopted.",
    ),
    FaultCode.SIGN_IN_REFUSED: (
        Response.ASK_PERSON,
        "Check tenant, client id and secret or certificate (`twincal doctor`), then connect again.",
    ),
    FaultCode.PERMISSION_MISSING: (
        Response.ASK_PERSON,
        "Ask the administrator to grant what `twincal doctor` names.",
    ),
    FaultCode.MAILBOX_UNREACHABLE: (
        Response.ASK_PERSON,
        "Check that the mailbox exists, is licensed and is hosted in Exchange Online.",
    ),
    FaultCode.VALUE_REFUSED: (
        Response.ASK_PERSON,
        "Change the value named in the evidence, or the validation rule in Salesforce; then retry.",
    ),
    FaultCode.FIELD_HIDDEN: (
        Response.ASK_PERSON,
        "Give the account Twincal uses access to the field (`twincal doctor` names it).",
    ),
    FaultCode.BAD_REQUEST: (Response.OUR_BUG, "Please report it with the code shown."),
    FaultCode.BAD_ANSWER: (
        Response.OUR_BUG,
        "It is tried again; if it stays, please report it with the code shown.",
    ),
}


class VendorFault(TwincalError):
    """A vendor's failure with a name.

    `retry_after` is in seconds where the vendor gave it. `detail` is the vendor's own error code and field names: never
    a token, a subject, a body or an address.
    """

    def __init__(
        self,
        side: Side,
        code: FaultCode,
        detail: str = "",
        retry_after: float | None = None,
    ) -> None:
        response, remedy = REMEDIES[code]
        super().__init__(
            f"{side.phrase}: {code.phrase}" + (f" ({detail})" if detail else "") + ".",
            remedy,
        )
        self.side = side
        self.code = code
        self.detail = detail
        self.response: Response = response
        self.retry_after = retry_after
