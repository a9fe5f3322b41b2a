"""What lists of calls are searched and counted by, apart from the long rows of calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_LISTED = (
    "deleted_at", "created_at", "id", "purpose", "state", "verdict", "agent", "agent_name",
    "scenario", "run_id", "starred", "note", "duration_s",
)  # fmt: skip


def upgrade() -> None:
    """Add the table and the index; what is known of old calls is filled in."""
    op.create_table(
        "call_failures",
        sa.Column(
            "call_id",
            sa.String,
            sa.ForeignKey("calls.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("name", sa.String, primary_key=True, index=True),
    )
    op.execute(
        "INSERT OR IGNORE INTO call_failures(call_id, name) "
        "SELECT calls.id, each.value FROM calls, json_each(calls.figures, '$.failed') AS each "
        "WHERE calls.figures IS NOT NULL"
    )
    columns: list[str | sa.TextClause] = [*_LISTED, sa.text("json_extract(summary, '$.p95_s')")]
    op.create_index("ix_calls_listed", "calls", columns)
    op.drop_index("ix_calls_deleted_at_created_at", "calls")


def downgrade() -> None:
    """Take both away."""
    op.create_index("ix_calls_deleted_at_created_at", "calls", ["deleted_at", "created_at"])
    op.drop_index("ix_calls_listed", "calls")
    op.drop_table("call_failures")
