"""Who may do what: permissions of users, and field permissions."""

from collections.abc import Iterable
from dataclasses import dataclass

from twincal.sandbox.salesforce.options import OrgOptions
from twincal.sandbox.salesforce.schema import Field, Sobject
from twincal.sandbox.salesforce.storage import Row

GRANTS = {
    "ApiEnabled": "PermissionsApiEnabled",
    "EditEvents": "PermissionsEditEvent",
    "ModifyAllData": "PermissionsModifyAllData",
    "ViewAllData": "PermissionsViewAllData",
    "ViewSetup": "PermissionsViewSetup",
}
"""Permissions, and the columns of Profile that grant them."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What one user may do, worked out from profile, revocations and field permissions."""

    user_id: str
    username: str
    permissions: frozenset[str]
    hidden: frozenset[tuple[str, str]]
    read_only: frozenset[tuple[str, str]]
    unknown: frozenset[str] = frozenset()

    def reads(self, sobject: Sobject) -> bool:
        """Whether the user may read an object at all."""
        return sobject.name not in self.unknown

    def may(self, permission: str) -> bool:
        """Whether the user has a permission."""
        return permission in self.permissions

    def sees(self, sobject: Sobject, field: Field) -> bool:
        """Whether field permissions show a column to the user."""
        return not self.hidden or (sobject.name, field.name) not in self.hidden

    def writes(self, sobject: Sobject, field: Field) -> bool:
        """Whether field permissions let the user write a column."""
        return not self.read_only or (sobject.name, field.name) not in self.read_only

    def sees_event(self, row: Row) -> bool:
        """Sharing under the setting *Private*: one's own, and those one created; all with View All Data.

        A child event belongs to the invited user. Whoever may read the name or the related record sees the event too
        (a private event has neither); in this org every Contact, Lead, Account and Opportunity may be read by all.
        """
        if "ViewAllData" in self.permissions or row["OwnerId"] == self.user_id:
            return True
        return bool(row.get("WhoId") or row.get("WhatId"))

    def edits_event(self, row: Row) -> bool:
        """Whether the user may change or delete an event: its owner, or with Modify All Data."""
        return "ModifyAllData" in self.permissions or row["OwnerId"] == self.user_id


def _named(entries: Iterable[str], username: str) -> frozenset[str]:
    found = set()
    for entry in entries:
        name, _, whom = entry.partition(":")
        if not whom or whom.lower() == username.lower():
            found.add(name.strip())
    return frozenset(found)


def _columns(entries: Iterable[str], username: str) -> frozenset[tuple[str, str]]:
    pairs = (name.partition(".") for name in _named(entries, username))
    return frozenset((sobject, column) for sobject, _, column in pairs)


def rights_of(user: Row, profile: Row, options: OrgOptions) -> Rights:
    """The rights of a user under a profile as the org stands now."""
    username = user["Username"]
    granted = frozenset(name for name, column in GRANTS.items() if profile[column])
    return Rights(
        user_id=user["Id"],
        username=username,
        permissions=granted - _named(options.revoked, username) if options.revoked else granted,
        hidden=_columns(options.hidden_fields, username),
        read_only=_columns(options.read_only_fields, username),
        unknown=_named(options.hidden_objects, username),
    )
