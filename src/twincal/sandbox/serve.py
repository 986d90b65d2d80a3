"""The sandbox: both vendors' servers with their company, on a plain and a TLS port or in-process."""

import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from twincal.sandbox.certificates import Certificates, make_certificates
from twincal.sandbox.clock import Clock, opening
from twincal.sandbox.control import control_app
from twincal.sandbox.dispatch import dated, dispatching, listening, port_of, serving
from twincal.sandbox.exchange import Exchange
from twincal.sandbox.graph import graph_app
from twincal.sandbox.page import PATH, Calendars, Records
from twincal.sandbox.salesforce import Org, salesforce_app
from twincal.sandbox.switches import to_defaults
from twincal.sandbox.traffic import Traffic
from twincal.sandbox.weather import Weather
from twincal.sandbox.world import (
    CLIENT_ID,
    CLIENT_SECRET,
    CONNECTED_APP,
    CONNECTED_SECRET,
    JWT_USERNAME,
    Employee,
    settle_in,
)

API_VERSION = "67.0"


class Sandbox:
    """Everything on the other side. The state is open to look at: `clock`, `exchange`, `org`, `weather`, `traffic`, `people`.
    `calendars` is its page for people.

    `app` is the whole of it as one ASGI app. Without servers its addresses are those of `http://sandbox.example`.
    """

    def __init__(self, certificates: Certificates, clock: Clock, *, seed: int) -> None:
        self.certificates = certificates
        self.clock = clock
        self.exchange = Exchange(clock, seed=seed)
        self.org = Org(clock, seed=seed)
        self.traffic = Traffic()
        self.weather = Weather(clock)
        self.people: list[Employee] = []
        self.plain_url, self.tls_url = "http://sandbox.example", "https://sandbox.example"
        self.calendars = Calendars(self)
        control = control_app(self, self.calendars.routes(), Records(self.calendars).routes())
        vendors = dispatching(graph_app(self.exchange), salesforce_app(self.org), control)
        self.app = dated(self.traffic.counted(self.weather.around(vendors)), clock)
        self.world = "empty"
        self.seed, self.today = seed, clock.now().date()

    @classmethod
    @contextmanager
    def unserved(
        cls, *, world: str = "company", today: date, seed: int = 1, tick: Callable[[], float] = time.monotonic
    ) -> Iterator["Sandbox"]:
        """A sandbox without ports, for clients that call `app` in-process. Its files are removed at the end."""
        with tempfile.TemporaryDirectory(prefix="twincal-sandbox-") as folder:
            sandbox = cls(make_certificates(Path(folder)), Clock(opening(today), tick=tick), seed=seed)
            sandbox.reset(world, seed=seed, today=today)
            yield sandbox

    @classmethod
    @asynccontextmanager
    async def running(cls, world: str = "company", *, today: date, seed: int = 1, port: int = 0) -> AsyncIterator["Sandbox"]:
        """A sandbox on two ports of this machine, in the present event loop; stops them cleanly at the end.

        `port` is the plain one, 0 for any that is free; the TLS port is always free choice. Raises OSError when the port
        is taken.
        """
        with cls.unserved(world=world, today=today, seed=seed) as sandbox:
            plain, tls = listening(port), listening(0)
            sandbox.plain_url, sandbox.tls_url = f"http://127.0.0.1:{port_of(plain)}", f"https://localhost:{port_of(tls)}"
            async with serving(sandbox.app, [(plain, None), (tls, sandbox.certificates.server_context())]):
                try:
                    yield sandbox
                finally:
                    await sandbox.weather.settle()

    def reset(self, world: str, *, seed: int, today: date) -> None:
        """Everything anew: clock, company, mail, counts, calm weather. Credentials and the tokens given stay valid."""
        self.world, self.seed, self.today = world, seed, today
        # What the company has was made the evening before, at one moment, so that a seed gives the same bytes each time.
        self.clock.hold(opening(today) - timedelta(hours=14))
        self.weather.set([])
        self.exchange.reset()
        self.org.reset()
        to_defaults(self.org.options)
        to_defaults(self.org.quirks)
        self.people = settle_in(self.exchange, self.org, self.certificates, world=world, today=today, seed=seed)
        self.exchange.mail.clear()
        self.traffic.reset()
        self.clock.set(opening(today))

    def send_back(self, *, microsoft: Sequence[str] = (), salesforce: Sequence[str] = ()) -> None:
        """Registers with Twincal's apps the addresses that people who sign in are sent back to; a reset does not forget them.

        Raises ValueError for an address that a vendor would not take.
        """
        self.exchange.register_redirects(CLIENT_ID, microsoft)
        self.org.identity.register_callbacks(CONNECTED_APP, salesforce)

    @property
    def page_url(self) -> str:
        """Where people see both calendars, and change them."""
        return f"{self.plain_url}{PATH}"

    def announcement(self) -> dict[str, Any]:
        """What a script needs to know to use this sandbox: the line that `twincal sandbox` prints."""
        tenant, files = self.exchange.tenant, self.certificates
        return {
            "graph": {
                "base_url": f"{self.plain_url}/v1.0",
                "tls_base_url": f"{self.tls_url}/v1.0",
                "authority": f"{self.plain_url}/{tenant}",
                "tls_authority": f"{self.tls_url}/{tenant}",
                "tenant": tenant,
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
                "certificate_file": str(files.client_file),
            },
            "salesforce": {
                "login_url": self.plain_url,
                "tls_login_url": self.tls_url,
                "instance_url": self.plain_url,
                "client_id": CONNECTED_APP,
                "client_secret": CONNECTED_SECRET,
                "api_version": API_VERSION,
                "jwt_key_file": str(files.jwt_key_file),
                "jwt_username": JWT_USERNAME,
            },
            "ca_file": str(files.ca_file),
            "control_url": f"{self.plain_url}/control",
            "people": [person.row() for person in self.people],
        }
