"""Text from outside, made safe to keep: no control characters, no endless pieces."""

from __future__ import annotations

import json
import math
import re
from typing import Any

__all__ = ["LONGEST", "clean", "clean_json", "parse_json"]

LONGEST = 4000
"""Characters kept of one piece."""

_TABS = re.compile(r"[\t\v\f\r\u2028\u2029]+")
# Control characters but the newline, overrides of the writing direction, and halves of a surrogate
# pair, which no file can hold.
_UNWANTED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_DEEPEST = 20


def clean(text: str, longest: int = LONGEST) -> str:
    """`text` as plain text: markup stays as it is written, nothing acts on a terminal.

    Args:
        text: From outside.
        longest: Characters kept; a longer text ends with an ellipsis.
    """
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return _UNWANTED.sub("", _TABS.sub(" ", text))


def clean_json(value: Any, depth: int = 0) -> Any:
    """A JSON value with clean strings, finite numbers and no endless depth."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict | list) and depth >= _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {clean(str(key), 200): clean_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [clean_json(item, depth + 1) for item in value]
    return value


def parse_json(payload: bytes) -> Any:
    """The JSON value in `payload`, cleaned.

    Raises:
        ValueError: It holds none, or one nested beyond reason.
    """
    try:
        return clean_json(json.loads(payload))
    except RecursionError:
        raise ValueError("nested too deep") from None
