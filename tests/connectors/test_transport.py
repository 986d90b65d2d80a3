"""HTTP out over real sockets: what a hostile, broken or absent host is told as."""

import asyncio
import contextlib
import gzip
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from twincal.connectors.inprocess import InProcessTransport
from twincal.connectors.transport import HttpTransport, Unpacking
from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side
from twincal.errors import TwincalError, WrongInput
from twincal.ports import Reply

Respond = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


class Host:
    """A server that answers raw bytes; `asked` are the heads and bodies of what it was asked."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self.asked: list[bytes] = []
        self.port = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
            )
            self.asked.append(head + await reader.readexactly(length))
            await self._respond(self.asked[-1], writer)
            await writer.drain()
        writer.close()

    @contextlib.asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
        """The address under which it answers."""
        server = await asyncio.start_server(self, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"


def saying(raw: bytes) -> Host:
    """A host that says this and hangs up."""

    async def respond(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)

    return Host(respond)


def http(body: bytes, *headers: str, length: int | None = None, status: str = "200 OK") -> bytes:
    told = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers, "Connection: close"]
    return "\r\n".join([*told, "", ""]).encode() + body


async def sent(host: Host, tls: ssl.SSLContext | None = None, *, ca: Path | None = None, **limits: Any) -> Reply:
    async with host.running(tls) as address, HttpTransport(Side.EXCHANGE, ca_file=ca, **limits) as transport:
        return await transport.send("POST", f"{address}/v1.0/x?$top=1", headers={"X-Own": "1"}, body=b'{"a":1}')


async def fault_of(host: Host, tls: ssl.SSLContext | None = None, **limits: Any) -> VendorFault:
    with pytest.raises(VendorFault) as told:
        await sent(host, tls, **limits)
    assert told.value.side is Side.EXCHANGE
    return told.value


async def test_a_request_goes_out_as_it_is_and_its_answer_comes_back() -> None:
    host = saying(http(b'{"ok":true}', "X-Mixed-Case: Yes"))
    reply = await sent(host)
    assert (reply.status, reply.body, reply.headers["x-mixed-case"]) == (200, b'{"ok":true}', "Yes")
    head, body = host.asked[0].split(b"\r\n\r\n")
    assert head.startswith(b"POST /v1.0/x?$top=1 HTTP/1.1")
    assert b"X-Own: 1" in head
    assert b"Accept-Encoding: gzip\r\n" in head + b"\r\n"
    assert body == b'{"a":1}'


async def test_an_answer_of_failure_is_an_answer() -> None:
    assert (await sent(saying(http(b"no", status="503 Service Unavailable")))).status == 503


async def test_a_redirection_is_not_followed() -> None:
    reply = await sent(saying(http(b"", "Location: http://127.0.0.1:1/", status="302 Found")))
    assert reply.status == 302


async def test_a_packed_answer_is_unpacked() -> None:
    text = b"twincal " * 10_000
    assert (await sent(saying(http(gzip.compress(text), "Content-Encoding: gzip")))).body == text


async def test_an_empty_packed_answer_is_empty() -> None:
    assert (await sent(saying(http(b"", "Content-Encoding: gzip")))).body == b""


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (gzip.compress(b"x" * 100_000)[:-20], "too early"),
        (gzip.compress(b"twincal" * 999)[:30], "too early"),
        (b"this is no gzip", "unpacked"),
        (gzip.compress(b"twincal" * 999)[:20] + b"\xff" * 40, "unpacked"),
        (zlib.compress(b"x"), "unpacked"),
        (gzip.compress(bytes(4_000_000)), "too large when unpacked"),
        (gzip.compress(bytes(range(256)) * 16, compresslevel=0), "too large"),
    ],
    ids=["cut short", "cut very short", "no gzip", "broken inside", "zlib", "a bomb", "long"],
)
async def test_a_packed_answer_that_cannot_be_trusted_is_a_bad_answer(body: bytes, word: str) -> None:
    fault = await fault_of(saying(http(body, "Content-Encoding: gzip")), most_wire=4_000, most_plain=1_000_000)
    assert fault.code is FaultCode.BAD_ANSWER
    assert word in fault.detail


async def test_a_plain_answer_that_is_too_large_is_a_bad_answer() -> None:
    assert (await fault_of(saying(http(b"x" * 5_000)), most_wire=4_000)).code is FaultCode.BAD_ANSWER


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(bytes(64 << 20))
    body = Unpacking(packed=True, most_wire=1 << 20, most_plain=1 << 20)
    with pytest.raises(ValueError, match="too large when unpacked"):
        body.take(bomb)
    assert sum(len(part) for part in body._parts) <= 1 << 20


def test_pieces_of_any_size_make_the_same_body() -> None:
    text = bytes(range(256)) * 40
    packed = gzip.compress(text)
    for size in (1, 7, 1000):
        body = Unpacking(packed=True, most_wire=1 << 20, most_plain=1 << 20)
        for first in range(0, len(packed), size):
            body.take(packed[first : first + size])
        assert body.whole() == text


async def test_who_does_not_listen_is_unavailable() -> None:
    host = saying(b"")
    async with host.running() as address:
        pass
    async with HttpTransport(Side.EXCHANGE) as transport:
        with pytest.raises(VendorFault) as told:
            await transport.send("GET", address, headers={})
    assert told.value.code is FaultCode.UNAVAILABLE


async def test_a_host_that_has_no_name_is_unavailable() -> None:
    async with HttpTransport(Side.SALESFORCE) as transport:
        with pytest.raises(VendorFault) as told:
            await transport.send("GET", "http://no-such-host.invalid/", headers={})
    assert told.value.code is FaultCode.UNAVAILABLE


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        http(b"half", length=100),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"this is no HTTP\r\n\r\n",
    ],
)
async def test_an_answer_cut_short_leaves_open_what_was_carried_out(raw: bytes) -> None:
    assert (await fault_of(saying(raw))).code is FaultCode.NO_REPLY


async def test_a_host_that_never_answers_leaves_open_what_was_carried_out() -> None:
    async def respond(_: bytes, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    assert (await fault_of(Host(respond), timeout=0.3)).code is FaultCode.NO_REPLY


@pytest.mark.parametrize("address", ["no address", "http://", "https://[::1", "ftp://127.0.0.1/"])
async def test_what_is_no_address_is_told(address: str) -> None:
    async with HttpTransport(Side.EXCHANGE) as transport:
        with pytest.raises(TwincalError) as told:
            await transport.send("GET", address, headers={})
    assert isinstance(told.value, WrongInput | VendorFault)


@pytest.fixture
def own_tls(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's certificate that no authority has signed, and the file that says to trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, now - timedelta(days=1), now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    pem, own = tmp_path / "own.pem", tmp_path / "key.pem"
    pem.write_bytes(certificate)
    own.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem, own)
    return tls, pem


async def test_a_certificate_nobody_trusts_is_refused_before_anything_is_sent(own_tls: tuple[ssl.SSLContext, Path]) -> None:
    host = saying(http(b"ok"))
    fault = await fault_of(host, own_tls[0])
    assert fault.code is FaultCode.UNAVAILABLE
    assert "certificate is not trusted; TWINCAL_CA_FILE" in fault.detail
    assert host.asked == []


async def test_an_authority_of_ones_own_may_be_trusted(own_tls: tuple[ssl.SSLContext, Path]) -> None:
    tls, pem = own_tls
    assert (await sent(saying(http(b"ok")), tls, ca=pem)).body == b"ok"


async def test_a_file_of_authorities_that_is_none_is_told(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    for file in (wrong, tmp_path / "absent.pem"):
        with pytest.raises(WrongInput):
            await sent(saying(http(b"ok")), ca=file)


async def test_closing_twice_is_closing() -> None:
    transport = HttpTransport(Side.EXCHANGE)
    await transport.aclose()
    await transport.aclose()


class TestInProcess:
    async def test_an_application_is_asked_as_over_a_socket(self) -> None:
        seen: list[object] = []

        async def app(scope: object, receive: object, send: object) -> None:
            assert isinstance(scope, dict)
            seen.append(
                (scope["method"], scope["path"], scope["raw_path"], scope["query_string"], dict(scope["headers"])[b"x-own"])
            )
            seen.extend([await receive(), await receive()])  # type: ignore[operator]
            await send({"type": "http.response.start", "status": 201, "headers": [(b"X-Part", b"1")]})  # type: ignore[operator]
            await send({"type": "http.response.body", "body": b"a", "more_body": True})  # type: ignore[operator]
            await send({"type": "http.response.body", "body": b"b"})  # type: ignore[operator]

        transport = InProcessTransport(Side.EXCHANGE, app)
        reply = await transport.send("POST", "https://h.example/a%2Fb?q=%20", headers={"X-Own": "1"}, body=b"in")
        assert (reply.status, reply.headers, reply.body) == (201, {"x-part": "1"}, b"ab")
        assert seen[0] == ("POST", "/a/b", b"/a%2Fb", b"q=%20", b"1")
        assert seen[1:] == [{"type": "http.request", "body": b"in", "more_body": False}, {"type": "http.disconnect"}]

    async def test_what_fails_after_its_answer_has_answered(self) -> None:
        async def app(scope: object, receive: object, send: Callable[[object], Awaitable[None]]) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"a"})
            await send({"type": "http.response.trailers", "headers": []})
            raise RuntimeError

        reply = await InProcessTransport(Side.EXCHANGE, app).send("GET", "https://h.example/", headers={})  # type: ignore[arg-type]
        assert (reply.status, reply.body) == (200, b"a")

    @pytest.mark.parametrize("how", ["fails", "silent", "half", "hangs up"])
    async def test_an_answer_that_does_not_come_leaves_open_what_was_carried_out(self, how: str) -> None:
        async def app(
            scope: dict[str, dict[str, Callable[[object], None]]], receive: object, send: Callable[[object], Awaitable[None]]
        ) -> None:
            if how == "fails":
                raise RuntimeError
            if how == "silent":
                return
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"a", "more_body": how == "half"})
            if how == "hangs up":
                scope["extensions"]["twincal.hang_up"](None)

        with pytest.raises(VendorFault) as told:
            await InProcessTransport(Side.EXCHANGE, app).send("GET", "https://h.example/", headers={})  # type: ignore[arg-type]
        assert told.value.code is FaultCode.NO_REPLY
