"""The tables as they are now; `migrations/` makes them, step by step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

__all__ = [
    "METADATA",
    "UtcTime",
    "baselines",
    "calibrations",
    "call_failures",
    "call_tags",
    "call_texts",
    "call_words",
    "calls",
    "engines",
    "filters",
    "grades",
    "gradings",
    "judged_checks",
    "options",
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
    sa.Column("created_at", UtcTime, nullable=False, index=True),
    sa.Column("kind", sa.String, nullable=False, server_default="probe"),
    sa.Column("state", sa.String, nullable=True),
    sa.Column("suite", sa.String, nullable=False, server_default="", index=True),
    sa.Column("label", sa.String, nullable=False, server_default=""),
    sa.Column("parent_id", sa.String, nullable=True),
    sa.Column("ended_at", UtcTime, nullable=True),
    sa.Column("stop_reason", sa.String, nullable=False, server_default=""),
    sa.Column("planned", sa.Integer, nullable=False, server_default="0"),
    sa.Column("seed", sa.Integer, nullable=False, server_default="0"),
    sa.Column("plan", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("note", sa.String, nullable=False, server_default=""),
    sa.Column("starred", sa.Boolean, nullable=False, server_default="0"),
    sa.Column("deleted_at", UtcTime, nullable=True),
    sa.Column("summary", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("engine_id", sa.String, nullable=True, index=True),
)
"""`summary` is the digest of a run that has ended; `engine_id` the engine that places its calls,
which may be gone."""

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
    sa.Column("slot", sa.String, nullable=False, server_default=""),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
    sa.Column("agent_name", sa.String, nullable=False, server_default=""),
    sa.Column("version", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("starred", sa.Boolean, nullable=False, server_default="0"),
    sa.Column("note", sa.String, nullable=False, server_default=""),
    sa.Column("origin", sa.String, nullable=False, server_default=""),
    sa.Column("figures", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("bytes", sa.Integer, nullable=True),
    sa.Index("ix_calls_of_run", "run_id", "state", "deleted_at"),
    sa.Index("ix_calls_scenario_created_at", "scenario", "created_at"),
    sa.Index("ix_calls_agent_created_at", "agent", "created_at"),
    sa.Index(
        "ix_calls_listed",
        *("deleted_at", "created_at", "id", "purpose", "state", "verdict", "agent", "agent_name"),
        *("scenario", "run_id", "starred", "note", "duration_s"),
        sa.text("json_extract(summary, '$.p95_s')"),
    ),
)
"""All that lists are searched, ordered and counted by stands in one index: a row with its plan is
some kilobytes long. `figures` are what tables of many calls need of one, `bytes` what its files
took at its end."""

call_tags = sa.Table(
    "call_tags",
    METADATA,
    sa.Column(
        "call_id", sa.String, sa.ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("tag", sa.String, primary_key=True, index=True),
)

call_failures = sa.Table(
    "call_failures",
    METADATA,
    sa.Column(
        "call_id", sa.String, sa.ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("name", sa.String, primary_key=True, index=True),
)
"""What failed a call: the names in the `failed` of its figures."""

call_texts = sa.Table(
    "call_texts",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "call_id",
        sa.String,
        sa.ForeignKey("calls.id", ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    sa.Column("said", sa.String, nullable=False),
    sa.Column("replied", sa.String, nullable=False),
)
"""What caller and agent said. Its number is its own: a row's implicit one may change."""

call_words = sa.table("call_words", sa.column("rowid"))
"""SQLite's index of the words of `call_texts`; triggers keep it in step (migration 0005)."""

filters = sa.Table(
    "filters",
    METADATA,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("query", sa.JSON, nullable=False),
)

baselines = sa.Table(
    "baselines",
    METADATA,
    sa.Column("suite", sa.String, primary_key=True),
    sa.Column("run_id", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    sa.Column("set_at", UtcTime, nullable=False),
)
"""Which run of a suite others are compared with."""

options = sa.Table(
    "options",
    METADATA,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
)
"""Choices of people that belong to the data: how long calls are kept, what reports hide."""

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

grades = sa.Table(
    "grades",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column(
        "call_id",
        sa.String,
        sa.ForeignKey("calls.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sa.Column("grader", sa.String, nullable=False, index=True),
    sa.Column("target", sa.String, nullable=False),
    sa.Column("check", sa.String, nullable=False, index=True),
    sa.Column("turn", sa.Integer, nullable=True),
    sa.Column("at", sa.Float, nullable=True),
    sa.Column("value", sa.String, nullable=False),
    sa.Column("note", sa.String, nullable=False),
    sa.Column("blind", sa.Boolean, nullable=False),
    sa.Column("judged", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.UniqueConstraint("call_id", "grader", "target"),
)
"""What people think of calls; `target` is :attr:`harness.nouns.Grade.target`."""

judged_checks = sa.Table(
    "judged_checks",
    METADATA,
    sa.Column(
        "call_id", sa.String, sa.ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("check", sa.String, primary_key=True),
    sa.Column("agreement", sa.Float, nullable=False, index=True),
    sa.Column("required", sa.Boolean, nullable=False),
    sa.Column("judge", sa.String, nullable=False),
    sa.Column("model", sa.String, nullable=False),
    sa.Column("prompt", sa.String, nullable=False),
)
"""Which checks of which calls judges decided: :class:`harness.nouns.JudgedCheck`. Its words are in
the event logs; this is what queues and lists of many calls read."""

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
