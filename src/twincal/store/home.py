"""The data directory: readable by its owner alone, and written by one process at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES, EDQUOT, ENOSPC, EPERM, EROFS
from pathlib import Path

from twincal.errors import HomeUnusable

DATABASE = "twincal.db"
KEY = "key"
LOCK = "lock"
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


class Home:
    """One data directory. `locked` tells that this process is the one that may write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: int | None = None
        self._holder = ""

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.folder / DATABASE

    @property
    def locked(self) -> bool:
        """May this process write?"""
        return self._lock is not None

    def prepare(self) -> None:
        """Make the directory and an empty database file where they are missing, for the owner alone whatever the umask.

        A directory that was there before keeps its mode unless it is empty or Twincal's. Raises HomeUnusable.
        """
        with usable(self.folder):
            fresh = not self.folder.exists()
            self.folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            ours = self.folder.stat().st_uid == os.geteuid()
            if ours and (fresh or self.database.exists() or not any(self.folder.iterdir())):
                self.folder.chmod(PRIVATE_FOLDER)
            os.close(opened_privately(self.database))

    def lock(self) -> bool:
        """Hold the lock; False while another process does."""
        with usable(self.folder):
            handle = opened_privately(self.folder / LOCK)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._holder = os.read(handle, 20).decode(errors="replace").strip()
                os.close(handle)
                return False
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
            self._lock = handle
            return True

    @property
    def in_use(self) -> HomeUnusable:
        """The sentence for who wants to write while another process does."""
        holder = f" ({self._holder})" if self._holder else ""
        return HomeUnusable(
            f"The data directory {self.folder} is in use by another Twincal process{holder}.",
            "Stop that process first, or name another directory with --home.",
        )

    def unlock(self) -> None:
        """Let another process write."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def opened_privately(path: Path) -> int:
    """A file opened for reading and writing, made where it is missing, with mode 0600 whatever the umask."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    if os.fstat(handle).st_mode & 0o777 != PRIVATE_FILE:
        os.fchmod(handle, PRIVATE_FILE)
    return handle


@contextmanager
def usable(folder: Path) -> Iterator[None]:
    """Turn what the operating system says of a directory into a sentence with a remedy."""
    try:
        yield
    except OSError as error:
        raise unusable(folder, error) from error


def unusable(folder: Path, error: OSError) -> HomeUnusable:
    """The sentence for an error of the operating system."""
    if error.errno in (ENOSPC, EDQUOT):
        return full(folder)
    if error.errno in (EROFS, EACCES, EPERM):
        return read_only(folder)
    return HomeUnusable(
        f"The data directory {folder} cannot be used ({os.strerror(error.errno or 0)}).",
        "Name a directory with --home or TWINCAL_HOME.",
    )


def full(folder: Path) -> HomeUnusable:
    """No room is left. What was begun has been taken back."""
    return HomeUnusable(f"The disk that holds {folder} is full; nothing was written.", "Free some room there, then try again.")


def read_only(folder: Path) -> HomeUnusable:
    """The directory or its database cannot be written."""
    return HomeUnusable(
        f"The data directory {folder} cannot be written.",
        "Give this user the right to write there, or name another directory with --home or TWINCAL_HOME.",
    )
