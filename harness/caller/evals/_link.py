"""EvalsLink: Pipecat Evals' own messages, to agents that take them over LiveKit."""

from __future__ import annotations

import asyncio
import base64
import mimetypes
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from harness.caller._rtvi import client_message
from harness.caller._tap import CallTap
from harness.nouns import EventKind, Scenario

__all__ = ["EvalsLink"]

_ANSWER_S = 1.0
_FEATURES = ("context", "configure", "image", "markers", "vad")
_VAD = {"vad_user_started_speaking", "vad_user_stopped_speaking"}
_CALLS = {"function_call", "function_call_stopped"}


class EvalsLink:
    """Asks the agent which messages of Pipecat Evals it takes, and sends them.

    An agent that takes none says nothing: it is asked only where the scenario needs it, and waited
    for one second.

    Args:
        send: Sends a message to the agent.
        tap: Where its answer is told.

    Attributes:
        features: What it answered.
    """

    def __init__(self, send: Callable[[dict[str, Any]], Awaitable[None]], tap: CallTap) -> None:
        self._send = send
        self._tap = tap
        self._answered = asyncio.Event()
        self.features: frozenset[str] = frozenset()

    def take(self, message: dict[str, Any]) -> None:
        """Take a server-response of the agent's."""
        data = message.get("data")
        answer = data.get("d", data) if isinstance(data, dict) else None
        features = answer.get("features") if isinstance(answer, dict) else None
        if isinstance(features, list):
            self.features |= {each for each in _FEATURES if each in features}
            self._answered.set()

    async def connect(self, scenario: Scenario) -> None:
        """Ask for what the scenario needs, if it needs any of it, and give it its context."""
        events = {wanted.event for step in scenario.steps for wanted in step.expect}
        metrics = scenario.simulation.metrics if scenario.simulation is not None else ()
        if any(metric.calls is not None for metric in metrics):
            events.add("function_call")
        images = any(step.image is not None for step in scenario.steps)
        special = events & {*_VAD, *_CALLS, "llm_marker", "image"}
        if not (scenario.context or images or special):
            return
        flags = {"skip_tts": False, "capture_bot_audio": False}
        await self._tell("eval-connect", {**flags, "capture_bot_images": "image" in events})
        settings: dict[str, Any] = {}
        if events & _CALLS:
            settings["function_call_report_level"] = {"*": "full"}
        if events & _VAD:
            settings["vad_user_speaking"] = True
        if "llm_marker" in events:
            settings["llm_markers"] = True
        if settings:
            await self._tell("eval-configure", settings)
        if scenario.context:
            await self._tell("eval-context", {"messages": list(scenario.context)})
        try:
            async with asyncio.timeout(_ANSWER_S):
                await self._answered.wait()
        except TimeoutError:
            return
        self._tap.emit(EventKind.AGENT_FEATURES, eval=sorted(self.features))

    async def image(self, path: str) -> None:
        """Give the agent an image to look at, from a file of at most LARGEST_IMAGE bytes."""
        content = await asyncio.to_thread(Path(path).read_bytes)
        encoded = base64.b64encode(content).decode("ascii")
        kind = mimetypes.guess_type(path)[0] or "image/jpeg"
        await self._tell("eval-image", {"image": encoded, "format": kind})

    async def _tell(self, kind: str, data: dict[str, Any]) -> None:
        await self._send(client_message(kind, data))
