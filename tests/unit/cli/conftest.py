from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from harness.cli._app import app
from harness.cli._surroundings import Surroundings
from harness.nouns import Agent
from harness.settings import Settings, get_settings
from tests.unit.cli.stub import StubEngine

Run = Callable[..., Result]

SCENARIO = """
name: hours
scenarios:
  - name: ask
    turns:
      - user: null
        expect: [{event: response}]
      - user: "When are you open?"
        expect: [{event: response, text_contains: eight}]
      - user: "Thank you, goodbye."
        expect: [{event: response}]
ringback:
  caller: {voice: deep, speed: 1.1}
  checks:
    - {name: Says when it opens, rule: agent_said, text: eight}
    - {name: Every reply within 2.0 s, rule: latency, within_s: 2.0}
    - {name: Never promises a diagnosis, rule: agent_never_said, text: diagnosis, required: false}
"""


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("RINGBACK_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("RINGBACK_ROOM_TOKEN", raising=False)
    get_settings.cache_clear()
    yield tmp_path / "data"
    get_settings.cache_clear()


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    path = tmp_path / "hours.yaml"
    path.write_text(SCENARIO)
    return str(path)


@pytest.fixture
def run() -> Run:
    """Runs a command with a stub engine (or one that must not be asked for)."""

    def run(*arguments: str, engine: StubEngine | None = None) -> Result:
        def make(settings: Settings, agent: Agent) -> StubEngine:
            assert engine is not None, "no engine was wanted"
            return engine

        around = Surroundings(engine=make)
        return CliRunner().invoke(app, list(arguments), obj=around, prog_name="ringback")

    return run


def the_object(result: Result) -> dict[str, Any]:
    """The one object on standard output."""
    (line,) = result.stdout.splitlines()
    decoded: dict[str, Any] = json.loads(line)
    return decoded
