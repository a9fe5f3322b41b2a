"""The first tables: engines, runs, calls, sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "engines",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("process_started", sa.Float, nullable=False),
        sa.Column("host", sa.String, nullable=False),
        sa.Column("heartbeat", sa.Float, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "calls",
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
        sa.Column("failure", sa.JSON, nullable=True),
        sa.Column("created_at", sa.DateTime, nullable=False, index=True),
        sa.Column("ended_at", sa.DateTime, nullable=True),
        sa.Column("duration_s", sa.Float, nullable=True),
        sa.Column("summary", sa.JSON, nullable=True),
        sa.Column("deleted_at", sa.DateTime, nullable=True),
        sa.Column("plan", sa.JSON, nullable=False),
    )
    op.create_table(
        "sessions",
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
        sa.Column("opened_at", sa.DateTime, nullable=False),
        sa.Column("closed_at", sa.DateTime, nullable=True),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("sessions", "calls", "runs", "engines"):
        op.drop_table(table)
