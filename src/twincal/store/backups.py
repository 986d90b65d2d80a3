"""A copy of everything, made while Twincal runs; and a home made from such a copy.

The key under which secrets are sealed is not in a copy: it is kept apart, so that a copy alone tells nobody how to sign in.
A copy is older than the world. So a home made from one forgets up to where both systems were read, and writes nothing until
somebody has looked at what it would do (reliability facts 5.6).
"""

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine, delete

from twincal.errors import HomeUnusable, WrongInput
from twincal.ports import RESTORED
from twincal.store.batches import put
from twincal.store.database import HEAD, Database
from twincal.store.home import DATABASE, KEY, PRIVATE_FILE, usable
from twincal.store.keys import VARIABLE, keys_of
from twincal.store.rotation import sealed_in
from twincal.store.secrets import Sealer
from twincal.store.tables import cursor, held

ASIDE = "before-restore"


def back_up(folder: Path, target: Path) -> int:
    """Write a copy of the database to a file that is not there yet; its size in bytes. Raises HomeUnusable, WrongInput."""
    if target.exists():
        raise WrongInput(f"{target} is there already.", "Name a file that does not exist; nothing is overwritten.")
    if not (folder / DATABASE).exists():
        raise WrongInput(f"There is nothing to back up in {folder}.", "Name the data directory with --home or TWINCAL_HOME.")
    Database.open(folder, writes=False).close()
    with usable(target.parent):
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE))
    try:
        with closing(sqlite3.connect(folder / DATABASE)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise HomeUnusable(
            f"The copy could not be written to {target} ({error}).", "Free some room there, then try again."
        ) from error
    return target.stat().st_size


def restore(folder: Path, source: Path, now: datetime) -> Path | None:
    """Put a copy in the place of a home's database; where the one that stood there was put, None when there was none.

    Raises WrongInput for a file that is no copy, that a newer version made, or whose secrets the key of this home does not
    open; HomeUnusable while another process uses the home. Nothing has been changed then.
    """
    _check(source)
    _check_key(source, folder)
    aside = None
    if (folder / DATABASE).exists():
        database = Database.open(folder)  # nobody else is at work there, and nobody begins
        database.scrub()
        database.close()
        aside = _aside(folder)
    with usable(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (f"{DATABASE}-wal", f"{DATABASE}-shm"):
            (folder / name).unlink(missing_ok=True)
        fresh = folder / f"{DATABASE}.new"
        with closing(sqlite3.connect(source)) as copy, closing(sqlite3.connect(fresh)) as target:
            copy.backup(target)
        fresh.chmod(PRIVATE_FILE)
        fresh.replace(folder / DATABASE)
    database = Database.open(folder)
    try:
        database.run(_forget_places, now)
    finally:
        database.close()
    return aside


def _aside(folder: Path) -> Path:
    number = 1
    while (folder / f"{DATABASE}.{ASIDE}-{number}").exists():
        number += 1
    return (folder / DATABASE).rename(folder / f"{DATABASE}.{ASIDE}-{number}")


def _check(source: Path) -> None:
    """Is this a copy of a home's database, whole?"""
    if not source.is_file():
        raise WrongInput(f"There is no file {source}.", "Name a file that `twincal backup` wrote.")
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as copy:
            whole = copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            version = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        whole, version = False, None
    if not whole or version is None:
        raise WrongInput(f"{source} is no whole copy of a data directory.", "Name a file that `twincal backup` wrote.")
    if version[0] != HEAD and not _is_known(version[0]):
        raise WrongInput(f"{source} was made by a newer version of Twincal.", "Restore it with that version, or a later one.")


def _is_known(version: str) -> bool:
    from twincal.store.migrations.upgrade import is_known

    return is_known(version)


def _check_key(source: Path, folder: Path) -> None:
    """Does the key of this home open what is sealed in the copy? No key is made for it: that would open nothing."""
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(f"file:{source}?mode=ro", uri=True))
    try:
        with engine.connect() as connection:
            secrets = [(place, secret) for _, _, place, secret in sealed_in(connection)]
    finally:
        engine.dispose()
    if not secrets:
        return
    where = f"the environment variable {VARIABLE}" if os.environ.get(VARIABLE) else f"the file {folder / KEY}"
    remedy = f"Put the key that belongs to the copy into {where}, then try again; nothing has been changed."
    if not os.environ.get(VARIABLE) and not (folder / KEY).exists():
        raise WrongInput(f"There is no key in {folder}, and the secrets in {source} are sealed with one.", remedy)
    sealer = Sealer(lambda: keys_of(folder))
    try:
        for place, secret in secrets:
            sealer.open(secret, place)
    except HomeUnusable as error:
        raise WrongInput(f"The secrets in {source} are sealed with another key than that of {folder}.", remedy) from error


def _forget_places(connection: Connection, now: datetime) -> None:
    """Both systems are read in full again, and nothing counts as released."""
    connection.execute(delete(cursor))
    connection.execute(delete(held))
    put(connection, cursor, [{"stream": RESTORED, "value": now.isoformat()}])
