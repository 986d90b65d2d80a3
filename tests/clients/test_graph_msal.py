"""Microsoft's sign-in library against the sandbox's Entra, over TLS: apps by secret and by certificate, people by code."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.clients.graph_server import served
from tests.sandbox.graph_company import ANN, company
from twincal.sandbox.certificates import Certificates, make_certificates
from twincal.sandbox.exchange import Exchange

BACK = "http://127.0.0.1:8765/back"
SCOPES = ["https://graph.microsoft.com/.default"]


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    """An authority this process trusts."""
    made = make_certificates(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.ca_file))
    return made


@pytest.fixture
def exchange(certificates: Certificates) -> Exchange:
    """A company whose app may prove itself either way."""
    found = company()
    found.register_app("app", secret="secret", certificate_pem=certificates.client_certificate)
    return found


@pytest.fixture
def root(exchange: Exchange, certificates: Certificates) -> Iterator[str]:
    """Where it is served."""
    with served(exchange, certificates.server_file) as port:
        yield f"https://localhost:{port}"


def sign_in(exchange: Exchange, root: str, credential: Any) -> dict[str, Any]:
    """What the library brings back."""
    app = msal.ConfidentialClientApplication(
        "app", authority=f"{root}/{exchange.tenant}", client_credential=credential, instance_discovery=False
    )
    found: dict[str, Any] = app.acquire_token_for_client(scopes=SCOPES)
    return found


def works(root: str, token: dict[str, Any]) -> int:
    """The status of a read with that token."""
    headers = {"Authorization": f"Bearer {token.get('access_token')}"}
    return requests.get(f"{root}/v1.0/users/{ANN}/events", headers=headers, timeout=30).status_code


def key_of(certificates: Certificates) -> tuple[str, x509.Certificate]:
    """The app's private key and certificate."""
    text = certificates.client_file.read_bytes()
    key = load_pem_private_key(text, None).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key.decode(), x509.load_pem_x509_certificate(text)


def test_a_secret(exchange: Exchange, root: str) -> None:
    token = sign_in(exchange, root, "secret")
    assert (token["token_type"], works(root, token)) == ("Bearer", 200)
    wrong = sign_in(exchange, root, "wrong")
    assert (wrong["error"], wrong["error_codes"]) == ("invalid_client", [7000215])


def test_a_certificate_with_the_present_algorithm(exchange: Exchange, root: str, certificates: Certificates) -> None:
    key, certificate = key_of(certificates)
    pem = certificate.public_bytes(Encoding.PEM).decode()
    assert works(root, sign_in(exchange, root, {"private_key": key, "public_certificate": pem})) == 200


def test_a_certificate_with_the_older_thumbprint(exchange: Exchange, root: str, certificates: Certificates) -> None:
    key, certificate = key_of(certificates)
    thumbprint = certificate.fingerprint(SHA1()).hex()
    assert works(root, sign_in(exchange, root, {"private_key": key, "thumbprint": thumbprint})) == 200


def test_a_certificate_that_is_not_registered(exchange: Exchange, root: str, certificates: Certificates) -> None:
    key, _ = key_of(certificates)
    refused = sign_in(exchange, root, {"private_key": key, "thumbprint": "00" * 20})
    assert (refused["error"], refused["error_codes"]) == ("invalid_client", [700027])


def test_an_unknown_tenant(root: str) -> None:
    with pytest.raises(ValueError, match="authority configuration"):
        msal.ConfidentialClientApplication(
            "app", authority=f"{root}/elsewhere", client_credential="secret", instance_discovery=False
        ).acquire_token_for_client(scopes=SCOPES)


def at_the_page(exchange: Exchange, flow: dict[str, Any]) -> dict[str, str]:
    """What a browser brings back to the app from the address that the library made, without anybody's click."""
    exchange.register_redirects("app", [BACK])
    page = HTMLParser(requests.get(flow["auth_uri"], timeout=30).text)
    return {str(node.attributes["name"]): node.attributes["value"] or "" for node in page.css("input[type=hidden]")}


def person_app(exchange: Exchange, root: str) -> Any:
    """The library as a web app uses it."""
    return msal.ConfidentialClientApplication(
        "app", authority=f"{root}/{exchange.tenant}", client_credential="secret", instance_discovery=False
    )


def test_somebody_signs_in(exchange: Exchange, root: str) -> None:
    app = person_app(exchange, root)
    flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri=BACK, response_mode="form_post", login_hint=ANN)
    answer = at_the_page(exchange, flow)
    token = app.acquire_token_by_auth_code_flow(flow, answer)
    assert (token["id_token_claims"]["preferred_username"], token["id_token_claims"]["tid"]) == (ANN, exchange.tenant)
    assert "refresh_token" in token
    (account,) = app.get_accounts()
    assert app.acquire_token_silent_with_error(["User.Read"], account, force_refresh=True)["access_token"]
    again = app.acquire_token_by_auth_code_flow(flow, answer)
    assert (again["error"], again["error_codes"]) == ("invalid_grant", [54005])


def test_the_library_notices_another_state_and_another_nonce(exchange: Exchange, root: str) -> None:
    app = person_app(exchange, root)
    flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri=BACK, response_mode="form_post", login_hint=ANN)
    answer = at_the_page(exchange, flow)
    with pytest.raises(ValueError, match="state"):
        app.acquire_token_by_auth_code_flow(flow, {**answer, "state": "another"})
    with pytest.raises(RuntimeError, match="nonce"):
        app.acquire_token_by_auth_code_flow({**flow, "nonce": "another"}, answer)


def test_another_verifier_and_a_silent_sign_in(exchange: Exchange, root: str) -> None:
    app = person_app(exchange, root)
    flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri=BACK, response_mode="form_post", login_hint=ANN)
    wrong = app.acquire_token_by_auth_code_flow({**flow, "code_verifier": "x" * 43}, at_the_page(exchange, flow))
    assert (wrong["error"], wrong["error_codes"]) == ("invalid_grant", [501481])
    silent = app.initiate_auth_code_flow(["User.Read"], redirect_uri=BACK, response_mode="form_post", prompt="none")
    assert app.acquire_token_by_auth_code_flow(silent, at_the_page(exchange, silent))["error"] == "login_required"
