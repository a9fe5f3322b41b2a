"""Grades: what people think of calls."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from harness.errors import InputError, NotFound
from harness.nouns import LONGEST_GRADE_NOTE, LONGEST_NAME, Grade, from_json, to_json
from harness.store._clean import clean
from harness.store._rows import Part, call_of
from harness.store._tables import calls, grades, gradings

__all__ = ["Grades"]

_KEPT = ("id", "created_at")
"""What a grade has for good, however often it is changed."""


class Grades(Part):
    """Grades are kept beside their call, and gone with it."""

    def put_grade(self, grade: Grade) -> Grade:
        """Keep a grade, in place of the one that its grader gave the same thing before.

        What looks like a secret in it is hidden.

        Returns:
            It as it is kept: a changed one has the id and the moment of its first.

        Raises:
            NotFound: There is no such call.
            InputError: Its grader has no name, or name or note are too long.
        """
        if not grade.grader.strip() or len(grade.grader) > LONGEST_NAME:
            raise InputError(
                "A grade needs the name of who gives it.",
                cause=f"A name has 1 to {LONGEST_NAME} characters.",
                remedy="Enter your name, then grade again.",
            )
        if len(grade.note) > LONGEST_GRADE_NOTE:
            raise InputError(
                f"The note has {len(grade.note):,} characters.",
                cause=f"{LONGEST_GRADE_NOTE:,} can be kept.",
                remedy="Write a shorter one.",
            )
        moments = {"created_at": grade.created_at, "changed_at": grade.changed_at}
        row: dict[str, Any] = clean(to_json(grade)) | moments | {"target": grade.target}
        adding = insert(grades).values(**row)
        changed = {name: adding.excluded[name] for name in row if name not in _KEPT}
        adding = adding.on_conflict_do_update(["call_id", "grader", "target"], set_=changed)
        with self._database.write() as connection:
            call_of(connection, grade.call_id)
            connection.execute(adding)
            kept = connection.execute(
                sa.select(grades).where(
                    grades.c.call_id == grade.call_id,
                    grades.c.grader == row["grader"],
                    grades.c.target == row["target"],
                )
            ).one()
        return _as_grade(kept)

    def get_grade(self, grade_id: str) -> Grade:
        """One grade.

        Raises:
            NotFound: There is no such grade.
        """
        with self._database.read() as connection:
            row = connection.execute(sa.select(grades).where(grades.c.id == grade_id)).first()
        if row is None:
            raise _no_grade(grade_id)
        return _as_grade(row)

    def drop_grade(self, grade_id: str) -> None:
        """Take a grade back.

        Raises:
            NotFound: There is no such grade.
        """
        with self._database.write() as connection:
            done = connection.execute(grades.delete().where(grades.c.id == grade_id))
        if not done.rowcount:
            raise _no_grade(grade_id)

    def grades_of(self, call_id: str) -> list[Grade]:
        """The grades of a call, oldest first; none if there is no such call."""
        with self._database.read() as connection:
            query = sa.select(grades).where(grades.c.call_id == call_id)
            rows = connection.execute(query.order_by(grades.c.created_at, grades.c.id))
            return [_as_grade(row) for row in rows]

    def grades(self, *, check: str = "", grader: str = "", limit: int = 10_000) -> list[Grade]:
        """Grades of all calls that are not deleted, newest first.

        Args:
            check: Of this check alone.
            grader: Of this person alone.
            limit: At most so many.
        """
        query = sa.select(grades).join(calls).where(calls.c.deleted_at.is_(None))
        if check:
            query = query.where(grades.c.check == check)
        if grader:
            query = query.where(grades.c.grader == grader)
        query = query.order_by(grades.c.changed_at.desc(), grades.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [_as_grade(row) for row in connection.execute(query)]

    def grades_stamp(self) -> tuple[int | str | None, ...]:
        """Differs once grades, gradings or ends of graded calls are others than before."""
        kept = sa.select(grades).join(calls).where(calls.c.deleted_at.is_(None)).subquery()
        graded = sa.select(kept.c.call_id)
        query = sa.select(
            sa.func.count(),
            sa.func.max(kept.c.changed_at),
            sa.func.max(kept.c.id),
            sa.select(sa.func.count()).where(gradings.c.call_id.in_(graded)).scalar_subquery(),
            sa.select(sa.func.count(calls.c.ended_at))
            .where(calls.c.id.in_(graded))
            .scalar_subquery(),
        ).select_from(kept)
        with self._database.read() as connection:
            return tuple(connection.execute(query).one())

    def graders(self) -> list[str]:
        """Who has graded, by name."""
        with self._database.read() as connection:
            query = sa.select(grades.c.grader).distinct().order_by(grades.c.grader)
            return list(connection.scalars(query))


def _no_grade(grade_id: str) -> NotFound:
    return NotFound(
        f"There is no grade {grade_id[:64]!r}.",
        cause="It was taken back before, or its call was deleted for good.",
        remedy="Reload the page.",
    )


def _as_grade(row: sa.Row[Any]) -> Grade:
    values = dict(row._mapping)
    del values["target"]
    return from_json(Grade, values)
