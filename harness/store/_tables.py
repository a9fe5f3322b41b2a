"""The tables as they are now; `migrations/` makes them, step by step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

__all__ = [
    "METADATA",
    "UtcTime",
    "calibrations",
    "calls",
    "engines",
    "gradings",
    "runs",
    "sessions",
]


class UtcTime(sa.TypeDecorator[datetime]):
    """A moment, kept in UTC and given back with its zone (SQLite keeps none)."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """To the database: UTC without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """From the database: with its zone."""
        return None if value is None else value.replace(tzinfo=UTC)


METADATA = sa.MetaData()

engines = sa.Table(
    "engines",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("process_started", sa.Float, nullable=False),
    sa.Column("host", sa.String, nullable=False),
    sa.Column("heartbeat", sa.Float, nullable=False),
)
"""Who carries calls right now; `process_started` and `heartbeat` are seconds since 1970."""

runs = sa.Table(
    "runs",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
)

calls = sa.Table(
    "calls",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("run_id", sa.String, sa.ForeignKey("runs.id"), nullable=False, index=True),
    sa.Column(
        "engine_id",
        sa.String,
        sa.ForeignKey("engines.id", ondelete="SET NULL"),
        nullable=True,
        index=True,
    ),
    sa.Column("agent", sa.String, nullable=False),
    sa.Column("provider", sa.String, nullable=False),
    sa.Column("scenario", sa.String, nullable=True),
    sa.Column("voice", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("verdict", sa.String, nullable=True),
    sa.Column("failure", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("created_at", UtcTime, nullable=False, index=True),
    sa.Column("ended_at", UtcTime, nullable=True),
    sa.Column("duration_s", sa.Float, nullable=True),
    sa.Column("summary", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("deleted_at", UtcTime, nullable=True),
    sa.Column("plan", sa.JSON, nullable=False),
    sa.Column("purpose", sa.String, nullable=False, server_default="call"),
)

sessions = sa.Table(
    "sessions",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "call_id",
        sa.String,
        sa.ForeignKey("calls.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sa.Column(
        "engine_id",
        sa.String,
        sa.ForeignKey("engines.id", ondelete="SET NULL"),
        nullable=True,
        index=True,
    ),
    sa.Column("provider", sa.String, nullable=False),
    sa.Column("room", sa.String, nullable=False),
    sa.Column("stop", sa.JSON, nullable=False),
    sa.Column("opened_at", UtcTime, nullable=False),
    sa.Column("closed_at", UtcTime, nullable=True),
)
"""Started agent sessions and what is needed to stop them after a crash."""

gradings = sa.Table(
    "gradings",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column(
        "call_id",
        sa.String,
        sa.ForeignKey("calls.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("label", sa.String, nullable=False),
    sa.Column("judge", sa.JSON, nullable=False),
    sa.Column("checks", sa.JSON, nullable=False),
    sa.Column("results", sa.JSON, nullable=False),
    sa.Column("verdict", sa.String, nullable=True),
    sa.Column("tokens_in", sa.Integer, nullable=False),
    sa.Column("tokens_out", sa.Integer, nullable=False),
)
"""Calls judged once more. What was graded while a call ran is in its events."""

calibrations = sa.Table(
    "calibrations",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("created_at", UtcTime, nullable=False, index=True),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("host", sa.String, nullable=False),
    sa.Column("result", sa.JSON, nullable=False),
)
"""What `ringback calibrate` found, each with the whole result as JSON."""
