from __future__ import annotations

from datetime import UTC, datetime

from harness.nouns import Call, CallState
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
