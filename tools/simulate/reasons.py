"""What takes the branches that the weather does not: the direct tests, and the reasons for what nothing takes."""

from typing import NamedTuple


class Branch(NamedTuple):
    """A way out of a line, told by what stands there: numbers of lines move."""

    file: str
    function: str
    line: str
    then: str


DIRECT = ("tests/connectors", "tests/contract/test_calendar.py", "tests/cli/test_connect.py", "tests/web/test_daily_report.py")
"""The tests that are run under the same eye. A branch that they take is told with the test that takes it."""

REASONS: dict[Branch, str] = {}
"""Why nothing takes a branch that stays in the code. An entry for a branch that is taken, or gone, is wrong."""
