"""Charts of a call: a CallView in, a Plotly figure out. Nothing here draws or reads a page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from harness.calls import CallView, Health
from harness.console._text import MINUS, seconds
from harness.console.theme import FONT, Palette, Tone
from harness.nouns import CheckResult, CheckVerdict, Outcome, Turn

__all__ = [
    "CONFIG",
    "checks_strip",
    "escaped",
    "figure",
    "health_lines",
    "latency_by_turn",
    "tone_of_wait",
]

CONFIG: dict[str, Any] = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
"""For ``st.plotly_chart(config=...)``."""

_GOOD_SHARE = 0.75
"""Good is up to this share of the budget, close up to the budget."""
_VISIBLE_TURNS = 12


def tone_of_wait(wait: float | None, budget: float, colours: Palette) -> Tone:
    """Colour of a wait; None is a wait without an answer."""
    if wait is None or wait > budget:
        return colours.bad
    return colours.good if wait <= _GOOD_SHARE * budget else colours.close


def figure(
    colours: Palette,
    data: list[dict[str, Any]],
    *,
    height: int,
    margin: tuple[int, int, int, int],
    **layout: Any,
) -> go.Figure:
    """A figure in our style, built in one go: Plotly checks every single addition anew.

    Args:
        colours: The theme's colours.
        data: Traces.
        height: Pixels.
        margin: Left, right, top, bottom, in pixels.
        layout: More of the layout.
    """
    left, right, top, bottom = margin
    return go.Figure(
        {
            "data": data,
            "layout": {
                "height": height,
                "margin": {"l": left, "r": right, "t": top, "b": bottom},
                "paper_bgcolor": "rgba(0,0,0,0)",
                "plot_bgcolor": "rgba(0,0,0,0)",
                "showlegend": False,
                "font": {"family": FONT, "size": 12, "color": colours.soft},
                "hoverlabel": {
                    "bgcolor": colours.background,
                    "bordercolor": colours.border,
                    "font": {"family": FONT, "size": 13, "color": colours.text},
                },
                "dragmode": False,
                "uirevision": "keep",
                "template": _NO_TEMPLATE,
                **layout,
            },
        }
    )


_NO_TEMPLATE = go.layout.Template()


def _numbered(view: CallView) -> list[Turn]:
    """Turns with a line of the caller; a spurious reply has the number of the line before it."""
    return [t for t in view.turns if t.index > 0 and t.outcome is not Outcome.SPURIOUS]


def latency_by_turn(view: CallView, colours: Palette) -> go.Figure:
    """Heard and bot-reported latency of the last turns, with the budget.

    No answer is a band of its own.
    """
    points = tuple(
        (t.index, t.response_latency_s, t.bot_reported_s, t.outcome is Outcome.NO_ANSWER)
        # As many as are in view, and one from which a line comes in.
        for t in _numbered(view)[-_VISIBLE_TURNS - 1 :]
    )
    return _latency(points, view.budget_s, colours)


def _across(y: float, colour: str, width: float, dash: str = "solid") -> dict[str, Any]:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": y,
        "y1": y,
        "line": {"color": colour, "width": width, "dash": dash},
        "layer": "below",
    }


@lru_cache(maxsize=32)
def _latency(
    points: tuple[tuple[int, float | None, float | None, bool], ...],
    budget: float,
    colours: Palette,
) -> go.Figure:
    numbers = [number for number, *_ in points]
    heard = [wait for _, wait, _, _ in points]
    reported = [told for _, _, told, _ in points]
    known = [v for v in (*heard, *reported) if v is not None]
    top = max(1.5 * budget, 1.18 * max(known, default=0.0))
    low = min(0.0, *known) if known else 0.0
    step = next((s for s in (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0) if top / s <= 4.5), 60.0)
    marks = [n * step for n in range(int(low // step), int(top // step) + 1)]
    shapes = [_across(mark, colours.grid, 1) for mark in marks if abs(mark - budget) > 1e-6]
    notes: list[dict[str, Any]] = []
    for number, wait, told, silent in points:
        if wait is not None and told is not None:
            shapes.append(
                {
                    "type": "line",
                    "x0": number,
                    "x1": number,
                    "y0": told,
                    "y1": wait,
                    "line": {"color": colours.border, "width": 6},
                    "layer": "below",
                }
            )
        if silent:
            shapes.append(
                {
                    "type": "rect",
                    "x0": number - 0.33,
                    "x1": number + 0.33,
                    "y0": low,
                    "y1": top,
                    "fillcolor": colours.bad.background,
                    "line": {"width": 0},
                    "layer": "below",
                }
            )
            notes.append(
                {
                    "x": number,
                    "y": low,
                    "text": "<b>no answer</b>",
                    "textangle": -90,
                    "showarrow": False,
                    "yanchor": "bottom",
                    "yshift": 4,
                    "font": {"color": colours.bad.text},
                }
            )
    shapes.append(_across(budget, colours.close.line, 1.6, "5px,4px"))
    notes.append(
        {
            "xref": "paper",
            "x": 0.01,
            "y": budget,
            "text": f"<b>Budget {budget:.1f} s</b>",
            "showarrow": False,
            "xanchor": "left",
            "yanchor": "bottom",
            "font": {"color": colours.close.text},
        }
    )
    over = [v is not None and v > budget for v in heard]
    told_trace = {
        "type": "scatter",
        "x": numbers,
        "y": reported,
        "name": "bot-reported",
        "mode": "lines+markers",
        "line": {"color": colours.faint, "width": 1.6, "dash": "3px,3px"},
        "marker": {
            "size": 7,
            "color": colours.background,
            "line": {"color": colours.faint, "width": 1.6},
        },
        "hovertemplate": "Turn %{x}: bot-reported %{y:.2f} s<extra></extra>",
    }
    heard_trace = {
        "type": "scatter",
        "x": numbers,
        "y": heard,
        "name": "heard",
        "mode": "lines+markers+text",
        "line": {"color": colours.text, "width": 2},
        "marker": {
            "size": [11 if o else 8.5 for o in over],
            "symbol": ["diamond" if o else "circle" for o in over],
            "color": [colours.bad.line if o else colours.text for o in over],
            "opacity": 1,
            "line": {"width": 0},
        },
        "text": [f"<b>{seconds(v)}</b>" if o else "" for v, o in zip(heard, over, strict=True)],
        "textposition": "top center",
        "textfont": {"color": colours.bad.text, "size": 12},
        "cliponaxis": False,
        "hovertemplate": "Turn %{x}: heard %{y:.2f} s<extra></extra>",
    }
    last = numbers[-1] if numbers else 0
    right = max(8, last)
    left = max(1, right - _VISIBLE_TURNS + 1)
    ticks = list(range(left, right + 1))
    return figure(
        colours,
        [told_trace, heard_trace],
        height=160,
        margin=(30, 6, 8, 22),
        shapes=shapes,
        annotations=notes,
        xaxis={
            "range": [left - 0.55, right + 0.55],
            "tickvals": ticks,
            "ticktext": [f"<b>{n}</b>" if n == last else str(n) for n in ticks],
            **_BARE,
        },
        yaxis={
            "range": [low - 0.04 * top, top],
            "tickvals": marks,
            "ticktext": [f"{mark:g} s".replace("-", MINUS) for mark in marks],
            **_BARE,
        },
    )


_BARE: dict[str, Any] = {"showgrid": False, "zeroline": False, "fixedrange": True, "ticks": ""}


_MARKS = {
    CheckVerdict.MET: ("circle", "good"),
    CheckVerdict.NOT_MET: ("diamond", "bad"),
    CheckVerdict.NOT_PROVEN: ("diamond-open", "close"),
    CheckVerdict.NOT_RUN: ("line-ew-open", "none"),
    CheckVerdict.PENDING: ("circle-open", "none"),
    CheckVerdict.ERROR: ("x-thin-open", "none"),
}
_WORDS = {
    CheckVerdict.MET: "met",
    CheckVerdict.NOT_MET: "failed",
    CheckVerdict.NOT_PROVEN: "not proven",
    CheckVerdict.NOT_RUN: "not run",
    CheckVerdict.PENDING: "not yet",
    CheckVerdict.ERROR: "could not be judged",
}
ROW_PX = 11
"""Height of one check in the strip."""


def checks_strip(checks: Sequence[CheckResult], colours: Palette) -> go.Figure:
    """One row a check in the order given, one column a turn: how it stood after that turn."""
    return _strip(tuple((check.name, check.by_turn) for check in checks), colours)


@lru_cache(maxsize=32)
def _strip(
    rows: tuple[tuple[str, tuple[tuple[int, CheckVerdict], ...]], ...], colours: Palette
) -> go.Figure:
    last = max((index for _, by_turn in rows for index, _ in by_turn), default=0)
    right = max(8, last)
    left = max(0, right - _VISIBLE_TURNS)
    shown = [
        (index, row, name, verdict)
        for row, (name, by_turn) in enumerate(rows)
        for index, verdict in by_turn
        if index >= left
    ]
    inks = [getattr(colours, _MARKS[verdict][1]).line for *_, verdict in shown]
    trace = {
        "type": "scatter",
        "x": [index for index, *_ in shown],
        "y": [row for _, row, *_ in shown],
        "mode": "markers",
        "marker": {
            "symbol": [_MARKS[verdict][0] for *_, verdict in shown],
            "size": 7,
            "color": inks,
            "line": {"width": 1.2, "color": inks},
        },
        "hovertext": [
            f"{escaped(name)}<br>after turn {index}: {_WORDS[verdict]}"
            for index, _, name, verdict in shown
        ],
        "hoverinfo": "text",
        "cliponaxis": False,
        # One that was clicked leads to its turn: none stands out, none fades.
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
    }
    return figure(
        colours,
        [trace],
        height=ROW_PX * max(1, len(rows)) + 24,
        margin=(4, 4, 2, 20),
        xaxis={
            "range": [left - 0.5, right + 0.5],
            "tickvals": list(range(left, last + 1)),
            **_BARE,
        },
        yaxis={"range": [len(rows) - 0.4, -0.6], "visible": False, **_BARE},
    )


def escaped(text: str) -> str:
    """Plotly reads a few HTML tags in texts: leave none."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _health_rows(health: Sequence[Health]) -> list[tuple[str, str, list[float]]]:
    now = health[-1] if health else None
    loss = [100 * h.packet_loss for h in health if h.packet_loss is not None]
    buffer = [h.jitter_buffer_ms for h in health if h.jitter_buffer_ms is not None]
    return [
        (
            "Loop lag",
            "–" if now is None else f"{now.loop_lag_ms:.0f} ms",
            [h.loop_lag_ms for h in health],
        ),
        ("Packet loss", f"{loss[-1]:.1f} %" if loss else "–", loss),
        ("Jitter buffer", f"{buffer[-1]:.0f} ms" if buffer else "–", buffer),
    ]


