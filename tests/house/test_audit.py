"""The audit against a database of the test: it reports, it is clean, and it never takes silence for an answer."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tools import audit

Json = dict[str, Any]
KNOWN = {("jinja2", "2.4.1"): ["PYSEC-CANARY"]}


def answering(known: dict[tuple[str, str], list[str]]) -> Callable[[Json], tuple[int, Any]]:
    """An honest database."""

    def answer(body: Json) -> tuple[int, Any]:
        ids = [known.get((one["package"]["name"], one["version"]), []) for one in body["queries"]]
        return 200, {"results": [{"vulns": [{"id": ident} for ident in found]} if found else {} for found in ids]}

    return answer


@contextmanager
def database(answer: Callable[[Json], tuple[int, Any]]) -> Iterator[str]:
    """A database on a free port; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, told = answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            raw = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def outcome(answer: Callable[[Json], tuple[int, Any]], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit code and words of an audit against this database."""
    with database(answer) as address:
        code = audit.main(["--database", address])
    return code, capsys.readouterr().out


def test_nothing_known_and_the_canary_reported_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = outcome(answering(KNOWN), capsys)
    assert code == 0
    assert f"{len(audit.locked())} versions, canary reported, 0 vulnerabilities." in said


def test_every_locked_version_is_asked_for_with_a_canary_in_every_question() -> None:
    seen: list[list[tuple[str, str]]] = []

    def noting(body: Json) -> tuple[int, Any]:
        seen.append([(one["package"]["name"], one["version"]) for one in body["queries"]])
        return answering(KNOWN)(body)

    many = [(f"package-{number}", "1.0") for number in range(450)]
    with database(noting) as address:
        assert set(audit.asked(address, many)) == set(many)
    assert [len(question) for question in seen] == [201, 201, 51]
    assert all(audit.CANARY in question for question in seen)


def test_a_vulnerable_version_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    [aiohttp] = [pin for pin in audit.locked() if pin[0] == "aiohttp"]
    code, said = outcome(answering({**KNOWN, aiohttp: ["GHSA-aaaa", "GHSA-bbbb"]}), capsys)
    assert code == 1
    assert f"aiohttp {aiohttp[1]}: GHSA-aaaa" in said and "GHSA-bbbb" in said


@pytest.mark.parametrize(
    "answer",
    [
        answering({}),
        lambda body: (200, {"results": []}),
        lambda body: (200, {}),
        lambda body: (200, []),
        lambda body: (200, b"<html>Please sign in</html>"),
        lambda body: (200, b""),
        lambda body: (403, b"no"),
        lambda body: (503, {"results": [{} for _ in body["queries"]]}),
        lambda body: (200, {"results": [{"next_page_token": "again"} for _ in body["queries"]]}),
    ],
    ids=["knows nothing", "empty", "nothing", "list", "portal", "silence", "refused", "failing", "endless"],
)
def test_a_database_that_does_not_know_the_canary_was_not_asked(
    answer: Callable[[Json], tuple[int, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = outcome(answer, capsys)
    assert code == 1
    assert said.startswith("Not audited: ") and "0 vulnerabilities" not in said


def test_a_database_out_of_reach_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with database(answering(KNOWN)) as address:
        pass
    assert audit.main(["--database", address]) == 1
    assert "could not be asked" in capsys.readouterr().out
    assert audit.main(["--database", "file:///dev"]) == 1
    assert "is no web address" in capsys.readouterr().out


def test_further_pages_are_read() -> None:
    def paged(body: Json) -> tuple[int, Any]:
        told = []
        for one in body["queries"]:
            later = "page_token" in one
            told.append({"vulns": [{"id": "second" if later else "first"}], **({} if later else {"next_page_token": "2"})})
        return 200, {"results": told}

    with database(paged) as address:
        assert audit.asked(address, [("one", "1")]) == {("one", "1"): ["first", "second"]}


TODAY = date(2026, 11, 23)
FOUND = {("one", "1.0"): ["GHSA-x"]}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 1),
        ("GHSA-x one until 2026-11-23 because we do not call it", 0),
        ("GHSA-x one until 2026-11-22 because we do not call it", 1),
        ("GHSA-x other until 2026-12-31 because we do not call it", 1),
        ("# GHSA-x one until 2026-12-31 because it is a comment", 1),
    ],
)
def test_what_is_accepted_has_a_day_and_a_package(text: str, code: int) -> None:
    assert audit.told(FOUND, audit.acceptances(text), 1, TODAY) == code


def test_an_acceptance_without_a_reason_or_without_need_fails() -> None:
    with pytest.raises(audit.NotAudited, match="without a reason"):
        audit.acceptances("GHSA-x one until 2026-12-31")
    assert audit.told({}, audit.acceptances("GHSA-x one until 2026-12-31 because of it"), 1, TODAY) == 1


def test_the_file_of_the_clone_can_be_read() -> None:
    audit.acceptances((audit.REQUIREMENTS / "accepted.txt").read_text(encoding="utf-8"))
