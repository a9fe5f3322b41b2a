"""What a call is for: connection tests are no conversations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add it."""
    op.add_column("calls", sa.Column("purpose", sa.String, nullable=False, server_default="call"))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("calls", "purpose")
