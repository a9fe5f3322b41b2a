"""Charts of a run: why calls failed, how late replies were, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
import plotly.graph_objects as go

from harness.console.charts import escaped, figure, tone_of_wait
from harness.console.runs.words import because
from harness.console.theme import Palette
from harness.measure import percentile

__all__ = ["bins_of", "by_call", "by_scenario", "failures", "histogram"]

_BINS = 40
"""Most bars of the histogram."""
_WIDTHS_S = (0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
_DOTS = 60
"""Most replies that are drawn of a scenario: more fall on the same pixels."""
_MOST_NAMES = 6
_MOST_CALLS = 400
_BARE: dict[str, Any] = {"showgrid": False, "zeroline": False, "fixedrange": True, "ticks": ""}


def failures(
    counts: Mapping[str, int], colours: Palette, marks: Mapping[str, str] = MappingProxyType({})
) -> go.Figure:
    """In how many calls each check failed, most first; what is rare beyond the sixth together.

    Args:
        counts: Calls by check; see :attr:`harness.calls.RunSummary.failures`.
        colours: The theme's colours.
        marks: By check what is said after its name.
    """
    named = [(because(name), count, marks.get(name, "")) for name, count in counts.items()]
    if len(named) > _MOST_NAMES:
        rest = sum(count for _, count, _ in named[_MOST_NAMES - 1 :])
        others = len(named) - _MOST_NAMES + 1
        named = [*named[: _MOST_NAMES - 1], (f"{others} others", rest, "")]
    return _failures(tuple(named), colours)


@lru_cache(maxsize=16)
def _failures(named: tuple[tuple[str, int, str], ...], colours: Palette) -> go.Figure:
    most = max((count for _, count, _ in named), default=1)
    rows = list(range(len(named)))
    notes = []
    for row, (name, count, mark) in zip(rows, named, strict=True):
        room = 38 - len(mark)
        short = escaped(name if len(name) <= room else f"{name[: room - 1]}…")
        if mark:
            short += f" <span style='font-size:11px;color:{colours.soft}'>{escaped(mark)}</span>"
        for x, anchor, words in ((0, "left", short), (1, "right", f"<b>{count}</b>")):
            notes.append(
                {
                    "x": x,
                    "xref": "paper",
                    "xanchor": anchor,
                    "y": row - 0.2,
                    "yanchor": "bottom",
                    "text": words,
                    "showarrow": False,
                    "font": {"size": 13, "color": colours.text},
                }
            )
    bars = {
        "type": "bar",
        "orientation": "h",
        "base": 0,
        "y": rows,
        "x": [count for _, count, _ in named],
        "width": 0.24,
        "marker": {"color": colours.bad.line, "cornerradius": 3},
        "hovertext": [f"{escaped(name)}: {count}" for name, count, _ in named],
        "hoverinfo": "text",
    }
    return figure(
        colours,
        [bars],
        height=40 * max(1, len(named)) + 8,
        margin=(0, 0, 14, 0),
        annotations=notes,
        xaxis={"range": [0, most], "visible": False, **_BARE},
        yaxis={"range": [len(named) - 0.75, -0.75], "visible": False, **_BARE},
    )


def bins_of(values: Sequence[float]) -> tuple[list[float], list[int]]:
    """Edges and counts of at most 40 bars of a round width, seconds."""
    if not values:
        return [], []
    low, high = min(0.0, *values), max(values)
    for width in _WIDTHS_S:
        first, last = int(np.floor(low / width)), int(np.floor(high / width))
        if last - first < _BINS:
            break
    else:
        width = (high - low) / (_BINS - 2)
        first, last = int(np.floor(low / width)), int(np.floor(high / width))
    counts = [0] * (last - first + 1)
    for value in values:
        counts[int(np.floor(value / width)) - first] += 1
    return [round((first + n) * width, 6) for n in range(len(counts) + 1)], counts


def histogram(values: Sequence[float], budget_s: float | None, colours: Palette) -> go.Figure:
    """How many replies came after how long, with the budget.

    Args:
        values: Heard latencies, seconds.
        budget_s: Where the budget's line stands; None for none.
        colours: The theme's colours.
    """
    edges, counts = bins_of(values)
    slower = sum(value > budget_s for value in values) if budget_s is not None else 0
    return _histogram(tuple(edges), tuple(counts), slower, budget_s, colours)


@lru_cache(maxsize=16)
def _histogram(
    edges: tuple[float, ...],
    counts: tuple[int, ...],
    slower: int,
    budget_s: float | None,
    colours: Palette,
) -> go.Figure:
    middles = [(a + b) / 2 for a, b in zip(edges, edges[1:], strict=False)]
    inks = [
        tone_of_wait(middle, budget_s, colours).line if budget_s else colours.text
        for middle in middles
    ]
    bars = {
        "type": "bar",
        "x": middles,
        "y": list(counts),
        "width": [0.9 * (b - a) for a, b in zip(edges, edges[1:], strict=False)],
        "marker": {"color": inks},
        "hovertext": [
            f"{a:.2f} to {b:.2f} s: {n}" for a, b, n in zip(edges, edges[1:], counts, strict=False)
        ],
        "hoverinfo": "text",
    }
    high = max([*edges, *([1.15 * budget_s] if budget_s else [])], default=1.0)
    shapes, notes = _budget(budget_s, high, colours, vertical=True)
    if budget_s and slower and counts:
        notes[0]["text"] += f"<br>{100 * slower / sum(counts):.0f} % are slower"
    return figure(
        colours,
        [bars],
        height=190,
        margin=(4, 4, 6, 22),
        shapes=shapes,
        annotations=notes,
        xaxis={
            "range": [min(0.0, *edges) if edges else 0.0, 1.02 * high],
            "ticksuffix": " s",
            "nticks": 6,
            **_BARE,
        },
        # The budget's words stand above the highest bar.
        yaxis={"visible": False, "range": [0, 1.35 * max(counts, default=1)], **_BARE},
    )


def by_scenario(
    replies_s: Mapping[str, Sequence[float]], budget_s: float | None, colours: Palette
) -> go.Figure:
    """Replies of each scenario as dots, with p50 and p95; the same scale for all."""
    return _by_scenario(
        tuple((name, tuple(sorted(values))) for name, values in replies_s.items()),
        budget_s,
        colours,
    )


@lru_cache(maxsize=16)
def _by_scenario(
    rows: tuple[tuple[str, tuple[float, ...]], ...], budget_s: float | None, colours: Palette
) -> go.Figure:
    x, y = [], []
    for row, (_, values) in enumerate(rows):
        at = np.linspace(0, len(values) - 1, min(_DOTS, len(values))).round().astype(int)
        x += [values[i] for i in at]
        y += [row] * len(at)
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": x,
        "y": y,
        "marker": {"size": 6, "color": colours.faint, "opacity": 0.5},
        "hoverinfo": "skip",
    }
    marks = [dots]
    for q, symbol in ((50, "line-ns"), (95, "diamond")):
        at_q = [percentile(values, q) for _, values in rows]
        marks.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": at_q,
                "y": list(range(len(rows))),
                "marker": {
                    "symbol": symbol,
                    "size": 15 if q == 50 else 10,
                    "color": colours.text,
                    "opacity": 1,
                    "line": {"width": 2.5 if q == 50 else 0, "color": colours.text},
                },
                "hovertemplate": f"p{q}: %{{x:.2f}} s<extra></extra>",
            }
        )
    high = 1.06 * max([*x, *([budget_s] if budget_s else [])], default=1.0)
    shapes, notes = _budget(budget_s, high, colours, vertical=True)
    for note in notes:  # above the rows, where no reply lies
        note |= {"yanchor": "bottom", "xanchor": "center", "xshift": 0}
    return figure(
        colours,
        marks,
        height=34 * max(1, len(rows)) + 46,
        margin=(4, 8, 20, 24),
        shapes=shapes,
        annotations=notes,
        xaxis={
            "range": [min(0.0, *x) if x else 0.0, high],
            "ticksuffix": " s",
            "nticks": 8,
            "gridcolor": colours.grid,
            **{**_BARE, "showgrid": True},
        },
        yaxis={
            "range": [len(rows) - 0.4, -0.6],
            "tickvals": list(range(len(rows))),
            "ticktext": [escaped(name if len(name) <= 26 else f"{name[:25]}…") for name, _ in rows],
            "automargin": True,
            **_BARE,
        },
    )


def by_call(
    calls: Sequence[tuple[str, str, Sequence[float]]], budget_s: float | None, colours: Palette
) -> go.Figure:
    """p50 to p95 of each call in the order of calls: whether it grew slower as the run went on.

    Args:
        calls: What each is called, ``passed``, ``failed`` or ``not_run``, and its latencies.
        budget_s: Where the budget's line stands.
        colours: The theme's colours.
    """
    known = [(n, *call) for n, call in enumerate(calls, start=1) if call[2]]
    if len(known) > _MOST_CALLS:
        # Those that failed stay: they are what is looked for.
        failing = [call for call in known if call[2] == "failed"][-_MOST_CALLS:]
        others = [call for call in known if call[2] != "failed"]
        room = max(0, min(_MOST_CALLS - len(failing), len(others)))
        at = np.linspace(0, len(others) - 1, room).round().astype(int)
        known = sorted([*failing, *(others[i] for i in at)])
    low = [percentile(values, 50) or 0.0 for *_, values in known]
    high = [percentile(values, 95) or 0.0 for *_, values in known]
    failed = [verdict == "failed" for _, _, verdict, _ in known]
    numbers = [number for number, *_ in known]
    spans: dict[str, Any] = {"x": [], "y": []}
    for number, a, b in zip(numbers, low, high, strict=True):
        spans["x"] += [number, number, None]
        spans["y"] += [a, b, None]
    line = {
        "type": "scatter",
        "mode": "lines",
        **spans,
        "line": {"color": colours.faint, "width": 3},
        "hoverinfo": "skip",
    }
    tops = {
        "type": "scatter",
        "mode": "markers",
        "x": numbers,
        "y": high,
        "marker": {
            "symbol": ["diamond" if bad else "circle" for bad in failed],
            "size": [10 if bad else 8 for bad in failed],
            "color": [colours.bad.line if bad else colours.good.line for bad in failed],
            "opacity": 1,
        },
        # One that was clicked leads to its call: none stands out, none fades.
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
        "hovertext": [
            f"Call {number}, {escaped(name)}<br>{verdict}, p50 {a:.2f} s, p95 {b:.2f} s"
            for (number, name, verdict, _), a, b in zip(known, low, high, strict=True)
        ],
        "hoverinfo": "text",
    }
    top = 1.12 * max([*high, *([budget_s] if budget_s else [])], default=1.0)
    shapes, notes = _budget(budget_s, len(calls) + 1, colours, vertical=False)
    return figure(
        colours,
        [line, tops],
        height=230,
        margin=(38, 56 if budget_s else 8, 8, 24),
        shapes=shapes,
        annotations=notes,
        xaxis={"range": [0.3, len(calls) + 0.7], "nticks": 12, **_BARE},
        yaxis={
            "range": [0, top],
            "ticksuffix": " s",
            "nticks": 5,
            **{**_BARE, "showgrid": True},
            "gridcolor": colours.grid,
        },
    )


def _budget(
    budget_s: float | None, end: float, colours: Palette, *, vertical: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The budget's dashed line, and its words."""
    if not budget_s:
        return [], []
    line: dict[str, Any] = {
        "type": "line",
        "line": {"color": colours.close.line, "width": 1.6, "dash": "5px,4px"},
    }
    note: dict[str, Any] = {
        "text": f"<b>Budget {budget_s:.1f} s</b>",
        "showarrow": False,
        "align": "left",
        "font": {"color": colours.close.text},
    }
    if vertical:
        line |= {"x0": budget_s, "x1": budget_s, "yref": "paper", "y0": 0, "y1": 1}
        right = budget_s < 0.6 * end
        note |= {
            "x": budget_s,
            "yref": "paper",
            "y": 1,
            "yanchor": "top",
            "xanchor": "left" if right else "right",
            "xshift": 5 if right else -5,
            "align": "left" if right else "right",
        }
    else:
        line |= {"xref": "paper", "x0": 0, "x1": 1, "y0": budget_s, "y1": budget_s}
        # Right of the calls, where none of them lies.
        note |= {"xref": "paper", "x": 1, "xanchor": "left", "xshift": 5, "y": budget_s}
        note["text"] = f"<b>Budget<br>{budget_s:.1f} s</b>"
    return [line], [note]
