from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from scenario_files import WriteFile

from harness.settings import get_settings


@pytest.fixture
def write(tmp_path: Path) -> WriteFile:
    """Write a file into a folder of its own; returns its path."""

    def _write(text: str, name: str = "case.yaml") -> Path:
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    return _write


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The user's folder of personas."""
    monkeypatch.setenv("RINGBACK_DATA", str(tmp_path / "data"))
    get_settings.cache_clear()
    folder = tmp_path / "data" / "personas"
    folder.mkdir(parents=True)
    yield folder
    get_settings.cache_clear()
