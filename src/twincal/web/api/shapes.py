"""What the API takes and gives. Answers are the service's own structs; their schemas are read off them by msgspec."""

from typing import Any, Literal

import msgspec
from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field

from twincal.core.access import AuditLine
from twincal.engine.administration import SettingShown
from twincal.engine.grouping import DomainGroup
from twincal.engine.history import Explained, Listed
from twincal.engine.preview import Preview, StepShown
from twincal.engine.reinstate import LossShown
from twincal.engine.report import HeldPlan, Report, Standing
from twincal.engine.steering import Proposed
from twincal.engine.timeline import Written
from twincal.engine.undo import RunShown, Undone
from twincal.ports import Finding, Member

REF = "#/components/schemas/{name}"


class Problem(Struct, frozen=True, kw_only=True):
    """Why something was not done: what happened, and what helps."""

    message: str
    remedy: str = ""


class Done(Struct, frozen=True, kw_only=True):
    """What was done, in words."""

    said: str


class Home(Struct, frozen=True, kw_only=True):
    """Who asks, and the token that unsafe requests carry in the header X-CSRF-Token."""

    email: str
    name: str
    mailbox: str
    administrator_of: tuple[str, ...]
    csrf: str


class DiaryLine(Struct, frozen=True, kw_only=True):
    """One item of a calendar: times in ISO 8601, UTC."""

    item: str
    start: str
    end: str
    all_day: bool
    state: str
    sides: tuple[str, ...]
    subject: str = ""
    place: str = ""
    code: str = ""
    why: str = ""


class VisitorShown(Struct, frozen=True, kw_only=True):
    """Somebody who may come in. `parts` as `organization`, `subscription` or `profile:` with a name; `local` with a password
    here; `person` is the id of the calendar's owner they are."""

    id: str
    email: str
    name: str
    person: str
    parts: tuple[str, ...]
    active: bool
    local: bool


class Invited(Struct, frozen=True, kw_only=True):
    """A link that opens once, within a day: its path below the address of the web app."""

    email: str
    path: str


class SideShown(Struct, frozen=True, kw_only=True):
    """How a side is connected; `account` is empty where it is not."""

    side: str
    account: str
    address: str
    requests_used: int | None
    requests_allowed: int | None


class OverviewShown(Struct, frozen=True, kw_only=True):
    """How the home stands; times in ISO 8601, UTC, empty where there was no round yet."""

    sides: tuple[SideShown, ...]
    last_round: str
    next_round: str
    interval_seconds: int


class StopShown(Struct, frozen=True, kw_only=True):
    """An emergency stop in force."""

    level: str
    name: str
    who: str


class NoticeShown(Struct, frozen=True, kw_only=True):
    """What an administrator changed for the reader."""

    at: str
    text: str


class AuditPage(Struct, frozen=True, kw_only=True):
    """Lines of the audit log, the newest first; `following` continues below."""

    lines: tuple[AuditLine, ...]
    following: str = ""


ANSWERS: tuple[Any, ...] = (
    Problem, Done, Home, DiaryLine, AuditPage, Listed, Explained, Standing, SettingShown, Preview, Report, Undone, RunShown,
    Written, DomainGroup, HeldPlan, StepShown, Member, Proposed, Finding, VisitorShown, Invited, SideShown, OverviewShown,
    StopShown, NoticeShown, LossShown,
)  # fmt: skip


def schemas() -> dict[str, Any]:
    """The schemas of all answers, by name."""
    _, components = msgspec.json.schema_components(ANSWERS, ref_template=REF)
    return components


def answer(kind: Any, *, many: bool = False) -> dict[str, Any]:
    """How an answer of this kind is described."""
    one = {"$ref": REF.format(name=kind.__name__)}
    schema = {"type": "array", "items": one} if many else one
    return {"description": (kind.__doc__ or "").split(".")[0] + ".", "content": {"application/json": {"schema": schema}}}


def strings() -> dict[str, Any]:
    """How a list of names is described."""
    schema = {"type": "array", "items": {"type": "string"}}
    return {"description": "Names.", "content": {"application/json": {"schema": schema}}}


class Asked(BaseModel):
    """What a request may hold, and nothing else."""

    model_config = ConfigDict(extra="forbid", str_max_length=20_000)


class SetSetting(Asked):
    """A setting at a level; `name` is the profile or the mailbox."""

    key: str = Field(examples=["mode"])
    value: str = Field(examples=["match"])
    level: str = Field("user", examples=["user", "subscription"])
    name: str = ""
    lock: bool | None = None


class UnsetSetting(Asked):
    """A setting that a level gives up."""

    key: str
    level: str = "user"
    name: str = ""


class Think(Asked):
    """A change to preview: `value` null gives the setting up; with `profile` alone these `people` move there, or
    the person `name`."""

    key: str = ""
    value: str | None = None
    level: str = "user"
    name: str = ""
    lock: bool | None = None
    profile: str = ""
    people: list[str] = []


class AboutItem(Asked):
    """An item of a person: its key, a part of its subject, an id or a link."""

    mailbox: str
    item: str


class Choose(AboutItem):
    """Which side of a held item is right."""

    side: Literal["exchange", "salesforce"]


class Pair(AboutItem):
    """An item, and one of the other side that is the same."""

    other: str


class Reinstate(AboutItem):
    """A field of which a value has lost a conflict; `value` names it where several have, else it is the newest."""

    field: Literal["subject", "time", "place", "show_as"]
    value: str = ""


class IgnoreEntry(Asked):
    """An address or a domain for a person's Ignore List."""

    mailbox: str
    entry: str


class Retry(Asked):
    """An item to try again; without one, everything unresolved."""

    mailbox: str
    item: str = ""


class Undo(Asked):
    """What to take back: an item, a run, or a day; some fields of it only. Without `do` it is only shown."""

    mailbox: str
    item: str = ""
    run: str = ""
    day: str = ""
    fields: list[str] = []
    do: bool = False


class Some(Asked):
    """Some items of a held plan; all of them without any."""

    items: list[str] = []


class AddPerson(Asked):
    """A person to keep in step."""

    mailbox: str
    salesforce_username: str
    profile: str = "Standard User"


class ChangePerson(Asked):
    """What to change of a person."""

    profile: str | None = None
    active: bool | None = None


class Where(Asked):
    """A level, with the name of the profile or the mailbox of the person."""

    level: str
    name: str = ""


class Named(Asked):
    """A name."""

    name: str


class Invite(Asked):
    """Somebody who is to sign in with a password."""

    email: str
    name: str = ""


class Parts(Asked):
    """Of what somebody is administrator: `organization`, `subscription`, `profile:` with a name; nothing takes all away."""

    parts: list[str]


class LetIn(Asked):
    """May they sign in?"""

    active: bool


class ForMany(Asked):
    """People, by mailbox."""

    mailboxes: list[str] = Field(min_length=1)


class IgnoreForMany(ForMany):
    """Addresses and domains for the Ignore List of these people."""

    entries: list[str] = Field(min_length=1)


class ConnectExchange(Asked):
    """How Exchange Online is reached: with a secret, or a certificate with its private key."""

    tenant: str
    client_id: str
    secret: str = ""
    certificate: str = ""
    authority: str = ""
    base_url: str = ""


class ConnectSalesforce(Asked):
    """How the org is reached: with a secret (client credentials), or a private key and a username (JWT bearer)."""

    login_url: str
    client_id: str
    secret: str = ""
    jwt_key: str = ""
    username: str = ""
    former_field: str = ""


class Mailbox(Asked):
    """The mailbox with which both connections are tried; anybody's where none is named."""

    mailbox: str = ""
