"""Ideas: what a language model writes of scenarios, as data, and the drafts that come of it."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from harness.errors import JudgeError
from harness.scenarios._beside import file_name
from harness.scenarios._draft import Draft, new_draft

__all__ = ["Person", "Script", "Way", "draft_of", "read_ideas", "schema_of"]

Way: TypeAlias = Literal["script", "simulation"]

_LONGEST = 400
_TITLE = 80
_MOST_LINES = 30
_MOST_PHRASES = 4
_FIRST = ("scenarios", 0)


def _flat(value: Any) -> Any:
    """A text in one line, without what no voice and no file can carry."""
    if not isinstance(value, str):
        return value
    kept = (" " if unicodedata.category(one) in _UNFIT else one for one in value)
    return " ".join("".join(kept).split())[:_LONGEST]


_UNFIT = ("Cc", "Cs", "Cn", "Co", "Zl", "Zp")


def _listed(value: Any) -> Any:
    """Phrases; a model may write one as a text, or null for none."""
    found = [value] if isinstance(value, str) else value or []
    if not isinstance(found, list):
        return found
    flat = (_flat(one) for one in found if isinstance(one, str))
    return list(dict.fromkeys(filter(None, flat)))[:_MOST_PHRASES]


Text = Annotated[str, BeforeValidator(_flat)]
Phrases = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Idea(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    title: Text
    description: Text = ""


class Line(BaseModel):
    """What the caller says, and what the reply to it must do, say and not say."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    user: Text
    expect: Text = ""
    says: Phrases = ()
    never: Phrases = ()


class Script(_Idea):
    """A scenario line by line."""

    lines: tuple[Line, ...]


class Person(_Idea):
    """A simulated person: who calls, what for, and when the agent has done its job."""

    persona: Text
    goal: Text
    success: Text
    says: Phrases = ()
    never: Phrases = ()


_KINDS: dict[Way, type[Script] | type[Person]] = {"script": Script, "simulation": Person}


def schema_of(way: Way) -> dict[str, Any]:
    """JSON schema of an answer; every key is wanted, as strict servers ask for."""
    text = {"type": "string"}
    phrases = {"type": "array", "items": text}
    if way == "script":
        line = _object(user=text, expect=text, says=phrases, never=phrases)
        idea = _object(title=text, description=text, lines={"type": "array", "items": line})
    else:
        idea = _object(
            title=text,
            description=text,
            persona=text,
            goal=text,
            success=text,
            says=phrases,
            never=phrases,
        )
    return _object(scenarios={"type": "array", "items": idea})


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def read_ideas(text: str, way: Way) -> tuple[Script | Person, ...]:
    """The ideas in a language model's answer; fences and prose around the JSON are left out.

    One that cannot be used takes no other with it.

    Raises:
        JudgeError: There is none that can be used.
    """
    start, end = text.find("{"), text.rfind("}")
    try:
        answer = json.loads(text[start : end + 1])
        every = answer["scenarios"] if isinstance(answer, dict) else answer
    except (ValueError, RecursionError, KeyError) as error:
        raise _unusable() from error
    ideas = tuple(_ideas(every if isinstance(every, list) else [], way))
    if not ideas:
        raise _unusable()
    return ideas


def _ideas(every: list[Any], way: Way) -> Iterator[Script | Person]:
    for one in every:
        try:
            idea = _KINDS[way].model_validate(one)
        except ValidationError:
            continue
        if isinstance(idea, Script):
            lines = tuple(line for line in idea.lines if line.user)[:_MOST_LINES]
            idea = idea.model_copy(update={"lines": lines})
            whole = bool(idea.title and lines)
        else:
            whole = all((idea.title, idea.persona, idea.goal, idea.success))
        if whole:
            yield idea


def _unusable() -> JudgeError:
    return JudgeError(
        "The language model's answer is not what was asked for: there is no scenario in it.",
        remedy="Try again, or with a larger model.",
    )


def draft_of(idea: Script | Person) -> Draft:
    """The draft of an idea: its phrases are checks by rule, what is told in words is judged."""
    way: Way = "script" if isinstance(idea, Script) else "simulation"
    draft = new_draft(file_name(idea.title), idea.title[:_TITLE], way)
    if idea.description:
        draft = draft.set((*_FIRST, "ringback", "description"), idea.description)
    draft = draft.set((*_FIRST, "ringback", "tags"), ["generated"])
    if isinstance(idea, Script):
        draft = draft.set((*_FIRST, "turns"), _turns(idea))
        checks = list(_more_of_lines(idea))
    else:
        for key in ("persona", "goal", "success"):
            draft = draft.set((*_FIRST, key), getattr(idea, key))
        checks = [*_checks("agent_said", idea.says), *_checks("agent_never_said", idea.never)]
    named = {check["name"]: check for check in checks}
    if named:
        draft = draft.set((*_FIRST, "ringback", "checks"), list(named.values()))
    return draft


def _turns(idea: Script) -> list[Any]:
    turns: list[Any] = [{"expect": [{"event": "response"}]}]
    for line in idea.lines:
        reply = {"event": "response"}
        if line.says:
            reply["text_contains"] = line.says[0]
        if line.never:
            reply["text_excludes"] = line.never[0]
        if line.expect:
            reply["eval"] = line.expect
        turns.append({"user": line.user, "expect": [reply]})
    return turns


def _more_of_lines(idea: Script) -> Iterator[dict[str, Any]]:
    """Phrases beyond the first: an expectation of Pipecat's holds one text."""
    for number, line in enumerate(idea.lines, start=1):
        yield from _checks("agent_said", line.says[1:], number)
        yield from _checks("agent_never_said", line.never[1:], number)


def _checks(
    rule: str, phrases: tuple[str, ...], turn: int | None = None
) -> Iterator[dict[str, Any]]:
    about = "The agent" if turn is None else f"Reply {turn}"
    verb = "says" if rule == "agent_said" else "never says"
    for phrase in phrases:
        check: dict[str, Any] = {"name": f"{about} {verb} “{phrase}”", "rule": rule, "text": phrase}
        yield check if turn is None else check | {"turn": turn}
