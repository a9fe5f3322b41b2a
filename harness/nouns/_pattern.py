"""Patterns people write in checks: compiled and searched within a time limit.

A pattern that backtracks without end would stop every call of the engine, so neither loading nor
matching ever waits longer than a fixed time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import regex

__all__ = ["PATTERN_LIMIT", "SEARCH_LIMIT_S", "compile_pattern"]

PATTERN_LIMIT = 500
"""Longest pattern, in characters."""

SEARCH_LIMIT_S = 0.2
"""Longest search of one pattern in one text, seconds."""

_PROBES = (
    "a" * 60 + "!",
    "1" * 60 + "!",
    " " * 60 + "!",
    "ab" * 40 + "!",
    "the doctor is in today and " * 12 + "!",
)


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> Any:
    """A compiled pattern (the `regex` package's), ignoring case.

    What is said aloud has no capitals; ``(?-i:...)`` inside a pattern makes a part exact again.

    Raises:
        ValueError: It is empty, too long, not a regular expression, or takes too long to search.
    """
    if not pattern.strip():
        raise ValueError("the pattern is empty")
    if len(pattern) > PATTERN_LIMIT:
        raise ValueError(f"the pattern is longer than {PATTERN_LIMIT} characters")
    try:
        compiled = regex.compile(pattern, regex.IGNORECASE)
    except (regex.error, RecursionError, OverflowError) as error:
        raise ValueError(f"not a regular expression: {error}") from error
    if compiled.search(""):
        raise ValueError("the pattern finds something even in an empty text")
    repeated = pattern.strip("^$()+*?\\")[:1] or "a"
    for probe in (*_PROBES, repeated * 60 + "\n"):
        try:
            compiled.search(probe, timeout=SEARCH_LIMIT_S)
        except TimeoutError as error:
            raise ValueError(
                "the pattern takes too long on long texts; avoid a repeat inside a repeat"
            ) from error
    return compiled
