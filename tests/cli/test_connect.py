"""Both sides are connected, tested, and kept secret."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.cli.conftest import graph_options, salesforce_options
from tests.cli.stage import Sandbox, Twincal


@pytest.fixture
def trusted(world: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox, whose certificates are trusted."""
    monkeypatch.setenv("TWINCAL_CA_FILE", world.said["ca_file"])
    return world


def test_a_certificate_and_a_jwt_key_sign_in_over_tls(bare: Twincal, trusted: Sandbox) -> None:
    graph, salesforce = trusted.said["graph"], trusted.said["salesforce"]
    certificate, key = graph["certificate_file"], salesforce["jwt_key_file"]
    bare.does("connect", "exchange", "graph", *graph_options(trusted, "tls_"), "--certificate", certificate)
    jwt = ("--jwt-key", key, "--username", salesforce["jwt_username"])
    bare.does("connect", "salesforce", *salesforce_options(trusted, "tls_"), *jwt)
    mailbox = trusted.person()
    bare.does("people", "add", mailbox, "--salesforce", mailbox)
    bare.does("settings", "set", "mode=sync_all")
    trusted.book(mailbox, "By certificate")
    bare.does("sync")
    assert trusted.both(mailbox) == (["By certificate"], ["By certificate"])


def test_a_server_with_an_unknown_certificate_is_not_trusted(bare: Twincal, world: Sandbox) -> None:
    certificate = world.said["graph"]["certificate_file"]
    key = ("--jwt-key", world.said["salesforce"]["jwt_key_file"], "--username", world.said["salesforce"]["jwt_username"])
    for told in (
        bare.refuses("connect", "exchange", "graph", *graph_options(world, "tls_"), "--certificate", certificate),
        bare.refuses("connect", "salesforce", *salesforce_options(world, "tls_"), *key),
    ):
        assert "TWINCAL_CA_FILE" in told and "Nothing was stored" in told


@pytest.mark.parametrize("side", ["graph", "salesforce"])
def test_a_wrong_secret_is_refused_and_nothing_is_stored(
    bare: Twincal, world: Sandbox, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "guessed-wrongly")
    words = ("exchange", "graph", *graph_options(world)) if side == "graph" else ("salesforce", *salesforce_options(world))
    told = bare.refuses("connect", *words, "--client-secret-env", "A_SECRET")
    assert "sign-in was refused" in told and "docs/howto/connect-" in told
    assert "guessed-wrongly" not in told
    assert all("not connected" in finding["note"] for finding in bare("doctor", "--json").json)


