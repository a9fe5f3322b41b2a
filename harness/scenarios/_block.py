"""Our own block in a scenario file, `ringback:`, and its errors by line."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from harness.errors import BrainError, ScenarioError
from harness.nouns import (
    SOUNDS,
    AgentNeverSaid,
    AgentSaid,
    Brain,
    CallEndedBy,
    Caller,
    Criterion,
    FunctionCalled,
    InOrder,
    JudgePlan,
    LatencyBudget,
    NoMissedTurn,
    Policy,
    SaidGoodbye,
    SaysDate,
    SaysNumber,
)
from harness.scenarios._document import Document, KeyPath
from harness.scenarios._keys import did_you_mean
from harness.scenarios._limits import LIMITS

__all__ = ["RULES", "Block", "TurnBlock", "parse_block"]

WrittenCheck = Annotated[
    AgentSaid
    | AgentNeverSaid
    | FunctionCalled
    | LatencyBudget
    | NoMissedTurn
    | SaidGoodbye
    | CallEndedBy
    | SaysNumber
    | SaysDate
    | InOrder
    | Policy
    | Criterion,
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
    "says_number": SaysNumber,
    "says_date": SaysDate,
    "in_order": InOrder,
    "policy": Policy,
    "criterion": Criterion,
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
        gt=LIMITS["ringback.budget_s"].least,
        le=LIMITS["ringback.budget_s"].most,
        allow_inf_nan=False,
        description="Latency budget of a reply for colours and chart, seconds.",
    )
    tags: tuple[str, ...] = Field((), description="Words to find and group scenarios by.")
    judge: JudgePlan = Field(JudgePlan(), description="Which language models judge, how often.")
    brain: Brain | None = Field(
        None,
        description="What decides what a simulated person says: rules, or a language model, which "
        "it is without this key.",
    )


class TurnBlock(BaseModel):
    """The `ringback:` block of one turn."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = Field("", max_length=60, description="Short text for the caller's plan.")
    pause_s: float = Field(
        0.0,
        ge=LIMITS["turns.ringback.pause_s"].least,
        le=LIMITS["turns.ringback.pause_s"].most,
        allow_inf_nan=False,
        description="Silence before the line, seconds.",
    )
    sound: str = Field(
        "",
        description="A sound the caller makes that is no line. One of "
        f"{', '.join(SOUNDS)}, or a WAV or FLAC file in the scenario's folder.",
    )
    into_reply_s: float | None = Field(
        None,
        ge=LIMITS["turns.ringback.into_reply_s"].least,
        le=LIMITS["turns.ringback.into_reply_s"].most,
        allow_inf_nan=False,
        description="When the sound is made: so many seconds into the agent's reply. Without it, "
        "in a turn without a line, at once.",
    )


T = TypeVar("T", bound=BaseModel)


def parse_block(document: Document, where: KeyPath, data: Any, kind: type[T]) -> T:
    """A block, or another part that is ours alone, from plain data.

    Raises:
        ScenarioError: It is not right; the message names file, line and key. It is a
            :class:`BrainError` if the rules of a brain are wrong.
    """
    if not isinstance(data, dict):
        raise document.error(
            where, "must be a mapping of keys and values.", remedy=_remedy_of("model_type", ())
        )
    if kind is Block:
        _check_rules(document, where, data)
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise _explain(document, where, error, kind) from error


def _check_rules(document: Document, where: KeyPath, data: dict[str, Any]) -> None:
    """Checks are told apart by `rule`, so it must be right before anything else is looked at."""
    checks = data.get("checks")
    names: dict[str, KeyPath] = {}
    for index, check in enumerate(checks if isinstance(checks, list) else ()):
        inside = (*where, "checks", index)
        if not isinstance(check, dict):
            raise document.error(
                inside,
                "a check must be a mapping with `name:` and `rule:`.",
                remedy="Write it as `- {name: Says goodbye, rule: said_goodbye}`.",
            )
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
            raise document.error(
                (*inside, "name"),
                f"the check in line {line} has the same name.",
                remedy="Give one of them another name.",
            )
        if isinstance(name, str):
            names[name] = (*inside, "name")


def _explain(
    document: Document, where: KeyPath, error: ValidationError, kind: type[BaseModel]
) -> ScenarioError:
    details = error.errors(include_url=False)
    places = [_Place(where, detail, kind) for detail in details]
    others = len({(place.path, place.unknown) for place in places}) - 1
    problem = "problem follows" if others == 1 else "problems follow"
    cause = f"{others} more {problem} in this block." if others > 0 else ""
    wrong = BrainError if places[0].path[len(where) : len(where) + 1] == ("brain",) else None
    return document.error(
        places[0].path,
        _sentence(details[0], places[0]),
        cause=cause,
        remedy=_remedy_of(details[0]["type"], places[0].known),
        kind=wrong or ScenarioError,
    )


