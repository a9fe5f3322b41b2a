"""What people think of calls: grades."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "grades",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column(
            "call_id",
            sa.String,
            sa.ForeignKey("calls.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("grader", sa.String, nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("check", sa.String, nullable=False, index=True),
        sa.Column("turn", sa.Integer, nullable=True),
        sa.Column("at", sa.Float, nullable=True),
        sa.Column("value", sa.String, nullable=False),
        sa.Column("note", sa.String, nullable=False),
        sa.Column("blind", sa.Boolean, nullable=False),
        sa.Column("judged", sa.JSON, nullable=True),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("changed_at", sa.DateTime, nullable=False),
        sa.UniqueConstraint("call_id", "grader", "target"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("grades")
