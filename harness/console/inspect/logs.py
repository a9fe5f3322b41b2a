"""The tabs Events and Logs of the Inspect page: what happened, what the agent's process wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from harness.calls import CallView
from harness.console._agent_log import LogLine, Weight, look_through, read_lines, weights_of
from harness.console._event_log import families, log_of
from harness.console._service import service
from harness.console._text import clock
from harness.console.components import Row, event_list, row_list
from harness.console.inspect.window import Window, counted

__all__ = ["events", "logs"]

K = TypeVar("K", bound=str)

_KINDS_PX = 52
"""What the kinds above the list take, in one row."""
_LEAST_PX = 220
_MOST_LINES = 500
"""Lines that are drawn at once, the last ones."""
_FROM_FILE = 5000
_RUN_HERE = ("demo", "bot_file")
"""Ways to an agent that runs beside us: its clock is ours."""
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
    """What the agent's process wrote: by weight, by words, and in the window."""
    lines = _read(view)
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
    placed, why = _placed(view, lines)
    if window is not None and placed:
        found = [line for line in found if line.t is not None and window.holds(line.t)]
        told = counted(len(found), len(lines), "line", window)
    elif weights or text:
        told = f"{len(found)} of {counted(len(lines), len(lines), 'line', None)}"
    else:
        told = counted(len(lines), len(lines), "line", None)
    if len(found) > _MOST_LINES:
        told += f"; the last {_MOST_LINES} are listed"
    if window is not None:
        told += f" · {why}" if why else ""
    st.caption(told)
    row_list(
        [_row(view, line, placed) for line in found[-_MOST_LINES:]],
        "log",
        "Agent's log",
        key=f"{key}_rows",
    )


def _read(view: CallView) -> list[LogLine]:
    """The log of a call. Times without a zone are of our zone if the agent ran on our computer."""
    lines = service().agent_log(view.call_id, _FROM_FILE)
    began = view.clock_started_at
    ours = bool(lines) and service().archive.store.get_call(view.call_id).provider in _RUN_HERE
    return read_lines(lines, began, began.tzinfo if began is not None and ours else None)


def _placed(view: CallView, lines: Sequence[LogLine]) -> tuple[bool, str]:
    """Whether lines have a place on the call's clock, and what is to be said of those without."""
    if view.clock_started_at is None:
        return False, "of the whole call: when its clock began was not written down"
    without = sum(line.t is None for line in lines)
    if without == len(lines):
        return False, "of the whole call: no line says when it was written, with its time zone"
    if not any(line.t is not None and 0 <= line.t <= view.t for line in lines):
        return False, "of the whole call: the log's clock is another one, no time in it fits"
    if without == 0:
        return True, ""
    are = "line that says no time is" if without == 1 else "lines that say no time are"
    return True, f"{without} {are} left out"


def _row(view: CallView, line: LogLine, placed: bool) -> Row:
    within = placed and line.t is not None and 0 <= line.t <= view.t
    return Row(
        "",
        "",
        line.text,
        weight="strong" if line.weight in ("error", "warning") else "plain",
        right=clock(line.t) if within else "",
        seek=line.t if within and view.has_recording else None,
    )


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
