"""What version of an agent is called: found out once a run, and never in a call's way."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cloud_platform import PRIVATE, PUBLIC, Platform, platform
from plain_web import reply

from harness.calls._versions import Versions
from harness.errors import MissingSecret
from harness.nouns import Agent, AgentVersion

LOOK = "GET /v1/agents/my-agent"


@pytest_asyncio.fixture
async def cloud() -> AsyncIterator[Platform]:
    async with platform() as made:
        yield made


def deployed(cloud: Platform, **more: Any) -> Agent:
    config = {"api_key": PUBLIC, "agent_name": "my-agent", "base_url": cloud.web.url, **more}
    return Agent(name="cloud", provider="pipecat_cloud", config=config)


async def test_a_deployment_is_asked_for_once_a_run(cloud: Platform) -> None:
    told = [reply(200, {"activeDeploymentId": name}) for name in ("dep-1", "dep-2")]
    cloud.on(LOOK, *told)
    versions, agent = Versions(lambda agent: agent), deployed(cloud, private_api_key=PRIVATE)
    both = await asyncio.gather(*(versions.of("run_1", agent, "prompt 3") for _ in range(2)))
    assert both == [AgentVersion(deployment="dep-1", label="prompt 3")] * 2
    assert len(cloud.seen(LOOK)) == 1
    assert both[0].text == "prompt 3" and both[0].whole == "prompt 3, deployment dep-1"
    other = await versions.of("run_2", agent)
    assert other == AgentVersion(deployment="dep-2") and other.text == "dep-2"


@pytest.mark.parametrize(
    "answer", [reply(200, {}), reply(500, {}), reply(200, {"activeDeploymentId": 7})]
)
async def test_a_platform_that_does_not_say_costs_nothing(cloud: Platform, answer: Any) -> None:
    cloud.on(LOOK, answer)
    agent = deployed(cloud, private_api_key=PRIVATE)
    assert await Versions(lambda agent: agent).of("run_1", agent) is None
    assert cloud.seen(LOOK)


async def test_nobody_is_asked_without_the_key_for_it(cloud: Platform) -> None:
    assert await Versions(lambda agent: agent).of("run_1", deployed(cloud)) is None
    assert cloud.asked == []

    def resolved(agent: Agent) -> Agent:
        raise MissingSecret("It is gone.")

    agent = deployed(cloud, private_api_key="secret:GONE")
    assert await Versions(resolved).of("run_1", agent, "mine") == AgentVersion(label="mine")


async def test_a_bot_has_the_commit_that_the_run_began_with(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        given = ("git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b")
        done = subprocess.run((*given, *arguments), check=True, capture_output=True, text=True)
        return done.stdout.strip()

    bot = tmp_path / "bot.py"
    bot.write_text("")
    git("init", "-q")
    git("add", "bot.py")
    git("commit", "-qm", "first")
    agent = Agent(name="own", provider="bot_file", config={"file": str(bot)})
    versions = Versions(lambda agent: agent)
    first = await versions.of("run_1", agent)
    assert first == AgentVersion(git_commit=git("rev-parse", "HEAD"))
    bot.write_text("print()")
    assert await versions.of("run_1", agent) == first, "of a run there is one version"
    changed = await versions.of("run_2", agent)
    assert changed is not None and changed.dirty and changed.text == first.text + "+"
    assert changed.whole.endswith("with changes that are in no commit")
