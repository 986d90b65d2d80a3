"""Bring a database to the newest version. Alembic is imported here only: a database that is current never needs it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection


def config() -> Config:
    """Where Alembic finds the migrations; there is no ini file."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return made


def is_known(version: str) -> bool:
    """Is this a version that this program has a migration for?"""
    try:
        return ScriptDirectory.from_config(config()).get_revision(version) is not None
    except CommandError:
        return False


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing, in the caller's transaction."""
    made = config()
    made.attributes["connection"] = connection
    command.upgrade(made, "head")
