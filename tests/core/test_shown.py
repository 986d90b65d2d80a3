"""Values of fields as people read them."""

from datetime import timedelta

import pytest

from twincal.core.fields import shown_length


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=14, minutes=1), "14 days 1 minute"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=1, hours=1, minutes=30), "1 day 1 hour 30 minutes"),
        (timedelta(days=17), "17 days"),
        (timedelta(hours=26, seconds=59), "1 day 2 hours 59 seconds"),
        (timedelta(days=14, seconds=1), "14 days 1 second"),
        (timedelta(), "0 minutes"),
    ],
)
def test_a_length_never_reads_like_the_limit_it_exceeds(length: timedelta, words: str) -> None:
    assert shown_length(length) == words
