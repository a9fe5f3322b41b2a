from __future__ import annotations

import pytest

from harness.calls import Engine
from harness.cli._surroundings import Surroundings
from harness.local import LocalHost, demo_agent
from harness.nouns import Agent
from harness.settings import Settings

RUNNER = Agent(name="x", provider="dev_runner", config={"url": "http://localhost:1"})


@pytest.mark.parametrize(("agent", "here"), [(demo_agent(), True), (RUNNER, False)])
def test_only_an_agent_that_runs_here_brings_a_livekit_server(agent: Agent, here: bool) -> None:
    engine = Surroundings().engine(Settings(), agent)
    assert isinstance(engine, Engine)
    assert isinstance(engine._host, LocalHost) is here
    engine.loop.close()
