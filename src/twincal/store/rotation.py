"""Another key takes the place of the installation's key. Whatever else is running goes on: at every moment each secret
opens with a key that stands in the key file (or the environment).

Secrets are sealed, and the key file is changed, only while the database is held for writing. So nobody seals with a key that
is just being dropped, and of two rotations one waits for the other.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Table, bindparam, select, update

from twincal.errors import HomeUnusable, WrongInput
from twincal.store.accounts import ONLY, place_of
from twincal.store.batches import AnyRow, many
from twincal.store.database import Database
from twincal.store.home import KEY, usable
from twincal.store.journal import PLACE
from twincal.store.keys import FORMER, KEY_BYTES, VARIABLE, keys_of, write_keys
from twincal.store.packing import SIDES
from twincal.store.secrets import FINGERPRINT, FINGERPRINT_PLACE, Place, Sealer
from twincal.store.tables import connection, receipt, sealed


def rotate(folder: Path) -> int:
    """Wrap every secret with a new key; how many there are. May be interrupted anywhere and begun again.

    With the key in the environment the new one has to stand there already, the former one beside it. Raises HomeUnusable,
    WrongInput.
    """
    in_environment = bool(os.environ.get(VARIABLE))
    if in_environment and not os.environ.get(FORMER):
        raise WrongInput(
            f"The key stands in the environment variable {VARIABLE}, which Twincal cannot change.",
            f"Put a new key of {KEY_BYTES} bytes in base64 into {VARIABLE} and the present one into {FORMER}, then run this again.",
        )
    database = Database.beside(folder)
    try:
        if in_environment:
            return database.run(_rewrap, folder)
        done = database.run(_renewed, folder)
        database.run(_former_dropped, folder)
        return done
    finally:
        database.close()


def _renewed(opened: Connection, folder: Path) -> int:
    """Every secret wrapped with a new key, which stands in the key file before any is."""
    keys = keys_of(folder)
    with usable(folder):
        write_keys(folder / KEY, [os.urandom(KEY_BYTES), *keys])
    return _rewrap(opened, folder)


def _former_dropped(opened: Connection, folder: Path) -> None:
    """The first key alone in the key file, where it opens everything. Where another rotation broke off meanwhile it does not;
    then both keys stay, and the next rotation drops them."""
    keys = keys_of(folder)
    only = Sealer(lambda: keys[:1])
    try:
        for _, _, place, secret in sealed_in(opened):
            only.rewrapped(secret, place)
        for row in _bodies(opened):
            only.rewrapped(row.former, PLACE)
    except HomeUnusable:
        return
    with usable(folder):
        write_keys(folder / KEY, keys[:1])


def _rewrap(opened: Connection, folder: Path) -> int:
    sealer = Sealer(lambda: keys_of(folder))
    done = 0
    for table, where, place, secret in list(sealed_in(opened)):
        opened.execute(update(table).where(where).values(secret=sealer.rewrapped(secret, place)))
        done += 1
    _rewrap_bodies(opened, sealer)
    return done


def sealed_in(opened: Connection) -> Iterator[tuple[Table, ColumnElement[bool], Place, bytes]]:
    """Every secret of a database but the bodies of the journal: its row, where it belongs, and the secret as it is sealed."""
    for side, number in SIDES.items():
        here = (connection.c.subscription == ONLY) & (connection.c.side == number)
        found = opened.scalar(select(connection.c.secret).where(here))
        if found is not None:
            yield connection, here, place_of(side), found
    found = opened.scalar(select(sealed.c.secret).where(sealed.c.name == FINGERPRINT))
    if found is not None:
        yield sealed, sealed.c.name == FINGERPRINT, FINGERPRINT_PLACE, found


def _rewrap_bodies(opened: Connection, sealer: Sealer) -> None:
    """The bodies that the journal keeps."""
    statement = update(receipt).where(receipt.c.id == bindparam("line")).values(former=bindparam("sealed"))
    many(opened, statement, [{"line": row.id, "sealed": sealer.rewrapped(row.former, PLACE)} for row in _bodies(opened)])


def _bodies(opened: Connection) -> Sequence[AnyRow]:
    return opened.execute(select(receipt.c.id, receipt.c.former).where(receipt.c.former.is_not(None))).all()
