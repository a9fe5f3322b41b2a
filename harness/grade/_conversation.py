"""Conversation files of Pipecat Evals: what was said and called, without times."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.errors import ConversationError
from harness.nouns import Event, EventKind, Turn

__all__ = ["conversation_of", "events_of_conversation"]

_LONGEST = 5000
"""Most messages of a conversation that is imported."""
_LONGEST_TEXT = 20_000
"""Most characters of one message."""

_FORM = (
    'It must be a JSON list of {"role": "user" or "assistant", "content": text} and '
    '{"role": "tool_call", "name": text, "arguments": object, "cancelled": true or false}.'
)


def conversation_of(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """The turns of a call as a conversation file holds them.

    All that the agent said in reply to one line, spurious replies too, is one message, and the
    functions it called stand before it. A call without a name is left out: the file has no place
    for one.
    """
    messages: list[dict[str, Any]] = []
    for index in dict.fromkeys(turn.index for turn in turns):
        same = [turn for turn in turns if turn.index == index]
        messages += [
            {"role": "user", "content": turn.caller_text.strip()}
            for turn in same
            if turn.caller_text and turn.caller_text.strip()
        ]
        messages += [
            {
                "role": "tool_call",
                "name": tool.name,
                "arguments": dict(tool.arguments or {}),
                "cancelled": tool.cancelled,
            }
            for turn in same
            for tool in turn.tools
            if tool.name
        ]
        said = " ".join(text for turn in same if (text := turn.agent_text.strip()))
        if said:
            messages.append({"role": "assistant", "content": said})
    return messages


def events_of_conversation(messages: Sequence[dict[str, Any]]) -> tuple[Event, ...]:
    """The events of a call that says just this: a second apart, without sound.

    Args:
        messages: What a conversation file holds.

    Raises:
        ConversationError: It is no conversation.
    """
    if not isinstance(messages, list | tuple):
        raise ConversationError("A conversation is a list of messages.", remedy=_FORM)
    if len(messages) > _LONGEST:
        raise ConversationError(
            f"The conversation has {len(messages):,} messages; at most {_LONGEST:,} are read."
        )
    if not messages:
        raise ConversationError("The conversation is empty.", remedy=_FORM)
    made: list[tuple[str, dict[str, Any]]] = [
        (EventKind.STATE, {"state": state}) for state in ("starting", "ringing", "live")
    ]
    for number, message in enumerate(messages, 1):
        made += _events(message, number)
    made.append((EventKind.STATE, {"state": "ending"}))
    made.append((EventKind.STATE, {"state": "done"}))
    return tuple(_timed(made))


def _timed(made: Iterable[tuple[str, dict[str, Any]]]) -> Iterable[Event]:
    """Each message begins a second after the one before it."""
    t = 0.0
    for seq, (kind, data) in enumerate(made, 1):
        begins = kind in (EventKind.CALLER_STARTED, EventKind.AGENT_TEXT, EventKind.TOOL_CALLED)
        t += 1.0 if begins else 0.0
        timed = {"at": t} if kind in (EventKind.CALLER_STARTED, EventKind.CALLER_STOPPED) else {}
        yield Event(seq, t, kind, {**data, **timed})


def _events(message: Any, number: int) -> list[tuple[str, dict[str, Any]]]:
    role = message.get("role") if isinstance(message, Mapping) else None
    if role in ("user", "assistant"):
        text = _text(message.get("content"), "content", number)
        if role == "assistant":
            return [(EventKind.AGENT_TEXT, {"text": text, "source": "import"})]
        line = {"line": number}
        said = {**line, "text": text, "source": "import", "sent_as": "import"}
        return [(EventKind.CALLER_STARTED, said), (EventKind.CALLER_STOPPED, line)]
    if role == "tool_call":
        return _call(message, number)
    raise ConversationError(
        f"Message {number} is neither of the user nor of the assistant, nor a tool call.",
        remedy=_FORM,
    )


def _call(message: Mapping[str, Any], number: int) -> list[tuple[str, dict[str, Any]]]:
    name = _text(message.get("name"), "name", number)
    arguments = message.get("arguments", {})
    if not isinstance(arguments, dict) or len(_json(arguments, number)) > _LONGEST_TEXT:
        raise ConversationError(
            f"The arguments of the call in message {number} are no object of usual size.",
            remedy=_FORM,
        )
    told = {"id": f"call-{number}", "name": name}
    returned = {**told, "result": None, "cancelled": message.get("cancelled") is True}
    return [
        (EventKind.TOOL_CALLED, {**told, "arguments": arguments}),
        (EventKind.TOOL_RETURNED, returned),
    ]


def _json(value: Any, number: int) -> str:
    try:
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConversationError(f"Message {number} holds what is not JSON.") from error


def _text(value: Any, key: str, number: int) -> str:
    if isinstance(value, str) and value.strip() and len(value) <= _LONGEST_TEXT:
        return value.strip()
    if isinstance(value, str) and value.strip():
        message = f"The {key} of message {number} is longer than {_LONGEST_TEXT:,} characters."
        raise ConversationError(message)
    raise ConversationError(f"Message {number} has no {key}.", remedy=_FORM)
