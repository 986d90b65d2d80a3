"""The installation's key: where it stands, and how another takes its place while everything goes on.

It is never in the database. It stands in the file `key` of the data directory, or in the environment variable TWINCAL_KEY
(32 bytes, base64). While another takes its place there are two: in the file a line each, the one to seal with first; in
the environment the former one in TWINCAL_KEY_FORMER.
"""

import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from pathlib import Path

from twincal.errors import WrongInput
from twincal.store.home import KEY, PRIVATE_FILE, usable

VARIABLE, FORMER = "TWINCAL_KEY", "TWINCAL_KEY_FORMER"
KEY_BYTES = 32

Keys = Callable[[], Sequence[bytes]]
"""The keys as they are now: the one to seal with first, then those that may still open something."""


def keys_of(folder: Path) -> Sequence[bytes]:
    """The keys of a data directory; one is made on first use. Raises HomeUnusable, WrongInput."""
    given = os.environ.get(VARIABLE)
    if given:
        former = os.environ.get(FORMER)
        return [_decoded(given, _variable(VARIABLE)), *([_decoded(former, _variable(FORMER))] if former else [])]
    path = folder / KEY
    with usable(folder):
        if not path.exists():
            write_keys(path, [os.urandom(KEY_BYTES)])
        lines = path.read_text(errors="replace").split()
    return [_decoded(line, f"The file {path}") for line in lines or [""]]


def write_keys(path: Path, keys: Sequence[bytes]) -> None:
    """Write the key file anew, whole or not at all, for the owner alone."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        os.fchmod(handle, PRIVATE_FILE)
        os.write(handle, b"".join(b64encode(key) + b"\n" for key in keys))
        os.fsync(handle)
        fresh.rename(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def _variable(name: str) -> str:
    return f"The environment variable {name}"


def _decoded(text: str, where: str) -> bytes:
    try:
        key = b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise WrongInput(f"{where} does not hold a key of {KEY_BYTES} bytes in base64.", "Restore it from where it was kept.")
    return key
