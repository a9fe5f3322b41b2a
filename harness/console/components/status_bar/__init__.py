"""The bar over every page that shows a call: what it is, how it goes, the verdict so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from harness.calls import CallView
from harness.console import _tokens
from harness.console._base_path import base_path
from harness.console.components._load import script, style
from harness.measure import METRICS
from harness.nouns import to_json

__all__ = ["status_bar"]

_component = st.components.v2.component(
    "ringback_status_bar",
    css=style("status_bar/status_bar.css"),
    js=script("shared/person.js", "shared/hub.js", "status_bar/status_bar.js"),
)


_SHOWN = ("response_latency_p50", "response_latency_p95")


def _nothing() -> None:
    """A trigger's rerun is all that is wanted."""


def _shown(view: CallView, hidden: bool) -> dict[str, Any]:
    """What the bar shows of a call that has ended: of a long one it is a small part."""
    return {
        "state": view.state.value,
        "verdict": view.verdict and view.verdict.value,
        "hidden": hidden,
        "agent_title": view.agent_title,
        "scenario_title": view.scenario_title,
        "t": view.t,
        "budget_s": view.budget_s,
        "speaking": list(view.speaking),
        "implied": view.implied,
        "turns": [
            {"index": turn.index, "outcome": turn.outcome and turn.outcome.value}
            for turn in view.turns
        ],
        "metrics": [to_json(metric) for metric in view.metrics if metric.key in _SHOWN],
        "checks": [
            {"name": check.name, "verdict": check.verdict.value, "required": check.required}
            for check in view.checks
        ],
    }


def status_bar(
    call_id: str,
    *,
    view: CallView | None = None,
    hidden: bool = False,
    elsewhere: bool = False,
    on_ended: Callable[[], None] = _nothing,
) -> None:
    """Show the bar of a call.

    Args:
        call_id: The call.
        view: A call that has ended, drawn as it is; None follows a running one.
        hidden: Whether its verdict is hidden from a blind grader.
        elsewhere: On another page than Call: with Hang up and the way back. Then a trigger tells
            that the call ended.
        on_ended: Called at that trigger.
    """
    live = view is None
    _component(
        key=f"status_bar_{call_id}",
        data={
            "call_id": call_id,
            "view": None if view is None else _shown(view, hidden),
            "tokens": _tokens.mint_all(call_id) if live else {},
            "base": base_path(),
            "hang_up": elsewhere and live,
            "titles": {key: (METRICS[key].title, METRICS[key].tooltip) for key in _SHOWN},
            "grey_below": {key: METRICS[key].grey_below for key in _SHOWN},
            "link": f"./?call={call_id}" if elsewhere else "",
        },
        on_ended_change=on_ended,
        on_renew_change=_nothing,
    )