def health_lines(health: Sequence[Health], colours: Palette) -> go.Figure:
    """Loop lag (ms), packet loss (%) and jitter buffer (ms) with their last minute."""
    traces: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    for column, (name, value, values) in enumerate(_health_rows(health)):
        left = column / 3
        number = "" if column == 0 else str(column + 1)
        traces.append(
            {
                "type": "scatter",
                "y": values,
                "mode": "lines",
                "line": {"color": colours.soft, "width": 1.5},
                "xaxis": f"x{number}",
                "yaxis": f"y{number}",
                "hoverinfo": "skip",
            }
        )
        top = 1.25 * max(values, default=0.0) or 1.0
        axes[f"xaxis{number}"] = {
            "domain": [left, left + 0.29],
            "visible": False,
            "fixedrange": True,
            "range": [0, max(len(values) - 1, 10)],
        }
        axes[f"yaxis{number}"] = {
            "domain": [0, 0.33],
            "visible": False,
            "fixedrange": True,
            "range": [-0.06 * top, top],
            "anchor": f"x{number}",
        }
        for y, text, size, ink in (
            (1.0, name, 13, colours.soft),
            (0.76, f"<b>{value}</b>", 17, colours.text),
        ):
            notes.append(
                {
                    "x": left,
                    "y": y,
                    "xref": "paper",
                    "yref": "paper",
                    "text": text,
                    "showarrow": False,
                    "xanchor": "left",
                    "yanchor": "top",
                    "font": {"size": size, "color": ink},
                }
            )
    return figure(colours, traces, height=66, margin=(0, 0, 0, 0), annotations=notes, **axes)
