"""What may be wrong with a connection to Salesforce, each with its remedy. Changes nothing in the org."""

from collections.abc import Awaitable, Callable

import msgspec
from msgspec import Struct

from twincal.connectors.salesforce.capabilities import ObjectShape, describe, has_shared_activities, missing, writable
from twincal.connectors.salesforce.client import Query, SalesforceClient, decoded
from twincal.connectors.salesforce.columns import KEY_FIELD, NEEDED, STAMP_FIELD
from twincal.connectors.salesforce.soql import quoted, select
from twincal.connectors.salesforce.wire import Page
from twincal.core.faults import FaultCode, VendorFault
from twincal.ports import Finding

LOW = 10
"""Per cent of the daily calls; with less left, syncing may stop before the day is over."""


class _Version(Struct, frozen=True):
    version: str


class _Allowance(Struct, frozen=True, rename="pascal"):
    max: int
    remaining: int


class _Limits(Struct, frozen=True, rename="pascal"):
    daily_api_requests: _Allowance


class _Rights(Struct, frozen=True, rename="pascal"):
    permissions_view_all_data: bool = False
    permissions_modify_all_data: bool = False


class _Profile(Struct, frozen=True, rename="pascal"):
    name: str | None = None


class _User(Struct, frozen=True, rename="pascal"):
    is_active: bool = True
    user_type: str | None = None
    profile: _Profile | None = None


_VERSIONS: msgspec.json.Decoder[list[_Version]] = msgspec.json.Decoder(list[_Version])
_LIMITS: msgspec.json.Decoder[_Limits] = msgspec.json.Decoder(_Limits)
_ACCESS: msgspec.json.Decoder[Page[_Rights]] = msgspec.json.Decoder(Page[_Rights])
_USERS: msgspec.json.Decoder[Page[_User]] = msgspec.json.Decoder(Page[_User])


async def doctor(client: SalesforceClient, username: str = "") -> list[Finding]:
    """Try everything the sync needs; one finding each. Where the sign-in fails nothing else is tried. `username` is a person's."""
    try:
        session = await client.session()
    except VendorFault as fault:
        return [Finding(check="Salesforce sign-in", well=False, note=fault.message, remedy=fault.remedy)]
    findings = [Finding(check="Salesforce sign-in", well=True, note=session.instance_url)]
    findings += await _tried("Salesforce API version", _version, client)
    findings += await _tried("Salesforce events", _events, client)
    for name in ("EventRelation", "Contact", "Lead", "User"):
        findings += await _tried(f"Salesforce {name}", _readable(name), client)
    findings += await _tried("Salesforce permissions", _permissions, client)
    if username:
        findings += await _tried(f"Salesforce user {username}", _calendar_of(username), client)
    findings += await _tried("Salesforce API calls", _limits, client)
    return findings


Check = Callable[[SalesforceClient], Awaitable[list[Finding]]]


async def _tried(name: str, check: Check, client: SalesforceClient) -> list[Finding]:
    try:
        return await check(client)
    except VendorFault as fault:
        return [Finding(check=name, well=False, note=fault.message, remedy=fault.remedy)]


async def _version(client: SalesforceClient) -> list[Finding]:
    offered = [row.version for row in decoded(_VERSIONS, (await client.get("/services/data")).body)]
    well = client.api_version in offered
    newest = offered[-1] if offered else "none"
    note = client.api_version if well else f"{client.api_version} is not offered; the newest is {newest}"
    return [Finding(check="Salesforce API version", well=well, note=note, remedy="" if well else "Update Twincal.")]


async def _events(client: SalesforceClient) -> list[Finding]:
    event = await _seen(client, "Event")
    if not event.queryable:
        return [_event_rights(event)]
    return [_event_rights(event), _event_fields(event), _sharing(event), _key(event), _stamp(event)]


async def _seen(client: SalesforceClient, name: str) -> ObjectShape:
    """The shape of an object; an empty one where the account may not read it, since then it has no describe."""
    try:
        return await describe(client, name)
    except VendorFault as fault:
        if fault.code is not FaultCode.GONE:
            raise
        return ObjectShape(fields=[])


def _event_rights(event: ObjectShape) -> Finding:
    rights = {"read": event.queryable, "create": event.createable, "edit": event.updateable, "delete": event.deletable}
    lacking = [name for name, given in rights.items() if not given]
    return Finding(
        check="Salesforce events",
        well=not lacking,
        note=f"may not {', '.join(lacking)} events" if lacking else "may read, create, edit and delete events",
        remedy='Give the account the permissions "Edit Events" and "API Enabled".' if lacking else "",
    )


def _event_fields(event: ObjectShape) -> Finding:
    hidden = missing(event, NEEDED)
    return Finding(
        check="Salesforce event fields",
        well=not hidden,
        note=f"hidden: {', '.join(hidden)}" if hidden else "all visible",
        remedy="Make these fields of Activity visible to the account (field-level security)." if hidden else "",
    )


