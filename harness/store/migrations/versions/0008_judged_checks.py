"""Which checks judges decided, apart from the logs of calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the table. An engine fills it in, since what judges said stands in the logs."""
    op.create_table(
        "judged_checks",
        sa.Column(
            "call_id",
            sa.String,
            sa.ForeignKey("calls.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("check", sa.String, primary_key=True),
        sa.Column("agreement", sa.Float, nullable=False, index=True),
        sa.Column("required", sa.Boolean, nullable=False),
        sa.Column("judge", sa.String, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("prompt", sa.String, nullable=False),
    )
    op.create_index("ix_grades_grader", "grades", ["grader"])


def downgrade() -> None:
    """Take both away."""
    op.drop_index("ix_grades_grader", "grades")
    op.drop_table("judged_checks")
