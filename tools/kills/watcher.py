"""The watcher, a process of its own: looks at both calendars again and again and writes down every double it sees.

`python -m tools.kills.watcher CONTROL_URL MAILBOX...` prints a line of JSON for each double when it is first seen, and a
last one with the number of looks when its standard input is closed. A double is one token on two items of a side, whether
they are still there or in the recycle bin: what was made twice and taken away again was doubled all the same.
"""

import json
import select
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

from tools.kills.world import token_in

PAUSE = 0.3
"""Seconds between two looks."""


class Sightings:
    """What the watcher saw, once it has ended."""

    def __init__(self) -> None:
        self.looks = 0
        self.doubled: list[str] = []


@contextmanager
def watching(control_url: str, mailboxes: list[str]) -> Iterator[Sightings]:
    """Watch meanwhile; what was seen is known at the end."""
    seen = Sightings()
    command = [sys.executable, "-m", "tools.kills.watcher", control_url, *mailboxes]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield seen
    finally:
        out, _ = process.communicate()
        for told in map(json.loads, out.splitlines()):
            if "looks" in told:
                seen.looks = told["looks"]
            else:
                seen.doubled.append(f"{told['mailbox']}: {told['count']} items {told['token']} in {told['side']}")
    if process.returncode:
        raise RuntimeError("the watcher broke off")


def look(control_url: str, mailbox: str) -> Iterator[tuple[str, str, int]]:
    """Every double at this moment: side, token, how many. Nothing while the world is being made anew."""
    place = urlsplit(control_url)
    connection = HTTPConnection(place.netloc)
    connection.request("GET", f"{place.path}/subjects?mailbox={mailbox}")
    answer = connection.getresponse()
    found = json.loads(answer.read())
    connection.close()
    if answer.status >= 400:
        return
    for side, rows in found.items():
        for token, count in Counter(token_in(row["subject"]) for row in rows).items():
            if count > 1:
                yield side, token, count


def main(control_url: str, *mailboxes: str) -> int:
    """Look until standard input is closed."""
    known, looks = set[tuple[str, str, str]](), 0
    while not select.select([sys.stdin], [], [], PAUSE)[0]:
        for mailbox in mailboxes:
            looks += 1
            for side, token, count in look(control_url, mailbox):
                if (mailbox, side, token) not in known:
                    known.add((mailbox, side, token))
                    print(json.dumps({"mailbox": mailbox, "side": side, "token": token, "count": count}), flush=True)
    print(json.dumps({"looks": looks}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
