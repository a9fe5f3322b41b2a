"""The rule about functions the agent called."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from harness.grade._facts import CallFacts
from harness.grade._finding import PENDING, Finding, is_over, name_of, unreached
from harness.nouns import CheckVerdict, Evidence, FunctionCalled, ToolCall, Turn

__all__ = ["contains", "function_called"]


def contains(actual: Any, wanted: Any) -> bool:
    """Whether `actual` holds at least what `wanted` says.

    Mappings may hold more, lists must match item by item, texts match whatever their case and
    spacing, numbers by value.
    """
    if isinstance(wanted, Mapping):
        return isinstance(actual, Mapping) and all(
            key in actual and contains(actual[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        return (
            isinstance(actual, list | tuple)
            and len(actual) == len(wanted)
            and all(contains(a, w) for a, w in zip(actual, wanted, strict=True))
        )
    if isinstance(wanted, str):
        return isinstance(actual, str) and _plain(actual) == _plain(wanted)
    if isinstance(wanted, bool) or isinstance(actual, bool) or wanted is None:
        return actual is wanted
    if isinstance(wanted, int | float) and isinstance(actual, int | float):
        return math.isclose(actual, wanted, rel_tol=1e-9, abs_tol=1e-12)
    return bool(actual == wanted)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _show(value: Any) -> str:
    return f"“{value}”" if isinstance(value, str) else str(value)


def _difference(actual: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """The arguments that differ, in words: ``doctor was “Lindqvist”, not “Osei”``."""
    parts = []
    for key, value in wanted.items():
        if key not in actual:
            parts.append(f"{key} was missing")
        elif not contains(actual[key], value):
            parts.append(f"{key} was {_show(actual[key])}, not {_show(value)}")
    return ", ".join(parts)


def _event(turn: Turn, tool: ToolCall) -> Evidence:
    return Evidence("", turn.index, tool.called_at)


def function_called(spec: FunctionCalled, facts: CallFacts) -> Finding:
    """Met as soon as such a call is reported; not run if the agent does not tell names."""
    turns = facts.turns if spec.turn is None else facts.line(spec.turn)
    calls = [(turn, tool) for turn in turns for tool in turn.tools]
    named = [(turn, tool) for turn, tool in calls if tool.name == spec.function]
    for turn, tool in named:
        if tool.cancelled or (spec.arguments and tool.arguments is None):
            continue
        if contains(tool.arguments or {}, spec.arguments):
            message = f"Called in {name_of(turn)}."
            return Finding(CheckVerdict.MET, message, _event(turn, tool))
    if not facts.ended and not (spec.turn is not None and is_over(turns, facts)):
        return PENDING
    if named:
        return _nearly(spec, facts, named)
    if facts.names_reported is False:
        return Finding(CheckVerdict.NOT_RUN, _UNNAMED if calls else _UNREPORTED)
    where = "" if spec.turn is None else f" in line {spec.turn}"
    return unreached(facts, f"{spec.function} was never called{where}.")


_UNNAMED = (
    "The agent reports function calls without their names. "
    "Its RTVI observer must report functions at full level."
)
_UNREPORTED = "The agent reports no function calls."


def _nearly(
    spec: FunctionCalled, facts: CallFacts, named: Sequence[tuple[Turn, ToolCall]]
) -> Finding:
    """The function was called, but not so."""
    turn, tool = named[-1]
    told = [(turn, tool) for turn, tool in named if tool.arguments is not None]
    if spec.arguments and not told:
        message = f"The agent does not report the arguments of {spec.function}."
        return Finding(CheckVerdict.NOT_RUN, message, _event(turn, tool))
    wrong = [(t, c) for t, c in told if not contains(c.arguments, spec.arguments)]
    if wrong:
        turn, tool = wrong[-1]
        difference = _difference(tool.arguments or {}, spec.arguments)
        message = f"{spec.function} was called in {name_of(turn)}, but {difference}."
    else:
        message = f"{spec.function} was called in {name_of(turn)}, but broken off."
    return unreached(facts, message, _event(turn, tool))
