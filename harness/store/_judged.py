"""Judged checks: which criteria of which calls judges decided, for queues and for lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from harness.nouns import JudgedCheck
from harness.store._rows import Part, among
from harness.store._tables import calls, grades, judged_checks

__all__ = ["JudgedChecks", "replace_judged"]

_DECIDED = ("met", "not_met")
_GONE = sa.select(calls.c.id).where(calls.c.deleted_at.is_not(None))


def replace_judged(connection: sa.Connection, call_id: str, judged: Iterable[JudgedCheck]) -> None:
    """Keep these, and no others, of a call that is there."""
    connection.execute(judged_checks.delete().where(judged_checks.c.call_id == call_id))
    rows = [
        {name: getattr(each, name) for name in JudgedCheck.__dataclass_fields__}
        | {"call_id": call_id}
        for each in judged
    ]
    if rows:
        connection.execute(judged_checks.insert(), rows)


class JudgedChecks(Part):
    """What is known of judged checks without reading a log; deleted calls are left out."""

    def put_judged(self, call_id: str, judged: Iterable[JudgedCheck]) -> None:
        """Keep which checks of a call judges decided, in place of what was kept.

        Args:
            call_id: The call; one that is gone is passed over.
            judged: Each check once.
        """
        with self._database.write() as connection:
            if connection.scalar(sa.select(calls.c.id).where(calls.c.id == call_id)) is not None:
                replace_judged(connection, call_id, judged)

    def judged_checks(self, *, below: float | None = None) -> list[tuple[str, str, float]]:
        """Call, check and agreement of every judged check.

        Args:
            below: Only where fewer of the votes agree, as a share from 0 to 1.

        Returns:
            The least agreement first, then the newest call.
        """
        table = judged_checks.c
        query = sa.select(table.call_id, table.check, table.agreement)
        query = query.where(table.call_id.not_in(_GONE))
        if below is not None:
            query = query.where(table.agreement < below)
        return self._rows(query.order_by(table.agreement, table.call_id.desc(), table.check))

    def judged_stamp(self) -> tuple[Any, ...]:
        """Differs once there are others among the judged checks than before."""
        gone = calls.c.deleted_at.is_not(None)
        query = sa.select(
            sa.select(sa.func.count()).select_from(judged_checks).scalar_subquery(),
            sa.select(sa.func.max(sa.literal_column("judged_checks.rowid")))
            .select_from(judged_checks)
            .scalar_subquery(),
            sa.select(sa.func.count()).select_from(calls).where(gone).scalar_subquery(),
            sa.select(sa.func.max(calls.c.deleted_at)).where(gone).scalar_subquery(),
        )
        return tuple(self._rows(query)[0])

    def judges_of_runs(
        self, run_ids: Iterable[str], scenario: str = ""
    ) -> list[tuple[str, str, str, str, bool]]:
        """Who judged what in these runs: check, judge, model, prompt, whether it is required.

        Args:
            run_ids: Ids of runs.
            scenario: Only in calls of this one, by its title; empty for all.
        """
        table = judged_checks.c
        those = sa.select(calls.c.id).where(
            among(calls.c.run_id, run_ids), calls.c.deleted_at.is_(None)
        )
        if scenario:
            those = those.where(calls.c.scenario == scenario)
        query = sa.select(table.check, table.judge, table.model, table.prompt, table.required)
        return self._rows(query.where(table.call_id.in_(those), table.judge != "").distinct())

    def disagreements(self) -> list[tuple[str, str]]:
        """Call and check of which a person said met and a judge failed, or the other way round.

        What counts is what the judge had said when they graded. The newest call comes first.
        """
        table = grades.c
        said = sa.func.json_extract(table.judged, "$.verdict")
        query = sa.select(table.call_id, table.check).where(
            table.call_id.not_in(_GONE),
            table.check != "",
            table.value.in_(_DECIDED),
            said.in_(_DECIDED),
            said != table.value,
        )
        return self._rows(query.distinct().order_by(table.call_id.desc(), table.check))

    def graded_checks(self, grader: str) -> set[tuple[str, str]]:
        """Call and check of all that a person graded as a whole, not one reply of it."""
        table = grades.c
        query = sa.select(table.call_id, table.check).where(
            table.grader == grader, table.check != "", table.turn.is_(None)
        )
        return set(self._rows(query))

    def ungraded(self, call_ids: Iterable[str], grader: str) -> set[str]:
        """Those of these calls of which a person has not graded all that judges decided."""
        table = judged_checks.c
        graded = sa.exists().where(
            grades.c.call_id == table.call_id,
            grades.c.grader == grader,
            grades.c.check == table.check,
            grades.c.turn.is_(None),
        )
        query = sa.select(table.call_id).where(among(table.call_id, call_ids), ~graded)
        return {call_id for (call_id,) in self._rows(query.distinct())}

    def _rows(self, query: sa.Select[Any]) -> list[Any]:
        with self._database.read() as connection:
            return [tuple(row) for row in connection.execute(query)]
