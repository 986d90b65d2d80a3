"""Connecting: sign-in, what the org can do, and what the doctor says."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.connectors.salesforce_script import ME, NOW, Clock, ScriptedOrg, answer, client_of, error, event
from twincal.connectors.salesforce.capabilities import capabilities
from twincal.connectors.salesforce.client import Query, SalesforceClient, Usage
from twincal.connectors.salesforce.doctor import doctor
from twincal.connectors.salesforce.signin import ClientCredentials, JwtBearer, sign_in
from twincal.connectors.salesforce.wire import EVENTS
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side
from twincal.ports import Reply


class TokenEndpoint:
    """Answers every request with one reply."""

    def __init__(self, reply: Reply | Exception) -> None:
        self.reply = reply

    async def send(self, method: str, url: str, *, headers: Any, body: bytes = b"") -> Reply:
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply

    async def aclose(self) -> None:
        """Nothing is open."""


WAY = ClientCredentials("https://acme.my.salesforce.com/", "app", "hush")


async def refusal(reply: Reply | Exception) -> VendorFault:
    with pytest.raises(VendorFault) as fault:
        await sign_in(TokenEndpoint(reply), WAY, NOW)
    assert fault.value.side is Side.SALESFORCE
    return fault.value


async def test_client_credentials_go_to_the_own_domain_and_data_to_the_instance() -> None:
    org = ScriptedOrg()
    client = client_of(org)
    await client.query(Query(soql="SELECT Id FROM Event", pages=EVENTS))
    ((url, form),) = org.tokens
    assert url == "https://acme.my.salesforce.com/services/oauth2/token"
    assert form == {"grant_type": "client_credentials", "client_id": "app", "client_secret": "secret"}
    assert org.headers["authorization"] == "Bearer t1"


def test_an_assertion_names_app_user_audience_and_a_short_life() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    now = datetime.now(UTC)
    _, form = JwtBearer("https://login.salesforce.com", "app", "ann@acme.example", pem).request(now)
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    claims = jwt.decode(form["assertion"], key.public_key(), ["RS256"], audience="https://login.salesforce.com")
    assert (claims["iss"], claims["sub"]) == ("app", "ann@acme.example")
    assert claims["exp"] == int((now + timedelta(minutes=3)).timestamp())
    _, form = JwtBearer("https://acme.my.salesforce.com", "app", "u", pem, "https://test.salesforce.com").request(now)
    assert jwt.decode(form["assertion"], key.public_key(), ["RS256"], audience="https://test.salesforce.com")


def test_a_key_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(VendorFault) as fault:
        JwtBearer("https://login.salesforce.com", "app", "u", "not a key").request(NOW)
    assert fault.value.code is FaultCode.SIGN_IN_REFUSED


def test_secrets_are_not_shown() -> None:
    shown = repr(WAY) + repr(JwtBearer("https://x", "app", "u", "hush"))
    assert "hush" not in shown


@pytest.mark.parametrize(
    ("reply", "code", "detail"),
    [
        (
            answer(400, {"error": "invalid_grant", "error_description": "audience is invalid"}),
            FaultCode.SIGN_IN_REFUSED,
            "invalid_grant: audience is invalid",
        ),
        (
            answer(400, {"error": "invalid_grant", "error_description": "ann@acme.example?"}),
            FaultCode.SIGN_IN_REFUSED,
            "invalid_grant",
        ),
        (answer(400, {"error": "rate_limit_exceeded", "error_description": "x"}), FaultCode.THROTTLED, "rate_limit_exceeded"),
        (answer(404, "<html>"), FaultCode.SIGN_IN_REFUSED, "HTTP 404"),
        (answer(503), FaultCode.UNAVAILABLE, "sign-in, HTTP 503"),
        (answer(200, {"token": "?"}), FaultCode.BAD_ANSWER, "token"),
        (
            answer(200, {"access_token": "t", "instance_url": "https://acme.example", "id": "", "token_type": "Bearer"}),
            FaultCode.BAD_ANSWER,
            "an instance that is not Salesforce's",
        ),
        (VendorFault(Side.EXCHANGE, FaultCode.NO_REPLY), FaultCode.UNAVAILABLE, "sign-in"),
    ],
)
async def test_a_refused_sign_in_has_a_name(reply: Reply | Exception, code: FaultCode, detail: str) -> None:
    fault = await refusal(reply)
    assert (fault.code, fault.detail) == (code, detail)


async def test_a_session_serves_until_it_ends_and_is_renewed_once() -> None:
    org = ScriptedOrg()
    client = client_of(org)
    question = Query(soql="SELECT Id FROM Event", pages=EVENTS)
    await client.query(question)
    await client.query(question)
    assert len(org.tokens) == 1
    org.before = [error(401, "INVALID_SESSION_ID")]
    await client.query(question)
    assert len(org.tokens) == 2
    assert org.headers["authorization"] == "Bearer t2"
    org.before = [error(401, "INVALID_SESSION_ID"), error(401, "INVALID_SESSION_ID")]
    with pytest.raises(VendorFault) as fault:
        await client.query(question)
    assert fault.value.code is FaultCode.SIGN_IN_REFUSED
    assert len(org.tokens) == 3


async def test_calls_at_once_share_one_session() -> None:
    org = ScriptedOrg()
    client = client_of(org)
    await asyncio.gather(*(client.query(Query(soql="SELECT Id FROM Event", pages=EVENTS)) for _ in range(5)))
    assert len(org.tokens) == 1


async def test_calls_are_counted_and_the_meter_is_read() -> None:
    org = ScriptedOrg()
    client = client_of(org)
    assert client.api_usage is None
    await client.query(Query(soql="SELECT Id FROM Event", pages=EVENTS))
    assert (client.requests, client.sign_ins) == (1, 1)
    assert client.api_usage == Usage(18, 100_000)
    assert client.server_time == NOW


@pytest.mark.parametrize("failure", [answer(503), VendorFault(Side.SALESFORCE, FaultCode.NO_REPLY)])
async def test_a_reading_is_repeated_when_the_failure_may_pass(failure: Reply | Exception) -> None:
    clock, org = Clock(), ScriptedOrg({"Event": [event(1)]})
    org.before = [failure, failure]
    client = client_of(org, clock)
    assert len(await client.query(Query(soql="SELECT Id FROM Event", pages=EVENTS))) == 1
    assert clock.slept == [0.5, 1.0]


@pytest.mark.parametrize("code", ["REQUEST_LIMIT_EXCEEDED", "API_DISABLED_FOR_ORG"])
async def test_a_reading_that_is_refused_is_not_repeated(code: str) -> None:
    org = ScriptedOrg()
    org.before = [error(403, code)]
    with pytest.raises(VendorFault):
        await client_of(org).query(Query(soql="SELECT Id FROM Event", pages=EVENTS))
    assert len(org.sent) == 1


def described(shared: Path, *, custom: bool = True, sharing: bool = True) -> dict[str, Any]:
    """The recorded describe of Event, with our fields and Shared Activities added as the documents show them."""
    shape: dict[str, Any] = json.loads((shared / "reference/salesforce/describe/cci_Event.json").read_text())
    optional = json.loads((shared / "reference/salesforce/describe/synth_Event_optional_fields.json").read_text())
    if sharing:
        shape["fields"] += optional["shared_activities"]
        shape["childRelationships"].append(optional["shared_activities_junction"]["childRelationship"])
    if custom:
        rights = {"createable": True, "updateable": True}
        shape["fields"].append({"name": "Twincal_Key__c", "unique": True, "externalId": True, **rights})
        shape["fields"].append({"name": "Twincal_Stamp__c", "unique": False, **rights})
    return shape


async def found(shape: dict[str, Any]) -> Any:
    org = ScriptedOrg()
    org.paths["sobjects/Event/describe"] = answer(200, shape)
    return await capabilities(client_of(org))


async def test_an_org_with_everything(shared: Path) -> None:
    caps = await found(described(shared))
    assert (caps.shared_activities, caps.key_field, caps.stamp_field) == (True, True, True)
    assert (caps.integration_user, caps.organization_id, caps.api_version) == (ME, "00D000000000001EAA", "67.0")
    assert caps.hidden_fields == ("IsClientManaged",)
    assert caps.checked_at == NOW


async def test_a_plain_org(shared: Path) -> None:
    caps = await found(described(shared, custom=False, sharing=False))
    assert (caps.shared_activities, caps.key_field, caps.stamp_field) == (False, False, False)


async def test_hidden_and_half_made_fields_are_noticed(shared: Path) -> None:
    shape = described(shared)
    shape["fields"] = [field for field in shape["fields"] if field["name"] != "Location"]
    for field in shape["fields"]:
        field["unique"] = False
    caps = await found(shape)
    assert "Location" in caps.hidden_fields
    assert not caps.key_field  # a key that may occur twice guards nothing
    assert caps.stamp_field


async def examined(shared: Path, **changes: Any) -> dict[str, tuple[bool, str, str]]:
    org = ScriptedOrg()
    folder = shared / "reference/salesforce/describe"
    org.paths["sobjects/Event/describe"] = answer(200, described(shared, **changes))
    org.paths["/services/data"] = answer(200, [{"label": "Winter", "url": "/services/data/v67.0", "version": "67.0"}])
    for name, file in {
        "EventRelation": "synth_EventRelation_shared_on",
        "Contact": "cci_Contact",
        "User": "synth_User_subset",
    }.items():
        org.paths[f"sobjects/{name}/describe"] = answer(200, json.loads((folder / f"{file}.json").read_text()))
    org.paths["sobjects/Lead/describe"] = error(404, "NOT_FOUND", "The requested resource does not exist")
    rights = {"PermissionsViewAllData": True, "PermissionsModifyAllData": False}
    org.tables["UserPermissionAccess"] = [rights]
    findings = await doctor(client_of(org))
    return {finding.check: (finding.well, finding.note, finding.remedy) for finding in findings}


async def test_the_doctor_names_what_is_well_and_what_helps(shared: Path) -> None:
    findings = await examined(shared)
    assert {check for check, (well, _, _) in findings.items() if not well} == {
        "Salesforce Lead",
        "Salesforce permission Modify All Data",
    }
    assert all(remedy for well, _, remedy in findings.values() if not well)
    assert findings["Salesforce API calls"][1] == "99982 of 100000 left today"


async def test_the_doctor_tells_of_the_reduced_guarantee(shared: Path) -> None:
    well, note, remedy = (await examined(shared, custom=False))["Salesforce key field"]
    assert not well
    assert "reduced guarantee" in note
    assert "Twincal_Key__c" in remedy


async def test_the_doctor_stops_at_a_refused_sign_in() -> None:
    endpoint = TokenEndpoint(answer(400, {"error": "invalid_client", "error_description": "invalid client credentials"}))
    findings = await doctor(SalesforceClient(endpoint, WAY, Clock()))
    assert [(finding.check, finding.well) for finding in findings] == [("Salesforce sign-in", False)]
    assert "invalid client credentials" in findings[0].note
