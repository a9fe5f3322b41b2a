"""Inbox: data packets on their way into the pipeline, bounded in size, number and rate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from harness.caller._data import DataLog
from harness.caller._insight import ObserverEar
from harness.caller._rtvi import SILENT, is_rtvi
from harness.caller._tap import CallTap
from harness.caller._text import parse_json
from harness.nouns import EventKind

__all__ = ["Inbox"]

_LARGEST = 64_000
"""Bytes of an RTVI message that is still read; LiveKit's own limit on a packet is the same."""
_WAITING = 500
_PER_SECOND = 200.0
_AT_ONCE = 200.0
"""A stock bot sends up to some dozens a second while it speaks, and a stream of tokens beside."""
_WEIGHT = 2000
"""Bytes that take as long to read as another message."""
_TOKEN = 0.1
"""What a message costs that is noticed and no more."""
_SHORT = 500
_LIFE = (
    b'"bot-llm-started"',
    b'"bot-llm-stopped"',
    b'"bot-started-speaking"',
    b'"bot-stopped-speaking"',
    b'"bot-interrupted"',
    b'"bot-tts-started"',
    b'"user-started-speaking"',
    b'"user-stopped-speaking"',
    b'"llm-function-call-stopped"',
)
_SPARED_PER_SECOND = 20.0
_SPARED_AT_ONCE = 40.0
"""What is read of beginnings and ends, however much else comes."""


class Inbox:
    """Sorts the room's packets: RTVI to :attr:`messages`, everything else to the data log.

    What is too much is dropped before anything is made of it: a flood must not take the caller's
    time, in which it speaks and hears.

    Attributes:
        messages: RTVI messages to be read by the pipeline.
        left_out: How many packets were dropped.
        on_ready: Called with the identity of whoever says bot-ready.
        on_message: Called with each RTVI message in the order they came, single tokens too.
        on_stream: Called at messages of which nothing is made, such as single tokens.
    """

    def __init__(self, tap: CallTap) -> None:
        self._tap = tap
        self._log = DataLog(tap)
        self._observer = ObserverEar()
        self._allowance = _AT_ONCE
        self._spare = _SPARED_AT_ONCE
        self._spared_at = tap.now()
        self._looked_at = tap.now()
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_WAITING)
        self.left_out = 0
        self.on_ready: Callable[[str], None] = lambda identity: None
        self.on_stream: Callable[[], None] = lambda: None
        self.on_message: Callable[[dict[str, Any]], None] = lambda message: None

    def take(self, payload: bytes, sender: str, topic: str) -> None:
        """Take a packet of `sender`'s."""
        cost = 1.0 + len(payload) / _WEIGHT
        if not self._allowed(cost) and not self._spared(payload):
            self._drop()
            return
        if len(payload) <= _LARGEST:
            try:
                message = parse_json(payload)
            except ValueError:
                message = None
            if is_rtvi(message):
                self._read(message, sender, cost)
                return
        self._log.take(payload, sender, topic)

    def close(self) -> None:
        """Tell how much was left out, if any was."""
        self._log.close()
        if self.left_out:
            self._warn(f"{self.left_out:,} messages from the room were left out: they came faster")

    def _read(self, message: dict[str, Any], sender: str, cost: float) -> None:
        """Pass on an RTVI message, or what stands for it."""
        told = self._observer.read(message)
        if told is None:
            self.on_stream()
            return
        self.on_message(told)
        if str(told.get("type")) in SILENT:
            self._allowance += cost - _TOKEN
            self.on_stream()
        else:
            self._pass_on(told, sender)

    def _pass_on(self, message: dict[str, Any], sender: str) -> None:
        if message.get("type") == "bot-ready":
            self.on_ready(sender)
        try:
            self.messages.put_nowait(message)
        except asyncio.QueueFull:
            self._drop()

    def _allowed(self, cost: float) -> bool:
        now = self._tap.now()
        grown = self._allowance + (now - self._looked_at) * _PER_SECOND
        self._allowance, self._looked_at = min(_AT_ONCE, grown), now
        if self._allowance < cost:
            return False
        self._allowance -= cost
        return True

    def _spared(self, payload: bytes) -> bool:
        """Whether this tells that something begins or ends, and few such came of late.

        Without its end the caller would wait for an agent that has long been through.
        """
        if len(payload) > _SHORT or not any(kind in payload for kind in _LIFE):
            return False
        grown = self._spare + (self._tap.now() - self._spared_at) * _SPARED_PER_SECOND
        self._spare, self._spared_at = min(_SPARED_AT_ONCE, grown), self._tap.now()
        if self._spare < 1.0:
            return False
        self._spare -= 1.0
        return True

    def _drop(self) -> None:
        self.left_out += 1
        if self.left_out == 1:
            self._warn("Messages from the room are being left out: they come faster")

    def _warn(self, words: str) -> None:
        self._tap.emit(
            EventKind.ROOM_WARNING,
            code="flood",
            message=f"{words} than a call can need.",
        )
