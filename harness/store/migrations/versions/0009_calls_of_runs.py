"""How far a run has come, without a look at the rows of its calls."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_calls_of_run", "calls", ["run_id", "state", "deleted_at"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_calls_of_run", "calls")
