"""What a typed text means: the demo agent, an address, a file, a saved agent."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.agents.choosing import ROOM_TOKEN, agent_of
from harness.agents.library import AgentLibrary
from harness.errors import AgentConfigError, UnknownName
from harness.nouns import Agent
from harness.settings import Settings

ONE = "name: clinic\nprovider: dev_runner\nconfig: {url: http://127.0.0.1:7860}\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv(ROOM_TOKEN, raising=False)
    monkeypatch.chdir(tmp_path)
    return Settings(data=tmp_path / "data")


@pytest.mark.parametrize(
    ("text", "provider", "name", "url"),
    [
        ("demo", "demo", "demo", None),
        ("http://localhost:7860/x", "dev_runner", "localhost:7860", "http://localhost:7860/x"),
        ("HTTPS://user:pw@bots.example", "dev_runner", "bots.example", None),
        ("clinic.yaml", "dev_runner", "clinic", "http://127.0.0.1:7860"),
        ("saved", "http_runner", "saved", "http://bots.example/start"),
    ],
)
def test_what_is_typed(
    text: str, provider: str, name: str, url: str | None, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "clinic.yaml").write_text(ONE)
    config = {"url": "http://bots.example/start"}
    AgentLibrary(settings).save(Agent(name="saved", provider="http_runner", config=config))
    agent = agent_of(text, settings)
    assert (agent.provider, agent.name) == (provider, name)
    assert url is None or agent.config["url"] == url


def test_a_room_has_its_token_from_the_environment(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AgentConfigError, match=ROOM_TOKEN):
        agent_of("wss://rooms.example", settings)
    monkeypatch.setenv(ROOM_TOKEN, "tok")
    agent = agent_of("wss://rooms.example", settings)
    assert agent.provider == "room" and agent.config["token"] == f"env:{ROOM_TOKEN}"
    with pytest.raises(AgentConfigError, match="already waits in a room"):
        agent_of("wss://rooms.example", settings, body={"a": 1})


def test_what_means_no_agent_is_told(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="nobody"):
        agent_of("nobody", settings)
    with pytest.raises(AgentConfigError, match="cannot be read"):
        agent_of("gone.yaml", settings)
    (tmp_path / "two.yaml").write_text(
        "agents:\n  one: {provider: demo}\n  two: {provider: demo}\n"
    )
    with pytest.raises(AgentConfigError, match="holds 2 agents: one, two"):
        agent_of("two.yaml", settings)
