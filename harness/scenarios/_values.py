"""Values that Pipecat's loader takes as they come, looked at more closely."""

from __future__ import annotations

import math
from typing import Any

from pydantic import JsonValue

from harness.nouns import ExpectedCall
from harness.scenarios._compat import EvalsCall
from harness.scenarios._document import Document, KeyPath

__all__ = ["expected_call", "plain_mapping", "plain_value", "shorten", "signature", "text_or_none"]


def plain_value(document: Document, where: KeyPath, value: Any) -> JsonValue:
    """A value as JSON has it.

    Raises:
        ScenarioError: JSON has no such value.
    """
    if isinstance(value, dict):
        return plain_mapping(document, where, value)
    if isinstance(value, list):
        return [plain_value(document, (*where, index), inner) for index, inner in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise document.error(
            where, f"must be a finite number, not {value!r}.", remedy="Write a number with an end."
        )
    if value is not None and not isinstance(value, str | int | float | bool):
        raise document.error(
            where,
            f"must be text, a number, true or false, not {value!r}.",
            remedy="Put it in quotes.",
        )
    return value


def plain_mapping(document: Document, where: KeyPath, data: dict[Any, Any]) -> dict[str, JsonValue]:
    """A mapping as JSON has it.

    Raises:
        ScenarioError: A value in it is none of JSON.
    """
    return {
        str(key): plain_value(document, (*where, str(key)), value) for key, value in data.items()
    }


def text_or_none(document: Document, where: KeyPath, value: Any) -> str | None:
    """Some text, or None.

    Raises:
        ScenarioError: It is something else, or empty.
    """
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise document.error(
            where,
            f"must be text, not {value!r}.",
            remedy="Put it in quotes, or leave the key out.",
        )
    return value


def expected_call(
    document: Document, where: KeyPath, call: EvalsCall, written: Any
) -> ExpectedCall:
    """A call as written: Pipecat reads an unquoted day as a date, a function gets it as text.

    Args:
        document: The file, for errors by line.
        where: Where the call stands.
        call: What Pipecat's loader made of it.
        written: What stands there: a name, or a mapping with `name` and `args`.

    Raises:
        ScenarioError: It is no call.
    """
    if (call.name is not None and not isinstance(call.name, str)) or not isinstance(
        call.args or {}, dict
    ):
        raise document.error(
            where,
            "a call needs a `name` and, if any, `args` by name.",
            remedy="Write it as `{name: book, args: {doctor: Osei}}`.",
        )
    if call.args is None:
        return ExpectedCall(call.name)
    return ExpectedCall(call.name, plain_mapping(document, (*where, "args"), written["args"]))


def signature(call: ExpectedCall) -> str:
    """``book(day=2026-11-27)`` for people."""
    arguments = ", ".join(f"{key}={value}" for key, value in (call.arguments or {}).items())
    name = call.name or "a function"
    return f"{name}({shorten(arguments)})" if arguments else name


def shorten(text: str, length: int = 60) -> str:
    """A text in one line, not longer than `length`."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else f"{flat[: length - 1].rstrip()}…"