def test_a_key_that_is_no_key_is_refused(bare: Twincal, world: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("no key")
    key = ("--jwt-key", tmp_path / "key.pem", "--username", "integration@northwind.example")
    assert "private key cannot be read" in bare.refuses("connect", "salesforce", *salesforce_options(world), *key)
    told = bare.refuses("connect", "exchange", "graph", *graph_options(world), "--certificate", tmp_path / "key.pem")
    assert "certificate or its key cannot be read" in told
    told = bare.refuses("connect", "exchange", "graph", *graph_options(world), "--certificate", tmp_path / "missing.pem")
    assert "missing.pem cannot be read" in told and "PEM" in told


def test_the_way_to_sign_in_is_named_once(bare: Twincal, world: Sandbox) -> None:
    assert "--client-secret-env or --certificate" in bare.refuses("connect", "exchange", "graph", *graph_options(world))
    both = ("--client-secret-env", "X", "--jwt-key", "y")
    assert "--jwt-key with --username" in bare.refuses("connect", "salesforce", *salesforce_options(world), *both)
    told = bare.refuses("connect", "salesforce", *salesforce_options(world), "--jwt-key", "y")
    assert "--jwt-key needs --username" in told


def test_a_field_of_a_former_product_has_to_be_there(bare: Twincal, world: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITS_SECRET", world.said["salesforce"]["client_secret"])
    options = (*salesforce_options(world), "--client-secret-env", "ITS_SECRET", "--former-field", "Wrong__c")
    told = bare.refuses("connect", "salesforce", *options)
    assert "no field 'Wrong__c'" in told and "Nothing was stored" in told


def test_an_empty_variable_is_named(bare: Twincal, world: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY_SECRET", "")
    for name in ("EMPTY_SECRET", "NO_SUCH_SECRET"):
        told = bare.refuses("connect", "salesforce", *salesforce_options(world), "--client-secret-env", name)
        assert name in told and "export" in told


def test_an_address_that_is_none_or_where_nobody_listens(bare: Twincal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "x")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{unused.getsockname()[1]}"
    for url in (closed, "example.com", "http://", "http://host:99999"):
        told = bare.refuses("connect", "salesforce", "--login-url", url, "--client-id", "x", "--client-secret-env", "A_SECRET")
        assert "Salesforce" in told or "--login-url" in told
        assert "Nothing to do" not in told


class _Page(BaseHTTPRequestHandler):
    """Answers everything with a web page."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html>Welcome</html>")

    do_GET = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def page() -> Iterator[str]:
    """The address of a web server that is no Graph and no Salesforce."""
    server = HTTPServer(("127.0.0.1", 0), _Page)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_a_server_that_answers_something_else(bare: Twincal, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "x")
    told = bare.refuses("connect", "salesforce", "--login-url", page, "--client-id", "x", "--client-secret-env", "A_SECRET")
    assert "could not be understood" in told and "--login-url" in told
    graph = ("--tenant", "t", "--client-id", "x", "--authority", f"{page}/t", "--base-url", page)
    told = bare.refuses("connect", "exchange", "graph", *graph, "--client-secret-env", "A_SECRET")
    assert "could not be understood" in told and "--authority" in told


def test_the_doctor_names_what_is_missing(bare: Twincal) -> None:
    ended = bare("doctor")
    assert ended.code == 1
    assert "Exchange: not connected" in ended.out and "Salesforce: not connected" in ended.out
    assert "twincal connect exchange graph --help" in ended.out


def test_the_doctor_tries_a_mailbox(twincal: Twincal, calm: Sandbox) -> None:
    mailbox = calm.person()
    findings = {finding["check"]: finding for finding in twincal("doctor", mailbox, "--json").json}
    assert findings[f"Exchange mailbox {mailbox}"]["well"]
    calm.ask("/weather", {"graph": {"out_of_scope": [mailbox]}})
    ended = twincal("doctor", mailbox)
    assert ended.code == 1
    assert "Include the mailbox in the scope" in ended.said
    assert "is not an address" in twincal.refuses("doctor", "somebody")


def test_the_doctor_is_content_with_an_org_that_has_the_fields(twincal: Twincal, calm: Sandbox) -> None:
    ended = twincal("doctor")
    assert ended.code == 1 and "FAIL Salesforce key field: reduced guarantee" in ended.said
    calm.ask("/org", {"key_fields": True})
    try:
        assert twincal("doctor").code == 0
    finally:
        calm.ask("/org", {"key_fields": False})


@pytest.mark.parametrize(
    ("org", "told"),
    [
        ({"revoked": ["EditEvents"]}, 'Give the account the permissions "Edit Events"'),
        ({"revoked": ["ApiEnabled"]}, "FAIL Salesforce"),
        ({"hidden_fields": ["Event.Description"]}, "hidden: Description"),
        ({"shared_activities": False}, "off: one Contact or Lead on an event"),
        ({"hidden_fields": ["Contact.Email"]}, "Let the account read Contact and its e-mail address"),
        ({"revoked": ["ViewAllData"]}, "Give the account a permission set with View All Data"),
        ({"read_only_fields": ["Event.Twincal_Key__c"]}, "FAIL Salesforce key field"),
        ({"hidden_objects": ["Event"]}, "FAIL Salesforce events: may not read, create, edit, delete events"),
        ({"hidden_objects": ["Lead"]}, "Let the account read Lead"),
        ({"daily_limit": 10}, "the org's daily API limit is used up"),
    ],
)
def test_the_doctor_names_what_the_org_withholds(twincal: Twincal, calm: Sandbox, org: dict[str, Any], told: str) -> None:
    as_it_was = {
        "revoked": [], "hidden_fields": [], "read_only_fields": [], "hidden_objects": [], "shared_activities": True,
        "daily_limit": 100_000, "key_fields": False,
    }  # fmt: skip
    calm.ask("/org", {"key_fields": True, **org})
    try:
        ended = twincal("doctor")
    finally:
        calm.ask("/org", as_it_was)
    assert told in ended.said, ended.out
    assert ended.code == (0 if org == {"shared_activities": False} else 1)


@pytest.mark.parametrize(("minutes", "told"), [(12, "12 minutes ahead of it"), (-12, "12 minutes behind it")])
def test_the_doctor_compares_the_clocks(twincal: Twincal, minutes: int, told: str) -> None:
    assert "Exchange clock: agrees" in twincal("doctor").out and "Salesforce clock: agrees" in twincal("doctor").out
    twincal.later = timedelta(minutes=minutes)
    ended = twincal("doctor")
    assert ended.code == 1 and ended.out.count(told) == 2 and "NTP" in ended.out


def test_a_right_that_salesforce_withholds_is_named_by_the_sync(twincal: Twincal, ann: str, calm: Sandbox) -> None:
    calm.book(ann, "Withheld")
    calm.ask("/org", {"revoked": ["EditEvents"]})
    try:
        ended = twincal("sync", "--json")
    finally:
        calm.ask("/org", {"revoked": []})
    (row,) = twincal.does("history", ann, "--json").json
    assert row["tab"] == "unresolved" and row["remedy"], (ended, row)
    twincal.does("retry", ann)
    assert calm.both(ann) == (["Withheld"], ["Withheld"])


def test_a_host_that_is_gone_fails_the_sync_with_its_name(twincal: Twincal, ann: str, calm: Sandbox) -> None:
    calm.ask("/weather", {"transport": {"kinds": ["request_lost"], "tokens": True, "rate": 1.0}})
    told = twincal("sync")
    assert told.code == 1 and "Traceback" not in told.said
    assert ann in told.out and "Salesforce" in told.out
    assert twincal("doctor").code == 1


def test_a_permission_that_is_missing_is_named_by_the_sync(twincal: Twincal, ann: str, calm: Sandbox) -> None:
    calm.ask("/weather", {"graph": {"out_of_scope": [ann]}})
    ended = twincal("sync", "--json")
    assert ended.code == 1
    (person,) = ended.json["people"]
    assert "permission is missing" in person["failure"]["message"] and "twincal doctor" in person["failure"]["remedy"]
    assert "permission is missing" in twincal("sync").out


def test_no_secret_stands_in_the_home_and_nobody_else_may_read_it(twincal: Twincal, ann: str) -> None:
    twincal.does("sync")
    secrets = [twincal.sandbox.said[side]["client_secret"].encode() for side in ("graph", "salesforce")]
    files = [path for path in twincal.home.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"twincal.db", "key", "lock"}
    for path in files:
        assert path.stat().st_mode & 0o777 == 0o600, path
        assert not any(secret in path.read_bytes() for secret in secrets), path
    assert twincal.home.stat().st_mode & 0o777 == 0o700
