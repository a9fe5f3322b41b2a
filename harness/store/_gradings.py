"""Rows of gradings."""

from __future__ import annotations

import sqlalchemy as sa

from harness.errors import NotFound
from harness.nouns import Grading, from_json, to_json
from harness.store._clean import clean
from harness.store._tables import gradings

__all__ = ["add", "get", "of_call"]


def add(connection: sa.Connection, grading: Grading) -> None:
    """Enter a grading."""
    row = clean(to_json(grading)) | {"created_at": grading.created_at}
    connection.execute(gradings.insert().values(**row))


def of_call(connection: sa.Connection, call_id: str) -> list[Grading]:
    """The gradings of a call, oldest first."""
    query = sa.select(gradings).where(gradings.c.call_id == call_id)
    found = connection.execute(query.order_by(gradings.c.created_at, gradings.c.id))
    return [from_json(Grading, dict(row._mapping)) for row in found]


def get(connection: sa.Connection, grading_id: str) -> Grading:
    """The grading of that id; raises NotFound."""
    query = sa.select(gradings).where(gradings.c.id == grading_id)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound(
            f"There is no grading {grading_id[:64]!r}.",
            cause="Its call was deleted for good, or it belongs to another data folder.",
            remedy="Pick one from the gradings of its call.",
        )
    return from_json(Grading, dict(row._mapping))
