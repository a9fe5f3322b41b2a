"""Figures in words: a metric's value, interval and n, and the names of the stages of a reply."""

from __future__ import annotations

from typing import get_args

from harness.console._text import MINUS, seconds
from harness.measure import METRICS, Interval
from harness.nouns import Metric, StageName, Unit

__all__ = ["greyed", "is_thin", "resting_on", "stage_titles", "two_digits", "value_of"]

_MEDIAN = ", p50"
_OF_SOUND = {key for key, info in METRICS.items() if info.group == "audio"} - {"agent_echo_s"}
"""Their n is how many seconds the agent spoke; that of an echo counts stretches."""


def value_of(value: float | None, unit: Unit) -> str:
    """A figure with its unit; a dash if there is none."""
    if value is None:
        return "–"
    if unit == "s":
        return seconds(value)
    sign = MINUS if value < 0 else ""
    size = abs(value)
    if unit in ("share", "score"):
        return f"{sign}{size:.0%}"
    if unit == "per_minute":
        return f"{sign}{size:.0f} a minute"
    if unit == "db":
        return f"{sign}{size:.1f} dB"
    if unit == "hz":
        return f"{sign}{size / 1000:.1f} kHz"
    return f"{sign}{size:.0f}"


def two_digits(value: float) -> str:
    """``0.78``, with a real minus sign: of agreement, which is no share."""
    return f"{MINUS if value < 0 else ''}{abs(value):.2f}"


def is_thin(metric: Metric) -> bool:
    """Whether it rests on too few observations to count on."""
    return metric.n < METRICS[metric.key].grey_below


def greyed(text: str, figure: Interval) -> str:
    """A figure of a run as markdown: grey where it rests on too few observations to count on."""
    return f":gray[{text}]" if figure.grey and figure.value is not None else text


def resting_on(metric: Metric) -> str:
    """Its interval, on how many observations it rests, and what was left out."""
    parts = []
    if metric.low is not None and metric.high is not None:
        low, high = value_of(metric.low, metric.unit), value_of(metric.high, metric.unit)
        parts.append(f"95 %: {low} to {high}")
    if metric.key in _OF_SOUND:
        parts.append(f"from {metric.n} s of speech")
    else:
        parts.append(f"n = {metric.n}" + (", too few to rely on" if is_thin(metric) else ""))
    if metric.left_out:
        parts.append(f"left out: {metric.left_out} spoiled")
    return " · ".join(parts)


def stage_titles() -> dict[StageName, tuple[str, str]]:
    """The name for people and the meaning of each stage of a reply's latency."""
    found = {name: METRICS[f"stage_{name}_p50"] for name in get_args(StageName)}
    return {
        name: (info.title.removesuffix(_MEDIAN), info.tooltip.split(". ")[0] + ".")
        for name, info in found.items()
    }
