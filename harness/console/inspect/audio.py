"""The tab Audio of the Inspect page: how the agent sounded, and what it heard of the caller."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from harness.calls import CallView, read_measured
from harness.console._service import service
from harness.console._text import clock
from harness.console.components import Row, row_list
from harness.console.inspect import metrics
from harness.console.inspect.dnsmos_rows import dnsmos_rows
from harness.console.inspect.heard_diff import HeardLine, as_markdown, heard_lines, heard_replies
from harness.console.inspect.window import Window, counted, turns_in
from harness.measure import METRICS, trusted_ear

__all__ = ["draw"]


def draw(view: CallView, window: Window | None) -> None:
    """Figures of the whole call; missing sound and lines heard wrong of the window."""
    measured = [metric for metric in view.metrics if METRICS[metric.key].group == "audio"]
    if measured:
        if window is not None:
            st.caption("Figures are of the whole call.")
        rows = metrics.figure_rows(measured)
        rows += dnsmos_rows(view.audio) if view.audio is not None else []
        row_list(rows, "figures", "Sound", key="inspect_audio")
    _missing(view, window)
    _heard(view, window)
    _said(view, window)


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
    _differing(lines, len(known), "line", window)


def _said(view: CallView, window: Window | None) -> None:
    """The replies that our recogniser heard in another way than the agent tells them."""
    if view.kind == "import":
        return
    st.markdown("**What was heard of the agent**")
    if not view.has_recording:
        st.caption("Not measured: there is no recording.")
        return
    measured = read_measured(service().archive.store.artifacts(view.call_id).measured)
    said = measured.said if measured is not None else None
    if said is None:
        st.caption("Not measured yet.")
        return
    if said.why or not trusted_ear(said.ear):
        st.caption(
            said.why or "Not measured: our recogniser errs on this voice in 5 % of words, or more."
        )
        return
    known = heard_replies(said.replies)
    if not known:
        st.caption(
            "Only how many words differ was kept of this call, not which."
            if said.errors
            else "The agent told no reply in words that was heard whole."
        )
        return
    lines = [line for line in known if window is None or line.at is None or window.holds(line.at)]
    _differing(lines, len(known), "reply", window)
    of = sum(each.n for each in said.ear)
    wrong = sum(each.substituted + each.deleted + each.inserted for each in said.ear)
    st.caption(
        "Red: the agent's own text that was not heard. Green: what our recogniser heard instead; "
        f"it got {wrong} of {of:,} known words in this voice wrong, so one may be its own mistake."
    )


def _differing(lines: Sequence[HeardLine], known: int, what: str, window: Window | None) -> None:
    """Those that differ, and how many of how many."""
    wrong = [line for line in lines if line.differs]
    told = f"{len(wrong)} of {counted(len(lines), len(lines), what, None)} differ"
    if window is not None:
        told += f" · {counted(len(lines), known, what, window)}"
    st.caption(told)
    for line in wrong:
        st.markdown(f":gray[{clock(line.at)}] {as_markdown(line.parts)}")
