"""ReportOptions: what a report shows, and what it hides."""

from __future__ import annotations

from dataclasses import dataclass

from harness.nouns import Redaction
from harness.report._suite_json import GateReport

__all__ = ["ReportOptions"]


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
    """

    redact: Redaction | None = None
    personal: bool = True
    title: str = ""
    audio: bool = False
    gates: tuple[GateReport, ...] = ()
    compared: str = ""
