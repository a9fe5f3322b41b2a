"""EvalsFeed: what the agent tells and what is heard of it, as Pipecat Evals' events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from pipecat.evals.client import BOT_ENDED_EVENT
from pipecat.evals.serializer import EvalClientSerializer
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    LLMFullResponseStartFrame,
)

from harness.caller._floor import Floor
from harness.caller._text import clean
from harness.caller.evals._stream import RoomStream
from harness.caller.evals._wordless import Wordless

__all__ = ["EvalsFeed"]

_CUTS = {
    "user-started-speaking": "user_started_speaking",
    "bot-interrupted": "bot_interrupted",
}
_TOLD = {
    *_CUTS,
    "user-stopped-speaking",
    "vad-user-started-speaking",
    "vad-user-stopped-speaking",
    "user-input",
    "eval-bot-image",
    "bot-llm-started",
    "bot-llm-text",
    "bot-llm-marker",
    "bot-llm-stopped",
    "bot-tts-text",
    "llm-function-call-in-progress",
    "llm-function-call-stopped",
}
"""What the stream makes something of. When the agent speaks is not among it: that is heard."""
_OWN = {
    "bot-started-speaking": "bot_started_speaking",
    "bot-stopped-speaking": "bot_stopped_speaking",
}
_OUTPUT = {"response", "llm_response", "tts_response", "llm_marker", "user_transcription"}
"""What an interruption rightly drops, and what it leaves by itself."""
_IDLE_S = 0.15
"""So long after the agent's LLM and tools came to rest, its words are all there."""
_LOOK_S = 0.05
_LONGEST = 4000
_MOST = 20_000
"""Messages fed of a call, single tokens not counted: an hour of a talkative bot is about 10,000."""
_CUTTING_S = 1.0
"""An agent may tell so late that the caller began to speak; what comes later cuts nothing off."""


