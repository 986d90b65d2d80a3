"""Secrets at rest: sealed with AES-256-GCM, each under a key of its own that is wrapped by the installation's key.

Where a secret belongs (tenant, connection, field, version of the key) is associated data of both layers, so that a sealed
secret copied to another place does not open. The installation's key is never in the database: it stands in the file `key`
of the data directory, or in the environment variable TWINCAL_KEY (32 bytes, base64).
"""

import os
from base64 import b64decode, b64encode
from pathlib import Path

from msgspec import Struct
from sqlalchemy import select

from twincal.errors import HomeUnusable, WrongInput
from twincal.store.batches import put_new
from twincal.store.database import Database
from twincal.store.home import KEY, PRIVATE_FILE, usable
from twincal.store.tables import sealed

VARIABLE = "TWINCAL_KEY"
KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16
KEY_VERSION = 1
FINGERPRINT = "fingerprint"


class Place(Struct, frozen=True):
    """Where a secret belongs: the subscription, what it is for, and which of its fields it is."""

    subscription: int
    connection: str
    field: str

    @property
    def associated(self) -> bytes:
        """What is authenticated with the secret."""
        return f"{self.subscription}|{self.connection}|{self.field}|{KEY_VERSION}".encode()


class Sealer:
    """Seals and opens with one installation's key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the key has {KEY_BYTES} bytes")
        self._key = key

    def __repr__(self) -> str:
        return "Sealer(…)"

    def seal(self, secret: bytes, place: Place) -> bytes:
        """The sealed secret: version, wrapped key, secret."""
        own = os.urandom(KEY_BYTES)
        return bytes((KEY_VERSION,)) + _locked(self._key, own, place) + _locked(own, secret, place)

    def open(self, sealed_secret: bytes, place: Place) -> bytes:
        """The secret. Raises HomeUnusable when it was sealed with another key, for another place, or was altered."""
        end = 1 + NONCE_BYTES + KEY_BYTES + TAG_BYTES
        if sealed_secret[:1] != bytes((KEY_VERSION,)) or len(sealed_secret) < end:
            raise _does_not_open(place)
        own = _unlocked(self._key, sealed_secret[1:end], place)
        return _unlocked(own, sealed_secret[end:], place)


def _locked(key: bytes, text: bytes, place: Place) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text, place.associated)


def _unlocked(key: bytes, locked: bytes, place: Place) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(locked[:NONCE_BYTES], locked[NONCE_BYTES:], place.associated)
    except InvalidTag:
        raise _does_not_open(place) from None


def _does_not_open(place: Place) -> HomeUnusable:
    return HomeUnusable(
        f"The stored secret for {place.connection} does not open: it was sealed with another key.",
        f"Put the file `key` (or {VARIABLE}) back that belongs to this data directory, or connect {place.connection} again.",
    )


def sealer_of(folder: Path) -> Sealer:
    """The sealer of a data directory; its key is made on first use. Raises HomeUnusable, WrongInput."""
    given = os.environ.get(VARIABLE)
    if given:
        return Sealer(_decoded(given, f"The environment variable {VARIABLE}"))
    path = folder / KEY
    with usable(folder):
        if not path.exists():
            _make_key(path)
        text = path.read_text(errors="replace")
    return Sealer(_decoded(text, f"The file {path}"))


def _decoded(text: str, where: str) -> bytes:
    try:
        key = b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise WrongInput(f"{where} does not hold a key of {KEY_BYTES} bytes in base64.", "Restore it from where it was kept.")
    return key


def _make_key(path: Path) -> None:
    """Write a new key, whole or not at all, for the owner alone."""
    fresh = path.with_name(f"{KEY}.{os.getpid()}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        os.fchmod(handle, PRIVATE_FILE)
        os.write(handle, b64encode(os.urandom(KEY_BYTES)) + b"\n")
        os.fsync(handle)
        fresh.rename(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def fingerprint_key(database: Database, sealer: Sealer) -> bytes:
    """The key of all prints and stamps of this installation: made once, kept sealed. Raises HomeUnusable."""
    place = Place(0, "the prints of items", FINGERPRINT)

    found = database.run(lambda connection: connection.scalar(select(sealed.c.secret).where(sealed.c.name == FINGERPRINT)))
    if found is None:
        fresh = sealer.seal(os.urandom(KEY_BYTES), place)
        database.run(put_new, sealed, [{"name": FINGERPRINT, "secret": fresh}])
        return fingerprint_key(database, sealer)
    return sealer.open(found, place)
