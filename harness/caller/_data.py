"""DataLog: the agent's data packets that are not RTVI, kept within limits."""

from __future__ import annotations

import base64
import json
from typing import Any

from harness.caller._tap import CallTap
from harness.caller._text import LONGEST, clean, parse_json
from harness.nouns import EventKind

__all__ = ["DataLog"]

MOST = 200
"""Packets kept of a call."""
MOST_BYTES = 64_000
"""Bytes kept of a call, all packets together."""
_SHOWN_JUNK = 48


class DataLog:
    """Writes packets as events until the call's limit, and counts the rest.

    The count is told when it doubles and at the end, so that a flood makes a handful of events.
    """

    def __init__(self, tap: CallTap) -> None:
        self._tap = tap
        self._kept = 0
        self._bytes = 0
        self._left_out = 0
        self._told = 0

    def take(self, payload: bytes, sender: str, topic: str) -> None:
        """Keep a packet, or count it."""
        if self._kept >= MOST or self._bytes >= MOST_BYTES:
            self._left_out += 1
            if self._left_out >= 2 * self._told:
                self._tell()
            return
        data = _shown(payload)
        self._kept += 1
        self._bytes += len(json.dumps(data))
        self._tap.emit(
            EventKind.AGENT_DATA,
            **{"from": clean(sender, 200), "topic": clean(topic, 200)},
            bytes=len(payload),
            data=data,
        )

    def close(self) -> None:
        """Tell what was left out since it was last told."""
        if self._left_out > self._told:
            self._tell()

    def _tell(self) -> None:
        self._told = self._left_out
        self._tap.emit(EventKind.AGENT_DATA, left_out=self._left_out)


def _shown(payload: bytes) -> Any:
    """What is kept of a packet: its JSON value, its text, or a look at its bytes."""
    part = payload[: 4 * LONGEST]
    if len(part) == len(payload):
        try:
            value = parse_json(payload)
            if len(json.dumps(value, ensure_ascii=False)) <= LONGEST:
                return value
        except ValueError:
            pass
    try:
        # A cut may go through a character: what is left of it is no reason to call it junk.
        text = part.decode(errors="strict" if len(part) == len(payload) else "ignore")
    except UnicodeDecodeError:
        text = ""
    if text and (len(part) == len(payload) or len(text.encode()) >= len(part) - 3):
        return clean(text)
    start = base64.b64encode(payload[:_SHOWN_JUNK]).decode()
    more = "…" if len(payload) > _SHOWN_JUNK else ""
    return f"base64: {start}{more}"
