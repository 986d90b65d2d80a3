"""Every finite word Twincal thinks in; each member carries the phrase people read.

A member's value is what is stored and sent as JSON; it is never renamed. The phrase may be reworded freely.
"""

from enum import Enum
from typing import Self


class Word(Enum):
    """An enum whose members carry a stable value and the phrase shown to people."""

    phrase: str

    # Members are singletons: their identity is hash enough, and four times faster than Enum's own.
    __hash__ = object.__hash__

    def __new__(cls, value: str, phrase: str) -> Self:
        member = object.__new__(cls)
        member._value_ = value
        member.phrase = phrase
        return member

    @classmethod
    def of_value(cls, value: str) -> Self:
        """The member with this stored value. Raises KeyError where there is none."""
        return {member.value: member for member in cls}[value]


class Side(Word):
    """One of the two calendars of a person."""

    EXCHANGE = "exchange", "Exchange"
    SALESFORCE = "salesforce", "Salesforce"

    @property
    def other(self) -> "Side":
        """The side across."""
        return Side.SALESFORCE if self is Side.EXCHANGE else Side.EXCHANGE


class Kind(Word):
    """What an item is on the side where it was born."""

    MEETING = "meeting", "a meeting (it has invitees)"
    APPOINTMENT = "appointment", "an appointment (it has no invitees)"


class Mode(Word):
    """What is created on the other side."""

    OFF = "off", "Off"
    SYNC_ALL = "sync_all", "Sync All"
    MATCH = "match", "Match"
    DESIGNATE = "designate", "Designate"


class ShowAs(Word):
    """How a calendar shows the time of an item."""

    BUSY = "busy", "Busy"
    FREE = "free", "Free"
    OUT_OF_OFFICE = "out_of_office", "Out of office"


class Role(Word):
    """Why a participant stands on an item."""

    REQUIRED = "required", "required"
    OPTIONAL = "optional", "optional"
    RESOURCE = "resource", "a room or resource"


class Field(Word):
    """What of an item is compared. The first five are synced; see core/fields.py for the rules of each."""

    SUBJECT = "subject", "subject"
    TIME = "time", "time"
    PLACE = "place", "place"
    SHOW_AS = "show_as", "show as"
    BODY = "body", "body"
    PEOPLE = "people", "people"
    ASSOCIATION = "association", "related to"


class RecordKind(Word):
    """The Salesforce records an item can be matched with or related to."""

    CONTACT = "contact", "Contact"
    LEAD = "lead", "Lead"
    USER = "user", "User"


class Operation(Word):
    """What a write does."""

    CREATE = "create", "create"
    UPDATE = "update", "update"
    DELETE = "delete", "delete"


class Outcome(Word):
    """What is known after a write was sent. A lost reply is UNKNOWN, never NOT_APPLIED."""

    DONE = "done", "done"
    NOT_APPLIED = "not_applied", "not applied"
    UNKNOWN = "unknown", "not known"


class Tab(Word):
    """The three lists of the history."""

    UNRESOLVED = "unresolved", "Unresolved"
    SYNCED = "synced", "Synced"
    EXCLUDED = "excluded", "Excluded"


class Level(Word):
    """Where a setting was made; the order is from the top down."""

    ORGANIZATION = "organization", "the organization"
    SUBSCRIPTION = "subscription", "the subscription"
    PROFILE = "profile", "the profile"
    USER = "user", "the person"
    DEFAULT = "default", "Twincal's default"
