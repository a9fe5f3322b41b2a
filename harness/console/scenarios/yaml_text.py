"""The text side of the scenario editor."""

from __future__ import annotations

from harness.console.components import yaml_editor
from harness.console.scenarios.work import Work

__all__ = ["draw"]


def draw(work: Work) -> None:
    """The text, in step with the form, and what is wrong with it."""
    _, problems = work.loaded
    address = "_".join(value for _, value in work.address)
    yaml_editor(work.draft.text, work.text, problems, work.typed, key=f"scenario_text_{address}")
