"""Trends: pass rate and heard latency of an agent over its runs, with its versions on the axis."""

from __future__ import annotations

from functools import partial

import streamlit as st

from harness.calls import (
    NO_SCRIPT,
    Doubt,
    Trend,
    TrendPoint,
    doubts_of_runs,
    single_calls,
    trend_of_calls,
    trends_of,
)
from harness.console import charts, judge_view, theme
from harness.console._service import service
from harness.console._text import plain, seconds
from harness.console.components import room, width
from harness.console.runs import trend_charts
from harness.console.runs.words import percent
from harness.measure import METRICS, PASS_RATE

__all__ = ["draw"]

_TAKEN_PX, _LEAST_PX, _HIGHEST_PX = 415, 165, 330
"""Pixels around both charts, and the least and the most of each."""
_SINGLE = "~calls"
"""Stands in the address for calls that are of no suite; none is named so."""
_NAMES = {"": "All scenarios together", _SINGLE: "Single calls"}


def draw(suite: str = "", above_px: int = 0) -> None:
    """The trend that the address asks for; without one that of the newest run's suite.

    Args:
        suite: Only this suite's.
        above_px: How much of the window is taken above, pixels.
    """
    archive = service().archive
    trends = {(each.suite, each.agent, each.scenario): each for each in trends_of(archive, suite)}
    single = {} if suite else single_calls(archive)
    every = [*trends, *((_SINGLE, *key) for key in single)]
    if not every:
        drawn = "Finished runs of a suite" + ("" if suite else ", and single calls,")
        st.caption(f"{drawn} are drawn here over time. There is none yet.")
        return
    newest = max(trends.values(), key=lambda trend: trend.points[-1].at, default=None)
    with st.container(horizontal=True, gap="small"):
        suites = list(dict.fromkeys(of for of, _, _ in every))
        chosen = _pick("Suite", suites, newest.suite if newest else _SINGLE, "suite")
        agents = list(dict.fromkeys(agent for of, agent, _ in every if of == chosen))
        agent = _pick("Agent", agents, agents[0], "agent")
        scenarios = [each[2] for each in every if each[:2] == (chosen, agent)]
        scenario = _pick("Scenario", scenarios, scenarios[0], "scenario")
    trend = trends.get((chosen, agent, scenario))
    if trend is None:
        trend = trend_of_calls(archive, single[agent, scenario])
    _draw(trend, min(_HIGHEST_PX, room(_TAKEN_PX + above_px, 2 * _LEAST_PX) // 2))


def _pick(label: str, options: list[str], usual: str, name: str) -> str:
    """A choice that stands in the address as `trend_NAME`."""
    key = f"trend_{name}"
    asked = st.query_params.get(key, usual)
    first = asked if asked in options else usual
    picked = st.selectbox(
        label,
        options,
        index=options.index(first),
        format_func=lambda option: _NAMES.get(option, option),
        width=300,
        # Other options are another choice: what was chosen among the old ones means nothing.
        key=f"{key}_{'|'.join(options)}",
    )
    chosen = picked if picked is not None else first
    if chosen != usual:
        st.query_params[key] = chosen
    elif key in st.query_params:
        del st.query_params[key]
    return chosen


def _draw(trend: Trend, height: int) -> None:
    colours, wide = theme.palette(theme.current()), width()
    first, last = trend.points[0], trend.points[-1]
    for title, tip, chart, name, told in (
        (
            PASS_RATE.title,
            PASS_RATE.tooltip,
            trend_charts.rate,
            "rate",
            f"first {percent(first.rate.value)}, last {percent(last.rate.value)}",
        ),
        (
            "Heard latency, p50 and p95",
            METRICS["response_latency_p95"].tooltip,
            trend_charts.latency,
            "latency",
            f"p95 first {seconds(first.p95.value)}, last {seconds(last.p95.value)}",
        ),
    ):
        key = f"trend_chart_{name}_{trend.suite}_{trend.agent}_{trend.scenario}"
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{title}**", help=tip)
            st.plotly_chart(
                chart(trend, colours, height, wide),
                theme=None,
                key=key,
                config=charts.CONFIG,
                on_select=partial(_open, trend, key),
                selection_mode="points",
                alt=f"{title} of {trend.scenario or 'all scenarios'} over {len(trend.points)} "
                f"{'runs' if trend.suite else 'days'}: {told}",
            )
            if name == "rate":
                judge_view.rests(_doubts(trend))
    st.caption(
        f"{_points_told(trend)}. Lines at each point are its 95 % range; without one there is too "
        "little to tell it from. A dashed rule marks a new version of the agent."
    )


def _points_told(trend: Trend) -> str:
    many = len(trend.points)
    if trend.suite:
        runs = f"{many} finished run{'' if many == 1 else 's'} of {plain(trend.suite)}"
        return f"{runs}, side by side whatever lies between; click one to open it"
    calls = sum(each.rate.passed + each.rate.failed + each.rate.not_run for each in trend.points)
    days = len({point.name for point in trend.points})
    return (
        f"{calls} call{'' if calls == 1 else 's'} of {days} day{'' if days == 1 else 's'}, those "
        "of one day and version together; click a point to see its calls"
    )


def _doubts(trend: Trend) -> dict[str, Doubt]:
    """Why its pass rates are to be read with care; of single calls each tells that itself."""
    if not trend.suite:
        return {}
    points = trend.points
    return doubts_of_runs(
        service().archive, (point.run_id for point in points), points[-1].scenario
    )


def _open(trend: Trend, key: str) -> None:
    """Show the run whose point was clicked, or the calls of that day."""
    points = st.session_state[key].selection.points
    at = points[0].get("point_index") if points else None
    if isinstance(at, int) and at < len(trend.points):
        st.query_params.from_dict(_address(trend, trend.points[at]))
        st.session_state["runs_view"] = "lately"


def _address(trend: Trend, point: TrendPoint) -> dict[str, str]:
    """Where the run of a point is seen, or the single calls of its day."""
    if point.run_id:
        return {"run": point.run_id}
    day = {"agent": trend.agent, "since": point.name, "until": point.name}
    return day if trend.scenario == NO_SCRIPT else day | {"scenario": trend.scenario}
