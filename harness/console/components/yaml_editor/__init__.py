"""The text of a scenario file: lines with numbers, and what is wrong beside its line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from harness.console.components._load import script, style
from harness.scenarios import Problem

__all__ = ["yaml_editor"]

_component = st.components.v2.component(
    "ringback_yaml_editor",
    css=style("yaml_editor/yaml_editor.css"),
    js=script("yaml_editor/yaml_editor.js"),
)


def yaml_editor(
    text: str,
    revision: int,
    problems: Sequence[Problem],
    typed: Callable[[str], None],
    *,
    key: str,
) -> None:
    """Show the text to be edited.

    Args:
        text: Taken over when `revision` is another one than before; else what is being typed stays.
        revision: Raised whenever the text was changed by something else than typing.
        problems: Shown at their lines and below, warnings too.
        typed: Called with the text, a moment after the last key.
        key: Stable key of the element.
    """

    def changed() -> None:
        new = getattr(st.session_state.get(key), "text", None)
        if isinstance(new, str):
            typed(new)

    _component(
        key=key,
        data={
            "text": text,
            "revision": revision,
            "problems": [
                {
                    "line": problem.line,
                    "message": problem.message,
                    "remedy": problem.remedy,
                    "warning": problem.warning,
                }
                for problem in problems
            ],
        },
        height="stretch",
        on_text_change=changed,
    )
