"""Secrets at rest: sealed with AES-256-GCM, each under a key of its own that is wrapped by the installation's key.

Where a secret belongs (tenant, connection, field, version of the form) is associated data of both layers, so that a sealed
secret copied to another place does not open.
"""

import os
from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Connection, select

from twincal.errors import HomeUnusable
from twincal.store.batches import put_new
from twincal.store.database import Database
from twincal.store.keys import KEY_BYTES, VARIABLE, Keys
from twincal.store.tables import sealed

NONCE_BYTES, TAG_BYTES = 12, 16
FORM = 1
WRAPPED_END = 1 + NONCE_BYTES + KEY_BYTES + TAG_BYTES
FINGERPRINT = "fingerprint"


class Place(Struct, frozen=True):
    """Where a secret belongs: the subscription, what it is for, and which of its fields it is."""

    subscription: int
    connection: str
    field: str

    @property
    def associated(self) -> bytes:
        """What is authenticated with the secret."""
        return f"{self.subscription}|{self.connection}|{self.field}|{FORM}".encode()


FINGERPRINT_PLACE = Place(0, "the prints of items", FINGERPRINT)


class Sealer:
    """Seals with the installation's key of the moment, and opens with any that is still in use. `keys` is asked again when
    none of the known ones opens a secret: another process may have put a new key in place."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._known = keys()

    def __repr__(self) -> str:
        return "Sealer(…)"

    def seal(self, secret: bytes, place: Place) -> bytes:
        """The sealed secret: form, wrapped key, secret."""
        self._known = self._keys()
        own = os.urandom(KEY_BYTES)
        return bytes((FORM,)) + _locked(self._known[0], own, place) + _locked(own, secret, place)

    def open(self, sealed_secret: bytes, place: Place) -> bytes:
        """The secret. Raises HomeUnusable when it was sealed with another key, for another place, or was altered."""
        secret = _unlocked(self._own_key(sealed_secret, place), sealed_secret[WRAPPED_END:], place)
        if secret is None:
            raise _does_not_open(place)
        return secret

    def rewrapped(self, sealed_secret: bytes, place: Place) -> bytes:
        """The same secret with its key wrapped by the installation's key of the moment. Raises HomeUnusable."""
        own = self._own_key(sealed_secret, place)
        return sealed_secret[:1] + _locked(self._known[0], own, place) + sealed_secret[WRAPPED_END:]

    def _own_key(self, sealed_secret: bytes, place: Place) -> bytes:
        if sealed_secret[:1] == bytes((FORM,)) and len(sealed_secret) >= WRAPPED_END:
            wrapped = sealed_secret[1:WRAPPED_END]
            own = _opened_by(self._known, wrapped, place)
            if own is None:
                self._known = self._keys()
                own = _opened_by(self._known, wrapped, place)
            if own is not None:
                return own
        raise _does_not_open(place)


def _opened_by(keys: Sequence[bytes], wrapped: bytes, place: Place) -> bytes | None:
    return next((own for key in keys if (own := _unlocked(key, wrapped, place)) is not None), None)


def _locked(key: bytes, text: bytes, place: Place) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text, place.associated)


def _unlocked(key: bytes, locked: bytes, place: Place) -> bytes | None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(locked[:NONCE_BYTES], locked[NONCE_BYTES:], place.associated)
    except (InvalidTag, ValueError):
        return None


def _does_not_open(place: Place) -> HomeUnusable:
    return HomeUnusable(
        f"The stored secret for {place.connection} does not open: it was sealed with another key.",
        f"Put the file `key` (or {VARIABLE}) back that belongs to this data directory, or connect {place.connection} again.",
    )


def fingerprint_key(database: Database, sealer: Sealer) -> bytes:
    """The key of all prints and stamps of this installation: made once, kept sealed. Raises HomeUnusable."""
    wanted = select(sealed.c.secret).where(sealed.c.name == FINGERPRINT)
    found = database.run(lambda connection: connection.scalar(wanted))
    if found is None:
        database.run(_put_fingerprint, sealer)
        return fingerprint_key(database, sealer)
    return sealer.open(found, FINGERPRINT_PLACE)


def _put_fingerprint(connection: Connection, sealer: Sealer) -> None:
    """Made and sealed within one transaction, so that no rotation of the key passes it by."""
    put_new(connection, sealed, [{"name": FINGERPRINT, "secret": sealer.seal(os.urandom(KEY_BYTES), FINGERPRINT_PLACE)}])
