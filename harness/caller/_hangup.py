"""Hangup: the caller ends the call."""

from __future__ import annotations

__all__ = ["Hangup"]


class Hangup(Exception):
    """The caller is done.

    Attributes:
        reason: script_done, expectation_failed (the script ends with its first failure), no_answer,
            or how a simulation ended.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
