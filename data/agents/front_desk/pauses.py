"""Lines that are no turn yet: the caller asks for a moment, or stops in mid-sentence."""

from __future__ import annotations

import re
from typing import Literal

from understanding import Heard
from words import plain

__all__ = ["held", "without_hold"]

_HOLD = re.compile(
    r"\b(?:(?:hold|hang) on|(?:just )?(?:a|one) (?:moment|second|minute|sec)|"
    r"let me (?:think|see|check|look)|give me a (?:moment|second|minute)|wait)\b"
)
_AROUND = re.compile(r"\b(?:please|sorry|um|uh|er|hmm|well|okay|yes|just|for|a|the|so|oh)\b")
# A sentence does not end with one of these.
_DANGLING = re.compile(r"\b(?:to|the|with|on|at|name is|and|my|because|a|an|or)$")


def _nothing_else(line: str) -> bool:
    return not _AROUND.sub("", _HOLD.sub("", line)).strip()


def held(heard: Heard) -> Literal["short", "long"] | None:
    """Why the caller is waited for: cut off ("short"), or asking for time ("long"); None if not."""
    if _HOLD.search(heard.text) and _nothing_else(heard.text):
        return "long"
    asks = heard.intents - {"hello", "yes", "no"}
    details = heard.doctor or heard.day or heard.time or heard.name or heard.born or heard.phone
    return "short" if _DANGLING.search(heard.text) and not (asks or details) else None


def without_hold(line: str) -> str:
    """The line without the moment it asked for, if it says anything else."""
    text = plain(line)
    if not _HOLD.search(text) or _nothing_else(text):
        return line
    return " ".join(_HOLD.sub(" ", text).split())
