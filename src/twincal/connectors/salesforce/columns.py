"""Which columns of Event are asked for, given what the org has."""

from twincal.connectors.salesforce.soql import select
from twincal.ports import Capabilities

KEY_FIELD = "Twincal_Key__c"
STAMP_FIELD = "Twincal_Stamp__c"

NEEDED: tuple[str, ...] = (
    "Id", "OwnerId", "Subject", "Location", "Description", "StartDateTime", "EndDateTime", "DurationInMinutes", "IsAllDayEvent",
    "ShowAs", "IsPrivate", "WhoId", "WhatId", "IsChild", "GroupEventType", "IsRecurrence", "RecurrenceActivityId",
    "IsArchived", "IsDeleted", "CreatedById", "LastModifiedById", "LastModifiedDate", "SystemModstamp",
)  # fmt: skip
"""Columns every org has, asked for always. One that describe does not show is hidden by field-level security, and the org refuses
the question and names it: without the column an event would seem to have lost its subject or place, or no longer be private."""

SWITCHED: tuple[str, ...] = ("IsRecurrence2", "IsClientManaged")
"""Columns that exist only where a feature is on."""


def event_columns(capabilities: Capabilities) -> str:
    """The column list of every question about events, relations included."""
    hidden = frozenset(capabilities.hidden_fields)
    columns = [*NEEDED, *(name for name in SWITCHED if name not in hidden), "What.Name"]
    if capabilities.key_field:
        columns.append(KEY_FIELD)
    if capabilities.stamp_field:
        columns.append(STAMP_FIELD)
    if capabilities.former_field:
        columns.append(capabilities.former_field)
    columns.append(f"({select(relation_columns(capabilities), 'EventRelations')})")
    return ", ".join(columns)


def relation_columns(capabilities: Capabilities) -> str:
    """The columns of EventRelation; the flags exist with Shared Activities only (Object Reference, EventRelation)."""
    flags = ", IsParent, IsWhat, IsInvitee" if capabilities.shared_activities else ""
    return f"RelationId, Status, IsDeleted{flags}"
