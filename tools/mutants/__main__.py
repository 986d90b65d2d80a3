"""`./dev mutants [--engine] [--only NAME] [--seeds N] [--jobs N] [--write]`: is there anything that the tests would not notice?

Without arguments every small change of a rule table is tried; with `--engine` every planted bug. Exit code 1 when one lives
that is not explained, 2 when a patch no longer fits.
"""

import argparse
import sys

from tools.mutants import tables


def main(arguments: list[str]) -> int:
    """Try what the arguments name."""
    given = parser().parse_args(arguments)
    if not given.engine:
        return tables.main()
    from tools.mutants.report import told  # the simulation is not loaded for the tables

    return told(only=given.only, seeds=given.seeds, write=given.write, jobs=given.jobs)


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    found = argparse.ArgumentParser(prog="./dev mutants", description="Changes of the product that the tests must notice.")
    found.add_argument("--engine", action="store_true", help="planted bugs in engine and connectors, instead of the rule tables")
    found.add_argument("--only", metavar="NAME", default="", help="only the bugs whose name contains this")
    found.add_argument("--seeds", metavar="N", type=int, default=400, help="so many worlds a bug (400)")
    found.add_argument("--jobs", metavar="N", type=int, help="so many at once (as many as there are cores)")
    found.add_argument("--write", action="store_true", help="write what was found into docs/planted-bugs.md")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
