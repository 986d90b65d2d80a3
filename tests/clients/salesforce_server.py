"""The Salesforce sandbox on real sockets, for clients nobody here wrote."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, socket

import uvicorn

from twincal.sandbox.salesforce import Org, salesforce_app


@contextmanager
def served(org: Org, certificate: Path | None = None) -> Iterator[int]:
    """Serve an org from a thread, over TLS with a certificate; yields the port."""
    listener = socket(AF_INET, SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    app = salesforce_app(org)
    config = uvicorn.Config(app, log_level="critical", lifespan="off", ssl_certfile=certificate, ssl_keyfile=certificate)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield int(listener.getsockname()[1])
    finally:
        # Clients keep idle TLS connections, whose orderly goodbye would take half a minute.
        server.should_exit = server.force_exit = True
        thread.join()
        listener.close()
