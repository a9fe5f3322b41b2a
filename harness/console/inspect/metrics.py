"""The figures of a call: each with its meaning, interval and n."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from harness.calls import CallView
from harness.console._figures import is_thin, resting_on, value_of
from harness.console.components import Row, row_list
from harness.measure import METRICS
from harness.nouns import Metric

__all__ = ["SNIPPET", "draw", "figure_rows"]

_GROUPS = {
    "latency": "Latency",
    "turn_taking": "Taking turns",
    "talk": "Talk",
    "words": "Words",
    "audio": "Sound of the agent",
    "health": "This computer",
}
_HEARD = frozenset(key for key in METRICS if key.startswith("response_latency_"))
SNIPPET = """from harness.bot import RingbackObserver

worker = PipelineWorker(
    pipeline, params=params, observers=[RingbackObserver()]
)"""
"""What a customer adds to a bot, as docs/agents/observer.md tells."""


def draw(view: CallView, key: str, *, fill: bool = True) -> None:
    """The table, and what one line in the bot would add to it.

    Args:
        view: The call.
        key: Stable key of the list.
        fill: Take the height there is and scroll inside it.
    """
    if view.kind == "import":
        st.caption("Imported: a conversation from a file has no times.")
        return
    rows = figure_rows(view.metrics, view.error_s)
    row_list(rows, "figures", "Figures", key=key, fill=fill)
    if view.turns and view.state.is_final and not view.observed:
        with st.popover("One line in the bot tells more", icon=":material/visibility:"):
            st.markdown(
                "Recognition, turn detection, model, functions and voice of each reply, the "
                "agent's own latency as Pipecat measures it, and names, arguments and results of "
                "functions of any bot:"
            )
            st.code(SNIPPET, language="python", wrap_lines=True)
            st.caption("From pipecat-ai 1.8 on. More in `docs/agents/observer.md`.")


def figure_rows(metrics: Sequence[Metric], error_s: float | None = None) -> list[Row]:
    """One row a figure under the heading of its group; what was not measured stands at the end.

    Args:
        metrics: The figures.
        error_s: How far a heard latency may be off, either way, if this is known; seconds.
    """
    rows: list[Row] = []
    for group, title in _GROUPS.items():
        found = [
            metric
            for metric in metrics
            if METRICS[metric.key].group == group and metric.value is not None
        ]
        if found:
            rows.append(Row("", "", title, weight="soft", head=True))
            rows += [_row(metric, error_s) for metric in found]
    missing: dict[str, list[str]] = {}
    for metric in metrics:
        if metric.value is None:
            missing.setdefault(metric.why, []).append(METRICS[metric.key].title)
    if missing:
        rows.append(Row("", "", "Not measured", weight="soft", head=True))
    for why, titles in missing.items():
        rows.append(Row("", "", "; ".join(titles), weight="soft", below=(why,) if why else ()))
    return rows


def _row(metric: Metric, error_s: float | None) -> Row:
    info = METRICS[metric.key]
    told = [resting_on(metric)]
    if error_s is not None and metric.key in _HEARD:
        told.append(f"each ±{error_s * 1000:.0f} ms, by calibration")
    return Row(
        "",
        "",
        info.title,
        weight="soft" if is_thin(metric) else "plain",
        right=value_of(metric.value, metric.unit),
        below=tuple(told),
        tip=info.tooltip,
    )
