"""`./dev fuzz [--examples N] [PYTEST ARGUMENTS]`: look for trouble N times as long as the tests do, with examples that are new."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence

from tests.fuzz.budget import VARIABLE

TIMES = 20.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tests of tests/fuzz with this budget; their exit code."""
    parser = argparse.ArgumentParser(prog="./dev fuzz", description="the tests of tests/fuzz with a larger budget")
    parser.add_argument("--examples", type=float, default=TIMES, metavar="N", help=f"times the ordinary number (default {TIMES:g})")
    given, rest = parser.parse_known_args(arguments)
    command = [sys.executable, "-m", "pytest", "-q", "tests/fuzz", *rest]
    return subprocess.run(command, env={**os.environ, VARIABLE: f"{given.examples:g}"}).returncode


if __name__ == "__main__":
    sys.exit(main())
