"""RTVI in the room: the handshake, and the agent's messages as events."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

from harness.caller._tap import CallTap
from harness.caller._words import Words
from harness.nouns import EventKind

__all__ = [
    "SILENT",
    "RtviEar",
    "client_message",
    "client_ready",
    "is_rtvi",
    "press_keys",
    "send_text",
]

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
SILENT = {
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
_OURS = {"client-ready", "send-text"}
"""What only a client sends: it comes back from bots that echo."""
_INSIGHT = 8_000
"""Characters: a start-up report of a long pipeline is about 4,000."""
_MOST = 10_000
"""Events made of a call's messages: half an hour of a talkative bot is about 5,000."""


def is_rtvi(message: Any) -> bool:
    """Whether this is an RTVI message."""
    return isinstance(message, dict) and message.get("label") == _LABEL


def client_ready() -> dict[str, Any]:
    """The message that says we are there. Each one makes a stock bot greet: send it once."""
    return _message("client-ready", {"version": "2.2.0", "about": {"library": "ringback"}})


def send_text(content: str) -> dict[str, Any]:
    """The message that says `content` as text, to be answered at once, by voice if there is one."""
    options = {"run_immediately": True, "audio_response": True}
    return _message("send-text", {"content": content, "options": options})


def press_keys(keys: str) -> dict[str, Any]:
    """The message that presses keys of a phone, in order."""
    return _message("dtmf", {"buttons": list(keys)})


