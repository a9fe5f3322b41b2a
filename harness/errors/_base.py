"""RingbackError: what every error says."""

from __future__ import annotations

from typing import ClassVar

from harness._redact import redact

__all__ = ["RingbackError"]


class RingbackError(Exception):
    """Base of all errors shown to users.

    Args:
        message: What happened, one sentence.
        cause: The likely cause, one sentence.
        remedy: What to do next, one sentence.
    """

    kind: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, cause: str = "", remedy: str = "") -> None:
        self.message = redact(message)
        self.cause = redact(cause)
        self.remedy = redact(remedy)
        super().__init__(self.message)

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.cause, self.remedy) if part)
