"""Small pictures for table cells: a strip of dots for repeats, a rate within its range. SVG."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from harness.console.theme import Palette
from harness.nouns import Call, Verdict

__all__ = ["TALLY_PX", "Mark", "mark_of", "range_bar", "strip", "strip_width", "tally"]

Mark = Literal["passed", "failed", "not_run", "live", "to_come", "hidden"]

_ROW = 24
"""More marks than that stand in three rows."""
_TALLIED = 12
_PITCH = 14
_SMALL_PITCH = 11
HEIGHT = 40
"""Of each picture, pixels; a table's row is a little higher."""
_BAR = 92


def mark_of(call: Call) -> Mark:
    """Which mark a call has."""
    if not call.state.is_final:
        return "live"
    if call.verdict is Verdict.PASSED:
        return "passed"
    return "failed" if call.verdict is Verdict.FAILED else "not_run"


def strip_width(count: int) -> int:
    """Pixels that a strip of so many marks is wide."""
    if count <= _ROW:
        return _PITCH * max(1, count)
    return _SMALL_PITCH * -(-count // 3)


def strip(marks: Sequence[Mark], colours: Palette) -> str:
    """Repeats in their order, as a data URI.

    A dot passed, a diamond failed, a ring did not run; a small dot goes on, a speck is to come. A
    broken ring is hidden from who grades blind.
    """
    return _strip(tuple(marks), colours)


@lru_cache(maxsize=512)
def _strip(marks: tuple[Mark, ...], colours: Palette) -> str:
    small = len(marks) > _ROW
    pitch = _SMALL_PITCH if small else _PITCH
    wide = -(-len(marks) // 3) if small else max(1, len(marks))
    rows = 3 if small else 1
    top = (HEIGHT - rows * pitch) / 2
    parts = []
    for number, mark in enumerate(marks):
        x = (number % wide + 0.5) * pitch
        y = top + (number // wide + 0.5) * pitch
        parts.append(_mark(mark, x, y, pitch * 0.36, colours))
    return _uri(strip_width(len(marks)), "".join(parts))


def _mark(mark: Mark, x: float, y: float, r: float, colours: Palette) -> str:
    if mark == "passed":
        return f'<circle cx="{x:g}" cy="{y:g}" r="{r:g}" fill="{colours.good.line}"/>'
    if mark == "failed":
        d = r * 1.25
        points = f"{x:g},{y - d:g} {x + d:g},{y:g} {x:g},{y + d:g} {x - d:g},{y:g}"
        return f'<polygon points="{points}" fill="{colours.bad.line}"/>'
    if mark == "not_run":
        return (
            f'<circle cx="{x:g}" cy="{y:g}" r="{r * 0.85:g}" fill="none" '
            f'stroke="{colours.none.line}" stroke-width="1.5"/>'
        )
    if mark == "hidden":
        return (
            f'<circle cx="{x:g}" cy="{y:g}" r="{r * 0.85:g}" fill="none" '
            f'stroke="{colours.none.line}" stroke-width="1.5" stroke-dasharray="2 2"/>'
        )
    if mark == "live":
        return f'<circle cx="{x:g}" cy="{y:g}" r="{r * 0.6:g}" fill="{colours.text}"/>'
    return f'<circle cx="{x:g}" cy="{y:g}" r="{r * 0.28:g}" fill="{colours.faint}"/>'


def tally(passed: int, failed: int, not_run: int, colours: Palette) -> str:
    """How many calls of a run passed, failed and did not run, as a data URI.

    A mark a call up to 12; of more a bar whose failed part is lower, and the rest an outline.
    """
    count = passed + failed + not_run
    if count <= _TALLIED:
        marks: list[Mark] = ["passed"] * passed
        marks += ["failed"] * failed
        marks += ["not_run"] * not_run
        return strip(marks, colours)
    return _tally(passed, failed, not_run, colours)


TALLY_PX = _PITCH * _TALLIED
"""Width of the widest tally."""


@lru_cache(maxsize=256)
def _tally(passed: int, failed: int, not_run: int, colours: Palette) -> str:
    scale = (TALLY_PX - 2) / (passed + failed + not_run)
    middle, x = HEIGHT / 2, 1.0
    parts = []
    for count, height, look in (
        (passed, 10, f'fill="{colours.good.line}"'),
        (failed, 18, f'fill="{colours.bad.line}"'),
        (not_run, 9, f'fill="none" stroke="{colours.none.line}"'),
    ):
        if count:
            wide = count * scale
            parts.append(
                f'<rect x="{x:.1f}" y="{middle - height / 2:g}" width="{max(1.5, wide - 1.5):.1f}" '
                f'height="{height}" rx="2" {look}/>'
            )
            x += wide
    return _uri(TALLY_PX, "".join(parts))


def range_bar(value: float | None, low: float | None, high: float | None, colours: Palette) -> str:
    """A rate on a line from 0 to 1, its range thick; a data URI. Without a value the bare line."""
    return _range(value, low, high, colours)


@lru_cache(maxsize=512)
def _range(value: float | None, low: float | None, high: float | None, colours: Palette) -> str:
    middle = HEIGHT / 2

    def x(share: float) -> float:
        return 6 + share * (_BAR - 12)

    parts = [
        f'<rect x="{x(0):g}" y="{middle - 1:g}" width="{x(1) - x(0):g}" height="2" rx="1" '
        f'fill="{colours.border}"/>'
    ]
    if value is not None and low is not None and high is not None:
        parts.append(
            f'<rect x="{x(low):.1f}" y="{middle - 2.5:g}" width="{x(high) - x(low):.1f}" '
            f'height="5" rx="2" fill="{colours.faint}"/>'
            f'<circle cx="{x(value):.1f}" cy="{middle:g}" r="4.5" fill="{colours.text}" '
            f'stroke="{colours.background}" stroke-width="1"/>'
        )
    return _uri(_BAR, "".join(parts))


def _uri(width: int, inside: str) -> str:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" '
        f'viewBox="0 0 {width} {HEIGHT}">{inside}</svg>'
    )
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
