"""Signing in with a signed assertion: what is checked, and the switches around tokens."""

import base64
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from tests.sandbox.graph_company import ANN, BASE, WINDOW, client, company, meeting, quirk, signed_in
from twincal.sandbox.certificates import Certificates, make_certificates
from twincal.sandbox.exchange import Exchange


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """An app's certificate and key."""
    return make_certificates(tmp_path)


def proof(exchange: Exchange, certificates: Certificates, algorithm: str = "PS256", **changes: Any) -> dict[str, str]:
    """The form of a request with an assertion, some of its claims or headers changed; None leaves one out."""
    certificate = x509.load_pem_x509_certificate(certificates.client_certificate.encode())
    print_of = base64.urlsafe_b64encode(certificate.fingerprint(SHA256())).decode().rstrip("=")
    now = int(time.time())
    endpoint = f"{BASE}/{exchange.tenant}/oauth2/v2.0/token"
    claims = {"aud": endpoint, "iss": "app", "sub": "app", "jti": "one", "nbf": now, "iat": now, "exp": now + 600}
    headers = {"x5t#S256": changes.pop("thumbprint", print_of)}
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    key = certificates.client_file.read_text()
    key = key[key.index("-----BEGIN PRIVATE KEY") :]
    return {
        "client_id": "app", "grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(claims, key, algorithm=algorithm, headers=headers),
    }  # fmt: skip


def proving(certificates: Certificates | None) -> Exchange:
    """A company whose app has a certificate, or none."""
    exchange = company()
    exchange.register_app("app", certificate_pem=certificates.client_certificate if certificates else None)
    return exchange


async def sign_in(exchange: Exchange, form: dict[str, str]) -> tuple[int, int | None]:
    """Status and Entra's number."""
    async with client(exchange) as http:
        answer = await http.post(f"/{exchange.tenant}/oauth2/v2.0/token", data=form)
    return answer.status_code, answer.json().get("error_codes", [None])[0]


@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
async def test_both_algorithms(certificates: Certificates, algorithm: str) -> None:
    exchange = proving(certificates)
    assert await sign_in(exchange, proof(exchange, certificates, algorithm)) == (200, None)


WRONG: list[tuple[dict[str, Any], int]] = [
    ({"aud": "https://elsewhere.example/token"}, 700023),
    ({"aud": None}, 700023),
    ({"iss": "other"}, 700021),
    ({"sub": "other"}, 700021),
    ({"exp": 1}, 700024),
    ({"exp": None}, 700024),
    ({"exp": 9_999_999_999}, 700024),
    ({"nbf": 9_999_999_000, "exp": 9_999_999_600}, 700024),
    ({"jti": None}, 700029),
    ({"thumbprint": "AAAA"}, 700027),
    ({"algorithm": "RS512"}, 5002738),
]


@pytest.mark.parametrize(("change", "number"), WRONG, ids=str)
async def test_what_is_wrong_is_refused(certificates: Certificates, change: dict[str, Any], number: int) -> None:
    exchange = proving(certificates)
    assert await sign_in(exchange, proof(exchange, certificates, **change)) == (401, number)


async def test_a_broken_signature_and_an_app_without_certificate(certificates: Certificates) -> None:
    exchange = proving(certificates)
    form = proof(exchange, certificates)
    head, body, _ = form["client_assertion"].split(".")
    foreign = proof(exchange, certificates, jti="two")["client_assertion"].split(".")[2]
    form["client_assertion"] = f"{head}.{body}.{foreign}"
    assert await sign_in(exchange, form) == (401, 700027)
    bare = proving(None)
    assert await sign_in(bare, proof(bare, certificates)) == (401, 700027)


async def test_an_assertion_may_be_refused_the_second_time(certificates: Certificates) -> None:
    exchange = proving(certificates)
    form = proof(exchange, certificates)
    assert [await sign_in(exchange, form) for _ in range(2)] == [(200, None)] * 2
    with quirk(exchange, assertion_replay_refused=True):
        async with client(exchange) as http:
            path = f"/{exchange.tenant}/oauth2/v2.0/token"
            assert [(await http.post(path, data=form)).status_code for _ in range(2)] == [200, 401]


async def test_the_life_of_a_token_and_the_sizes_of_pages_are_switches() -> None:
    exchange = company()
    for number in range(5):
        exchange.book(ANN, meeting(str(number)))
    exchange.quirks.token_seconds = 0
    async with signed_in(exchange) as http:
        assert (await http.get(f"/v1.0/users/{ANN}/events")).status_code == 401
    exchange.quirks.token_seconds = 60
    exchange.quirks.page_size, exchange.quirks.delta_page_size = 2, 3
    async with signed_in(exchange) as http:
        assert len((await http.get(f"/v1.0/users/{ANN}/calendarView?{WINDOW}")).json()["value"]) == 2
        assert len((await http.get(f"/v1.0/users/{ANN}/calendarView/delta?{WINDOW}")).json()["value"]) == 3
