"""The observer a bot may carry: it tells the caller what only the bot can know."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

from loguru import logger
from pipecat.frames.frames import (
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    MetricsFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.metrics.metrics import TurnMetricsData
from pipecat.observers.base_observer import BaseObserver, FrameProcessed, FramePushed
from pipecat.observers.startup_timing_observer import StartupTimingObserver
from pipecat.observers.turn_tracking_observer import TurnTrackingObserver
from pipecat.observers.user_bot_latency_observer import UserBotLatencyObserver
from pipecat.processors.frame_processor import FrameDirection
from pipecat.processors.frameworks.rtvi import RTVIProcessor

__all__ = ["RingbackObserver"]

_VERSION = 1
"""Of the messages; it rises when what they mean changes."""
_LONGEST = 4_000
"""Characters of a tool's arguments or result: LiveKit's packets hold 15 kB."""
_UNSAID = 100
"""Messages kept for a caller who has not said yet that they are there."""
_SEEN = 512
"""Frames remembered, since older versions of Pipecat show each one at every hop."""


class RingbackObserver(BaseObserver):
    """Tells the caller, by RTVI server messages, what only the bot can know.

    Each message is an object `{"ringback": 1, "kind": ..., "at": ...}` with `at` in seconds of the
    bot's own clock (Unix time), and by its kind:

    - `hello`: `pipecat`, the version of Pipecat. Sent whenever a client says it is ready.
    - `latency`: `seconds` from the user falling silent to the bot speaking, as Pipecat's
      `UserBotLatencyObserver` measures it.
    - `first_speech`: `seconds` from the client connecting to the bot's first words.
    - `breakdown`: `parts`, Pipecat's `LatencyBreakdown` of that time; from Pipecat 1.9 on its
      `contributions` sum up to the whole.
    - `startup` and `transport`: `report`, Pipecat's timing of the start.
    - `turn`: `state` (`started`, `ended`), `number`, and at its end `seconds` and `interrupted`.
    - `turn_decision`: `complete`, `probability`, `seconds` of a model that decides turns.
    - `silence`: `stop_secs`, the silence that the voice detector waited for.
    - `tool`: `state` (`started`, `finished`, `cancelled`), `name`, `id`, and `arguments` or
      `result`, cut after 4,000 characters.

    What happens before the client says it is ready is kept and told then. A bot without RTVI tells
    nothing, and works as before: nothing here raises into the pipeline.

    Args:
        values: Whether arguments and results of tools are told, too; without them their names are.
    """

    def __init__(self, *, values: bool = True) -> None:
        super().__init__()
        self._values = values
        self._rtvi: RTVIProcessor | None = None
        self._client_is_there = False
        self._unsaid: deque[dict[str, Any]] = deque(maxlen=_UNSAID)
        self._seen: deque[int] = deque(maxlen=_SEEN)
        self._latency = UserBotLatencyObserver()
        self._startup = StartupTimingObserver()
        self._turns = TurnTrackingObserver()
        self._parts: tuple[BaseObserver, ...] = (self._latency, self._startup, self._turns)
        self._listen()

    def _listen(self) -> None:
        told: dict[tuple[BaseObserver, str], Callable[..., Awaitable[None]]] = {
            (self._latency, "on_latency_measured"): self._on_latency,
            (self._latency, "on_first_bot_speech_latency"): self._on_first_speech,
            (self._latency, "on_latency_breakdown"): self._on_breakdown,
            (self._startup, "on_startup_timing_report"): self._on_startup,
            (self._startup, "on_transport_timing_report"): self._on_transport,
            (self._turns, "on_turn_started"): self._on_turn_started,
            (self._turns, "on_turn_ended"): self._on_turn_ended,
        }
        for (part, event), handler in told.items():
            part.add_event_handler(event, handler)

    async def setup(self, task_manager: Any) -> None:
        """Pass the task manager on to the observers this one is made of."""
        await super().setup(task_manager)
        for part in self._parts:
            await part.setup(task_manager)

    async def cleanup(self) -> None:
        """Let them finish, too."""
        await super().cleanup()
        for part in self._parts:
            await part.cleanup()

    async def on_pipeline_started(self) -> None:
        """Say in the bot's log when there is nothing to tell it with."""
        for part in self._parts:
            await part.on_pipeline_started()
        if self._rtvi is None:
            logger.warning("RingbackObserver: this bot has no RTVI, so it can tell nothing.")

    async def on_processor_setup(self, data: Any) -> None:
        """Pass on."""
        for part in self._parts:
            await part.on_processor_setup(data)

    async def on_process_frame(self, data: FrameProcessed) -> None:
        """Pass on."""
        for part in self._parts:
            await part.on_process_frame(data)

    async def on_push_frame(self, data: FramePushed) -> None:
        """Pass on, and read what this observer tells itself."""
        self._look_for_rtvi(data)
        first = data.frame.id not in self._seen
        if first:
            self._seen.append(data.frame.id)
        for part in self._parts:
            # Pipecat 1.12 filters by this property before it calls an observer; older ones have
            # none and their observers remember by themselves which frames they have seen.
            if first or getattr(part, "observe_every_push", True):
                await part.on_push_frame(data)
        if first and data.direction is FrameDirection.DOWNSTREAM:
            await self._read(data.frame)

    def _look_for_rtvi(self, data: FramePushed) -> None:
        if self._rtvi is not None:
            return
        for processor in (data.source, data.destination):
            if isinstance(processor, RTVIProcessor):
                self._rtvi = processor
                processor.add_event_handler("on_client_ready", self._on_client_ready)

    async def _read(self, frame: Frame) -> None:
        match frame:
            case FunctionCallInProgressFrame():
                await self._tool("started", frame, arguments=frame.arguments)
            case FunctionCallResultFrame():
                await self._tool("finished", frame, result=frame.result)
            case FunctionCallCancelFrame():
                await self._tool("cancelled", frame)
            case VADUserStoppedSpeakingFrame():
                await self._tell("silence", stop_secs=frame.stop_secs)
            case MetricsFrame():
                for each in frame.data:
                    if isinstance(each, TurnMetricsData):
                        await self._tell(
                            "turn_decision",
                            complete=each.is_complete,
                            probability=each.probability,
                            seconds=each.e2e_processing_time_ms / 1000,
                        )

    async def _tool(self, state: str, frame: Any, **values: Any) -> None:
        shown = {name: _plain(value) for name, value in values.items()} if self._values else {}
        await self._tell(
            "tool", state=state, name=frame.function_name, id=frame.tool_call_id, **shown
        )

    async def _on_client_ready(self, _rtvi: Any) -> None:
        self._client_is_there = True
        await self._tell("hello", pipecat=version("pipecat-ai"))
        while self._unsaid:
            await self._send(self._unsaid.popleft())

    async def _on_latency(self, _observer: Any, seconds: float) -> None:
        await self._tell("latency", seconds=seconds)

    async def _on_first_speech(self, _observer: Any, seconds: float) -> None:
        await self._tell("first_speech", seconds=seconds)

    async def _on_breakdown(self, _observer: Any, breakdown: Any) -> None:
        await self._tell("breakdown", parts=breakdown.model_dump(mode="json", exclude_none=True))

    async def _on_startup(self, _observer: Any, report: Any) -> None:
        await self._tell("startup", report=report.model_dump(mode="json", exclude_none=True))

    async def _on_transport(self, _observer: Any, report: Any) -> None:
        await self._tell("transport", report=report.model_dump(mode="json", exclude_none=True))

    async def _on_turn_started(self, _observer: Any, number: int) -> None:
        await self._tell("turn", state="started", number=number)

    async def _on_turn_ended(
        self, _observer: Any, number: int, seconds: float, interrupted: bool
    ) -> None:
        await self._tell(
            "turn", state="ended", number=number, seconds=seconds, interrupted=interrupted
        )

    async def _tell(self, kind: str, **values: Any) -> None:
        message = {"ringback": _VERSION, "kind": kind, "at": time.time(), **values}
        if self._client_is_there:
            await self._send(message)
        else:
            self._unsaid.append(message)

    async def _send(self, message: dict[str, Any]) -> None:
        if self._rtvi is None:
            return
        try:
            await self._rtvi.send_server_message(message)
        except Exception as error:  # a bot must not suffer from being watched
            logger.warning(f"RingbackObserver could not tell {message['kind']}: {error!r}")


def _plain(value: Any) -> Any:
    """The value as JSON has it, cut where it is too long for a message."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return json.loads(text) if len(text) <= _LONGEST else text[:_LONGEST] + " …"