def client_message(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """A message of the client's own, as Pipecat Evals sends them."""
    return _message("client-message", {"t": kind, "d": data})


def _message(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"label": _LABEL, "type": kind, "id": uuid.uuid4().hex[:8], "data": data}


class RtviEar:
    """Turns the agent's RTVI messages into events and knows what is still to come.

    Attributes:
        ready: bot-ready came.
        spoke: Any RTVI message came at all.
        echoed: Our own messages come back: an old bot, which reads none of them.
        told: Set once it is known whether the agent speaks RTVI with us: by bot-ready or an echo.
    """

    def __init__(self, tap: CallTap, wake: Callable[[], None], words: Words) -> None:
        self._tap = tap
        self._wake = wake
        self._words = words
        self._events = 0
        self._running: set[str] = set()
        self._tools: dict[str, None] = {}
        self._tells_output = False
        self._warned = False
        self.ready = False
        self.spoke = False
        self.echoed = False
        self.told = asyncio.Event()

    @property
    def busy(self) -> bool:
        """Whether the agent says that more is to come: thinking, in a tool, or speaking."""
        return bool(self._running or self._tools)

    def forget_busy(self) -> None:
        """Stop believing it: what should have ended never was told."""
        self._running.clear()
        self._tools.clear()

    def notice(self) -> None:
        """A message came of which nothing else is made."""
        self.spoke = True
        self._wake()

    def hear(self, message: Any) -> None:
        """Take one message of the agent; what is not RTVI is left alone."""
        if not is_rtvi(message):
            return
        kind = str(message.get("type", ""))
        data = message.get("data")
        if kind in _OURS:
            self._echo()
        else:
            self.spoke = True
            self._take(kind, data if isinstance(data, dict) else {})
        self._wake()

    async def wait_for_answer(self, timeout_s: float) -> None:
        """Wait for bot-ready; an agent that talks RTVI without saying it is warned of.

        Pipecat up to 1.7 tells what its bot does, but reads nothing that comes over LiveKit; what
        it sends back goes to an identity that nobody has.
        """
        try:
            await asyncio.wait_for(self.told.wait(), timeout_s)
        except TimeoutError:
            if self.spoke:
                self._warn_of_age("does not answer our messages: most likely it")

    def _echo(self) -> None:
        if self.echoed:
            return
        self.echoed = True
        self.told.set()
        self._warn_of_age("sends our own messages back instead of reading them: it")

    def _warn_of_age(self, sign: str) -> None:
        if self._warned:
            return
        self._warned = True
        self._tap.emit(
            EventKind.ROOM_WARNING,
            code="old_bot",
            message=f"The agent {sign} runs an old Pipecat (1.7 or earlier). The call goes on by "
            "voice; text does not reach it, and tools and the agent's own figures may be missing. "
            "Update the bot to pipecat-ai 1.8 or later.",
        )

    def _emit(self, event: EventKind, /, **data: Any) -> None:
        """Tell it, unless the call's limit is reached."""
        self._events += 1
        if self._events <= _MOST:
            self._tap.emit(event, **data)
        elif self._events == _MOST + 1:
            self._tap.emit(
                EventKind.ROOM_WARNING,
                code="too_many_messages",
                message=f"The agent has reported {_MOST:,} things: the rest is left out.",
            )

    def _take(self, kind: str, data: dict[str, Any]) -> None:
        if kind in _REPORTED:
            self._track(kind)
            self._emit(EventKind.AGENT_REPORTED, what=_REPORTED[kind])
        elif kind == "bot-ready":
            self.ready = self._words.speaks_rtvi = True
            self.told.set()
            self._tells_output = _version(data.get("version")) >= _BOT_OUTPUT_SINCE
            self._emit(
                EventKind.AGENT_READY,
                version=str(data.get("version") or "")[:64],
                about=_small(data.get("about")),
            )
        elif kind == "bot-output":
            self._output(data)
        elif kind == "bot-transcription":
            if not self._tells_output:
                self._say(data.get("text"))
        elif kind == "user-transcription":
            if data.get("final"):
                self._words.heard_by_agent(str(data.get("text") or ""), "rtvi")
        elif kind.startswith("llm-function-call"):
            self._tool(kind, data)
        elif kind == "metrics":
            metrics = _small(data)
            self._emit(EventKind.AGENT_METRICS, **metrics)
        elif kind in ("error", "error-response"):
            self._emit(
                EventKind.AGENT_ERROR,
                message=str(data.get("error") or data.get("message") or "")[:500],
                fatal=bool(data.get("fatal")),
            )
        elif kind == "server-message" and isinstance(data.get("ringback"), int):
            self._emit(EventKind.AGENT_INSIGHT, **_insight(data))
        elif kind not in SILENT:
            self._emit(EventKind.AGENT_MESSAGE, type=kind[:64], data=_small(data))

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
        self._words.by_rtvi(str(text or ""))

    def _tool(self, kind: str, data: dict[str, Any]) -> None:
        call_id = str(data.get("tool_call_id") or "")[:200]
        if kind == "llm-function-call-in-progress":
            self._tools[call_id] = None
            self._emit(
                EventKind.TOOL_CALLED,
                id=call_id,
                name=_name(data),
                arguments=_arguments(data),
            )
        elif kind == "llm-function-call-stopped":
            self._tools.pop(call_id, None)
            self._emit(
                EventKind.TOOL_RETURNED,
                id=call_id,
                name=_name(data),
                result=_small(data.get("result")),
                cancelled=bool(data.get("cancelled")),
            )


def _name(data: dict[str, Any]) -> str | None:
    name = data.get("function_name")
    return None if name is None else str(name)[:200]


def _arguments(data: dict[str, Any]) -> dict[str, Any] | None:
    arguments = _small(data.get("arguments"))
    return arguments if isinstance(arguments, dict) else None


def _insight(data: dict[str, Any]) -> dict[str, Any]:
    """What the observer in the bot tells, without what only its own clock makes sense of."""
    told = {name: _small(value, _INSIGHT) for name, value in data.items()}
    return {name: value for name, value in told.items() if name not in ("ringback", "at")} | {
        "kind": str(data.get("kind") or "")[:40]
    }


def _version(text: Any) -> tuple[int, ...]:
    numbers = str(text or "").split(".")
    return tuple(int(number) for number in numbers if number.isdigit())


def _small(value: Any, limit: int = 4000) -> Any:
    """`value`, or a note in its place if it would bloat the event log."""
    text = json.dumps(value, default=str)
    return value if len(text) <= limit else {"left_out": f"{len(text)} characters"}
