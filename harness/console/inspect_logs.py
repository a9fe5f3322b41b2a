"""The tabs Events and Logs of the Inspect page: what happened, what the agent's process wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from harness.calls import CallView
from harness.console._agent_log import Weight, look_through, read_lines, weights_of
from harness.console._event_log import families, log_of
from harness.console._service import service
from harness.console.components import Row, event_list, row_list
from harness.console.inspect_window import Window, counted

__all__ = ["events", "logs"]

K = TypeVar("K", bound=str)

_KINDS_PX = 52
"""What the kinds above the list take, in one row."""
_LEAST_PX = 220
_MOST_LINES = 500
"""Lines that are drawn at once, the last ones."""
_FROM_FILE = 5000
_WORDS: dict[Weight, str] = {
    "error": "Errors",
    "warning": "Warnings",
    "info": "Information",
    "debug": "Details",
}


def events(view: CallView, window: Window | None, height: int) -> None:
    """The events of the call: by kind, by words, and in the window; `height` in pixels."""
    kinds = _kinds(families(log_of(view.call_id)), str, "Kinds", f"inspect_events_{view.call_id}")
    event_list(
        view,
        part=window.ends if window else None,
        kinds=kinds,
        height=max(_LEAST_PX, height - _KINDS_PX),
    )


def logs(view: CallView, window: Window | None) -> None:
    """What the agent's process wrote: by weight and by words."""
    lines = read_lines(service().agent_log(view.call_id, _FROM_FILE))
    if not lines:
        st.caption(
            "Nothing was kept. An agent that Ringback runs itself has its log here, such as the "
            "demo agent or a bot file, and one whose platform hands it out."
        )
        return
    key = f"inspect_log_{view.call_id}"
    weights = _kinds(weights_of(lines), lambda weight: _WORDS[weight], "Weight", key)
    text = st.text_input(
        "Find",
        placeholder="Text",
        label_visibility="collapsed",
        icon=":material/search:",
        key=f"{key}_find",
    )
    found = look_through(lines, text or "", weights)
    told = counted(len(lines), len(lines), "line", None)
    if weights or text:
        told = f"{len(found)} of {told}"
    if len(found) > _MOST_LINES:
        told += f"; the last {_MOST_LINES} are listed"
    if window is not None:
        told += " · of the whole call: the agent's log has a clock of its own"
    st.caption(told)
    strong = ("error", "warning")
    rows = [
        Row(
            "",
            "",
            line.text,
            weight="strong" if line.weight in strong else "plain",
        )
        for line in found[-_MOST_LINES:]
    ]
    row_list(rows, "log", "Agent's log", key=f"{key}_rows")


def _kinds(counts: dict[K, int], word: Callable[[K], str], label: str, key: str) -> tuple[K, ...]:
    """Which kinds are wanted; none if all are."""
    chosen = st.pills(
        label,
        list(counts),
        format_func=lambda kind: f"{word(kind)} `{counts[kind]}`",
        selection_mode="multi",
        label_visibility="collapsed",
        key=f"{key}_kinds",
    )
    return tuple(chosen)
