"""ReportOptions: what a report shows, and what it hides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from harness.nouns import Redaction
from harness.report._suite_json import GateReport

__all__ = ["Progress", "ReportOptions"]

Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """How a report is made.

    Attributes:
        redact: Which personal data is hidden; None: as the run's suite says. Names and patterns
            of the suite are hidden besides those told here.
        personal: Whether personal data is hidden at all; secrets always are.
        title: In place of the run's or the call's own.
        audio: Whether the page holds the sound of the calls.
        gates: What the rules said by which the run could fail.
        compared: What a comparison with another call or run says; empty without one.
        progress: Told after the sound of each call how many of how many are made: that is what
            takes time.
    """

    redact: Redaction | None = None
    personal: bool = True
    title: str = ""
    audio: bool = False
    gates: tuple[GateReport, ...] = ()
    compared: str = ""
    progress: Progress | None = field(default=None, compare=False)
