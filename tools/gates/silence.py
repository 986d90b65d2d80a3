"""Silence: a finding of the linter's security rules is answered with a reason, or it stands."""

import re

from tools.gates.rule import Found, Rule, Source

QUIETED = re.compile(r"#\s*noqa(?::\s*(?P<codes>[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*))?(?P<reason>.*)$", re.IGNORECASE)
SECURITY = re.compile(r"\bS\d{3}\b")
WORDS = re.compile(r"[a-zA-Z]{3,}.*[a-zA-Z]{3,}")


def unexplained(source: Source) -> Found:
    """A line on which the linter was told to be silent, and not why."""
    for number, line in enumerate(source.text.splitlines(), 1):
        found = QUIETED.search(line)
        if "nosec" in line.lower():
            yield number, "answer what the linter found, with its code and the reason"
        elif found and found["codes"] is None:
            yield number, "the linter is told what to be silent about"
        elif found and SECURITY.search(found["codes"]) and not WORDS.search(found["reason"]):
            yield number, "a finding of security is answered with its reason"


RULES = (
    Rule(
        code="silence",
        about="no finding of security is silenced without a reason",
        rooms=("src/", "tools/", "dev"),
        find=unexplained,
        canaries=(
            "run(words, shell=True)  # noqa: S602",
            "run(words, shell=True)  # noqa: S602, S607 - ok",
            "run(words, shell=True)  # noqa",
            "run(words, shell=True)  # nosec",
        ),
        calm=("SECRET = 'x'  # noqa: S105 - a sandbox keeps no secrets", "day = datetime(2026, 1, 1)  # noqa: DTZ001"),
    ),
)
