"""How many calls a search would find by each filter, and where calls stand in their runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from harness.nouns import CallChoices, CallCounts, CallQuery
from harness.store._rows import FINAL, PASSING, Part, among
from harness.store._search import conditions
from harness.store._tables import UtcTime, call_failures, call_tags, calls

__all__ = ["Beside", "Facets"]


@dataclass(frozen=True, slots=True)
class Beside:
    """The calls of the same run around one: ids, None where there is none.

    Attributes:
        before: The one placed before it.
        after: The one placed after it.
        failed: The next one that failed; after the last the first again, never itself.
    """

    before: str | None = None
    after: str | None = None
    failed: str | None = None


class Facets(Part):
    """Counts beside the filters of a list."""

    def counts(self, query: CallQuery) -> CallCounts:
        """How many calls a query finds by each outcome, whichever it asks for."""
        over = calls.c.state.in_(FINAL)

        def of(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
            return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

        asked = sa.select(
            sa.func.count(),
            of(calls.c.verdict == "passed"),
            of(calls.c.verdict == "failed"),
            of(over & calls.c.verdict.is_distinct_from("passed")
               & calls.c.verdict.is_distinct_from("failed")),
            of(~over),
        ).where(*conditions(replace(query, outcome="")))  # fmt: skip
        with self._database.read() as connection:
            return CallCounts(*connection.execute(asked).one())

    def choices(self, query: CallQuery) -> CallChoices:
        """What a query can be narrowed by; of each kind whatever it asks for of the others."""
        with self._database.read() as connection:
            return CallChoices(
                agents=_counted(connection, calls.c.agent, replace(query, agent="")),
                scenarios=_counted(
                    connection,
                    sa.func.coalesce(calls.c.scenario, ""),
                    replace(query, scenario=""),
                ),
                failures=_counted(
                    connection, call_failures.c.name, replace(query, failure=""), call_failures
                ),
                tags=_counted(connection, call_tags.c.tag, replace(query, tag=""), call_tags),
            )

    def places(self, call_ids: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Which call of its run each is, from 1, and how many the run has, without deleted ones."""
        wanted = list(call_ids)
        of_runs = sa.select(calls.c.run_id).where(among(calls.c.id, wanted))
        numbered = (
            sa.select(
                calls.c.id,
                sa.func.row_number()
                .over(partition_by=calls.c.run_id, order_by=(calls.c.created_at, calls.c.id))
                .label("number"),
                sa.func.count().over(partition_by=calls.c.run_id).label("of"),
            )
            .where(
                calls.c.run_id.in_(of_runs),
                calls.c.deleted_at.is_(None),
                calls.c.purpose.not_in(PASSING),
            )
            .subquery()
        )
        with self._database.read() as connection:
            rows = connection.execute(sa.select(numbered).where(among(numbered.c.id, wanted)))
            return {row.id: (row.number, row.of) for row in rows}

    def beside(self, call_id: str) -> Beside:
        """The ended calls of its run around a call, in the order in which they were placed."""
        with self._database.read() as connection:
            own = sa.select(calls.c.run_id, calls.c.created_at).where(calls.c.id == call_id)
            row = connection.execute(own).first()
            if row is None:
                return Beside()
            place = sa.tuple_(calls.c.created_at, calls.c.id)
            here = sa.tuple_(sa.literal(row.created_at, UtcTime), sa.literal(call_id))
            others = (
                sa.select(calls.c.id)
                .where(
                    calls.c.run_id == row.run_id,
                    calls.c.id != call_id,
                    calls.c.deleted_at.is_(None),
                    calls.c.purpose.not_in(PASSING),
                    calls.c.state.in_(FINAL),
                )
                .limit(1)
            )
            forth = (calls.c.created_at, calls.c.id)
            back = (calls.c.created_at.desc(), calls.c.id.desc())
            failed = others.where(calls.c.verdict == "failed")
            asked = (
                others.where(place < here).order_by(*back),
                others.where(place > here).order_by(*forth),
                failed.order_by(sa.case((place > here, 0), else_=1), *forth),
            )
            found = connection.execute(sa.select(*(one.scalar_subquery() for one in asked))).one()
            return Beside(*found)


def _counted(
    connection: sa.Connection,
    value: sa.ColumnElement[Any],
    query: CallQuery,
    beside: sa.Table | None = None,
) -> dict[str, int]:
    """How many calls of a query have each value, most first; `beside` has it, not their rows."""
    source: sa.FromClause = calls
    if beside is not None:
        source = beside.join(calls, calls.c.id == beside.c.call_id)
    many = sa.func.count()
    asked = sa.select(value, many).select_from(source).where(*conditions(query)).group_by(value)
    return {name: count for name, count in connection.execute(asked.order_by(many.desc(), value))}
