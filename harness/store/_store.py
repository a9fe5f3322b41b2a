"""Store: calls and runs, who carries them, and where their files are."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Unpack

import sqlalchemy as sa

from harness.errors import DataFolderError
from harness.nouns import Calibration, Call, Grading, RunState
from harness.settings import Settings
from harness.store import _calibrations, _gradings, _leases
from harness.store._artifacts import Artifacts
from harness.store._clean import clean
from harness.store._database import Database
from harness.store._facets import Facets
from harness.store._grades import Grades
from harness.store._judged import JudgedChecks
from harness.store._leases import OpenSession, Orphans
from harness.store._options import Options
from harness.store._rows import (
    CALL_COLUMNS,
    FINAL,
    PASSING,
    CallChanges,
    among,
    as_call,
    as_row,
    call_of,
    drop_digests,
    no_call,
    row_of,
)
from harness.store._runs import Runs
from harness.store._search import History
from harness.store._tables import calls, engines, runs, sessions

__all__ = ["CallChanges", "Store"]

_KEEP_TESTS = timedelta(days=1)
_GOING_ON = [state.value for state in RunState if not state.is_final]


class Store(Runs, History, Facets, Grades, JudgedChecks, Options):
    """Everything that is kept. Safe to use from several threads and processes at once.

    Every method may raise DataFolderError (the disk is full, the folder was taken away) and
    DatabaseBroken.
    """

    @classmethod
    def open(cls, settings: Settings) -> Store:
        """Open the database of the data folder, made or brought up to date if needed.

        Raises:
            DataFolderError: The folder cannot be written.
            DatabaseNewer: A newer Ringback made it.
            DatabaseBroken: It is damaged; nothing is deleted.
        """
        return cls(settings, Database(settings.folder() / "ringback.db"))

    def close(self) -> None:
        """Close the database. The lease is not dropped."""
        self._database.close()

    # Calls and runs

    def add_call(self, call: Call, plan: dict[str, Any]) -> None:
        """Enter a call; it belongs to the engine whose lease this store took.

        Args:
            call: Its run exists.
            plan: The request as JSON values, without secrets; what looks like one is hidden.
        """
        with self._database.write() as connection:
            connection.execute(
                calls.insert().values(**row_of(call), engine_id=self._lease, plan=clean(plan))
            )

    def update_call(self, call_id: str, **changes: Unpack[CallChanges]) -> Call:
        """Change a call's row and return it.

        Raises:
            NotFound: No such call.
            TypeError: There is no such field, or it cannot change.
        """
        if unknown := changes.keys() - CallChanges.__annotations__.keys():
            raise TypeError(f"a call's {', '.join(sorted(unknown))} cannot be changed")
        with self._database.write() as connection:
            if changes:
                connection.execute(
                    calls.update().where(calls.c.id == call_id).values(**as_row(**changes))
                )
            return call_of(connection, call_id)

    def get_call(self, call_id: str) -> Call:
        """The call, deleted or not.

        Raises:
            NotFound: No such call.
        """
        with self._database.read() as connection:
            return call_of(connection, call_id)

    def plan(self, call_id: str) -> dict[str, Any]:
        """The plan the call was entered with.

        Raises:
            NotFound: No such call.
        """
        with self._database.read() as connection:
            row = connection.execute(sa.select(calls.c.plan).where(calls.c.id == call_id)).first()
        if row is None:
            raise no_call(call_id)
        plan: dict[str, Any] = row.plan
        return plan

    def calls(
        self, *, include_deleted: bool = False, run_id: str | None = None, limit: int = 1000
    ) -> list[Call]:
        """Calls, newest first, at most `limit`; connection tests and calibrations are left out."""
        query = sa.select(*CALL_COLUMNS).order_by(calls.c.created_at.desc(), calls.c.id.desc())
        query = query.where(calls.c.purpose.not_in(PASSING))
        if not include_deleted:
            query = query.where(calls.c.deleted_at.is_(None))
        if run_id is not None:
            query = query.where(calls.c.run_id == run_id)
        with self._database.read() as connection:
            return [as_call(row) for row in connection.execute(query.limit(limit))]

    def single_calls(self, limit: int) -> list[Call]:
        """The newest calls that have ended and were placed outside a run of a suite."""
        of = sa.select(runs.c.kind).where(runs.c.id == calls.c.run_id).scalar_subquery()
        found = sa.select(calls.c.id).where(
            calls.c.deleted_at.is_(None),
            calls.c.purpose.not_in(PASSING),
            calls.c.state.in_(FINAL),
            of == "probe",
        )
        # The ids come out of the index of lists; only their rows are read.
        newest = found.order_by(calls.c.created_at.desc(), calls.c.id.desc()).limit(limit)
        query = sa.select(*CALL_COLUMNS).where(calls.c.id.in_(newest))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(calls.c.created_at.desc(), calls.c.id.desc()))
            return [as_call(row) for row in rows]

    def delete_call(self, call_id: str) -> None:
        """Mark a call deleted; :meth:`restore_call` undoes it until it is purged.

        Raises:
            NotFound: No such call.
        """
        self._set_deleted(call_id, datetime.now(UTC))

    def restore_call(self, call_id: str) -> None:
        """Undo :meth:`delete_call`.

        Raises:
            NotFound: No such call.
        """
        self._set_deleted(call_id, None)

    def purge_deleted(self, older_than: timedelta) -> list[str]:
        """Remove for good, files too, what was deleted longer ago than `older_than`.

        Connection tests and calibrations go after a day, deleted or not. A call that has not ended
        stays. Runs that lose their last call go with it.

        Returns:
            The ids of the calls removed.
        """
        now = datetime.now(UTC)
        due = sa.select(calls.c.id).where(
            (calls.c.deleted_at < now - older_than)
            | (calls.c.purpose.in_(PASSING) & (calls.c.created_at < now - _KEEP_TESTS)),
            calls.c.state.in_(FINAL),
        )
        with self._database.read() as connection:
            found = list(connection.scalars(due))
        self._purge(found, older_than=older_than)
        return found

    def purge_calls(self, call_ids: Iterable[str]) -> list[str]:
        """Remove calls for good, files too, deleted before or not; those that go on stay.

        Returns:
            The ids of the calls removed.
        """
        due = sa.select(calls.c.id).where(among(calls.c.id, call_ids), calls.c.state.in_(FINAL))
        with self._database.read() as connection:
            found = list(connection.scalars(due))
        self._purge(found)
        return found

    def _purge(self, found: list[str], older_than: timedelta | None = None) -> None:
        """Remove calls and the runs that lose their last one, and runs deleted longer ago."""
        # Files first: a row without files is found again the next time, files without a row never.
        for call_id in found:
            _remove(self.artifacts(call_id))
        with self._database.write() as connection:
            these = among(calls.c.id, found)
            touched = list(connection.scalars(sa.select(calls.c.run_id).where(these).distinct()))
            connection.execute(calls.delete().where(these))
            due = among(runs.c.id, touched)
            if older_than is not None:
                due |= runs.c.deleted_at < datetime.now(UTC) - older_than
            connection.execute(
                runs.delete().where(
                    due,
                    ~sa.exists().where(calls.c.run_id == runs.c.id),
                    # One that goes on may still get calls.
                    runs.c.state.is_(None) | runs.c.state.not_in(_GOING_ON),
                )
            )

    def add_grading(self, grading: Grading) -> None:
        """Enter a grading; it goes with its call. What looks like a secret in it is hidden.

        Raises:
            NotFound: There is no such call.
        """
        with self._database.write() as connection:
            call_of(connection, grading.call_id)
            _gradings.add(connection, grading)

    def gradings_of(self, call_id: str) -> list[Grading]:
        """The gradings of a call, oldest first; none if there is no such call."""
        with self._database.read() as connection:
            return _gradings.of_call(connection, call_id)

    def get_grading(self, grading_id: str) -> Grading:
        """One grading.

        Raises:
            NotFound: There is no such grading.
        """
        with self._database.read() as connection:
            return _gradings.get(connection, grading_id)

    # Calibrations

    def add_calibration(self, calibration: Calibration) -> None:
        """Keep the result of a calibration."""
        with self._database.write() as connection:
            _calibrations.add(connection, calibration)

    def calibrations(self, url: str | None = None) -> list[Calibration]:
        """What was found, newest first; `url` for one LiveKit server alone."""
        with self._database.read() as connection:
            return _calibrations.all_of(connection, url)

    def calibration_for(self, url: str) -> Calibration | None:
        """The newest of this machine and that server, else of this machine's local server."""
        with self._database.read() as connection:
            return _calibrations.for_url(connection, url)

    # Engines, and what dead ones left

    def take_lease(self) -> str:
        """Enter this process as an engine; calls and sessions entered from now on are its own.

        Returns:
            The lease, to be beaten every :data:`BEAT_EVERY_S` seconds.
        """
        with self._database.write() as connection:
            self._lease = _leases.take(connection)
        return self._lease

    def beat(self, lease: str) -> bool:
        """Say that the engine is alive.

        Returns:
            False if its lease is gone: it was silent for so long that another engine took its
            calls for lost.
        """
        with self._database.write() as connection:
            return _leases.beat(connection, lease)

    def drop(self, lease: str) -> None:
        """Give a lease back. What it still holds open is then without an engine."""
        with self._database.write() as connection:
            connection.execute(engines.delete().where(engines.c.id == lease))
        if self._lease == lease:
            self._lease = None

    def orphans(self) -> list[Call]:
        """Calls that have not ended and whose engine is dead, oldest first."""
        with self._database.read() as connection:
            return list(_orphans(connection, _leases.dead_engines(connection)).calls)

    def add_session(self, call_id: str, provider: str, room: str, stop: dict[str, Any]) -> int:
        """Enter a started session of this engine, so that it is stopped even after a crash.

        Args:
            call_id: The call it was started for.
            provider: The agent's provider, which knows how to read `stop`.
            room: The LiveKit room, empty if unknown.
            stop: What the provider needs to stop it, without secrets; what looks like one is
                hidden.

        Returns:
            Its number, for :meth:`close_session`.
        """
        with self._database.write() as connection:
            done = connection.execute(
                sessions.insert().values(
                    call_id=call_id,
                    engine_id=self._lease,
                    provider=provider,
                    room=room,
                    stop=clean(stop),
                    opened_at=datetime.now(UTC),
                )
            )
            return int(done.inserted_primary_key[0])  # type: ignore[index]

    def close_session(self, session_id: int) -> None:
        """Note that a session is stopped and its room gone."""
        with self._database.write() as connection:
            connection.execute(
                sessions.update()
                .where(sessions.c.id == session_id)
                .values(closed_at=datetime.now(UTC))
            )

    def note_session(self, session_id: int, stop: dict[str, Any]) -> None:
        """Put `stop` in place of what was entered with a session."""
        with self._database.write() as connection:
            connection.execute(
                sessions.update().where(sessions.c.id == session_id).values(stop=clean(stop))
            )

    def open_sessions_of(self, call_id: str) -> list[OpenSession]:
        """Sessions of a call that are not known to be stopped."""
        query = sa.select(sessions).where(
            sessions.c.call_id == call_id, sessions.c.closed_at.is_(None)
        )
        with self._database.read() as connection:
            return [_as_session(row) for row in connection.execute(query)]

    def open_sessions_of_dead_engines(self) -> list[OpenSession]:
        """Sessions nobody will stop any more, oldest first."""
        with self._database.read() as connection:
            return list(_orphans(connection, _leases.dead_engines(connection)).sessions)

    def adopt(self, lease: str) -> Orphans:
        """Take over what dead engines left, so that no other engine recovers it too.

        The calls keep their state until this engine marks them lost; if it dies before, the next
        one finds them again.
        """
        with self._database.write() as connection:
            dead = [other for other in _leases.dead_engines(connection) if other != lease]
            found = _orphans(connection, dead)
            connection.execute(
                calls.update()
                .where(calls.c.id.in_([call.id for call in found.calls]))
                .values(engine_id=lease)
            )
            connection.execute(
                sessions.update()
                .where(sessions.c.id.in_([session.id for session in found.sessions]))
                .values(engine_id=lease)
            )
            connection.execute(engines.delete().where(engines.c.id.in_(dead)))
        return found

    def _set_deleted(self, call_id: str, moment: datetime | None) -> None:
        with self._database.write() as connection:
            done = connection.execute(
                calls.update().where(calls.c.id == call_id).values(deleted_at=moment)
            )
            if done.rowcount == 0:
                raise no_call(call_id)
            drop_digests(connection, [call_id])


def _orphans(connection: sa.Connection, dead: list[str]) -> Orphans:
    def left(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
        return column.is_(None) | column.in_(dead)

    lost = connection.execute(
        sa.select(*CALL_COLUMNS)
        .where(calls.c.state.not_in(FINAL), left(calls.c.engine_id))
        .order_by(calls.c.id)
    )
    still_open = connection.execute(
        sa.select(sessions)
        .where(sessions.c.closed_at.is_(None), left(sessions.c.engine_id))
        .order_by(sessions.c.id)
    )
    return Orphans(
        calls=tuple(as_call(row) for row in lost),
        sessions=tuple(_as_session(row) for row in still_open),
    )


def _as_session(row: sa.Row[Any]) -> OpenSession:
    return OpenSession(row.id, row.call_id, row.provider, row.room, row.stop)


def _remove(artifacts: Artifacts) -> None:
    try:
        shutil.rmtree(artifacts.folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise DataFolderError(
            f"The files of a deleted call cannot be removed: {artifacts.folder}.",
            cause=f"The system says: {error.strerror or error}.",
            remedy="Give the folder to this user, then try again.",
        ) from error
