"""RTVI in the room: the handshake, and the agent's messages as events."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from harness.caller._tap import CallTap
from harness.nouns import EventKind

__all__ = ["RtviEar", "client_ready"]

_LABEL = "rtvi-ai"
_REPORTED = {
    "user-started-speaking": "user_started_speaking",
    "user-stopped-speaking": "user_stopped_speaking",
    "bot-started-speaking": "bot_started_speaking",
    "bot-stopped-speaking": "bot_stopped_speaking",
    "bot-interrupted": "bot_interrupted",
    "bot-llm-started": "llm_started",
    "bot-llm-stopped": "llm_stopped",
    "bot-tts-started": "tts_started",
    "bot-tts-stopped": "tts_stopped",
}
_SILENT = {
    "bot-llm-text",
    "bot-tts-text",
    "bot-tts-audio",
    "bot-audio-level",
    "user-audio-level",
    "user-input",
    "user-llm-text",
    "stt-raw-text",
    "llm-raw-text",
    "tts-raw-text",
}
"""Streams of small pieces whose whole is told by another message."""
_BOT_OUTPUT_SINCE = (1, 1)
"""The RTVI version from which bots tell their words as bot-output, marked when they are spoken."""


def client_ready() -> dict[str, Any]:
    """The message that says we are there. Each one makes a stock bot greet: send it once."""
    return {
        "label": _LABEL,
        "type": "client-ready",
        "id": uuid.uuid4().hex[:8],
        "data": {"version": "2.2.0", "about": {"library": "ringback"}},
    }


class RtviEar:
    """Turns the agent's RTVI messages into events and knows what is still to come.

    Attributes:
        ready: bot-ready came.
        spoke: Any RTVI message came at all.
    """

    def __init__(self, tap: CallTap, wake: Callable[[], None]) -> None:
        self._tap = tap
        self._wake = wake
        self._running: set[str] = set()
        self._tools: dict[str, None] = {}
        self._tells_output = False
        self.ready = False
        self.spoke = False

    @property
    def busy(self) -> bool:
        """Whether the agent says that more is to come: thinking, in a tool, or speaking."""
        return bool(self._running or self._tools)

    def forget_busy(self) -> None:
        """Stop believing it: what should have ended never was told."""
        self._running.clear()
        self._tools.clear()

    def hear(self, message: Any) -> None:
        """Take one message of the agent; what is not RTVI is left alone."""
        if not isinstance(message, dict) or message.get("label") != _LABEL:
            return
        kind = str(message.get("type", ""))
        data = message.get("data")
        self.spoke = True
        self._take(kind, data if isinstance(data, dict) else {})
        self._wake()

    def _take(self, kind: str, data: dict[str, Any]) -> None:
        if kind in _REPORTED:
            self._track(kind)
            self._tap.emit(EventKind.AGENT_REPORTED, what=_REPORTED[kind])
        elif kind == "bot-ready":
            self.ready = True
            self._tells_output = _version(data.get("version")) >= _BOT_OUTPUT_SINCE
            self._tap.emit(
                EventKind.AGENT_READY, version=data.get("version"), about=data.get("about")
            )
        elif kind == "bot-output":
            self._output(data)
        elif kind == "bot-transcription":
            if not self._tells_output:
                self._say(data.get("text"))
        elif kind == "user-transcription":
            if data.get("final"):
                self._tap.emit(EventKind.AGENT_HEARD, text=str(data.get("text", "")))
        elif kind.startswith("llm-function-call"):
            self._tool(kind, data)
        elif kind == "metrics":
            self._tap.emit(EventKind.AGENT_METRICS, **data)
        elif kind in ("error", "error-response"):
            self._tap.emit(
                EventKind.AGENT_ERROR,
                message=str(data.get("error") or data.get("message") or "")[:500],
                fatal=bool(data.get("fatal")),
            )
        elif kind not in _SILENT:
            self._tap.emit(EventKind.AGENT_MESSAGE, type=kind[:64], data=_small(data))

    def _track(self, kind: str) -> None:
        match kind:
            case "bot-llm-started":
                self._running.add("llm")
            case "bot-llm-stopped":
                self._running.discard("llm")
            case "bot-tts-started":
                self._running.add("tts")
            case "bot-started-speaking":
                self._running.discard("tts")
                self._running.add("speech")
            case "bot-stopped-speaking" | "bot-interrupted":
                self._running -= {"speech", "tts"}

    def _output(self, data: dict[str, Any]) -> None:
        self._tells_output = True
        status = data.get("spoken_status")
        announced = status == "new" and data.get("will_be_spoken")
        announced_v1 = status is None and data.get("spoken") is False
        if announced or announced_v1:
            self._say(data.get("text"))

    def _say(self, text: Any) -> None:
        words = " ".join(str(text or "").split())
        if words:
            self._tap.emit(EventKind.AGENT_TEXT, text=words, source="rtvi")

    def _tool(self, kind: str, data: dict[str, Any]) -> None:
        call_id = str(data.get("tool_call_id") or "")
        if kind == "llm-function-call-in-progress":
            self._tools[call_id] = None
            self._tap.emit(
                EventKind.TOOL_CALLED,
                id=call_id,
                name=data.get("function_name"),
                arguments=data.get("arguments"),
            )
        elif kind == "llm-function-call-stopped":
            self._tools.pop(call_id, None)
            self._tap.emit(
                EventKind.TOOL_RETURNED,
                id=call_id,
                name=data.get("function_name"),
                result=_small(data.get("result")),
                cancelled=bool(data.get("cancelled")),
            )


def _version(text: Any) -> tuple[int, ...]:
    numbers = str(text or "").split(".")
    return tuple(int(number) for number in numbers if number.isdigit())


def _small(value: Any, limit: int = 4000) -> Any:
    """`value`, or a note in its place if it would bloat the event log."""
    text = json.dumps(value, default=str)
    return value if len(text) <= limit else {"left_out": f"{len(text)} characters"}
