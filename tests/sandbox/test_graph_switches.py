"""Every switch of the Exchange side is turned by a test."""

import re
from dataclasses import fields
from pathlib import Path

from twincal.sandbox.exchange import ExchangeQuirks


def test_every_switch_is_turned_somewhere() -> None:
    texts = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_graph_*.py"))
    texts += (Path(__file__).parent / "test_exchange_meetings.py").read_text(encoding="utf-8")
    idle = [each.name for each in fields(ExchangeQuirks) if not re.search(rf"\b{each.name}\b *(=|,)", texts)]
    assert idle == []
