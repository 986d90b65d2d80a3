"""EventRelation: people and records an event is related to (Shared Activities), and people invited to it.

Object Reference, EventRelation. One row a person: a related person who is invited too has both flags. Inviting a User gives
that User a child event of the same times; inviting anybody else does not. Rows that come with the event's own columns
(WhoId, EventWhoIds, WhatId) are kept in step with them.
"""

from twincal.sandbox.salesforce.access import Rights
from twincal.sandbox.salesforce.errors import SalesforceError, bad_reference, integrity
from twincal.sandbox.salesforce.records import Records
from twincal.sandbox.salesforce.schema import JUNCTIONS
from twincal.sandbox.salesforce.storage import Row

COPIED = (
    "Subject", "Location", "Description", "StartDateTime", "EndDateTime", "DurationInMinutes", "ActivityDateTime",
    "ActivityDate", "EndDate", "IsAllDayEvent", "IsPrivate", "WhoId", "WhatId", "AccountId", "_Start", "IsArchived",
)  # fmt: skip
STATUSES = {"New", "Accepted", "Declined"}


class Relations:
    """Keeps relations, invitations and copies in step with their event."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def of(self, event_id: str) -> list[Row]:
        """Live relations of an event, oldest first."""
        return list(self._records.storage["EventRelation"].where("EventId", event_id))

    def keep_parents(self, event: Row, by: str) -> None:
        """Makes the parent relations those that the event's WhoId, EventWhoIds and WhatId name."""
        if not self._records.options.shared_activities:
            return
        wanted = dict.fromkeys(event.get("_Whos", ()), False)
        if event.get("WhatId"):
            wanted[event["WhatId"]] = True
        present = {row["RelationId"]: row for row in self.of(event["Id"])}
        for person, row in present.items():
            if row["IsParent"] and person not in wanted:
                self._release(row, by)
        for person, is_what in wanted.items():
            if person not in present:
                self._enter(event, person, by, IsParent=True, IsWhat=is_what)
            elif not present[person]["IsParent"]:
                self._records.adjust("EventRelation", present[person]["Id"], {"IsParent": True}, by)

    def keep_invitees(self, event: Row, lists: dict[str, list[str]], by: str) -> None:
        """Makes the invitees of each given status those listed. A status whose list is empty loses its rows for good."""
        for name, wanted in lists.items():
            status = JUNCTIONS[name]
            for row in self.of(event["Id"]):
                if row["IsInvitee"] and row["Status"] == status and row["RelationId"] not in wanted:
                    self._withdraw(event, row, by)
            present = {row["RelationId"]: row for row in self.of(event["Id"])}
            for person in wanted:
                if person in present:
                    changes = {"IsInvitee": True, "Status": status}
                    self._records.adjust("EventRelation", present[person]["Id"], changes, by)
                else:
                    self._check_invitee(person)
                    self._enter(event, person, by, IsInvitee=True, Status=status)
                self.copy_for(event, person, by)
        self.count(event["Id"], by)

    def _release(self, row: Row, by: str) -> None:
        if row["IsInvitee"]:
            self._records.adjust("EventRelation", row["Id"], {"IsParent": False}, by)
        else:
            self._records.bin("EventRelation", row, by)

    def _withdraw(self, event: Row, row: Row, by: str) -> None:
        if row["IsParent"]:
            self._records.adjust("EventRelation", row["Id"], {"IsInvitee": False}, by)
        else:
            self._records.bin("EventRelation", row, by)
        self.drop_copy(event["Id"], row["RelationId"], by)

    def _enter(self, event: Row, person: str, by: str, **flags: object) -> Row:
        found = self._records.named(person)
        values: Row = {
            "EventId": event["Id"],
            "RelationId": person,
            "AccountId": found.get("AccountId") if found else None,
            "Status": None,
            "IsParent": False,
            "IsInvitee": False,
            "IsWhat": False,
            "IsDeleted": False,
        }
        return self._records.enter("EventRelation", {**values, **flags}, by)

    def _check_invitee(self, person: str) -> None:
        if self._records.owner_table(person) not in {"Contact", "Lead", "User"} or self._records.named(person) is None:
            raise bad_reference("RelationId")

    def copy_for(self, event: Row, person: str, by: str) -> None:
        """The child event in the calendar of an invited User."""
        if not person.startswith("005") or person == event["OwnerId"] or self._child(event["Id"], person):
            return
        row = {name: event.get(name) for name in COPIED}
        row |= {"OwnerId": person, "IsChild": True, "IsGroupEvent": True, "GroupEventType": "1", "_ParentId": event["Id"]}
        row |= {name: False for name, value in event.items() if isinstance(value, bool) and name not in row}
        row |= {"ShowAs": event.get("ShowAs"), "EventSubtype": "Event", "_Whos": []}
        self._records.enter("Event", row, by)

    def _child(self, event_id: str, person: str) -> Row | None:
        children = self._records.storage["Event"].where("_ParentId", event_id)
        return next((row for row in children if row["OwnerId"] == person), None)

    def drop_copy(self, event_id: str, person: str, by: str) -> None:
        """Takes the child event out of an uninvited User's calendar."""
        child = self._child(event_id, person)
        if child is not None:
            self._records.bin("Event", child, by)

    def keep_copies(self, event: Row, by: str) -> None:
        """Child events follow their event."""
        if event["IsChild"] or not event["IsGroupEvent"]:
            return
        for child in list(self._records.storage["Event"].where("_ParentId", event["Id"])):
            changes = {name: event.get(name) for name in COPIED if child.get(name) != event.get(name)}
            if changes:
                self._records.adjust("Event", child["Id"], changes, by)

    def count(self, event_id: str, by: str) -> None:
        """Says on the event whether it has invitees; moves its stamps only when the org is set so."""
        invited = any(row["IsInvitee"] for row in self.of(event_id))
        plain = self._records.quirks.plain_group_event_type or None
        changes = {"IsGroupEvent": invited, "GroupEventType": "1" if invited else plain}
        stamped = by if self._records.quirks.relations_touch_event else None
        self._records.adjust("Event", event_id, changes, stamped)

    def bin_with(self, event: Row, by: str) -> None:
        """Relations and copies of a deleted event go with it."""
        for row in self.of(event["Id"]):
            self._records.bin("EventRelation", row, by, cause=event["Id"])
        for child in list(self._records.storage["Event"].where("_ParentId", event["Id"])):
            self._records.bin("Event", child, by, cause=event["Id"])


