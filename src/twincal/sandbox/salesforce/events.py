"""What Event adds to writing a row. Object Reference, Event: people, privacy, group events, series, triggers of the org."""

from twincal.sandbox.salesforce.access import Rights
from twincal.sandbox.salesforce.errors import SalesforceError, bad_reference, integrity, no_access
from twincal.sandbox.salesforce.event_times import TIMES, settle_times
from twincal.sandbox.salesforce.moments import minutes_between, shifted, write_moment
from twincal.sandbox.salesforce.records import Records
from twincal.sandbox.salesforce.relations import Relations
from twincal.sandbox.salesforce.schema import JUNCTIONS
from twincal.sandbox.salesforce.storage import Row

OF_CHILD = {"IsReminderSet", "ReminderDateTime"}
MANAGED = {"Subject", "Location", "Description", "StartDateTime", "EndDateTime", "DurationInMinutes", "ActivityDateTime"}
MANAGED |= {"ActivityDate", "IsAllDayEvent", "OwnerId", "IsPrivate", "ShowAs"}
MOST_CONTACTS = 50
CHATTER_ONLY = "CsnOnly"
"""UserType of those who have a license for Chatter alone: they own no records."""


class EventRules:
    """The rules of Event."""

    def __init__(self, records: Records, relations: Relations) -> None:
        self._records = records
        self._relations = relations

    def complete(self, row: Row, sent: Row, old: Row | None, rights: Rights) -> None:
        """Derives and checks everything that depends on other columns or rows."""
        if old is None:
            self._welcome(row, sent, rights)
        else:
            self._allow(old, sent)
        settle_times(row, sent, self._records.options, self._records.quirks)
        self._owner(row, sent)
        self._what(row, sent)
        self._whos(row, sent, old)
        if row["IsPrivate"] and (row.get("WhoId") or row.get("WhatId")):
            raise integrity("A private event can't be associated with a name or a related record", "IsPrivate")
        row["AccountId"] = self._account(row)
        self._automation(row)

    def follow(self, row: Row, sent: Row, old: Row | None, rights: Rights) -> None:
        """Relations, copies for invited Users, the rest of a Lightning series, and the last activity of people."""
        if row.get("_Whos") or row.get("WhatId") or old is not None:
            self._relations.keep_parents(row, rights.user_id)
        lists = {name: sent[name] for name in JUNCTIONS if name in sent}
        if lists:
            self._relations.keep_invitees(row, lists, rights.user_id)
        if old is not None:
            self._relations.keep_copies(row, rights.user_id)
            self._series(row, sent, old, rights)
        self._last_activity(row)

    def leave(self, row: Row, rights: Rights) -> None:
        """A deleted event takes its relations and the copies of invited Users with it."""
        self._relations.bin_with(row, rights.user_id)

    def _welcome(self, row: Row, sent: Row, rights: Rights) -> None:
        if not rights.may("EditEvents"):
            raise SalesforceError("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on entity: Event", status=403)
        if sent.get("IsRecurrence") or sent.get("Recurrence2PatternText"):
            raise SalesforceError(
                "FUNCTIONALITY_NOT_ENABLED", "Series are not expanded here; the org's plant_series makes their rows."
            )
        row.update({"EventSubtype": "Event", "IsClientManaged": False})
        row["GroupEventType"] = self._records.quirks.plain_group_event_type or None
        own = row["OwnerId"] == rights.user_id or rights.may("ModifyAllData") or self._records.options.calendars_open
        if not own:
            raise no_access()

    def _allow(self, old: Row, sent: Row) -> None:
        if old["IsChild"] and set(sent) - OF_CHILD:
            names = sorted(set(sent) - OF_CHILD)
            raise SalesforceError(
                "INVALID_FIELD_FOR_INSERT_UPDATE", f"Unable to create/update fields of a child event: {', '.join(names)}", names
            )
        if old.get("IsClientManaged") and MANAGED & set(sent):
            names = sorted(MANAGED & set(sent))
            raise SalesforceError("CANNOT_UPDATE_IS_THIRD_PARTY", "The event is managed by a client that syncs it", names)

    def _owner(self, row: Row, sent: Row) -> None:
        if "OwnerId" not in sent:
            return
        owner = self._records.storage["User"].live(row.get("OwnerId"))
        if owner is None:
            raise bad_reference()
        if not owner["IsActive"]:
            raise SalesforceError(
                "INACTIVE_OWNER_OR_USER", f"operation performed with inactive user [{owner['Id'][:15]}] as owner of event"
            )
        if owner["UserType"] == CHATTER_ONLY:
            raise SalesforceError("OP_WITH_INVALID_USER_TYPE_EXCEPTION", "Operation not valid for this user type")

    def _what(self, row: Row, sent: Row) -> None:
        what = row.get("WhatId")
        if what and "WhatId" in sent:
            if self._records.owner_table(what) not in {"Account", "Opportunity"}:
                raise integrity(f"Related To ID: id value of incorrect type: {what}", "WhatId")
            if self._records.named(what) is None:
                raise bad_reference("WhatId")
        leads = str(row.get("WhoId") or "").startswith("00Q")
        if what and leads and not self._records.options.allow_lead_with_what:
            raise integrity("A Lead can't be named by an event that is related to another record", "WhatId")

    def _whos(self, row: Row, sent: Row, old: Row | None) -> None:
        """Settles WhoId and the list behind EventWhoIds, and checks whom they name."""
        before = list(old.get("_Whos", ())) if old else []
        if "EventWhoIds" not in sent and "WhoId" not in sent:
            whos = before
        elif self._records.options.shared_activities:
            whos = self._shared_whos(row, sent, before)
        else:
            whos = [row["WhoId"]] if row.get("WhoId") else []
        if whos != before:
            self._check_whos([who for who in whos if who not in before], whos)
        row["_Whos"] = whos
        row["WhoCount"], row["WhatCount"] = len(whos), int(bool(row.get("WhatId")))

    def _shared_whos(self, row: Row, sent: Row, before: list[str]) -> list[str]:
        wanted = sent.get("WhoId")
        if sent.get("EventWhoIds"):
            whos = list(sent["EventWhoIds"])
            primary = wanted or (row["WhoId"] if row.get("WhoId") in whos else whos[0])
        elif "EventWhoIds" in sent:
            whos, primary = [], row.get("WhoId")
        elif wanted:
            # A new name takes the place of the old one; the others stay.
            whos, primary = before[1:] if before else [], wanted
        else:
            # Without a name another of the related people is promoted, whichever the platform picks.
            whos = before[1:]
            primary = whos[-1] if whos else None
        row["WhoId"] = primary
        return [primary, *(who for who in whos if who != primary)] if primary else []

    def _check_whos(self, new: list[str], whos: list[str]) -> None:
        for who in new:
            table = self._records.owner_table(who)
            if table not in {"Contact", "Lead"}:
                raise integrity(f"Name ID: id value of incorrect type: {who}", "WhoId")
            found = self._records.named(who)
            if found is None:
                raise bad_reference("WhoId")
            if table == "Lead" and found["IsConverted"]:
                raise SalesforceError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ["WhoId"])
        if len(whos) > MOST_CONTACTS:
            raise integrity(f"An event can be related to {MOST_CONTACTS} contacts at most", "EventWhoIds")
        if len(whos) > 1 and any(who.startswith("00Q") for who in whos):
            raise integrity("An event can be related to one lead or to contacts, not to both", "EventWhoIds")

    def _account(self, row: Row) -> str | None:
        what = row.get("WhatId")
        if what and what.startswith("001"):
            return str(what)
        source = self._records.named(what) if what else None
        if source is None and str(row.get("WhoId") or "").startswith("003"):
            source = self._records.named(row["WhoId"])
        return source.get("AccountId") if source else None

    def _automation(self, row: Row) -> None:
        """Validation rule and trigger of the org's administrator, in the same transaction."""
        quirks = self._records.quirks
        subject = row.get("Subject") or ""
        if quirks.validation_word and quirks.validation_word.lower() in subject.lower():
            message = f"Events about {quirks.validation_word} are not allowed"
            raise SalesforceError("FIELD_CUSTOM_VALIDATION_EXCEPTION", message, ["Subject"])
        if quirks.trigger_suffix and not subject.endswith(quirks.trigger_suffix):
            row["Subject"] = subject[: 255 - len(quirks.trigger_suffix)] + quirks.trigger_suffix
        if quirks.trigger_location_length and row.get("Location"):
            row["Location"] = row["Location"][: quirks.trigger_location_length]

    def _series(self, row: Row, sent: Row, old: Row, rights: Rights) -> None:
        """From API v58 on, a change of a future occurrence of a Lightning series changes all of it."""
        if not old["IsRecurrence2"] or old["IsRecurrence2Exception"] or "_Follows" in sent:
            return
        if old["StartDateTime"] <= write_moment(self._records.clock.now()):
            self._records.adjust("Event", row["Id"], {"IsRecurrence2Exception": True})
            return
        moved = minutes_between(old["StartDateTime"], row["StartDateTime"])
        for other in list(self._records.storage["Event"].where("_Series", old.get("_Series"))):
            if other["Id"] == row["Id"] or other["IsRecurrence2Exception"] or not other["IsRecurrence2"]:
                continue
            times = {
                "IsAllDayEvent": row["IsAllDayEvent"],
                "StartDateTime": shifted(other["StartDateTime"], minutes=moved),
                "DurationInMinutes": row["DurationInMinutes"],
            }
            change = {**other, **{name: value for name, value in sent.items() if name in other and name not in TIMES}}
            if TIMES & set(sent):
                change["IsAllDayEvent"] = row["IsAllDayEvent"]
                settle_times(change, times, self._records.options, self._records.quirks)
            self._records.adjust("Event", other["Id"], change, rights.user_id)

    def _last_activity(self, row: Row) -> None:
        day = row["ActivityDate"]
        for record_id in {*row.get("_Whos", ()), row.get("WhatId"), row.get("AccountId")} - {None}:
            found = self._records.named(record_id)
            if found is not None and (found.get("LastActivityDate") or "") < day:
                name = self._records.owner_table(record_id)
                self._records.adjust(str(name), found["Id"], {"LastActivityDate": day})
