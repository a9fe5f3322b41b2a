"""Which version of an agent is called, as far as it can be found out without asking it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from harness.nouns import Agent, AgentVersion

__all__ = ["version_of"]

_WITHIN_S = 5.0


def version_of(agent: Agent, label: str = "") -> AgentVersion | None:
    """The commit of the folder an agent of this computer is run from, and what a person calls it.

    Args:
        agent: Any; only one from a bot file has a folder here.
        label: Of a person.

    Returns:
        None if nothing is known.
    """
    file = agent.config.get("file") if agent.provider == "bot_file" else None
    commit, dirty = (
        _commit(Path(file).expanduser().parent) if isinstance(file, str) else ("", False)
    )
    return AgentVersion(git_commit=commit, dirty=dirty, label=label) if commit or label else None


def _commit(folder: Path) -> tuple[str, bool]:
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return "", False
    return commit, bool(_git(folder, "status", "--porcelain", "--", "."))


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ("git", "-C", str(folder), *arguments),
            capture_output=True,
            text=True,
            timeout=_WITHIN_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
