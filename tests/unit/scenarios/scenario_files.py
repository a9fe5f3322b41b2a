"""The type of the fixture that writes scenario files."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class WriteFile(Protocol):
    """Writes a file into a folder of its own; returns its path."""

    def __call__(self, text: str, name: str = "case.yaml") -> Path: ...
