"""Profiles and user licenses of the org, there from its founding, and what a User has from its profile.

Object Reference, Profile: each profile is made for one license, whose category is its UserType. The administrator, the standard
user and the one on the free Chatter license are those every org is given; *Sales User* is one that the company made for itself.
Nobody changes profiles here; a User is moved from one to another by its ProfileId, as in the real thing.
"""

from typing import NamedTuple

from twincal.sandbox.salesforce.access import GRANTS, Rights
from twincal.sandbox.salesforce.errors import SalesforceError, bad_reference
from twincal.sandbox.salesforce.moments import write_moment
from twincal.sandbox.salesforce.people import PersonRules
from twincal.sandbox.salesforce.records import Records
from twincal.sandbox.salesforce.storage import Row

ADMINISTRATOR, STANDARD_USER, SALES_USER, CHATTER_USER = (
    "System Administrator", "Standard User", "Sales User", "Chatter Free User",
)  # fmt: skip


class Kind(NamedTuple):
    """What a profile is founded as."""

    license: str
    user_type: str
    grants: frozenset[str]


FULL, CHATTER = "Salesforce", "Chatter Free"
USUAL = frozenset({"ApiEnabled", "EditEvents", "ViewSetup"})
PROFILES = {
    ADMINISTRATOR: Kind(FULL, "Standard", frozenset(GRANTS)),
    STANDARD_USER: Kind(FULL, "Standard", USUAL),
    SALES_USER: Kind(FULL, "Standard", USUAL),
    CHATTER_USER: Kind(CHATTER, "CsnOnly", frozenset({"ApiEnabled"})),
}


def found_profiles(records: Records) -> None:
    """Enters the licenses and profiles. Nobody writes them, so that they do not count among the writes of the org."""
    moment = write_moment(records.clock.now())
    stamps: Row = {"CreatedDate": moment, "LastModifiedDate": moment, "SystemModstamp": moment, "IsDeleted": False}
    licenses: dict[str, str] = {}
    for name in dict.fromkeys(kind.license for kind in PROFILES.values()):
        licenses[name] = records.ids.make("100")
        row: Row = {"Id": licenses[name], "Name": name, "MasterLabel": name, "Status": "Active"}
        records.storage.put("UserLicense", row | stamps)
    for name, kind in PROFILES.items():
        row = {"Id": records.ids.make("00e"), "Name": name, "UserLicenseId": licenses[kind.license], "UserType": kind.user_type}
        row |= {column: grant in kind.grants for grant, column in GRANTS.items()}
        records.storage.put("Profile", row | stamps)


def profile_named(records: Records, name: str) -> Row:
    """The profile of that name. Raises SalesforceError."""
    found = next((row for row in records.storage["Profile"].rows.values() if row["Name"] == name), None)
    if found is None:
        raise bad_reference("ProfileId")
    return found


def profile_of(records: Records, user: Row) -> Row:
    """The profile of a user. Raises SalesforceError where its ProfileId names none."""
    found = records.storage["Profile"].live(user.get("ProfileId"))
    if found is None:
        raise bad_reference("ProfileId")
    return found


class UserRules(PersonRules):
    """The rules of User."""

    def complete(self, row: Row, sent: Row, old: Row | None, rights: Rights) -> None:
        """What every person has, and the category of license that the profile is made for."""
        super().complete(row, sent, old, rights)
        if row.get("ProfileId") is None:
            raise SalesforceError("REQUIRED_FIELD_MISSING", "Required fields are missing: [ProfileId]", ["ProfileId"])
        row["UserType"] = profile_of(self._records, row)["UserType"]
