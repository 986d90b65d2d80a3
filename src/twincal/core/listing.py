"""Which rows of the history somebody wants to see, and in which order (SPEC 10)."""

from enum import Enum

from msgspec import Struct

from twincal.core.vocabulary import Tab


class Sort(Enum):
    """The columns that rows can be sorted by."""

    SUBJECT = "subject"
    START = "start"
    END = "end"
    ORGANIZER = "organizer"
    PARTICIPANTS = "participants"
    ORIGIN = "origin"
    MATCHED = "matched"
    RELATED_TO = "related_to"
    CODE = "code"
    FIRST_SEEN = "first_seen"
    LAST_ATTEMPT = "last_attempt"
    ATTEMPTS = "attempts"
    NEXT_ATTEMPT = "next_attempt"
    RETRY_ENDS = "retry_ends"


class Wanted(Struct, frozen=True, kw_only=True):
    """Which rows of a person, in which order. `search` is part of a word of subject, organizer, participants, matched records
    or what it is related to, in either case; `after` is the key of the last row of the page before."""

    tab: Tab | None = None
    code: str | None = None
    search: str | None = None
    sort: Sort = Sort.START
    descending: bool = False
    after: str | None = None
    limit: int | None = None


EVERYTHING = Wanted()
