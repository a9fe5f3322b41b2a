"""Choices of people that are kept with the data, and what the data take on disk."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from harness.nouns import (
    CallQuery,
    Retention,
    RetentionPlan,
    RunState,
    SavedFilter,
    StorageUse,
    from_json,
    to_json,
)
from harness.store._rows import CALL_COLUMNS, FINAL, PASSING, Part, as_call
from harness.store._tables import baselines, calls, filters, options, runs

__all__ = ["Options", "size_of"]


class Options(Part):
    """Filters that are kept, options, and storage."""

    def save_filter(self, name: str, query: CallQuery) -> None:
        """Keep a query under a name, in place of one that has it."""
        row = {"name": name, "query": to_json(query)}
        with self._database.write() as connection:
            connection.execute(filters.insert().prefix_with("OR REPLACE").values(**row))

    def filters(self) -> list[SavedFilter]:
        """What was kept, by name."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(filters).order_by(filters.c.name))
            return [SavedFilter(row.name, from_json(CallQuery, row.query)) for row in rows]

    def delete_filter(self, name: str) -> None:
        """Forget one."""
        with self._database.write() as connection:
            connection.execute(filters.delete().where(filters.c.name == name))

    def option(self, key: str, default: Any = None) -> Any:
        """A choice as JSON values."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(options.c.value).where(options.c.key == key)).first()
        return default if row is None else row.value

    def set_option(self, key: str, value: Any) -> None:
        """Keep a choice; `value` is JSON."""
        with self._database.write() as connection:
            insert = options.insert().prefix_with("OR REPLACE")
            connection.execute(insert.values(key=key, value=value))

    def storage_use(self) -> StorageUse:
        """What all calls take on disk, deleted ones too until they are purged.

        Of a call whose size is not known yet its files are looked at.
        """
        query = sa.select(calls.c.id, calls.c.bytes, calls.c.created_at)
        with self._database.read() as connection:
            rows = list(connection.execute(query.where(calls.c.purpose.not_in(PASSING))))
        return StorageUse(
            calls=len(rows),
            bytes=sum(self._bytes(row.id, row.bytes) for row in rows),
            recordings=sum(self.artifacts(row.id).recording.exists() for row in rows),
            oldest=min((row.created_at for row in rows), default=None),
        )

    def retention_plan(self, retention: Retention, now: datetime) -> RetentionPlan:
        """What is beyond the limits; nothing is removed. Deleted calls are no part of it.

        A starred run keeps its calls as a starred call keeps itself, and so does one that goes on.
        """
        going_on = runs.c.state.in_([state.value for state in RunState if not state.is_final])
        with self._database.read() as connection:
            query = sa.select(*CALL_COLUMNS, calls.c.bytes.label("size")).where(
                calls.c.deleted_at.is_(None), calls.c.purpose.not_in(PASSING)
            )
            rows = list(connection.execute(query.order_by(calls.c.created_at, calls.c.id)))
            kept_runs = set(connection.scalars(sa.select(baselines.c.run_id)))
            kept_runs |= set(connection.scalars(sa.select(runs.c.id).where(runs.c.starred)))
            kept_runs |= set(connection.scalars(sa.select(runs.c.id).where(going_on)))
        sizes = {row.id: self._bytes(row.id, row.size) for row in rows}
        before = None if retention.keep_days is None else now - timedelta(days=retention.keep_days)
        left = sum(sizes.values())
        going, kept_anyway = [], 0
        for row in rows:
            old = before is not None and row.created_at < before
            much = retention.keep_bytes is not None and left > retention.keep_bytes
            if not (old or much):
                continue
            if row.starred or row.run_id in kept_runs or row.state not in FINAL:
                kept_anyway += 1
                continue
            going.append(row)
            left -= sizes[row.id]
        return RetentionPlan(
            calls=tuple(as_call(row) for row in going),
            bytes=sum(sizes[row.id] for row in going),
            kept_anyway=kept_anyway,
        )

    def _bytes(self, call_id: str, known: int | None) -> int:
        return size_of(self.artifacts(call_id).folder) if known is None else known


def size_of(folder: Path) -> int:
    """Bytes of the files in a folder; 0 if there is none."""
    try:
        with os.scandir(folder) as files:
            return sum(file.stat().st_size for file in files if file.is_file())
    except FileNotFoundError:
        return 0
