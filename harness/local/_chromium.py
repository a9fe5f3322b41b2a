"""Finding a Chromium for the browser tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["find_chromium"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC_APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_PLAYWRIGHT_PATTERNS = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)
_RUNS_WITHIN_S = 10.0


def find_chromium() -> Path | None:
    """A Chromium or Chrome that runs: on PATH, a macOS application, or Playwright's download."""
    return next((place for place in _places() if _runs(place)), None)


def _places() -> Iterator[Path]:
    for name in _NAMES:
        if found := shutil.which(name):
            yield Path(found)
    yield from map(Path, _MAC_APPS)
    for pattern in _PLAYWRIGHT_PATTERNS:
        yield from sorted(_playwright_folder().glob(pattern), reverse=True)


def _runs(place: Path) -> bool:
    """Ubuntu's package is a script that only says that it needs snap."""
    try:
        said = subprocess.run([place, "--version"], capture_output=True, timeout=_RUNS_WITHIN_S)
        return said.returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def _playwright_folder() -> Path:
    """Where Playwright keeps its browsers (its guide: "Managing browser binaries")."""
    if named := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/ms-playwright"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"
