"""Signing in: client credentials, JWT bearer, what is refused, and how sessions end."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.sandbox.salesforce_company import CLIENT_ID, DATA, SECRET, START, Company, company
from twincal.sandbox.salesforce import salesforce_app

TOKEN = "/services/oauth2/token"
BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def acme(key: rsa.RSAPrivateKey) -> Company:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "app")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(START).not_valid_after(START + timedelta(days=365))
    pem = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    there = company()
    there.org.register_app("signer", certificate_pem=pem.decode(), approved_users=["ann@acme.example"])
    return there


@pytest.fixture
def client(acme: Company) -> Iterator[httpx.AsyncClient]:
    yield httpx.AsyncClient(transport=httpx.ASGITransport(salesforce_app(acme.org)), base_url="https://acme.test:8443")


def assertion(acme: Company, key: rsa.RSAPrivateKey, **claims: Any) -> dict[str, str]:
    now = int(acme.clock.now().timestamp())
    filled = {"iss": "signer", "sub": "ann@acme.example", "aud": "https://login.salesforce.com", "exp": now + 180, **claims}
    return {"grant_type": BEARER, "assertion": jwt.encode(filled, key, algorithm="RS256")}


SECRETS = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": SECRET}


async def test_client_credentials_run_as_the_apps_user(acme: Company, client: httpx.AsyncClient) -> None:
    answer = (await client.post(TOKEN, data=SECRETS)).json()
    assert set(answer) == {"access_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at"}
    assert answer["instance_url"] == "https://acme.test:8443", "scheme and host as they were called"
    assert answer["access_token"].startswith(acme.org.id[:15] + "!")
    who = await client.get("/services/oauth2/userinfo", headers={"Authorization": f"Bearer {answer['access_token']}"})
    assert (who.json()["user_id"], who.json()["organization_id"]) == (acme.admin, acme.org.id)


async def test_client_credentials_in_a_header(acme: Company, client: httpx.AsyncClient) -> None:
    basic = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
    answer = await client.post(TOKEN, data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"})
    assert answer.status_code == 200


async def test_a_signed_assertion_acts_as_the_user_it_names(
    acme: Company, client: httpx.AsyncClient, key: rsa.RSAPrivateKey
) -> None:
    for audience in ("https://login.salesforce.com", "https://test.salesforce.com", "https://acme.test:8443"):
        answer = (await client.post(TOKEN, data=assertion(acme, key, aud=audience))).json()
        assert set(answer) == {"access_token", "scope", "instance_url", "id", "token_type"}, "no refresh token, no expires_in"
        assert answer["id"].endswith(f"/id/{acme.org.id}/{acme.ann}")


@pytest.mark.parametrize(
    ("claims", "error", "description"),
    [
        ({"aud": "https://elsewhere.example"}, "invalid_grant", "audience is invalid"),
        ({"exp": 1_000_000_000}, "invalid_grant", "expired access/refresh token"),
        ({"sub": "bob@acme.example"}, "invalid_grant", "user hasn't approved this consumer"),
        ({"iss": "nobody"}, "invalid_client_id", "client identifier invalid"),
    ],
)
async def test_assertions_that_are_refused(
    acme: Company, client: httpx.AsyncClient, key: rsa.RSAPrivateKey, claims: dict[str, Any], error: str, description: str
) -> None:
    answer = await client.post(TOKEN, data=assertion(acme, key, **claims))
    assert (answer.status_code, answer.json()) == (400, {"error": error, "error_description": description})


async def test_another_key_does_not_sign(acme: Company, client: httpx.AsyncClient) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    answer = await client.post(TOKEN, data=assertion(acme, other))
    assert answer.json()["error"] == "invalid_grant"
    assert (await client.post(TOKEN, data={"grant_type": BEARER, "assertion": "x.y.z"})).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({**SECRETS, "client_secret": "wrong"}, "invalid_client"),
        ({**SECRETS, "client_id": "nobody"}, "invalid_client_id"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
    ],
)
async def test_forms_that_are_refused(client: httpx.AsyncClient, form: dict[str, str], error: str) -> None:
    answer = await client.post(TOKEN, data=form)
    assert (answer.status_code, answer.json()["error"], set(answer.json())) == (400, error, {"error", "error_description"})


async def test_an_app_without_a_user_and_an_inactive_user(acme: Company, client: httpx.AsyncClient) -> None:
    acme.org.register_app("bare", secret="s")
    form = {"grant_type": "client_credentials", "client_id": "bare", "client_secret": "s"}
    assert (await client.post(TOKEN, data=form)).json()["error_description"] == "no client credentials user enabled"
    acme.org.register_app("bare", secret="s", run_as=acme.bob)
    acme.org.update("User", acme.bob, {"IsActive": False}, by=acme.admin)
    assert (await client.post(TOKEN, data=form)).json()["error"] == "inactive_user"


async def test_logins_can_be_refused_for_a_while(acme: Company, client: httpx.AsyncClient) -> None:
    acme.org.quirks.refuse_logins = 1
    assert (await client.post(TOKEN, data=SECRETS)).json()["error"] == "rate_limit_exceeded"
    assert (await client.post(TOKEN, data=SECRETS)).status_code == 200


async def test_sessions_end(acme: Company, client: httpx.AsyncClient) -> None:
    async def signed_in() -> dict[str, str]:
        return {"Authorization": f"Bearer {(await client.post(TOKEN, data=SECRETS)).json()['access_token']}"}

    async def status(headers: dict[str, str]) -> int:
        return (await client.get(f"{DATA}/limits", headers=headers)).status_code

    session = await signed_in()
    acme.clock.pass_by(minutes=119)
    assert await status(session) == 200
    acme.clock.pass_by(minutes=2)
    refused = await client.get(f"{DATA}/limits", headers=session)
    assert (refused.status_code, refused.json()) == (
        401,
        [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}],
    )
    assert await status({}) == 401
    acme.org.quirks.session_requests = 2
    session = await signed_in()
    assert [await status(session) for _ in range(3)] == [200, 200, 401]


async def test_tokens_outlive_a_reset_once_their_user_is_back(acme: Company, client: httpx.AsyncClient) -> None:
    token = (await client.post(TOKEN, data=SECRETS)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    acme.clock.pass_by(days=30)
    acme.org.reset()
    assert (await client.get(f"{DATA}/limits", headers=headers)).status_code == 401
    acme.org.add_user("integration@acme.example", "Back Again", "integration@acme.example", profile="System Administrator")
    assert (await client.get(f"{DATA}/limits", headers=headers)).status_code == 200
    assert (await client.post(TOKEN, data=SECRETS)).status_code == 200, "apps stay"
