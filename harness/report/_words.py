"""How reports say figures."""

from __future__ import annotations

from datetime import UTC, datetime

from harness.nouns import WORDS_NOT_KNOWN, CheckVerdict, GradeValue, Verdict
from harness.report._call_json import TurnReport
from harness.report._content import FigurePart
from harness.report._people_json import GradeByPersonReport, PersonReport

__all__ = [
    "bounds",
    "length",
    "when",
    "clock",
    "graded",
    "graded_what",
    "interval",
    "marked",
    "percent",
    "ruled",
    "said_by",
    "seconds",
    "share",
    "source_of",
    "stay",
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
_GRADES: dict[GradeValue, str] = {
    "met": "● Met",
    "not_met": "◆ Not met",
    "unsure": "○ Unsure",
    "up": "● Good",
    "down": "◆ Bad",
}


def marked(verdict: Verdict | CheckVerdict) -> str:
    """A verdict with its mark, which tells it without colour."""
    return _MARKS[verdict.value]


def said_by(turn: TurnReport) -> tuple[str, str] | None:
    """Who is said to speak on the caller's side of a turn, and the words; None if nobody does."""
    if turn.caller_source == "person":
        return "Person", turn.caller_text or WORDS_NOT_KNOWN
    return None if turn.caller_text is None else ("Caller", turn.caller_text)


def source_of(turn: TurnReport) -> str:
    """Where a person's line comes from, in brackets' words; empty for what the caller knew."""
    if turn.caller_source == "typed":
        return "typed by a person"
    if turn.caller_source == "person" and turn.caller_text:
        heard = f"as {turn.caller_text_by or 'a recogniser'} heard it"
        told = {"stt": heard, "hand": "written down afterwards"}
        return told.get(turn.caller_text_source or "", "")
    return ""


def stay(person: PersonReport) -> str:
    """When a person had the caller's side, as a sentence."""
    if person.to_s is None:
        return f"{person.who} spoke in the caller's place from {clock(person.from_s)} to the end."
    how = {
        "gone": ", when their page went away",
        "passed_on": ", when it was passed on to another person",
    }.get(person.why or "", "")
    return (
        f"{person.who} spoke in the caller's place from {clock(person.from_s)} to "
        f"{clock(person.to_s)}{how}."
    )


def graded(grade: GradeByPersonReport) -> str:
    """What a grade says, with the mark of its kind."""
    return _GRADES[grade.value]


def graded_what(grade: GradeByPersonReport) -> str:
    """What is graded, for people."""
    if grade.check:
        return grade.check if grade.turn is None else f"{grade.check}, turn {grade.turn}"
    if grade.turn is not None:
        return f"Turn {grade.turn}" if grade.turn else "The greeting"
    return "The whole call" if grade.at is None else f"At {clock(grade.at)}"


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
