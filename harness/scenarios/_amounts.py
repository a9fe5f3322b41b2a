"""Whether the numbers of a file keep to the limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.scenarios._document import Document, KeyPath
from harness.scenarios._limits import LIMITS, Limit, told

__all__ = ["check_limits"]


def check_limits(document: Document, of: str = "") -> None:
    """See that the numbers of a file keep to the limits.

    Args:
        document: The file.
        of: What the names of its keys begin with in :data:`LIMITS`; nothing for a scenario file.

    Raises:
        ScenarioError: One does not; the message names file, line and key.
    """
    for where, name, value in _values((), of, document.data):
        limit = LIMITS.get(name)
        if limit is None:
            continue
        amount = _amount(limit, value)
        if amount is not None and not limit.holds(amount):
            shown = f"{told(amount)} {limit.unit}" if limit.length else told(amount)
            raise document.error(
                where, f"must be {limit}, not {shown}.", remedy=_remedy(limit, where, amount)
            )


def _values(where: KeyPath, name: str, value: Any) -> Iterator[tuple[KeyPath, str, Any]]:
    """All values with their places and the names of their keys; defaults count as a scenario's."""
    yield where, name, value
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "scenarios" and not where:
                yield from _values((key,), "", inner)
            else:
                yield from _values((*where, str(key)), f"{name}.{key}".lstrip("."), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _values((*where, index), name, inner)


def _amount(limit: Limit, value: Any) -> float | None:
    """What is limited of a value; None if it is of another kind, which others look at."""
    if limit.length:
        # What is empty is told in other words.
        return len(str(value)) or None if isinstance(value, str | int) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _remedy(limit: Limit, where: KeyPath, amount: float) -> str:
    if limit.remedy and amount > limit.most:
        return limit.remedy
    key = next(str(part) for part in reversed(where) if isinstance(part, str))
    if amount > limit.most:
        return f"Write `{key}: {told(limit.most).replace(',', '')}` or less."
    if amount <= limit.least:
        more = "more than that" if limit.above else "more"
        return f"Write `{key}: {told(limit.least).replace(',', '')}` or {more}."
    return "Write a number."