class EvalsFeed:
    """Feeds a :class:`RoomStream`, in the order things came.

    A `response` is the words of a reply that is heard. They are known before its sound is over: a
    judge may think while the agent still speaks.

    Args:
        stream: What is fed.
        floor: Whether the agent is heard, and has really stopped.
        patience_s: How long it must have been silent to have stopped.
        clock_zero: `time.monotonic()` at second 0 of the call's clock.
        by_text: Whether the caller types, so that text alone is an answer.

    Attributes:
        own: When the agent itself said last that it began and stopped speaking, by event name, in
            seconds of the call's clock.
        whole: A reply is told when it is over, in one: what it must not say may come last.
        unknown: A reply that was heard and whose words nobody tells is told as one of unknown words
            (:meth:`RoomStream.reply_without_words`), after a few seconds of silence.
        on_answer: Called with messages that answer Pipecat Evals' own.
    """

    def __init__(
        self,
        stream: RoomStream,
        floor: Floor,
        patience_s: float,
        clock_zero: float,
        *,
        by_text: bool = False,
    ) -> None:
        self._stream = stream
        self._floor = floor
        self._patience_s = patience_s
        self._zero = clock_zero
        self._queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self._serializer = EvalClientSerializer()
        self._words: list[str] = []
        self._by_text = by_text
        # Of the time since the caller's latest line began:
        self._since = 0.0
        self._onset = False
        self._sounding = False
        self._began = False
        self._late = False
        self._line_over = 0.0
        self._line_on = False
        self._meanwhile: list[dict[str, Any]] = []
        # Of the agent:
        self._thinking = False
        self._tools: set[str] = set()
        self._idle_since = 0.0
        self._cut = False
        self._mute = False
        self._watch: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._wordless = Wordless()
        self._worked = False
        self._no_words: asyncio.TimerHandle | None = None
        self._messages = 0
        self.whole = False
        self.unknown = False
        self.own: dict[str, float] = {}
        self.on_answer: Callable[[dict[str, Any]], None] = lambda message: None
        stream.on_input = self._sent

    def rtvi(self, message: dict[str, Any]) -> None:
        """Take a message of the agent's."""
        kind = str(message.get("type", ""))
        if kind in _OWN:
            self.own[_OWN[kind]] = self._now()
        elif kind == "server-response":
            self.on_answer(message)
        elif kind == "bot-llm-text":
            self._queue.put_nowait(("rtvi", _plain(kind, message)))
        elif kind in _TOLD or (kind == "bot-output" and _is_backchannel(message)):
            self._messages += 1
            if self._messages <= _MOST:
                self._queue.put_nowait(("rtvi", _plain(kind, message)))

    def onset(self, at: float) -> None:
        """The agent began to be heard at second `at`."""
        self._queue.put_nowait(("onset", at))

    def quiet(self, at: float) -> None:
        """It has really stopped, at second `at`."""
        self._queue.put_nowait(("quiet", at))

    def words(self, text: str, *, late: bool = False) -> None:
        """It says `text`: now or in a moment, or `late`, perhaps when its sound is over."""
        self._late = late
        self._queue.put_nowait(("words", text))

    def words_lost(self) -> None:
        """What it says can be known no more: a reply is over with its sound."""
        self._wordless.lose_words()

    def gone(self) -> None:
        """It has left."""
        self._queue.put_nowait(("gone", None))

    def line_begins(self, *, by_text: bool) -> None:
        """A line of the caller begins."""
        self._by_text = by_text
        self._line_on = True

    def line_over(self, at: float) -> None:
        """It is over, at second `at`."""
        self._line_on = False
        self._line_over = at

    def on_call(self, moment: float) -> float:
        """A moment of `time.monotonic()` on the call's clock, in seconds."""
        return moment - self._zero

    async def run(self) -> None:
        """Feed until cancelled."""
        try:
            while True:
                kind, value = await self._queue.get()
                match kind:
                    case "rtvi":
                        await self._rtvi(value)
                    case "onset":
                        await self._heard(value)
                    case "quiet":
                        await self._quiet(value)
                    case "words":
                        self._words.append(value)
                        self._wordless.words_came()
                    case "no words":
                        await self._without_words(value)
                    case "gone":
                        await self._gone()
                await self._tell_words()
        finally:
            if self._watch is not None:
                self._watch.cancel()
            for timer in (self._timer, self._no_words):
                if timer is not None:
                    timer.cancel()

    def _now(self) -> float:
        return time.monotonic() - self._zero

    def _sent(self) -> None:
        """The caller's line has begun: what was said before does not answer it."""
        self._since = self._now()
        self._onset = self._sounding = self._began = False
        self._words.clear()
        self._meanwhile.clear()
        self._wordless.next_line()

    async def _rtvi(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        self._track(kind, message)
        silent = not self._line_on and self._now() - self._line_over > _CUTTING_S
        if kind in _CUTS and silent:
            await self._stream.append({"type": _CUTS[kind]})
            return
        try:
            frame = await self._serializer.deserialize(json.dumps(message))
            event = None if frame is None else self._stream.frame_to_event(frame)
        except Exception:  # what a stranger sends may be anything
            return
        if frame is None:
            return
        if kind in _CUTS:
            self._began = False
            self._words.clear()
            self._cut |= kind == "bot-interrupted"
            await self._bring_back()
        if event is not None:
            if event["type"] == "function_call":
                event["told"] = _told(message)
            if self._line_on and event["type"] not in _OUTPUT:
                self._meanwhile.append(event)
            await self._stream.append(event)

    async def _bring_back(self) -> None:
        """Undo part of what the stream does when the agent is cut off.

        It drops all that was not looked at. While the caller's line lasts nobody looks, but what
        the agent told of the line is no output that was cut off.
        """
        if self._line_on:
            for event in self._meanwhile:
                await self._stream.append(event)

    def _track(self, kind: str, message: dict[str, Any]) -> None:
        """What the agent is doing, by its own account."""
        data = message.get("data")
        call = str((data if isinstance(data, dict) else {}).get("tool_call_id"))
        match kind:
            case "bot-llm-started":
                if not self._began:
                    self._words.clear()
                self._began = self._thinking = True
            case "bot-llm-stopped" | "bot-interrupted":
                self._thinking = False
                self._idle_since = self._now()
            case "llm-function-call-in-progress":
                self._tools.add(call)
            case "llm-function-call-stopped":
                self._tools.discard(call)
                self._idle_since = self._now()

    async def _heard(self, at: float) -> None:
        """A new reply is heard, unless it is one that goes on after a pause."""
        if self._stream.heard and not self._mute:
            stopped = self._floor.quiet_since or 0.0
            answers = not self._line_on and stopped <= self._line_over <= at
            if not (answers or self._cut):
                return
            await self._speaking(False, stopped)
        if at >= self._since:
            if not self._began:
                # Whoever speaks without telling of an LLM answers all the same.
                self._stream.frame_to_event(LLMFullResponseStartFrame())
            self._onset = self._sounding = True
        self._cut = False
        await self._speaking(True, at)

    async def _speaking(self, on: bool, at: float) -> None:
        self._stream.heard, self._mute = on, False
        frame = BotStartedSpeakingFrame() if on else BotStoppedSpeakingFrame()
        event = self._stream.frame_to_event(frame)
        if event is not None:
            await self._stream.append(event)
            self._stream.dated(event["type"], self._zero + at)
        if on:
            self._await_quiet()

    def _await_quiet(self) -> None:
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._until_quiet())

    async def _until_quiet(self) -> None:
        await self._floor.wait_for_quiet(self._patience_s)
        self.quiet(self._floor.quiet_since or self._now())

    async def _quiet(self, at: float) -> None:
        if self._floor.agent_speaking:
            self._watch = None
            return self._await_quiet()
        self._thinking = False
        self._tools.clear()
        await self._tell_words(all_there=True)
        self._sounding = False
        if self._mute:
            self._stream.heard = self._mute = False
        elif self._stream.heard:
            await self._speaking(False, at)
        self._await_words(at)

    def _await_words(self, at: float) -> None:
        """Give the words of a reply that ended at second `at` their time."""
        answers = self._onset and not self._line_on and at >= self._line_over
        if not self.unknown or self._wordless.settled or not answers:
            return
        if self._no_words is not None:
            self._no_words.cancel()
        if self._worked:
            at, self._worked = self._now(), False
        left = max(0.0, at + self._wordless.patience_s - self._now())
        loop = asyncio.get_running_loop()
        self._no_words = loop.call_later(left, self._queue.put_nowait, ("no words", self._since))

    async def _without_words(self, since: float) -> None:
        """Go on without the words of a reply to the line that began at second `since`."""
        if self._wordless.settled or since != self._since or self._stream.heard:
            return  # they came, the caller went on, or the agent did
        if self._floor.busy:
            self._worked = True  # what comes of its work may have words
            return self._await_quiet()
        self._wordless.give_up()
        await self._stream.reply_without_words()

    async def _gone(self) -> None:
        await self._tell_words(all_there=True)
        self._stream.bot_ended()
        self._stream.heard = False
        await self._stream.append({"type": BOT_ENDED_EVENT})

    async def _tell_words(self, *, all_there: bool = False) -> None:
        """Append what was said as a `response`, once it is heard and nothing more is in the making.

        Looks again soon when it is not time yet.
        """
        if not self._words:
            return
        mute = self._by_text and self._floor.no_sound_follows(self._since)
        sounded = self._onset if self._late else self._sounding
        heard = sounded or (all_there and self._began and self._stream.heard) or mute
        idle = not (self._thinking or self._tools) and self._now() - self._idle_since >= _IDLE_S
        early = idle and not self.whole
        if heard and (early or all_there or not self._stream.heard):
            text = " ".join(self._words)
            self._words.clear()
            if mute and not self._began:
                self._stream.frame_to_event(LLMFullResponseStartFrame())
            if mute and not self._stream.heard:
                self._stream.heard = self._mute = True
                self._await_quiet()
            await self._stream.bot_turn_stopped(text)
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_LOOK_S, self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        self._queue.put_nowait(("look", None))


def _plain(kind: str, message: dict[str, Any]) -> dict[str, Any]:
    """A message in the shape that Pipecat's own have, whatever came."""
    data = message.get("data")
    data = dict(data) if isinstance(data, dict) else {}
    for key in ("text", "function_name", "tool_call_id", "marker", "raw"):
        if data.get(key) is not None:
            data[key] = clean(str(data[key]), _LONGEST)
    return {"label": "rtvi-ai", "type": kind, "id": "", "data": data}


def _is_backchannel(message: dict[str, Any]) -> bool:
    data = message.get("data")
    return isinstance(data, dict) and data.get("output_type") == "backchannel"


def _told(message: dict[str, Any]) -> tuple[bool, bool]:
    """Whether a call was told with its name, and with its arguments."""
    data = message.get("data")
    data = data if isinstance(data, dict) else {}
    return bool(data.get("function_name")), isinstance(data.get("arguments"), dict)
