"""What varies between tenants, days and documents of Microsoft Graph, one switch a fact."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class ExchangeQuirks:
    """Switches of the Exchange side. The defaults are the documented and most often reported behaviour.

    Numbers of milliseconds, seconds, rounds and rows are whole unless the name says otherwise; 0 switches a limit off.
    """

    # Sign-in
    token_seconds: int = 3599
    assertion_replay_refused: bool = False
    # Reach: addresses outside the app's scope, and mailboxes that are unlicensed or still on premises
    out_of_scope: list[str] = field(default_factory=list)
    scope_denial_status: int = 403
    unlicensed: list[str] = field(default_factory=list)
    user_needs_role: bool = True
    # Ids
    slash_ids: bool = False
    # Writing
    duplicate_transaction_status: int = 409
    duplicate_names_existing: bool = True
    same_transaction_returns_event: bool = True
    transaction_amnesia: bool = False
    if_match_on_delete: bool = True
    conflict_every: int = 0
    subject_limit: int = 0
    text_echo_lies: bool = True
    charset_meta: bool = False
    silent_properties: list[str] = field(default_factory=list)
    # Listing: subjects or ids that are left out of every listing, though a GET by id answers
    withheld: list[str] = field(default_factory=list)
    page_size: int = 10
    # Delta
    delta_page_size: int = 50
    delta_honours_maxpagesize: bool = True
    delta_lag_rounds: int = 0
    delta_empty_pages: bool = False
    delta_repeats_rows: bool = False
    delta_lost_page: int = 0
    delta_endless: bool = False
    # Subjects or ids that every round reports as removed although they live
    delta_false_tombstones: list[str] = field(default_factory=list)
    delta_outsiders_removed: bool = True
    sync_generation: int = 149
    expired_status: int = 410
    expired_code: str = "SyncStateNotFound"
    expired_location: bool = True
    # Throttling
    in_flight_limit: int = 4
    requests_per_10_minutes: int = 0
    upload_bytes_per_5_minutes: int = 0
    throttle_status: int = 429
    throttle_code: str = "ApplicationThrottled"
    retry_after_seconds: int = 1
    latency_ms: float = 0.0
    # Answers
    inner_error_name: str = "innerError"
    gzip: bool = True
