"""The org as its people and the sandbox's stage hands use it: the state behind the REST wire."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from twincal.sandbox.salesforce.access import Rights, rights_of
from twincal.sandbox.salesforce.errors import SalesforceError, no_type, not_found
from twincal.sandbox.salesforce.events import EventRules
from twincal.sandbox.salesforce.identity import Identity
from twincal.sandbox.salesforce.meter import Meter
from twincal.sandbox.salesforce.moments import write_moment
from twincal.sandbox.salesforce.options import OrgOptions, SalesforceQuirks
from twincal.sandbox.salesforce.people import OpportunityRules, PersonRules, convert, merge
from twincal.sandbox.salesforce.profiles import STANDARD_USER, UserRules, found_profiles, profile_named, profile_of
from twincal.sandbox.salesforce.records import Now, Records
from twincal.sandbox.salesforce.relations import RelationRules, Relations
from twincal.sandbox.salesforce.storage import Row
from twincal.sandbox.salesforce.upkeep import Upkeep


class Org:
    """One Salesforce org. Every id it makes follows from the seed and the order of calls.

    Methods that write take `by`, the id of the acting user, obey the same rules as the API and raise SalesforceError.
    `options` is how the org is set up, `quirks` what happens to its clients; both may be changed at any time.
    """

    def __init__(self, clock: Now, *, seed: int = 1) -> None:
        self.clock = clock
        self.seed = seed
        self.options = OrgOptions()
        self.quirks = SalesforceQuirks()
        self.identity = Identity(clock, seed)
        self.reset()

    def reset(self) -> None:
        """Empties the org. Apps stay; tokens work again once their user, known by name, has been added again."""
        self.records = Records(self.clock, self.options, self.quirks, self.seed)
        self.relations = Relations(self.records)
        self.upkeep = Upkeep(self.records)
        self.meter = Meter(self.clock)
        person = PersonRules(self.records)
        self.records.rules.update(
            Contact=person,
            Lead=person,
            User=UserRules(self.records),
            Opportunity=OpportunityRules(),
            Event=EventRules(self.records, self.relations),
            EventRelation=RelationRules(self.records, self.relations),
        )
        self.id = self._found()
        found_profiles(self.records)
        self.identity.renew()

    def _found(self) -> str:
        row: Row = {"Name": "Acme", "OrganizationType": "Enterprise Edition", "InstanceName": "EU1", "IsSandbox": True}
        row |= {"TimeZoneSidKey": "GMT", "LanguageLocaleKey": "en_US", "DefaultLocaleSidKey": "en_US", "IsDeleted": False}
        found = self.records.enter("Organization", row, "")
        nobody = {"CreatedById": None, "LastModifiedById": None}
        return str(self.records.adjust("Organization", found["Id"], nobody)["Id"])

    # People and apps

    def register_app(
        self, client_id: str, *, secret: str | None = None, certificate_pem: str | bytes | None = None,
        run_as: str | None = None, approved_users: str | Sequence[str] = "all", name: str = "",
    ) -> None:  # fmt: skip
        """An External Client App. `run_as` (username or user id) acts for client credentials. `approved_users` need not be asked
        (`all`, or usernames); with `self` everybody is asked once."""
        user = self.records.named(run_as) if run_as and run_as.startswith("005") else None
        runs_as = user["Username"] if user else run_as
        self.identity.register(client_id, secret, certificate_pem, runs_as, approved_users, name)

    def add_user(self, username: str, name: str, email: str, *, profile: str = STANDARD_USER, active: bool = True) -> str:
        """A user under a profile, which says what the user may do. Returns the id. A used username, or a profile that there is not,
        raises SalesforceError."""
        if next(self.records.storage["User"].where("Username", username), None):
            raise SalesforceError("DUPLICATE_USERNAME", f"Duplicate Username: {username}", ["Username"])
        first, _, last = name.rpartition(" ")
        under = profile_named(self.records, profile)
        row: Row = {
            "Username": username, "FirstName": first or None, "LastName": last, "Name": name, "Email": email.lower(),
            "Alias": username[:8], "IsActive": active, "UserType": under["UserType"], "TimeZoneSidKey": "GMT",
            "LocaleSidKey": "en_US", "LanguageLocaleKey": "en_US", "EmailEncodingKey": "UTF-8", "IsDeleted": False,
            "ProfileId": under["Id"],
        }  # fmt: skip
        user_id = str(self.records.enter("User", row, "")["Id"])
        self.records.adjust("User", user_id, {"CreatedById": user_id, "LastModifiedById": user_id})
        self.records.storage.commit()
        return user_id

    def user_named(self, username: str) -> Row | None:
        """The user with that username, in any case."""
        return next(self.records.storage["User"].where("Username", username), None)

    def rights(self, user_id: str) -> Rights:
        """What a user may do as the org stands now."""
        user = self.records.storage["User"].live(user_id)
        if user is None:
            raise not_found()
        return rights_of(user, profile_of(self.records, user), self.options)

    # Records

    def insert(self, sobject: str, fields: Mapping[str, Any], *, by: str) -> str:
        """Creates a record from the API's JSON; returns its id."""
        record_id = self.records.insert(sobject, fields, self.rights(by))
        self.records.storage.commit()
        return record_id

    def update(self, sobject: str, record_id: str, fields: Mapping[str, Any], *, by: str) -> None:
        """Changes a record by the API's JSON."""
        self.records.update(sobject, record_id, fields, self.rights(by))
        self.records.storage.commit()

    def delete(self, sobject: str, record_id: str, *, by: str) -> None:
        """Moves a record to the recycle bin."""
        self.records.delete(sobject, record_id, self.rights(by))
        self.records.storage.commit()

    def get(self, sobject: str, record_id: str) -> dict[str, Any]:
        """The columns of a live record that are not null."""
        row = self.records.find(self.records.sobject(sobject).name, record_id)
        return {name: value for name, value in row.items() if not name.startswith("_") and value is not None}

    def plant(self, sobject: str, fields: Mapping[str, Any], *, by: str) -> str:
        """A record with columns that no client can set: dates of creation, IsClientManaged, IsArchived, series columns.

        Columns that the API accepts are checked and completed as always; the others are taken as they stand.
        """
        found = self.records.sobject(sobject)
        open_to_api = {name: value for name, value in fields.items() if (at := found.field(name)) is None or at.createable}
        series = {"IsRecurrence", "Recurrence2PatternText"}
        record_id = self.records.insert(found.name, {k: v for k, v in open_to_api.items() if k not in series}, self.rights(by))
        forced = {name: value for name, value in fields.items() if name not in open_to_api or name in series}
        self.records.adjust(found.name, record_id, forced)
        self.records.storage.commit()
        return record_id

    def plant_series(self, fields: Mapping[str, Any], starts: Sequence[str | datetime], *, kind: str, by: str) -> list[str]:
        """Rows of a series as Salesforce keeps one: `lightning` with its hidden pattern row, `classic` with its master row.

        Returns the ids of the occurrences. `fields` are those of one occurrence without StartDateTime.
        """
        lightning = kind == "lightning"
        head = {"GroupEventType": "3", "IsRecurrence2": True} if lightning else {"IsRecurrence": True}
        master = self.plant("Event", {**fields, "StartDateTime": starts[0], **head}, by=by)
        member: Row = {"IsRecurrence2": True} if lightning else {"RecurrenceActivityId": master}
        ids = []
        for start in starts:
            ids.append(self.plant("Event", {**fields, "StartDateTime": start, **member}, by=by))
            self.records.adjust("Event", ids[-1], {"_Series": master})
        self.records.storage.commit()
        return ids

    def convert_lead(self, lead_id: str, *, contact_id: str | None = None, by: str) -> str:
        """Converts a Lead into the given Contact, or into a new one with a new Account; returns the Contact's id."""
        with self.records.whole():
            contact = convert(self.records, self.records.find("Lead", lead_id), contact_id, self.rights(by))
        self.records.storage.commit()
        return contact

    def merge_contacts(self, master_id: str, loser_ids: Sequence[str], *, by: str) -> None:
        """Merges Contacts; the losers go to the recycle bin and name their master."""
        losers = [self.records.find("Contact", each) for each in loser_ids]
        with self.records.whole():
            merge(self.records, self.records.find("Contact", master_id), losers, self.rights(by))
        self.records.storage.commit()

    # Recycle bin and archive

    def undelete(self, sobject: str, record_id: str, *, by: str) -> None:
        """Brings a record and what went with it back from the recycle bin."""
        found = self.records.sobject(sobject)
        if "undelete" not in found.verbs:
            raise no_type(sobject)
        self.upkeep.undelete(found.name, record_id, by)
        self.records.storage.commit()

    def hard_delete(self, sobject: str, record_id: str) -> None:
        """Makes a record disappear: no recycle bin, no entry in the delete log."""
        self.upkeep.erase(self.records.sobject(sobject).name, record_id)
        self.records.storage.commit()

    def empty_recycle_bin(self) -> None:
        """Deleted records leave queryAll; the delete log still names them."""
        self.upkeep.empty_bin(write_moment(self.clock.now() + timedelta(days=1)))
        self.records.storage.commit()

    def archive(self) -> int:
        """Archives old events as the option says, now; returns how many. Happens by itself once a day otherwise."""
        return self.upkeep.archive()