class _Place:
    """Where in the file an error of pydantic is.

    Attributes:
        path: The key; of an error about a key that is no text, the mapping around it.
        unknown: The key if nobody knows it, else empty.
        known: The keys allowed beside the last one of `path`.
    """

    def __init__(self, where: KeyPath, detail: ErrorDetails, kind: type[BaseModel]) -> None:
        loc = detail["loc"]
        if loc[-1:] == ("[key]",):
            loc = loc[:-2]
        elif detail["type"] == "invalid_key":
            loc = loc[:-1]
        elif detail["type"] == "union_tag_invalid":
            loc = (*loc, detail["ctx"]["discriminator"].strip("'"))
        keys, self.known = _keys(loc, kind)
        self.path: KeyPath = (*where, *keys)
        self.unknown = str(self.path[-1]) if detail["type"] == "extra_forbidden" else ""


def _keys(loc: tuple[int | str, ...], kind: type[BaseModel]) -> tuple[KeyPath, tuple[str, ...]]:
    """The keys of `loc` without the names of kinds that pydantic puts between them."""
    path: list[str | int] = []
    known: tuple[str, ...] = ()
    current: Any = kind
    for part in loc:
        tagged = dict(_kinds(current))
        if part in tagged:
            current = tagged[part]
            continue
        path.append(part)
        current = _plain(current)
        if isinstance(current, type) and issubclass(current, BaseModel):
            known = tuple(current.model_fields)
            field = current.model_fields.get(str(part))
            current = None if field is None else field.annotation
        elif get_origin(current) in (tuple, dict):
            current = get_args(current)[0 if get_origin(current) is tuple else 1]
        else:
            current = None
    return tuple(path), known


def _plain(annotation: Any) -> Any:
    """A type without what is written around it, and without None."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
            continue
        if get_origin(annotation) in (Union, types.UnionType):
            inner = [kind for kind in get_args(annotation) if kind is not type(None)]
            if len(inner) == 1:
                annotation = inner[0]
                continue
        return annotation


def _kinds(annotation: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    """The kinds that a value may be, by the word that tells them apart."""
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [kind for kind in get_args(annotation) if kind is not type(None)]
        if len(inner) == 1:
            yield from _kinds(inner[0])
    elif get_origin(annotation) is Annotated:
        union, *notes = get_args(annotation)
        words = [note.discriminator for note in notes if isinstance(note, FieldInfo)]
        for word in filter(None, words):
            for kind in get_args(union):
                for name in get_args(kind.model_fields[str(word)].annotation):
                    yield name, kind


def _sentence(detail: ErrorDetails, place: _Place) -> str:
    context = detail.get("ctx", {})
    if detail["loc"][-1:] == ("[key]",) or detail["type"] == "invalid_key":
        return _key_is_no_text(detail["input"])
    match detail["type"]:
        case "extra_forbidden":
            return f"unknown key.{did_you_mean(place.unknown, place.known)}"
        case "missing":
            return f"`{place.path[-1]}` is missing."
        case "union_tag_not_found":
            return f"{context['discriminator']} is missing.".replace("'", "`")
        case "union_tag_invalid":
            return f"must be one of {context['expected_tags']}, not {context['tag']!r}."
        case "model_attributes_type" | "model_type":
            return "must be a mapping of keys and values."
        case "string_type":
            return f"must be text; put {detail['input']!r} in quotes."
        case "literal_error":
            return f"must be {context['expected']}, not {detail['input']!r}."
        case "value_error":
            return f"{context['error']}."
    message = detail["msg"].replace("Input should be", "must be")
    message = message.replace("valid tuple", "list").replace("valid dictionary", "mapping")
    shown = detail["input"] if isinstance(detail["input"], str | int | float | bool) else ""
    got = f", not {shown!r}" if shown != "" else ""
    return f"{message[:1].lower()}{message[1:]}{got}."


def _remedy_of(kind: str, known: tuple[str, ...]) -> str:
    """What to do about an error of this kind of pydantic's; `known` are the keys allowed there."""
    match kind:
        case "extra_forbidden":
            return f"Keys here are: {', '.join(known)}."
        case "missing":
            return "Add the key."
        case "union_tag_not_found":
            return "Add the key; docs/scenarios.md shows one of each kind."
        case "model_attributes_type" | "model_type" | "dict_type":
            return "Write each key in a line of its own below it, as `key: value`."
        case "tuple_type":
            return "Write each entry in a line of its own below it, as `- ...`."
        case "string_type" | "invalid_key":
            return "Put it in quotes."
        case "literal_error" | "union_tag_invalid" | "enum":
            return "Write one of the words that are named."
    if kind.endswith(("_type", "_parsing")):
        return "Write it without quotes, as a value of that kind."
    return "Change the value; docs/scenarios.md says what each key takes."


def _key_is_no_text(key: Any) -> str:
    words = " (YAML reads on, yes and off as true and false)" if isinstance(key, bool) else ""
    return f"the key {key!r} must be text; put it in quotes{words}."
