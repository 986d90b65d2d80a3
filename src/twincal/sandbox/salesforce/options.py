"""The switches of the org: what an administrator can set up, and what nobody can help."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class OrgOptions:
    """How the org is set up. Every field may change while the server runs; it takes effect at the next request."""

    shared_activities: bool = True
    """Up to 50 Contacts an event. Off, `EventWhoIds`, `WhoCount`, `WhatCount` and `EventWhoRelation` do not exist."""
    multiday_events: bool = True
    """Events of up to 14 days; off, up to 24 hours."""
    key_fields: bool = False
    """Custom fields `Twincal_Key__c` (unique, case-sensitive external id) and `Twincal_Stamp__c` on Event."""
    client_fields: bool = False
    """Columns `ClientGuid` and `IsClientManaged` of Salesforce's own sync products on Event."""
    former_field: bool = False
    """The custom field `Former_Id__c` on Event, in which another sync product has left its ids."""
    page_size: int = 2000
    """Rows a page of a query when the request asks for no other number."""
    daily_limit: int = 100_000
    """API requests in any 24 hours."""
    archive_after_days: int = 0
    """Events that ended more than so many days ago are archived; 0 never. Salesforce's own rule is about 365."""
    recycle_bin_days: int = 15
    """Deleted rows leave the recycle bin after so many days."""
    session_minutes: int = 120
    """Life of an access token."""
    rotate_refresh_tokens: bool = False
    """Each use of a refresh token answers a new one, and the old one is dead."""
    gzip: bool = True
    """Answers are compressed for clients that ask."""
    hidden_fields: list[str] = field(default_factory=list)
    """Field permissions: `Event.Description` for everybody, `Event.Description:ann@acme.example` for one user."""
    read_only_fields: list[str] = field(default_factory=list)
    """Fields that may be read only, written likewise."""
    hidden_objects: list[str] = field(default_factory=list)
    """Objects whose Read was taken away, so that queries, describes and getDeleted do not know them: `Event`, or of one user
    `Event:ann@acme.example`."""
    revoked: list[str] = field(default_factory=list)
    """Permissions taken away: `ViewAllData`, `ModifyAllData`, `ApiEnabled`, `EditEvents`, `ViewSetup`; of all, or
    of one user: `ViewAllData:ann@acme.example`."""
    calendars_open: bool = True
    """Users may add events to calendars of others (calendar sharing *Hide details and add events*)."""
    allow_lead_with_what: bool = True
    """An event with a Lead as its name may be related to an Account or Opportunity too."""


@dataclass(slots=True)
class SalesforceQuirks:
    """What the platform and other people's automation do to a client. At first nothing unusual happens."""

    commit_skew_seconds: int = 0
    """Writes carry a SystemModstamp so many seconds old: the transaction was long, its rows become visible late."""
    commit_skew_every: int = 1
    """Only every n-th write is late."""
    row_locks: int = 0
    """The next n writes of rows meet UNABLE_TO_LOCK_ROW."""
    write_errors: list[str] = field(default_factory=list)
    """Codes that the next row writes are refused with, one each, in order."""
    refuse_with_limit: int = 0
    """The next n requests are refused with REQUEST_LIMIT_EXCEEDED."""
    refuse_logins: int = 0
    """The next n token requests are refused with rate_limit_exceeded."""
    session_requests: int = 0
    """A token dies after so many requests; 0 never."""
    locators_expire: bool = False
    """Query locators are gone by the time the next page is asked for."""
    queries_stop_after: int = 0
    """Queries show so many rows and say that these were all; 0 never."""
    largest_event_query: int = 0
    """Event queries that find more rows are refused with OPERATION_TOO_LARGE; 0 never. Salesforce speaks of 100,000."""
    delete_log_hours: int = 360
    """How far back getDeleted remembers: 15 days, under load down to 2 hours."""
    relations_touch_event: bool = False
    """Edits of EventRelation move the event's SystemModstamp too."""
    trigger_suffix: str = ""
    """A trigger of the org appends this to the Subject of events after each save."""
    trigger_location_length: int = 0
    """A trigger of the org cuts Location to so many characters; 0 never."""
    validation_word: str = ""
    """A validation rule of the org refuses events with this word in the Subject."""
    trim_text: bool = True
    """Blanks at the ends of text are dropped when a row is stored."""
    plain_group_event_type: str = ""
    """GroupEventType of an event without invitees: null (written empty) or `0`; both have been seen."""
    all_day_moment: bool = True
    """All-day rows carry an ActivityDateTime (midnight UTC); otherwise it is null."""
    all_day_truncates: bool = True
    """Times of day sent for an all-day event are cut; otherwise they are refused."""
