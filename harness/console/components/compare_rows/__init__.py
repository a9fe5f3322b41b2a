"""The turns of two calls, each beside the one that answers to it.

Texts may come from an agent; they are shown letter by letter, never as markup.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from harness.calls import CallComparison
from harness.console import _tokens
from harness.console._base_path import base_path
from harness.console.compare.changes import changes_of, opening_pair, words_of
from harness.console.components._load import script, style
from harness.console.components._picks import take
from harness.nouns import Outcome, Turn

__all__ = ["compare_rows", "take_turn"]

_component = st.components.v2.component(
    "ringback_compare_rows",
    css=style("compare_rows/compare_rows.css"),
    js=script("compare_rows/compare_rows.js"),
)


def _nothing() -> None:
    """The run is all that is wanted: :func:`take_turn` looks at its beginning."""


def take_turn(comparison: CallComparison, chosen: Callable[[int], None]) -> None:
    """Tell which row a person has chosen, from 0, before the turns are drawn again."""
    take(_key(comparison), {"turn": lambda told: chosen(told["at"])})


def _key(comparison: CallComparison) -> str:
    return f"compare_{comparison.a.call_id}_{comparison.b.call_id}"


def compare_rows(comparison: CallComparison, names: tuple[str, str], chosen: int | None) -> None:
    """Show the turns of two calls.

    Args:
        comparison: The two.
        names: What A and B are.
        chosen: The row that is marked, from 0; None for the one to begin with.
    """
    calls = (comparison.a, comparison.b)
    _component(
        key=_key(comparison),
        data={
            "rows": rows_of(comparison),
            "begin": opening_pair(comparison),
            "names": list(names),
            "chosen": chosen,
            "calls": [
                {
                    "id": view.call_id,
                    "token": _tokens.mint(view.call_id, "recording")
                    if view.has_recording
                    else None,
                }
                for view in calls
            ],
            "base": base_path(),
        },
        height="stretch",
        on_turn_change=_nothing,
    )


def rows_of(comparison: CallComparison) -> list[dict[str, Any]]:
    """What the component draws of each pair."""
    rows = []
    for pair, differs in zip(comparison.pairs, changes_of(comparison), strict=True):
        words = words_of(pair)
        rows.append(
            {
                "n": (pair.b or pair.a or Turn(0)).index,
                "kind": pair.kind,
                "by_s": pair.by_s,
                "spoiled": pair.spoiled,
                "differs": differs,
                "a": _side(pair.a),
                "b": _side(pair.b),
                "diff": None if words is None else [[part.op, part.text] for part in words],
            }
        )
    return rows


def _side(turn: Turn | None) -> dict[str, Any] | None:
    if turn is None:
        return None
    spans = [*turn.agent, *([turn.caller] if turn.caller else [])]
    ends = [span.end if span.end is not None else span.start for span in spans]
    return {
        "turn": turn.index,
        "caller": turn.caller_text or "",
        "agent": turn.agent_text,
        "heard_s": turn.response_latency_s,
        "silent": turn.outcome is Outcome.NO_ANSWER,
        "waited_s": turn.waited_s,
        "from": min((span.start for span in spans), default=None),
        "to": max(ends, default=None),
    }
