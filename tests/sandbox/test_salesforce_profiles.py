"""Profiles of users: found by SOQL, described, a user moved from one to another, and what the Chatter license does not allow."""

import pytest

from tests.sandbox.salesforce_company import DATA, Company, ask, company, wire
from twincal.sandbox.salesforce import SalesforceError
from twincal.sandbox.salesforce.profiles import profile_named


@pytest.fixture
def acme() -> Company:
    there = company()
    there.org.add_user("sam@acme.example", "Sam Sales", "sam@acme.example", profile="Sales User")
    there.org.add_user("chat@acme.example", "Chatty Guest", "chat@acme.example", profile="Chatter Free User")
    return there


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Profile.Name = 'sales user'", "Sam Sales"),
        ("Profile.Name LIKE '%user'", "Ann Lee, Bob Ray, Chatty Guest, Sam Sales"),
        ("Profile.Name LIKE 'system%' OR Name LIKE '%sales%'", "Inte Gration, Sam Sales"),
        ("Profile.UserLicense.Name = 'Chatter Free'", "Chatty Guest"),
        ("UserType = 'Standard' AND Profile.Name != 'Standard User'", "Inte Gration, Sam Sales"),
        ("ProfileId IN (SELECT Id FROM Profile WHERE PermissionsModifyAllData = true)", "Inte Gration"),
    ],
)
async def test_users_are_found_by_their_profile(acme: Company, where: str, names: str) -> None:
    async with wire(acme) as client:
        found = await ask(client, f"SELECT Name FROM User WHERE {where} ORDER BY Name")
    assert ", ".join(row["Name"] for row in found["records"]) == names


async def test_a_user_tells_its_profile_and_a_profile_its_users(acme: Company) -> None:
    async with wire(acme, username="ann@acme.example") as client:
        [user] = (
            await ask(client, "SELECT UserType, Profile.Name, Profile.UserLicense.Name FROM User WHERE Name = 'Chatty Guest'")
        )["records"]
        [profile] = (await ask(client, "SELECT Name, (SELECT Name FROM Users) FROM Profile WHERE Name = 'Sales User'"))["records"]
    assert (user["UserType"], user["Profile"]["Name"]) == ("CsnOnly", "Chatter Free User")
    assert user["Profile"]["attributes"]["type"] == "Profile" and user["Profile"]["UserLicense"]["Name"] == "Chatter Free"
    assert profile["attributes"]["url"].startswith(f"{DATA}/sobjects/Profile/00e")
    assert [row["Name"] for row in profile["Users"]["records"]] == ["Sam Sales"]


async def test_profiles_and_licenses_are_described_and_nobody_changes_them(acme: Company) -> None:
    made = profile_named(acme.org.records, "Sales User")["Id"]
    async with wire(acme) as client:
        user, profile, license_ = [
            (await client.get(f"{DATA}/sobjects/{name}/describe")).json() for name in ("User", "Profile", "UserLicense")
        ]
        refused = await client.patch(f"{DATA}/sobjects/Profile/{made}", json={"Name": "Mine"})
        whole = (await client.get(f"{DATA}/sobjects/Profile/{made}")).json()
    [link] = [field for field in user["fields"] if field["name"] == "ProfileId"]
    assert (link["referenceTo"], link["relationshipName"], link["updateable"]) == (["Profile"], "Profile", True)
    assert [(each["keyPrefix"], each["createable"], each["queryable"]) for each in (profile, license_)] == [
        ("00e", False, True), ("100", False, True)]  # fmt: skip
    assert [field["name"] for field in profile["fields"] if field["nameField"]] == ["Name"]
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "INVALID_TYPE_FOR_OPERATION")
    assert (whole["Name"], whole["PermissionsEditEvent"], whole["PermissionsViewAllData"]) == ("Sales User", True, False)


async def test_a_user_who_is_moved_to_another_profile_may_do_what_that_one_allows(acme: Company) -> None:
    org = acme.org
    other = acme.book(by=acme.bob, WhoId=None)
    with pytest.raises(SalesforceError, match="NOT_FOUND"):
        org.update("Event", other, {"Subject": "Mine"}, by=acme.ann)
    org.update("User", acme.ann, {"ProfileId": profile_named(org.records, "System Administrator")["Id"]}, by=acme.admin)
    org.update("Event", other, {"Subject": "Mine"}, by=acme.ann)
    assert acme.event(other)["Subject"] == "Mine"
    for nothing, code in ((acme.bob, "INVALID_CROSS_REFERENCE_KEY"), (None, "REQUIRED_FIELD_MISSING")):
        with pytest.raises(SalesforceError, match=code):
            org.update("User", acme.ann, {"ProfileId": nothing}, by=acme.admin)


async def test_who_has_a_license_for_chatter_alone_owns_no_event(acme: Company) -> None:
    org = acme.org
    org.update("User", acme.bob, {"ProfileId": profile_named(org.records, "Chatter Free User")["Id"]}, by=acme.admin)
    made = acme.book()
    with pytest.raises(SalesforceError, match="INSUFFICIENT_ACCESS"):
        acme.book(by=acme.bob)
    with pytest.raises(SalesforceError, match="OP_WITH_INVALID_USER_TYPE_EXCEPTION"):
        acme.book(by=acme.admin, OwnerId=acme.bob)
    with pytest.raises(SalesforceError, match="OP_WITH_INVALID_USER_TYPE_EXCEPTION"):
        org.update("Event", made, {"OwnerId": acme.bob}, by=acme.ann)
    assert acme.event(made)["OwnerId"] == acme.ann


async def test_everybody_may_ask_what_they_may_do(acme: Company) -> None:
    soql = "SELECT PermissionsViewAllData, PermissionsEditEvent, PermissionsViewSetup FROM UserPermissionAccess"
    acme.org.options.revoked = ["ViewSetup"]
    rights = []
    for who in ("integration@acme.example", "ann@acme.example"):
        async with wire(acme, username=who) as client:
            found = await ask(client, soql)
            shape = (await client.get(f"{DATA}/sobjects/UserPermissionAccess/describe")).json()
        [row] = found["records"]
        rights.append((row["PermissionsViewAllData"], row["PermissionsEditEvent"], row["PermissionsViewSetup"]))
        assert (shape["keyPrefix"], shape["queryable"], shape["createable"]) == ("0up", True, False)
    assert rights == [(True, True, False), (False, True, False)]


async def test_an_object_that_may_not_be_read_is_not_described(acme: Company) -> None:
    acme.org.options.hidden_objects = ["Lead:ann@acme.example"]
    answers = []
    for who in ("integration@acme.example", "ann@acme.example"):
        async with wire(acme, username=who) as client:
            listed = {one["name"] for one in (await client.get(f"{DATA}/sobjects")).json()["sobjects"]}
            answers.append(("Lead" in listed, (await client.get(f"{DATA}/sobjects/Lead/describe")).status_code))
    assert answers == [(True, 200), (False, 404)]
