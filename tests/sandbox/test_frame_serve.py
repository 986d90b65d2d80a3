"""The sandbox as a whole: two ports, one in-process app, files, sign-in with keys, and a clean end."""

import asyncio
import socket
import stat
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate

from tests.sandbox.stage import TODAY, staged
from twincal.sandbox.serve import Sandbox

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def content(path: str) -> bytes:
    """What a file of the line holds."""
    return Path(path).read_bytes()


async def test_both_systems_answer_over_tls_that_the_authority_vouches_for() -> None:
    async with staged() as stage:
        secure = stage.line["salesforce"]["tls_login_url"]
        versions = await stage.ask("GET", f"{secure}/services/data")
        assert versions.status == 200
        assert (await stage.ask("GET", f"{stage.line['graph']['tls_base_url']}/users/x/events")).status == 401
        assert (await stage.ask("GET", secure.replace("localhost", "127.0.0.1") + "/services/data")).status == 200
        async with aiohttp.ClientSession() as stranger:
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await stranger.get(f"{secure}/services/data")


async def test_the_instance_is_of_the_scheme_that_was_called() -> None:
    async with staged() as stage:
        line = stage.line["salesforce"]
        form = {"grant_type": "client_credentials", "client_id": line["client_id"], "client_secret": line["client_secret"]}
        for login in (line["login_url"], line["tls_login_url"]):
            reply = await stage.ask("POST", f"{login}/services/oauth2/token", data=form)
            assert reply.json["instance_url"] == login
        assert line["instance_url"] == line["login_url"]


async def test_the_key_of_the_line_signs_in_to_salesforce() -> None:
    async with staged() as stage:
        line = stage.line["salesforce"]
        now = int(stage.sandbox.clock.now().timestamp())
        claims = {"iss": line["client_id"], "sub": line["jwt_username"], "aud": line["login_url"], "exp": now + 180}
        signed = jwt.encode(claims, content(line["jwt_key_file"]), "RS256")
        form = {"grant_type": JWT_BEARER, "assertion": signed}
        reply = await stage.ask("POST", f"{line['login_url']}/services/oauth2/token", data=form)
        assert reply.status == 200
        headers = {"Authorization": f"Bearer {reply.json['access_token']}"}
        path = f"/services/data/v{line['api_version']}/query?q=SELECT+Username+FROM+User"
        found = await stage.ask("GET", path, headers=headers)
        assert [row["Username"] for row in found.json["records"]] == [line["jwt_username"]]


async def test_the_certificate_of_the_line_signs_in_to_graph() -> None:
    async with staged() as stage:
        graph = stage.line["graph"]
        pem = content(graph["certificate_file"])
        endpoint = f"{graph['tls_authority']}/oauth2/v2.0/token"
        now = int(stage.sandbox.clock.now().timestamp())
        claims = {
            "aud": endpoint, "iss": graph["client_id"], "sub": graph["client_id"], "jti": "1", "nbf": now, "iat": now,
            "exp": now + 300,
        }  # fmt: skip
        print_of = jwt.utils.base64url_encode(load_pem_x509_certificate(pem).fingerprint(SHA256())).decode()
        key = pem[pem.index(b"-----BEGIN PRIVATE KEY") :]
        form = {
            "client_id": graph["client_id"], "grant_type": "client_credentials",
            "scope": "https://graph.microsoft.com/.default",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jwt.encode(claims, key, "PS256", headers={"x5t#S256": print_of}),
        }  # fmt: skip
        reply = await stage.ask("POST", endpoint, data=form)
        assert reply.status == 200, reply.json
        assert reply.json["token_type"] == "Bearer"


async def test_files_are_private_and_gone_at_the_end() -> None:
    async with staged() as stage:
        files = [
            Path(stage.line["ca_file"]), Path(stage.line["graph"]["certificate_file"]),
            Path(stage.line["salesforce"]["jwt_key_file"]),
        ]  # fmt: skip
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert {stat.S_IMODE(file.parent.stat().st_mode) for file in files} == {0o700}
    assert not any(file.parent.exists() for file in files)


async def test_a_port_is_kept_freed_at_the_end_and_refused_when_taken() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with Sandbox.running("empty", today=TODAY, port=port) as sandbox:
        assert sandbox.announcement()["control_url"] == f"http://127.0.0.1:{port}/control"
        with pytest.raises(OSError, match="in use"):
            async with Sandbox.running("empty", today=TODAY, port=port):
                pass
    async with Sandbox.running("empty", today=TODAY, port=port):
        pass


async def test_it_ends_promptly_while_clients_still_hold_connections() -> None:
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as http:
        async with Sandbox.running("empty", today=TODAY) as sandbox:
            line = sandbox.announcement()["salesforce"]
            for base in (line["login_url"], line["tls_login_url"]):
                async with http.get(f"{base}/services/data") as answer:
                    assert answer.status == 200
            begin = loop.time()
        assert loop.time() - begin < 1.9


async def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    async with staged() as stage:
        await stage.ask("GET", "/services/data")
        await stage.ask("GET", "/control/nowhere")
    assert capfd.readouterr() == ("", "")


async def test_the_same_app_answers_in_process() -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    with Sandbox.unserved(world="empty", today=TODAY) as sandbox:
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": "/services/data", "raw_path": b"/services/data", "query_string": b"", "root_path": "",
            "headers": [(b"host", b"sandbox.example")], "server": ("sandbox.example", 80), "client": ("test", 1),
        }  # fmt: skip
        await sandbox.app(scope, receive, send)
        assert sent[0]["status"] == 200
        assert b"date" in dict(sent[0]["headers"])
        assert sandbox.traffic.requests("salesforce") == 1


def test_a_world_there_is_not() -> None:
    with pytest.raises(ValueError, match="company, empty"), Sandbox.unserved(world="mars", today=TODAY):
        pass
