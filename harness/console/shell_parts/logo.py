"""The logo: bars of the caller above, of the agent below. Drawn here, in the theme's colours."""

from __future__ import annotations

from harness.console.theme import Mode, current, palette

__all__ = ["hero", "icon", "wordmark"]

_BARS = (
    ("caller", ((1, 6, 5), (6, 2, 9), (11, 5, 6))),
    ("agent", ((11, 13, 6), (16, 13, 9), (21, 13, 5))),
)
# "Ringback" as strokes: a logo is an image and cannot rely on a font.
_LETTERS = (
    "M1 18.5V5h4.8a4 4 0 0 1 0 8H1M6 13l4.2 5.5",
    "M14.6 9v9.5M14.6 5.1v.1",
    "M19.4 18.5V9M19.4 13a3.7 3.7 0 0 1 7.4 0v5.5",
    "M39 9v10a4.3 4.3 0 0 1-8.2 1.8M39 13.7a4.3 4.7 0 1 1-8.6 0a4.3 4.7 0 1 1 8.6 0",
    "M44.6 4.2v14.3M44.6 13.7a4.3 4.7 0 1 1 8.6 0a4.3 4.7 0 1 1-8.6 0",
    "M65.6 9v9.5M65.6 13.7a4.3 4.7 0 1 1-8.6 0a4.3 4.7 0 1 1 8.6 0",
    "M77 10.6a4.3 4.7 0 1 0 0 6.2",
    "M81.8 4.2v14.3M88.2 9l-6.2 6.2M84 13.4l4.6 5.1",
)


def _bars(mode: Mode) -> str:
    colours = palette(mode)
    return "".join(
        f'<g fill="{getattr(colours, who).line}">'
        + "".join(f'<rect x="{x}" y="{y}" width="3" height="{h}" rx="1.5"/>' for x, y, h in bars)
        + "</g>"
        for who, bars in _BARS
    )


def icon(mode: Mode | None = None) -> str:
    """The bars alone, as SVG."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="26" height="24" viewBox="0 0 26 24">'
        f"{_bars(mode or current())}</svg>"
    )


def wordmark(mode: Mode | None = None) -> str:
    """Bars and name, as SVG."""
    mode = mode or current()
    strokes = "".join(f'<path d="{path}"/>' for path in _LETTERS)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="126" height="26" viewBox="0 -1 126 26">'
        f"<title>Ringback</title>{_bars(mode)}"
        f'<g transform="translate(33 0.5)" fill="none" stroke="{palette(mode).text}" '
        f'stroke-width="2.3" stroke-linecap="round" stroke-linejoin="round">{strokes}</g></svg>'
    )


def hero(mode: Mode | None = None) -> str:
    """A caller's line and an agent's answer, for the first screen, as SVG."""
    from math import pi, sin
    from random import Random

    colours = palette(mode or current())
    random = Random(9)
    bars = []
    for i in range(46):
        swell, ink = 0.0, colours.border
        if i < 21:
            swell, ink = sin((i + 0.5) / 21 * pi), colours.caller.line
        elif i > 24:
            swell, ink = max(0.0, sin((i - 23.5) / 22 * pi)), colours.agent.line
        half = max(1.4, swell * (8 + random.random() * 20))
        bars.append(
            f'<rect x="{8 + i * 6.6:.1f}" y="{34 - half:.1f}" width="3.2" height="{2 * half:.1f}" '
            f'rx="1.6" fill="{ink}"/>'
        )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="318" height="68" viewBox="0 0 318 68">'
        f"{''.join(bars)}</svg>"
    )
