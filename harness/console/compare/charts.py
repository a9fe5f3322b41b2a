"""The chart of two sets of replies: how many were heard within a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from harness.console.charts import figure
from harness.console.theme import Palette
from harness.measure import percentile

__all__ = ["latency_curves"]

_POINTS = 500
"""Most steps of a curve: no screen shows more."""
_ROOM = 0.85
"""Up to this share of the width there is room for words around a line."""


def latency_curves(
    a: Sequence[float], b: Sequence[float], budget_s: float | None, colours: Palette
) -> go.Figure:
    """Share of replies heard within a time; A grey and dashed, B ink and solid.

    Args:
        a: Heard latencies of A, seconds; turns without an answer are not among them.
        b: The same of B.
        budget_s: Where the budget's line stands; None for none.
        colours: The theme's colours.
    """
    return _curves(tuple(sorted(a)), tuple(sorted(b)), budget_s, colours)


@lru_cache(maxsize=16)
def _curves(
    a: tuple[float, ...], b: tuple[float, ...], budget_s: float | None, colours: Palette
) -> go.Figure:
    known = [*a, *b, *([budget_s] if budget_s else [])]
    low, high = min(0.0, *known) if known else 0.0, 1.08 * max(known, default=1.0)
    traces = [
        _curve("A", a, colours.faint, "5px,4px", 1.8, low, high),
        _curve("B", b, colours.text, "solid", 2.2, low, high),
    ]
    dots = [
        (side, q, percentile(values, q)) for side, values in (("A", a), ("B", b)) for q in (50, 95)
    ]
    shown = [(side, q, value) for side, q, value in dots if value is not None]
    inks = [colours.faint if side == "A" else colours.text for side, _, _ in shown]
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [value for _, _, value in shown],
            "y": [q for _, q, _ in shown],
            "marker": {
                "size": 9,
                "opacity": 1,
                "color": [colours.background if s == "A" else colours.text for s, _, _ in shown],
                "line": {"width": 2, "color": inks},
            },
            "hovertext": [f"{side}: p{q} {value:.2f} s" for side, q, value in shown],
            "hoverinfo": "text",
        }
    )
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    if budget_s:
        line = {"color": colours.close.line, "width": 1.6, "dash": "5px,4px"}
        shapes.append(
            {"type": "line", "x0": budget_s, "x1": budget_s, "y0": 0, "y1": 100, "line": line}
        )
        notes.append(
            {
                "x": budget_s,
                # Above, where neither curve is.
                "y": 104,
                "text": f"<b>Budget {budget_s:.1f} s</b>",
                "showarrow": False,
                "xanchor": "center" if budget_s < _ROOM * high else "right",
                "xshift": 0 if budget_s < _ROOM * high else 8,
                "yanchor": "bottom",
                "font": {"color": colours.close.text},
            }
        )
    bare = {"zeroline": False, "fixedrange": True, "ticks": ""}
    return figure(
        colours,
        traces,
        height=250,
        margin=(38, 8, 20 if budget_s else 8, 24),
        shapes=shapes,
        annotations=notes,
        xaxis={"range": [low, high], "ticksuffix": " s", "nticks": 6, "showgrid": False, **bare},
        yaxis={
            "range": [-2, 104],
            "tickvals": [0, 50, 95],
            "ticktext": ["0 %", "p50", "p95"],
            "gridcolor": colours.grid,
            **bare,
        },
    )


def _curve(
    name: str,
    values: Sequence[float],
    ink: str,
    dash: str,
    width: float,
    low: float,
    high: float,
) -> dict[str, Any]:
    """Steps of the empirical distribution, thinned by quantiles to what can be seen."""
    if len(values) > _POINTS:
        at = np.linspace(0, len(values) - 1, _POINTS).round().astype(int)
        x = [values[i] for i in at]
        y = [100 * (i + 1) / len(values) for i in at]
    else:
        x, y = list(values), [100 * (i + 1) / len(values) for i in range(len(values))]
    if values:
        x, y = [low, *x, high], [0.0, *y, 100.0]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": x,
        "y": y,
        "line": {"color": ink, "dash": dash, "width": width, "shape": "hv"},
        "hovertemplate": f"{name}: %{{y:.0f}} % within %{{x:.2f}} s<extra></extra>",
    }
