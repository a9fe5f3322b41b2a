"""What is kept holds no secret."""

from __future__ import annotations

from typing import Any

from harness.errors import redact
from harness.secrets import is_reference

__all__ = ["clean"]


def clean(value: Any) -> Any:
    """The same JSON value with everything hidden that looks like a token or key."""
    if isinstance(value, str):
        return value if is_reference(value) else redact(value)
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value
