"""The objects of the org and their columns, read from the field tables once for every set-up of the org."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from twincal.sandbox.salesforce import fields_activities, fields_business, fields_people

AUDIT = """
CreatedDate|datetime|0|FSD|Created Date
CreatedById|reference|18|FSGD|Created By ID|User|CreatedBy
LastModifiedDate|datetime|0|FSD|Last Modified Date
LastModifiedById|reference|18|FSGD|Last Modified By ID|User|LastModifiedBy
SystemModstamp|datetime|0|FSD|System Modstamp
"""
SHARED_ONLY = {"IsWhat", "IsParent", "IsInvitee", "AccountId"}
JUNCTIONS = {
    "AcceptedEventInviteeIds": "Accepted",
    "DeclinedEventInviteeIds": "Declined",
    "UndecidedEventInviteeIds": "New",
}
"""Junction lists of Event that exist in every org, and the status of their relations."""


@dataclass(frozen=True, slots=True)
class Picklist:
    """The values a picklist column offers, with their labels, and which one is the default."""

    labels: dict[str, str]
    default: str | None


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `size` is the length of text, the digits of numbers; `flags` as the field tables explain them."""

    name: str
    type: str
    size: str
    flags: str
    label: str
    refers: tuple[str, ...]
    relationship: str | None
    picklist: Picklist
    compound: str | None
    createable: bool
    updateable: bool
    nillable: bool
    filterable: bool
    sortable: bool
    restricted: bool
    length: int

    @property
    def polymorphic(self) -> bool:
        """Whether the column may name records of more than one object."""
        return len(self.refers) > 1


@dataclass(frozen=True, slots=True)
class Sobject:
    """One object: its columns by name and by lower-case name, and what may be done with it."""

    name: str
    prefix: str
    label: str
    plural: str
    verbs: frozenset[str]
    fields: dict[str, Field]
    children: dict[str, tuple[str, str]]
    blank: dict[str, Any] = field(repr=False)
    required: tuple[str, ...] = field(repr=False)
    by_lower: dict[str, Field] = field(repr=False)
    relationships: dict[str, Field] = field(repr=False)

    def field(self, name: str) -> Field | None:
        """The column of that name, in any case."""
        return self.fields.get(name) or self.by_lower.get(name.lower())


EVERYTHING = frozenset({"create", "update", "delete", "undelete"})
OBJECTS: dict[str, tuple[str, str, str, frozenset[str]]] = {
    "Account": ("001", "Account", "Accounts", EVERYTHING),
    "Contact": ("003", "Contact", "Contacts", EVERYTHING),
    "Event": ("00U", "Event", "Events", EVERYTHING),
    "EventRelation": ("0RE", "Event Relation", "Event Relations", frozenset({"create", "update", "delete"})),
    "EventWhoRelation": ("0RE", "Event Who Relation", "Event Who Relations", frozenset()),
    "Lead": ("00Q", "Lead", "Leads", EVERYTHING),
    "Opportunity": ("006", "Opportunity", "Opportunities", EVERYTHING),
    "Organization": ("00D", "Organization", "Organizations", frozenset({"update"})),
    "Profile": ("00e", "Profile", "Profile", frozenset()),
    "User": ("005", "User", "Users", frozenset({"create", "update"})),
    "UserLicense": ("100", "User License", "User License", frozenset()),
    "UserPermissionAccess": ("0up", "User Permission Access", "User Permission Access", frozenset()),
}
CHILDREN: dict[str, dict[str, tuple[str, str]]] = {
    "Account": {
        "Contacts": ("Contact", "AccountId"),
        "Events": ("Event", "AccountId"),
        "Opportunities": ("Opportunity", "AccountId"),
    },
    "Contact": {
        "EventRelations": ("EventRelation", "RelationId"),
        "Events": ("Event", "WhoId"),
        "Opportunities": ("Opportunity", "ContactId"),
    },
    "Event": {"EventRelations": ("EventRelation", "EventId"), "RecurringEvents": ("Event", "RecurrenceActivityId")},
    "Lead": {"EventRelations": ("EventRelation", "RelationId"), "Events": ("Event", "WhoId")},
    "Opportunity": {"Events": ("Event", "WhatId")},
    "Profile": {"Users": ("User", "ProfileId")},
}


