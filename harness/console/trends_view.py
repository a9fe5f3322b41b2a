"""Trends: pass rate and heard latency of an agent over its runs, with its versions on the axis."""

from __future__ import annotations

import streamlit as st

from harness.calls import Trend, trends_of
from harness.console import charts, theme, trend_charts
from harness.console._service import service
from harness.console._text import plain
from harness.measure import METRICS, PASS_RATE

__all__ = ["draw"]

_ALL = "All scenarios together"


def draw(suite: str = "") -> None:
    """The trend that the address asks for; without one that of the newest run's suite.

    Args:
        suite: Only this suite's.
    """
    trends = trends_of(service().archive, suite)
    if not trends:
        st.caption("Finished runs of a suite are drawn here over time. There is none yet.")
        return
    with st.container(horizontal=True, gap="small"):
        suites = list(dict.fromkeys(trend.suite for trend in trends))
        newest = max(trends, key=lambda trend: trend.points[-1].at).suite
        chosen = _pick("Suite", suites, newest, "suite")
        agents = list(dict.fromkeys(t.agent for t in trends if t.suite == chosen))
        agent = _pick("Agent", agents, agents[0], "agent")
        named = [t for t in trends if t.suite == chosen and t.agent == agent]
        scenarios = [trend.scenario for trend in named]
        scenario = _pick("Scenario", scenarios, scenarios[0], "scenario")
    trend = next(each for each in named if each.scenario == scenario)
    _draw(trend)


def _pick(label: str, options: list[str], usual: str, name: str) -> str:
    """A choice that stands in the address as `trend_NAME`."""
    key = f"trend_{name}"
    asked = st.query_params.get(key, usual)
    first = asked if asked in options else usual
    picked = st.selectbox(
        label,
        options,
        index=options.index(first),
        format_func=lambda option: option or _ALL,
        width=300,
        # Other options are another choice: what was chosen among the old ones means nothing.
        key=f"{key}_{'|'.join(options)}",
        disabled=len(options) == 1,
    )
    chosen = picked if picked is not None else first
    if chosen != usual:
        st.query_params[key] = chosen
    elif key in st.query_params:
        del st.query_params[key]
    return chosen


def _draw(trend: Trend) -> None:
    colours = theme.palette(theme.current())
    for title, tip, chart, name in (
        (PASS_RATE.title, PASS_RATE.tooltip, trend_charts.rate(trend, colours), "rate"),
        (
            "Heard latency, p50 and p95",
            METRICS["response_latency_p95"].tooltip,
            trend_charts.latency(trend, colours),
            "latency",
        ),
    ):
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{title}**", help=tip)
            st.plotly_chart(
                chart,
                theme=None,
                key=f"trend_chart_{name}",
                config=charts.CONFIG,
                alt=f"{title} of {trend.scenario or 'all scenarios'} over {len(trend.points)} runs",
            )
    runs = f"{len(trend.points)} finished run{'' if len(trend.points) == 1 else 's'}"
    st.caption(
        f"{runs} of {plain(trend.suite)}. Lines at each point are its 95 % range; without one "
        "there is too little to tell it from. A dashed rule marks a new version of the agent."
    )
