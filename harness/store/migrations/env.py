"""What Alembic runs; the connection comes from `harness.store`."""

from __future__ import annotations

from alembic import context

from harness.store._tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
)
context.run_migrations()
