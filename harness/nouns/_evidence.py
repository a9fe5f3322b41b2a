"""What is known about a check, and what shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["CheckVerdict", "Evidence"]


class CheckVerdict(StrEnum):
    """What is known about a check."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_PROVEN = "not_proven"
    NOT_RUN = "not_run"
    PENDING = "pending"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows a verdict.

    Attributes:
        quote: Word for word a part of the cited turn's stored text, or empty if the evidence is a
            number or an event.
        turn: Index of the cited turn.
        at: Second on the call's clock to listen at, or None.
    """

    quote: str
    turn: int
    at: float | None = None
