"""Health: how well the caller's own process kept time, once a second."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from harness.caller._inbox import Inbox
from harness.caller._receiver import Receiver
from harness.caller._sender import PacedSender
from harness.caller._tap import CallTap
from harness.nouns import LANE_RATE, EventKind

__all__ = ["HealthMonitor"]

_TICK_S = 0.01


class HealthMonitor:
    """Measures loop lag with a 10 ms tick and differences the transport's cumulative statistics.

    Args:
        tap: Where it is told.
        sender: None for a caller who does not speak.
        inbox: Whose dropped messages are counted.
    """

    def __init__(self, tap: CallTap, sender: PacedSender | None, inbox: Inbox) -> None:
        self._tap = tap
        self._sender = sender
        self._inbox = inbox
        self._left_out = 0
        self._skipped = 0
        self._before: dict[str, float] = {}
        self.receiver: Receiver | None = None

    async def run(self) -> None:
        """Report once a second until cancelled."""
        loop = asyncio.get_running_loop()
        worst = 0.0
        report_at = loop.time() + 1.0
        while True:
            before = loop.time()
            await asyncio.sleep(_TICK_S)
            now = loop.time()
            worst = max(worst, now - before - _TICK_S)
            if now >= report_at:
                await self._report(worst)
                worst = 0.0
                report_at = loop.time() + 1.0

    async def _report(self, worst_lag_s: float) -> None:
        skipped = 0
        if self._sender is not None:
            skipped = self._sender.skipped - self._skipped
            self._skipped = self._sender.skipped
        left_out = self._inbox.left_out - self._left_out
        self._left_out = self._inbox.left_out
        shifted = 0
        transport: dict[str, float | None] = {}
        if self.receiver is not None:
            shifted, self.receiver.shifted = self.receiver.shifted, 0
            with contextlib.suppress(Exception):
                transport = self._difference(await self.receiver.statistics())
        self._tap.emit(
            EventKind.HEALTH,
            loop_lag_ms=round(worst_lag_s * 1000, 2),
            skipped_ms=round(skipped * 1000 / LANE_RATE, 2),
            clock_shift_ms=round(shifted * 1000 / LANE_RATE, 2),
            concealed_ms=transport.get("concealed_ms") or 0.0,
            jitter_buffer_ms=transport.get("jitter_buffer_ms"),
            packet_loss=transport.get("packet_loss"),
            left_out=left_out,
        )

    def _difference(self, now: dict[str, float]) -> dict[str, Any]:
        delta = {key: value - self._before.get(key, 0.0) for key, value in now.items()}
        self._before = now
        emitted, received = delta["emitted"], delta["received"]
        lost = max(0.0, delta["lost"])
        return {
            # Concealment of silence is heard by nobody.
            "concealed_ms": round((delta["concealed"] - delta["silent"]) * 1000 / 48_000, 2),
            "jitter_buffer_ms": round(delta["delay"] / emitted * 1000, 1) if emitted > 0 else None,
            "packet_loss": round(lost / (lost + received), 4) if lost + received > 0 else None,
        }
