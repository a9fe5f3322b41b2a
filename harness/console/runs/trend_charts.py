"""Charts of a trend: a figure with its range at each run, the agent's versions on the axis."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from harness.calls import Trend, TrendPoint
from harness.console.charts import escaped, figure
from harness.console.components import Width
from harness.console.theme import Palette
from harness.nouns import Band, Share

__all__ = ["latency", "rate"]

_TICKS = {"wide": 9, "medium": 5, "narrow": 3}
"""As many as have room for a version below them, by the width of the window."""
_PLOT_PX = {"wide": 1080, "medium": 560, "narrow": 290}
_LETTER_PX, _LINE_PX = 6.8, 16
_LONGEST = 32


@lru_cache(maxsize=16)
def rate(trend: Trend, colours: Palette, height: int, width: Width) -> go.Figure:
    """Share of calls that passed in each run, 0 to 100 %, with Wilson's range.

    Args:
        trend: The runs.
        colours: Of the theme.
        height: Pixels.
        width: Of the window.
    """
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
        {
            "range": [-4, 104],
            "tickvals": [0, 50, 100],
            "ticktext": ["0 %", "50 %", "100 %"],
        },
        colours,
        height,
        width,
    )


@lru_cache(maxsize=16)
def latency(trend: Trend, colours: Palette, height: int, width: Width) -> go.Figure:
    """p50 and p95 of heard latency in each run with their ranges, seconds.

    Args:
        trend: The runs.
        colours: Of the theme.
        height: Pixels.
        width: Of the window.
    """
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
        line = _line(trend, name, values, ink, symbol, told)
        # Each line is named where it ends.
        lines.append(
            {
                **line,
                "mode": "lines+markers+text",
                "text": [*[""] * (len(values) - 1), name],
                "textposition": f"{'top' if name == 'p95' else 'bottom'} right",
                "textfont": {"color": colours.soft, "size": 12},
                "cliponaxis": False,
            }
        )
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
        height,
        width,
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
            f"{_when(point)}<br>{escaped(point.version) or 'no version'}<br>{words}"
            for point, words in zip(trend.points, told, strict=True)
        ],
        "hoverinfo": "text",
    }


def _when(point: TrendPoint) -> str:
    """When the run was placed; of single calls their day."""
    at = point.at.astimezone()
    return f"{at:%d %b %Y, %H:%M}" if point.run_id else f"{at:%d %b %Y}"


def _beyond(more: float | None, less: float | None) -> float:
    return 0.0 if more is None or less is None else max(0.0, more - less)


def _figure(
    trend: Trend,
    traces: list[dict[str, Any]],
    y: dict[str, Any],
    colours: Palette,
    height: int,
    width: Width,
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
    ticks = _ticks(len(points), changes, _TICKS[width])
    lines = max((point.version.count(" · ") + bool(point.version) for point in points), default=0)
    longest = min(_LONGEST, int(_PLOT_PX[width] / len(ticks) / _LETTER_PX))
    bare = {"zeroline": False, "fixedrange": True, "ticks": ""}
    return figure(
        colours,
        traces,
        height=height,
        margin=(46, 34, 12, 26 + _LINE_PX * lines),
        shapes=shapes,
        xaxis={
            "range": [-0.5, max(1, len(points)) - 0.5],
            "tickvals": ticks,
            "ticktext": [_tick(trend, place, changes, longest) for place in ticks],
            "tickangle": 0,
            "showgrid": False,
            **bare,
        },
        yaxis={"gridcolor": colours.grid, **y, **bare},
    )


def _ticks(count: int, changes: list[int], most: int) -> list[int]:
    """Places that are named: those of new versions first, the newest of them surely.

    As far from each other as it takes for at most so many.
    """
    step = max(1, -(-count // most))
    kept: list[int] = []
    for place in (count - 1, *reversed(changes), *range(count - 1, -1, -1)):
        if all(abs(place - each) >= step for each in kept):
            kept.append(place)
    return sorted(kept)


def _tick(trend: Trend, place: int, changes: list[int], longest: int) -> str:
    """The day, and below it the version where it is a new one: its label, then its commit."""
    point = trend.points[place]
    day = f"{point.at.astimezone():%d %b}".lstrip("0")
    if place not in changes:
        return day
    lines = [
        escaped(part if len(part) <= longest else f"{part[: longest - 1]}…")
        for part in point.version.split(" · ", 1)
    ]
    return "<br>".join([day, f"<b>{lines[0]}</b>", *lines[1:]])
