"""How reports say figures."""

from __future__ import annotations

from datetime import UTC, datetime

from harness.nouns import CheckVerdict, Verdict
from harness.report._content import FigurePart

__all__ = [
    "bounds",
    "length",
    "when",
    "clock",
    "interval",
    "marked",
    "percent",
    "ruled",
    "seconds",
    "share",
]

_MARKS = {
    "passed": "● Passed",
    "failed": "◆ Failed",
    "not_run": "○ Not run",
    "met": "● Met",
    "not_met": "◆ Not met",
    "not_proven": "◇ Not proven",
    "pending": "○ Pending",
    "error": "◇ Error",
}


def marked(verdict: Verdict | CheckVerdict) -> str:
    """A verdict with its mark, which tells it without colour."""
    return _MARKS[verdict.value]


def ruled(holds: bool | None) -> str:
    """Whether a rule that fails a run holds, as a mark that tells it without colour."""
    return {True: "✗", False: "✓", None: "?"}[holds]


def seconds(value: float | None) -> str:
    """To hundredths."""
    return "-" if value is None else f"{value:.2f} s"


def percent(value: float | None) -> str:
    """Of a share."""
    return "-" if value is None else f"{100 * value:.0f} %"


def clock(value: float | None) -> str:
    """Minutes and seconds."""
    return "" if value is None else f"{int(value // 60)}:{value % 60:04.1f}"


def length(value: float | None) -> str:
    """Minutes and whole seconds, of a call or a run."""
    return "" if value is None else f"{int(value // 60)}:{int(value % 60):02d}"


def when(moment: str) -> str:
    """A moment in ISO 8601 as people write it, in UTC."""
    at = datetime.fromisoformat(moment).astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def bounds(figure: FigurePart) -> str:
    """The interval of seconds, and n."""
    told = f"{figure.n} replies"
    if not _bounded(figure):
        return told
    return f"95 % interval {figure.low:.2f} to {figure.high:.2f} s, {told}"


def interval(figure: FigurePart) -> str:
    """Seconds with their bounds and n."""
    if figure.value is None:
        return "-"
    bounds = f", {figure.low:.2f} to {figure.high:.2f} s" if _bounded(figure) else ""
    return f"{seconds(figure.value)} (n={figure.n}{bounds})"


def share(figure: FigurePart) -> str:
    """A share with its bounds."""
    if figure.value is None:
        return "no call has a verdict"
    bounds = f"; 95 % interval {percent(figure.low)} to {percent(figure.high)}"
    return percent(figure.value) + (bounds if _bounded(figure) else "")


def _bounded(figure: FigurePart) -> bool:
    return figure.low is not None and figure.high is not None