def read_field(line: str) -> Field:
    """One line of a field table."""
    name, kind, size, flags, label, refers, relationship, values, compound = (line.split("|") + [""] * 8)[:9]
    return Field(
        name=name,
        type=kind,
        size=size,
        flags=flags,
        label=label,
        refers=tuple(part for part in refers.split(",") if part),
        relationship=relationship or None,
        picklist=read_picklist(values),
        compound=compound or None,
        createable="C" in flags,
        updateable="U" in flags,
        nillable="N" in flags,
        filterable="F" in flags,
        sortable="S" in flags,
        restricted="R" in flags,
        length=int(size) if kind not in {"int", "currency", "percent", "double"} else 0,
    )


def read_picklist(text: str) -> Picklist:
    """`Busy*,OutOfOffice=Out of Office,Free`: the star marks the default, `=` gives another label."""
    labels: dict[str, str] = {}
    default = None
    for part in text.split(",") if text else ():
        value, _, label = part.rstrip("*").partition("=")
        labels[value] = label or value
        default = value if part.endswith("*") else default
    return Picklist(labels, default)


def read_fields(*tables: str) -> dict[str, Field]:
    """The columns of an object, in the order of its tables."""
    text = "".join(tables).replace("\n@audit", AUDIT.rstrip()).replace("\n+", "")
    return {found.name: found for found in map(read_field, filter(None, text.split("\n")))}


def make(name: str, fields: dict[str, Field], *, shared: bool) -> Sobject:
    """An object from its columns."""
    prefix, label, plural, verbs = OBJECTS[name]
    children = dict(CHILDREN.get(name, {}))
    if shared and name == "Event":
        children["EventWhoRelations"] = ("EventWhoRelation", "EventId")
    return Sobject(
        name=name,
        prefix=prefix,
        label=label,
        plural=plural,
        verbs=verbs,
        fields=fields,
        children=children,
        blank=_blank(fields),
        required=_required(fields),
        by_lower={key.lower(): value for key, value in fields.items()},
        relationships={value.relationship.lower(): value for value in fields.values() if value.relationship},
    )


def _blank(fields: dict[str, Field]) -> dict[str, Any]:
    """What a new row holds before anybody says anything: false everywhere, defaults of picklists."""
    row: dict[str, Any] = {each.name: False for each in fields.values() if each.type == "boolean"}
    defaults = {each.name: each.picklist.default for each in fields.values() if each.picklist.default and each.createable}
    return {**row, "IsDeleted": False, **defaults}


def _required(fields: dict[str, Field]) -> tuple[str, ...]:
    wanted = (each for each in fields.values() if each.createable and not each.nillable and each.type != "boolean")
    return tuple(each.name for each in wanted if "D" not in each.flags)


def without(fields: dict[str, Field], names: Iterable[str]) -> dict[str, Field]:
    """The columns but for some."""
    gone = set(names)
    return {name: value for name, value in fields.items() if name not in gone}


@lru_cache(maxsize=16)
def schema_of(shared: bool, keys: bool, client: bool, former: bool = False) -> dict[str, Sobject]:
    """Every object of an org, by lower-case name. Shared Activities add columns and an object; see OrgOptions."""
    event = [fields_activities.EVENT]
    event += [fields_activities.EVENT_SHARED] * shared + [fields_activities.EVENT_CLIENT] * client
    event += [fields_activities.EVENT_KEYS] * keys + [fields_activities.EVENT_FORMER] * former
    relation = read_fields(fields_activities.EVENT_RELATION)
    objects = {
        "Account": read_fields(fields_business.ACCOUNT),
        "Contact": read_fields(fields_people.CONTACT),
        "Event": read_fields(*event),
        "EventRelation": relation if shared else without(relation, SHARED_ONLY),
        "Lead": read_fields(fields_people.LEAD),
        "Opportunity": read_fields(fields_business.OPPORTUNITY),
        "Organization": read_fields(fields_business.ORGANIZATION),
        "Profile": read_fields(fields_people.PROFILE),
        "User": read_fields(fields_people.USER),
        "UserLicense": read_fields(fields_people.USER_LICENSE),
        "UserPermissionAccess": read_fields(fields_people.USER_PERMISSION_ACCESS),
    }
    if shared:
        objects["EventWhoRelation"] = read_fields(fields_activities.EVENT_WHO_RELATION)
    return {name.lower(): make(name, fields, shared=shared) for name, fields in sorted(objects.items())}
