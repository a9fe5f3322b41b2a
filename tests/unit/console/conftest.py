from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "pages"))

from replay_service import ReplayService

from harness.calls import CallRequest
from harness.console import install
from harness.nouns import Agent

DEMO = Agent(name="demo", provider="demo", title="Clinic front desk")


@pytest.fixture
def replay() -> Iterator[ReplayService]:
    """A short call's service, much faster than life."""
    service = ReplayService("short", speed=30)
    service.start()
    install(service)
    yield service
    install(None)
    service.stop()


@pytest.fixture
def placed(replay: ReplayService) -> str:
    """A call that runs."""
    return replay.place(CallRequest(agent=DEMO)).id


@pytest.fixture
def ended(replay: ReplayService) -> str:
    """A call that is over."""
    call_id = replay.place(CallRequest(agent=DEMO)).id
    replay._calls[call_id].started -= 3600
    return call_id
