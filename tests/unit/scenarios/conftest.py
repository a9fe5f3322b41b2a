from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from scenario_files import WriteFile


@pytest.fixture
def write(tmp_path: Path) -> WriteFile:
    """Write a file into a folder of its own; returns its path."""

    def _write(text: str, name: str = "case.yaml") -> Path:
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    return _write
