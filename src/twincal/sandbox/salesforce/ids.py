"""Record ids: 15 characters that tell upper from lower case, and three more that make up for readers who do not."""

from functools import lru_cache

from twincal.sandbox.salesforce.errors import SalesforceError

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


@lru_cache(maxsize=200_000)
def checksum(short: str) -> str:
    """Three characters, one for each five: bit i is set when character i is upper case."""
    blocks = (short[start : start + 5] for start in (0, 5, 10))
    return "".join(CHECKS[sum(1 << bit for bit, char in enumerate(block) if "A" <= char <= "Z")] for block in blocks)


def full_id(text: str) -> str | None:
    """The 18-character form of a 15- or 18-character id, or None when the text is none."""
    if len(text) == 18 and text.isalnum() and text.isascii():
        return text[:15] + checksum(text[:15])
    if len(text) == 15 and text.isalnum() and text.isascii():
        return text + checksum(text)
    return None


def checked_id(value: object, label: str, field: str) -> str:
    """The id in its long form; MALFORMED_ID otherwise."""
    found = full_id(value) if isinstance(value, str) else None
    if found is None:
        raise SalesforceError("MALFORMED_ID", f"{label}: id value of incorrect type: {value}", [field])
    return found


class IdMaker:
    """Counts ids up, one counter an object, so that the order of ids is the order of creation."""

    def __init__(self, seed: int) -> None:
        self._pod = DIGITS[10 + seed % 26] + DIGITS[36 + seed // 26 % 26]
        self._last: dict[str, int] = {}

    def make(self, prefix: str) -> str:
        """The next 18-character id with this key prefix."""
        number = self._last[prefix] = self._last.get(prefix, 0) + 1
        digits = ""
        while number:
            number, digit = divmod(number, 62)
            digits = DIGITS[digit] + digits
        short = f"{prefix}{self._pod}{digits:0>10}"
        return short + checksum(short)
