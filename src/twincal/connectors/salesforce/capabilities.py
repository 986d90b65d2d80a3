"""What the org can do, found by describe when it is connected and kept with the connection."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from twincal.connectors.salesforce.client import SalesforceClient, decoded
from twincal.connectors.salesforce.columns import KEY_FIELD, NEEDED, STAMP_FIELD, SWITCHED
from twincal.connectors.salesforce.soql import is_id, long_id
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side
from twincal.ports import Capabilities


class FieldShape(Struct, frozen=True, rename="camel"):
    """A field as the account may use it."""

    name: str
    createable: bool = False
    updateable: bool = False
    unique: bool = False
    external_id: bool = False


class ChildShape(Struct, frozen=True, rename="camel"):
    """A relationship to child rows."""

    child_sobject: str = msgspec.field(default="", name="childSObject")
    junction_id_list_names: list[str] = []


class ObjectShape(Struct, frozen=True, rename="camel"):
    """A describe: of objects and fields that are out of the account's sight it shows nothing."""

    fields: list[FieldShape]
    child_relationships: list[ChildShape] = []
    createable: bool = False
    updateable: bool = False
    deletable: bool = False
    queryable: bool = False

    def names(self) -> frozenset[str]:
        """The names of all fields."""
        return frozenset(field.name for field in self.fields)


class _UserInfo(Struct, frozen=True):
    user_id: str = ""
    organization_id: str = ""


SHAPE: msgspec.json.Decoder[ObjectShape] = msgspec.json.Decoder(ObjectShape)
_USER_INFO: msgspec.json.Decoder[_UserInfo] = msgspec.json.Decoder(_UserInfo)


async def capabilities(client: SalesforceClient, former_field: str = "") -> Capabilities:
    """Describe Event and say what follows for the sync; of a former product's field whether it is there. Whether events may
    last longer than a day is in no describe: it is taken for granted until the org refuses one. Raises VendorFault."""
    event = await _event(client)
    user, organization = await identity(client)
    return Capabilities(
        api_version=client.api_version,
        organization_id=organization,
        integration_user=user,
        shared_activities=has_shared_activities(event),
        multiday_events=True,
        key_field=writable(event, KEY_FIELD, unique=True),
        stamp_field=writable(event, STAMP_FIELD),
        former_field=former_field if former_field in event.names() else "",
        hidden_fields=tuple(missing(event, NEEDED + SWITCHED)),
        checked_at=client.clock.now(),
    )


async def _event(client: SalesforceClient) -> ObjectShape:
    """What the account may not read at all has no describe; of Event that means one thing."""
    try:
        return await describe(client, "Event")
    except VendorFault as fault:
        if fault.code is not FaultCode.GONE:
            raise
        raise VendorFault(Side.SALESFORCE, FaultCode.PERMISSION_MISSING, "NOT_FOUND Event") from fault


async def describe(client: SalesforceClient, name: str) -> ObjectShape:
    """The shape of an object. Raises VendorFault GONE or PERMISSION_MISSING when it is out of sight."""
    return decoded(SHAPE, (await client.get(f"sobjects/{name}/describe")).body)


async def identity(client: SalesforceClient) -> tuple[str, str]:
    """User and organization of the account: as the token's reply named them, else by asking. Raises VendorFault."""
    session = await client.session()
    if session.user_id:
        return session.user_id, session.organization_id
    found = decoded(_USER_INFO, (await client.get("/services/oauth2/userinfo")).body)
    user, organization = (long_id(text) if is_id(text) else "" for text in (found.user_id, found.organization_id))
    return user, organization


def has_shared_activities(event: ObjectShape) -> bool:
    """With Shared Activities an event has a list of Whos, told by its junction or its count (Object Reference, Event)."""
    junctions = {name for child in event.child_relationships for name in child.junction_id_list_names}
    children = {child.child_sobject for child in event.child_relationships}
    return bool({"EventWhoIds", "WhoCount"} & event.names()) or "EventWhoIds" in junctions or "EventWhoRelation" in children


def writable(event: ObjectShape, name: str, *, unique: bool = False) -> bool:
    """Is the field there, may the account write it, and, where asked, does the org see to it that no value occurs twice?"""
    field = next((field for field in event.fields if field.name == name), None)
    return field is not None and field.createable and field.updateable and (field.unique or not unique)


def missing(event: ObjectShape, names: Iterable[str]) -> list[str]:
    """Those of the names that describe does not show."""
    return [name for name in names if name not in event.names()]
