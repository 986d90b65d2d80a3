"""Shapes of the REST API, decoded straight from the answer's bytes; what is not named here is not even looked at."""

from typing import Generic, TypeVar

from msgspec import Raw, Struct, defstruct, field
from msgspec.json import Decoder

T = TypeVar("T")


class Page(Struct, Generic[T], frozen=True, rename="camel"):
    """One page of a query."""

    records: list[T]
    done: bool = True
    next_records_url: str | None = None


class Named(Struct, frozen=True, rename="pascal"):
    """A related record of which only the name is asked for."""

    name: str | None = None


class RelationRow(Struct, frozen=True, rename="pascal"):
    """A row of EventRelation. Without Shared Activities the flags do not exist: every row is an invitee then."""

    relation_id: str = ""
    event_id: str = ""
    id: str = ""
    status: str | None = None
    is_parent: bool = False
    is_what: bool = False
    is_invitee: bool = True
    is_deleted: bool = False
    system_modstamp: str = ""


class EventRow(Struct, frozen=True, rename="pascal"):
    """A row of Event: the columns of `columns.py`."""

    id: str
    system_modstamp: str = ""
    owner_id: str = ""
    subject: str | None = None
    location: str | None = None
    description: str | None = None
    start_date_time: str | None = None
    end_date_time: str | None = None
    duration_in_minutes: int | None = None
    is_all_day_event: bool = False
    show_as: str | None = None
    is_private: bool = False
    who_id: str | None = None
    what_id: str | None = None
    what: Named | None = None
    is_child: bool = False
    group_event_type: str | None = None
    is_recurrence: bool = False
    recurrence_activity_id: str | None = None
    is_recurrence2: bool = False
    is_client_managed: bool = False
    is_archived: bool = False
    is_deleted: bool = False
    created_by_id: str | None = None
    last_modified_by_id: str | None = None
    last_modified_date: str = ""
    event_relations: Page[RelationRow] | None = None
    mark: str | None = field(default=None, name="Twincal_Key__c")
    stamp: str | None = field(default=None, name="Twincal_Stamp__c")


def event_pages(former_field: str) -> Decoder[Page[EventRow]]:
    """What decodes pages of events; with the column in which a former product left its ids, where there is one."""
    if not former_field:
        return EVENTS
    named = defstruct("FormerRow", [("former", str | None, field(default=None, name=former_field))], bases=(EventRow,), frozen=True)
    return Decoder(Page[named])  # type: ignore[valid-type]


class PersonRow(Struct, frozen=True, rename="pascal"):
    """A Contact, Lead or User."""

    id: str
    email: str | None = None
    name: str | None = None
    owner_id: str | None = None
    last_activity_date: str | None = None
    is_converted: bool = False
    converted_contact_id: str | None = None
    username: str | None = None
    is_active: bool = True
    system_modstamp: str = ""
    profile: "Named | None" = None


class Failure(Struct, frozen=True, rename="camel"):
    """One error of a whole request (`errorCode`) or of one row of a collection (`statusCode`)."""

    error_code: str = ""
    status_code: str = ""
    message: str = ""
    fields: list[str] | None = None

    @property
    def code(self) -> str:
        """The vendor's name for it, whichever resource answered."""
        return self.error_code or self.status_code


class Saved(Struct, frozen=True):
    """What became of one row of a collection."""

    success: bool
    id: str | None = None
    errors: list[Failure] = []


class Part(Struct, frozen=True, rename="camel"):
    """The answer to one request inside a Composite."""

    body: Raw
    http_status_code: int


class Composite(Struct, frozen=True, rename="camel"):
    """The answer to a Composite, in the order of its requests."""

    composite_response: list[Part]


class DeletedRow(Struct, frozen=True, rename="camel"):
    """A row of getDeleted."""

    id: str
    deleted_date: str = ""


class Deleted(Struct, frozen=True, rename="camel"):
    """The answer of getDeleted."""

    deleted_records: list[DeletedRow]


EVENTS: Decoder[Page[EventRow]] = Decoder(Page[EventRow])
RELATIONS: Decoder[Page[RelationRow]] = Decoder(Page[RelationRow])
PERSONS: Decoder[Page[PersonRow]] = Decoder(Page[PersonRow])
FAILURES: Decoder[list[Failure]] = Decoder(list[Failure])
SAVED: Decoder[list[Saved]] = Decoder(list[Saved])
COMPOSITE: Decoder[Composite] = Decoder(Composite)
DELETED: Decoder[Deleted] = Decoder(Deleted)
