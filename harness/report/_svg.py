"""Charts as SVG text: they need no script, print, and are drawn by any browser."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from xml.sax.saxutils import escape

from harness.report._content import CallPart, CellPart

__all__ = ["histogram", "latencies", "rates", "timeline"]

_WIDTH = 720
_MOST_BINS = 40


def timeline(call: CallPart) -> str:
    """Who was heard when: the caller's lane above the agent's, seconds below."""
    spans = [
        (lane, start, end)
        for turn in call.spoken
        for lane, found in (("caller", [turn.caller] if turn.caller else []), ("agent", turn.agent))
        for start, end in found
    ]
    length = max([call.report.duration_s or 0.0, 1.0, *(end for _, _, end in spans)])
    left, scale = 60, (_WIDTH - 64) / length
    parts = [_text(0, 20, "Caller"), _text(0, 46, "Agent")]
    for lane, start, end in spans:
        top = 8 if lane == "caller" else 34
        width = max(1.0, (end - start) * scale)
        parts.append(
            f'<rect class="{lane}" x="{left + start * scale:.1f}" y="{top}" '
            f'width="{width:.1f}" height="16" rx="2"/>'
        )
    step = next(each for each in (5, 10, 30, 60, 300, 600, 3600, length) if length / each <= 12)
    for number in range(int(length // step) + 1):
        second = number * step
        parts.append(_text(left + second * scale, 68, f"{second:g} s", "middle"))
    return _svg(74, "Who was heard when", parts)


def latencies(call: CallPart) -> str:
    """Heard latency of each turn as a bar, the budget as a dashed line; empty without any."""
    turns = [turn for turn in call.report.turns if turn.outcome is not None]
    known = [turn.response_latency_s for turn in turns if turn.response_latency_s is not None]
    if not known:
        return ""
    top = max(*known, call.budget_s, 0.1) * 1.15
    height, left = 110, 60
    wide = (_WIDTH - left - 4) / len(turns)
    parts = _axis(top, height, left)
    for number, turn in enumerate(turns):
        x = left + number * wide + wide * 0.15
        value = turn.response_latency_s
        if value is None:
            parts.append(_text(x + wide * 0.35, height - 4, "×", "middle", "no answer"))
            continue
        tall = max(0.0, value) / top * height
        kind = "spoiled" if turn.flagged else "late" if value > call.budget_s else "heard"
        parts.append(
            f'<rect class="{kind}" x="{x:.1f}" y="{height - tall:.1f}" width="{wide * 0.7:.1f}" '
            f'height="{tall:.1f}"><title>Turn {turn.index}: {value:.2f} s</title></rect>'
        )
        if len(turns) <= 30:
            parts.append(_text(x + wide * 0.35, height + 16, str(turn.index), "middle"))
    parts.append(_budget_line(call.budget_s, top, height, left))
    return _svg(height + 24, "Heard latency by turn", parts)


def histogram(values: Sequence[float], budget_s: float) -> str:
    """How many replies took how long, at most 40 bars; empty without any."""
    if not values:
        return ""
    most = max(*values, budget_s) * 1.05
    step = next(each for each in (0.05, 0.1, 0.25, 0.5, 1, 2, 5, most) if most / each <= _MOST_BINS)
    low = min(0.0, min(values))
    counts = [0] * max(1, ceil((most - low) / step))
    for value in values:
        counts[min(len(counts) - 1, int((value - low) / step))] += 1
    height, left = 110, 60
    wide = (_WIDTH - left - 4) / len(counts)
    parts = [_text(left - 6, 12, str(max(counts)), "end"), _text(left - 6, height, "0", "end")]
    for number, count in enumerate(counts):
        tall = count / max(counts) * (height - 4)
        start = low + number * step
        kind = "late" if start >= budget_s else "heard"
        parts.append(
            f'<rect class="{kind}" x="{left + number * wide:.1f}" y="{height - tall:.1f}" '
            f'width="{max(1.0, wide - 1):.1f}" height="{tall:.1f}">'
            f"<title>{start:.2f} to {start + step:.2f} s: {count}</title></rect>"
        )
    for number in range(0, len(counts) + 1, max(1, len(counts) // 8)):
        second = f"{low + number * step:.2f}"
        parts.append(_text(left + number * wide, height + 16, second, "middle"))
    x = left + (budget_s - low) / step * wide
    parts.append(f'<line class="budget" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height}"/>')
    return _svg(height + 24, "Heard latency of all replies, seconds", parts)


def rates(cells: Sequence[CellPart]) -> str:
    """Share of the calls that passed as a dot, its 95 % interval as a line, a row a cell."""
    row, left = 24, 260
    scale = _WIDTH - left - 60
    parts = []
    for number, cell in enumerate(cells):
        y, rate = number * row + 14, cell.pass_rate
        parts.append(_text(0, y + 4, cell.scenario[:38]))
        parts.append(f'<line class="grid" x1="{left}" x2="{left + scale}" y1="{y}" y2="{y}"/>')
        decided = cell.passed + cell.failed
        parts.append(_text(_WIDTH, y + 4, f"{cell.passed} of {decided}", "end"))
        if rate.value is None or rate.low is None or rate.high is None:
            continue
        x1, x, x2 = (left + share * scale for share in (rate.low, rate.value, rate.high))
        parts.append(f'<line class="range" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y}" y2="{y}"/>')
        parts.append(f'<circle class="heard" cx="{x:.1f}" cy="{y}" r="5"/>')
    bottom = len(cells) * row + 14
    for share in (0, 0.5, 1):
        parts.append(_text(left + share * scale, bottom, f"{100 * share:.0f} %", "middle"))
    return _svg(bottom + 8, "Share of the calls that passed, with its 95 % interval", parts)


def _axis(top: float, height: float, left: float) -> list[str]:
    step = next(each for each in (0.25, 0.5, 1, 2, 5, 10, 30, 60, top) if top / each <= 5)
    parts = []
    for number in range(int(top // step) + 1):
        y = height - number * step / top * height
        parts.append(f'<line class="grid" x1="{left}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(left - 6, y + 4, f"{number * step:g} s", "end"))
    return parts


def _budget_line(budget_s: float, top: float, height: float, left: float) -> str:
    y = height - budget_s / top * height
    return f'<line class="budget" x1="{left}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start", title: str = "") -> str:
    told = f"<title>{escape(title)}</title>" if title else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}{told}</text>'


def _svg(height: float, name: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 -8 {_WIDTH} {height + 8:.0f}" role="img" aria-label="{escape(name)}">'
        f"{''.join(parts)}</svg>"
    )
