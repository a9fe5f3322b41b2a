"""Charts as SVG text: they need no script, print, and are drawn by any browser."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from xml.sax.saxutils import escape

from harness.nouns import Outcome, Verdict
from harness.report._call_json import TurnReport
from harness.report._content import CallPart, CellPart
from harness.report._sound import Sound

__all__ = ["histogram", "latencies", "pace", "rate", "repeats", "timeline"]

_WIDTH = 880
_HALF = 420
"""Of a chart that stands beside another."""
_LEFT = 60
_LANE = 40
_LANE_TOPS = (0, 60)
_MOST_BINS = 40
_MARKS_A_ROW = 10
_MOST_NAMED = 30
"""Of more turns the numbers would run together."""


def timeline(call: CallPart, sound: Sound | None = None) -> str:
    """Who was heard when: the caller's lane above the agent's, waits between, seconds below.

    Args:
        call: The call.
        sound: Its sound, of which the lanes show the outline; without it they show spans.
    """
    spoken = call.spoken
    lanes = (
        ("caller", [turn.caller for turn in spoken if turn.caller is not None]),
        ("agent", [span for turn in spoken for span in turn.agent]),
    )
    ends = [end for _, spans in lanes for _, end in spans]
    length = max([call.report.duration_s or 0.0, 1.0, *ends])
    scale = (_WIDTH - _LEFT - 4) / length
    loudest = max((0.05, *sound.caller, *sound.agent)) if sound is not None else 1.0
    parts = []
    for place, (lane, spans) in enumerate(lanes):
        top = _LANE_TOPS[place]
        parts.append(_lane_name(top + _LANE / 2 + 4, lane))
        if sound is None:
            parts += [
                f'<rect class="{lane}" x="{_LEFT + start * scale:.1f}" y="{top + 8}" '
                f'width="{max(1.0, (end - start) * scale):.1f}" height="{_LANE - 16}" rx="2"/>'
                for start, end in spans
            ]
        else:
            peaks = sound.caller if lane == "caller" else sound.agent
            parts.append(_outline(peaks, lane, top, loudest))
    if sound is not None:
        parts += [
            f'<rect class="hushed" x="{_LEFT + start * scale:.1f}" y="{_LANE_TOPS[0]}" '
            f'width="{(min(end, length) - start) * scale:.1f}" '
            f'height="{_LANE_TOPS[1] + _LANE - _LANE_TOPS[0]}"/>'
            for start, end in call.silenced
        ]
    parts += _waits(call, scale, length)
    bottom = _LANE_TOPS[1] + _LANE
    for second in _ticks(length, 12):
        parts.append(_text(_LEFT + second * scale, bottom + 16, _clock(second), "middle"))
    if sound is not None:
        parts.append(
            f'<line class="cursor" transform="translate({_LEFT} 0)" y1="0" y2="{bottom}"/>'
        )
    data = f' data-left="{_LEFT}" data-scale="{scale:.6f}"' if sound is not None else ""
    return _svg(bottom + 22, "Who was heard when", parts, more=f' class="long"{data}')


def _waits(call: CallPart, scale: float, length: float) -> list[str]:
    """How long the caller waited for each reply; without one, until it spoke again."""
    parts = []
    turns, spoken = call.report.turns, call.spoken
    for place, turn in enumerate(turns):
        caller = spoken[place].caller
        if turn.outcome is None or caller is None:
            continue
        waited, told = turn.response_latency_s, f"{turn.response_latency_s or 0:.2f} s"
        kind = pace(turn, call.budget_s)
        if turn.outcome is Outcome.NO_ANSWER:
            later = (each.caller[0] for each in spoken[place + 1 :] if each.caller is not None)
            waited, told, kind = next(later, length) - caller[1], "no answer", "late"
        if waited is None or waited <= 0:
            continue
        x, wide = _LEFT + caller[1] * scale, waited * scale
        top, middle = _LANE_TOPS[0], _LANE_TOPS[0] + _LANE + 8
        parts.append(
            f'<rect class="{kind} wait" x="{x:.1f}" y="{top}" width="{wide:.1f}" '
            f'height="{_LANE_TOPS[1] + _LANE - top}"/>'
            f'<rect class="{kind}" x="{x:.1f}" y="{middle}" width="{wide:.1f}" height="4" rx="2">'
            f"<title>Turn {turn.index}: {told}</title></rect>"
        )
    return parts


def _outline(peaks: Sequence[float], lane: str, top: float, loudest: float) -> str:
    middle, wide = top + _LANE / 2, (_WIDTH - _LEFT - 4) / max(1, len(peaks))
    strokes = "".join(
        f"M{_LEFT + (number + 0.5) * wide:.1f} {middle - peak / loudest * _LANE / 2:.1f}"
        f"v{max(1.0, peak / loudest * _LANE):.1f}"
        for number, peak in enumerate(peaks)
    )
    return f'<path class="path-{lane}" stroke-width="{wide * 0.75:.2f}" d="{strokes}"/>'


def pace(turn: TurnReport, budget_s: float) -> str:
    """How a wait is shown: good, up to 75 % of the budget; close; late; or spoiled."""
    if turn.flagged:
        return "spoiled"
    return _pace(turn.response_latency_s or 0.0, budget_s)


def _pace(waited_s: float, budget_s: float) -> str:
    if waited_s > budget_s:
        return "late"
    return "good" if waited_s <= 0.75 * budget_s else "close"


def latencies(call: CallPart) -> str:
    """Heard latency of each turn as a bar, the budget as a dashed line; empty without any."""
    turns = [turn for turn in call.report.turns if turn.outcome is not None]
    known = [turn.response_latency_s for turn in turns if turn.response_latency_s is not None]
    if not known:
        return ""
    top = max(*known, call.budget_s, 0.1) * 1.15
    height, left = 110, _LEFT
    wide = min(96.0, (_WIDTH - left - 4) / len(turns))
    parts = _axis(top, height, left)
    for number, turn in enumerate(turns):
        x = left + number * wide + wide * 0.2
        value = turn.response_latency_s
        if len(turns) <= _MOST_NAMED:
            parts.append(_text(x + wide * 0.3, height + 16, str(turn.index), "middle"))
        if value is None:
            parts.append(_text(x + wide * 0.3, height - 4, "×", "middle", "no answer"))
            continue
        tall = max(0.0, value) / top * height
        kind = pace(turn, call.budget_s)
        parts.append(
            f'<rect class="{kind}" x="{x:.1f}" y="{height - tall:.1f}" width="{wide * 0.6:.1f}" '
            f'height="{tall:.1f}"><title>Turn {turn.index}: {value:.2f} s</title></rect>'
        )
    parts.append(_budget_line(call.budget_s, top, height, left))
    return _svg(height + 24, "Heard latency by turn", parts, more=' class="long"')


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
    height, left = 150, 30
    wide = (_HALF - left - 14) / len(counts)
    parts = [_text(left - 6, 12, str(max(counts)), "end"), _text(left - 6, height, "0", "end")]
    for number, count in enumerate(counts):
        tall = count / max(counts) * (height - 4)
        start = low + number * step
        kind = _pace(start + step / 2, budget_s)
        parts.append(
            f'<rect class="{kind}" x="{left + number * wide:.1f}" y="{height - tall:.1f}" '
            f'width="{max(1.0, wide - 1):.1f}" height="{tall:.1f}">'
            f"<title>{start:.2f} to {start + step:.2f} s: {count}</title></rect>"
        )
    for number in range(0, len(counts) + 1, max(1, len(counts) // 5)):
        second = f"{low + number * step:.3g}"
        parts.append(_text(left + number * wide, height + 16, second, "middle"))
    x = left + (budget_s - low) / step * wide
    parts.append(f'<line class="budget" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height}"/>')
    return _svg(height + 24, "Heard latency of all replies, seconds", parts, wide=_HALF)


def rate(cell: CellPart) -> str:
    """Share of the calls that passed as a dot, its 95 % interval as a line; empty without any."""
    found = cell.pass_rate
    if found.value is None or found.low is None or found.high is None:
        return ""
    low, at, high = (8 + 144 * share for share in (found.low, found.value, found.high))
    ends = "".join(f'<line class="grid" x1="{x}" x2="{x}" y1="4" y2="16"/>' for x in (8, 80, 152))
    return (
        '<svg viewBox="0 0 160 20" width="160" height="20" role="img" '
        f'aria-label="{100 * found.low:.0f} to {100 * found.high:.0f} %">'
        f'<line class="grid" x1="8" x2="152" y1="10" y2="10"/>{ends}'
        f'<line class="range" x1="{low:.1f}" x2="{high:.1f}" y1="10" y2="10"/>'
        f'<circle class="dot" cx="{at:.1f}" cy="10" r="4.5"/></svg>'
    )


def repeats(verdicts: Sequence[Verdict]) -> str:
    """A mark for each call by attempt: a dot passed, a diamond failed, a ring did not run."""
    if not verdicts:
        return ""
    parts = []
    for number, verdict in enumerate(verdicts):
        row, column = divmod(number, _MARKS_A_ROW)
        x, y = 7 + 14 * column, 9 + 14 * row
        told = f"<title>Call {number + 1}: {verdict.value.replace('_', ' ')}</title>"
        match verdict:
            case Verdict.PASSED:
                parts.append(f'<circle class="good" cx="{x}" cy="{y}" r="4.5">{told}</circle>')
            case Verdict.FAILED:
                diamond = f"M{x} {y - 6}l6 6-6 6-6-6z"
                parts.append(f'<path class="late" d="{diamond}">{told}</path>')
            case _:
                parts.append(f'<circle class="empty" cx="{x}" cy="{y}" r="4">{told}</circle>')
    wide = 14 * min(len(verdicts), _MARKS_A_ROW)
    high = 18 + 14 * ((len(verdicts) - 1) // _MARKS_A_ROW)
    counts = ", ".join(
        f"{verdicts.count(each)} {each.value.replace('_', ' ')}"
        for each in Verdict
        if each in verdicts
    )
    return (
        f'<svg viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img" '
        f'aria-label="{counts}">{"".join(parts)}</svg>'
    )


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


def _lane_name(y: float, lane: str) -> str:
    return f'<text class="lane-{lane}" x="0" y="{y:.0f}">{lane.capitalize()}</text>'


def _ticks(length: float, most: int) -> list[float]:
    step = next(each for each in (1, 5, 10, 30, 60, 300, 600, 3600, length) if length / each < most)
    return [number * step for number in range(int(length // step) + 1)]


def _clock(second: float) -> str:
    return f"{int(second // 60)}:{int(second % 60):02d}"


def _svg(
    height: float, name: str, parts: Sequence[str], *, wide: float = _WIDTH, more: str = ""
) -> str:
    return (
        f'<svg viewBox="0 -8 {wide} {height + 8:.0f}" role="img" aria-label="{escape(name)}"'
        f"{more}>{''.join(parts)}</svg>"
    )
