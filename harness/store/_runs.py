"""Rows of runs: their state, their plan, who places their calls, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal, TypedDict, Unpack

import sqlalchemy as sa

from harness.errors import NotFound
from harness.nouns import DIGEST_VERSION, Call, RunDigest, RunHead, RunState, from_json, to_json
from harness.store import _leases
from harness.store._clean import clean
from harness.store._rows import CALL_COLUMNS, FINAL, PASSING, Part, among, as_call
from harness.store._tables import baselines, calls, engines, runs

__all__ = ["RunChanges", "Runs"]

_COLUMNS = [runs.c[name] for name in RunHead.__dataclass_fields__]
_OPEN = [state.value for state in RunState if not state.is_final]


class RunChanges(TypedDict, total=False):
    """What may change in a run's row; see :class:`harness.nouns.RunHead`."""

    state: RunState
    ended_at: datetime | None
    stop_reason: str
    planned: int
    plan: dict[str, Any]
    note: str
    starred: bool
    label: str
    name: str


class Runs(Part):
    """Runs, and the baseline of each suite."""

    def add_run(
        self,
        run_id: str,
        name: str,
        created_at: datetime,
        *,
        head: RunHead | None = None,
        plan: dict[str, Any] | None = None,
    ) -> None:
        """Enter a run. A manual probe is a run of one call.

        Args:
            run_id: Of :func:`new_id`.
            name: For people.
            created_at: Now.
            head: The rest of its row, in place of a probe's; one that is running belongs to the
                engine whose lease this store took.
            plan: A :class:`harness.nouns.RunPlan` as JSON values, without secrets; what looks like
                one is hidden.
        """
        row: dict[str, Any] = {}
        if head is not None:
            row = {name: getattr(head, name) for name in RunHead.__dataclass_fields__}
            row["state"] = None if head.state is None else head.state.value
            row["engine_id"] = self._lease if row["state"] in _OPEN else None
        row |= {"id": run_id, "name": name, "created_at": created_at, "plan": clean(plan)}
        with self._database.write() as connection:
            connection.execute(runs.insert().values(**row))

    def run(self, run_id: str) -> RunHead:
        """The run, deleted or not.

        Raises:
            NotFound: No such run.
        """
        with self._database.read() as connection:
            return _run_of(connection, run_id)

    def runs(
        self,
        *,
        suite: str = "",
        kind: Literal["probe", "suite", "import"] | None = None,
        limit: int = 100,
        offset: int = 0,
        include_deleted: bool = False,
    ) -> list[RunHead]:
        """Runs, newest first; those of connection tests and calibrations are left out.

        A probe whose calls are all deleted is as good as deleted.
        """
        shown = sa.exists().where(calls.c.run_id == runs.c.id, calls.c.purpose.not_in(PASSING))
        query = sa.select(*_COLUMNS).order_by(runs.c.created_at.desc(), runs.c.id.desc())
        if not include_deleted:
            shown = shown.where(calls.c.deleted_at.is_(None))
            query = query.where(runs.c.deleted_at.is_(None))
        query = query.where((runs.c.kind == "suite") | shown)
        if suite:
            query = query.where(runs.c.suite == suite)
        if kind is not None:
            query = query.where(runs.c.kind == kind)
        with self._database.read() as connection:
            return [_as_head(row) for row in connection.execute(query.limit(limit).offset(offset))]

    def run_plan(self, run_id: str) -> dict[str, Any] | None:
        """The plan a run was entered with; None if it has none.

        Raises:
            NotFound: No such run.
        """
        with self._database.read() as connection:
            row = connection.execute(sa.select(runs.c.plan).where(runs.c.id == run_id)).first()
        if row is None:
            raise _no_run(run_id)
        plan: dict[str, Any] | None = row.plan
        return plan

    def update_run(self, run_id: str, **changes: Unpack[RunChanges]) -> RunHead:
        """Change a run's row and return it.

        With a final state it belongs to no engine any more; with another its digest is dropped.

        Raises:
            NotFound: No such run.
            TypeError: There is no such field, or it cannot change.
        """
        if unknown := changes.keys() - RunChanges.__annotations__.keys():
            raise TypeError(f"a run's {', '.join(sorted(unknown))} cannot be changed")
        values: dict[str, Any] = dict(changes)
        if "state" in changes:
            values["state"] = changes["state"].value
            if changes["state"].is_final:
                values["engine_id"] = None
            else:
                values["summary"] = None
        if "plan" in changes:
            values["plan"] = clean(changes["plan"])
        for name in ("note", "label", "name"):
            if name in values:
                values[name] = clean(values[name])
        with self._database.write() as connection:
            if values:
                connection.execute(runs.update().where(runs.c.id == run_id).values(**values))
            return _run_of(connection, run_id)

    def claim_run(self, run_id: str, lease: str) -> bool:
        """Make a run the engine's own, if it is nobody's, or a dead one's, or its own already.

        An engine whose lease was taken for dead claims what it runs with its new lease.

        Returns:
            False if another engine has it.
        """
        with self._database.write() as connection:
            done = connection.execute(
                runs.update()
                .where(runs.c.id == run_id, _nobodys(connection) | (runs.c.engine_id == lease))
                .values(engine_id=lease)
            )
            return done.rowcount == 1

    def interrupt_dead_runs(self) -> list[str]:
        """Mark runs interrupted that go on without a living engine.

        Returns:
            Their ids.
        """
        with self._database.write() as connection:
            left = sa.select(runs.c.id).where(runs.c.state.in_(_OPEN), _nobodys(connection))
            found = list(connection.scalars(left.order_by(runs.c.id)))
            connection.execute(
                runs.update()
                .where(runs.c.id.in_(found))
                .values(
                    state=RunState.INTERRUPTED.value,
                    engine_id=None,
                    stop_reason="Ringback ended before the run did.",
                )
            )
        return found

    def slots_done(self, run_id: str) -> dict[str, Call]:
        """The newest call of each place of a run's plan, deleted ones too, by the place's name."""
        query = sa.select(*CALL_COLUMNS).where(calls.c.run_id == run_id, calls.c.slot != "")
        query = query.order_by(calls.c.created_at, calls.c.id)
        with self._database.read() as connection:
            found = [as_call(row) for row in connection.execute(query)]
        return {call.slot: call for call in found}

    def run_stamp(self, run_id: str) -> tuple[int, int, int]:
        """Calls of a run, those of them that have ended, and those that are deleted.

        Changes whenever one is placed or ends: while it does not, there is nothing new to read.
        """
        ended = sa.func.coalesce(sa.func.sum(calls.c.state.in_(FINAL).cast(sa.Integer)), 0)
        query = sa.select(sa.func.count(), ended, sa.func.count(calls.c.deleted_at))
        with self._database.read() as connection:
            row = connection.execute(query.where(calls.c.run_id == run_id)).one()
        return row[0], row[1], row[2]

    def put_digest(self, run_id: str, digest: RunDigest) -> None:
        """Keep the figures of a run that has ended."""
        with self._database.write() as connection:
            connection.execute(
                runs.update().where(runs.c.id == run_id).values(summary=to_json(digest))
            )

    def digests(self, run_ids: Iterable[str]) -> dict[str, RunDigest]:
        """The figures that are kept of runs; those of an older version are left out."""
        query = sa.select(runs.c.id, runs.c.summary).where(
            among(runs.c.id, run_ids), runs.c.summary.is_not(None)
        )
        with self._database.read() as connection:
            found = list(connection.execute(query))
        return {
            row.id: from_json(RunDigest, row.summary)
            for row in found
            if row.summary.get("version") == DIGEST_VERSION
        }

    def delete_runs(self, run_ids: Iterable[str]) -> list[str]:
        """Mark runs and their calls deleted, but for runs with a call that goes on.

        :meth:`restore_runs` undoes it until they are purged.

        Returns:
            The ids of those that were not deleted before.
        """
        going = sa.exists().where(calls.c.run_id == runs.c.id, calls.c.state.not_in(FINAL))
        due = among(runs.c.id, run_ids) & runs.c.deleted_at.is_(None)
        due &= ~going & (runs.c.state.is_(None) | runs.c.state.not_in(_OPEN))
        now = datetime.now(UTC)
        with self._database.write() as connection:
            found = list(connection.scalars(sa.select(runs.c.id).where(due)))
            connection.execute(runs.update().where(among(runs.c.id, found)).values(deleted_at=now))
            connection.execute(
                calls.update()
                .where(among(calls.c.run_id, found), calls.c.deleted_at.is_(None))
                .values(deleted_at=now)
            )
        return found

    def restore_runs(self, run_ids: Iterable[str]) -> None:
        """Undo :meth:`delete_runs`; calls that were deleted before it stay deleted."""
        found = list(run_ids)
        with self._database.write() as connection:
            at = sa.select(runs.c.deleted_at).where(runs.c.id == calls.c.run_id).scalar_subquery()
            connection.execute(
                calls.update()
                .where(among(calls.c.run_id, found), calls.c.deleted_at == at)
                .values(deleted_at=None)
            )
            connection.execute(
                runs.update()
                .where(among(runs.c.id, found))
                .values(deleted_at=None, summary=sa.null())
            )

    def baseline(self, suite: str) -> str | None:
        """The run that others of a suite are compared with, unless it is deleted."""
        query = sa.select(baselines.c.run_id).join(runs, runs.c.id == baselines.c.run_id)
        query = query.where(baselines.c.suite == suite, runs.c.deleted_at.is_(None))
        with self._database.read() as connection:
            found: str | None = connection.scalar(query)
        return found

    def pin_baseline(self, suite: str, run_id: str) -> None:
        """Compare runs of a suite with this one from now on.

        Raises:
            NotFound: No such run.
        """
        with self._database.write() as connection:
            _run_of(connection, run_id)
            connection.execute(
                baselines.insert()
                .prefix_with("OR REPLACE")
                .values(suite=suite, run_id=run_id, set_at=datetime.now(UTC))
            )

    def unpin_baseline(self, suite: str) -> None:
        """Undo :meth:`pin_baseline`."""
        with self._database.write() as connection:
            connection.execute(baselines.delete().where(baselines.c.suite == suite))


def _nobodys(connection: sa.Connection) -> sa.ColumnElement[bool]:
    """Whether a run has no engine, or one that is dead or gone."""
    dead = _leases.dead_engines(connection)
    living = sa.select(engines.c.id).where(engines.c.id.not_in(dead))
    return runs.c.engine_id.is_(None) | runs.c.engine_id.not_in(living)


def _run_of(connection: sa.Connection, run_id: str) -> RunHead:
    row = connection.execute(sa.select(*_COLUMNS).where(runs.c.id == run_id)).first()
    if row is None:
        raise _no_run(run_id)
    return _as_head(row)


def _as_head(row: sa.Row[Any]) -> RunHead:
    values = dict(row._mapping)
    return RunHead(**values | {"state": values["state"] and RunState(values["state"])})


def _no_run(run_id: str) -> NotFound:
    return NotFound(
        f"There is no run {run_id[:64]!r}.",
        cause="It was deleted for good, or belongs to another data folder.",
        remedy="Pick a run from the page Runs.",
    )
