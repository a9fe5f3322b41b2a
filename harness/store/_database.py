"""The SQLite database: opening, bringing up to date, transactions, and its errors in our words."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError, ProgrammingError

from harness.errors import DatabaseBroken, DatabaseNewer, DataFolderError, RingbackError

__all__ = ["HEAD", "Database"]

HEAD = "0009"
"""The newest migration; a test keeps it in step with `migrations/versions`."""

_BUSY_S = 30
_WRITES = "ringback_writes"


class Database:
    """One database file, used by several threads and processes at once.

    Args:
        path: The file, made if missing; its folder exists.

    Raises:
        DataFolderError: It cannot be written.
        DatabaseNewer: A newer Ringback made it.
        DatabaseBroken: It is no database, or a damaged one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": _BUSY_S}
        )
        sa.event.listen(self._engine, "connect", _on_connect)
        sa.event.listen(self._engine, "begin", _on_begin)
        try:
            with self._explained():
                if self._revision() != HEAD:
                    self._migrate()
        except BaseException:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the database."""
        with self._explained(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that may write; it waits for other writers before it reads."""
        engine = self._engine.execution_options(**{_WRITES: True})
        with self._explained(), engine.begin() as connection:
            yield connection

    def _revision(self) -> str | None:
        with self._engine.begin() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            revision: str | None = connection.scalar(
                sa.text("SELECT version_num FROM alembic_version")
            )
            return revision

    def _migrate(self) -> None:
        """Bring the tables up to date, one process at a time."""
        with _locked(self.path.with_suffix(".lock")):
            with self._engine.connect() as connection:
                # Kept in the file. Changing it does not wait for others, hence under the lock.
                connection.connection.driver_connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[union-attr]
            revision = self._revision()
            if revision == HEAD:
                return
            # Takes a quarter of a second to import and is needed once.
            from alembic import command
            from alembic.config import Config
            from alembic.script import ScriptDirectory

            config = Config()
            config.set_main_option("script_location", "harness.store:migrations")
            config.set_main_option("path_separator", "os")
            known = {
                script.revision for script in ScriptDirectory.from_config(config).walk_revisions()
            }
            if revision is not None and revision not in known:
                raise DatabaseNewer(
                    f"The database {self.path} was made by a newer Ringback.",
                    cause=f"It is at revision {revision}, this Ringback knows up to {HEAD}.",
                    remedy="Update Ringback, or set RINGBACK_DATA to another folder.",
                )
            logging.getLogger("alembic").setLevel(logging.WARNING)
            with self._engine.execution_options(**{_WRITES: True}).begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise
        except DatabaseError as error:
            known = self._explanation(error)
            if known is None:
                raise
            raise known from error

    def _explanation(self, error: DatabaseError) -> RingbackError | None:
        says = str(error.orig)
        if isinstance(error, OperationalError) and "no such" not in says:
            return DataFolderError(
                f"The database {self.path} cannot be used.",
                cause=f"SQLite says: {says}.",
                remedy="Make room on the disk and check that this user may write the folder; "
                "if another program holds the file, end it.",
            )
        if isinstance(error, ProgrammingError):
            return None
        return DatabaseBroken(
            f"The database {self.path} is damaged or not a database of Ringback.",
            cause=f"SQLite says: {says}.",
            remedy=f"Nothing was deleted. Move {self.path.name} away, or restore it from a backup, "
            "and start again; events and recordings are safe in the folder calls beside it.",
        )


def _on_connect(connection: Any, record: Any) -> None:
    # Leaves BEGIN to us: the driver's own comes too late and never locks.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=NORMAL")


def _on_begin(connection: sa.Connection) -> None:
    # A transaction that reads first and writes then would fail, not wait, when another one wrote
    # in between; so writers take the lock at once.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        file = path.open("w")
    except OSError as error:
        raise DataFolderError(
            f"The data folder {path.parent} cannot be written.",
            cause=f"The system says: {error.strerror or error}.",
            remedy="Give it to this user, or set RINGBACK_DATA to a folder you can write.",
        ) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
