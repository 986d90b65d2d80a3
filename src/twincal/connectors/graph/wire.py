"""Graph's event as it comes over the wire: only the members we read (Graph v1.0, resource type event)."""

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

MARK_PROPERTY = "String {9c1f8f0e-5d0b-4f57-9a0e-6f4f7c1d2b3a} Name TwincalMark"
STAMP_PROPERTY = "String {9c1f8f0e-5d0b-4f57-9a0e-6f4f7c1d2b3a} Name TwincalStamp"


class Moment(Struct, frozen=True, rename="camel"):
    """dateTimeTimeZone."""

    date_time: str
    time_zone: str = "UTC"


class Email(Struct, frozen=True):
    """emailAddress."""

    address: str | None = None
    name: str | None = None


class Recipient(Struct, frozen=True, rename="camel"):
    """recipient, attendee."""

    email_address: Email | None = None
    type: str | None = None


class ItemBody(Struct, frozen=True, rename="camel"):
    """itemBody."""

    content_type: str = "html"
    content: str | None = None


class Location(Struct, frozen=True, rename="camel"):
    """location."""

    display_name: str | None = None


class Property(Struct, frozen=True):
    """singleValueLegacyExtendedProperty."""

    id: str
    value: str | None = None


class Removed(Struct, frozen=True):
    """What a delta round says of an id that is gone: `deleted`, also where it merely left the window."""

    reason: str = ""


class EventRow(Struct, frozen=True, rename="camel"):
    """A row of calendarView, of a delta round or a single event. A bare occurrence has no subject member at all."""

    id: str
    etag: str = field(default="", name="@odata.etag")
    removed: Removed | None = field(default=None, name="@removed")
    type: str | None = None
    subject: str | UnsetType | None = UNSET
    body: ItemBody | None = None
    start: Moment | None = None
    end: Moment | None = None
    is_all_day: bool | None = None
    is_cancelled: bool | None = None
    is_organizer: bool | None = None
    organizer: Recipient | None = None
    attendees: list[Recipient] | None = None
    categories: list[str] | None = None
    sensitivity: str | None = None
    show_as: str | None = None
    location: Location | None = None
    series_master_id: str | None = None
    original_start: str | None = None
    original_start_time_zone: str | None = None
    is_online_meeting: bool | None = None
    last_modified_date_time: str | None = None
    created_date_time: str | None = None
    transaction_id: str | None = None
    web_link: str | None = None
    ical_uid: str | None = field(default=None, name="iCalUId")
    single_value_extended_properties: list[Property] | None = None

    @property
    def bare(self) -> bool:
        """An occurrence of which a delta round says only when it is; the rest stands in its master's row."""
        return self.type == "occurrence" and self.subject is UNSET


class RawPage(Struct, frozen=True):
    """A page of rows, each still to be decoded, so that one that cannot be does not take the others with it. Something without
    `value` is no page: a proxy that answers `{}` has not emptied the calendar."""

    value: list[msgspec.Raw]
    next: str | None = field(default=None, name="@odata.nextLink")
    delta: str | None = field(default=None, name="@odata.deltaLink")


class Page(Struct, frozen=True):
    """A page of rows, and where the next one or the next round is."""

    value: list[EventRow]
    next: str | None = field(default=None, name="@odata.nextLink")
    delta: str | None = field(default=None, name="@odata.deltaLink")


PAGE = msgspec.json.Decoder(Page)
RAW_PAGE = msgspec.json.Decoder(RawPage)
ROW = msgspec.json.Decoder(EventRow)
