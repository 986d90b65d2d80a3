"""The data directory: for the owner alone, one writer, one sentence for each way in which it cannot be used."""

import os
import subprocess
import sys
from collections.abc import Callable
from errno import EACCES, ENOSPC, EROFS
from pathlib import Path
from stat import S_IMODE

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from tests.store.samples import creation, exchange, plan, see, somebody
from twincal.errors import HomeUnusable
from twincal.store import database as database_module
from twincal.store.database import HEAD, Database
from twincal.store.migrations.upgrade import config
from twincal.store.store import Store
from twincal.store.tables import metadata


def modes(home: Path) -> dict[str, int]:
    """The modes of all files of a home; the home's own is named `.`."""
    found = {path.name: S_IMODE(path.stat().st_mode) for path in home.iterdir()}
    return {**found, ".": S_IMODE(home.stat().st_mode)}


def another_process(code: str) -> subprocess.CompletedProcess[str]:
    """Run Python code that may import the product."""
    sources = str(Path(database_module.__file__).parents[2])
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": sources})


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o377])
async def test_files_are_the_owners_alone_whatever_the_umask(home: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        store = Store.open(home)
        await see(store, await somebody(store), exchange(1))
        assert store.fingerprint_key
    finally:
        os.umask(before)
    found = modes(home)
    store.close()
    assert found.pop(".") == 0o700
    assert {"twincal.db", "twincal.db-wal", "twincal.db-shm", "key", "lock"} <= found.keys()
    assert set(found.values()) == {0o600}


def test_a_loosened_home_is_tightened_again_but_not_somebody_elses_folder(home: Path, tmp_path: Path) -> None:
    Database.open(home).close()
    home.chmod(0o755)
    (home / "twincal.db").chmod(0o644)
    Database.open(home).close()
    assert S_IMODE(home.stat().st_mode) == 0o700
    assert modes(home)["twincal.db"] == 0o600

    other = tmp_path / "documents"
    other.mkdir()
    (other / "letter.txt").write_text("hello")
    other.chmod(0o755)
    Database.open(other).close()
    assert S_IMODE(other.stat().st_mode) == 0o755
    assert modes(other)["twincal.db"] == 0o600


async def test_a_second_process_may_read_but_not_write(home: Path) -> None:
    store = Store.open(home)
    await somebody(store)
    write = f"from pathlib import Path; from twincal.store.store import Store; Store.open(Path({str(home)!r}))"
    done = another_process(write)
    assert done.returncode == 1
    assert f"in use by another Twincal process ({os.getpid()})" in done.stderr
    with pytest.raises(HomeUnusable, match="in use by another") as refused:
        Store.open(home)
    assert "--home" in refused.value.remedy

    reader = Store.open(home, writes=False)
    assert [member.mailbox for member in await reader.accounts.people()] == ["adele@contoso.com"]
    with pytest.raises(HomeUnusable, match="cannot be written"):
        await somebody(reader, "bob@contoso.com")
    reader.close()
    store.close()
    Store.open(home).close()


async def test_a_reader_finds_an_empty_home_in_order(home: Path) -> None:
    reader = Store.open(home, writes=False)
    assert await reader.accounts.people() == []
    assert await reader.accounts.profiles() == ["Administrator", "Standard User"]
    reader.close()


def schema(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


def test_migrations_make_exactly_the_tables(home: Path) -> None:
    database = Database.open(home)
    assert database.run(schema) == []
    assert database.run(lambda c: c.execute(text("SELECT version_num FROM alembic_version")).scalar()) == HEAD
    database.close()
    assert ScriptDirectory.from_config(config()).get_current_head() == HEAD


def test_migrated_indexes_leave_out_what_the_tables_leave_out(home: Path) -> None:
    """Alembic does not compare conditions of indexes and kinds of tables: compare the statements."""
    made = Database.open(home)
    statements = text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%' ORDER BY name")
    migrated = {name: _plain(sql) for name, sql in made.run(lambda c: c.execute(statements).all())}
    made.close()
    engine = database_module._engine(":memory:", writes=True)
    with engine.begin() as connection:
        metadata.create_all(connection)
        drawn = {name: _plain(sql) for name, sql in connection.execute(statements).all()}
    engine.dispose()
    assert migrated == drawn


def _plain(sql: str) -> str:
    return " ".join(sorted(part.strip(" \n\t(),") for part in sql.replace('"', "").replace(")", ",").split(",")))


def test_a_current_database_is_opened_without_alembic(home: Path) -> None:
    Database.open(home).close()
    code = (
        "import sys; from pathlib import Path; from twincal.store.store import Store;"
        f"Store.open(Path({str(home)!r})).close(); print('alembic' in sys.modules)"
    )
    done = another_process(code)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_a_newer_database_is_left_alone(home: Path) -> None:
    database = Database.open(home)
    database.run(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")).rowcount)
    database.close()
    for writes in (True, False):
        with pytest.raises(HomeUnusable, match="newer version of Twincal"):
            Database.open(home, writes=writes)
    database = Database(database_module._engine(str(home / "twincal.db"), writes=True), None, writes=True)
    assert database.run(lambda c: c.execute(text("SELECT version_num FROM alembic_version")).scalar()) == "9999"
    database.close()


async def test_a_full_disk_takes_everything_back(home: Path) -> None:
    store = Store.open(home)
    person = await somebody(store)
    pages = store.database.run(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one())
    store.database.run(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}").scalar())
    steps = [creation(exchange(number), person) for number in range(1, 60)]
    with pytest.raises(HomeUnusable, match="is full; nothing was written") as refused:
        await store.ledger.begin(plan(person, steps))
    assert "Free some room" in refused.value.remedy
    assert not await store.ledger.open_intents(person)
    assert not await store.history.runs()
    store.close()


def refusing(number: int) -> Callable[..., int]:
    def opened(*given: object, **named: object) -> int:
        raise OSError(number, os.strerror(number))

    return opened


@pytest.mark.parametrize(
    ("number", "told"),
    [(EROFS, "cannot be written"), (EACCES, "cannot be written"), (ENOSPC, "is full; nothing was written")],
)
def test_what_the_system_refuses_is_a_sentence(home: Path, monkeypatch: pytest.MonkeyPatch, number: int, told: str) -> None:
    monkeypatch.setattr(os, "open", refusing(number))
    with pytest.raises(HomeUnusable, match=told) as refused:
        Database.open(home)
    assert str(home) in refused.value.message
    assert refused.value.remedy


def test_a_home_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(HomeUnusable, match="cannot be used"):
        Database.open(tmp_path / "home")


def test_a_foreign_file_is_a_sentence(home: Path) -> None:
    home.mkdir()
    (home / "twincal.db").write_text("Dear diary, " * 500)
    with pytest.raises(HomeUnusable, match="damaged, or no database"):
        Database.open(home)
    assert (home / "twincal.db").read_text().startswith("Dear diary")


def test_commits_reach_the_disk_and_keys_are_enforced(home: Path) -> None:
    database = Database.open(home)
    asked = {
        name: database.run(lambda c, name=name: c.exec_driver_sql(f"PRAGMA {name}").scalar())  # type: ignore[misc]
        for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "auto_vacuum")
    }
    database.close()
    assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "auto_vacuum": 2}
