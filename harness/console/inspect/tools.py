"""The tab Tools of the Inspect page: the functions that the agent called."""

from __future__ import annotations

import json

import streamlit as st

from harness.calls import CallView
from harness.console._text import clock, seconds
from harness.console.components import Row, row_list
from harness.console.inspect.window import Window, counted, tools_in
from harness.nouns import ToolCall

__all__ = ["draw", "tool_row"]

_LONGEST = 2000
"""Characters of an argument or a result that are shown."""


def draw(view: CallView, window: Window | None) -> None:
    """One row a function with arguments, result and how long it took."""
    turns = {tool.id: turn.index for turn in view.turns for tool in turn.tools}
    tools = [tool for turn in view.turns for tool in turn.tools]
    if not tools:
        st.caption("The agent called no functions, or does not tell of them.")
        return
    found = tools_in(tools, window)
    took = [tool.returned_at - tool.called_at for tool in found if tool.returned_at is not None]
    told = counted(len(found), len(tools), "function call", window)
    if took:
        told += f" · longest {seconds(max(took))}"
    missing = sum(tool.returned_at is None and not tool.cancelled for tool in found)
    st.caption(f"{told} · {missing} did not return" if missing else told)
    rows = [tool_row(tool, turns[tool.id], audible=view.has_recording) for tool in found]
    row_list(rows, "checks", "Functions the agent called", key="inspect_tools")


def tool_row(tool: ToolCall, turn: int, *, audible: bool) -> Row:
    """A function call.

    Args:
        tool: The call.
        turn: Number of its turn.
        audible: Whether the call can be played: then the row leads to its second.
    """
    took = None if tool.returned_at is None else tool.returned_at - tool.called_at
    arguments = ", ".join(f"{k}={_told(v)}" for k, v in (tool.arguments or {}).items())
    below: tuple[str, ...]
    if tool.cancelled:
        mark, tone, word, below = "block", "close", "Cancelled", ("cancelled",)
    elif took is None:
        mark, tone, word, below = "hourglass_empty", "close", "Open", ("it did not return",)
    else:
        mark, tone, word = "build", "soft", "Function"
        below = (f"→ {_told(tool.result)}" if tool.result is not None else "→ nothing",)
    where = "greeting" if turn == 0 else f"turn {turn}"
    parts = [where, clock(tool.called_at), *([seconds(took)] if took is not None else [])]
    return Row(
        mark,
        word,
        f"{tool.name or 'a function it does not name'}({arguments})",
        tone,  # type: ignore[arg-type]
        right=" · ".join(parts),
        below=below,
        seek=tool.called_at if audible else None,
    )


def _told(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
