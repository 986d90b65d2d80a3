"""What was written, in words."""

from twincal.core.writes import Values
from twincal.engine.timeline import NAMES, OTHERS


def test_every_field_that_can_be_written_has_a_name_that_people_read() -> None:
    assert {*NAMES, *OTHERS} == set(Values.__struct_fields__)