def _sharing(event: ObjectShape) -> Finding:
    on = has_shared_activities(event)
    note = "on: up to 50 Contacts on an event" if on else "off: one Contact or Lead on an event"
    remedy = "" if on else "For more, let users relate multiple contacts to tasks and events (Setup, Activity Settings)."
    return Finding(check="Salesforce Shared Activities", well=True, note=note, remedy=remedy)


def _key(event: ObjectShape) -> Finding:
    well = writable(event, KEY_FIELD, unique=True)
    return Finding(
        check="Salesforce key field",
        well=well,
        note=KEY_FIELD if well else "reduced guarantee: after a lost reply an event is recognised by subject and start only",
        remedy="" if well else f"Create the field {KEY_FIELD} on Activity: Text, External ID, Unique, case-sensitive.",
    )


def _stamp(event: ObjectShape) -> Finding:
    well = writable(event, STAMP_FIELD)
    note = STAMP_FIELD if well else "reduced guarantee: an update whose reply was lost is not recognised"
    return Finding(
        check="Salesforce stamp field",
        well=well,
        note=note,
        remedy="" if well else f"Create the text field {STAMP_FIELD} (255) on Activity.",
    )


def _readable(name: str) -> Check:
    async def check(client: SalesforceClient) -> list[Finding]:
        shape = await _seen(client, name)
        hidden = missing(shape, ["Email"]) if shape.queryable and name in ("Contact", "Lead", "User") else []
        well = shape.queryable and not hidden
        return [
            Finding(
                check=f"Salesforce {name}",
                well=well,
                note="readable" if well else "the e-mail address is hidden" if hidden else "not readable",
                remedy="" if well else f"Let the account read {name} and its e-mail address.",
            )
        ]

    return check


async def _permissions(client: SalesforceClient) -> list[Finding]:
    """Events have no right to see all of them of their own: only View All Data shows everybody's (Object Reference). Any account
    may ask what it may do, also without View Setup and Configuration (Object Reference, UserPermissionAccess)."""
    soql = select("PermissionsViewAllData, PermissionsModifyAllData", "UserPermissionAccess")
    try:
        rights = await client.query(Query(soql=soql, pages=_ACCESS))
    except VendorFault as fault:
        if fault.code not in (FaultCode.PERMISSION_MISSING, FaultCode.FIELD_HIDDEN, FaultCode.BAD_REQUEST):
            raise
        note = "could not be looked up; the account needs View All Data and Modify All Data to see everybody's events"
        return [Finding(check="Salesforce permissions", well=True, note=note)]
    given = {
        "View All Data": any(right.permissions_view_all_data for right in rights),
        "Modify All Data": any(right.permissions_modify_all_data for right in rights),
    }
    return [
        Finding(
            check=f"Salesforce permission {name}",
            well=well,
            note="given" if well else "not given: other people's private events may be out of sight or reach",
            remedy="" if well else f"Give the account a permission set with {name}.",
        )
        for name, well in given.items()
    ]


def _calendar_of(username: str) -> Check:
    """Events belong to active users with a Salesforce licence; who has one for Chatter or a portal has another UserType (Object
    Reference, User)."""

    async def check(client: SalesforceClient) -> list[Finding]:
        soql = select("IsActive, UserType, Profile.Name", "User", f"Username = {quoted(username)}")
        user = next(iter(await client.query(Query(soql=soql, pages=_USERS))), None)
        note, remedy = _lacking(user)
        return [Finding(check=f"Salesforce user {username}", well=not remedy, note=note, remedy=remedy)]

    return check


def _lacking(user: _User | None) -> tuple[str, str]:
    """How a user stands, and what helps where there is no calendar."""
    if user is None:
        return "there is no user of that name", "Check the username (Setup, Users), and add the person anew with the right one."
    profile = (user.profile.name if user.profile else "") or "of the user"
    if not user.is_active:
        return "is not active", "Activate the user (Setup, Users), or stop syncing the person."
    if user.user_type not in (None, "Standard"):
        return f"has no calendar: the licence of the profile {profile} is not for events", "Give the user a Salesforce licence."
    return "has a calendar", ""


async def _limits(client: SalesforceClient) -> list[Finding]:
    if client.api_usage is not None:
        allowed, left = client.api_usage.allowed, client.api_usage.allowed - client.api_usage.used
    else:
        allowance = decoded(_LIMITS, (await client.get("limits")).body).daily_api_requests
        allowed, left = allowance.max, allowance.remaining
    well = left * 100 >= allowed * LOW
    remedy = "" if well else "Find out who uses the calls (Setup, System Overview), or buy more."
    return [Finding(check="Salesforce API calls", well=well, note=f"{left} of {allowed} left today", remedy=remedy)]
