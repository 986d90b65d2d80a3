"""Clients for Node against the sandbox: jsforce over plain HTTP, Microsoft's Graph client over TLS."""

import asyncio
import json
import os
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.clients.salesforce_server import served
from tests.sandbox.salesforce_company import CLIENT_ID, SECRET, company
from twincal.sandbox.serve import Sandbox

SCRIPTS = Path(__file__).parent / "jsforce"
PACKAGES = ("jsforce@3.10.8", "@microsoft/microsoft-graph-client@3.0.7")


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the clients installed; without Node, npm or their registry the tests skip and say so."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            pytest.skip(f"NOT TESTED: {tool} is not installed")
    folder = tmp_path_factory.mktemp("node")
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"NOT TESTED: npm could not install {', '.join(PACKAGES)}: {done.stderr[-300:]}")
    for script in SCRIPTS.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


async def run(folder: Path, script: str, **environment: str) -> dict[str, Any]:
    """What a script found; its own words when it failed."""
    process = await asyncio.create_subprocess_exec(
        "node", script, cwd=folder, env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()[-2000:]
    found: dict[str, Any] = json.loads(out)
    return found


async def test_jsforce(workshop: Path) -> None:
    there = company(page_size=200)
    with served(there.org) as port:
        base = f"http://127.0.0.1:{port}"
        found = await run(workshop, "check.mjs", LOGIN_URL=base, CLIENT_ID=CLIENT_ID, CLIENT_SECRET=SECRET)
    assert found["instanceUrl"] == base
    assert (found["created"], found["many"], found["changed"], found["removed"]) == (True, 450, 150, True)
    assert (found["fetched"], found["renamed"], found["owner"]) == (451, 150, "Inte Gration")
    assert found["fields"] == len(there.org.records.schema["event"].fields)
    assert found["limit"] == found["usage"]["limit"] == 100_000
    assert found["usage"]["used"] > 5
    assert found["refusal"]["code"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert sum(not row["IsDeleted"] for row in there.org.records.storage["Event"].rows.values()) == 450


async def test_the_graph_client(workshop: Path) -> None:
    async with Sandbox.running("company", today=date(2027, 3, 1)) as sandbox:
        told, mailbox = sandbox.announcement()["graph"], sandbox.people[0].mailbox
        found = await run(
            workshop, "graph_client.mjs", NODE_EXTRA_CA_CERTS=str(sandbox.certificates.ca_file), BASE_URL=told["tls_base_url"],
            AUTHORITY=told["tls_authority"], CLIENT_ID=told["client_id"], CLIENT_SECRET=told["client_secret"], MAILBOX=mailbox,
        )  # fmt: skip
    assert found["id"] in found["listed"]
    assert found["start"].startswith("2027-03-05T09:00:00")
    assert found["subject"] == "Changed"
    assert found["refusal"]["status"] in {400, 404}
