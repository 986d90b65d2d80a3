"""HTTP out, by aiohttp: capped, patient for a while, and honest about what may have been carried out."""

import asyncio
import ssl
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from twincal.core.faults import FaultCode, VendorFault
from twincal.core.vocabulary import Side
from twincal.errors import WrongInput
from twincal.ports import Reply, Transport

TIMEOUT = 60.0
"""Seconds for a whole request, the answer read."""
MOST_WIRE, MOST_PLAIN = 32 << 20, 128 << 20
"""Bytes of an answer as it comes and when it is unpacked: a bomb is refused before it fills the memory."""
CHUNK = 1 << 16
IN_FLIGHT = 64


class Unpacking:
    """The body of an answer as it arrives, packed by gzip or plain, never larger than it may be.

    `take` and `whole` raise ValueError when it grows too large, is no gzip, or ends too early.
    """

    def __init__(self, *, packed: bool, most_wire: int, most_plain: int) -> None:
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS) if packed else None
        self._parts: list[bytes] = []
        self._wire, self._plain = most_wire, most_plain

    def take(self, chunk: bytes) -> None:
        """One more piece of the wire."""
        self._wire -= len(chunk)
        if self._wire < 0:
            raise ValueError("the answer is too large")
        part = self._unpacked(chunk)
        self._plain -= len(part)
        if self._plain < 0:
            raise ValueError("the answer is too large when unpacked")
        self._parts.append(part)

    def _unpacked(self, chunk: bytes) -> bytes:
        if self._inflate is None:
            return chunk
        try:
            return self._inflate.decompress(chunk, self._plain + 1)
        except zlib.error as error:
            raise ValueError("the answer cannot be unpacked") from error

    def whole(self) -> bytes:
        """The body."""
        if self._inflate is not None and self._parts and not self._inflate.eof:
            raise ValueError("the answer ends too early")
        return b"".join(self._parts)


class HttpTransport:
    """The `Transport` port on real sockets, for one side. `ca_file` names authorities to trust besides the system's."""

    def __init__(
        self,
        side: Side,
        *,
        ca_file: Path | None = None,
        timeout: float = TIMEOUT,
        most_wire: int = MOST_WIRE,
        most_plain: int = MOST_PLAIN,
    ) -> None:
        self._side = side
        self._ca_file = ca_file
        self._most_wire, self._most_plain = most_wire, most_plain
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=min(timeout, 15.0))
        self._session: aiohttp.ClientSession | None = None

    async def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Send one request and read the whole answer.

        Raises VendorFault: UNAVAILABLE when nothing can have been carried out (no connection), NO_REPLY when it may have
        been, BAD_ANSWER when the answer is larger than any answer may be or cannot be unpacked.
        """
        wanted = {"Accept-Encoding": "gzip", **headers}
        try:
            async with self._opened().request(method, url, headers=wanted, data=body or None, allow_redirects=False) as answer:
                told = {name.lower(): value for name, value in answer.headers.items()}
                return Reply(status=answer.status, headers=told, body=await self._read(answer, told))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise VendorFault(self._side, FaultCode.UNAVAILABLE, _kind(error)) from error
        except aiohttp.InvalidURL as error:
            raise WrongInput(f"{self._side.phrase}: the address it is reached by is no address.", "Connect it again.") from error
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise VendorFault(self._side, FaultCode.NO_REPLY, _kind(error)) from error

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=IN_FLIGHT, ssl=trust(self._ca_file) if self._ca_file else True)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=self._timeout, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    async def _read(self, answer: aiohttp.ClientResponse, headers: Mapping[str, str]) -> bytes:
        packed = headers.get("content-encoding", "") == "gzip"
        body = Unpacking(packed=packed, most_wire=self._most_wire, most_plain=self._most_plain)
        try:
            async for chunk in answer.content.iter_chunked(CHUNK):
                body.take(chunk)
            return body.whole()
        except ValueError as error:
            raise VendorFault(self._side, FaultCode.BAD_ANSWER, str(error)) from error

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None
            await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()


class WhileLeased:
    """Another transport that sends nothing while `may_send` says no, so that who lost the right to write does not write
    beside its new holder. Then `send` raises VendorFault UNAVAILABLE: nothing was carried out. What `may_send` raises itself,
    because there is nothing to be tried again, goes through."""

    def __init__(self, inner: Transport, side: Side, may_send: Callable[[], bool]) -> None:
        self._inner = inner
        self._side = side
        self._may_send = may_send

    async def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """As the transport behind it."""
        if not self._may_send():
            raise VendorFault(self._side, FaultCode.UNAVAILABLE, "the time for sending is over")
        return await self._inner.send(method, url, headers=headers, body=body)

    async def aclose(self) -> None:
        """Close the transport behind it."""
        await self._inner.aclose()


def _kind(error: BaseException) -> str:
    """The kind of a failure, without the address it happened at."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not trusted; TWINCAL_CA_FILE may name further authorities"
    return type(error).__name__


def trust(ca_file: Path) -> ssl.SSLContext:
    """The system's authorities and those of a file. Raises WrongInput where it cannot be read."""
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cafile=str(ca_file))
        return context
    except (OSError, ssl.SSLError) as error:
        raise WrongInput(f"TWINCAL_CA_FILE {ca_file} cannot be read.", "Name a PEM file with certificates.") from error
