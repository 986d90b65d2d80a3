"""Signing in to Entra: the form that is sent, the assertion a certificate signs, and refusals."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from jwt.types import Options

from tests.connectors.graph_script import NOW, TOKEN_URL, ScriptedGraph, answer, client_of
from twincal.connectors.graph.signin import Certificate, Secret, Token
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side
from twincal.ports import Reply

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def certificate() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "twincal")])
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), 7, NOW, NOW + timedelta(days=365))
    return builder.sign(KEY, hashes.SHA256())


CERTIFICATE = certificate()
PEM = CERTIFICATE.public_bytes(Encoding.PEM).decode()


async def form_of(credential: Secret | Certificate) -> dict[str, str]:
    graph = ScriptedGraph()
    assert await client_of(graph, credential=credential).token() == "t1"
    (form,) = graph.tokens
    return dict(form)


async def test_a_secret_is_sent_as_the_documents_say() -> None:
    assert await form_of(Secret("s3cret")) == {
        "grant_type": "client_credentials",
        "client_id": "app",
        "scope": "https://graph.microsoft.com/.default",
        "client_secret": "s3cret",
    }


@pytest.mark.parametrize("pem", [PEM + PRIVATE, PRIVATE + PEM, f"subject=twincal\n{PEM}\nsome words\n{PRIVATE}\n"])
async def test_a_certificate_signs_an_assertion(pem: str) -> None:
    form = await form_of(Certificate(pem))
    assertion = form.pop("client_assertion")
    assert form == {
        "grant_type": "client_credentials",
        "client_id": "app",
        "scope": "https://graph.microsoft.com/.default",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    thumbprint = urlsafe_b64encode(sha256(CERTIFICATE.public_bytes(Encoding.DER)).digest()).decode().rstrip("=")
    assert jwt.get_unverified_header(assertion) == {"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint}
    unchecked: Options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    claims = jwt.decode(assertion, PUBLIC, algorithms=["PS256"], audience=TOKEN_URL, options=unchecked)
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("app", "app", TOKEN_URL)
    assert (datetime.fromtimestamp(claims["nbf"], UTC), datetime.fromtimestamp(claims["iat"], UTC)) == (NOW, NOW)
    assert datetime.fromtimestamp(claims["exp"], UTC) - NOW == timedelta(minutes=10)


async def test_no_two_assertions_are_the_same() -> None:
    def jti(form: dict[str, str]) -> str:
        return str(jwt.decode(form["client_assertion"], options={"verify_signature": False})["jti"])

    assert jti(await form_of(Certificate(PEM + PRIVATE))) != jti(await form_of(Certificate(PEM + PRIVATE)))


@pytest.mark.parametrize(
    "pem", ["", "no pem", PEM, PRIVATE, PEM + PRIVATE.replace("MII", "XXX"), PEM[:200] + PRIVATE, PEM + PUBLIC]
)
async def test_a_certificate_that_cannot_be_used_is_told(pem: str) -> None:
    with pytest.raises(VendorFault) as told:
        await client_of(ScriptedGraph(), credential=Certificate(pem)).token()
    assert told.value.code is FaultCode.SIGN_IN_REFUSED
    assert "certificate or its key" in told.value.message


REFUSED = {"error": "invalid_client", "error_description": "AADSTS7000215: ...", "error_codes": [7000215]}
PAGE = b"<html>"


@pytest.mark.parametrize(
    ("reply", "code", "detail"),
    [
        (answer(401, REFUSED), FaultCode.SIGN_IN_REFUSED, "invalid_client AADSTS7000215"),
        (answer(400, {"error": "x", "error_codes": [90002, 7]}), FaultCode.SIGN_IN_REFUSED, "x AADSTS90002 AADSTS7"),
        (Reply(status=403, headers={}, body=PAGE), FaultCode.SIGN_IN_REFUSED, "403"),
        (answer(503, {"error": "temporarily_unavailable"}), FaultCode.UNAVAILABLE, "sign-in 503"),
        (Reply(status=502, headers={}, body=PAGE), FaultCode.UNAVAILABLE, "sign-in 502"),
        (answer(429, {}), FaultCode.UNAVAILABLE, "sign-in 429"),
        (Reply(status=200, headers={}, body=PAGE), FaultCode.BAD_ANSWER, "token"),
        (answer(200, {"token_type": "Bearer"}), FaultCode.BAD_ANSWER, "token"),
    ],
)
async def test_a_refusal_is_told_by_its_numbers(reply: Reply, code: FaultCode, detail: str) -> None:
    graph = ScriptedGraph()
    graph.token_answers = [reply]
    with pytest.raises(VendorFault) as told:
        await client_of(graph).token()
    assert (told.value.code, told.value.detail) == (code, detail)


async def test_a_failed_sign_in_is_tried_again_by_the_next_request() -> None:
    graph = ScriptedGraph()
    graph.token_answers = [VendorFault(Side.EXCHANGE, FaultCode.UNAVAILABLE)]
    client = client_of(graph)
    with pytest.raises(VendorFault):
        await client.token()
    assert await client.token() == "t2"


def test_no_secret_is_shown() -> None:
    shown = repr([Secret("s3cret"), Certificate(PRIVATE), Token("abc")])
    assert "s3cret" not in shown
    assert "PRIVATE" not in shown
    assert "abc" not in shown
