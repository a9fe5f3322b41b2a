"""The stages of one reply as a chart: a Waterfall in, a Plotly figure out."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from harness.console import charts
from harness.console._text import MINUS, seconds
from harness.console.inspect.waterfall import Bar, Waterfall
from harness.console.theme import Palette

__all__ = ["waterfall_chart"]

_ROW_PX = 26
_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 172, 196, 24, 6
_TIME_PX, _USUAL_PX, _MORE_PX = 58, 122, 134
"""How far right of the bars the columns end, and the last one begins."""
_NARROW_LEFT_PX, _NARROW_RIGHT_PX = 130, 60
"""Where there is room for the time alone."""


def waterfall_chart(
    found: Waterfall, budget_s: float, colours: Palette, *, narrow: bool = False
) -> go.Figure:
    """Bars end to end with their seconds, what is usual, and what was more than that.

    Args:
        found: With bars.
        budget_s: Drawn as a dashed line, seconds.
        colours: Of the theme.
        narrow: Leave out what is usual: the sentence of the waterfall names it.
    """
    bars = found.bars
    left, right = (_NARROW_LEFT_PX, _NARROW_RIGHT_PX) if narrow else (_LEFT_PX, _RIGHT_PX)
    ends = [bar.start + bar.seconds for bar in bars]
    top = 1.04 * max(budget_s, *ends, *(bar.start for bar in bars))
    low = min(0.0, *ends)
    rows = list(range(len(bars)))
    looks = [_look(bar, colours) for bar in bars]
    trace = {
        "type": "bar",
        "orientation": "h",
        "base": [bar.start for bar in bars],
        "x": [bar.seconds for bar in bars],
        "y": rows,
        "width": 0.56,
        "marker": {
            "color": [fill for fill, *_ in looks],
            "line": {"color": [line for _, line, _ in looks], "width": 1.6},
            "pattern": {
                "shape": [shape for *_, shape in looks],
                "fgcolor": colours.soft,
                "bgcolor": colours.background,
                # Else the bar's own fill, the background, is what is hatched with.
                "fillmode": "overlay",
                "size": 6,
            },
        },
        # A bar is clicked to hear its second: which one was says nothing afterwards.
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
        "hovertext": [_hover(bar) for bar in bars],
        "hoverinfo": "text",
    }
    step = next((s for s in (0.25, 0.5, 1.0, 2.0, 5.0, 10.0) if (top - low) / s <= 5), 30.0)
    marks = [n * step for n in range(int(low // step), int(top // step) + 1) if n * step >= low]
    line = {
        "type": "line",
        "x0": budget_s,
        "x1": budget_s,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": colours.close.line, "width": 1.6, "dash": "5px,4px"},
    }
    heads = (("Time", _TIME_PX), *(() if narrow else (("Usual here", _USUAL_PX),)))
    notes = [_note(-0.5, text, at, "right", colours.soft, 12) for text, at in heads]
    for note in notes:
        note["yanchor"] = "bottom"
    for row, bar in enumerate(bars):
        name = f"<b>{bar.title}</b>" if bar.kind == "heard" else bar.title
        label = _note(row, name, -left, "left", colours.text, 13)
        notes.append({**label, "x": 0})
        notes.append(
            _note(row, f"<b>{seconds(bar.seconds)}</b>", _TIME_PX, "right", colours.text, 13)
        )
        if narrow:
            continue
        usual = "none" if bar.new else seconds(bar.usual_s)
        notes.append(_note(row, usual, _USUAL_PX, "right", colours.soft, 12))
        surplus = bar.surplus_s
        if bar.marked and surplus is not None:
            chip = _note(row, f"<b>+{surplus:.2f}</b>", _MORE_PX, "left", colours.close.text, 12)
            notes.append({**chip, "bgcolor": colours.close.background, "borderpad": 2})
    return charts.figure(
        colours,
        [trace],
        height=_ROW_PX * len(bars) + _TOP_PX + _BOTTOM_PX,
        margin=(left, right, _TOP_PX, _BOTTOM_PX),
        shapes=[*_rules(len(bars), left, colours), line],
        annotations=notes,
        xaxis={
            "range": [low, top],
            "tickvals": marks,
            "ticktext": [f"{mark:g} s".replace("-", MINUS) for mark in marks],
            "side": "top",
            "gridcolor": colours.grid,
            "zeroline": False,
            "fixedrange": True,
            "ticks": "",
        },
        yaxis={
            "range": [len(bars) - 0.5, -0.5],
            "showticklabels": False,
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "ticks": "",
        },
    )


def _rules(rows: int, left: int, colours: Palette) -> list[dict[str, Any]]:
    """A thin line under the heading and between the rows, as wide as the chart."""
    return [
        {
            "type": "line",
            "xref": "paper",
            "xsizemode": "pixel",
            "xanchor": 0,
            "x0": -left,
            "x1": 4000,
            "y0": row - 0.5,
            "y1": row - 0.5,
            "line": {"color": colours.grid, "width": 1},
            "layer": "below",
        }
        for row in range(rows)
    ]


def _look(bar: Bar, colours: Palette) -> tuple[str, str, str]:
    """Fill, outline and pattern."""
    match bar.kind:
        case "reported":
            return colours.agent.line, colours.agent.line, ""
        case "measured":
            return colours.text, colours.text, ""
        case "told":
            return colours.background, colours.agent.line, ""
        case "heard":
            return colours.background, colours.text, ""
        case _:
            return colours.background, colours.faint, "/"


def _hover(bar: Bar) -> str:
    meaning = bar.meaning.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"{bar.title}: {seconds(bar.seconds)}<br>{meaning}"


def _note(row: float, text: str, right: int, anchor: str, colour: str, size: int) -> dict[str, Any]:
    return {
        "xref": "paper",
        "x": 1,
        "xshift": right,
        "y": row,
        "text": text,
        "showarrow": False,
        "xanchor": anchor,
        "yanchor": "middle",
        "font": {"color": colour, "size": size},
    }
