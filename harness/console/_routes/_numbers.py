"""Numbers in the query of an address."""

from __future__ import annotations

import math
from collections.abc import Mapping

from harness.errors import InputError

__all__ = ["second", "whole"]


def second(query: Mapping[str, str], name: str) -> float | None:
    """A second of a call; None if it is not asked for.

    Raises:
        InputError: It is no number, or less than 0.
    """
    given = query.get(name, "")
    if not given:
        return None
    try:
        value = float(given)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise _refused(name, "a number of seconds")
    return value


def whole(query: Mapping[str, str], name: str, *, least: int, most: int = 10**15) -> int | None:
    """A whole number; None if it is not asked for.

    Raises:
        InputError: It is no whole number from `least` to `most`.
    """
    given = query.get(name, "")
    if not given:
        return None
    number = given.isascii() and given.isdigit() and len(given) <= len(str(most))
    if not (number and least <= int(given) <= most):
        raise _refused(name, f"a whole number from {least} to {most}")
    return int(given)


def _refused(name: str, wanted: str) -> InputError:
    return InputError(
        "The request could not be read.",
        cause=f"`{name}` is not {wanted}.",
        remedy="Reload the page.",
    )
