from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from harness.nouns import Call, CallState
from harness.settings import Settings
from harness.store import new_id


def make_call(run_id: str = "run_1", state: CallState = CallState.QUEUED) -> Call:
    return Call(
        id=new_id("call"),
        run_id=run_id,
        agent="demo",
        provider="demo",
        scenario="booking",
        voice="heart",
        state=state,
        verdict=None,
        failure=None,
        created_at=datetime.now(UTC),
    )


def migrate(settings: Settings, revision: str, *, down: bool = False) -> None:
    """Bring the database of a data folder to a revision of before, from nothing or from today."""
    engine = sa.create_engine(f"sqlite:///{settings.folder() / 'ringback.db'}")
    config = Config()
    config.set_main_option("script_location", "harness.store:migrations")
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)
    engine.dispose()
