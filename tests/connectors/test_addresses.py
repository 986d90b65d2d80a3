"""Where secrets and tokens may travel: never unprotected, never to somebody else's host."""

import pytest

from twincal.connectors.addresses import is_instance_of, may_carry_secrets

LOGIN = "https://acme.my.salesforce.com"


@pytest.mark.parametrize(
    "url",
    [
        "https://graph.microsoft.com/v1.0", "https://10.0.0.5:8443", "http://127.0.0.1:5000/v1.0", "http://localhost:1", "http://[::1]:8080",
        "http://sandbox.example",
    ],
)  # fmt: skip
def test_tls_or_this_machine(url: str) -> None:
    assert may_carry_secrets(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://graph.microsoft.com", "http://10.0.0.5", "http://127.0.0.1.evil.com", "http://localhost.evil.com", "https://user:pw@host",
        "https://user@host", "ftp://host", "https://", "http://", "host", "", "https://[", "https://host:99999", "http://127.0.0.1@evil.com",
        "http://0x7f000001.evil.com", "http://example", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_anything_else_is_refused(url: str) -> None:
    assert not may_carry_secrets(url)


@pytest.mark.parametrize(
    "url",
    [LOGIN, "https://acme.my.salesforce.com:443", "https://acme--dev.sandbox.my.salesforce.com", "https://na1.force.com"],
)
def test_a_token_goes_to_salesforce(url: str) -> None:
    assert is_instance_of(LOGIN, url)


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.my.salesforce.com", "https://evil.com", "https://salesforce.com.evil.com", "https://evilsalesforce.com",
        "https://acme.my.salesforce.com@evil.com", "https://evil.com#.salesforce.com", "http://127.0.0.1:80", "https://localhost",
        "https://169.254.169.254", "", "acme.my.salesforce.com", "https://evil.com/.salesforce.com", "https://evil.com\\.salesforce.com",
    ],
)  # fmt: skip
def test_a_token_goes_nowhere_else(url: str) -> None:
    assert not is_instance_of(LOGIN, url)


def test_a_rehearsal_stays_on_this_machine() -> None:
    assert is_instance_of("https://localhost:7443", "https://localhost:7443")
    assert is_instance_of("https://localhost:7443", "https://127.0.0.1:8080")
    assert is_instance_of("http://127.0.0.1:8000", "http://127.0.0.1:8000")
    assert not is_instance_of("https://localhost:7443", "http://127.0.0.1:8000")
    assert not is_instance_of("http://127.0.0.1:8000", "http://evil.com")
