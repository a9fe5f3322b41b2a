from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from harness.errors import DatabaseBroken, DatabaseNewer, DataFolderError, RingbackError
from harness.nouns import CallState
from harness.settings import Settings
from harness.store import Store
from harness.store._database import HEAD
from harness.store._tables import METADATA
from tests.unit.store.make import make_call, migrate


def database(settings: Settings) -> Path:
    return settings.data / "ringback.db"


def test_migrations_from_empty_make_the_tables_of_today(store: Store, settings: Settings) -> None:
    engine = sa.create_engine(f"sqlite:///{database(settings)}")
    with engine.connect() as connection:
        # The index of words keeps tables of its own, which are SQLite's.
        opts = {
            "compare_type": True,
            "include_name": lambda name, *_: "call_words" not in str(name),
        }
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == HEAD
    engine.dispose()


def test_head_is_the_newest_migration() -> None:
    import harness.store.migrations

    folder = Path(harness.store.migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_current_head() == HEAD


def test_the_database_is_in_wal_mode_and_holds_its_foreign_keys(
    store: Store, settings: Settings
) -> None:
    with sqlite3.connect(database(settings)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with pytest.raises(sa.exc.IntegrityError):
        store.add_call(make_call(run_id="no such run"), {})


def test_opening_again_runs_no_migration(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object) -> None:
        raise AssertionError("migrated twice")

    monkeypatch.setattr("harness.store._database.Database._migrate", refuse)
    Store.open(settings).close()


def test_a_migration_that_breaks_leaves_nothing_half_done(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import op

    def refuse(*_: object) -> None:
        raise RuntimeError("power cut")

    real = op.create_table

    def break_at_sessions(name: str, *columns: sa.Column[object]) -> None:
        refuse() if name == "sessions" else real(name, *columns)

    with monkeypatch.context() as patch:
        patch.setattr(op, "create_table", break_at_sessions)
        with pytest.raises(RuntimeError, match="power cut"):
            Store.open(settings)
    with sqlite3.connect(database(settings)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    Store.open(settings).close()


def test_threads_may_open_a_new_folder_at_once(settings: Settings) -> None:
    with ThreadPoolExecutor(4) as pool:
        for store in pool.map(lambda _: Store.open(settings), range(4)):
            assert store.calls() == []
            store.close()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataFolderError, match="RINGBACK_DATA"):
        Store.open(Settings(data=tmp_path / "file" / "data"))


def test_a_database_of_a_newer_ringback_is_told_and_left_alone(
    store: Store, settings: Settings
) -> None:
    store.close()
    with sqlite3.connect(database(settings)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseNewer, match="9999") as caught:
        Store.open(settings)
    assert "Update Ringback" in caught.value.remedy
    with sqlite3.connect(database(settings)) as connection:
        assert connection.execute("SELECT name FROM runs").fetchall() == [("Probe",)]


def test_a_file_that_is_no_database_is_told_and_left_alone(settings: Settings) -> None:
    settings.data.mkdir()
    database(settings).write_bytes(b"holiday pictures " * 500)
    with pytest.raises(DatabaseBroken, match="Nothing was deleted") as caught:
        Store.open(settings)
    assert str(database(settings)) in caught.value.message
    assert database(settings).read_bytes() == b"holiday pictures " * 500


def test_a_damaged_database_is_told_and_left_alone(store: Store, settings: Settings) -> None:
    for _ in range(200):
        store.add_call(make_call(state=CallState.DONE), {"text": "x" * 300})
    store.close()
    with sqlite3.connect(database(settings)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    whole = database(settings).read_bytes()
    damaged = whole[: 2 * size] + b"\xff" * (len(whole) - 2 * size)
    database(settings).write_bytes(damaged)
    with pytest.raises(DatabaseBroken, match="Nothing was deleted"):
        Store.open(settings).calls()
    assert database(settings).read_bytes() == damaged


def test_a_lost_table_is_told(store: Store, settings: Settings) -> None:
    with sqlite3.connect(database(settings)) as connection:
        connection.execute("DROP TABLE sessions")
    with pytest.raises(DatabaseBroken, match="no such table"):
        store.open_sessions_of_dead_engines()


def test_a_database_held_by_another_program_is_told(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    monkeypatch.setattr("harness.store._database._BUSY_S", 0.05)
    impatient = Store.open(settings)
    other = sqlite3.connect(database(settings), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DataFolderError, match="locked"):
        impatient.take_lease()
    other.execute("ROLLBACK")
    other.close()
    assert impatient.take_lease()
    impatient.close()


def test_an_error_inside_a_transaction_undoes_it(store: Store) -> None:
    call = make_call()
    store.add_call(call, {})
    with pytest.raises(sa.exc.IntegrityError):
        store.add_call(call, {})
    assert store.calls() == [call]


@pytest.mark.parametrize("error", [DatabaseBroken, DatabaseNewer])
def test_the_errors_are_about_the_setup(error: type[RingbackError]) -> None:
    assert error.exit_code == 2


def test_a_data_folder_of_before_runs_had_plans_is_brought_up_to_date(settings: Settings) -> None:
    migrate(settings, "0004")
    engine = sa.create_engine(f"sqlite:///{database(settings)}")
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO runs VALUES ('run_a', 'Probe', '2026-11-01')"))
        connection.execute(sa.text("INSERT INTO runs VALUES ('run_b', 'Import', '2026-11-02')"))
        row = (
            "INSERT INTO calls"
            " (id, run_id, agent, provider, voice, state, created_at, plan, purpose)"
        )
        for name, purpose, plan in (
            ("a", "call", '{"agent": {"name": "staging"}}'),
            ("b", "import", "{}"),
        ):
            values = (
                f" VALUES ('call_{name}', 'run_{name}', 'Clinic', 'demo', 'heart', 'done',"
                f" '2026-11-01 12:00:00.000000', :plan, '{purpose}')"
            )
            connection.execute(sa.text(row + values), {"plan": plan})
    store = Store.open(settings)
    old = store.get_call("call_a")
    assert (old.agent, old.agent_name, old.slot, old.starred) == ("Clinic", "staging", "", False)
    assert store.get_call("call_b").agent_name == ""
    assert (store.run("run_a").kind, store.run("run_b").kind) == ("probe", "import")
    assert store.call_ids_without_figures(9) == ["call_b", "call_a"]
    store.close()
    migrate(settings, "0004", down=True)
    with engine.begin() as connection:
        names = {row[1] for row in connection.execute(sa.text("PRAGMA table_info(runs)"))}
        assert names == {"id", "name", "created_at"}
        assert connection.scalar(sa.text("SELECT count(*) FROM calls")) == 2
    engine.dispose()
    Store.open(settings).close()
