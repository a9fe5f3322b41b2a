"""AgentVersion: which version of an agent a call talked to, as far as it could be found out."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AgentVersion"]


@dataclass(frozen=True, slots=True)
class AgentVersion:
    """What is known of an agent's version; empty where nothing is.

    Attributes:
        git_commit: Of the folder of an agent that we run, abbreviated or whole.
        dirty: Its folder had changes that are in no commit.
        deployment: The platform's name of what it runs.
        label: What a person called it.
    """

    git_commit: str = ""
    dirty: bool = False
    deployment: str = ""
    label: str = ""

    @property
    def text(self) -> str:
        """For people: label, else deployment, else commit, with ``+`` if there is more than it."""
        commit = self.git_commit[:7] + "+" * (self.dirty and bool(self.git_commit))
        return self.label or self.deployment or commit

    @property
    def whole(self) -> str:
        """For people: all that is known."""
        changes = ", with changes that are in no commit" if self.dirty and self.git_commit else ""
        commit = f"commit {self.git_commit[:12]}{changes}" if self.git_commit else ""
        deployment = f"deployment {self.deployment}" if self.deployment else ""
        return ", ".join(filter(None, (self.label, deployment, commit)))
