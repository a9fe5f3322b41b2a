from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from replay_service import ReplayService
from streamlit.testing.v1 import AppTest

from harness.agents.library import AgentLibrary
from harness.console import SHELL, install
from harness.console.agents import connection_test
from harness.settings import get_settings


@pytest.fixture(autouse=True)
def no_service() -> Iterator[None]:
    yield
    install(None)


@pytest.fixture(autouse=True)
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AgentLibrary]:
    """The agents of this test alone, in a data folder of its own."""
    monkeypatch.setenv("RINGBACK_DATA", str(tmp_path / "data"))
    get_settings.cache_clear()
    yield AgentLibrary(get_settings())
    monkeypatch.undo()
    get_settings.cache_clear()
    connection_test._running.clear()


@pytest.fixture
def serve() -> Iterator[Callable[..., ReplayService]]:
    """Make a replayed service the pages' own."""
    running: list[ReplayService] = []

    def start(service: ReplayService | None = None, **options: object) -> ReplayService:
        made = service or ReplayService(**options)  # type: ignore[arg-type]
        made.start()
        running.append(made)
        install(made)
        return made

    yield start
    for service in running:
        service.stop()


@pytest.fixture
def page() -> Callable[..., AppTest]:
    """Run a page; the shell comes with it."""

    def run(name: str = "call", **query: str) -> AppTest:
        app = AppTest.from_file(str(SHELL), default_timeout=30)
        app.context = {"theme": "light"}
        if name != "call":
            app.run()
        for key, value in query.items():
            app.query_params[key] = value
        if name == "call":
            return app.run()
        return app.switch_page(f"../../../pages/{name}.py").run()

    return run
