"""Ids, change keys and iCalendar uids: opaque, long, case-sensitive, and the same again for the same seed."""

import base64
import hashlib
import re
import struct

_OCCURRENCE = re.compile(r"^(.+)-OC(\d{8}(?:\d{4})?)=$")


class Identity:
    """Makes the ids of one company from its seed and a counter."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._count = 0

    def _digest(self, what: str) -> bytes:
        return hashlib.sha512(f"{self._seed}:{what}".encode()).digest()

    def guid(self, what: str) -> str:
        """A GUID-shaped name for something with a lasting name of its own."""
        text = self._digest(what).hex()
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"

    def new(self, prefix: str, *, slashes: bool = False) -> str:
        """A fresh item id. With `slashes`, plain base64 whose `/` and `+` must be escaped in a path."""
        self._count += 1
        raw = self._digest(f"id{self._count}")
        encode = base64.b64encode if slashes else base64.urlsafe_b64encode
        return prefix + encode(raw + raw[:19]).decode().rstrip("=") + "AAA="

    def uid(self, what: str = "") -> str:
        """A fresh iCalendar uid, or the lasting one of a meeting known by `what`."""
        self._count += not what
        return "040000008200E00074C5B7101A82E008" + self._digest(f"uid{what or self._count}")[:28].hex().upper()

    def change_key(self, version: int) -> str:
        """The change key of a version."""
        return base64.b64encode(self._digest("key")[:12] + struct.pack(">Q", version)[4:] + b"\x00\x00").decode()


def occurrence_id(master_id: str, slot: str) -> str:
    """The id of one instance."""
    return f"{master_id.rstrip('=')}-OC{slot}="


def parted(event_id: str) -> tuple[str, str | None]:
    """The master's id and the slot that an instance's id is made of; any other id as it is."""
    found = _OCCURRENCE.match(event_id)
    return (found.group(1) + "=", found.group(2)) if found else (event_id, None)
