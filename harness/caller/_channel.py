"""TextChannel: how a line reaches the agent as text."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, Literal

from harness.caller._room import RoomLine
from harness.caller._rtvi import RtviEar, send_text
from harness.nouns import Agent

__all__ = ["TextChannel", "filled"]

_KNOWN_S = 3.0
"""An agent that speaks RTVI says bot-ready within about half a second of our client-ready."""


class TextChannel:
    """Sends lines by the agent's text channel.

    With `auto`, that is RTVI once the agent said bot-ready, else lk.chat.

    Attributes:
        asked: Set when client-ready was sent, so that bot-ready may be waited for.
    """

    def __init__(self, line: RoomLine, rtvi: RtviEar, agent: Agent) -> None:
        self._line = line
        self._rtvi = rtvi
        self._agent = agent
        self._waited = False
        self.asked = asyncio.Event()

    async def choose(self) -> Literal["rtvi", "lk.chat", "data"]:
        """The channel a line would go by now; the first time an answer by RTVI is waited for."""
        if self._agent.text_channel != "auto":
            return self._agent.text_channel
        if not self._waited:
            await self._wait_for_rtvi()
        return "rtvi" if self._rtvi.ready else "lk.chat"

    async def send(self, text: str, channel: Literal["rtvi", "lk.chat", "data"]) -> None:
        """Send `text`.

        Raises:
            Exception: Whatever the room's line raises when it cannot be sent.
        """
        match channel:
            case "rtvi":
                await self._line.send(send_text(text))
            case "lk.chat":
                await self._line.chat(text)
            case "data":
                now = datetime.now(UTC).isoformat(timespec="milliseconds")
                await self._line.send(filled(self._agent.data_template, text, now))

    async def _wait_for_rtvi(self) -> None:
        try:
            async with asyncio.timeout(_KNOWN_S):
                await self.asked.wait()
                await self._rtvi.told.wait()
        except TimeoutError:
            pass
        self._waited = True


def filled(template: Any, text: str, timestamp: str) -> Any:
    """`template` with ``{text}`` and ``{timestamp}`` replaced in its strings; keys stay."""
    if isinstance(template, str):
        # In one pass: a line that holds "{timestamp}" is what somebody typed.
        parts = template.split("{text}")
        return text.join(part.replace("{timestamp}", timestamp) for part in parts)
    if isinstance(template, dict):
        return {key: filled(value, text, timestamp) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, text, timestamp) for value in template]
    return template
