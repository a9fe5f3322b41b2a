"""The tab Audio of the Inspect page: how the agent sounded, and what it heard of the caller."""

from __future__ import annotations

import streamlit as st

from harness.calls import CallView
from harness.console import metrics_view
from harness.console._text import clock
from harness.console.components import Row, row_list
from harness.console.dnsmos_rows import dnsmos_rows
from harness.console.heard_diff import as_markdown, heard_lines
from harness.console.inspect_window import Window, counted, turns_in
from harness.measure import METRICS

__all__ = ["draw"]


def draw(view: CallView, window: Window | None) -> None:
    """Figures of the whole call; missing sound and lines heard wrong of the window."""
    measured = [metric for metric in view.metrics if METRICS[metric.key].group == "audio"]
    if measured:
        if window is not None:
            st.caption("Figures are of the whole call.")
        rows = metrics_view.figure_rows(measured)
        rows += dnsmos_rows(view.audio) if view.audio is not None else []
        row_list(rows, "figures", "Sound", key="inspect_audio")
    _missing(view, window)
    _heard(view, window)


def _missing(view: CallView, window: Window | None) -> None:
    gaps = view.audio.dropouts if view.audio is not None else ()
    if not gaps:
        return
    found = [gap for gap in gaps if window is None or window.holds(gap.at)]
    st.markdown("**Missing sound**")
    st.caption(counted(len(found), len(gaps), "stretch", window))
    rows = [
        Row(
            "volume_off",
            "Sound is missing",
            "Digital silence" if gap.kind == "zeros" else "A gap",
            "close",
            right=f"{clock(gap.at)} · {gap.length_ms:.0f} ms",
            seek=gap.at if view.has_recording else None,
        )
        for gap in found
    ]
    row_list(rows, "checks", "Missing sound", key="inspect_dropouts")


def _heard(view: CallView, window: Window | None) -> None:
    """The lines that the agent's recogniser understood in another way."""
    st.markdown("**What the agent heard of the caller**")
    known = heard_lines(view.turns)
    if not known:
        st.caption("The agent does not tell what it heard.")
        return
    lines = heard_lines(turns_in(view.turns, window))
    wrong = [line for line in lines if line.differs]
    st.caption(f"{len(wrong)} of {counted(len(lines), len(known), 'line', window)} differ")
    for line in wrong:
        st.markdown(f":gray[{clock(line.at)}] {as_markdown(line.parts)}")
