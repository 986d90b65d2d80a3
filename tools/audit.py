"""`./dev audit`: are the locked versions known to be vulnerable? Asks a database that speaks OSV, with a canary in every question.

A version that everybody knows to be vulnerable stands in each question. Where the answer does not report it, nobody has
looked, and the outcome is "not audited" with exit code 1: silence is no absolution.

What is known and accepted stands in requirements/accepted.txt, a line each: ID NAME until YYYY-MM-DD because REASON.
"""

import argparse
import json
import os
import re
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
LOCKS = ("uv.txt", "dev.lock", "runtime.lock")
DATABASE = "https://api.osv.dev"
VARIABLE = "TWINCAL_AUDIT_DATABASE"
"""Another address of the database, such as a mirror of one's own."""
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
ACCEPTED = re.compile(r"^(\S+) (\S+) until (\d{4}-\d\d-\d\d) because \S.*$")
CANARY = ("jinja2", "2.4.1")
"""Vulnerable in the database's own example (google.github.io/osv.dev, POST /v1/querybatch)."""
AT_ONCE = 200
PATIENCE = 30.0
"""Seconds for one answer."""
MOST_ANSWER = 16 << 20
MOST_PAGES = 20

Package = tuple[str, str]
"""Name and version."""


class NotAudited(Exception):
    """The database gave no answer that says anything; the message says what came instead."""


@dataclass(frozen=True)
class Acceptance:
    """Somebody has looked at a vulnerability and lives with it, for a while."""

    vulnerability: str
    package: str
    until: date


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask and tell: 0 when nothing is known against any version, 1 when something is, or when nobody could be asked."""
    parser = argparse.ArgumentParser(prog="./dev audit", description="known vulnerabilities of the locked versions")
    parser.add_argument("--database", default=os.environ.get(VARIABLE, DATABASE), help="address of a database that speaks OSV")
    given = parser.parse_args(arguments)
    packages = locked()
    try:
        known = asked(given.database, packages)
        accepted = acceptances((REQUIREMENTS / "accepted.txt").read_text(encoding="utf-8"))
    except NotAudited as failure:
        print(f"Not audited: {failure}. This says nothing about the {len(packages)} locked versions.")
        return 1
    return told(known, accepted, len(packages), datetime.now(UTC).date())


def locked() -> list[Package]:
    """Every version that any lock names, once."""
    pins = {pin for name in LOCKS for pin in PIN.findall((REQUIREMENTS / name).read_text(encoding="utf-8"))}
    return sorted(pins)


def acceptances(text: str) -> list[Acceptance]:
    """The lines of the file. Raises NotAudited for a line that gives no reason or no day."""
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        if line.startswith("#"):
            continue
        parts = ACCEPTED.match(line)
        if parts is None:
            raise NotAudited(f"requirements/accepted.txt has a line without a reason or a day: {line!r}")
        found.append(Acceptance(parts[1], parts[2].lower(), date.fromisoformat(parts[3])))
    return found


def asked(database: str, packages: Sequence[Package]) -> dict[Package, list[str]]:
    """What the database knows against each version. Raises NotAudited, also when it knows nothing against the canary."""
    known: dict[Package, list[str]] = {}
    for start in range(0, len(packages), AT_ONCE):
        some = [*packages[start : start + AT_ONCE], CANARY]
        answer = _complete(database, some)
        if not answer.pop(CANARY):
            raise NotAudited(f"the database does not report {'=='.join(CANARY)}, which is known to be vulnerable")
        known |= answer
    return known


def _complete(database: str, packages: Sequence[Package]) -> dict[Package, list[str]]:
    """The ids for each version, all pages of them."""
    found: dict[Package, list[str]] = {package: [] for package in packages}
    wanted: list[tuple[Package, str]] = [(package, "") for package in packages]
    for _ in range(MOST_PAGES):
        results = _results(database, wanted)
        further: list[tuple[Package, str]] = []
        for (package, _), result in zip(wanted, results, strict=True):
            found[package] += [str(one["id"]) for one in result.get("vulns") or ()]
            if result.get("next_page_token"):
                further.append((package, str(result["next_page_token"])))
        if not further:
            return found
        wanted = further
    raise NotAudited("the answer has no end")


def _results(database: str, wanted: Sequence[tuple[Package, str]]) -> list[Mapping[str, Any]]:
    queries = [
        {"package": {"ecosystem": "PyPI", "name": name}, "version": version, **({"page_token": page} if page else {})}
        for (name, version), page in wanted
    ]
    answer = _posted(f"{database.rstrip('/')}/v1/querybatch", {"queries": queries})
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list) or len(results) != len(queries) or not all(isinstance(one, dict) for one in results):
        raise NotAudited("the database answers something else than was asked")
    return results


def _posted(url: str, body: Any) -> Any:
    if urlsplit(url).scheme not in ("https", "http"):
        raise NotAudited(f"{url} is no web address")
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310 - see above
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - the scheme is looked at above
            raw = answer.read(MOST_ANSWER + 1)
            if len(raw) > MOST_ANSWER:
                raise NotAudited("the answer is larger than any answer may be")
            return json.loads(raw)
    except (URLError, OSError, ValueError) as failure:
        reason = getattr(failure, "reason", None) or failure
        raise NotAudited(f"the database at {urlsplit(url).netloc} could not be asked ({reason})") from failure


def told(known: Mapping[Package, Sequence[str]], accepted: Sequence[Acceptance], count: int, today: date) -> int:
    """Say what was found; 1 when something stands that nobody has accepted, or an acceptance that nothing needs."""
    standing = {(one.vulnerability, one.package) for one in accepted if one.until >= today}
    found = [(name, version, one) for (name, version), ids in sorted(known.items()) for one in ids]
    refused = [entry for entry in found if (entry[2], entry[0].lower()) not in standing]
    idle = {(one.vulnerability, one.package) for one in accepted} - {(one, name.lower()) for name, _, one in found}
    for name, version, one in refused:
        print(f"{name} {version}: {one}")
    for vulnerability, name in sorted(idle):
        print(f"requirements/accepted.txt: {vulnerability} of {name} is no longer reported; take it away")
    accepted_count = len(found) - len(refused)
    print(
        f"{count} versions, canary reported, {len(refused)} vulnerabilities" + (f", {accepted_count} accepted." if found else ".")
    )
    return 1 if refused or idle else 0


if __name__ == "__main__":
    sys.exit(main())
