"""Our own block in a scenario file, `ringback:`, and its errors by line."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from harness.errors import ScenarioError
from harness.nouns import (
    AgentNeverSaid,
    AgentSaid,
    CallEndedBy,
    Caller,
    FunctionCalled,
    LatencyBudget,
    NoMissedTurn,
    SaidGoodbye,
)
from harness.scenarios._document import Document, KeyPath
from harness.scenarios._keys import did_you_mean

__all__ = ["RULES", "Block", "TurnBlock", "parse_block"]

WrittenCheck = Annotated[
    AgentSaid
    | AgentNeverSaid
    | FunctionCalled
    | LatencyBudget
    | NoMissedTurn
    | SaidGoodbye
    | CallEndedBy,
    Field(discriminator="rule"),
]
"""The checks a person may write; others are made from Pipecat's expectations."""

RULES: dict[str, type[BaseModel]] = {
    "agent_said": AgentSaid,
    "agent_never_said": AgentNeverSaid,
    "function_called": FunctionCalled,
    "latency": LatencyBudget,
    "no_missed_turn": NoMissedTurn,
    "said_goodbye": SaidGoodbye,
    "ended_by": CallEndedBy,
}


class Block(BaseModel):
    """The `ringback:` block of a file or of one scenario in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field("", max_length=80, description="Name for people, shown on the page.")
    description: str = Field("", description="What the scenario is for, one or two sentences.")
    caller: Caller = Field(Caller(), description="How the caller sounds and behaves.")
    checks: tuple[WrittenCheck, ...] = Field((), description="What must hold.")
    budget_s: float = Field(
        2.0,
        gt=0,
        le=60,
        allow_inf_nan=False,
        description="Latency budget of a reply for colours and chart, seconds.",
    )
    tags: tuple[str, ...] = Field((), description="Words to find and group scenarios by.")


class TurnBlock(BaseModel):
    """The `ringback:` block of one turn."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = Field("", max_length=60, description="Short text for the caller's plan.")
    pause_s: float = Field(
        0.0, ge=0, le=60, allow_inf_nan=False, description="Silence before the line, seconds."
    )


T = TypeVar("T", Block, TurnBlock)


def parse_block(document: Document, where: KeyPath, data: Any, kind: type[T]) -> T:
    """A block from plain data.

    Raises:
        ScenarioError: It is not right; the message names file, line and key.
    """
    if not isinstance(data, dict):
        raise document.error(where, "must be a mapping of keys and values.")
    _check_rules(document, where, data)
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise _explain(document, where, error) from error


def _check_rules(document: Document, where: KeyPath, data: dict[str, Any]) -> None:
    """Checks are told apart by `rule`, so it must be right before anything else is looked at."""
    checks = data.get("checks")
    names: dict[str, KeyPath] = {}
    for index, check in enumerate(checks if isinstance(checks, list) else ()):
        inside = (*where, "checks", index)
        if not isinstance(check, dict):
            raise document.error(inside, "a check must be a mapping with `name:` and `rule:`.")
        rule = check.get("rule")
        known = ", ".join(RULES)
        if rule is None:
            raise document.error(inside, "`rule` is missing.", remedy=f"Rules are: {known}.")
        if rule not in RULES:
            raise document.error(
                (*inside, "rule"),
                f"unknown rule `{rule}`.{did_you_mean(str(rule), RULES)}",
                remedy=f"Rules are: {known}.",
            )
        name = check.get("name")
        if name in names:
            line = document.place(names[name]).line
            raise document.error((*inside, "name"), f"the check in line {line} has the same name.")
        if isinstance(name, str):
            names[name] = (*inside, "name")


def _explain(document: Document, where: KeyPath, error: ValidationError) -> ScenarioError:
    details = error.errors(include_url=False)
    first = details[0]
    path, unknown = _place_of(document, where, first)
    others = len({_place_of(document, where, detail) for detail in details}) - 1
    problem = "problem follows" if others == 1 else "problems follow"
    cause = f"{others} more {problem} in this block." if others > 0 else ""
    return document.error(path, _sentence(first, unknown, document, path), cause=cause)


def _look(data: Any, where: KeyPath) -> Any:
    for part in where:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _place_of(document: Document, where: KeyPath, detail: ErrorDetails) -> tuple[KeyPath, str]:
    """Where an error is, and the name of the key if it is an unknown one."""
    loc = detail["loc"]
    if loc[:1] == ("checks",):
        # The third part is the rule that told the checks apart, no key of the file.
        loc = (*loc[:2], *loc[3:])
    if loc[-1:] == ("[key]",):
        return (*where, *loc[:-2]), ""
    path = (*where, *loc)
    return path, str(path[-1]) if detail["type"] == "extra_forbidden" else ""


def _known_keys(path: KeyPath, document: Document) -> tuple[str, ...]:
    """The keys allowed beside the last one of `path`."""
    around = path[:-1]
    if around and around[-1] == "caller":
        return tuple(Caller.model_fields)
    if len(around) >= 2 and around[-2] == "checks":
        check = _look(document.data, around)
        rule = check.get("rule") if isinstance(check, dict) else None
        return tuple(RULES[rule].model_fields) if rule in RULES else ()
    if "turns" in around:
        return tuple(TurnBlock.model_fields)
    return tuple(Block.model_fields)


def _sentence(detail: ErrorDetails, unknown: str, document: Document, path: KeyPath) -> str:
    context = detail.get("ctx", {})
    if detail["loc"][-1:] == ("[key]",):
        return f"the key {detail['input']!r} must be text; put it in quotes."
    match detail["type"]:
        case "extra_forbidden":
            known = _known_keys(path, document)
            return f"unknown key.{did_you_mean(unknown, known)}"
        case "missing":
            return f"`{path[-1]}` is missing."
        case "string_type":
            return f"must be text; put {detail['input']!r} in quotes."
        case "literal_error":
            return f"must be {context['expected']}, not {detail['input']!r}."
        case "value_error":
            return f"{context['error']}."
    message = detail["msg"].replace("Input should be", "must be")
    shown = detail["input"] if isinstance(detail["input"], str | int | float | bool) else ""
    got = f", not {shown!r}" if shown != "" else ""
    return f"{message[:1].lower()}{message[1:]}{got}."
