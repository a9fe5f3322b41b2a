"""The heard latency of the turns around one, small: turns in, a Plotly figure out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import plotly.graph_objects as go

from harness.console import charts
from harness.console._text import seconds
from harness.console.theme import Palette
from harness.nouns import Outcome, Turn

__all__ = ["MOST_BARS", "around", "turn_bars"]

MOST_BARS = 15
"""As many as still have room for their numbers."""
_HEIGHT = 70


def around(turns: Sequence[Turn], chosen: int | None) -> list[Turn]:
    """The caller's turns nearest to the chosen one, at most :data:`MOST_BARS`.

    Args:
        turns: In order.
        chosen: Number of a turn; None takes the first ones.
    """
    asked = [t for t in turns if t.index > 0 and t.outcome is not Outcome.SPURIOUS]
    at = next((place for place, turn in enumerate(asked) if turn.index == chosen), 0)
    first = max(0, min(at - MOST_BARS // 2, len(asked) - MOST_BARS))
    return asked[first : first + MOST_BARS]


def turn_bars(
    turns: Sequence[Turn], chosen: int | None, budget_s: float, colours: Palette
) -> go.Figure:
    """A bar a turn with the budget; no answer is a dashed frame as high as the chart.

    Args:
        turns: Those to draw.
        chosen: Number of the turn that stands out.
        budget_s: Drawn as a dashed line, seconds.
        colours: Of the theme.
    """
    bars = tuple((t.index, t.response_latency_s, t.outcome is Outcome.NO_ANSWER) for t in turns)
    return _drawn(bars, chosen, budget_s, colours)


@lru_cache(maxsize=32)
def _drawn(
    bars: tuple[tuple[int, float | None, bool], ...],
    chosen: int | None,
    budget_s: float,
    colours: Palette,
) -> go.Figure:
    top = 1.08 * max([budget_s, *(wait for _, wait, _ in bars if wait is not None)])
    fills, frames = [], []
    for number, wait, silent in bars:
        bad = silent or (wait is not None and wait > budget_s)
        strong = colours.bad.line if bad else colours.text
        quiet = colours.bad.background if bad else colours.border
        fills.append(colours.background if silent else strong if number == chosen else quiet)
        frames.append(colours.bad.line if bad else strong if number == chosen else quiet)
    places = list(range(len(bars)))
    trace = {
        "type": "bar",
        "x": places,
        "y": [max(0.0, wait or 0.0) for _, wait, _ in bars],
        "width": 0.72,
        "marker": {"color": fills, "line": {"color": frames, "width": 1.2}},
        "customdata": [number for number, *_ in bars],
        "hovertext": [
            f"Turn {number}: {'no answer' if silent else f'heard {seconds(wait)}'}"
            for number, wait, silent in bars
        ],
        "hoverinfo": "text",
    }
    frames_of_silence = [
        {
            "type": "rect",
            "x0": place - 0.36,
            "x1": place + 0.36,
            "y0": 0,
            "y1": top,
            "line": {"color": colours.bad.line, "width": 1.4, "dash": "3px,3px"},
            "fillcolor": colours.bad.background if number == chosen else "rgba(0,0,0,0)",
            "layer": "below",
        }
        for place, (number, _, silent) in enumerate(bars)
        if silent
    ]
    budget = {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": budget_s,
        "y1": budget_s,
        "line": {"color": colours.close.line, "width": 1.6, "dash": "5px,4px"},
    }
    bare = {"showgrid": False, "zeroline": False, "fixedrange": True, "ticks": ""}
    return charts.figure(
        colours,
        [trace],
        height=_HEIGHT,
        margin=(0, 0, 3, 18),
        shapes=[*frames_of_silence, budget],
        xaxis={
            # A few bars are no wider than many.
            "range": [-0.5, max(9, len(bars)) - 0.5],
            "tickvals": places,
            "ticktext": [f"<b>{n}</b>" if n == chosen else str(n) for n, *_ in bars],
            **bare,
        },
        yaxis={"range": [0, top], "visible": False, **bare},
    )