class RelationRules:
    """The rules of EventRelation rows that are written directly."""

    def __init__(self, records: Records, relations: Relations) -> None:
        self._records = records
        self._relations = relations

    def complete(self, row: Row, sent: Row, old: Row | None, rights: Rights) -> None:
        """Flags, status, and the event it belongs to."""
        event = self._event(row, rights)
        row.setdefault("IsWhat", False)
        if not row.get("IsParent") and not row.get("IsInvitee") and old is None:
            row["IsInvitee"], row["IsParent"] = True, False
        if not row.get("IsParent") and not row["IsInvitee"]:
            raise integrity("A relation is a parent, an invitee or both; delete it instead", "IsInvitee")
        if row["IsInvitee"]:
            row["Status"] = row.get("Status") or "New"
        if row.get("Status") and row["Status"] not in STATUSES:
            raise integrity(f"Status: {row['Status']} is not supported", "Status")
        if row["IsParent"] and event["IsPrivate"]:
            raise integrity("A private event can't be associated with a name or a related record", "EventId")
        if old is None:
            self._once(row)
            person = self._records.named(row.get("RelationId"))
            if person is None:
                raise bad_reference("RelationId")
            row["AccountId"] = person.get("AccountId")

    def follow(self, row: Row, sent: Row, old: Row | None, rights: Rights) -> None:
        """The event's own columns follow a parent relation; an invited User gets a copy."""
        event = self._records.storage["Event"].rows[row["EventId"]]
        if row["IsParent"] and not (old and old["IsParent"]):
            self._relate(event, row, rights)
        if old and old["IsParent"] and not row["IsParent"]:
            self._unrelate(event, row, rights)
        event = self._records.storage["Event"].rows[row["EventId"]]
        if row["IsInvitee"]:
            self._relations.copy_for(event, row["RelationId"], rights.user_id)
        self._relations.count(event["Id"], rights.user_id)

    def leave(self, row: Row, rights: Rights) -> None:
        """Without the relation of the WhoId another related person is promoted."""
        event = self._records.storage["Event"].live(row["EventId"])
        if event is None:
            return
        if row["IsParent"]:
            self._unrelate(event, row, rights)
        self._relations.drop_copy(event["Id"], row["RelationId"], rights.user_id)
        self._relations.count(event["Id"], rights.user_id)

    def _event(self, row: Row, rights: Rights) -> Row:
        event = self._records.storage["Event"].live(row.get("EventId"))
        if event is None or event["IsChild"]:
            raise bad_reference("EventId")
        if not rights.edits_event(event):
            raise SalesforceError(
                "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "insufficient access rights on cross-reference id"
            )
        return event

    def _once(self, row: Row) -> None:
        for other in self._relations.of(row["EventId"]):
            if other["RelationId"] == row.get("RelationId"):
                message = f"duplicate value found: RelationId duplicates value on record with id: {other['Id'][:15]}"
                raise SalesforceError("DUPLICATE_VALUE", message)

    def _relate(self, event: Row, row: Row, rights: Rights) -> None:
        if row["IsWhat"] or self._records.owner_table(row["RelationId"]) in {"Account", "Opportunity"}:
            changes: Row = {"WhatId": row["RelationId"]}
        else:
            changes = {"EventWhoIds": [*event.get("_Whos", ()), row["RelationId"]]}
        self._change_event(event, changes, rights)

    def _unrelate(self, event: Row, row: Row, rights: Rights) -> None:
        if row["IsWhat"]:
            changes: Row = {"WhatId": None}
        else:
            left = [who for who in event.get("_Whos", ()) if who != row["RelationId"]]
            changes = {"EventWhoIds": left} if left else {"WhoId": None}
        self._change_event(event, changes, rights)

    def _change_event(self, event: Row, changes: Row, rights: Rights) -> None:
        """Runs the event's own rules over what a relation changes; its stamps move when its name does, or if set so."""
        changed = {**event, **{name: value for name, value in changes.items() if name in ("WhoId", "WhatId")}}
        self._records.rules["Event"].complete(changed, changes, event, rights)
        moved = changed.get("WhoId") != event.get("WhoId") or self._records.quirks.relations_touch_event
        self._records.adjust("Event", event["Id"], changed, rights.user_id if moved else None)
