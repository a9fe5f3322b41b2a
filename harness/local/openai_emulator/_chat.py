"""Chat completions: what is asked, what is answered, and how both look on the wire."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ChatAnswer", "ChatRequest", "FunctionCall", "completion", "pieces"]

_PIECE = re.compile(r"\s*\S+|\s+$")


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function that the model calls."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request for a completion, as it arrived.

    Attributes:
        model: Whom it was sent to.
        messages: OpenAI's, untouched.
        body: The whole request.
        key: What stood behind Bearer; empty if nothing did.
    """

    model: str
    messages: tuple[dict[str, Any], ...]
    body: dict[str, Any]
    key: str = field(default="", repr=False)

    @property
    def stream(self) -> bool:
        """Whether the answer is wanted in pieces."""
        return bool(self.body.get("stream"))

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON schema that the answer has to keep to."""
        wanted = self.body.get("response_format") or {}
        return (wanted.get("json_schema") or {}).get("schema")

    @property
    def functions(self) -> tuple[str, ...]:
        """Names of the functions that the model may call."""
        return tuple(each["function"]["name"] for each in self.body.get("tools") or ())

    @property
    def prompt(self) -> str:
        """All that was said to the model, a message a line."""
        return "\n".join(_text_of(each) for each in self.messages)

    @property
    def last(self) -> str:
        """What the last message of the user says."""
        said = [_text_of(each) for each in self.messages if each.get("role") == "user"]
        return said[-1] if said else ""


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What the model says.

    Attributes:
        text: Its words.
        calls: The functions it calls, all at once.
        refusal: Why it will not answer, in a structured answer's own field.
        finish: Why it stopped; follows from the rest if empty.
        tokens_in: What was read; about a token to four letters if None.
        tokens_out: What was written; the same.
    """

    text: str = ""
    calls: tuple[FunctionCall, ...] = ()
    refusal: str = ""
    finish: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None


def completion(request: ChatRequest, answer: ChatAnswer) -> dict[str, Any]:
    """The answer in one piece."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": answer.text or None,
        "refusal": answer.refusal or None,
        "annotations": [],
    }
    if answer.calls:
        message["tool_calls"] = [
            {"id": _call_id(), "type": "function", "function": _function(call)}
            for call in answer.calls
        ]
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": _finish(answer),
    }
    head = _head(request, "chat.completion")
    return head | {"choices": [choice], "usage": _usage(request, answer)}


def pieces(request: ChatRequest, answer: ChatAnswer) -> Iterator[str]:
    """The answer as server-sent events, a word or a piece of arguments each."""
    head = _head(request, "chat.completion.chunk")
    with_usage = bool((request.body.get("stream_options") or {}).get("include_usage"))
    if with_usage:
        head["usage"] = None

    def event(delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return f"data: {json.dumps(head | {'choices': [choice]})}\n\n"

    yield event({"role": "assistant", "content": None if answer.calls else "", "refusal": None})
    for word in _PIECE.findall(answer.text):
        yield event({"content": word})
    for word in _PIECE.findall(answer.refusal):
        yield event({"refusal": word})
    for index, call in enumerate(answer.calls):
        told = _function(call)
        first = {"name": told["name"], "arguments": ""}
        start = {"index": index, "id": _call_id(), "type": "function", "function": first}
        yield event({"tool_calls": [start]})
        for piece in _PIECE.findall(told["arguments"]):
            yield event({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield event({}, _finish(answer))
    if with_usage:
        last = head | {"choices": [], "usage": _usage(request, answer)}
        yield f"data: {json.dumps(last)}\n\n"
    yield "data: [DONE]\n\n"


def _head(request: ChatRequest, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": kind,
        "created": int(time.time()),
        "model": request.model,
        "service_tier": "default",
        "system_fingerprint": "fp_emulated",
    }


def _finish(answer: ChatAnswer) -> str:
    return answer.finish or ("tool_calls" if answer.calls else "stop")


def _usage(request: ChatRequest, answer: ChatAnswer) -> dict[str, Any]:
    written = (
        answer.text
        + answer.refusal
        + "".join(_function(each)["arguments"] for each in answer.calls)
    )
    read = answer.tokens_in if answer.tokens_in is not None else _tokens(request.prompt)
    wrote = answer.tokens_out if answer.tokens_out is not None else _tokens(written)
    return {
        "prompt_tokens": read,
        "completion_tokens": wrote,
        "total_tokens": read + wrote,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def _tokens(text: str) -> int:
    return -(-len(text) // 4)


def _function(call: FunctionCall) -> dict[str, str]:
    return {"name": call.name, "arguments": json.dumps(call.arguments)}


def _call_id() -> str:
    return f"call_{secrets.token_hex(12)}"


def _text_of(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return " ".join(str(part.get("text", "")) for part in parts if part.get("type") == "text")
