"""Components' parts: several files are put together, so that no bundler is needed."""

from __future__ import annotations

from pathlib import Path

__all__ = ["script", "style"]

_HERE = Path(__file__).parent


def _joined(files: tuple[str, ...]) -> str:
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in files)


def script(*files: str) -> str:
    """One JavaScript module of the shared helpers and `files` (relative to this folder)."""
    return _joined(("shared/dom.js", *files))


def style(*files: str) -> str:
    """One style sheet of the shared base and `files`."""
    return _joined(("shared/base.css", *files))
