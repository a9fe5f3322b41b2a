"""Charts of a trend: a figure with its range at each run, the agent's versions on the axis."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from harness.calls import Trend
from harness.console.charts import escaped, figure
from harness.console.theme import Palette
from harness.nouns import Band, Share

__all__ = ["latency", "rate"]

_MOST_TICKS = 9
_LONGEST = 18
_HEIGHT = 235


@lru_cache(maxsize=16)
def rate(trend: Trend, colours: Palette) -> go.Figure:
    """Share of calls that passed in each run, 0 to 100 %, with Wilson's range."""
    line = _line(
        trend,
        "passed",
        [_percent(point.rate) for point in trend.points],
        colours.text,
        "circle",
        [
            f"{point.rate.passed} of {point.rate.passed + point.rate.failed} passed"
            for point in trend.points
        ],
    )
    return _figure(
        trend,
        [line],
        {"range": [-4, 104], "tickvals": [0, 50, 100], "ticksuffix": " %"},
        colours,
    )


@lru_cache(maxsize=16)
def latency(trend: Trend, colours: Palette) -> go.Figure:
    """p50 and p95 of heard latency in each run with their ranges, seconds."""
    lines = []
    for name, bands, ink, symbol in (
        ("p95", [point.p95 for point in trend.points], colours.text, "diamond"),
        ("p50", [point.p50 for point in trend.points], colours.faint, "circle"),
    ):
        values = [_seconds(band) for band in bands]
        told = [
            f"{name} {band.value:.2f} s, {band.n} replies" if band.value is not None else ""
            for band in bands
        ]
        lines.append(_line(trend, name, values, ink, symbol, told))
    known = [
        number
        for point in trend.points
        for band in (point.p50, point.p95)
        for number in (band.value, band.high)
        if number is not None
    ]
    return _figure(
        trend,
        lines,
        {"range": [0, 1.1 * max(known, default=1.0)], "nticks": 5, "ticksuffix": " s"},
        colours,
    )


_Value = tuple[float | None, float | None, float | None]


def _percent(share: Share) -> _Value:
    value = share.value
    return (None, None, None) if value is None else (100 * value, 100 * share.low, 100 * share.high)


def _seconds(band: Band) -> _Value:
    return band.value, band.low, band.high


def _line(
    trend: Trend,
    name: str,
    values: list[_Value],
    ink: str,
    symbol: str,
    told: list[str],
) -> dict[str, Any]:
    up = [_beyond(high, value) for value, _, high in values]
    down = [_beyond(value, low) for value, low, _ in values]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": list(range(len(values))),
        "y": [value for value, _, _ in values],
        "connectgaps": False,
        "line": {"color": ink, "width": 1.6},
        "marker": {"size": 8, "symbol": symbol, "color": ink, "opacity": 1},
        "error_y": {
            "type": "data",
            "array": up,
            "arrayminus": down,
            "color": ink,
            "thickness": 1.2,
            "width": 3,
        },
        "hovertext": [
            f"{point.at.astimezone():%d %b %Y, %H:%M}<br>{escaped(point.version) or 'no version'}"
            f"<br>{words}"
            for point, words in zip(trend.points, told, strict=True)
        ],
        "hoverinfo": "text",
    }


def _beyond(more: float | None, less: float | None) -> float:
    return 0.0 if more is None or less is None else max(0.0, more - less)


def _figure(
    trend: Trend, traces: list[dict[str, Any]], y: dict[str, Any], colours: Palette
) -> go.Figure:
    points = trend.points
    changes = [
        place
        for place, point in enumerate(points)
        if point.version and (place == 0 or point.version != points[place - 1].version)
    ]
    shapes = [
        {
            "type": "line",
            "x0": place - 0.5,
            "x1": place - 0.5,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "line": {"color": colours.border, "width": 1, "dash": "3px,3px"},
            "layer": "below",
        }
        for place in changes
        if place
    ]
    step = -(-len(points) // _MOST_TICKS)
    # A new version is told wherever there is room; days fill what is left.
    ticks = sorted({*range(0, len(points), step)} if step > 1 else range(len(points)))
    if step > 1:
        ticks = sorted({*changes[-_MOST_TICKS:], len(points) - 1})
        ticks = [at for n, at in enumerate(ticks) if n == 0 or at - ticks[n - 1] >= step / 2]
    bare = {"zeroline": False, "fixedrange": True, "ticks": ""}
    return figure(
        colours,
        traces,
        height=_HEIGHT,
        margin=(46, 12, 8, 42),
        shapes=shapes,
        xaxis={
            "range": [-0.5, max(1, len(points)) - 0.5],
            "tickvals": ticks,
            "ticktext": [_tick(trend, place, changes) for place in ticks],
            "tickangle": 0,
            "showgrid": False,
            **bare,
        },
        yaxis={"gridcolor": colours.grid, **y, **bare},
    )


def _tick(trend: Trend, place: int, changes: list[int]) -> str:
    """The day, and below it the version where it is a new one."""
    point = trend.points[place]
    day = f"{point.at.astimezone():%d %b}".lstrip("0")
    if place not in changes:
        return day
    version = point.version
    short = version if len(version) <= _LONGEST else f"{version[: _LONGEST - 1]}…"
    return f"{day}<br><b>{escaped(short)}</b>"
