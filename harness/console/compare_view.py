"""The Compare page: two calls beside each other."""

from __future__ import annotations

import streamlit as st

from harness.calls import CallView
from harness.console import cards
from harness.console._text import ago, seconds
from harness.console.components import Row, row_list
from harness.console.shell_parts import pages
from harness.measure import METRICS

__all__ = ["draw_calls"]

_HEARD = (METRICS["response_latency_p50"], METRICS["response_latency_p95"])


def draw_calls(a: CallView, b: CallView) -> None:
    """Two calls: what each was, how long its agent let people wait, and the way to it."""
    for side, view, column in zip("AB", (a, b), st.columns(2), strict=True):
        with column.container(border=True, gap="xsmall"):
            _draw(side, view)


def _draw(side: str, view: CallView) -> None:
    st.markdown(f"**{side}**")
    cards.facts(view, key=f"facts_{side}")
    values = {metric.key: metric.value for metric in view.metrics}
    figures = [
        Row("", "", info.title, right=seconds(values.get(info.key)), tip=info.tooltip)
        for info in _HEARD
    ]
    row_list(
        [Row("", "", "Placed", right=ago(view.created_at)), *figures],
        "pairs",
        f"Figures of {side}",
        key=f"figures_{side}",
    )
    st.page_link(
        pages.INSPECT,
        label=f"Inspect {side}",
        icon=":material/troubleshoot:",
        query_params={"call": view.call_id},
    )
