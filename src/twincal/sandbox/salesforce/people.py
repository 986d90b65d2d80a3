"""What Contacts, Leads, Users and Opportunities add to writing a row, and the two great moves: conversion and merging."""

from datetime import UTC

from twincal.sandbox.salesforce.access import Rights
from twincal.sandbox.salesforce.errors import SalesforceError, bad_reference
from twincal.sandbox.salesforce.records import Records
from twincal.sandbox.salesforce.storage import Row

CLOSED = {"Closed Won", "Closed Lost"}


def full_name(row: Row) -> str:
    """First and last name as Salesforce joins them."""
    return " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part)


class PersonRules:
    """The rules of Contact, Lead and User."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def complete(self, row: Row, sent: Row, old: Row | None, rights: Rights) -> None:
        """The full name; accounts that exist; converted leads stay as they are."""
        row["Name"] = full_name(row) or None
        if old and old.get("IsConverted"):
            raise SalesforceError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        if row.get("AccountId") and "AccountId" in sent and self._records.named(row["AccountId"]) is None:
            raise bad_reference("AccountId")
        if old is None and row.get("IsConverted"):
            raise SalesforceError("INVALID_FIELD_FOR_INSERT_UPDATE", "Leads are converted, not created converted", ["IsConverted"])

    def follow(self, row: Row, sent: Row, old: Row | None, rights: Rights) -> None:
        """The account of events that name the Contact first."""
        if old is None or old.get("AccountId") == row.get("AccountId") or not row["Id"].startswith("003"):
            return
        for event in list(self._records.storage["Event"].where("WhoId", row["Id"])):
            if not event.get("WhatId"):
                self._records.adjust("Event", event["Id"], {"AccountId": row.get("AccountId")}, rights.user_id)

    def leave(self, row: Row, rights: Rights) -> None:
        """Events lose a deleted person."""
        for relation in list(self._records.storage["EventRelation"].where("RelationId", row["Id"])):
            self._records.bin("EventRelation", relation, rights.user_id, cause=row["Id"])
            self._records.rules["EventRelation"].leave(relation, rights)
        for event in list(self._records.storage["Event"].where("WhoId", row["Id"])):
            changed = {**event, "WhoId": None}
            self._records.rules["Event"].complete(changed, {"WhoId": None}, event, rights)
            self._records.adjust("Event", event["Id"], changed, rights.user_id)


class OpportunityRules:
    """The rules of Opportunity."""

    def complete(self, row: Row, sent: Row, old: Row | None, rights: Rights) -> None:
        """What the stage says."""
        row["IsClosed"] = row.get("StageName") in CLOSED
        row["IsWon"] = row.get("StageName") == "Closed Won"

    def follow(self, row: Row, sent: Row, old: Row | None, rights: Rights) -> None:
        """Nothing else changes with an opportunity."""

    def leave(self, row: Row, rights: Rights) -> None:
        """Nothing else goes with an opportunity."""


def convert(records: Records, lead: Row, contact_id: str | None, rights: Rights) -> str:
    """Makes a Lead a Contact: an existing one, or a new one with a new Account. Its events go over. Returns the Contact's id."""
    if lead["IsConverted"]:
        raise SalesforceError("CANNOT_UPDATE_CONVERTED_LEAD", "The lead is converted already")
    if contact_id is None:
        account = records.insert("Account", {"Name": lead["Company"]}, rights)
        taken = {name: lead.get(name) for name in ("FirstName", "LastName", "Email", "Phone", "Title") if lead.get(name)}
        contact_id = records.insert("Contact", {**taken, "AccountId": account}, rights)
    contact = records.find("Contact", contact_id)
    hand_over(records, lead["Id"], contact["Id"], rights)
    changes = {
        "IsConverted": True,
        "Status": "Closed - Converted",
        "ConvertedDate": records.clock.now().astimezone(UTC).date().isoformat(),
        "ConvertedContactId": contact["Id"],
        "ConvertedAccountId": contact.get("AccountId"),
    }
    records.adjust("Lead", lead["Id"], changes, rights.user_id)
    return str(contact["Id"])


def merge(records: Records, master: Row, losers: list[Row], rights: Rights) -> None:
    """Makes several Contacts one: events of the others go to the master, the others are deleted and name it."""
    for loser in losers:
        hand_over(records, loser["Id"], master["Id"], rights)
        records.bin("Contact", loser, rights.user_id)
        records.adjust("Contact", loser["Id"], {"MasterRecordId": master["Id"]})
    records.adjust("Contact", master["Id"], {}, rights.user_id)


def hand_over(records: Records, old_id: str, new_id: str, rights: Rights) -> None:
    """Every event that is related to one person, or invites them, does so to another."""
    relations = list(records.storage["EventRelation"].where("RelationId", old_id))
    events = {row["EventId"] for row in relations} | {row["Id"] for row in records.storage["Event"].where("WhoId", old_id)}
    for relation in relations:
        others = records.storage["EventRelation"].where("EventId", relation["EventId"])
        if any(row["RelationId"] == new_id for row in others):
            records.bin("EventRelation", relation, rights.user_id)
        else:
            records.adjust("EventRelation", relation["Id"], {"RelationId": new_id}, rights.user_id)
    for event_id in sorted(events):
        event = records.storage["Event"].live(event_id)
        if event is not None:
            whos = list(dict.fromkeys(new_id if who == old_id else who for who in event.get("_Whos", ())))
            changes = {"WhoId": whos[0] if whos else None, "_Whos": whos, "WhoCount": len(whos)}
            records.adjust("Event", event_id, changes, rights.user_id)
